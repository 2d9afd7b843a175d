//! Panics of code that we run for others (kernels, observers) end here as messages.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Whether a panic of this thread would be caught by `catch`.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// Where the last caught panic began.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs a panic hook that keeps the panics that end as an outcome off the error output: their place goes into
/// the outcome's message instead. All other panics go to the hook that was there. For programs that own the process's
/// hook; called once.
pub fn quiet_caught_panics() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !CATCHING.get() {
            default(info);
        } else if let Some(location) = info.location() {
            LOCATION.set(Some(location.to_string()));
        }
    }));
}

/// Runs `call`; a panic in it becomes its message. What `call` leaves behind must make sense even when it was cut short.
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    let outer = CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    CATCHING.set(outer);
    result.map_err(|payload| {
        let message = message(payload.as_ref());
        match LOCATION.take() {
            Some(location) => format!("{message} (at {location})"),
            None => message,
        }
    })
}

/// The message of a panic's payload.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panicked without a message").to_owned()
}
