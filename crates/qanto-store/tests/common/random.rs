//! Reproducible random numbers, and the settings of the campaigns.

use std::env;
use std::ops::Range;

/// The generator SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the generator of a round, which depends only on the seed and the number of the round.
    pub fn of_round(seed: u64, round: u64) -> Self {
        let mut mixed = Self(seed ^ Self(round).next().rotate_left(17));
        Self(mixed.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }

    /// Returns true with this probability in percent.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}

/// Returns the number in an environment variable.
pub fn setting(name: &str, default: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => default,
    }
}

pub fn seed() -> u64 {
    setting("QANTO_STORE_SEED", 42)
}

/// Returns the rounds of a campaign. The variable `name` sets their number, and QANTO_STORE_FIRST the first one.
pub fn rounds(name: &str, default: u64) -> Range<u64> {
    let first = setting("QANTO_STORE_FIRST", 0);
    let rounds = first..first + setting(name, default);
    println!("{name}: rounds {rounds:?} of seed {}", seed());
    rounds
}
