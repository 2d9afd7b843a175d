//! What the process records. The subscriber is installed with the first filter that wants anything and stays for good;
//! at `off` every place that could record something is switched off, as it is without a subscriber.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, registry, reload};

use super::inbox::Inbox;
use super::layer::BridgeLayer;
use crate::refusal::{Code, Result};

static STATE: Mutex<State> = Mutex::new(State {
    handle: None,
    directives: None,
});
/// Apart from the state: events are emitted, and look here, while the state is locked.
static CHOOSER: Mutex<Weak<Inbox>> = Mutex::new(Weak::new());

struct State {
    handle: Option<reload::Handle<EnvFilter, Registry>>,
    directives: Option<String>,
}

/// See [`TraceReceiver::set_filter`](super::TraceReceiver::set_filter).
pub fn set(directives: Option<&str>, unless_set: bool, chooser: &Arc<Inbox>) -> Result<bool> {
    let refuse = |reason: &dyn std::fmt::Display| Code::InvalidTraceFilter.because(reason);
    let filter = EnvFilter::builder()
        .parse(directives.unwrap_or("off"))
        .map_err(|error| refuse(&error))?;
    let mut state = lock(&STATE);
    if unless_set && state.directives.is_some() {
        return Ok(false);
    }
    match &state.handle {
        Some(handle) => handle.reload(filter).map_err(|error| refuse(&error))?,
        // Nothing to install for nobody.
        None if filter.max_level_hint() == Some(LevelFilter::OFF) => {}
        None => {
            let (filter, handle) = reload::Layer::new(filter);
            registry()
                .with(filter)
                .with(BridgeLayer)
                .try_init()
                .map_err(|error| refuse(&error))?;
            state.handle = Some(handle);
        }
    }
    state.directives = directives.map(str::to_owned);
    *lock(&CHOOSER) = Arc::downgrade(chooser);
    Ok(true)
}

pub fn directives() -> Option<String> {
    lock(&STATE).directives.clone()
}

/// Who set the filter, if it is still there.
pub fn chooser() -> Option<Arc<Inbox>> {
    lock(&CHOOSER).upgrade()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
