//! Every interleaving of a few threads at the places where they meet: the search of one job, and a job's life in
//! a pool. `npm run test:models` goes through them and prints how many there are.

mod life;
mod search;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Goes through the executions of a model in which running threads are interrupted `preemptions` times at most: all
/// executions when not given. `LOOM_MAX_PREEMPTIONS` overrides it.
fn explore(name: &str, preemptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let executions = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    println!("{name}: {} executions", executions.load(Ordering::Relaxed));
}
