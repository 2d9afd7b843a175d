use super::*;

#[test]
fn a_background_job_runs_after_the_normal_jobs_have_settled() {
    let pool = pool(1);
    let gate = Gate::new(Some(0));
    let normal = submit_scan(&pool, gate.clone(), SearchOptions::default());
    gate.wait_until(|state| state.inside == 1);
    let options = SearchOptions {
        priority: Priority::Background,
        ..SearchOptions::default()
    };
    let background = submit(&pool, easy(), options);
    assert!(!background.is_settled());
    gate.open();
    assert!(matches!(normal.wait(), Outcome::Found { .. }));
    assert!(matches!(background.wait(), Outcome::Found { .. }));
}

#[test]
fn a_thousand_small_jobs_complete_while_an_endless_job_runs() {
    let pool = pool(2);
    let endless = submit(&pool, endless(), SearchOptions::default());
    let small = template(Target::from_compact(0x1f7f_ffff).expect("valid bits"));
    let jobs: Vec<Submitted> = (0..1_000)
        .map(|i| {
            let options = SearchOptions {
                start_nonce: i << 32,
                ..SearchOptions::default()
            };
            submit(&pool, small.clone(), options)
        })
        .collect();
    for job in &jobs {
        assert!(matches!(job.wait(), Outcome::Found { .. }));
    }
    assert!(!endless.is_settled());
}

#[test]
fn the_queue_limit_counts_unsettled_jobs() {
    let pool = Pool::new(PoolConfig {
        default_threads: NonZeroUsize::MIN,
        queue_limit: 2,
    });
    let first = submit(&pool, endless(), SearchOptions::default());
    let _second = submit(&pool, endless(), SearchOptions::default());
    let refused = pool.solve(easy(), SearchOptions::default());
    assert!(matches!(refused, Err(SubmitError::QueueFull { limit: 2 })));
    first.handle.cancel();
    assert_eq!(first.wait(), Outcome::Cancelled);
    let _third = submit(&pool, endless(), SearchOptions::default());
}
