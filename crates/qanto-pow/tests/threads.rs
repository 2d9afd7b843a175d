//! Tests of the pool's threads as the operating system lists them.
#![cfg(target_os = "linux")]

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

fn pool_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux has it");
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("qanto-pow-")).count()
}

/// Threads set their names themselves, and the system lists them for a moment after they have ended.
fn wait_for_pool_threads(count: usize) {
    let patience = Instant::now() + Duration::from_secs(60);
    while pool_threads() != count {
        assert!(Instant::now() < patience, "{} threads", pool_threads());
        thread::yield_now();
    }
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
    let pool = pool(2);
    assert_eq!(pool_threads(), 0);
    submit_endless(&pool, None);
    wait_for_pool_threads(2);
    for _ in 0..50 {
        submit_endless(&pool, None);
        assert_eq!(pool_threads(), 2);
    }
}

#[test]
fn a_dropped_pool_leaves_no_threads_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..20 {
        let pool = pool(3);
        submit_endless(&pool, None);
        submit_endless(&pool, Some(5));
        wait_for_pool_threads(5);
        drop(pool);
        wait_for_pool_threads(0);
    }
}

#[test]
fn a_pool_that_grows_ends_its_former_threads() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = pool(2);
    submit_endless(&pool, None);
    wait_for_pool_threads(2);
    submit_endless(&pool, Some(3));
    wait_for_pool_threads(3);
}
