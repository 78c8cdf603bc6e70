//! One output at work: a queue, a spool where wanted, and the threads that bring what is in them to a
//! [`Sink`](crate::Sink).
//!
//! [`Parcel`]s in at [`Lane::hand`], which never waits; the same messages at the receiver, or counted in [`Stats`] for a stated
//! reason. Nothing that happens to one lane delays another: what is slow, dead or stopped is waited for by the lane's own
//! threads. A lane refuses messages when its queue is full ([`OnFull`]) and when it has ended.
//!
//! ```text
//!            ┌────────────────────────── Lane ───────────────────────────┐
//! pipeline ──▶ queue ─────────────────────────────────────▶ courier ─────┼▶ Sink
//!            │      └─▶ mover ─▶ spool on disk ─read, acknowledge─▶┘     │
//!            └───────────────────────────────────────────────────────────┘
//! ```
//!
//! With a spool, one thread moves the queue to it at once, so that a receiver that hangs never lets the queue fill up, and
//! another delivers from it. What the spool holds at the end stays in it.

mod ending;
mod handle;
pub(crate) mod mover;
mod settings;
pub(crate) mod shared;
mod start;
pub(crate) mod store;
mod watcher;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::parcel::Parcel;
use crate::queue::Handed;
use crate::sink::{Failure, Kind};
use crate::spool::{self, Worth};
use crate::stats::{Numbers, Reason, Stats};
use shared::Shared;

pub use ending::Ending;
pub use handle::Handle;
pub use settings::{Batching, OnFull, Retry, Settings, Spooling};
pub use watcher::{Change, Watcher};

/// What a lane is started with.
#[derive(Clone)]
pub struct Setup {
    /// The output's name: also the start of its threads' names.
    pub name: Arc<str>,
    /// The host's name, for sinks that say it.
    pub host: Arc<str>,
    /// How it works.
    pub settings: Settings,
    /// What its sink is made from.
    pub kind: Arc<dyn Kind>,
    /// Who is told what changes.
    pub watcher: Arc<dyn Watcher>,
    /// What time it is: [`System`](crate::clock::System).
    pub clock: Arc<dyn Clock>,
}

/// Why a lane cannot be started, or changed.
#[derive(Debug)]
pub enum Error {
    /// Its sink cannot be made.
    Sink(Failure),
    /// Its spool cannot be opened.
    Spool(spool::Error),
    /// There is no thread to be had.
    Thread(std::io::Error),
    /// It gets a spool, loses it, or keeps it elsewhere: that takes a new lane, and the end of this one.
    OtherSpool,
    /// It has ended.
    Ended,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sink(_) => "cannot make the output",
            Self::Spool(_) => "cannot use the output's spool",
            Self::Thread(_) => "cannot start the output's thread",
            Self::OtherSpool => "cannot give a running output another spool",
            Self::Ended => "cannot change an output that has ended",
        })
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sink(failure) => Some(failure),
            Self::Spool(error) => Some(error),
            Self::Thread(error) => Some(error),
            Self::OtherSpool | Self::Ended => None,
        }
    }
}

/// The pipeline's side of an output. Dropping it ends the output as [`end`](Self::end) does, after the time of one attempt.
pub struct Lane {
    shared: Arc<Shared>,
}

impl Lane {
    /// Makes the sink, opens the spool, and starts the threads. The sink connects on its thread.
    ///
    /// # Errors
    /// [`Error::Sink`], [`Error::Spool`] or [`Error::Thread`].
    pub fn start(setup: Setup) -> Result<Self, Error> {
        start::start(setup).map(|shared| Self { shared })
    }

    /// The output's name.
    pub fn name(&self) -> &Arc<str> {
        &self.shared.name
    }

    /// What became of its messages.
    pub fn stats(&self) -> &Arc<Stats> {
        &self.shared.stats
    }

    /// For others that look at it, or hurry it.
    pub fn handle(&self) -> Handle {
        Handle::new(&self.shared)
    }

