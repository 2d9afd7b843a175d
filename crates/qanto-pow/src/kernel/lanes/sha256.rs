//! SHA-256 and SHA-256d in lanes of 32-bit words.

use super::sha2::Sha2;
use crate::algorithm::sha256::{INITIAL, K};
use crate::kernel::simd::Lanes;

/// SHA-256, as FIPS 180-4 specifies it in sections 4.1.2, 4.2.2 and 5.3.3.
pub(in crate::kernel) enum Sha256 {}

impl Sha2 for Sha256 {
    type Word = u32;

    const INITIAL: [u32; 8] = INITIAL;
    const K: &[u32] = &K;
    const DIGEST_PADDING: [u32; 8] = [1 << 31, 0, 0, 0, 0, 0, 0, 256];

    #[inline(always)]
    fn big_sigma0<V: Lanes>(x: V) -> V {
        x.rotate_right(2)
            .xor3(x.rotate_right(13), x.rotate_right(22))
    }

    #[inline(always)]
    fn big_sigma1<V: Lanes>(x: V) -> V {
        x.rotate_right(6)
            .xor3(x.rotate_right(11), x.rotate_right(25))
    }

    #[inline(always)]
    fn small_sigma0<V: Lanes>(x: V) -> V {
        x.rotate_right(7).xor3(x.rotate_right(18), x.shift_right(3))
    }

    #[inline(always)]
    fn small_sigma1<V: Lanes>(x: V) -> V {
        x.rotate_right(17)
            .xor3(x.rotate_right(19), x.shift_right(10))
    }
}
