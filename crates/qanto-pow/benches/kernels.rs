//! One table of all kernels on the header of a block, sampled in turns so that whatever slows the machine slows
//! them all: millions of hashes per CPU-second of one thread, and how near that is to the most that the
//! processor could do.
//!
//! `cargo bench -p qanto-pow --bench kernels`; behind `--`, `--json` prints the same as JSON and `--rounds N`
//! takes N samples of each.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use cpu_time::ThreadTime;
use qanto_pow::kernel::{Platform, Scan, prepare};
use qanto_pow::{Algorithm, Kernel, NonceEncoding, NonceField, Target, Template, U256};

const DEFAULT_ROUNDS: usize = 101;
const SAMPLE: Duration = Duration::from_millis(2);
/// Versions of the header in the rows with version rolling.
const VERSIONS: u32 = 4;

struct Row {
    name: String,
    scan: Arc<dyn Scan>,
    hashes_per_nonce: u64,
    nonces: u64,
    /// Fewest cycles per hash.
    floor: Option<f64>,
    samples: Vec<Sample>,
}

#[derive(Clone, Copy)]
struct Sample {
    hashes_per_second: f64,
    cycles_per_hash: f64,
}

/// Vector arithmetic instructions that the compiled kernel executes per hash: counted in its disassembly,
/// moves, loads and broadcasts left out.
fn instructions(kernel: Kernel, algorithm: Algorithm, versions: u32) -> Option<f64> {
    let (per_vector, lanes) = match (kernel, algorithm, versions) {
        (Kernel::Avx512, Algorithm::Sha256, 1) => (1_461.0, 16.0),
        (Kernel::Avx512, Algorithm::Sha256d, 1) => (2_887.0, 16.0),
        (Kernel::Avx512, Algorithm::Sha256d, VERSIONS) => (2_515.0, 16.0),
        (Kernel::Avx512, Algorithm::Blake3, 1) => (625.0, 16.0),
        (Kernel::Avx2, Algorithm::Sha256d, 1) => (5_825.0, 8.0),
        (Kernel::Avx2, Algorithm::Blake3, 1) => (916.0, 8.0),
        _ => return None,
    };
    Some(per_vector / lanes)
}

/// How many such instructions the processor can execute in a cycle: two of 512 bits; of 256 bits four if it is
/// AMD's, else three.
fn per_cycle(kernel: Kernel) -> f64 {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    match kernel {
        Kernel::Avx512 => 2.0,
        _ if processor.contains("AuthenticAMD") => 4.0,
        _ => 3.0,
    }
}

fn row(kernel: Kernel, algorithm: Algorithm, versions: u32) -> Option<Row> {
    let nonce = NonceField {
        offset: 76,
        encoding: NonceEncoding::U32Le,
    };
    let no_nonce_solves_it = Target::new(U256::ONE).expect("not 0");
    let template = Template::new(algorithm, vec![7; 80], nonce, no_nonce_solves_it)
        .and_then(|template| template.with_version_rolling(versions))
        .expect("a header");
    let scan = prepare(&template, Some(kernel)).expect("supported");
    let rolling = match versions {
        1 => String::new(),
        _ => format!(", {versions} versions"),
    };
    (scan.kernel() == kernel).then(|| Row {
        name: format!("{algorithm}{rolling} {kernel}"),
        scan,
        hashes_per_nonce: u64::from(versions),
        nonces: 1 << 10,
        floor: instructions(kernel, algorithm, versions)
            .map(|instructions| instructions / per_cycle(kernel)),
        samples: Vec::new(),
    })
}

impl Row {
    fn scan(&self) -> Duration {
        let start = ThreadTime::now();
        assert_eq!(self.scan.scan(1, self.nonces), None);
        start.elapsed()
    }

