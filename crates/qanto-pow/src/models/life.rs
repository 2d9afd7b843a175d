//! A job in a pool of two threads, and those who would end it: settled exactly once, by an outcome that was to be
//! had, and worked on by nobody afterwards.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use loom::sync::Condvar;
use loom::thread;

use super::explore;
use crate::job::{Effort, Observer, Outcome, SearchOptions};
use crate::kernel::{Hit, Kernel, Scan};
use crate::pool::{JobHandle, Pool, PoolConfig};
use crate::sync::{Mutex, lock, pass_an_hour};
use crate::{Algorithm, NonceEncoding, NonceField, Target, Template};

/// Without a limit a model takes hours; what goes wrong between threads needs few interruptions.
const PREEMPTIONS: Option<usize> = Some(3);
/// As long as the clock stands still, batches are as long as they may grow: here the nonces 0, then 1 to 4.
const NONCES: u64 = 5;

/// Hits at these nonces, and a count of the nonces that were hashed.
struct Hits {
    nonces: &'static [u64],
    hashed: AtomicU64,
}

impl Scan for Hits {
    fn scan(&self, first: u64, count: u64) -> Option<Hit> {
        let hit = (first..first + count).find(|nonce| self.nonces.contains(nonce));
        let hashes = hit.map_or(count, |nonce| nonce - first + 1);
        self.hashed.fetch_add(hashes, Ordering::Relaxed);
        hit.map(|nonce| Hit { nonce, variant: 0 })
    }

    fn lanes(&self) -> u64 {
        1
    }

    fn kernel(&self) -> Kernel {
        Kernel::Portable
    }
}

/// How the job ended, as often as it was told.
#[derive(Default)]
struct Ends {
    told: Mutex<Vec<(Outcome, Effort)>>,
    changed: Condvar,
}

struct Teller(Arc<Ends>);

impl Observer for Teller {
    fn settled(&self, outcome: Outcome, effort: Effort) {
        lock(&self.0.told).push((outcome, effort));
        self.0.changed.notify_one();
    }
}

/// A submitted job.
struct Run {
    pool: Arc<Pool>,
    job: JobHandle,
    hits: Arc<Hits>,
    ends: Arc<Ends>,
}

impl Run {
    fn begin(nonces: &'static [u64], timeout: Option<Duration>) -> Self {
        let pool = Arc::new(Pool::new(PoolConfig {
            default_threads: NonZeroUsize::new(2).expect("not 0"),
            ..PoolConfig::default()
        }));
        let template = Template::new(
            Algorithm::Sha256,
            [0; 8].as_slice(),
            NonceField {
                offset: 0,
                encoding: NonceEncoding::U64Le,
            },
            Target::MAX,
        );
        let options = SearchOptions {
            max_hashes: Some(NONCES),
            timeout,
            ..SearchOptions::default()
        };
        let hits = Arc::new(Hits {
            nonces,
            hashed: AtomicU64::new(0),
        });
        let ends = Arc::new(Ends::default());
        let teller = Box::new(Teller(Arc::clone(&ends)));
        let scan: Arc<dyn Scan> = hits.clone();
        let job = pool
            .submit_scan(template.expect("sound"), scan, options, teller)
            .expect("accepted");
        Self {
            pool,
            job,
            hits,
            ends,
        }
    }

    /// Waits until the job has settled, then ends the pool. The outcome, told once.
    fn end(self) -> Outcome {
        let mut told = lock(&self.ends.told);
        while told.is_empty() {
            told = self
                .ends
                .changed
                .wait(told)
                .expect("nobody panics under the lock");
        }
        drop(told);
        self.pool.shut_down();
        let told = std::mem::take(&mut *lock(&self.ends.told));
        let [(outcome, effort)] = &told[..] else {
            panic!("settled {} times: {told:?}", told.len());
        };
        assert_eq!(effort.hashes, self.hits.hashed.load(Ordering::Relaxed));
        outcome.clone()
    }
}

fn nonce(outcome: &Outcome) -> Option<u64> {
    match outcome {
        Outcome::Found { nonce, .. } => Some(*nonce),
        _ => None,
    }
}

#[test]
fn two_workers_settle_a_job_once_with_its_first_hit() {
    explore("a hit in the first batch", PREEMPTIONS, || {
        assert_eq!(nonce(&Run::begin(&[0, 3], None).end()), Some(0));
    });
    explore("a hit in the second batch", PREEMPTIONS, || {
        assert_eq!(nonce(&Run::begin(&[3, 4], None).end()), Some(3));
    });
}

#[test]
fn a_job_without_a_hit_settles_once_when_its_last_worker_leaves() {
    explore("no hit", PREEMPTIONS, || {
        assert_eq!(Run::begin(&[], None).end(), Outcome::BudgetSpent);
    });
}

#[test]
fn a_cancel_racing_with_the_last_worker_settles_once() {
    explore("a cancel", PREEMPTIONS, || {
        let run = Run::begin(&[3], None);
        run.job.cancel();
        let outcome = run.end();
        assert!(
            outcome == Outcome::Cancelled || nonce(&outcome) == Some(3),
            "{outcome:?}"
        );
    });
}

#[test]
fn two_cancels_racing_settle_once() {
    explore("two cancels", PREEMPTIONS, || {
        let run = Run::begin(&[], None);
        let job = run.job.clone();
        let other = thread::spawn(move || job.cancel());
        run.job.cancel();
        other.join().expect("a cancel does not panic");
        let outcome = run.end();
        assert!(
            [Outcome::Cancelled, Outcome::BudgetSpent].contains(&outcome),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_deadline_racing_with_a_cancel_and_the_last_worker_settles_once() {
    explore("a deadline and a cancel", PREEMPTIONS, || {
        let run = Run::begin(&[3], Some(Duration::from_secs(1)));
        let clock = thread::spawn(pass_an_hour);
        run.job.cancel();
        clock.join().expect("the clock does not panic");
        let outcome = run.end();
        let expected = [Outcome::Cancelled, Outcome::TimedOut].contains(&outcome);
        assert!(expected || nonce(&outcome) == Some(3), "{outcome:?}");
    });
}

#[test]
fn a_shutdown_racing_with_a_cancel_settles_once() {
    explore("a shutdown and a cancel", PREEMPTIONS, || {
        let run = Run::begin(&[3], None);
        let pool = Arc::clone(&run.pool);
        let other = thread::spawn(move || pool.shut_down());
        run.job.cancel();
        other.join().expect("a shutdown does not panic");
        let outcome = run.end();
        assert!(
            outcome == Outcome::Cancelled || nonce(&outcome) == Some(3),
            "{outcome:?}"
        );
    });
}
