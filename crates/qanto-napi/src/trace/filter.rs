//! The filter of the process: which spans and events are recorded.
//!
//! The subscriber is installed with the first filter that enables anything, and is never removed. With the filter
//! `off`, every span and event is disabled, as without a subscriber.

use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, registry, reload};

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
    handle: Option<reload::Handle<Targets, Registry>>,
    directives: Option<String>,
}

/// See [`TraceReceiver::set_filter`](super::TraceReceiver::set_filter).
pub fn set(directives: Option<&str>, unless_set: bool, owner: &Arc<Inbox>) -> Result<bool> {
    let error = |reason: &dyn std::fmt::Display| Code::InvalidTraceFilter.error(reason);
    let filter = parse(directives.unwrap_or("off")).map_err(|reason| error(&reason))?;
    let mut state = lock(&STATE);
    if unless_set && state.directives.is_some() {
        return Ok(false);
    }
    match &state.handle {
        Some(handle) => handle.reload(filter).map_err(|reason| error(&reason))?,
        // A subscriber that records nothing is not needed.
        None if Layer::<Registry>::max_level_hint(&filter) == Some(LevelFilter::OFF) => {}
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

/// Parses directives of the forms `level`, `target` and `target=level`, separated by commas. As in `RUST_LOG`, empty ones are
/// skipped.
///
/// `RUST_LOG` may also have directives that select spans by their names and fields. `EnvFilter` of `tracing-subscriber`, which
/// knows them, needs an engine for regular expressions, and that would be a seventh of the binary.
fn parse(directives: &str) -> std::result::Result<Targets, String> {
    let parts = directives.split(',').map(str::trim);
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Ok(Targets::new().with_default(LevelFilter::ERROR));
    }
    let is_known = |c: char| c.is_alphanumeric() || "_:-=".contains(c);
    if let Some(part) = parts.iter().find(|part| !part.chars().all(is_known)) {
        return Err(format!(
            "the directive `{part}` is not `level`, `target` or `target=level`; spans and fields cannot be selected"
        ));
    }
    parts
        .join(",")
        .parse()
        .map_err(|reason: ParseError| reason.to_string())
}

/// Returns the directives of the filter. `None` means that no filter is set.
pub fn directives() -> Option<String> {
    lock(&STATE).directives.clone()
}
