use super::*;

#[test]
fn a_waiting_job_that_is_cancelled_settles_before_the_call_returns() {
    let pool = pool(1);
    let gate = Gate::new(None);
    let running = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    let waiting = submit(&pool, easy(), SearchOptions::default());
    waiting.handle.cancel();
    let (outcome, effort) = waiting.settled.try_recv().expect("settled");
    assert_eq!((outcome, effort.hashes), (Outcome::Cancelled, 0));
    running.handle.cancel();
    gate.open();
}

#[test]
fn a_running_job_that_is_cancelled_settles_when_its_worker_has_left() {
    let pool = pool(1);
    let gate = Gate::new(None);
    let job = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    job.handle.cancel();
    assert!(!job.is_settled());
    gate.open();
    assert_eq!(job.wait(), Outcome::Cancelled);
    gate.wait_until(|state| state.inside == 0);
}

#[test]
fn the_cancel_latency_ends_when_the_last_worker_has_left() {
    let pool = pool(1);
    let gate = Gate::new(None);
    let job = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    job.handle.cancel();
    let cancelled = Instant::now();
    job.handle.cancel();
    let held = cancelled.elapsed();
    gate.open();
    let (_, effort) = job.wait_with_effort();
    assert!(effort.cancel_latency.expect("cancelled") >= held);
}

#[test]
fn a_job_that_was_not_cancelled_has_no_cancel_latency() {
    let (_, effort) = solve(&pool(1), easy(), SearchOptions::default());
    assert_eq!(effort.cancel_latency, None);
}

#[test]
fn a_hit_in_the_current_batch_of_a_cancelled_job_is_its_outcome() {
    let pool = pool(1);
    let gate = Gate::new(Some(0));
    let job = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    job.handle.cancel();
    gate.open();
    assert!(matches!(job.wait(), Outcome::Found { nonce: 0, .. }));
}

#[test]
fn cancelling_twice_or_after_the_end_does_nothing() {
    let pool = pool(1);
    let job = submit(&pool, easy(), SearchOptions::default());
    assert!(matches!(job.wait(), Outcome::Found { .. }));
    job.handle.cancel();
    job.handle.cancel();
    assert!(matches!(
        job.settled.try_recv(),
        Err(std::sync::mpsc::TryRecvError::Empty)
    ));
}

#[test]
fn an_endless_job_can_be_cancelled_while_it_hashes() {
    let pool = pool(2);
    let job = submit(&pool, endless(), SearchOptions::default());
    job.handle.cancel();
    assert_eq!(job.wait(), Outcome::Cancelled);
}
