//! Catches the panics of kernels and observers, and turns them into messages.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Whether `catch` would catch a panic of this thread.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// The source location of the last caught panic.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs a panic hook that does not print the panics that become the outcome of a job. The message of the outcome
/// contains the source location instead. All other panics are passed to the previous hook.
///
/// This is for programs that own the panic hook of the process, and should be called once.
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

/// Runs `call`. Returns the message of a panic as the error. The state that `call` changes must be valid even if a
/// panic interrupted it.
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

/// Returns the message of a panic's payload.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panicked without a message").to_owned()
}
