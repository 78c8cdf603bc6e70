//! A log on disk: messages in, the same bytes appended to a file, whole and in order; it is rotated, packed, thinned out and
//! kept from filling the disk.
//!
//! An ack means that the file has the message, and with [`Sync::Each`] that the disk has. What fails within a message is
//! taken back, so the file never holds a torn line with another behind it. Files that others move (logrotate(8)) are opened anew when
//! that is seen, within two seconds, or when told to. Only files that were put aside are packed, never the one that is written
//! to. A call lasts as long as the system takes to write to a disk: that cannot be bounded. Refuses paths that others could
//! have put something at: links, files of other users, files and directories that anybody may write to.

mod access;
mod guard;
mod keep;
mod live;
mod log;
mod names;
mod open;
mod pack;
mod remarks;
mod rotate;
pub(crate) mod runs;
mod schedule;
mod settings;
mod space;
pub(crate) mod stream;
mod tail;
pub(crate) mod torn;

use std::any::Any;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, System};
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Kind, Patience, Sink, Site, same};
use log::Log;
use open::Opened;
use stream::Stream;
use torn::Torn;

pub use settings::{
    Access, ErrorAction, FullAction, Keep, Limit, LowAction, Names, Packing, Rotate, Settings, Space, Sync,
};

impl Kind for Settings {
    fn open(&self, _: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(self.sink(Arc::new(System))))
    }

    fn is_file(&self) -> bool {
        // A named pipe may get its reader later.
        std::fs::metadata(&self.path).map_or(true, |about| about.is_file())
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

impl Settings {
    /// The sink, going by this clock.
    pub fn sink(&self, clock: Arc<dyn Clock>) -> File {
        File { log: Log::new(self.clone(), clock), stream: None, torn: Torn::default() }
    }
}

/// The sink: a log, or what else is at the path.
#[derive(Debug)]
pub struct File {
    log: Log,
    /// A named pipe or a device, if it is one.
    stream: Option<Stream>,
    torn: Torn,
}

impl File {
    fn open(&mut self) -> Result<(), Failure> {
        let settings = self.log.settings();
        match open::open(&settings.path, &settings.access)? {
            Opened::Log(live, unset) => {
                self.stream = None;
                self.log.set(live);
                if let Some((what, error)) = unset {
                    let failure = open::unset(&self.log.settings().path, what, error);
                    self.log.remarks().say("access", failure.told());
                }
            }
            Opened::Stream(fd) => {
                self.log.unset();
                self.stream = Some(Stream::own(fd));
            }
        }
        self.torn.forget();
        Ok(())
    }

    /// Opens the log anew if its path leads elsewhere. Where that cannot be done the old one is still good, if it has a name.
    fn follow(&mut self) -> Result<(), Failure> {
        if !self.log.has_moved() {
            return Ok(());
        }
        match self.open() {
            Err(failure) if self.log.is_lost() => Err(failure),
            Err(failure) => {
                self.log.remarks().say("moved", failure.told());
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn write(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        let Some(stream) = &self.stream else { return self.log.deliver(parcel, done) };
        let result = self.torn.deliver(parcel, done, |bytes| stream.write(bytes, patience));
        result.map_err(|error| {
            // A pipe whose reader went is opened anew when there is another.
            if error.kind() == io::ErrorKind::BrokenPipe {
                self.stream = None;
            }
            self.log.cannot_write(error)
        })
    }
}

impl Sink for File {
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        if self.stream.is_none() && !self.log.is_open() { self.open() } else { Ok(()) }
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.connect(patience)?;
        self.follow()?;
        self.write(parcel, done, patience)
    }

    fn tick(&mut self) -> Result<(), Failure> {
        if self.stream.as_ref().is_some_and(Stream::is_gone) {
            self.stream = None;
        }
        self.follow()?;
        self.log.tick()
    }

    fn rest(&self) -> Option<Duration> {
        self.log.rest()
    }

    fn reopen(&mut self) -> Result<(), Failure> {
        self.open()
    }

    fn remark(&mut self) -> Option<String> {
        self.log.remarks().next()
    }

    fn close(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.log.close(patience)
    }
}
