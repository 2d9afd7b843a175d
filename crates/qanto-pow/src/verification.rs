//! Verifying many answers at once: nonces that others say are hits.
//!
//! The messages of answers often have the same hash function and the same length. Such messages are hashed side by side, in
//! the lanes of a vector. All others are hashed by the reference implementation.

mod alike;
mod answers;
mod copied;
mod messages;
mod nonces;

use std::sync::atomic::{AtomicBool, Ordering};

use self::alike::Hasher;
pub use self::answers::{AnswerError, AnswerNonce, Answers};
pub use self::messages::{MessageTarget, Messages, MessagesError};
pub use self::nonces::{Nonces, NoncesError};
use crate::algorithm::Algorithm;
use crate::kernel::{Kernel, KernelUnavailable, SideBySide};

/// Answers in one of the forms in which they can be verified.
pub enum AnswerBatch {
    /// Answers to any templates.
    Answers(Answers),
    /// Messages of one length, which contain their nonces.
    Messages(Messages),
    /// The nonces of one template.
    Nonces(Box<Nonces>),
}

/// The verification of answers. Several threads may work on it at once, each on answers of its own.
pub struct Verification {
    batch: AnswerBatch,
    side_by_side: SideBySide,
    verdicts: Vec<AtomicBool>,
}

impl Verification {
    /// Prepares the verification. The kernel is the one that [`Kernel::VARIABLE`] names, or else the fastest one.
    ///
    /// # Errors
    ///
    /// Returns [`KernelUnavailable`] if the variable names no kernel, or one that this machine cannot run.
    pub fn new(batch: AnswerBatch) -> Result<Self, KernelUnavailable> {
        Ok(Self::with(batch, SideBySide::select()?))
    }

    fn with(mut batch: AnswerBatch, side_by_side: SideBySide) -> Self {
        let count = match &mut batch {
            AnswerBatch::Answers(answers) => {
                answers.sort();
                answers.count()
            }
            AnswerBatch::Messages(messages) => messages.count(),
            AnswerBatch::Nonces(nonces) => nonces.count(),
        };
        Self {
            batch,
            side_by_side,
            verdicts: (0..count).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Returns the number of answers.
    pub fn count(&self) -> usize {
        self.verdicts.len()
    }

    /// Returns whether each answer is a hit, in the order in which they were given. Those that have not been verified
    /// are not.
    pub fn verdicts(&self) -> impl ExactSizeIterator<Item = bool> {
        self.verdicts
            .iter()
            .map(|verdict| verdict.load(Ordering::Relaxed))
    }

    pub(crate) fn kernel(&self) -> Kernel {
        self.side_by_side.kernel()
    }

    /// Returns how many answers are verified side by side at most.
    pub(crate) fn lanes(&self) -> u64 {
        Algorithm::ALL
            .map(|algorithm| self.side_by_side.lanes(algorithm) as u64)
            .into_iter()
            .fold(1, u64::max)
    }

    /// Verifies answers, which are numbered in the order in which they are worked on.
    pub(crate) fn verify(&self, first: u64, count: u64) {
        // The search of a job has one position even if there are no answers.
        let first = (first as usize).min(self.count());
        let end = first.saturating_add(count as usize).min(self.count());
        let mut hasher = Hasher::new(self.side_by_side);
        let record = |index: usize, is_hit| self.verdicts[index].store(is_hit, Ordering::Relaxed);
        match &self.batch {
            AnswerBatch::Answers(answers) => answers.verify(first..end, &mut hasher, record),
            AnswerBatch::Messages(messages) => messages.verify(first..end, &mut hasher, record),
            AnswerBatch::Nonces(nonces) => nonces.verify(first..end, &mut hasher, record),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
