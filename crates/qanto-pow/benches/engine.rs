//! Measures the total cost of polling, fairness and progress reports: the CPU time per hash of jobs that take turns on
//! a thread of the pool, compared with that of the same kernel in a bare loop on the same thread.
//!
//! The speed of a machine drifts by far more than this cost. Therefore a sample is short, and all of it runs on one
//! thread: a bare loop, the engine for twice as many hashes, and a bare loop again. This order cancels a steady drift.
//! The thread's own CPU clock is read in between. A control has a bare loop in the place of the engine, and shows the
//! resolution of the method. The benchmark prints the medians of the samples' ratios, with the 95 % confidence
//! intervals of the sign test.
//!
//! Run it with `cargo bench -p qanto-pow --bench engine`. After `--`, the option `--json` prints the results as JSON,
//! `--samples N` takes N samples of each row, and `--only TEXT` measures only the rows whose name contains the text.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cpu_time::ThreadTime;
use qanto_pow::kernel::{Platform, Scan, prepare};
use qanto_pow::{
    Algorithm, ByteOrder, Effort, HitRule, Kernel, NonceEncoding, NonceField, Observer, Outcome,
    Pool, PoolConfig, SearchOptions, Template, U512,
};

const DEFAULT_SAMPLES: usize = 151;
/// The CPU time of a bare loop. The engine runs twice as long.
const LOOP: Duration = Duration::from_millis(10);
/// The number of jobs that share the thread.
const JOBS: u64 = 2;
/// This is a twentieth of the interval of `solvePow`, so that each job reports several times.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(5);

struct Row {
    name: String,
    template: Template,
    scan: Arc<dyn Scan>,
    /// The number of nonces of a bare loop.
    nonces: u64,
    samples: Vec<Sample>,
}

/// The CPU time per hash, divided by that of the bare loops around it.
struct Sample {
    engine: f64,
    control: f64,
}

/// Returns a block header that no nonce solves. It has nonces of 64 bits, so that no job exhausts them.
fn template(algorithm: Algorithm) -> Template {
    let nonce = NonceField {
        offset: 72,
        encoding: NonceEncoding::U64Le,
    };
    let width = algorithm.default_digest_len();
    let rule = HitRule::new(width, ByteOrder::LittleEndian, U512::ONE, U512::ONE).expect("valid");
    Template::new(algorithm, vec![7; 80], nonce, rule).expect("valid")
}

fn row(algorithm: Algorithm, kernel: Kernel) -> Option<Row> {
    let template = template(algorithm);
    let scan = prepare(&template, Some(kernel)).expect("supported");
    (scan.kernel() == kernel).then(|| Row {
        name: format!("{algorithm} {kernel}"),
        template,
        scan,
        nonces: 1 << 14,
        samples: Vec::new(),
    })
}

/// Returns the CPU time of this thread.
fn clock() -> Duration {
    ThreadTime::now().as_duration()
}

fn bare_loop(scan: &dyn Scan, nonces: u64) -> Duration {
    let start = clock();
    assert_eq!(scan.scan(0, nonces), None);
    clock() - start
}

/// The state of a sample, which the observers of its jobs take on the pool's thread.
struct Sampling {
    scan: Arc<dyn Scan>,
    nonces: u64,
    unsettled: AtomicU64,
    /// The CPU time of the first bare loop, and the thread's clock after it.
    begun: Mutex<Option<(Duration, Duration)>>,
    taken: Sender<Sample>,
}

/// The observer of a job of one hash. It runs the first bare loop when all other jobs are waiting.
struct First {
    sampling: Arc<Sampling>,
    submitted: Mutex<Receiver<()>>,
}

impl Observer for First {
    fn settled(&self, _: Outcome, _: Effort) {
        let submitted = self.submitted.lock().expect("no panic before");
        submitted.recv().expect("the jobs are submitted");
        let Sampling { scan, nonces, .. } = self.sampling.as_ref();
        // This loop is not measured: the scheduler favours a thread that has just woken up.
        bare_loop(scan.as_ref(), *nonces);
        let before = bare_loop(scan.as_ref(), *nonces);
        let mut begun = self.sampling.begun.lock().expect("no panic before");
        *begun = Some((before, clock()));
    }
}

/// The observer of the jobs that take turns. That of the last job runs the second bare loop.
struct Turn(Arc<Sampling>);

impl Observer for Turn {
    fn settled(&self, outcome: Outcome, effort: Effort) {
        let end = clock();
        let sampling = &self.0;
        assert_eq!(outcome, Outcome::BudgetSpent);
        assert_eq!(effort.hashes, 2 * sampling.nonces / JOBS);
        if sampling.unsettled.fetch_sub(1, Ordering::Relaxed) > 1 {
            return;
        }
        let begun = sampling.begun.lock().expect("no panic before").take();
        let (before, start) = begun.expect("the first job is over");
        let run = |nonces| bare_loop(sampling.scan.as_ref(), nonces);
        let between = run(sampling.nonces);
        let control = run(2 * sampling.nonces);
        let after = run(sampling.nonces);
        let sample = Sample {
            engine: (end - start).div_duration_f64(before + between),
            control: control.div_duration_f64(between + after),
        };
        sampling.taken.send(sample).expect("the benchmark listens");
    }
}

