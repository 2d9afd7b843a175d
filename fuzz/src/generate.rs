//! Generates inputs: random ones, and ones that are mutated from the seeds of a harness. An input depends only on the
//! seed of the generator and the number of the input, so a failure can be reproduced by its number.

use fastrand::Rng;

/// The maximum length of an input in bytes. Harnesses repeat parts of it if they need more.
const MAX_LEN: usize = 160;
/// Bytes that often expose faults.
const EDGES: [u8; 8] = [0x00, 0x01, 0x7f, 0x80, 0xfb, 0xfe, 0xff, 0x20];

/// Generates the inputs of one harness.
pub struct Generator {
    seed: u64,
    seeds: &'static [&'static [u8]],
}

impl Generator {
    /// Creates a generator with this seed, which mutates these seeds of a harness.
    pub fn new(seed: u64, seeds: &'static [&'static [u8]]) -> Self {
        Self { seed, seeds }
    }

    /// Writes the input with this number to `input`.
    pub fn make(&self, number: u64, input: &mut Vec<u8>) {
        // Consecutive numbers must not generate similar inputs.
        let mut rng = Rng::with_seed(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        input.clear();
        if self.seeds.is_empty() || rng.u8(..) < 64 {
            let length = rng.usize(..MAX_LEN);
            input.extend(std::iter::repeat_with(|| rng.u8(..)).take(length));
        } else {
            input.extend(self.seeds[rng.usize(..self.seeds.len())]);
        }
        for _ in 0..rng.u32(..6) {
            self.mutate(&mut rng, input);
        }
        input.truncate(MAX_LEN);
    }

    fn mutate(&self, rng: &mut Rng, input: &mut Vec<u8>) {
        let place = rng.usize(..=input.len());
        match rng.u8(..6) {
            0 => input.insert(place, rng.u8(..)),
            1 => input.truncate(place),
            2 => {
                let tail = input[place..].to_vec();
                input.extend(tail);
            }
            _ if place == input.len() => input.push(EDGES[rng.usize(..EDGES.len())]),
            3 => input[place] = EDGES[rng.usize(..EDGES.len())],
            4 => input[place] ^= 1 << rng.u8(..8),
            _ => input[place] = rng.u8(..),
        }
    }
}
