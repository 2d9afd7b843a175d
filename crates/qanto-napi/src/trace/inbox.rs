use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

use super::record::TraceRecord;

/// The wake-up: carries nothing, never queues more than one call, and does not hold the event loop.
pub type Bell = ThreadsafeFunction<(), (), (), Status, false, true, 1>;

/// The latest records for one JavaScript environment. When it is full the oldest one makes room, and is counted.
///
/// A lock suffices, and a lock-free ring would not be faster in what matters: writers hold it to move one record,
/// the reader to take the whole buffer away, so a hashing thread never waits for JavaScript.
pub struct Inbox {
    capacity: usize,
    content: Mutex<Content>,
}

struct Content {
    records: VecDeque<TraceRecord>,
    dropped: u64,
    /// None once the environment has gone: then nothing is kept.
    bell: Option<Arc<Bell>>,
    /// The bell has rung and nobody has drained since.
    rung: bool,
}

impl Inbox {
    pub fn new(capacity: usize, bell: Bell) -> Self {
        Self {
            capacity: capacity.max(1),
            content: Mutex::new(Content {
                records: VecDeque::new(),
                dropped: 0,
                bell: Some(Arc::new(bell)),
                rung: false,
            }),
        }
    }

    pub fn put(&self, record: TraceRecord) {
        let mut content = self.lock();
        if content.bell.is_none() {
            return;
        }
        let mut evicted = None;
        if content.records.len() == self.capacity {
            evicted = content.records.pop_front();
            content.dropped += 1;
        }
        content.records.push_back(record);
        let was_rung = std::mem::replace(&mut content.rung, true);
        let bell = if was_rung { None } else { content.bell.clone() };
        // Freed and rung outside the lock.
        drop(content);
        drop(evicted);
        if let Some(bell) = bell {
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    pub fn drain(&self) -> VecDeque<TraceRecord> {
        let mut content = self.lock();
        content.rung = false;
        std::mem::take(&mut content.records)
    }

    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    pub fn close(&self) {
        let mut content = self.lock();
        let bell = content.bell.take();
        let records = std::mem::take(&mut content.records);
        drop(content);
        drop(bell);
        drop(records);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
