//! Who a span belongs to. `qanto-pow` knows nothing of environments, so what a job's submission says here is picked up
//! by the layer when the job's span begins, on the same thread; the spans below it inherit it.

use std::cell::RefCell;
use std::sync::Arc;

use super::TraceReceiver;
use super::inbox::Inbox;

/// An environment, and its number of the job.
#[derive(Clone)]
pub struct Origin {
    pub(super) inbox: Arc<Inbox>,
    pub(super) job: u32,
}

thread_local! {
    static CURRENT: RefCell<Option<Origin>> = const { RefCell::new(None) };
}

impl Origin {
    pub fn new(receiver: &TraceReceiver, job: u32) -> Self {
        Self {
            inbox: Arc::clone(&receiver.inbox),
            job,
        }
    }
}

/// Runs `call`; the spans it begins that have no parent belong to the origin, or to nobody.
pub fn originating<T>(origin: Option<Origin>, call: impl FnOnce() -> T) -> T {
    CURRENT.set(origin);
    let result = call();
    CURRENT.set(None);
    result
}

pub(super) fn current() -> Option<Origin> {
    CURRENT.with_borrow(Option::clone)
}
