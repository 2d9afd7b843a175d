//! The kernels of x86-64, one file for each set of its extensions.

#![expect(
    unsafe_code,
    reason = "only here are instructions used that not every processor has"
)]

mod avx2;
mod avx512;
mod sha_ni;
mod sha_ni_avx512;

use std::sync::Arc;

use self::avx2::Avx2;
use self::avx512::Avx512;
use self::sha_ni::ShaNi;
use self::sha_ni_avx512::ShaNiAvx512;
use super::choice::Kernel;
use super::digest_lanes::{self, LaneHashes};
use super::in_lanes;
use super::lanes::blocks::Blocks;
use super::repeated;
use super::scan::Scan;
use crate::algorithm::Algorithm;
use crate::template::Template;

/// The extensions of this processor that have a kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extensions {
    avx512: Option<Avx512>,
    sha_ni_avx512: Option<ShaNiAvx512>,
    sha_ni: Option<ShaNi>,
    avx2: Option<Avx2>,
}

impl Extensions {
    pub(super) fn detect() -> Self {
        Self {
            avx512: Avx512::detect(),
            sha_ni_avx512: ShaNiAvx512::detect(),
            sha_ni: ShaNi::detect(),
            avx2: Avx2::detect(),
        }
    }

    pub(super) fn support(self, kernel: Kernel) -> bool {
        match kernel {
            Kernel::Avx512 => self.avx512.is_some(),
            Kernel::ShaNiAvx512 => self.sha_ni_avx512.is_some(),
            Kernel::ShaNi => self.sha_ni.is_some(),
            Kernel::Avx2 => self.avx2.is_some(),
            _ => false,
        }
    }

    /// Prepares the kernel's scanner for a template without version rolling, whose nonces have a fixed length. Returns
    /// `None` if the processor lacks the extensions, or if the kernel does not support the template's shape.
    pub(super) fn scanner(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        match kernel {
            Kernel::Avx512 => in_lanes::scanner(template, self.avx512?),
            Kernel::ShaNiAvx512 => sha_ni_avx512::scanner(template, self.sha_ni_avx512?),
            Kernel::ShaNi => sha_ni::scanner(template, self.sha_ni?),
            Kernel::Avx2 => in_lanes::scanner(template, self.avx2?),
            _ => None,
        }
    }

    /// Prepares a scanner for a template that repeats bytes. Returns `None` if the kernel has no such scanner.
    pub(super) fn repeated_scanner(
        self,
        template: &Template,
        kernel: Kernel,
    ) -> Option<Arc<dyn Scan>> {
        match kernel {
            Kernel::Avx512 => repeated::scanner(template, self.avx512?),
            Kernel::ShaNi => repeated::scanner(template, self.sha_ni?),
            Kernel::Avx2 => repeated::scanner(template, self.avx2?),
            _ => None,
        }
    }

    /// Prepares a scanner that hashes all variants of a template together. Returns `None` if the kernel has no such scanner
    /// for the template.
    pub(super) fn rolling_scanner(
        self,
        template: &Template,
        kernel: Kernel,
    ) -> Option<Arc<dyn Scan>> {
        match kernel {
            Kernel::Avx512 => in_lanes::rolling_scanner(template, self.avx512?),
            Kernel::ShaNiAvx512 => sha_ni_avx512::rolling_scanner(template, self.sha_ni_avx512?),
            Kernel::Avx2 => in_lanes::rolling_scanner(template, self.avx2?),
            _ => None,
        }
    }
}

impl Extensions {
    /// Compresses blocks of messages, of which there is one for each lane, as
    /// [`digest_lanes::digests`](crate::kernel::digest_lanes::digests) does. The kernel must be one that has lanes and that
    /// this processor supports.
    pub(super) fn digests(
        self,
        kernel: Kernel,
        algorithm: Algorithm,
        blocks: &Blocks<'_>,
        is_last: bool,
        hashes: &mut LaneHashes,
    ) {
        match (kernel, self.avx512, self.avx2) {
            (Kernel::Avx512, Some(simd), _) => {
                digest_lanes::digests(simd, algorithm, blocks, is_last, hashes);
            }
            (Kernel::Avx2, _, Some(simd)) => {
                digest_lanes::digests(simd, algorithm, blocks, is_last, hashes);
            }
            _ => unreachable!("{kernel} has no lanes here"),
        }
    }
}

/// Returns the processor features that the detection of the kernels asks for and finds.
pub(super) fn features() -> Vec<&'static str> {
    let asked_for = [
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bw", is_x86_feature_detected!("avx512bw")),
        ("avx512vl", is_x86_feature_detected!("avx512vl")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("sha", is_x86_feature_detected!("sha")),
        ("ssse3", is_x86_feature_detected!("ssse3")),
        ("sse4.1", is_x86_feature_detected!("sse4.1")),
    ];
    let found = asked_for.into_iter().filter(|&(_, found)| found);
    found.map(|(name, _)| name).collect()
}
