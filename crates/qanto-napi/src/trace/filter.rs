//! The filter of the process: which spans and events are recorded.
//!
//! The subscriber is installed with the first filter that enables anything, and is never removed. With the filter
//! `off`, every span and event is disabled, as without a subscriber.

use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, registry, reload};

use super::filter_owner;
use super::inbox::Inbox;
use super::layer::BridgeLayer;
use crate::error::{Code, Result};
use crate::sync::lock;

static STATE: Mutex<State> = Mutex::new(State {
    handle: None,
    directives: None,
});

struct State {
    handle: Option<reload::Handle<EnvFilter, Registry>>,
    directives: Option<String>,
}

/// See [`TraceReceiver::set_filter`](super::TraceReceiver::set_filter).
pub fn set(directives: Option<&str>, unless_set: bool, owner: &Arc<Inbox>) -> Result<bool> {
    let error = |reason: &dyn std::fmt::Display| Code::InvalidTraceFilter.error(reason);
    let filter = EnvFilter::builder()
        .parse(directives.unwrap_or("off"))
        .map_err(|reason| error(&reason))?;
    let mut state = lock(&STATE);
    if unless_set && state.directives.is_some() {
        return Ok(false);
    }
    match &state.handle {
        Some(handle) => handle.reload(filter).map_err(|reason| error(&reason))?,
        // A subscriber that records nothing is not needed.
        None if filter.max_level_hint() == Some(LevelFilter::OFF) => {}
        None => {
            let (filter, handle) = reload::Layer::new(filter);
            registry()
                .with(filter)
                .with(BridgeLayer)
                .try_init()
                .map_err(|reason| error(&reason))?;
            state.handle = Some(handle);
        }
    }
    state.directives = directives.map(str::to_owned);
    filter_owner::set(owner);
    Ok(true)
}

/// Returns the directives of the filter. `None` means that no filter is set.
pub fn directives() -> Option<String> {
    lock(&STATE).directives.clone()
}
