//! An output as threads other than the pipeline see it.

use std::sync::Arc;

use super::shared::Shared;
use crate::stats::Stats;

/// Looks at a lane, or hurries it, from any thread. It does not keep the lane from ending.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }

    /// The output's name.
    pub fn name(&self) -> &Arc<str> {
        &self.shared.name
    }

    /// What became of its messages.
    pub fn stats(&self) -> &Arc<Stats> {
        &self.shared.stats
    }

    /// Bytes in memory that are not done with, and how many there may be.
    pub fn fill(&self) -> (u64, u64) {
        (self.shared.queue.fill(), self.shared.queue.bound())
    }

    /// As [`Lane::settled`](super::Lane::settled).
    pub fn settled(&self) -> Option<u64> {
        self.shared.queue.settled()
    }

    /// As [`Lane::reopen`](super::Lane::reopen).
    pub fn reopen(&self) {
        self.shared.reopen();
    }

    /// Has a lane that ends, or will, end at once: the attempt that is made is broken off, and no other begun.
    pub fn hurry(&self) {
        self.shared.hurry();
    }
}
