//! What an output does: [`Parcel`]s in, at its receiver by its return; what happened to each message is said in [`Done`].
//!
//! A sink is driven by one thread of its own, so it may block, but no longer than its [`Patience`]. It keeps nothing: what it
//! did not say is done is given again, in a later call. It never drops a message by itself; what its receiver will never take
//! it [refuses](Done::refuse) by name.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::parcel::Parcel;
use crate::stats::Stats;

/// Somewhere that messages can be brought to.
pub trait Sink: Send {
    /// Connects and says who we are, and sends no message: for `oyez check --connect`, and before the first delivery. Does
    /// nothing where that stands already.
    ///
    /// # Errors
    /// There is nobody, or not the right one, or it does not let us in.
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure>;

    /// Brings messages to the receiver. What is not in `done` at the end comes again, whether there was an error or not; what
    /// may have arrived without being confirmed must not be in it.
    ///
    /// # Errors
    /// The rest could not be delivered now.
    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure>;

    /// Called while nothing is delivered, as often as [`rest`](Self::rest) says: for what goes by time, and for connections that have to be read.
    ///
    /// # Errors
    /// Something is wrong that would keep the next delivery from succeeding.
    fn tick(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// How long it may be left alone from now on while there is nothing to deliver; then it is [called](Self::tick). `None`: until
    /// there is something. An idle host is to have nobody woken without need.
    fn rest(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }

    /// Opens anew what may have been moved away: a log that was rotated.
    ///
    /// # Errors
    /// It cannot be opened; the old one stays where that is possible.
    fn reopen(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Something that whoever looks after oyez should know, though nothing failed: a disk that fills up. Asked for after each
    /// call until there is nothing more.
    fn remark(&mut self) -> Option<String> {
        None
    }

    /// The end: brings out what was buffered, and takes leave of the receiver.
    ///
    /// # Errors
    /// What was said to be done may not be.
    fn close(&mut self, patience: &Patience) -> Result<(), Failure> {
        let _ = patience;
        Ok(())
    }
}

/// The checked settings of one output: what a sink is made from.
pub trait Kind: Any + fmt::Debug + Send + Sync {
    /// Makes the sink, without connecting.
    ///
    /// # Errors
    /// A file it needs (a certificate, a password) cannot be read or used.
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure>;

    /// What it needs to know of messages.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Whether its receiver is a file of this host: that it cannot be opened is told at the start, not tried again for ever.
    fn is_file(&self) -> bool {
        false
    }

    /// Whether it gives the same sink as these settings do, so that a running one can stay: for comparing with [`same`].
    fn is_same(&self, other: &dyn Any) -> bool;
}

/// What [`Kind::is_same`] is mostly made of.
pub fn same<T: PartialEq + 'static>(this: &T, other: &dyn Any) -> bool {
    other.downcast_ref::<T>().is_some_and(|other| this == other)
}

/// What a sink needs to know of messages beyond their lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// [`Label::id`](crate::parcel::Label::id).
    pub ids: bool,
}

/// What a sink may know about where it is.
#[derive(Clone, Debug)]
pub struct Site {
    /// The output's name.
    pub name: Arc<str>,
    /// The host's name, for protocols that want one.
    pub host: Arc<str>,
    /// Where it counts what only it sees.
    pub stats: Arc<Stats>,
}

/// How long a call may take.
#[derive(Clone, Debug)]
pub struct Patience {
    until: Instant,
    hurry: Arc<AtomicBool>,
    /// When all is to be over; it may be decided on meanwhile.
    end: Arc<OnceLock<Instant>>,
}

impl Patience {
    /// Until then, or until `hurry` is set.
    pub fn new(until: Instant, hurry: Arc<AtomicBool>) -> Self {
        Self { until, hurry, end: Arc::default() }
    }

    /// The same, and no longer than until `end`, once that is set.
    #[must_use]
    pub fn before(self, end: Arc<OnceLock<Instant>>) -> Self {
        Self { end, ..self }
    }

    /// For so long from now.
    pub fn of(time: Duration) -> Self {
        let now = Instant::now();
        Self::new(now.checked_add(time).unwrap_or(now), Arc::default())
    }

    /// What is left; 0 when it is over.
    pub fn left(&self) -> Duration {
        if self.hurry.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        let until = self.end.get().map_or(self.until, |end| self.until.min(*end));
        until.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// One of `parts` equal parts of what is left, for one attempt among several. It ends by hurry too.
    #[must_use]
    pub fn part(&self, parts: u32) -> Self {
        let now = Instant::now();
        let left = self.until.saturating_duration_since(now);
        Self { until: now + left / parts.max(1), ..self.clone() }
    }

    /// What is left, at most `most`; at least a millisecond, since sockets take 0 for no limit. For one wait among several.
    pub fn slice(&self, most: Duration) -> Duration {
        self.left().min(most).max(Duration::from_millis(1))
    }
}

/// What became of the messages of a parcel.
#[derive(Clone, Debug, Default)]
pub struct Done {
    fates: Vec<Fate>,
    /// How many of them are delivered, and how many refused.
    acked: usize,
    refused: usize,
    reasons: Vec<(usize, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Acked,
    Refused,
}

/// Reasons that are kept; refusals beyond are counted all the same.
const REASONS: usize = 8;

impl Done {
    /// For so many messages, all open.
    pub fn of(messages: usize) -> Self {
        Self { fates: vec![Fate::Open; messages], ..Self::default() }
    }

