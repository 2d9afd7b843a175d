//! The kernels of aarch64, one file for each set of its extensions.

#![expect(
    unsafe_code,
    reason = "only here are instructions used that not every processor has"
)]

mod neon;
mod pair;
mod sha2;
mod sha512;

use std::arch::is_aarch64_feature_detected;
use std::sync::Arc;

use self::neon::Neon;
use self::sha2::Sha2;
use self::sha512::Sha512;
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
    sha2: Option<Sha2>,
    sha512: Option<Sha512>,
    neon: Option<Neon>,
}

impl Extensions {
    pub(super) fn detect() -> Self {
        Self {
            sha2: Sha2::detect(),
            sha512: Sha512::detect(),
            neon: Neon::detect(),
        }
    }

    pub(super) fn support(self, kernel: Kernel) -> bool {
        match kernel {
            Kernel::Sha2 => self.sha2.is_some(),
            Kernel::Neon => self.neon.is_some(),
            _ => false,
        }
    }

    /// Prepares the kernel's scanner for a template without version rolling, whose nonces have a fixed length. Returns
    /// `None` if the processor lacks the extensions, or if the kernel does not support the template's shape.
    pub(super) fn scanner(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        match kernel {
            Kernel::Sha2 => {
                let proof = self.sha2?;
                sha2::scanner(template, proof).or_else(|| sha512::scanner(template, self.sha512?))
            }
            Kernel::Neon => in_lanes::scanner(template, self.neon?),
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
            Kernel::Sha2 => repeated::scanner(template, self.sha2?),
            Kernel::Neon => repeated::scanner(template, self.neon?),
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
            Kernel::Neon => in_lanes::rolling_scanner(template, self.neon?),
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
        match (kernel, self.neon) {
            (Kernel::Neon, Some(simd)) => {
                digest_lanes::digests(simd, algorithm, blocks, is_last, hashes);
            }
            _ => unreachable!("{kernel} has no lanes here"),
        }
    }
}

/// Returns the processor features that the detection of the kernels asks for and finds.
pub(super) fn features() -> Vec<&'static str> {
    let asked_for = [
        ("neon", is_aarch64_feature_detected!("neon")),
        ("sha2", is_aarch64_feature_detected!("sha2")),
        ("sha3", is_aarch64_feature_detected!("sha3")),
    ];
    let found = asked_for.into_iter().filter(|&(_, found)| found);
    found.map(|(name, _)| name).collect()
}
