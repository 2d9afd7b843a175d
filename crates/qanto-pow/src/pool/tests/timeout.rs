use super::*;

#[test]
fn a_running_job_times_out() {
    let pool = pool(2);
    let timeout = Some(Duration::from_millis(5));
    let options = SearchOptions {
        timeout,
        ..SearchOptions::default()
    };
    let (outcome, effort) = solve(&pool, endless(), options);
    assert_eq!(outcome, Outcome::TimedOut);
    assert!(effort.elapsed >= Duration::from_millis(5));
}

#[test]
fn a_job_with_a_timeout_of_0_times_out_before_any_hash() {
    let pool = pool(1);
    let options = SearchOptions {
        timeout: Some(Duration::ZERO),
        ..SearchOptions::default()
    };
    let (outcome, effort) = solve(&pool, easy(), options);
    assert_eq!((outcome, effort.hashes), (Outcome::TimedOut, 0));
}

#[test]
fn a_background_job_that_never_gets_a_thread_times_out() {
    let pool = pool(1);
    let busy = submit(&pool, endless(), SearchOptions::default());
    let options = SearchOptions {
        priority: Priority::Background,
        timeout: Some(Duration::from_millis(5)),
        ..SearchOptions::default()
    };
    let (outcome, effort) = solve(&pool, endless(), options);
    assert_eq!((outcome, effort.hashes), (Outcome::TimedOut, 0));
    assert!(!busy.is_settled());
}
