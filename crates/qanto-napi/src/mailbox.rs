//! The reports of the pool's threads to one JavaScript environment.
//!
//! The threads put their reports here and wake the event loop once, and JavaScript drains all of them. So the event
//! loop gets one call however many jobs report, and the number of reports is bounded: for each job, one outcome and the
//! latest progress.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use qanto_pow::{Effort, Observer, Outcome, Progress};

use crate::sync::lock;
use crate::wake_up::{WakeUp, wake};

#[derive(Default)]
pub struct Mailbox {
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    settled: Vec<(u32, Outcome, Effort)>,
    progress: HashMap<u32, Progress>,
    /// Keeps the event loop alive while it is set.
    wake_up: Option<Arc<WakeUp<false>>>,
    /// Whether JavaScript was woken and has not drained the mailbox since.
    is_woken: bool,
}

/// The content of a mailbox.
pub struct Drained {
    pub progress: HashMap<u32, Progress>,
    pub settled: Vec<(u32, Outcome, Effort)>,
}

impl Mailbox {
    /// Returns whether the mailbox wakes the event loop, and keeps it alive.
    pub fn has_wake_up(&self) -> bool {
        self.lock().wake_up.is_some()
    }

    /// Wakes the event loop from now on, and at once if there are reports already.
    pub fn set_wake_up(&self, wake_up: WakeUp<false>) {
        let mut content = self.lock();
        content.wake_up = Some(Arc::new(wake_up));
        let has_reports = !content.settled.is_empty() || !content.progress.is_empty();
        drop(content);
        if has_reports {
            self.put(|_| {});
        }
    }

    /// Releases the event loop. The mailbox can still be used, but does not wake the event loop.
    pub fn remove_wake_up(&self) {
        let wake_up = self.lock().wake_up.take();
        drop(wake_up);
    }

    pub fn drain(&self) -> Drained {
        let mut content = self.lock();
        content.is_woken = false;
        Drained {
            progress: std::mem::take(&mut content.progress),
            settled: std::mem::take(&mut content.settled),
        }
    }

    fn put(&self, write: impl FnOnce(&mut Content)) {
        let mut content = self.lock();
        write(&mut content);
        if content.is_woken {
            return;
        }
        let Some(wake_up) = content.wake_up.clone() else {
            return;
        };
        content.is_woken = true;
        // JavaScript is woken outside the lock, since it may be waiting for the lock to drain the mailbox.
        drop(content);
        wake(&wake_up);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        lock(&self.content)
    }
}

/// Puts the reports of one job into the mailbox of its environment.
pub struct JobObserver {
    pub job: u32,
    pub mailbox: Arc<Mailbox>,
}

impl Observer for JobObserver {
    fn progress(&self, progress: Progress) {
        self.mailbox.put(|content| {
            content.progress.insert(self.job, progress);
        });
    }

    fn settled(&self, outcome: Outcome, effort: Effort) {
        self.mailbox.put(|content| {
            content.progress.remove(&self.job);
            content.settled.push((self.job, outcome, effort));
        });
    }
}
