//! An upper bound of a kernel's hash rate on this processor. The distance to it shows whether work on the kernel would
//! be worthwhile. For benchmarks.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::choice::Kernel;
use crate::algorithm::Algorithm;
use crate::template::Template;

/// Returns the hashes per CPU-second that one thread would compute at the processor's present clock rate, if all units
/// that the kernel's vector arithmetic can use were busy in every cycle.
///
/// Returns `None` where the kernel's instructions have not been counted. They have been counted for headers of 80 bytes
/// with the nonce in the last four.
pub fn hash_ceiling(template: &Template, kernel: Kernel) -> Option<f64> {
    if template.preimage().len() != 80 || template.nonce().offset != 76 {
        return None;
    }
    let per_hash = instructions(kernel, template.algorithm(), template.variants())?;
    Some(cycles_per_second() * per_cycle(kernel) / per_hash)
}

/// Returns the vector arithmetic instructions that the compiled kernel executes per hash. They were counted in its
/// disassembly, without moves, loads and broadcasts. Several variants share the instructions of the message schedule.
fn instructions(kernel: Kernel, algorithm: Algorithm, variants: u32) -> Option<f64> {
    let (per_vector, lanes) = match (kernel, algorithm, variants) {
        (Kernel::Avx512, Algorithm::Sha256, 1) => (1_461.0, 16.0),
        (Kernel::Avx512, Algorithm::Sha256d, 1) => (2_887.0, 16.0),
        (Kernel::Avx512, Algorithm::Sha256d, _) => {
            // Variants are hashed in pairs. The last of an odd number is paired with itself.
            let hashed = f64::from(variants.next_multiple_of(2));
            ((2_391.0 * hashed + 496.0) / f64::from(variants), 16.0)
        }
        (Kernel::Avx512, Algorithm::Blake3, 1) => (625.0, 16.0),
        (Kernel::Avx2, Algorithm::Sha256, 1) => (2_956.0, 8.0),
        (Kernel::Avx2, Algorithm::Sha256d, 1) => (5_825.0, 8.0),
        (Kernel::Avx2, Algorithm::Sha256d, _) => (4_930.0 + 896.0 / f64::from(variants), 8.0),
        (Kernel::Avx2, Algorithm::Blake3, 1) => (916.0, 8.0),
        _ => return None,
    };
    Some(per_vector / lanes)
}

/// Returns how many such instructions the processor can execute in a cycle: two of 512 bits; four of 256 bits on AMD,
/// and three on other processors.
fn per_cycle(kernel: Kernel) -> f64 {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    match kernel {
        Kernel::Avx512 => 2.0,
        _ if processor.contains("AuthenticAMD") => 4.0,
        _ => 3.0,
    }
}

/// Measures the clock rate by a chain of steps that wait for one another. On all x86 and arm64 processors of the last
/// decade a step takes three cycles for the multiplication and one for the exclusive or, without which the compiler
/// would shorten the chain. The shortest of a few chains counts; each is so short that it is rarely interrupted.
fn cycles_per_second() -> f64 {
    const CHAINS: usize = 8;
    const STEPS: u32 = 10_000;
    let shortest = (0..CHAINS).map(|_| duration_of_chain(STEPS)).min();
    4.0 * f64::from(STEPS) / shortest.expect("some chains").as_secs_f64()
}

fn duration_of_chain(steps: u32) -> Duration {
    let factor: u64 = black_box(0x9e37_79b9_7f4a_7c15);
    let start = Instant::now();
    let last = (0..steps).fold(factor, |last, _| (last ^ factor).wrapping_mul(factor));
    black_box(last);
    start.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_takes_fewer_instructions_the_more_variants_share_the_schedule() {
        for kernel in [Kernel::Avx512, Kernel::Avx2] {
            let counts = [1, 2, 4, 16].map(|variants| {
                instructions(kernel, Algorithm::Sha256d, variants).expect("counted")
            });
            assert!(counts.is_sorted_by(|more, fewer| more > fewer));
        }
    }

    #[test]
    fn an_odd_variant_costs_as_much_as_a_pair_with_avx512() {
        let of = |variants| {
            let per_hash = instructions(Kernel::Avx512, Algorithm::Sha256d, variants);
            per_hash.expect("counted") * f64::from(variants)
        };
        assert!((of(3) - of(4)).abs() < 1e-6);
    }
}
