//! A path → bytes: a file or standard input, plain, gzip or zstd.
//!
//! The first bytes say what it is, not the name: gzip with any number of members (RFC 1952), zstd with any number of frames
//! and skippable frames (RFC 8878). A compressed file that breaks off gives what could be read, then an error; what follows
//! gzip and is none is passed over.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::gzip::Members;
use super::{LineReader, Source, Step};

/// How many first bytes tell the compressions apart.
const MAGIC: usize = 6;
/// Compressed bytes read at once.
const COMPRESSED_BLOCK: usize = 64 << 10;

/// How the files of a compression begin.
const MARKS: [(&[u8], Packing); 5] = [
    (&[0x1f, 0x8b], Packing::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Packing::Zstd),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], Packing::Foreign("xzcat")),
    (b"BZh", Packing::Foreign("bzcat")),
    (&[0x04, 0x22, 0x4d, 0x18], Packing::Foreign("lz4cat")),
];
/// A skippable frame of zstd begins with one of 16 bytes, 0x50 to 0x5f, and these.
const SKIPPABLE: &[u8] = &[0x2a, 0x4d, 0x18];

/// What a file's first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Nothing known: taken as text.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// A compression that is not undone here, and the command that undoes it.
    Foreign(&'static str),
}

impl Packing {
    /// Tells by a file's first six bytes, or all it has.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        if matches!(head, [0x50..=0x5f, rest @ ..] if rest.starts_with(SKIPPABLE)) {
            return Self::Zstd;
        }
        MARKS.iter().find(|(mark, _)| head.starts_with(mark)).map_or(Self::Plain, |(_, packing)| *packing)
    }

    /// Whether more bytes could make a compression's mark of `head`.
    fn is_open(head: &[u8]) -> bool {
        let skippable = matches!(head, [0x50..=0x5f, rest @ ..] if SKIPPABLE.starts_with(rest));
        skippable || MARKS.iter().any(|(mark, _)| mark.len() > head.len() && mark.starts_with(head))
    }
}

/// What was read to tell the compression, then the rest.
type Bytes = io::Chain<Cursor<Vec<u8>>, File>;

enum Reader {
    Plain(Bytes),
    Gzip(Box<Members<BufReader<Bytes>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Bytes>>>),
}

/// A log that is read once, from its start to its end.
pub struct Input {
    path: PathBuf,
    reader: Reader,
    regular: bool,
}

impl Input {
    /// Opens the file at `path`, or standard input for `-`, and reads its first bytes.
    ///
    /// # Errors
    /// It can't be opened or read, or is of a compression that is not undone here.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = if path == Path::new("-") { File::from(standard_input()?) } else { File::open(path)? };
        Self::from_file(path, file)
    }

    fn from_file(path: &Path, mut file: File) -> io::Result<Self> {
        let regular = file.metadata()?.is_file();
        let head = read_head(&mut file)?;
        let packing = Packing::of(&head);
        let bytes = Cursor::new(head).chain(file);
        let blocks = |bytes| BufReader::with_capacity(COMPRESSED_BLOCK, bytes);
        let reader = match packing {
            Packing::Plain => Reader::Plain(bytes),
            Packing::Gzip => Reader::Gzip(Box::new(Members::new(blocks(bytes)))),
            Packing::Zstd => Reader::Zstd(Box::new(zstd::Decoder::with_buffer(blocks(bytes))?)),
            Packing::Foreign(command) => return Err(foreign(command)),
        };
        Ok(Self { path: path.to_owned(), reader, regular })
    }
}

impl Source for Input {
    fn step(&mut self, lines: &mut LineReader, wait: Duration) -> io::Result<Step> {
        let count = match &mut self.reader {
            Reader::Plain(bytes) if self.regular || has_head(bytes) || readable(bytes.get_ref().1, wait)? => {
                lines.fill(bytes)?
            }
            Reader::Plain(_) => return Ok(Step::Quiet),
            Reader::Gzip(bytes) => lines.fill(bytes).map_err(broken_off)?,
            Reader::Zstd(bytes) => lines.fill(bytes).map_err(broken_off)?,
        };
        Ok(if count == 0 { Step::End } else { Step::More })
    }

    fn is_live(&self) -> bool {
        !self.regular
    }

    fn has_garbage(&self) -> bool {
        matches!(&self.reader, Reader::Gzip(members) if members.has_garbage())
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("path", &self.path).field("regular", &self.regular).finish_non_exhaustive()
    }
}

/// A descriptor of its own, without the buffer and the lock of [`io::stdin`].
fn standard_input() -> io::Result<OwnedFd> {
    io::stdin().as_fd().try_clone_to_owned()
}

/// Reads no further than is needed to tell the compression: a pipe may hold no more for now.
fn read_head(file: &mut File) -> io::Result<Vec<u8>> {
    let (mut head, mut filled) = (vec![0; MAGIC], 0);
    while filled < MAGIC && Packing::is_open(&head[..filled]) {
        match file.read(&mut head[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(filled);
    Ok(head)
}

fn has_head(bytes: &Bytes) -> bool {
    let head = &bytes.get_ref().0;
    head.position() < head.get_ref().len() as u64
}

/// Waits until `file` has something to read or is over; `false` when the time ran out, or a signal came, first.
fn readable(file: &File, wait: Duration) -> io::Result<bool> {
    let mut files = [PollFd::new(file, PollFlags::IN)];
    let time = Timespec::try_from(wait).ok();
    match poll(&mut files, time.as_ref()) {
        Ok(count) => Ok(count > 0),
        Err(Errno::INTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

fn foreign(command: &str) -> io::Error {
    let message = format!("it is compressed in a way that oyez does not read; try `{command} FILE | oyez parse`");
    io::Error::new(io::ErrorKind::Unsupported, message)
}

fn broken_off(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return io::Error::new(error.kind(), "the compressed data breaks off");
    }
    error
}

#[cfg(test)]
mod tests;