impl Row {
    /// Chooses the number of nonces of a bare loop.
    fn calibrate(&mut self) {
        // The first loop warms up.
        bare_loop(self.scan.as_ref(), self.nonces);
        let took = bare_loop(self.scan.as_ref(), self.nonces);
        let rate = self.nonces as f64 / took.as_secs_f64();
        self.nonces =
            ((rate * LOOP.as_secs_f64()) as u64).next_multiple_of(JOBS * self.scan.lanes());
    }

    fn measure(&mut self, pool: &Pool) {
        let (taken, sample) = channel();
        let (submitted, all_submitted) = channel();
        let sampling = Arc::new(Sampling {
            scan: Arc::clone(&self.scan),
            nonces: self.nonces,
            unsettled: AtomicU64::new(JOBS),
            begun: Mutex::default(),
            taken,
        });
        let first = First {
            sampling: Arc::clone(&sampling),
            submitted: Mutex::new(all_submitted),
        };
        self.submit(pool, 0, 1, Box::new(first));
        for job in 1..=JOBS {
            let turn = Turn(Arc::clone(&sampling));
            self.submit(pool, job << 40, 2 * self.nonces / JOBS, Box::new(turn));
        }
        submitted.send(()).expect("the first job waits");
        self.samples.push(sample.recv().expect("every job settles"));
    }

    fn submit(&self, pool: &Pool, start_nonce: u64, hashes: u64, observer: Box<dyn Observer>) {
        let options = SearchOptions {
            start_nonce,
            max_hashes: Some(hashes),
            timeout: Some(Duration::from_secs(3_600)),
            kernel: Some(self.scan.kernel()),
            progress_interval: Some(PROGRESS_INTERVAL),
            ..SearchOptions::default()
        };
        pool.submit(self.template.clone(), options, observer)
            .expect("accepted");
    }

    fn excess(&self, ratio: impl Fn(&Sample) -> f64) -> Excess {
        let mut sorted: Vec<f64> = self.samples.iter().map(|one| ratio(one) - 1.0).collect();
        sorted.sort_by(f64::total_cmp);
        let last = (sorted.len() - 1) as f64;
        let reach = 1.96 / 2.0 * (last + 1.0).sqrt();
        let at = |rank: f64| sorted[rank.clamp(0.0, last) as usize];
        Excess {
            median: at(last / 2.0),
            low: at((last / 2.0 - reach).floor()),
            high: at((last / 2.0 + reach).ceil()),
        }
    }
}

/// The excess of a ratio over 1: the median, and the ends of its 95 % confidence interval.
struct Excess {
    median: f64,
    low: f64,
    high: f64,
}

impl fmt::Display for Excess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, low, high] = [self.median, self.low, self.high].map(|part| 100.0 * part);
        write!(out, "{median:5.2} % [{low:5.2}, {high:5.2}]")
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value_of = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1)
    };
    let samples = value_of("--samples")
        .and_then(|text| text.parse().ok())
        .unwrap_or(DEFAULT_SAMPLES);
    let platform = Platform::detect();
    let supported = || Kernel::ALL.into_iter().filter(|&k| platform.supports(k));
    let mut rows: Vec<Row> = Algorithm::ALL
        .into_iter()
        .flat_map(|algorithm| supported().filter_map(move |kernel| row(algorithm, kernel)))
        .filter(|row| value_of("--only").is_none_or(|text| row.name.contains(text)))
        .collect();
    let pool = Pool::new(PoolConfig {
        default_threads: NonZeroUsize::MIN,
        ..PoolConfig::default()
    });
    for row in &mut rows {
        row.calibrate();
    }
    for _ in 0..samples {
        for row in &mut rows {
            row.measure(&pool);
        }
    }
    if arguments.iter().any(|argument| argument == "--json") {
        print_json(&rows);
    } else {
        print_table(&rows);
    }
}

fn print_table(rows: &[Row]) {
    println!("\nCPU time per hash above that of a bare loop: median [95 % interval]\n");
    println!(
        "{:18} {:>22} {:>24} {:>8}",
        "", "engine", "control", "samples"
    );
    for row in rows {
        println!(
            "{:18} {} {:>4} {} {:7}",
            row.name,
            row.excess(|sample| sample.engine),
            "",
            row.excess(|sample| sample.control),
            row.samples.len()
        );
    }
}

fn print_json(rows: &[Row]) {
    let json = |Excess { median, low, high }| serde_json::json!({ "median": median, "low": low, "high": high });
    let rows = rows.iter().map(|row| {
        serde_json::json!({
            "name": row.name,
            "samples": row.samples.len(),
            "engine": json(row.excess(|sample| sample.engine)),
            "control": json(row.excess(|sample| sample.control)),
        })
    });
    println!("{}", serde_json::Value::from_iter(rows));
}
