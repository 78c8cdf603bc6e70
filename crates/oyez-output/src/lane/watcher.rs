//! Who is told what changes in an output.

use crate::stats::Reason;

/// Something that changed. The text of failures is the receiver's in part: it is bounded nowhere, and may hold anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// It fails: told at the first failure in a row.
    Fails(&'a str),
    /// It works again, after it failed.
    Works,
    /// It will never work again: nobody reads standard output any more. Told once.
    Gone(&'a str),
    /// Messages were lost: [`Stats`](crate::stats::Stats) says how many, [`Lane::lost_tickets`](super::Lane::lost_tickets)
    /// whose.
    Lost(Reason),
    /// The receiver will never take some messages; why, for one of them. Told with each delivery that has such.
    Refused(&'a str),
    /// The output has something to say though nothing failed: a disk that fills up, an old log that was removed to make room.
    Remark(&'a str),
    /// The target that was to be opened anew cannot be.
    NotReopened(&'a str),
    /// The spool cannot be written or read: told at the first failure in a row. What comes waits in the queue.
    SpoolFails(&'a str),
    /// The spool can be used again, after it failed.
    SpoolWorks,
    /// The lane has ended, and all its threads.
    Ended,
}

/// Is told what changes in one output. It is called by the threads of that output, and by whoever hands over to it: it
/// returns at once, and calls no method of the lane, whose locks may be held.
pub trait Watcher: Send + Sync {
    /// Something changed.
    fn see(&self, change: Change<'_>);
}

impl<F: Fn(Change<'_>) + Send + Sync> Watcher for F {
    fn see(&self, change: Change<'_>) {
        self(change);
    }
}
