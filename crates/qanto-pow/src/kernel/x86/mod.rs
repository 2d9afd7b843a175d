//! The kernels of x86-64, one file for each set of its extensions.

#![expect(
    unsafe_code,
    reason = "nothing else reaches instructions that not every processor has"
)]

mod avx2;
mod avx512;
mod sha_ni;

use std::sync::Arc;

use self::avx2::Avx2;
use self::avx512::Avx512;
use self::sha_ni::ShaNi;
use super::lanes::rolling_sha256d::RollingSha256d;
use super::lanes::{LaneFilter, Simd, blake3, sha256};
use super::last_block::{LastBlock, RootInput, Scanner};
use super::{Kernel, Scan};
use crate::algorithm::Algorithm;
use crate::template::Template;

/// The extensions of this processor that have a kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extensions {
    avx512: Option<Avx512>,
    sha_ni: Option<ShaNi>,
    avx2: Option<Avx2>,
}

impl Extensions {
    pub(super) fn detect() -> Self {
        Self {
            avx512: Avx512::detect(),
            sha_ni: ShaNi::detect(),
            avx2: Avx2::detect(),
        }
    }

    pub(super) fn support(self, kernel: Kernel) -> bool {
        match kernel {
            Kernel::Avx512 => self.avx512.is_some(),
            Kernel::ShaNi => self.sha_ni.is_some(),
            Kernel::Avx2 => self.avx2.is_some(),
            Kernel::Portable => false,
        }
    }

    pub(super) fn prepare(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        match kernel {
            Kernel::Avx512 => in_lanes(template, self.avx512?),
            Kernel::ShaNi => by_sha_instructions(template, self.sha_ni?),
            Kernel::Avx2 => in_lanes(template, self.avx2?),
            Kernel::Portable => None,
        }
    }
}

/// The names of what the kernels' detection asks for and finds.
pub(super) fn features() -> Vec<&'static str> {
    let asked_for = [
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bw", is_x86_feature_detected!("avx512bw")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("sha", is_x86_feature_detected!("sha")),
        ("ssse3", is_x86_feature_detected!("ssse3")),
        ("sse4.1", is_x86_feature_detected!("sse4.1")),
    ];
    let found = asked_for.into_iter().filter(|&(_, found)| found);
    found.map(|(name, _)| name).collect()
}

fn in_lanes<S: Simd + 'static>(template: &Template, simd: S) -> Option<Arc<dyn Scan>> {
    if template.variants() > 1 {
        return rolling_in_lanes(template, simd);
    }
    match template.algorithm() {
        Algorithm::Sha256 => sha256_in_lanes::<S, false>(template, simd),
        Algorithm::Sha256d => sha256_in_lanes::<S, true>(template, simd),
        Algorithm::Blake3 => {
            let block = LastBlock::of_blake3(template)?;
            // What is left of a header for the last block is often short.
            if block.before.block_len <= 16 {
                Some(blake3_in_lanes::<S, 4>(template, block, simd))
            } else {
                Some(blake3_in_lanes::<S, 16>(template, block, simd))
            }
        }
    }
}

fn sha256_in_lanes<S: Simd + 'static, const TWICE: bool>(
    template: &Template,
    simd: S,
) -> Option<Arc<dyn Scan>> {
    let block = LastBlock::of_sha256(template)?;
    let scanner = Scanner::new(template, block, |midstate, low_word, bound| LaneFilter {
        simd,
        hash: sha256::Sha256::<TWICE> {
            midstate,
            n: low_word.index,
        },
        low_word,
        bound,
    });
    Some(Arc::new(scanner))
}

fn rolling_in_lanes<S: Simd + 'static>(template: &Template, simd: S) -> Option<Arc<dyn Scan>> {
    if template.algorithm() != Algorithm::Sha256d {
        return None;
    }
    let block = LastBlock::of_sha256_variants(template)?;
    let scanner = Scanner::new(template, block, |midstates, low_word, bound| LaneFilter {
        simd,
        hash: RollingSha256d {
            midstates,
            n: low_word.index,
        },
        low_word,
        bound,
    });
    Some(Arc::new(scanner))
}

fn blake3_in_lanes<S: Simd + 'static, const WORDS: usize>(
    template: &Template,
    block: LastBlock<RootInput>,
    simd: S,
) -> Arc<dyn Scan> {
    let scanner = Scanner::new(template, block, |input, low_word, bound| LaneFilter {
        simd,
        hash: blake3::Blake3::<WORDS> {
            input,
            n: low_word.index,
        },
        low_word,
        bound,
    });
    Arc::new(scanner)
}

fn by_sha_instructions(template: &Template, sha_ni: ShaNi) -> Option<Arc<dyn Scan>> {
    if template.variants() > 1 {
        return None;
    }
    Some(match template.algorithm() {
        Algorithm::Sha256 => Arc::new(sha_ni::scanner::<false>(sha_ni, template)?),
        Algorithm::Sha256d => Arc::new(sha_ni::scanner::<true>(sha_ni, template)?),
        Algorithm::Blake3 => return None,
    })
}
