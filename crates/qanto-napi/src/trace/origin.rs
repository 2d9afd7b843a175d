//! The origin of a job: the JavaScript environment that submitted it, and the environment's number of the job.
//!
//! `qanto-pow` does not know about environments. Therefore the origin is set for the current thread while a job is
//! submitted. The layer reads it when the span of the job begins, on the same thread. The spans below inherit it.

use std::cell::RefCell;
use std::sync::Arc;

use super::inbox::Inbox;

/// The inbox of the environment that submitted a job, and the number of the job.
#[derive(Clone)]
pub struct Origin {
    pub(super) inbox: Arc<Inbox>,
    pub(super) job: u32,
}

thread_local! {
    static CURRENT: RefCell<Option<Origin>> = const { RefCell::new(None) };
}

/// Runs `call` with this origin. The spans without a parent that `call` begins get it.
pub fn with_origin<T>(origin: Option<Origin>, call: impl FnOnce() -> T) -> T {
    CURRENT.set(origin);
    let result = call();
    CURRENT.set(None);
    result
}

/// Returns the origin of the current thread.
pub(super) fn current() -> Option<Origin> {
    CURRENT.with_borrow(Option::clone)
}

/// Returns whether the current thread has an origin.
pub(super) fn is_set() -> bool {
    CURRENT.with_borrow(Option::is_some)
}
