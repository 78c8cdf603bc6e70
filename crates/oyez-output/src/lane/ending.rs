//! An output that was told to end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::handle::Handle;
use super::shared::Shared;
use crate::stats::Stats;

/// A lane that takes no more. Dropping it lets it end by itself.
pub struct Ending {
    shared: Arc<Shared>,
}

impl Ending {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// For others that look at it, or hurry it.
    pub fn handle(&self) -> Handle {
        Handle::new(&self.shared)
    }

    /// What became of its messages.
    pub fn stats(&self) -> &Arc<Stats> {
        &self.shared.stats
    }

    /// Whether its threads have ended.
    pub fn is_over(&self) -> bool {
        self.shared.wait_ended(Duration::ZERO)
    }

    /// Waits until its threads have ended, until this time of the system's at most. Whether they have. They are a little later
    /// than the lane's own end where a sink takes its time ([`Patience`](crate::Patience) and a second).
    pub fn wait(&self, until: Instant) -> bool {
        self.shared.wait_ended(until.saturating_duration_since(Instant::now()))
    }

    /// Waits no longer: what is not in a spool, or done with, is counted for [`Reason::End`](crate::stats::Reason::End), and what
    /// a thread that still hangs does is not counted any more. The tickets of what was lost in the queue; those of messages that
    /// the thread has in hand cannot be had. A spool stays in use until that thread ends.
    pub fn abandon(self) -> Vec<u32> {
        self.shared.abandon();
        self.shared.queue.lost_tickets()
    }

    /// As [`Lane::lost_tickets`](super::Lane::lost_tickets).
    pub fn lost_tickets(&self) -> Vec<u32> {
        self.shared.queue.lost_tickets()
    }

    /// As [`Lane::settled`](super::Lane::settled).
    pub fn settled(&self) -> Option<u64> {
        self.shared.queue.settled()
    }
}
