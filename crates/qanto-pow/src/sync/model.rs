//! The types of the model checker: locks and atomics that it schedules, a clock that stands still until the model moves
//! it, and a thread pool that gives each task a thread of the model.

use std::any::Any;
use std::convert::Infallible;
use std::io;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use loom::thread::JoinHandle;

pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};

loom::lazy_static! {
    static ref HOURS: atomic::AtomicU64 = atomic::AtomicU64::new(0);
}

/// The clock of the execution that is being explored.
pub(crate) fn now() -> Instant {
    static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);
    *EPOCH + Duration::from_secs(3_600 * HOURS.load(atomic::Ordering::SeqCst))
}

/// Moves the clock by an hour, so that every deadline of less than an hour passes.
pub(crate) fn pass_an_hour() {
    HOURS.fetch_add(1, atomic::Ordering::SeqCst);
}

/// Returns 0 for every thread. The number decides only how long batches are.
pub(crate) fn worker_number() -> usize {
    0
}

/// The part of a rayon pool that this crate uses. Its threads end, and are joined, when it is dropped.
#[derive(Default)]
pub(crate) struct ThreadPool {
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl ThreadPool {
    pub(crate) fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        let thread = loom::thread::spawn(task);
        super::lock(&self.threads).push(thread);
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        let threads = std::mem::take(&mut *super::lock(&self.threads));
        for thread in threads {
            thread.join().expect("a worker does not panic");
        }
    }
}

pub(crate) struct ThreadPoolBuilder;

/// A thread that is never spawned, since each task has a thread of its own.
pub(crate) struct ThreadBuilder;

impl ThreadPoolBuilder {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn num_threads(self, _threads: usize) -> Self {
        self
    }

    pub(crate) fn panic_handler(self, _handler: impl Fn(Box<dyn Any + Send>)) -> Self {
        self
    }

    pub(crate) fn spawn_handler(self, _spawn: impl FnMut(ThreadBuilder) -> io::Result<()>) -> Self {
        self
    }

    pub(crate) fn build(self) -> Result<ThreadPool, Infallible> {
        Ok(ThreadPool::default())
    }
}

impl ThreadBuilder {
    pub(crate) fn index(&self) -> usize {
        0
    }

    pub(crate) fn run(self) {}
}
