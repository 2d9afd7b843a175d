//! SHA-256 and SHA-256d in lanes of 32-bit words.

use super::sha2::Sha2;
use crate::algorithm::sha256::{INITIAL, K};

/// SHA-256, as FIPS 180-4 specifies it in sections 4.1.2, 4.2.2 and 5.3.3.
pub(in crate::kernel) enum Sha256 {}

impl Sha2 for Sha256 {
    type Word = u32;

    const INITIAL: [u32; 8] = INITIAL;
    const K: &[u32] = &K;
    const BIG_SIGMA0: [u32; 3] = [2, 13, 22];
    const BIG_SIGMA1: [u32; 3] = [6, 11, 25];
    const SMALL_SIGMA0: [u32; 3] = [7, 18, 3];
    const SMALL_SIGMA1: [u32; 3] = [17, 19, 10];
    const DIGEST_PADDING: [u32; 8] = [1 << 31, 0, 0, 0, 0, 0, 0, 256];
}
