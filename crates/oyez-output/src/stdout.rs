//! Standard output: messages in, the same bytes out, whole and in order.
//!
//! An ack means that the kernel took the message: it is in the pipe, the terminal, the socket or the file. Where a write
//! stopped within a message its rest goes first, so no line is ever torn. Waits for a reader that is slow no longer than it is
//! told to; when nobody reads any more there is no use in trying again, and it says so.

use std::any::Any;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd as _;
use std::time::Duration;

use crate::file::stream::Stream;
use crate::file::torn::Torn;
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Kind, Patience, Sink, Site, same};

/// Standard output needs no settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings;

impl Kind for Settings {
    fn open(&self, _: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(Stdout::default()))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// The sink.
#[derive(Default)]
pub struct Stdout {
    stream: Option<Stream>,
    torn: Torn,
}

impl fmt::Debug for Stdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdout").field("is_torn", &self.torn.is_some()).finish_non_exhaustive()
    }
}

impl Stdout {
    fn stream(&mut self) -> Result<&Stream, Failure> {
        if self.stream.is_none() {
            let open = io::stdout().as_fd().try_clone_to_owned().and_then(Stream::of);
            self.stream = Some(open.map_err(|error| Failure::new("cannot use standard output").because(error))?);
        }
        self.stream.as_ref().ok_or_else(|| Failure::new("cannot use standard output"))
    }

    fn write(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.stream()?;
        let Self { stream: Some(stream), torn } = self else { return Ok(()) };
        torn.deliver(parcel, done, |bytes| stream.write(bytes, patience)).map_err(failure)
    }
}

impl Sink for Stdout {
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        self.stream().map(|_| ())
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.write(parcel, done, patience)
    }

    /// Notices a reader that has gone while there was nothing to say.
    fn tick(&mut self) -> Result<(), Failure> {
        if self.stream()?.is_gone() { Err(failure(ErrorKind::BrokenPipe.into())) } else { Ok(()) }
    }

    /// A reader that goes is noticed when there is something for it.
    fn rest(&self) -> Option<Duration> {
        None
    }

    /// Brings out the rest of a message that was torn.
    fn close(&mut self, patience: &Patience) -> Result<(), Failure> {
        if !self.torn.is_some() {
            return Ok(());
        }
        self.write(&Parcel::default(), &mut Done::default(), patience)
    }
}

fn failure(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::new("nobody reads standard output any more").because(error).for_good(),
        ErrorKind::TimedOut => Failure::new("cannot write to standard output: its reader takes nothing"),
        _ => Failure::new("cannot write to standard output").because(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::time::Duration;

    use super::*;
    use crate::parcel::Label;

    fn stdout() -> (Stdout, std::fs::File) {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        (Stdout { stream: Some(Stream::of(writer).unwrap()), ..Stdout::default() }, reader.into())
    }

    fn parcel(count: usize) -> Parcel {
        let mut parcel = Parcel::default();
        for number in 0..count {
            parcel.push(&Label::default(), |lines| {
                lines.extend_from_slice(format!("{number} {}\n", "x".repeat(90)).as_bytes());
            });
        }
        parcel
    }

    #[test]
    fn a_reader_that_stops_tears_no_line() {
        let (mut stdout, mut reader) = stdout();
        let (parcel, mut done) = (parcel(2000), Done::of(2000));
        let failure = stdout.deliver(&parcel, &mut done, &Patience::of(Duration::from_millis(20))).unwrap_err();
        assert!(!failure.is_final() && failure.told().contains("takes nothing"), "{}", failure.told());
        assert!(stdout.torn.is_some() && done.is_acked(600) && !done.is_complete());
        let mut got = vec![0; 65_536];
        reader.read_exact(&mut got).unwrap();
        while !done.is_complete() {
            let _ = stdout.deliver(&parcel, &mut done, &Patience::of(Duration::ZERO));
            let mut more = vec![0; 65_536];
            let count = reader.read(&mut more).unwrap();
            got.extend_from_slice(&more[..count]);
        }
        drop(stdout);
        reader.read_to_end(&mut got).unwrap();
        assert!(got == parcel.lines());
    }

    #[test]
    fn a_reader_that_has_gone_is_gone_for_good() {
        let (mut stdout, reader) = stdout();
        stdout.tick().unwrap();
        drop(reader);
        assert!(stdout.tick().unwrap_err().is_final());
        let failure = stdout.deliver(&parcel(1), &mut Done::of(1), &Patience::of(Duration::ZERO)).unwrap_err();
        assert!(failure.is_final(), "{}", failure.told());
    }

    #[test]
    fn the_end_finishes_a_torn_line() {
        let (mut stdout, mut reader) = stdout();
        let (parcel, mut done) = (parcel(1000), Done::of(1000));
        assert!(stdout.deliver(&parcel, &mut done, &Patience::of(Duration::ZERO)).is_err());
        assert!(stdout.close(&Patience::of(Duration::ZERO)).is_err());
        let mut got = vec![0; 65_536];
        reader.read_exact(&mut got).unwrap();
        stdout.close(&Patience::of(Duration::ZERO)).unwrap();
        drop(stdout);
        reader.read_to_end(&mut got).unwrap();
        assert!(got.ends_with(b"x\n") && parcel.lines().starts_with(&got));
    }
}
