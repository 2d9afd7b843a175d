//! Measures the time per nonce of each kernel in a bare loop, and in the engine on one thread. The CPU time of the
//! process is measured, since other processes, or a hypervisor that takes cores away, affect it least.

use std::num::NonZeroUsize;
use std::time::Duration;

use cpu_time::ProcessTime;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use qanto_pow::kernel::{Platform, prepare};
use qanto_pow::{
    Algorithm, ByteOrder, HitRule, Kernel, NonceEncoding, NonceField, Outcome, Pool, PoolConfig,
    SearchOptions, Template, U512,
};

/// Returns a block header that no nonce solves.
fn template(algorithm: Algorithm) -> Template {
    let nonce = NonceField {
        offset: 76,
        encoding: NonceEncoding::U32Le,
    };
    let width = algorithm.default_digest_len();
    let rule = HitRule::new(width, ByteOrder::LittleEndian, U512::ONE, U512::ONE).expect("valid");
    Template::new(algorithm, vec![7; 80], nonce, rule).expect("valid")
}

fn kernels() -> impl Iterator<Item = Kernel> {
    let platform = Platform::detect();
    Kernel::ALL
        .into_iter()
        .filter(move |&kernel| platform.supports(kernel))
}

fn cpu_time_of(work: impl FnOnce()) -> Duration {
    let start = ProcessTime::now();
    work();
    start.elapsed()
}

/// An iteration of criterion is one nonce, so that the time per iteration is the time per nonce.
fn nanoseconds_per_nonce(criterion: &mut Criterion) {
    let pool = Pool::new(PoolConfig {
        default_threads: NonZeroUsize::MIN,
        ..PoolConfig::default()
    });
    for algorithm in Algorithm::ALL {
        let mut group = criterion.benchmark_group(algorithm.name());
        group.throughput(Throughput::Elements(1));
        for kernel in kernels() {
            let template = template(algorithm);
            let scan = prepare(&template, Some(kernel)).expect("supported");
            if scan.kernel() != kernel {
                continue;
            }
            group.bench_function(BenchmarkId::new("bare loop", kernel), |bencher| {
                bencher
                    .iter_custom(|nonces| cpu_time_of(|| assert_eq!(scan.scan(0, nonces), None)));
            });
            group.bench_function(BenchmarkId::new("engine", kernel), |bencher| {
                bencher.iter_custom(|nonces| {
                    let options = SearchOptions {
                        max_hashes: Some(nonces),
                        kernel: Some(kernel),
                        ..SearchOptions::default()
                    };
                    cpu_time_of(|| {
                        let solved = pool.solve(template.clone(), options).expect("accepted");
                        assert_eq!(solved.0, Outcome::BudgetSpent);
                    })
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, nanoseconds_per_nonce);
criterion_main!(benches);
