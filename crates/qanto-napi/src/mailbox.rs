//! What the pool's threads have to tell one JavaScript environment. They put it here and ring once; JavaScript
//! drains everything there is. So the event loop gets one call however many jobs report, and what waits is
//! bounded: per job one outcome and the latest progress.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use qanto_pow::{Effort, Observer, Outcome, Progress};

/// The wake-up: carries nothing, never queues more than one call, and holds the event loop while it exists.
pub type Bell = ThreadsafeFunction<(), (), (), Status, false, false, 1>;

#[derive(Default)]
pub struct Mailbox {
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    settled: Vec<(u32, Outcome, Effort)>,
    progress: HashMap<u32, Progress>,
    bell: Option<Arc<Bell>>,
    /// The bell has rung and nobody has drained since.
    rung: bool,
}

/// What was in the mailbox.
pub struct Drained {
    pub progress: HashMap<u32, Progress>,
    pub settled: Vec<(u32, Outcome, Effort)>,
}

impl Mailbox {
    pub fn has_bell(&self) -> bool {
        self.lock().bell.is_some()
    }

    pub fn set_bell(&self, bell: Bell) {
        self.lock().bell = Some(Arc::new(bell));
    }

    /// Lets go of the event loop. The mailbox stays usable, but silent.
    pub fn remove_bell(&self) {
        let bell = self.lock().bell.take();
        drop(bell);
    }

    pub fn drain(&self) -> Drained {
        let mut content = self.lock();
        content.rung = false;
        Drained {
            progress: std::mem::take(&mut content.progress),
            settled: std::mem::take(&mut content.settled),
        }
    }

    fn put(&self, write: impl FnOnce(&mut Content)) {
        let mut content = self.lock();
        write(&mut content);
        if content.rung {
            return;
        }
        let Some(bell) = content.bell.clone() else {
            return;
        };
        content.rung = true;
        // Rung outside the lock: JavaScript may be waiting for it to drain.
        drop(content);
        bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts what one job reports into its environment's mailbox.
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
