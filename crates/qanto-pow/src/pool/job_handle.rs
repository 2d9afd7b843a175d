use std::sync::Arc;

use super::shared::Shared;
use crate::job::Job;
use crate::kernel::Kernel;
use crate::outcome::Found;

/// A submitted job. Dropping the handle does not affect the job.
#[derive(Clone)]
pub struct JobHandle {
    pub(super) job: Arc<Job>,
    pub(super) shared: Arc<Shared>,
}

impl JobHandle {
    /// Returns the number that identifies the job in this process's spans.
    pub fn id(&self) -> u64 {
        self.job.id
    }

    /// Returns the kernel that searches or verifies for the job. That of a search may change, when a measurement has
    /// found a faster one.
    pub fn kernel(&self) -> Kernel {
        self.job.kernel()
    }

    /// Returns the hits of each template of a settled job, ascending, at most as many as were wanted. This must be called
    /// after the observer has received the outcome.
    ///
    /// If the job was stopped, these are the first hits as far as they are known. If a template has too few hits within
    /// its nonce space or the budget, the templates after it have none here. If the kernel panicked, there are none.
    pub fn hits(&self) -> Vec<Vec<Found>> {
        self.job.hits()
    }

    /// Cancels the job. If a thread works on it, the job settles when that thread reaches the end of its batch, in
    /// about 0.25 ms. Otherwise the job settles before this returns. A hit that was already found stays the outcome.
    /// This has no effect on a settled job.
    pub fn cancel(&self) {
        self.job.cancel();
        let over = self.shared.state().scheduler.retire(self.job.id);
        if let Some(job) = over {
            job.settle();
        }
    }
}
