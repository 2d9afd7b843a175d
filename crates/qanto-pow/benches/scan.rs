//! Time per nonce of each kernel in a bare loop, and of the engine around it on one thread.
//!
//! An elapsed "element" is one nonce: ns per nonce is the inverse of the throughput.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use qanto_pow::kernel::{Platform, prepare};
use qanto_pow::{
    Algorithm, Kernel, NonceEncoding, NonceField, Outcome, Pool, PoolConfig, SearchOptions, Target,
    Template, U256,
};

/// A header of 80 bytes that no nonce solves.
fn template(algorithm: Algorithm) -> Template {
    let nonce = NonceField {
        offset: 76,
        encoding: NonceEncoding::U32Le,
    };
    let target = Target::new(U256::ONE).expect("not 0");
    Template::new(algorithm, vec![7; 80], nonce, target).expect("valid")
}

fn kernels() -> impl Iterator<Item = Kernel> {
    let platform = Platform::detect();
    Kernel::ALL
        .into_iter()
        .filter(move |&kernel| platform.supports(kernel))
}

fn bare_loop(criterion: &mut Criterion) {
    const NONCES: u64 = 1 << 12;
    for algorithm in Algorithm::ALL {
        let mut group = criterion.benchmark_group(format!("scan/{algorithm}"));
        group.throughput(Throughput::Elements(NONCES));
        for kernel in kernels() {
            let scan = prepare(&template(algorithm), Some(kernel)).expect("supported");
            group.bench_function(BenchmarkId::from_parameter(kernel), |bencher| {
                bencher.iter(|| scan.scan(black_box(0), NONCES));
            });
        }
        group.finish();
    }
}

/// A job of a fixed budget through the pool, against the same nonces in one call of the same kernel.
fn engine(criterion: &mut Criterion) {
    const NONCES: u64 = 1 << 20;
    let pool = Pool::new(PoolConfig {
        default_threads: NonZeroUsize::MIN,
        ..PoolConfig::default()
    });
    for algorithm in Algorithm::ALL {
        let template = template(algorithm);
        let mut group = criterion.benchmark_group(format!("engine/{algorithm}"));
        group.throughput(Throughput::Elements(NONCES));
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(8));
        for kernel in kernels() {
            let scan = prepare(&template, Some(kernel)).expect("supported");
            group.bench_function(BenchmarkId::new("bare", kernel), |bencher| {
                bencher.iter(|| scan.scan(black_box(0), NONCES));
            });
            group.bench_function(BenchmarkId::new("pool", kernel), |bencher| {
                bencher.iter(|| {
                    let options = SearchOptions {
                        max_hashes: Some(NONCES),
                        kernel: Some(kernel),
                        ..SearchOptions::default()
                    };
                    let solved = pool.solve(template.clone(), options).expect("accepted");
                    assert_eq!(solved.0, Outcome::BudgetSpent);
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, bare_loop, engine);
criterion_main!(benches);
