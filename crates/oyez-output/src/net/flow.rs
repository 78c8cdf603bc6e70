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
    /// Bytes of the link that were acknowledged at the end of the last call.
    seen: u64,
}

/// Bytes of the frames of one call.
#[derive(Debug)]
struct Progress {
    /// Acknowledged at its end.
    acked: usize,
    /// Sent in it or before.
    sent: usize,
    /// Whether anything was acknowledged since the end of the last one.
    moved: bool,
}

impl Flow {
    /// To this receiver.
    pub fn new(peer: Peer, stats: Arc<Stats>) -> Self {
        Self { peer, stats, link: None, open: Vec::new(), seen: 0 }
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
        let Progress { acked, sent, moved } = match self.exchange(frames, patience) {
            Ok(progress) => progress,
            Err(error) => return Err(self.broken(error)),
        };
        let (messages, whole) = frames.within(acked);
        messages.for_each(|index| done.ack(index));
        self.open.clear();
        self.open.extend_from_slice(frames.bytes().get(whole..sent).unwrap_or_default());
        if !moved {
            self.leave();
            return Err(Failure::new(format!("cannot send to \"{}\": it takes nothing", self.peer.name())));
        }
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
        self.seen = 0;
        self.stats.connects.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Sends the frames as far as that goes, and waits until what was sent is acknowledged.
    fn exchange(&mut self, frames: &Frames, patience: &Patience) -> io::Result<Progress> {
        let link = self.link.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let bytes = frames.bytes();
        let base = link.written().saturating_sub(self.open.len() as u64);
        let of_frames = |acked: u64| usize::try_from(acked.saturating_sub(base)).unwrap_or(usize::MAX).min(bytes.len());
        let rest = bytes.get(self.open.len()..).unwrap_or_default();
        let sent = self.open.len() + link.write(rest, patience)?;
        let mut sleep = LOOKS.0;
        loop {
            // Looked at first: what is acknowledged on a connection that stands thereafter was not thrown away by its end.
            let of_link = link.acked()?;
            let acked = of_frames(of_link);
            link.hear()?;
            if acked >= sent || patience.is_over() {
                let moved = of_link > self.seen;
                self.seen = of_link;
                return Ok(Progress { acked, sent, moved });
            }
            thread::sleep(sleep);
            sleep = (sleep * 2).min(LOOKS.1);
        }
    }

    fn broken(&mut self, error: io::Error) -> Failure {
        (self.link, self.open) = (None, Vec::new());
        Failure::new(format!("cannot send to \"{}\"", self.peer.name())).because(error)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::net::UnixListener;

    use oyez_testkit::TempDir;

    use super::*;

    #[test]
    fn what_is_acknowledged_between_two_calls_is_done_in_the_second() {
        let dir = TempDir::new().unwrap();
        let listener = UnixListener::bind(dir.join("socket")).unwrap();
        let mut flow = Flow::new(Peer::Unix(dir.join("socket")), Arc::default());
        let mut frames = Frames::default();
        frames.push(0, |out| out.extend_from_slice(b"one"));
        let mut done = Done::of(1);
        flow.connect(&Patience::of(LEAVE)).unwrap();
        let (mut there, _) = listener.accept().unwrap();
        let reader = thread::spawn(move || {
            thread::sleep(LEAVE / 2);
            there.read_exact(&mut [0; 3]).unwrap();
            there
        });
        let told = flow.deliver(&frames, &mut done, &Patience::of(LEAVE / 8)).unwrap_err().told();
        assert!(told.ends_with("it takes nothing") && !done.is_done(0), "{told}");
        let _ = reader.join();

        flow.connect(&Patience::of(LEAVE)).unwrap();
        let (mut there, _) = listener.accept().unwrap();
        flow.link.as_mut().unwrap().write(b"one", &Patience::of(LEAVE)).unwrap();
        flow.open.extend_from_slice(b"one");
        there.read_exact(&mut [0; 3]).unwrap();
        flow.deliver(&frames, &mut done, &Patience::of(Duration::ZERO)).unwrap();
        assert!(done.is_acked(0) && flow.open.is_empty());
        there.set_nonblocking(true).unwrap();
        assert!(there.read(&mut [0; 3]).is_err(), "it came twice");
    }
}
