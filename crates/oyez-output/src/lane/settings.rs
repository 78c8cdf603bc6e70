//! What its owner decides about a lane.

use std::path::PathBuf;
use std::time::Duration;

use crate::spool;

/// What becomes of messages for which the queue has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFull {
    /// The queue refuses them. Whoever hands over looks at how full it is, and leaves out by rank what there is no room for.
    #[default]
    DropNewest,
    /// The oldest parcels in the queue are dropped for them.
    DropOldest,
    /// The queue refuses them until there is room: whoever hands over waits for it.
    Wait,
    /// Everything goes through the spool at once, so the queue is full only while the disk is slow or fails; then it refuses.
    Spool,
}

/// How many messages are delivered at once. Their bounds do not cut a message: one that is larger goes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Messages.
    pub events: usize,
    /// Bytes of their lines. More than half of [`Settings::queue`] is not taken.
    pub bytes: usize,
    /// How long the first of them waits for others, where there are fewer. With 0 what is there goes at once.
    pub time: Duration,
}

impl Batching {
    /// What comes at once goes at once, in pieces of 1 MiB.
    pub const DEFAULT: Self = Self { events: usize::MAX, bytes: 1 << 20, time: Duration::ZERO };
}

impl Default for Batching {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How long to wait after a failure. It doubles with each in a row, and varies at random by a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// After the first, and the least.
    pub first: Duration,
    /// The most, unless the receiver asks for more; of that no more than an hour.
    pub most: Duration,
}

impl Retry {
    /// From a second to a minute.
    pub const DEFAULT: Self = Self { first: Duration::from_secs(1), most: Duration::from_mins(1) };
}

impl Default for Retry {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Where what is not delivered yet is kept on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooling {
    /// The directory, of this lane alone.
    pub path: PathBuf,
    /// Its bounds and habits.
    pub settings: spool::Settings,
    /// With [`spool::Sync::Interval`]: how often it is synced while something is written.
    pub sync_every: Duration,
}

/// The checked settings of one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What becomes of messages for which there is no room.
    pub on_full: OnFull,
    /// What may wait in memory, in bytes as [`Parcel::size`](crate::Parcel::size) counts them. A parcel is taken whole while
    /// there is less, so that one parcel more may wait.
    pub queue: u64,
    /// What is delivered at once.
    pub batch: Batching,
    /// When a failed delivery is tried again.
    pub retry: Retry,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// The spool, if there is one. There has to be where [`OnFull::Spool`] is; with another `on_full` it is used all the same.
    pub spool: Option<Spooling>,
}

impl Settings {
    /// 8 MiB in memory, no spool, 30 s for an attempt.
    pub const DEFAULT: Self = Self {
        on_full: OnFull::DropNewest,
        queue: 8 << 20,
        batch: Batching::DEFAULT,
        retry: Retry::DEFAULT,
        timeout: Duration::from_secs(30),
        spool: None,
    };
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}