    /// Chooses how many nonces to hash for a sample.
    fn calibrate(&mut self) {
        let rate = self.nonces as f64 / self.scan().as_secs_f64();
        let lanes = self.scan.lanes();
        self.nonces = ((rate * SAMPLE.as_secs_f64()) as u64).next_multiple_of(lanes);
    }

    fn sample(&mut self) {
        let hertz = frequency();
        let seconds = self.scan().as_secs_f64();
        let hashes = (self.nonces * self.hashes_per_nonce) as f64;
        self.samples.push(Sample {
            hashes_per_second: hashes / seconds,
            cycles_per_hash: hertz * seconds / hashes,
        });
    }

    fn percentile(&self, percent: usize, of: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[(values.len() - 1) * percent / 100]
    }
}

/// Cycles per CPU-second now, by a chain of steps that wait for one another: on all x86 and arm64 processors of
/// the last decade three cycles for the multiplication and one for the other operation, without which the
/// compiler would shorten the chain.
fn frequency() -> f64 {
    const STEPS: u32 = 40_000;
    let factor: u64 = black_box(0x9e37_79b9_7f4a_7c15);
    let start = ThreadTime::now();
    let last = (0..STEPS).fold(factor, |last, _| (last ^ factor).wrapping_mul(factor));
    black_box(last);
    4.0 * f64::from(STEPS) / start.elapsed().as_secs_f64()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments
        .iter()
        .position(|argument| argument == "--rounds")
        .and_then(|at| arguments.get(at + 1)?.parse().ok())
        .unwrap_or(DEFAULT_ROUNDS);
    let platform = Platform::detect();
    let kinds = [
        (Algorithm::Sha256d, 1),
        (Algorithm::Sha256d, VERSIONS),
        (Algorithm::Sha256, 1),
        (Algorithm::Blake3, 1),
    ];
    let supported = || Kernel::ALL.into_iter().filter(|&k| platform.supports(k));
    let mut rows: Vec<Row> = kinds
        .into_iter()
        .flat_map(|(algorithm, versions)| {
            supported().filter_map(move |kernel| row(kernel, algorithm, versions))
        })
        .collect();
    for row in &mut rows {
        row.calibrate();
    }
    for _ in 0..rounds {
        for row in &mut rows {
            row.sample();
        }
    }
    if arguments.iter().any(|argument| argument == "--json") {
        print_json(&rows);
    } else {
        print_table(&rows);
    }
}

fn print_table(rows: &[Row]) {
    println!(
        "\nM hashes per CPU-second of one thread, median of samples in turns; 80-byte header\n"
    );
    println!(
        "{:32} {:>8} {:>17} {:>8} {:>14} {:>11}",
        "", "median", "10 % to 90 %", "samples", "cycles/hash", "of ceiling"
    );
    for row in rows {
        let rate = |percent| row.percentile(percent, |sample| sample.hashes_per_second / 1e6);
        let cycles = row.percentile(50, |sample| sample.cycles_per_hash);
        let share = row.floor.map_or("–".to_owned(), |floor| {
            format!("{:.0} %", 100.0 * floor / cycles)
        });
        println!(
            "{:32} {:8.2} {:8.2} {:8.2} {:8} {:14.1} {:>11}",
            row.name,
            rate(50),
            rate(10),
            rate(90),
            row.samples.len(),
            cycles,
            share
        );
    }
}

fn print_json(rows: &[Row]) {
    let rows = rows.iter().map(|row| {
        let rate = |percent| row.percentile(percent, |sample| sample.hashes_per_second);
        let cycles = row.percentile(50, |sample| sample.cycles_per_hash);
        serde_json::json!({
            "name": row.name,
            "kernel": row.scan.kernel().name(),
            "samples": row.samples.len(),
            "hashesPerCpuSecond": { "p10": rate(10), "median": rate(50), "p90": rate(90) },
            "cyclesPerHash": cycles,
            "ofCeiling": row.floor.map(|floor| floor / cycles),
        })
    });
    println!("{}", serde_json::Value::from_iter(rows));
}
