//! Measures which of several kernels is the fastest on this machine.
//!
//! The kernels take turns, with short samples, and the best sample of each one counts. A sample is shorter than the time
//! for which an operating system usually lets a thread run, so that some samples of each kernel are not interrupted,
//! however busy the machine is. Hence the clock can be the monotonic one, which every machine has.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::choice::Kernel;
use super::scan::Scan;
use crate::template::Template;

/// The intended time of a sample. Samples of less than half of it do not count, because the start of a scan distorts
/// them.
const SAMPLE: Duration = Duration::from_micros(300);
/// The number of samples of each kernel that is not far slower than another one.
const ROUNDS: usize = 14;
/// The number of samples of each kernel before the first one can be dropped. Some could have been interrupted, and the rate
/// of a kernel that is dropped is reported, too.
const ROUNDS_OF_ALL: usize = 4;
/// No round is begun after this time, not counting interruptions. It matters only for messages so long that a single scan
/// takes longer than a sample.
const BUDGET: Duration = Duration::from_millis(25);
/// A kernel is dropped if its rate is less than this share of the best one.
const HOPELESS: f64 = 0.7;
/// How many times as fast as the first kernel another one must be in order to replace it, so that kernels that are about
/// equally fast do not replace each other from run to run. In 60 runs on a busy machine, the ratios of two kernels were
/// within 1 % of their median in most runs, and within about 3 % in all.
const MARGIN: f64 = 1.03;
/// A sample grows until it is long enough, at most by this factor at a time.
const GROWTH: u64 = 8;
/// A decimal nonce has a typical number of digits from here on.
const START: u64 = 1_000_000;

/// The hash rates of the kernels for templates of one shape, on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Hashes per second on one thread, of the kernel that is preferred, then of the others from the fastest to the
    /// slowest. There are at least two.
    pub rates: Vec<(Kernel, f64)>,
}

impl Measured {
    /// `rates` are those of the kernels, in the order in which they are preferred if they are about equally fast.
    pub(crate) fn new(mut rates: Vec<(Kernel, f64)>) -> Self {
        let (expected, rate) = rates[0];
        rates.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        if rates[0].1 < MARGIN * rate {
            rates.sort_by_key(|&(kernel, _)| kernel != expected);
        }
        Self { rates }
    }

    /// Returns the higher rate of each kernel in two measurements of the same kernels.
    pub(super) fn or_better(&self, other: &Self) -> Self {
        let better = |kernel| {
            let rates = [self.rate(kernel)?, other.rate(kernel)?];
            Some((kernel, rates[0].max(rates[1])))
        };
        Self::new(Kernel::ALL.into_iter().filter_map(better).collect())
    }

    fn rate(&self, kernel: Kernel) -> Option<f64> {
        let rate = |&(other, rate): &(Kernel, f64)| (other == kernel).then_some(rate);
        self.rates.iter().find_map(rate)
    }

    /// Returns how many times as fast as the fastest other kernel this one is. Returns `None` if it was not measured.
    pub fn ratio(&self, kernel: Kernel) -> Option<f64> {
        let own = self.rate(kernel)?;
        let others = self.rates.iter().filter(|(other, _)| *other != kernel);
        let best = others.map(|&(_, rate)| rate).max_by(f64::total_cmp)?;
        Some(own / best)
    }
}

