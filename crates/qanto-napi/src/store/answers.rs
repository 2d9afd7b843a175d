//! The answers of a store's thread to one JavaScript environment. The thread puts them here and wakes the event loop
//! once, and JavaScript drains all of them.

use std::sync::{Mutex, MutexGuard};

use qanto_store::{
    BackedUp, BlockBatch, HeadCursor, Heads, Opened, StoreError, StoredBlock, Usage,
};

use crate::sync::lock;
use crate::wake_up::{WakeUp, wake};

/// The answer to a call.
pub enum Answer {
    Opened(Opened),
    Heads(Heads, Option<HeadCursor>),
    Block(Option<StoredBlock>),
    Blocks(BlockBatch),
    BackedUp(BackedUp),
    Usage(Usage),
    Done,
    Failed(StoreError),
}

pub struct Answers {
    content: Mutex<Content>,
}

struct Content {
    last_call: u32,
    answered: Vec<(u32, Answer)>,
    /// It is weak: JavaScript keeps the event loop alive as long as it waits for an answer. `None` after the store was
    /// shut down.
    wake_up: Option<WakeUp<true>>,
    /// Whether JavaScript was woken and has not drained the answers since.
    is_woken: bool,
}

impl Answers {
    pub fn new(wake_up: WakeUp<true>) -> Self {
        Self {
            content: Mutex::new(Content {
                last_call: 0,
                answered: Vec::new(),
                wake_up: Some(wake_up),
                is_woken: false,
            }),
        }
    }

    /// Returns the number of a new call.
    pub fn next_call(&self) -> u32 {
        let mut content = self.lock();
        content.last_call = content.last_call.wrapping_add(1);
        content.last_call
    }

    pub fn put(&self, call: u32, answer: Answer) {
        let mut content = self.lock();
        content.answered.push((call, answer));
        if !content.is_woken
            && let Some(wake_up) = &content.wake_up
        {
            // This only queues a call, so the lock is held briefly.
            wake(wake_up);
            content.is_woken = true;
        }
    }

    /// Returns all answers since the last call.
    pub fn drain(&self) -> Vec<(u32, Answer)> {
        let mut content = self.lock();
        content.is_woken = false;
        std::mem::take(&mut content.answered)
    }

    /// Stops waking the event loop.
    pub fn silence(&self) {
        let wake_up = self.lock().wake_up.take();
        drop(wake_up);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        lock(&self.content)
    }
}
