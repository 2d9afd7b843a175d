//! The fast nonce scanners and the one place that chooses between them.
//!
//! A scanner is prepared once per job: everything that does not depend on the nonce is computed then. It may use
//! any trick as long as it returns exactly the nonces that [`Template::is_hit`] accepts; survivors of its cheap
//! test go through that very function. To add one, implement [`Scan`], give it a [`Kernel`], let
//! [`Platform`] say where it runs, and choose it in [`prepare`].

mod choice;
mod lanes;
mod last_block;
mod low_word;
mod nonce_words;
mod platform;
mod portable;
mod portable_blake3;
mod portable_sha256;
mod variants;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::Arc;

pub use self::choice::{Kernel, KernelUnavailable, UnknownKernel};
pub use self::platform::Platform;
use crate::template::Template;

/// A nonce, and a variant of the template, whose digest meets the target. Ordered as they are searched: by nonce, then by
/// variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The nonce.
    pub nonce: u64,
    /// Number of the template's variant, see [`Template::variant`]; 0 without version rolling.
    pub variant: u32,
}

/// A prepared search for the hits of one template.
pub trait Scan: Send + Sync {
    /// The first hit among the `count` nonces from `first` on, each with every variant of the template. The caller
    /// keeps the range within the nonce space.
    fn scan(&self, first: u64, count: u64) -> Option<Hit>;

    /// How many nonces are hashed side by side: a `count` that is no multiple of this wastes work.
    fn lanes(&self) -> u64;

    /// What does the scanning.
    fn kernel(&self) -> Kernel;
}

/// Prepares the scanner for a template: the fastest that fits this machine and the template's shape, or the one that
/// `choice` or else the environment ([`Kernel::VARIABLE`]) asks for. One that the machine can run but that does not know
/// the template's shape gives way to the portable one; [`Scan::kernel`] tells what was chosen.
pub fn prepare(
    template: &Template,
    choice: Option<Kernel>,
) -> Result<Arc<dyn Scan>, KernelUnavailable> {
    let platform = Platform::detect();
    let choice = match choice {
        Some(kernel) => Some(kernel),
        None => Kernel::forced_by(std::env::var_os(Kernel::VARIABLE).as_deref())?,
    };
    if let Some(kernel) = choice
        && !platform.supports(kernel)
    {
        return Err(KernelUnavailable::Unsupported(kernel));
    }
    let candidates = match choice {
        Some(kernel) => &[kernel],
        None => &Kernel::ALL[..],
    };
    let scanner = candidates
        .iter()
        .chain(&[Kernel::Portable])
        .find_map(|&kernel| platform.prepare(template, kernel));
    Ok(scanner.expect("the portable kernel knows every shape"))
}