    /// For so many others, all open; it keeps its memory.
    pub fn reset(&mut self, messages: usize) {
        self.fates.clear();
        self.fates.resize(messages, Fate::Open);
        self.reasons.clear();
        (self.acked, self.refused) = (0, 0);
    }

    /// The receiver has this one.
    pub fn ack(&mut self, index: usize) {
        if let Some(fate @ Fate::Open) = self.fates.get_mut(index) {
            *fate = Fate::Acked;
            self.acked += 1;
        }
    }

    /// The receiver has the first so many that there are.
    pub fn ack_first(&mut self, count: usize) {
        (0..count.min(self.fates.len())).for_each(|index| self.ack(index));
    }

    /// The receiver has all that were not refused.
    pub fn ack_all(&mut self) {
        self.ack_first(self.fates.len());
    }

    /// The receiver will never take this one.
    pub fn refuse(&mut self, index: usize, reason: impl Into<String>) {
        if let Some(fate @ Fate::Open) = self.fates.get_mut(index) {
            *fate = Fate::Refused;
            self.refused += 1;
            if self.reasons.len() < REASONS {
                self.reasons.push((index, reason.into()));
            }
        }
    }

    /// Whether this one was delivered or refused.
    pub fn is_done(&self, index: usize) -> bool {
        self.fates.get(index).is_some_and(|fate| *fate != Fate::Open)
    }

    /// Whether this one was delivered.
    pub fn is_acked(&self, index: usize) -> bool {
        self.fates.get(index) == Some(&Fate::Acked)
    }

    /// Whether this one was refused.
    pub fn is_refused(&self, index: usize) -> bool {
        self.fates.get(index) == Some(&Fate::Refused)
    }

    /// Whether all were delivered.
    pub fn is_all_acked(&self) -> bool {
        self.acked == self.fates.len()
    }

    /// Whether any was delivered or refused.
    pub fn is_begun(&self) -> bool {
        self.acked + self.refused > 0
    }

    /// How many were refused.
    pub fn refused(&self) -> usize {
        self.refused
    }

    /// Whether none is open.
    pub fn is_complete(&self) -> bool {
        self.acked + self.refused == self.fates.len()
    }

    /// Why messages were refused, the first few of them.
    pub fn reasons(&self) -> &[(usize, String)] {
        &self.reasons
    }
}

/// Why messages could not be delivered now. They are tried again.
#[derive(Debug)]
pub struct Failure {
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    after: Option<Duration>,
    is_final: bool,
}

impl Failure {
    /// `what` names the action and the object: `cannot connect to "siem:6514"`.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None, after: None, is_final: false }
    }

    /// The same, because of this.
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// The same; the receiver asked to be left in peace for so long.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self { after: Some(time), ..self }
    }

    /// The same; it will never work again: nobody reads standard output any more.
    #[must_use]
    pub fn for_good(self) -> Self {
        Self { is_final: true, ..self }
    }

    /// How long the receiver asked to be left in peace.
    pub fn wait(&self) -> Option<Duration> {
        self.after
    }

    /// Whether there is no use in trying again.
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// Whether it came from this error of the operating system.
    pub fn is_errno(&self, errno: rustix::io::Errno) -> bool {
        let mut cause = self.source();
        while let Some(error) = cause {
            let io = error.downcast_ref::<std::io::Error>();
            if io.and_then(std::io::Error::raw_os_error) == Some(errno.raw_os_error()) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// It and all that it came from, in one line.
    pub fn told(&self) -> String {
        let (mut text, mut cause) = (self.what.clone(), self.source());
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_messages_first_fate_is_its_last() {
        let mut done = Done::of(3);
        done.refuse(1, "too long");
        done.ack_first(2);
        assert!(!done.is_complete() && done.is_acked(0) && done.is_refused(1) && !done.is_done(2));
        done.refuse(0, "late");
        done.ack_all();
        done.ack(9);
        assert!(done.is_complete() && done.is_acked(0) && done.is_acked(2) && done.is_refused(1));
        assert_eq!(done.reasons(), [(1, "too long".to_owned())]);
    }

    #[test]
    fn patience_ends_by_time_or_by_hurry() {
        let hurry = Arc::new(AtomicBool::new(false));
        let patience = Patience::new(Instant::now() + Duration::from_hours(1), Arc::clone(&hurry));
        assert!(!patience.is_over() && patience.slice(Duration::from_secs(1)) == Duration::from_secs(1));
        let part = patience.part(2);
        assert!(part.left() <= Duration::from_mins(30) && part.left() > Duration::from_mins(29));
        hurry.store(true, Ordering::Relaxed);
        assert!(
            patience.is_over() && part.is_over() && patience.slice(Duration::from_secs(1)) == Duration::from_millis(1)
        );
        assert!(Patience::of(Duration::ZERO).is_over());
    }

    #[test]
    fn an_end_that_is_decided_on_meanwhile_ends_patience() {
        let end = Arc::default();
        let patience = Patience::of(Duration::from_hours(1)).before(Arc::clone(&end));
        assert!(!patience.is_over());
        end.set(Instant::now()).unwrap();
        assert!(patience.is_over());
    }

    #[test]
    fn a_failure_tells_its_causes_once_each() {
        let failure = Failure::new("cannot connect to \"siem:6514\"").because(std::io::Error::other("refused"));
        assert_eq!(failure.told(), "cannot connect to \"siem:6514\": refused");
        assert_eq!(failure.to_string(), "cannot connect to \"siem:6514\"");
    }
}
