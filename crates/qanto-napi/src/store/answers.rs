//! What a store's thread has to tell one JavaScript environment. It puts its answers here and rings once; JavaScript
//! drains everything there is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use qanto_store::{HeadCursor, Heads, Opened, StoreError, StoredBlock, Usage};

/// The wake-up: carries nothing, never queues more than one call, and does not hold the event loop; JavaScript does that
/// as long as it waits for an answer.
pub type Bell = ThreadsafeFunction<(), (), (), Status, false, true, 1>;

/// What a call led to.
pub enum Answer {
    Opened(Opened),
    Heads(Heads, Option<HeadCursor>),
    Block(Option<StoredBlock>),
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
    /// None when nobody is to be woken any more.
    bell: Option<Bell>,
    /// The bell has rung and nobody has drained since.
    rung: bool,
}

impl Answers {
    pub fn new(bell: Bell) -> Self {
        Self {
            content: Mutex::new(Content {
                last_call: 0,
                answered: Vec::new(),
                bell: Some(bell),
                rung: false,
            }),
        }
    }

    /// The number of a new call.
    pub fn next_call(&self) -> u32 {
        let mut content = self.lock();
        content.last_call = content.last_call.wrapping_add(1);
        content.last_call
    }

    pub fn put(&self, call: u32, answer: Answer) {
        let mut content = self.lock();
        content.answered.push((call, answer));
        if !content.rung
            && let Some(bell) = &content.bell
        {
            // Queues a call and returns, so nobody waits for the lock for long.
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
            content.rung = true;
        }
    }

    /// All answers since the last call.
    pub fn drain(&self) -> Vec<(u32, Answer)> {
        let mut content = self.lock();
        content.rung = false;
        std::mem::take(&mut content.answered)
    }

    /// Nobody is woken any more.
    pub fn silence(&self) {
        let bell = self.lock().bell.take();
        drop(bell);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
