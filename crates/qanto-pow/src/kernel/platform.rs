//! What this machine can run: the one place that asks.

use std::sync::Arc;

use super::variants::Variants;
#[cfg(target_arch = "x86_64")]
use super::x86::Extensions;
use super::{Kernel, Scan, portable};
use crate::template::Template;

/// What this machine can run.
#[derive(Clone, Copy, Debug)]
pub struct Platform {
    #[cfg(target_arch = "x86_64")]
    extensions: Extensions,
}

impl Platform {
    /// Asks the processor and the operating system, which must know the wider registers too.
    pub fn detect() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            extensions: Extensions::detect(),
        }
    }

    /// The extensions of the processor that kernels use and this machine has, by the names that Rust gives them.
    pub fn features(self) -> Vec<&'static str> {
        #[cfg(target_arch = "x86_64")]
        let features = super::x86::features();
        #[cfg(not(target_arch = "x86_64"))]
        let features = Vec::new();
        features
    }

    /// Whether this machine can run the kernel.
    pub fn supports(self, kernel: Kernel) -> bool {
        match kernel {
            Kernel::Portable => true,
            #[cfg(target_arch = "x86_64")]
            _ => self.extensions.support(kernel),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// None if the machine cannot run the kernel or the kernel does not know the template's shape.
    pub(super) fn prepare(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        let whole = self.prepare_whole(template, kernel);
        if whole.is_some() || template.variants() == 1 {
            return whole;
        }
        let variants = (0..template.variants()).map_while(|variant| template.variant(variant));
        let scanners: Option<Vec<_>> = variants
            .map(|variant| self.prepare_whole(&variant, kernel))
            .collect();
        Some(Arc::new(Variants::new(scanners?)))
    }

    /// Without taking variants apart.
    fn prepare_whole(self, template: &Template, kernel: Kernel) -> Option<Arc<dyn Scan>> {
        match kernel {
            Kernel::Portable => portable::prepare(template),
            #[cfg(target_arch = "x86_64")]
            _ => self.extensions.prepare(template, kernel),
            #[cfg(not(target_arch = "x86_64"))]
            _ => None,
        }
    }
}
