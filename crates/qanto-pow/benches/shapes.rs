//! Measures the hashes per second of CPU time of every kernel, for templates of the shapes that protocols use.
//!
//! The kernels of a shape take turns on one thread, whose own CPU clock is read. The table has the medians, with the
//! quartiles, and the ratio of each median to that of the portable kernel.
//!
//! Run it with `cargo bench -p qanto-pow --bench shapes`. After `--`, the option `--json` prints the results as JSON,
//! `--samples N` takes N samples of each row, and `--only TEXT` measures only the shapes whose name contains the text.

use std::sync::Arc;
use std::time::Duration;

use cpu_time::ThreadTime;
use qanto_pow::kernel::{Platform, Scan, prepare};
use qanto_pow::{
    Algorithm, ByteOrder, HitRule, Kernel, NonceEncoding, NonceField, Target, Template, U256, U512,
};

const DEFAULT_SAMPLES: usize = 15;
/// The CPU time of a sample.
const SAMPLE: Duration = Duration::from_millis(40);

struct Shape {
    name: &'static str,
    template: Template,
    /// The first nonce of every sample.
    start: u64,
}

/// A rule that reads the first bytes of the digest, and that no nonce of a sample meets.
fn first_bytes(width: usize, order: ByteOrder) -> HitRule {
    let bound = U512::from(0x0123_4567_89ab_cdef_u64) >> (64 - 8 * width);
    HitRule::new(width, order, bound, bound).expect("valid")
}

fn shape(
    name: &'static str,
    algorithm: Algorithm,
    preimage_len: usize,
    offset: usize,
    encoding: NonceEncoding,
    rule: impl Into<HitRule>,
) -> Shape {
    let nonce = NonceField { offset, encoding };
    let preimage = vec![b'7'; preimage_len];
    Shape {
        name,
        template: Template::new(algorithm, preimage, nonce, rule).expect("valid"),
        start: if encoding == NonceEncoding::Decimal {
            1_000_000
        } else {
            0
        },
    }
}

fn shapes() -> Vec<Shape> {
    use Algorithm::{Blake2b, Blake3, Sha1, Sha256, Sha256d, Sha512, Sha512d};
    use NonceEncoding::{Decimal, Hex, U32Le, U64Be, U64Le, U64LeSwapped};
    let target = Target::new(U256::ONE).expect("not 0");
    let big = || first_bytes(8, ByteOrder::BigEndian);
    let little = |width| first_bytes(width, ByteOrder::LittleEndian);
    let with_digest_len = |name, digest_len, preimage_len: usize, offset, encoding, rule| {
        let nonce = NonceField { offset, encoding };
        let preimage = vec![7; preimage_len];
        let template = Template::with_digest_len(Blake2b, digest_len, preimage, nonce, rule);
        Shape {
            name,
            template: template.expect("valid"),
            start: 0,
        }
    };
    let header = |name, algorithm| shape(name, algorithm, 80, 76, U32Le, target);
    let mut rolling = header("header, sha256d, 16 versions", Sha256d);
    rolling.template = rolling.template.with_version_rolling(16).expect("a header");
    vec![
        header("header, sha256", Sha256),
        header("header, sha256d", Sha256d),
        rolling,
        header("header, blake3", Blake3),
        shape(
            "Anubis: sha256, 128 bytes, decimal",
            Sha256,
            128,
            128,
            Decimal,
            big(),
        ),
        shape(
            "ALTCHA: sha256, 25 bytes, decimal",
            Sha256,
            25,
            25,
            Decimal,
            big(),
        ),
        shape(
            "sha256, nonce in the first of two blocks",
            Sha256,
            80,
            0,
            U32Le,
            target,
        ),
        shape(
            "go-away: sha256, 32 bytes, u64le",
            Sha256,
            40,
            32,
            U64Le,
            big(),
        ),
        shape(
            "Cerberus: blake3, 96 bytes, u64le-swapped",
            Blake3,
            96,
            88,
            U64LeSwapped,
            big(),
        ),
        shape(
            "blake3, nonce in the first of three blocks",
            Blake3,
            160,
            0,
            U32Le,
            target,
        ),
        shape(
            "hashcash: sha1, 40 bytes, hex",
            Sha1,
            40,
            40,
            Hex { width: 8 },
            big(),
        ),
        shape(
            "work-token: sha512, 40 bytes, decimal",
            Sha512,
            40,
            40,
            Decimal,
            big(),
        ),
        shape(
            "Bitmessage: sha512d, 72 bytes, u64be",
            Sha512d,
            72,
            0,
            U64Be,
            big(),
        ),
        with_digest_len("Nano: blake2b, 40 bytes, u64le", 8, 40, 0, U64Le, little(8)),
        with_digest_len(
            "Friendly: blake2b, 128 bytes, u32le",
            32,
            128,
            124,
            U32Le,
            little(4),
        ),
    ]
}