/// Measures the kernels of these scanners of a template, in their usual order of preference. This takes about 4 ms for
/// each of them. Returns `None` if `stopped` returned true, which is asked before every sample.
pub(super) fn measure(
    scanners: &[Arc<dyn Scan>],
    template: &Template,
    stopped: &dyn Fn() -> bool,
) -> Option<Measured> {
    let max = template.max_nonce();
    let first = if max > START { START } else { 0 };
    let runner = |scan: &Arc<dyn Scan>| Runner {
        scan: Arc::clone(scan),
        range: (first, max),
        count: scan.lanes(),
        nonces_per_second: 0.0,
    };
    let mut runners: Vec<Runner> = scanners.iter().map(runner).collect();
    let mut best = 0.0;
    let mut seconds = 0.0;
    for round in 0..ROUNDS {
        if round >= ROUNDS_OF_ALL && seconds > BUDGET.as_secs_f64() {
            break;
        }
        for runner in &mut runners {
            if round >= ROUNDS_OF_ALL && runner.nonces_per_second < HOPELESS * best {
                continue;
            }
            seconds += runner.sample(stopped)?;
            best = runner.nonces_per_second.max(best);
        }
    }
    let rates = runners.iter().map(|runner| {
        let variants = f64::from(template.variants());
        (runner.scan.kernel(), runner.nonces_per_second * variants)
    });
    Some(Measured::new(rates.collect()))
}

struct Runner {
    scan: Arc<dyn Scan>,
    /// The first and the last nonce that are hashed. After the last one, the first one is next.
    range: (u64, u64),
    /// The number of nonces of a sample.
    count: u64,
    /// The best rate so far.
    nonces_per_second: f64,
}

impl Runner {
    /// Takes a sample that is long enough. Returns its time in seconds, as far as it can be told without interruptions,
    /// or `None` if it was stopped.
    fn sample(&mut self, stopped: &dyn Fn() -> bool) -> Option<f64> {
        loop {
            if stopped() {
                return None;
            }
            let began = Instant::now();
            self.hash();
            let took = began.elapsed();
            if took >= SAMPLE / 2 {
                let rate = self.count as f64 / took.as_secs_f64();
                self.nonces_per_second = rate.max(self.nonces_per_second);
                return Some(self.count as f64 / self.nonces_per_second);
            }
            let factor = SAMPLE.as_nanos() / took.as_nanos().max(1);
            self.count *= (factor as u64).clamp(2, GROWTH);
        }
    }

