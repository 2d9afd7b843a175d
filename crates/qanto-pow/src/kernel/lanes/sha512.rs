//! SHA-512 and SHA-512d in lanes of 64-bit words.

use super::sha2::Sha2;
use crate::algorithm::sha512::{INITIAL, K};
use crate::kernel::simd::Lanes;

/// SHA-512, as FIPS 180-4 specifies it in sections 4.1.3, 4.2.3 and 5.3.5.
pub(in crate::kernel) enum Sha512 {}

impl Sha2 for Sha512 {
    type Word = u64;

    const INITIAL: [u64; 8] = INITIAL;
    const K: &[u64] = &K;
    const DIGEST_PADDING: [u64; 8] = [1 << 63, 0, 0, 0, 0, 0, 0, 512];

    #[inline(always)]
    fn big_sigma0<V: Lanes>(x: V) -> V {
        x.rotate_right(28)
            .xor3(x.rotate_right(34), x.rotate_right(39))
    }

    #[inline(always)]
    fn big_sigma1<V: Lanes>(x: V) -> V {
        x.rotate_right(14)
            .xor3(x.rotate_right(18), x.rotate_right(41))
    }

    #[inline(always)]
    fn small_sigma0<V: Lanes>(x: V) -> V {
        x.rotate_right(1).xor3(x.rotate_right(8), x.shift_right(7))
    }

    #[inline(always)]
    fn small_sigma1<V: Lanes>(x: V) -> V {
        x.rotate_right(19)
            .xor3(x.rotate_right(61), x.shift_right(6))
    }
}
