//! Inputs: random ones, and ones mutated from seeds. The same seed and number always make the same input, so a
//! failure is found again by its number.

use fastrand::Rng;

/// Longest input in bytes; harnesses repeat parts of theirs where they want more.
const MAX_LEN: usize = 160;
/// Bytes at which things tend to break.
const EDGES: [u8; 8] = [0x00, 0x01, 0x7f, 0x80, 0xfb, 0xfe, 0xff, 0x20];

/// Makes the inputs of one harness.
pub struct Generator {
    seed: u64,
    seeds: &'static [&'static [u8]],
}

impl Generator {
    /// The inputs that this number stands for, from these seeds on.
    pub fn new(seed: u64, seeds: &'static [&'static [u8]]) -> Self {
        Self { seed, seeds }
    }

    /// Puts the input of this number into `input`.
    pub fn make(&self, number: u64, input: &mut Vec<u8>) {
        // Neighbouring numbers must not make similar inputs.
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
