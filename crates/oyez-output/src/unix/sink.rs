//! Parcels into the queues of readers.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::reader::Reader;
use super::serve::{Room, Server};
use super::socket::{Socket, check};
use super::{NoReaders, Settings};
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Patience, Sink, Site};
use crate::stats::Stats;

/// How often it is looked whether the wait for a reader, or for the last of them to take all, is over.
const LOOK: Duration = Duration::from_millis(50);

/// Memory that is kept for messages, in bytes.
const KEPT: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Unix {
    settings: Arc<Settings>,
    name: Arc<str>,
    stats: Arc<Stats>,
    open: Option<Open>,
    /// A message as it is written.
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Open {
    room: Arc<Room>,
    socket: Arc<Socket>,
    thread: JoinHandle<()>,
}

impl Unix {
    pub(super) fn new(settings: Arc<Settings>, site: &Site) -> Self {
        Self { settings, name: Arc::clone(&site.name), stats: Arc::clone(&site.stats), open: None, bytes: Vec::new() }
    }

    /// Listens, where it does not.
    fn listen(&mut self) -> Result<Arc<Room>, Failure> {
        if let Some(open) = self.open.as_ref().filter(|open| !open.thread.is_finished()) {
            return Ok(Arc::clone(&open.room));
        }
        self.stop();
        let socket = Arc::new(Socket::open(&self.settings)?);
        let room = Arc::new(Room::new().map_err(|error| self.failed().because(error))?);
        let server = Server {
            room: Arc::clone(&room),
            socket: Arc::clone(&socket),
            settings: Arc::clone(&self.settings),
            name: Arc::clone(&self.name),
            stats: Arc::clone(&self.stats),
            closed_until: None,
        };
        let thread = thread::Builder::new()
            .name("readers".to_owned())
            .spawn(move || server.run())
            .map_err(|error| self.failed().because(error))?;
        self.open = Some(Open { room: Arc::clone(&room), socket, thread });
        Ok(room)
    }

    fn failed(&self) -> Failure {
        Failure::new(format!("cannot serve readers of {:?}", self.settings.path.display().to_string()))
    }

    /// Ends the thread, and with it all connections and the socket.
    fn stop(&mut self) {
        let Some(open) = self.open.take() else { return };
        open.room.lock().is_over = true;
        open.room.ring();
        // It panicked: then it has ended as well.
        let _ = open.thread.join();
        self.stats.readers.store(0, Relaxed);
    }
}

impl Sink for Unix {
    /// Looks whether one could listen there; that is done by the first delivery or tick.
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        check(&self.settings.path)
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        let room = self.listen()?;
        let mut state = room.lock();
        while self.settings.no_readers == NoReaders::Hold && state.readers.is_empty() {
            drop(state);
            if patience.is_over() {
                return Err(self.failed().because("there are none"));
            }
            room.wait(patience.slice(LOOK));
            state = room.lock();
        }
        let is_asleep = state.readers.iter().any(Reader::is_idle);
        for index in (0..parcel.len()).filter(|index| !done.is_done(*index)) {
            let Some(message) = parcel.get(index).filter(|_| !state.readers.is_empty()) else { break };
            self.bytes.clear();
            self.bytes.shrink_to(KEPT);
            self.settings.protocol.encode(&message, &mut self.bytes);
            for reader in &mut state.readers {
                reader.offer(&self.bytes, &message.label, &self.settings);
            }
        }
        drop(state);
        if is_asleep {
            room.ring();
        }
        done.ack_all();
        Ok(())
    }

    /// Listens from the start.
    fn tick(&mut self) -> Result<(), Failure> {
        self.listen().map(drop)
    }

    /// Listens anew where its socket was taken away.
    fn reopen(&mut self) -> Result<(), Failure> {
        if self.open.as_ref().is_some_and(|open| !open.socket.is_there()) {
            self.stop();
        }
        self.tick()
    }

    /// Readers get what waits for them, as far as they take it in time.
    fn close(&mut self, patience: &Patience) -> Result<(), Failure> {
        let Some(open) = &self.open else { return Ok(()) };
        let room = Arc::clone(&open.room);
        let late = loop {
            let late = room.lock().readers.iter().filter(|reader| !reader.is_idle()).count();
            if late == 0 || patience.is_over() {
                break late;
            }
            thread::sleep(patience.slice(LOOK / 10));
        };
        self.stop();
        if late > 0 {
            return Err(self.failed().because(format!("{late} of them did not take all that waited for them")));
        }
        Ok(())
    }
}

impl Drop for Unix {
    fn drop(&mut self) {
        self.stop();
    }
}
