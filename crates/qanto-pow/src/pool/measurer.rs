//! The thread that measures kernels. It exists only while there is something to measure, belongs to a pool, and ends
//! with it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
// The models do not measure. So these locks need not be theirs, which would add interleavings.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::kernel::Measurement;
use crate::panic;

#[derive(Default)]
pub(super) struct Measurer(Arc<Shared>);

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Box<Measurement>>,
    /// Whether a thread will take the next measurement from the queue.
    is_running: bool,
    /// The last thread that was created, until it is joined.
    thread: Option<JoinHandle<()>>,
}

impl Measurer {
    /// Queues the measurement for the thread, and creates the thread if it is not running. If the thread cannot be created, the
    /// shape is never measured.
    pub(super) fn start(&self, measurement: Box<Measurement>) {
        let mut state = self.0.state();
        if self.0.is_stopped() {
            return;
        }
        state.queue.push_back(measurement);
        if state.is_running {
            return;
        }
        let shared = Arc::clone(&self.0);
        let builder = thread::Builder::new().name("qanto-measure".to_owned());
        if let Ok(thread) = builder.spawn(move || shared.work()) {
            state.is_running = true;
            // The previous thread needs no lock any more, so this does not wait for long.
            if let Some(previous) = state.thread.replace(thread) {
                let _ = previous.join();
            }
        } else {
            state
                .queue
                .drain(..)
                .for_each(|measurement| measurement.give_up());
        }
    }

    /// Stops measuring, and joins the thread. This takes about as long as a sample. What was not measured can be
    /// measured in another pool.
    pub(super) fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
        let thread = {
            let mut state = self.0.state();
            state.queue.clear();
            state.thread.take()
        };
        if let Some(thread) = thread {
            // The thread catches every panic, so there is no result to check.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn work(&self) {
        while let Some(measurement) = self.next() {
            // A kernel that panics makes its jobs fail. Here it only leaves the shape unmeasured.
            let _ = panic::catch(|| measurement.run(&|| self.is_stopped()));
        }
    }

    fn next(&self) -> Option<Box<Measurement>> {
        let mut state = self.state();
        let next = state.queue.pop_front();
        state.is_running = next.is_some();
        next
    }
}
