//! The quarter-round of BLAKE2b and BLAKE3, the function G.

use crate::kernel::simd::Lanes;

/// Returns the indices of a, b, c and d of a quarter-round: 0 to 3 are the columns, 4 to 7 are the diagonals.
pub(super) const fn indices(i: usize) -> [usize; 4] {
    let shift = i / 4;
    [
        i % 4,
        4 + (i + shift) % 4,
        8 + (i + 2 * shift) % 4,
        12 + (i + 3 * shift) % 4,
    ]
}

/// Does half of a quarter-round. `D` and `B` are the rotations of d and b. `None` stands for a message word that is zero.
#[inline(always)]
pub(super) fn half<const D: u32, const B: u32, V: Lanes>(
    v: &mut [V],
    [a, b, c, d]: [usize; 4],
    message: Option<V>,
) {
    if let Some(word) = message {
        v[a] = v[a] + word;
    }
    v[a] = v[a] + v[b];
    v[d] = (v[d] ^ v[a]).rotate_right(D);
    v[c] = v[c] + v[d];
    v[b] = (v[b] ^ v[c]).rotate_right(B);
}