    /// Hands over the messages of a parcel without waiting; `parcel` is empty then, and has the memory of one that was
    /// delivered. One that is refused is not counted: tell [`shed`](Self::shed) what is not handed over for good.
    ///
    /// Best done once for all that came in at once, or when a parcel has [`FULL`](crate::queue::FULL) bytes of lines.
    pub fn hand(&self, parcel: &mut Parcel) -> Handed {
        let (handed, has_dropped) = self.shared.queue.hand(parcel);
        if has_dropped {
            self.shared.watcher.see(Change::Lost(Reason::Queue));
        }
        handed
    }

    /// Counts a message that was for this output and for which there was no room: as taken, and as dropped for
    /// [`Reason::Queue`].
    pub fn shed(&self, worth: Worth) {
        let numbers = Numbers::of(1, worth, 0);
        self.shared.stats.taken.plus(numbers);
        self.shared.stats.dropped(Reason::Queue).plus(numbers);
    }

    /// Bytes in memory that were handed over and are not done with, as [`Parcel::size`] counts them. Takes no lock.
    pub fn fill(&self) -> u64 {
        self.shared.queue.fill()
    }

    /// How many bytes may be in memory: from there on parcels are refused.
    pub fn bound(&self) -> u64 {
        self.shared.queue.bound()
    }

    /// What becomes of messages for which there is no room.
    pub fn on_full(&self) -> OnFull {
        self.shared.settings().on_full
    }

    /// Waits until less than so many bytes are in memory; if there is a `time`, for so long at most. Whether it is so: not
    /// when the time was over, or nobody takes any more.
    pub fn wait_below(&self, bytes: u64, time: Option<Duration>) -> bool {
        self.shared.queue.wait_below(bytes, time)
    }

    /// Messages handed over so far: the position of the next.
    pub fn handed(&self) -> u64 {
        self.shared.queue.handed()
    }

    /// Whether all messages before this position are safe: brought to the receiver, in the spool, or counted as lost.
    pub fn is_safe(&self, position: u64) -> bool {
        self.shared.queue.is_safe(position)
    }

    /// Waits until all messages before this position are safe; if there is a `time`, for so long at most. Whether they are.
    pub fn wait_safe(&self, position: u64, time: Option<Duration>) -> bool {
        self.shared.queue.wait_safe(position, time)
    }

    /// Notes a number for all that was handed over so far: the last serial of events that are in it, or were not for this
    /// output. Numbers are the caller's, except [`u64::MAX`], which is taken for none.
    pub fn note(&self, mark: u64) {
        self.shared.queue.note(mark);
    }

    /// The latest number noted where all that was handed over before is safe by now; `None` before there is one.
    pub fn settled(&self) -> Option<u64> {
        self.shared.queue.settled()
    }

    /// The [tickets](crate::parcel::Label::ticket) of messages that were lost since the last call, of at most 4096 of them. What
    /// a spool lost has none.
    pub fn lost_tickets(&self) -> Vec<u32> {
        self.shared.queue.lost_tickets()
    }

    /// Has the sink open its target anew, once what was handed over is done with, or at once if it fails.
    pub fn reopen(&self) {
        self.shared.reopen();
    }

    /// Goes on with other settings, and with a sink made from `kind` if it is given. Queue, spool and all that waits in them stay:
    /// nothing is lost, and nothing delivered twice but what the old sink may have brought without a confirmation.
    ///
    /// # Errors
    /// [`Error::Sink`] if the sink cannot be made, [`Error::Spool`] if the spool's bounds are none, [`Error::OtherSpool`] if it would
    /// have to move, [`Error::Ended`] if nobody takes any more. Then all stays as it is.
    pub fn change(&self, settings: Settings, kind: Option<&dyn Kind>) -> Result<(), Error> {
        self.shared.change(settings, kind)
    }

    /// Nothing more comes. What waits is delivered until then, by the lane's clock; what is left stays in the spool, or is
    /// counted for [`Reason::End`]. Does not wait for it.
    pub fn end(self, until: Instant) -> Ending {
        self.shared.begin_end(until);
        Ending::new(Arc::clone(&self.shared))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.shared.begin_end_unless_begun();
    }
}
