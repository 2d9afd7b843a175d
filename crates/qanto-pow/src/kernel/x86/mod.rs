//! The kernels of x86-64, one file for each set of its extensions.

#![expect(
    unsafe_code,
    reason = "only here are instructions used that not every processor has"
)]

mod avx2;
mod avx512;
mod scanner;
mod sha_ni;

use std::sync::Arc;

use self::avx2::Avx2;
use self::avx512::Avx512;
use self::scanner::LaneKernel;
use self::sha_ni::ShaNi;
use super::choice::Kernel;
use super::lanes::blake3::Blake3;
use super::lanes::rolling_sha256d::RollingSha256d;
use super::lanes::sha256::Sha256;
use super::last_block::LastBlock;
use super::scan::Scan;
use crate::algorithm::Algorithm;
use crate::rule::{ByteOrder, WordTest};
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

    /// Prepares the kernel's scanner for a template without version rolling, whose nonces have a fixed length. Returns
    /// `None` if the processor lacks the extensions, or if the kernel does not support the template's shape.
    pub(super) fn scanner(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        if !tests_last_word(template) || template.nonce().encoding.is_text() {
            return None;
        }
        match kernel {
            Kernel::Avx512 => in_lanes(template, self.avx512?),
            Kernel::ShaNi => sha_ni::scanner(template, self.sha_ni?),
            Kernel::Avx2 => in_lanes(template, self.avx2?),
            Kernel::Portable => None,
        }
    }

    /// Prepares a scanner that hashes all variants of a template together. Returns `None` where there is none.
    pub(super) fn rolling_scanner(
        self,
        template: &Template,
        kernel: Kernel,
    ) -> Option<Arc<dyn Scan>> {
        if !tests_last_word(template) {
            return None;
        }
        match kernel {
            Kernel::Avx512 => rolling_in_lanes(template, self.avx512?),
            Kernel::Avx2 => rolling_in_lanes(template, self.avx2?),
            Kernel::ShaNi | Kernel::Portable => None,
        }
    }
}

fn tests_last_word(template: &Template) -> bool {
    let test = template.rule().word_test();
    let last_word = WordTest {
        index: 7,
        order: ByteOrder::LittleEndian,
        shift: 0,
        lo: 0,
        ..test
    };
    test == last_word
}

/// Returns the processor features that the detection of the kernels asks for and finds.
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

/// Prepares a scanner that hashes in vectors.
fn in_lanes<S: LaneKernel>(template: &Template, simd: S) -> Option<Arc<dyn Scan>> {
    Some(match template.algorithm() {
        Algorithm::Sha256 => {
            let block = LastBlock::of_sha256(template)?;
            simd.scanner(template, block, |midstate, n| Sha256::<false> {
                midstate,
                n,
            })
        }
        Algorithm::Sha256d => {
            let block = LastBlock::of_sha256(template)?;
            simd.scanner(template, block, |midstate, n| Sha256::<true> {
                midstate,
                n,
            })
        }
        Algorithm::Blake3 => {
            let block = LastBlock::of_blake3(template)?;
            // The last block of a header often holds few bytes.
            if block.before.block_len <= 16 {
                simd.scanner(template, block, |input, n| Blake3::<4> { input, n })
            } else {
                simd.scanner(template, block, |input, n| Blake3::<16> { input, n })
            }
        }
        _ => return None,
    })
}

/// Prepares a scanner that hashes all variants of a template with version rolling in vectors.
fn rolling_in_lanes<S: LaneKernel>(template: &Template, simd: S) -> Option<Arc<dyn Scan>> {
    if template.algorithm() != Algorithm::Sha256d {
        return None;
    }
    let block = LastBlock::of_sha256_variants(template)?;
    Some(
        simd.scanner(template, block, |midstates, n| RollingSha256d {
            midstates,
            n,
        }),
    )
}
