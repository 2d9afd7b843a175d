//! Fuzzing of `qanto-pow`: each harness takes any bytes, makes arguments of them, and panics when an answer breaks
//! a rule. The driver (`cargo run --release -p qanto-fuzz`) feeds them on stable Rust, `fuzz_targets/` are the
//! same for cargo-fuzz.

mod compact;
mod generate;
mod hash;
mod input;
mod names;
mod scan;
mod search;
mod template;

pub use compact::compact;
pub use generate::Generator;
pub use hash::hash;
pub use names::names;
pub use scan::scan;
pub use search::search;
pub use template::template;

/// A harness as the driver runs it.
pub struct FuzzTarget {
    /// Its name: that of its function, its file and its folder of cases.
    pub name: &'static str,
    /// Panics when a rule is broken.
    pub run: fn(&[u8]),
    /// Its part of a run, relative to the others: the cheap ones get most.
    pub share: u64,
    /// Inputs worth starting from.
    pub seeds: &'static [&'static [u8]],
}

/// Every harness.
pub const TARGETS: [FuzzTarget; 6] = [
    FuzzTarget {
        name: "compact",
        run: compact,
        share: 600,
        seeds: compact::SEEDS,
    },
    FuzzTarget {
        name: "names",
        run: names,
        share: 100,
        seeds: names::SEEDS,
    },
    FuzzTarget {
        name: "template",
        run: template,
        share: 250,
        seeds: template::SEEDS,
    },
    FuzzTarget {
        name: "hash",
        run: hash,
        share: 100,
        seeds: &[b"abc"],
    },
    FuzzTarget {
        name: "scan",
        run: scan,
        share: 20,
        seeds: template::SEEDS,
    },
    FuzzTarget {
        name: "search",
        run: search,
        share: 2,
        seeds: template::SEEDS,
    },
];
