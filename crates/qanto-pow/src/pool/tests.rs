//! Tests of the pool with scanners that stop, count and panic on demand. This file has what the tests have in common.

mod cancel;
mod choosing;
mod nonce_space;
mod panic;
mod progress;
mod sharing;
mod shut_down;
mod steps;
mod threads;
mod timeout;

use std::num::NonZeroUsize;
use std::sync::Condvar;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::*;
use crate::kernel::{self, Hit};
use crate::{Algorithm, NonceEncoding, NonceField, Priority, Target, Template};

/// The time after which a failing test ends instead of hanging. A passing test never waits this long.
const PATIENCE: Duration = Duration::from_secs(60);

fn pool(default_threads: usize) -> Pool {
    Pool::new(PoolConfig {
        default_threads: NonZeroUsize::new(default_threads).expect("not 0"),
        ..PoolConfig::default()
    })
}

fn template(target: Target) -> Template {
    let nonce = NonceField {
        offset: 8,
        encoding: NonceEncoding::U64Le,
    };
    Template::new(Algorithm::Blake3, vec![0; 16], nonce, target).expect("valid")
}

fn endless() -> Template {
    template(Target::from_compact(0x0101_0000).expect("valid bits"))
}

fn easy() -> Template {
    template(Target::MAX)
}

struct Submitted {
    handle: JobHandle,
    settled: Receiver<(Outcome, Effort)>,
}

impl Submitted {
    #[must_use]
    fn wait(&self) -> Outcome {
        self.wait_with_effort().0
    }

    #[must_use]
    fn wait_with_effort(&self) -> (Outcome, Effort) {
        self.settled.recv_timeout(PATIENCE).expect("it settles")
    }

    #[must_use]
    fn is_settled(&self) -> bool {
        match self.settled.recv_timeout(Duration::ZERO) {
            Ok(_) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => panic!("settled before"),
        }
    }
}

fn submit(pool: &Pool, template: Template, options: SearchOptions) -> Submitted {
    let (sender, settled) = channel();
    let handle = pool
        .submit(template, options, Box::new(Report(sender)))
        .expect("accepted");
    Submitted { handle, settled }
}

/// Does what [`Pool::solve`] does, but with a timeout.
#[must_use]
fn solve(pool: &Pool, template: Template, options: SearchOptions) -> (Outcome, Effort) {
    submit(pool, template, options).wait_with_effort()
}

fn submit_scan(pool: &Pool, scan: Arc<dyn Scan>, options: SearchOptions) -> Submitted {
    let (sender, settled) = channel();
    let handle = pool
        .submit_scan(easy(), scan, options, Box::new(Report(sender)))
        .expect("accepted");
    Submitted { handle, settled }
}

fn threads(threads: usize) -> SearchOptions {
    SearchOptions {
        threads: Some(threads),
        ..SearchOptions::default()
    }
}

/// A scanner whose workers wait in the middle of a batch until the gate opens. Then it reports the hit, or searches
/// endlessly if there is none.
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
    hit: Option<u64>,
    endless: Arc<dyn Scan>,
}

#[derive(Default)]
struct GateState {
    open: bool,
    inside: usize,
    most_inside: usize,
}

impl Gate {
    fn new(hit: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            hit,
            endless: kernel::prepare(&endless(), None).expect("the default kernel"),
        })
    }

    fn open(&self) {
        lock(&self.state).open = true;
        self.changed.notify_all();
    }

    fn wait_until(&self, condition: impl Fn(&GateState) -> bool) {
        let (_state, timeout) = self
            .changed
            .wait_timeout_while(lock(&self.state), PATIENCE, |state| !condition(state))
            .expect("not poisoned");
        assert!(!timeout.timed_out());
    }
}

impl Scan for Gate {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        {
            let mut state = lock(&self.state);
            state.inside += 1;
            state.most_inside = state.most_inside.max(state.inside);
        }
        self.changed.notify_all();
        self.wait_until(|state| state.open);
        lock(&self.state).inside -= 1;
        self.changed.notify_all();
        match self.hit {
            // The last batch may end at 2^64, so `first + count` could overflow.
            Some(nonce) => nonce
                .checked_sub(first)
                .is_some_and(|offset| offset < count)
                .then_some(Hit { nonce, variant: 0 }),
            None => self.endless.scan(first, count),
        }
    }

    fn lanes(&self) -> u64 {
        1
    }

    fn kernel(&self) -> Kernel {
        Kernel::Portable
    }
}
