//! Tests of the pool's threads as the operating system lists them.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use qanto_pow::{
    Algorithm, Effort, JobHandle, NonceEncoding, NonceField, Observer, Outcome, Pool, PoolConfig,
    SearchOptions, Target, Template, U256,
};

/// The tests of this file count the threads of the process, so they run one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The time after which a failing test ends instead of hanging. A passing test never waits this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The ids of threads.
type Threads = BTreeSet<OsString>;

fn pool_threads() -> Threads {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux has it");
    tasks
        .filter_map(|task| {
            let task = task.ok()?;
            let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
            name.starts_with("qanto-pow-").then(|| task.file_name())
        })
        .collect()
}

/// Waits for this number of threads, none of which is one of the former threads. This is needed because threads set
/// their names themselves, and because the system lists them for a moment after they have ended.
fn wait_for_pool_threads(count: usize, former: &Threads) -> Threads {
    let patience = Instant::now() + PATIENCE;
    loop {
        let threads = pool_threads();
        if threads.len() == count && threads.is_disjoint(former) {
            return threads;
        }
        assert!(Instant::now() < patience, "{threads:?} after {former:?}");
        thread::yield_now();
    }
}

fn wait_until_no_pool_thread_is_left() {
    wait_for_pool_threads(0, &Threads::new());
}

fn pool(default_threads: usize) -> Pool {
    Pool::new(PoolConfig {
        default_threads: NonZeroUsize::new(default_threads).expect("not 0"),
        ..PoolConfig::default()
    })
}

struct Nobody;

impl Observer for Nobody {
    fn settled(&self, _: Outcome, _: Effort) {}
}

fn submit_endless(pool: &Pool, threads: Option<usize>) -> JobHandle {
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U64Le,
    };
    let target = Target::new(U256::ONE).expect("not 0");
    let template = Template::new(Algorithm::Blake3, vec![0; 8], nonce, target).expect("valid");
    let options = SearchOptions {
        threads,
        ..SearchOptions::default()
    };
    pool.submit(template, options, Box::new(Nobody))
        .expect("accepted")
}

#[test]
fn threads_are_created_with_the_first_job_and_not_with_later_ones() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    wait_until_no_pool_thread_is_left();
    let pool = pool(2);
    assert_eq!((pool.status().threads, pool_threads()), (0, Threads::new()));
    submit_endless(&pool, None);
    let threads = wait_for_pool_threads(2, &Threads::new());
    for _ in 0..50 {
        submit_endless(&pool, None);
        assert_eq!(
            (pool.status().threads, pool_threads()),
            (2, threads.clone())
        );
    }
}

#[test]
fn a_dropped_pool_leaves_no_threads_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..20 {
        wait_until_no_pool_thread_is_left();
        let pool = pool(3);
        submit_endless(&pool, None);
        let former = wait_for_pool_threads(3, &Threads::new());
        submit_endless(&pool, Some(5));
        wait_for_pool_threads(5, &former);
        drop(pool);
    }
    wait_until_no_pool_thread_is_left();
}

#[test]
fn a_pool_that_grows_ends_its_former_threads() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    wait_until_no_pool_thread_is_left();
    let pool = pool(2);
    submit_endless(&pool, None);
    let former = wait_for_pool_threads(2, &Threads::new());
    submit_endless(&pool, Some(3));
    wait_for_pool_threads(3, &former);
}
