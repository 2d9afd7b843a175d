//! SHA-512 and SHA-512d in lanes of 64-bit words.

use super::sha2::Sha2;
use crate::algorithm::sha512::{INITIAL, K};

/// SHA-512, as FIPS 180-4 specifies it in sections 4.1.3, 4.2.3 and 5.3.5.
pub(in crate::kernel) enum Sha512 {}

impl Sha2 for Sha512 {
    type Word = u64;

    const INITIAL: [u64; 8] = INITIAL;
    const K: &[u64] = &K;
    const BIG_SIGMA0: [u32; 3] = [28, 34, 39];
    const BIG_SIGMA1: [u32; 3] = [14, 18, 41];
    const SMALL_SIGMA0: [u32; 3] = [1, 8, 7];
    const SMALL_SIGMA1: [u32; 3] = [19, 61, 6];
    const DIGEST_PADDING: [u64; 8] = [1 << 63, 0, 0, 0, 0, 0, 0, 512];
}
