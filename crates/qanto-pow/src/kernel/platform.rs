//! The kernels and processor features that this machine has. Nothing else asks the processor.

use std::sync::Arc;

#[cfg(target_arch = "aarch64")]
use super::arm::{self as architecture, Extensions};
use super::choice::Kernel;
use super::digest_lanes::LaneHashes;
use super::digit_counts::{DigitCounts, typical_template};
use super::lanes::blocks::Blocks;
use super::portable;
use super::scan::Scan;
use super::variants::Variants;
#[cfg(target_arch = "x86_64")]
use super::x86::{self as architecture, Extensions};
use crate::algorithm::Algorithm;
use crate::nonce::NonceEncoding;
use crate::template::Template;

/// What this machine can run.
#[derive(Clone, Copy, Debug)]
pub struct Platform {
    #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
    extensions: Extensions,
}

impl Platform {
    /// Asks the processor, and the operating system, which must save the wider registers on a context switch.
    pub fn detect() -> Self {
        Self {
            #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
            extensions: Extensions::detect(),
        }
    }

    /// Returns the processor features that a kernel uses and this machine has, by Rust's names for them.
    pub fn features(self) -> Vec<&'static str> {
        #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
        let features = architecture::features();
        #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
        let features = Vec::new();
        features
    }

    /// Returns whether this machine can run the kernel.
    pub fn supports(self, kernel: Kernel) -> bool {
        match kernel {
            Kernel::Portable => true,
            #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
            _ => self.extensions.support(kernel),
            #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
            _ => false,
        }
    }

    /// Prepares the kernel's scanner for a template. Returns `None` if the machine cannot run the kernel, or if the
    /// kernel does not support the template's shape.
    pub(super) fn scanner(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        if template.repeated().is_some() {
            return match kernel {
                Kernel::Portable => portable::repeated_scanner(template),
                #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
                _ => self.extensions.repeated_scanner(template, kernel),
                #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
                _ => None,
            };
        }
        if template.nonce().encoding == NonceEncoding::Decimal {
            let typical = self.scanner(&typical_template(template), kernel)?;
            let prepare = move |template: &Template| {
                self.scanner(template, kernel)
                    .unwrap_or_else(|| portable::scanner(template))
            };
            return Some(Arc::new(DigitCounts::new(
                template,
                typical,
                Box::new(prepare),
            )));
        }
        if template.variants() == 1 {
            return self.scanner_of_variant(template, kernel);
        }
        #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
        if let Some(scanner) = self.extensions.rolling_scanner(template, kernel) {
            return Some(scanner);
        }
        let scanners: Option<Vec<_>> = template
            .each_variant()
            .map(|variant| self.scanner_of_variant(&variant, kernel))
            .collect();
        Some(Arc::new(Variants::new(scanners?)))
    }

    /// Compresses blocks of messages, of which there is one for each lane, as
    /// [`digest_lanes::digests`](crate::kernel::digest_lanes::digests) does. The kernel must be one that has lanes and that
    /// this machine can run.
    pub(super) fn digests(
        self,
        kernel: Kernel,
        algorithm: Algorithm,
        blocks: &Blocks<'_>,
        is_last: bool,
        hashes: &mut LaneHashes,
    ) {
        #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
        self.extensions
            .digests(kernel, algorithm, blocks, is_last, hashes);
        #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
        {
            let _ = (blocks, is_last, hashes);
            unreachable!("{kernel} has no lanes for {algorithm} here");
        }
    }

    /// Prepares the kernel's scanner for a template without version rolling, whose nonces have a fixed length.
    fn scanner_of_variant(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        match kernel {
            Kernel::Portable => Some(portable::scanner(template)),
            #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
            _ => self.extensions.scanner(template, kernel),
            #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
            _ => None,
        }
    }
}
