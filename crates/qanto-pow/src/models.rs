//! Models that explore every interleaving of a few threads, in the search of one job and in the life cycle of a job in
//! a pool. `npm run test:models` runs them and prints the numbers of executions.

mod life;
mod search;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Explores the executions of a model in which running threads are preempted at most `preemptions` times, or all
/// executions if this is `None`. `LOOM_MAX_PREEMPTIONS` overrides it.
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
