//! The interface of a scanner: a range of nonces goes in, the first hit comes out.

use super::choice::Kernel;
use crate::outcome::Found;

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

    /// Begins a scan for the first `wanted` hits among these nonces, which is done in steps. Returns `None` if hashes take so
    /// little time that this is not necessary.
    fn in_steps(&self, _first: u64, _count: u64, _wanted: usize) -> Option<Box<dyn Steps>> {
        None
    }

    /// Returns how many nonces are hashed side by side. A `count` that is not a multiple of this number wastes work.
    fn lanes(&self) -> u64;

    /// Returns the kernel that the scanner belongs to.
    fn kernel(&self) -> Kernel;
}

/// A scan that is done in steps. It may be dropped between two of them, or continued by another thread.
pub trait Steps: Send {
    /// Does the next step, which takes far less than a millisecond.
    fn step(&mut self) -> Step;
}

/// What a step of a scan has led to.
#[derive(Debug)]
pub enum Step {
    /// There are more steps.
    Paused,
    /// The scan has ended. These are the hits in ascending order, which the reference implementation has confirmed.
    Done(Vec<Found>),
}
