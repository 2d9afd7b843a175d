//! Tests for the vectors of any instruction set.

use std::fmt::Debug;

use proptest::prelude::*;

use super::*;

/// Returns a bit for each lane, as [`Lanes::at_most`] does: 1 if the lane holds the word.
#[inline(always)]
pub(in crate::kernel) fn lanes_with<W: From<u8>, S: Simd<W>>(
    simd: S,
    vector: S::Lanes,
    word: W,
) -> u32 {
    (vector ^ simd.splat(word)).at_most(simd.splat(W::from(0)))
}

/// Tests the vectors of an instruction set, with random words to which the number of the lane is added.
pub(in crate::kernel) fn every_lane_computes_as_a_single_one<W, S>(simd: S)
where
    W: Arbitrary + Copy + From<u8>,
    S: Simd<W>,
    Wrapping<W>: Lanes + Debug,
{
    proptest!(|(words: [W; 3])| {
        let vectors = words.map(|word| simd.splat(word) + simd.lane_numbers());
        let results = every_result::<_, W>(vectors);
        let bounds = [vectors[1], simd.splat(words[0]) + simd.splat(W::from(1))];
        for lane in 0..S::Lanes::COUNT {
            let number = Wrapping(W::from(lane as u8));
            let singles = words.map(|word| Wrapping(word) + number);
            let expected = every_result::<_, W>(singles);
            for (operation, (&result, expected)) in results.iter().zip(expected).enumerate() {
                let equal = lanes_with(simd, result, expected.0) >> lane & 1;
                prop_assert_eq!(equal, 1, "operation {}, lane {}, {:?}", operation, lane, singles);
            }
            let single_bounds = [singles[1], Wrapping(words[0]) + Wrapping(W::from(1))];
            for (bound, single_bound) in bounds.into_iter().zip(single_bounds) {
                let at_most = vectors[0].at_most(bound) >> lane & 1;
                prop_assert_eq!(at_most, singles[0].at_most(single_bound));
            }
            // Lane n of each vector is at place 2 n or 2 n + 1 of both results together.
            let interleaved = vectors[0].interleave(vectors[1]);
            for (place, single) in [2 * lane, 2 * lane + 1].into_iter().zip(singles) {
                let [result, at] = [place / S::Lanes::COUNT, place % S::Lanes::COUNT];
                let equal = lanes_with(simd, interleaved[result], single.0) >> at & 1;
                prop_assert_eq!(equal, 1, "place {} interleaved", place);
            }
        }
    });
}

/// Returns the results of every operation on vectors of words of the type `W`.
fn every_result<V: Lanes, W>([x, y, z]: [V; 3]) -> Vec<V> {
    let mut results = vec![
        x + y,
        x ^ y,
        x.xor3(y, z),
        x.choose(y, z),
        x.majority(y, z),
        x.swap_bytes(),
    ];
    for bits in 0..8 * size_of::<W>() as u32 {
        results.extend([
            x.rotate_right(bits),
            x.shift_left(bits),
            x.shift_right(bits),
        ]);
    }
    results
}
