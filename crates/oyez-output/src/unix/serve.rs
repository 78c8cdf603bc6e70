//! The thread that lets readers in and gives them what is in their queues; and the room it shares with the sink.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::net::sockopt::socket_peercred;

use super::Settings;
use super::reader::Reader;
use super::socket::Socket;
use crate::stats::Stats;

/// After nobody could be let in for want of memory or descriptors, it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What sink and thread share.
#[derive(Debug)]
pub(super) struct Room {
    state: Mutex<State>,
    /// Told when somebody came.
    came: Condvar,
    /// Wakes the thread.
    bell: OwnedFd,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) readers: Vec<Reader>,
    /// The thread shall end.
    pub(super) is_over: bool,
}

impl Room {
    pub(super) fn new() -> io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { state: Mutex::default(), came: Condvar::new(), bell })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked left readers with whole messages.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until somebody is there, but no longer than this.
    pub(super) fn wait(&self, time: Duration) {
        let empty = |state: &mut State| state.readers.is_empty();
        drop(self.came.wait_timeout_while(self.lock(), time, empty));
    }

    pub(super) fn ring(&self) {
        // It only fails when it was rung before, 2^64 times.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    fn hush(&self) {
        let _ = rustix::io::read(&self.bell, &mut [0; 8][..]);
    }
}

/// All that the thread needs.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) room: Arc<Room>,
    pub(super) socket: Arc<Socket>,
    pub(super) settings: Arc<Settings>,
    pub(super) name: Arc<str>,
    pub(super) stats: Arc<Stats>,
    /// Nobody is let in before then.
    pub(super) closed_until: Option<Instant>,
}

impl Server {
    /// Until it is over.
    pub(super) fn run(mut self) {
        let mut streams: Vec<Arc<UnixStream>> = Vec::new();
        let mut waits: Vec<bool> = Vec::new();
        loop {
            let state = self.room.lock();
            if state.is_over {
                return;
            }
            streams.clear();
            streams.extend(state.readers.iter().map(|reader| Arc::clone(&reader.stream)));
            waits.clear();
            waits.extend(state.readers.iter().map(|reader| !reader.is_idle()));
            drop(state);
            let found = self.wait(&streams, &waits);
            self.room.hush();
            self.serve(&found);
            self.let_in();
        }
    }

    /// What happened to each reader.
    fn wait(&self, streams: &[Arc<UnixStream>], waits: &[bool]) -> Vec<PollFlags> {
        let closed = self.closed_until.map(|until| until.saturating_duration_since(Instant::now()));
        let mut fds = vec![PollFd::new(&self.room.bell, PollFlags::IN)];
        let knock = if closed.is_none() { PollFlags::IN } else { PollFlags::empty() };
        fds.push(PollFd::from_borrowed_fd(self.socket.listener.as_fd(), knock));
        for (stream, waits) in streams.iter().zip(waits) {
            // That it is gone is always said.
            let wanted = if *waits { PollFlags::OUT } else { PollFlags::empty() };
            fds.push(PollFd::from_borrowed_fd(stream.as_fd(), wanted));
        }
        let time = closed.and_then(|time| Timespec::try_from(time).ok());
        // Interrupted or not: then there is nothing to be found.
        let _ = poll(&mut fds, time.as_ref());
        fds.iter().skip(2).map(PollFd::revents).collect()
    }

    /// Gives to those who take, and sees off those who left.
    fn serve(&self, found: &[PollFlags]) {
        let mut state = self.room.lock();
        let mut found = found.iter();
        state.readers.retain_mut(|reader| {
            // Nobody else adds or removes readers.
            let flags = found.next().copied().unwrap_or(PollFlags::empty());
            if flags.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
                return false;
            }
            !flags.contains(PollFlags::OUT) || reader.write(&self.name, &self.settings).is_ok()
        });
        self.stats.readers.store(state.readers.len() as u64, Relaxed);
    }

    fn let_in(&mut self) {
        if self.closed_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        self.closed_until = None;
        loop {
            match self.socket.listener.accept() {
                Ok((stream, _)) if self.may_read(&stream) => self.welcome(stream),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted) => {
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.closed_until = Instant::now().checked_add(PAUSE);
                    return;
                }
            }
        }
    }

    fn may_read(&self, stream: &UnixStream) -> bool {
        let (users, groups) = (&self.settings.users, &self.settings.groups);
        if users.is_empty() && groups.is_empty() {
            return true;
        }
        socket_peercred(stream)
            .is_ok_and(|peer| users.contains(&peer.uid.as_raw()) || groups.contains(&peer.gid.as_raw()))
    }

    fn welcome(&self, stream: UnixStream) {
        let mut state = self.room.lock();
        if state.readers.len() < self.settings.readers.min(super::READERS) && stream.set_nonblocking(true).is_ok() {
            state.readers.push(Reader::new(stream));
            self.stats.connects.fetch_add(1, Relaxed);
            self.stats.readers.store(state.readers.len() as u64, Relaxed);
            self.room.came.notify_all();
        }
    }
}
