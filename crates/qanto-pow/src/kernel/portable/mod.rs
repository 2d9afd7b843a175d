//! The portable kernel. It runs on every machine and supports every template without version rolling.
//!
//! Several nonces are hashed side by side in plain arrays, and the compiler turns the loops over them into the vector
//! instructions of the build's target.

mod blake3;
mod scanner;
mod sha256;

use std::sync::Arc;

use self::blake3::Blake3;
use self::scanner::Scanner;
use self::sha256::{Sha256, Sha256d};
use super::scan::Scan;
use crate::algorithm::Algorithm;
use crate::template::Template;

/// Prepares the scanner. Returns `None` if the template has several variants.
pub(super) fn scanner(template: &Template) -> Option<Arc<dyn Scan>> {
    if template.variants() > 1 {
        return None;
    }
    Some(match template.algorithm() {
        Algorithm::Sha256 => Arc::new(Scanner::<Sha256>::new(template)),
        Algorithm::Sha256d => Arc::new(Scanner::<Sha256d>::new(template)),
        Algorithm::Blake3 => Arc::new(Scanner::<Blake3>::new(template)),
    })
}
