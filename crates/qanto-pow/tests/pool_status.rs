//! Tests of the state that a pool reports.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use qanto_pow::{
    Algorithm, Effort, NonceEncoding, NonceField, Observer, Outcome, Pool, PoolConfig, PoolStatus,
    Progress, SearchOptions, Target, Template,
};

/// The time after which a failing test ends instead of hanging. A passing test never waits this long.
const PATIENCE: Duration = Duration::from_secs(60);

fn one_thread() -> Arc<Pool> {
    Arc::new(Pool::new(PoolConfig {
        default_threads: NonZeroUsize::MIN,
        ..PoolConfig::default()
    }))
}

fn endless() -> Template {
    let nonce = NonceField {
        offset: 8,
        encoding: NonceEncoding::U64Le,
    };
    let target = Target::from_compact(0x0101_0000).expect("valid bits");
    Template::new(Algorithm::Blake3, vec![0; 16], nonce, target).expect("valid")
}

/// Asks for the status while a thread works on its job.
struct Asker {
    pool: Weak<Pool>,
    answers: Sender<(Progress, PoolStatus)>,
}

impl Observer for Asker {
    fn progress(&self, progress: Progress) {
        if let Some(pool) = self.pool.upgrade() {
            let _ = self.answers.send((progress, pool.status()));
        }
    }

    fn settled(&self, _: Outcome, _: Effort) {}
}

fn submit(pool: &Arc<Pool>) -> Receiver<(Progress, PoolStatus)> {
    let (answers, receiver) = channel();
    let observer = Asker {
        pool: Arc::downgrade(pool),
        answers,
    };
    let options = SearchOptions {
        progress_interval: Some(Duration::from_millis(1)),
        ..SearchOptions::default()
    };
    pool.submit(endless(), options, Box::new(observer))
        .expect("accepted");
    receiver
}

fn total(status: &PoolStatus) -> u64 {
    status.hashes.iter().map(|(.., hashes)| hashes).sum()
}

#[test]
fn a_new_pool_has_no_hashes_and_no_threads() {
    assert_eq!(one_thread().status(), PoolStatus::default());
}

#[test]
fn the_hashes_of_a_settled_job_are_still_counted_by_algorithm_and_kernel() {
    let pool = one_thread();
    let options = SearchOptions {
        max_hashes: Some(5_000),
        ..SearchOptions::default()
    };
    for run in 1..=2 {
        pool.solve(endless(), options.clone()).expect("accepted");
        let status = pool.status();
        assert_eq!((status.running_jobs, status.queued_jobs), (0, 0));
        let [(Algorithm::Blake3, _, hashes)] = status.hashes[..] else {
            panic!("{status:?}")
        };
        assert_eq!(hashes, run * 5_000);
    }
}

#[test]
fn a_running_job_and_its_hashes_so_far_are_counted() {
    let pool = one_thread();
    let answers = submit(&pool);
    let mut before = 0;
    for _ in 0..5 {
        let (progress, status) = answers.recv_timeout(PATIENCE).expect("progress");
        assert_eq!((status.threads, status.running_jobs), (1, 1));
        assert!(total(&status) >= progress.hashes && progress.hashes > before);
        before = total(&status);
    }
    pool.shut_down();
}

#[test]
fn a_job_without_a_thread_is_queued() {
    let pool = one_thread();
    let answers = submit(&pool);
    let _second = submit(&pool);
    let queued = std::iter::from_fn(|| answers.recv_timeout(PATIENCE).ok())
        .find(|(_, status)| status.queued_jobs == 1)
        .map(|(_, status)| status.running_jobs);
    assert_eq!(queued, Some(1));
    pool.shut_down();
}
