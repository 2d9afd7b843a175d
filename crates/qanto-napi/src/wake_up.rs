//! The call that wakes the event loop of a JavaScript environment.

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

/// Calls JavaScript's `wake` function on the event loop, without arguments. At most one call is queued at a time.
///
/// If `WEAK` is set, the event loop may end while this exists. Otherwise it keeps the event loop alive.
pub type WakeUp<const WEAK: bool> = ThreadsafeFunction<(), (), (), Status, false, WEAK, 1>;

/// Queues the call, and returns at once.
pub fn wake<const WEAK: bool>(wake_up: &WakeUp<WEAK>) {
    wake_up.call((), ThreadsafeFunctionCallMode::NonBlocking);
}
