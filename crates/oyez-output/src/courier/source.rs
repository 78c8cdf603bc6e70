//! Where the courier's messages come from, and who is told what became of them.

use std::time::Duration;

use super::work::Batch;
use crate::lane::Batching;
use crate::parcel::Parcel;
use crate::queue::Wanted;
use crate::sink::Done;

/// The queue, or the spool behind it.
pub(super) trait Source {
    /// Puts the next messages into `stock`, which is empty, if there are any. It does not wait.
    fn take(&mut self, stock: &mut Parcel, limits: &Batching) -> bool;

    /// Waits until as much is there as is `wanted`, something else is to be looked at, or the time is over.
    fn wait(&mut self, wanted: Wanted, time: Duration);

    /// Whether nothing more comes, and all was taken.
    fn is_over(&self) -> bool;

    /// A delivery is over: what was done in it is counted, and not given again.
    fn settle(&mut self, batch: &Batch, done: &Done);
}
