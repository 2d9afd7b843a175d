use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use super::record::TraceRecord;
use crate::sync::lock;
use crate::wake_up::{WakeUp, wake};

/// The latest records for one JavaScript environment. If the inbox is full, a new record replaces the oldest one, which
/// is counted as dropped.
///
/// A lock is sufficient, and a lock-free ring buffer would not be faster where it matters: writers hold the lock to
/// move one record, and the reader to take the whole buffer, so a hashing thread never waits for JavaScript.
pub struct Inbox {
    capacity: usize,
    content: Mutex<Content>,
}

struct Content {
    records: VecDeque<TraceRecord>,
    dropped: u64,
    /// `None` after the environment has ended. Then no record is kept.
    wake_up: Option<Arc<WakeUp<true>>>,
    /// Whether JavaScript was woken and has not drained the inbox since.
    is_woken: bool,
}

impl Inbox {
    pub fn new(capacity: usize, wake_up: WakeUp<true>) -> Self {
        Self {
            capacity: capacity.max(1),
            content: Mutex::new(Content {
                records: VecDeque::new(),
                dropped: 0,
                wake_up: Some(Arc::new(wake_up)),
                is_woken: false,
            }),
        }
    }

    pub fn put(&self, record: TraceRecord) {
        let mut content = self.lock();
        if content.wake_up.is_none() {
            return;
        }
        let mut evicted = None;
        if content.records.len() == self.capacity {
            evicted = content.records.pop_front();
            content.dropped += 1;
        }
        content.records.push_back(record);
        let was_woken = std::mem::replace(&mut content.is_woken, true);
        let wake_up = if was_woken {
            None
        } else {
            content.wake_up.clone()
        };
        // The record is freed, and JavaScript is woken, outside the lock.
        drop(content);
        drop(evicted);
        if let Some(wake_up) = wake_up {
            wake(&wake_up);
        }
    }

    pub fn drain(&self) -> VecDeque<TraceRecord> {
        let mut content = self.lock();
        content.is_woken = false;
        std::mem::take(&mut content.records)
    }

    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    pub fn close(&self) {
        let mut content = self.lock();
        let wake_up = content.wake_up.take();
        let records = std::mem::take(&mut content.records);
        drop(content);
        drop(wake_up);
        drop(records);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        lock(&self.content)
    }
}
