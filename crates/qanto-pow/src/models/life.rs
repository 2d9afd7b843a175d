//! A job in a pool of two threads, while others end it. It must settle exactly once with a possible outcome, and no
//! thread may work on it afterwards.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use loom::sync::Condvar;
use loom::thread;

use super::explore;
use crate::kernel::{Hit, Kernel, Scan};
use crate::options::SearchOptions;
use crate::outcome::{Effort, Observer, Outcome};
use crate::pool::{JobHandle, Pool, PoolConfig};
use crate::sync::{Mutex, lock, pass_an_hour};
use crate::{Algorithm, NonceEncoding, NonceField, Target, Template};

/// Without a limit a model takes hours. Most faults between threads need few preemptions.
const PREEMPTIONS: Option<usize> = Some(3);
/// While the clock stands still, batches grow at the maximum rate: the first holds nonce 0, the second nonces 1 to 4.
const NONCES: u64 = 5;

/// A scanner with hits at these nonces. It counts the nonces that were hashed.
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

/// All outcomes that the observer received.
#[derive(Default)]
struct Ends {
    received: Mutex<Vec<(Outcome, Effort)>>,
    changed: Condvar,
}

struct Recorder(Arc<Ends>);

impl Observer for Recorder {
    fn settled(&self, outcome: Outcome, effort: Effort) {
        lock(&self.0.received).push((outcome, effort));
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
        let recorder = Box::new(Recorder(Arc::clone(&ends)));
        let scan: Arc<dyn Scan> = hits.clone();
        let job = pool
            .submit_scan(template.expect("sound"), scan, options, recorder)
            .expect("accepted");
        Self {
            pool,
            job,
            hits,
            ends,
        }
    }

    /// Waits until the job has settled, then shuts down the pool. Returns the outcome, which must be the only one.
    fn end(self) -> Outcome {
        let mut received = lock(&self.ends.received);
        while received.is_empty() {
            received = self
                .ends
                .changed
                .wait(received)
                .expect("no thread panics under the lock");
        }
        drop(received);
        self.pool.shut_down();
        let received = std::mem::take(&mut *lock(&self.ends.received));
        let [(outcome, effort)] = &received[..] else {
            panic!("settled {} times: {received:?}", received.len());
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
fn a_job_whose_cancel_races_with_its_last_worker_settles_once() {
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
fn a_job_whose_two_cancels_race_settles_once() {
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
fn a_job_whose_deadline_races_with_a_cancel_and_its_last_worker_settles_once() {
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
fn a_job_whose_shutdown_races_with_a_cancel_settles_once() {
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