    /// Hashes the nonces of a sample. The scan goes on after a hit.
    fn hash(&self) {
        let (first, last) = self.range;
        let mut next = first;
        let mut left = self.count;
        while left > 0 {
            let here = left.min((last - next).saturating_add(1));
            let hit = self.scan.scan(next, here);
            let done = hit.map_or(here, |hit| hit.nonce - next + 1);
            left -= done;
            next = if last - next < done {
                first
            } else {
                next + done
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::kernel::Hit;
    use crate::{Algorithm, NonceEncoding, NonceField, Target};

    /// A scanner that spins for a time per nonce.
    struct Spinning {
        kernel: Kernel,
        nanoseconds_per_nonce: u64,
        hits: bool,
        scans: AtomicU64,
    }

    impl Scan for Spinning {
        fn scan(&self, first: u64, count: u64) -> Option<Hit> {
            self.scans.fetch_add(1, Ordering::Relaxed);
            let count = if self.hits { count.min(100) } else { count };
            let began = Instant::now();
            while began.elapsed() < Duration::from_nanos(count * self.nanoseconds_per_nonce) {
                std::hint::spin_loop();
            }
            let nonce = first + count - 1;
            self.hits.then_some(Hit { nonce, variant: 0 })
        }

        fn lanes(&self) -> u64 {
            1
        }

        fn kernel(&self) -> Kernel {
            self.kernel
        }
    }

    fn spinning(kernel: Kernel, nanoseconds_per_nonce: u64, hits: bool) -> Arc<Spinning> {
        Arc::new(Spinning {
            kernel,
            nanoseconds_per_nonce,
            hits,
            scans: AtomicU64::new(0),
        })
    }

    fn template(encoding: NonceEncoding) -> Template {
        let field = NonceField {
            offset: 0,
            encoding,
        };
        Template::new(Algorithm::Sha256, vec![0; 80], field, Target::MAX).expect("valid")
    }

    fn order(measured: &Measured) -> Vec<Kernel> {
        measured.rates.iter().map(|&(kernel, _)| kernel).collect()
    }

    #[test]
    fn the_kernel_with_the_highest_rate_is_preferred() {
        let scanners: [Arc<dyn Scan>; 3] = [
            spinning(Kernel::Avx512, 1_000, false),
            spinning(Kernel::ShaNi, 100, false),
            spinning(Kernel::Portable, 10_000, false),
        ];
        for encoding in [NonceEncoding::U64Le, NonceEncoding::Hex { width: 1 }] {
            let measured = measure(&scanners, &template(encoding), &|| false).expect("not stopped");
            assert_eq!(
                order(&measured),
                [Kernel::ShaNi, Kernel::Avx512, Kernel::Portable]
            );
            assert!(measured.ratio(Kernel::ShaNi) > Some(2.0), "{measured:?}");
            assert!(measured.ratio(Kernel::Avx512) < Some(0.5), "{measured:?}");
        }
    }

    #[test]
    fn a_kernel_that_is_far_slower_is_dropped_after_its_first_samples() {
        let [fast, slow] = [(Kernel::Avx2, 10), (Kernel::Portable, 200_000)]
            .map(|(kernel, nanoseconds)| spinning(kernel, nanoseconds, false));
        let scanners: [Arc<dyn Scan>; 2] = [fast, slow.clone()];
        measure(&scanners, &template(NonceEncoding::U64Le), &|| false).expect("not stopped");
        // Its first nonce alone takes the time of a sample.
        assert_eq!(slow.scans.load(Ordering::Relaxed), ROUNDS_OF_ALL as u64);
    }

    #[test]
    fn a_measurement_of_kernels_that_take_long_for_a_single_scan_has_few_samples() {
        let scanners =
            [Kernel::Avx2, Kernel::Portable].map(|kernel| spinning(kernel, 20_000_000, false));
        let all: Vec<Arc<dyn Scan>> = scanners.iter().map(|scan| scan.clone() as _).collect();
        measure(&all, &template(NonceEncoding::U64Le), &|| false).expect("not stopped");
        for scanner in scanners {
            assert_eq!(scanner.scans.load(Ordering::Relaxed), ROUNDS_OF_ALL as u64);
        }
    }

    #[test]
    fn the_nonces_behind_a_hit_belong_to_the_sample() {
        let scanners: [Arc<dyn Scan>; 2] = [
            spinning(Kernel::Avx2, 3_000, true),
            spinning(Kernel::Portable, 100, true),
        ];
        let measured = measure(&scanners, &template(NonceEncoding::U64Le), &|| false);
        assert_eq!(
            order(&measured.expect("not stopped")),
            [Kernel::Portable, Kernel::Avx2]
        );
    }

    #[test]
    fn a_measurement_that_is_stopped_begins_no_further_sample() {
        let scanner = spinning(Kernel::Avx2, 1_000_000, false);
        let scanners: [Arc<dyn Scan>; 2] = [scanner.clone(), spinning(Kernel::Portable, 1, false)];
        let stopped = || scanner.scans.load(Ordering::Relaxed) > 0;
        let measured = measure(&scanners, &template(NonceEncoding::U64Le), &stopped);
        assert_eq!(measured, None);
        assert_eq!(scanner.scans.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_kernel_that_is_usually_preferred_keeps_its_place_unless_another_one_is_clearly_faster() {
        let measured = |rate| {
            let rates = [
                (Kernel::Avx512, 100.0),
                (Kernel::ShaNi, rate),
                (Kernel::Avx2, 50.0),
            ];
            Measured::new(rates.to_vec())
        };
        assert_eq!(
            order(&measured(102.0)),
            [Kernel::Avx512, Kernel::ShaNi, Kernel::Avx2]
        );
        assert_eq!(
            order(&measured(104.0)),
            [Kernel::ShaNi, Kernel::Avx512, Kernel::Avx2]
        );
        assert_eq!(measured(104.0).ratio(Kernel::ShaNi), Some(1.04));
        assert_eq!(measured(104.0).ratio(Kernel::Portable), None);
    }
}
