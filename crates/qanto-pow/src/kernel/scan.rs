//! The interface of a scanner: a range of nonces goes in, the first hit comes out.

use super::choice::Kernel;

/// A nonce, and a variant of the template, whose digest meets the target. Hits are ordered as they are searched: by
/// nonce, then by variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The nonce.
    pub nonce: u64,
    /// The number of the template's variant, see [`Template::variant`](crate::Template::variant). It is 0 without
    /// version rolling.
    pub variant: u32,
}

/// A prepared search for the hits of one template.
pub trait Scan: Send + Sync {
    /// Returns the first hit among the `count` nonces that begin with `first`, each tried with every variant of the
    /// template. The caller must keep the range within the nonce space.
    fn scan(&self, first: u64, count: u64) -> Option<Hit>;

    /// Returns how many nonces are hashed side by side. A `count` that is not a multiple of this number wastes work.
    fn lanes(&self) -> u64;

    /// Returns the kernel that the scanner belongs to.
    fn kernel(&self) -> Kernel;
}
