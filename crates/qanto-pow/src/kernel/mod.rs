//! The fast nonce scanners and the one place that chooses between them.
//!
//! A scanner is prepared once per job: everything that does not depend on the nonce is computed then. It may use
//! any trick as long as it returns exactly the nonces that [`Template::is_hit`] accepts; survivors of its cheap
//! test go through that very function. To add one, implement [`Scan`], give it a [`Kernel`], let
//! [`Platform`] say where it runs, and choose it in [`prepare`].

mod nonce_words;
mod portable;
mod portable_blake3;
mod portable_sha256;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::template::Template;

/// A nonce whose digest meets the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The nonce.
    pub nonce: u64,
}

/// A prepared search for the hits of one template.
pub trait Scan: Send + Sync {
    /// The lowest hit among the `count` nonces from `first` on. The caller keeps the range within the nonce
    /// space.
    fn scan(&self, first: u64, count: u64) -> Option<Hit>;

    /// How many nonces are hashed side by side: a `count` that is no multiple of this wastes work.
    fn lanes(&self) -> u64;

    /// What does the scanning.
    fn kernel(&self) -> Kernel;
}

/// A way to scan nonces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// Plain Rust on every machine, for every template.
    Portable,
}

impl Kernel {
    /// Every kernel.
    pub const ALL: [Self; 1] = [Self::Portable];

    /// The name as it is parsed and displayed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that no kernel has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kernel must be one of {known}; got {0:?}", known = Kernel::ALL.map(Kernel::name).join(", "))]
pub struct UnknownKernel(pub String);

impl FromStr for Kernel {
    type Err = UnknownKernel;

    fn from_str(name: &str) -> Result<Self, UnknownKernel> {
        let named = Self::ALL.into_iter().find(|kernel| kernel.name() == name);
        named.ok_or_else(|| UnknownKernel(name.to_owned()))
    }
}

/// What this machine can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {}

impl Platform {
    /// Asks the processor.
    pub fn detect() -> Self {
        Self {}
    }

    /// Whether this machine can run the kernel.
    pub fn supports(self, kernel: Kernel) -> bool {
        match kernel {
            Kernel::Portable => true,
        }
    }
}

/// A kernel was asked for that this machine cannot run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kernel must be one that this machine can run; got {0}")]
pub struct KernelUnavailable(pub Kernel);

/// Prepares the scanner for a template: the fastest that fits this machine and the template's shape, or the one
/// asked for. A kernel that the machine can run but that does not know the template's shape gives way to the portable one;
/// [`Scan::kernel`] tells what was chosen.
pub fn prepare(
    template: &Template,
    choice: Option<Kernel>,
) -> Result<Arc<dyn Scan>, KernelUnavailable> {
    if let Some(kernel) = choice
        && !Platform::detect().supports(kernel)
    {
        return Err(KernelUnavailable(kernel));
    }
    Ok(portable(template))
}

fn portable(template: &Template) -> Arc<dyn Scan> {
    match template.algorithm() {
        Algorithm::Sha256 => Arc::new(portable::Scanner::<portable_sha256::Sha256>::new(template)),
        Algorithm::Sha256d => {
            Arc::new(portable::Scanner::<portable_sha256::Sha256d>::new(template))
        }
        Algorithm::Blake3 => Arc::new(portable::Scanner::<portable_blake3::Blake3>::new(template)),
    }
}
