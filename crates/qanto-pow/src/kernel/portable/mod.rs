//! The portable kernel. It runs on every machine and supports every template without version rolling.
//!
//! Several nonces are hashed side by side in plain arrays, and the compiler turns the loops over them into the vector
//! instructions of the build's target.

mod blake2b;
mod blake3;
mod nonces;
mod scanner;
mod sha1;
mod sha256;
mod sha512;
mod tail;

use std::sync::Arc;

use self::blake2b::Blake2b;
use self::blake3::Blake3;
use self::scanner::Scanner;
use self::sha1::Sha1;
use self::sha256::{PortableRounds, Sha256, Sha256d};
use self::sha512::Sha512;
use super::repeated;
use super::scan::Scan;
use crate::algorithm::Algorithm;
use crate::template::Template;

/// Prepares the scanner of a template without version rolling, whose nonces have a fixed length.
pub(super) fn scanner(template: &Template) -> Arc<dyn Scan> {
    match template.algorithm() {
        Algorithm::Sha1 => Arc::new(Scanner::<Sha1>::new(template)),
        Algorithm::Sha256 => Arc::new(Scanner::<Sha256>::new(template)),
        Algorithm::Sha256d => Arc::new(Scanner::<Sha256d>::new(template)),
        Algorithm::Sha512 => Arc::new(Scanner::<Sha512<false>>::new(template)),
        Algorithm::Sha512d => Arc::new(Scanner::<Sha512<true>>::new(template)),
        Algorithm::Blake2b => Arc::new(Scanner::<Blake2b>::new(template)),
        Algorithm::Blake3 => Arc::new(Scanner::<Blake3>::new(template)),
    }
}

/// Prepares the scanner of a template that repeats bytes.
pub(super) fn repeated_scanner(template: &Template) -> Option<Arc<dyn Scan>> {
    repeated::scanner(template, PortableRounds)
}
