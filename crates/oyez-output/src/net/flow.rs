//! At-least-once over a connection without answers: [`Frames`] in, those that arrived said in [`Done`].
//!
//! A message is done when the other end's kernel has acknowledged its last byte and the connection still stood then. When it
//! breaks, nothing of that call is done, and all of it goes out again on the next connection: some of it twice. A receiver that
//! is slow is no reason to begin anew: what was sent and is not yet acknowledged is remembered, and the next call goes on behind
//! it. Only one that took nothing at all in a whole call is left. What cannot be known is whether a program that acknowledged
//! bytes are meant for has read them before it died; that takes a protocol with answers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use super::{Frames, Link, Peer};
use crate::sink::{Done, Failure, Patience};
use crate::stats::Stats;

/// The first and the longest sleep between two looks at what was acknowledged: nothing wakes who waits for that.
const LOOKS: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(5));
/// How long taking leave may take.
const LEAVE: Duration = Duration::from_millis(200);

/// A connection that is made when it is needed, and again when it broke.
#[derive(Debug)]
pub struct Flow {
    peer: Peer,
    stats: Arc<Stats>,
    link: Option<Link>,
    /// Bytes that went out on it in earlier calls, from the beginning of the first message that is not done.
    open: Vec<u8>,
}

impl Flow {
    /// To this receiver.
    pub fn new(peer: Peer, stats: Arc<Stats>) -> Self {
        Self { peer, stats, link: None, open: Vec::new() }
    }

    /// Connects where that is not so.
    ///
    /// # Errors
    /// As [`Link::connect`].
    pub fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.standing(patience).map(drop)
    }

    /// Sends what is not open from earlier, and waits until all is acknowledged or patience is over. Marks in `done` what was.
    ///
    /// # Errors
    /// There is no connection, it broke, or nothing was acknowledged in time.
    pub fn deliver(&mut self, frames: &Frames, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        if !frames.bytes().starts_with(&self.open) {
            // Other messages than those that were begun: they can't follow half of one.
            self.leave();
        }
        if frames.bytes().is_empty() {
            frames.within(0).0.for_each(|index| done.ack(index));
            return Ok(());
        }
        self.standing(patience)?;
        let (acked, moved) = match self.exchange(frames, patience) {
            Ok(result) => result,
            Err(error) => return Err(self.broken(error)),
        };
        let (messages, whole) = frames.within(acked);
        messages.for_each(|index| done.ack(index));
        if acked == frames.bytes().len() {
            self.open.clear();
            return Ok(());
        }
        if !moved {
            self.leave();
            return Err(Failure::new(format!("cannot send to \"{}\": it takes nothing", self.peer.name())));
        }
        self.open.drain(..whole.min(self.open.len()));
        Ok(())
    }

    /// Looks whether the receiver went away. That is no error: all that was done has arrived, and the next delivery connects.
    pub fn tick(&mut self) {
        if self.open.is_empty() && self.link.as_mut().is_some_and(|link| link.hear().is_err()) {
            self.link = None;
        }
    }

    /// Ends the connection.
    pub fn leave(&mut self) {
        self.open = Vec::new();
        if let Some(link) = self.link.take() {
            link.close(&Patience::of(LEAVE));
        }
    }

    /// A connection that stands as far as one can tell.
    fn standing(&mut self, patience: &Patience) -> Result<(), Failure> {
        let heard = self.link.as_mut().map(Link::hear);
        match heard {
            Some(Ok(())) => return Ok(()),
            // Nothing is lost: what was open is sent again.
            Some(Err(_)) => (self.link, self.open) = (None, Vec::new()),
            None => self.open.clear(),
        }
        self.link = Some(Link::connect(&self.peer, patience)?);
        self.stats.connects.fetch_add(1, Relaxed);
        Ok(())
    }

    /// How many bytes of the frames are acknowledged at the end, and whether that are more than at the beginning.
    fn exchange(&mut self, frames: &Frames, patience: &Patience) -> io::Result<(usize, bool)> {
        let link = self.link.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let bytes = frames.bytes();
        let base = link.written().saturating_sub(self.open.len() as u64);
        let of_frames = |acked: u64| usize::try_from(acked.saturating_sub(base)).unwrap_or(usize::MAX).min(bytes.len());
        let begin = of_frames(link.acked()?);
        let rest = bytes.get(self.open.len()..).unwrap_or_default();
        let taken = link.write(rest, patience)?;
        self.open.extend_from_slice(rest.get(..taken).unwrap_or_default());
        let mut sleep = LOOKS.0;
        let acked = loop {
            // Looked at first: what is acknowledged on a connection that stands thereafter was not thrown away by its end.
            let acked = of_frames(link.acked()?);
            link.hear()?;
            if acked >= self.open.len() || patience.is_over() {
                break acked;
            }
            thread::sleep(sleep);
            sleep = (sleep * 2).min(LOOKS.1);
        };
        Ok((acked, acked > begin))
    }

    fn broken(&mut self, error: io::Error) -> Failure {
        (self.link, self.open) = (None, Vec::new());
        Failure::new(format!("cannot send to \"{}\"", self.peer.name())).because(error)
    }
}
