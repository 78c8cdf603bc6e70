//! A log on disk: messages in, the same bytes appended to a file, whole and in order.

mod open;
pub(crate) mod runs;
pub(crate) mod stream;
pub(crate) mod torn;

use std::any::Any;
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Kind, Patience, Sink, Site, same};
use open::Opened;
use stream::Stream;
use torn::Torn;

/// What the owner of a log decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is: a regular file, which is made if need be, or a named pipe or device.
    pub path: PathBuf,
    /// The mode of a file that is made.
    pub mode: u32,
}

impl Settings {
    /// A file of mode 0600 that is only ever appended to.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), mode: 0o600 }
    }
}

impl Kind for Settings {
    fn open(&self, _: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(Log { settings: self.clone(), target: None, torn: Torn::default() }))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// The sink.
#[derive(Debug)]
pub struct Log {
    settings: Settings,
    target: Option<Target>,
    torn: Torn,
}

#[derive(Debug)]
enum Target {
    Log(std::fs::File),
    Stream(Stream),
}

impl Log {
    fn open(&self) -> Result<Target, Failure> {
        Ok(match open::open(&self.settings.path, self.settings.mode)? {
            Opened::Log(file, _) => Target::Log(file),
            Opened::Stream(fd) => Target::Stream(Stream::own(fd)),
        })
    }

    fn failure(&self, error: io::Error) -> Failure {
        Failure::new(format!("cannot write to {:?}", self.settings.path.display().to_string())).because(error)
    }
}

impl Sink for Log {
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        if self.target.is_none() {
            self.target = Some(self.open()?);
        }
        Ok(())
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.connect(patience)?;
        let Self { target: Some(target), torn, .. } = self else { return Ok(()) };
        let result = torn.deliver(parcel, done, |bytes| match target {
            Target::Log(file) => file.write(bytes),
            Target::Stream(stream) => stream.write(bytes, patience),
        });
        result.map_err(|error| self.failure(error))
    }

    fn reopen(&mut self) -> Result<(), Failure> {
        self.target = Some(self.open()?);
        self.torn.forget();
        Ok(())
    }
}
