//! Messages in systemd's journal, in its native protocol: fields in datagrams (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>).
//!
//! [`Settings`] in, a [`Sink`] out. Each message is one entry, of any number of lines. What is larger than a datagram goes as a
//! sealed file in memory. Refuses nothing. A message is done when journald has read it from its socket; what its own rate limits
//! or a full disk make of it, it tells nobody.

mod entry;
mod memory;

use std::any::Any;
use std::path::PathBuf;

use crate::net::{Datagrams, Frames, Port};
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Kind, Needs, Patience, Sink, Site, same};
use crate::syslog::Facility;

/// Where journald listens.
pub const SOCKET: &str = "/run/systemd/journal/socket";

/// Where to, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// journald's native socket.
    pub path: PathBuf,
    /// `SYSLOG_IDENTIFIER=`: what `journalctl -t` selects.
    pub identifier: String,
    /// `SYSLOG_FACILITY=`: where journald passes it on as syslog.
    pub facility: Facility,
}

impl Default for Settings {
    fn default() -> Self {
        Self { path: SOCKET.into(), identifier: "oyez".to_owned(), facility: Facility::default() }
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let datagrams = Datagrams::new(Port::Unix(self.path.clone()), site.stats.clone(), Some(memory::send));
        Ok(Box::new(Journald { front: entry::front(self), datagrams, frames: Frames::default() }))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// The output.
#[derive(Debug)]
struct Journald {
    /// Fields that all entries have.
    front: Vec<u8>,
    datagrams: Datagrams,
    frames: Frames,
}

impl Sink for Journald {
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.datagrams.connect(patience)
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.frames.clear();
        for (index, message) in parcel.messages().enumerate() {
            if !done.is_done(index) {
                self.frames.push(index, |out| entry::write(&self.front, &message, out));
            }
        }
        self.datagrams.deliver(&self.frames, done, patience)
    }

    fn close(&mut self, _: &Patience) -> Result<(), Failure> {
        self.datagrams.leave();
        Ok(())
    }
}