struct Row {
    kernel: Kernel,
    scan: Arc<dyn Scan>,
    nonces: u64,
    /// Hashes per second of CPU time.
    rates: Vec<f64>,
}

fn rows(shape: &Shape) -> Vec<Row> {
    let platform = Platform::detect();
    let supported = Kernel::ALL
        .into_iter()
        .filter(|&kernel| platform.supports(kernel));
    let scans = supported.filter_map(|kernel| {
        let scan = prepare(&shape.template, Some(kernel)).expect("supported");
        (scan.kernel() == kernel).then_some((kernel, scan))
    });
    let rows = scans.map(|(kernel, scan)| {
        let mut nonces = 1 << 10;
        while time_of(scan.as_ref(), shape.start, nonces) < SAMPLE / 2 {
            nonces *= 2;
        }
        Row {
            kernel,
            scan,
            nonces,
            rates: Vec::new(),
        }
    });
    rows.collect()
}

fn time_of(scan: &dyn Scan, start: u64, nonces: u64) -> Duration {
    let begun = ThreadTime::now();
    assert_eq!(scan.scan(start, nonces), None);
    begun.elapsed()
}

/// Returns the value below which this share of the sorted values lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value_of = |flag: &str| {
        let position = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(position + 1)
    };
    let samples = value_of("--samples").map_or(DEFAULT_SAMPLES, |text| {
        text.parse()
            .expect("--samples must be followed by a number")
    });
    let only = value_of("--only").map_or("", String::as_str);
    let json = arguments.iter().any(|argument| argument == "--json");
    for shape in shapes().iter().filter(|shape| shape.name.contains(only)) {
        let mut rows = rows(shape);
        for _ in 0..samples {
            for row in &mut rows {
                let time = time_of(row.scan.as_ref(), shape.start, row.nonces);
                let hashes = row.nonces * u64::from(shape.template.variants());
                row.rates.push(hashes as f64 / time.as_secs_f64());
            }
        }
        print(shape, &mut rows, json);
    }
}

fn print(shape: &Shape, rows: &mut [Row], json: bool) {
    for row in &mut *rows {
        row.rates.sort_by(f64::total_cmp);
    }
    let portable = rows.last().map_or(1.0, |row| quantile(&row.rates, 0.5));
    if !json {
        println!("{}", shape.name);
    }
    for row in rows {
        let [low, median, high] = [0.25, 0.5, 0.75].map(|share| quantile(&row.rates, share));
        let (kernel, ratio) = (row.kernel.name(), median / portable);
        if json {
            println!(
                r#"{{"shape":"{}","kernel":"{kernel}","hashesPerSecond":{median:.0},"quartiles":[{low:.0},{high:.0}],"ratio":{ratio:.3}}}"#,
                shape.name
            );
        } else {
            let [low, median, high] = [low, median, high].map(|rate| rate / 1e6);
            println!("  {kernel:<15} {median:8.2} MH/s ({low:.2} to {high:.2})  {ratio:6.2} x");
        }
    }
}
