//! The environment that set the filter. It receives the events that belong to no job.

use std::sync::{Arc, Mutex, Weak};

use super::inbox::Inbox;
use crate::sync::lock;

/// This has a lock of its own, since events are emitted, and read it, while the filter's state is locked.
static OWNER: Mutex<Weak<Inbox>> = Mutex::new(Weak::new());

/// Makes an environment the owner of the filter.
pub fn set(inbox: &Arc<Inbox>) {
    *lock(&OWNER) = Arc::downgrade(inbox);
}

/// Returns the inbox of the environment that set the filter, if the environment still exists.
pub fn inbox() -> Option<Arc<Inbox>> {
    lock(&OWNER).upgrade()
}
