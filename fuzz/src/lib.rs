//! Fuzzing of `qanto-pow`. A harness makes arguments from any bytes, and panics if the result breaks a rule. The driver
//! (`cargo run --release -p qanto-fuzz`) runs the harnesses on stable Rust, and `fuzz_targets/` contains them for
//! cargo-fuzz.

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

/// A harness, for the driver.
pub struct FuzzTarget {
    /// The name of the harness, which its function and its file have, too.
    pub name: &'static str,
    /// Runs the harness on an input. Panics if a rule is broken.
    pub run: fn(&[u8]),
    /// The part of all executions that it gets, relative to the others. Fast harnesses get the most.
    pub share: u64,
    /// Inputs from which others are mutated.
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
