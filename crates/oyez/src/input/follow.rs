//! A file that grows and is rotated → its bytes, from the start, for ever.
//!
//! Both ways of rotation are followed. *Renamed and made anew*: the old file is read to its end, and until nothing came
//! from it for one whole wait, since its writer may not know yet; then the new one from its start. *Copied and emptied*: a
//! file that is shorter than what was read of it is read from its start. A path where nothing stands is waited for.
//!
//! What cannot be seen: a file that was emptied and has grown past the old length, and a file that came and went, between
//! two looks. A compressed file is refused, since it is not written line by line.

use std::fs::{self, File, Metadata};
use std::io::{self, Seek as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::open::Packing;
use super::{LineReader, Source, Step};

/// Reads one path across rotation.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    position: u64,
    /// Another file stands at the path: this one is read until it is quiet.
    replaced: bool,
}

impl Follower {
    /// Begins at the start of the file at `path`; when there is none, of the first that comes.
    ///
    /// # Errors
    /// There is a file and it can't be opened, or it is compressed.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), open: Open::at(path)? })
    }

    /// Whether there is a file to read.
    pub fn has_file(&self) -> bool {
        self.open.is_some()
    }

    /// Nothing new came: looks for a rotation.
    fn look(&mut self) -> io::Result<Step> {
        let Some(open) = &mut self.open else { return Ok(Step::Quiet) };
        if open.was_emptied()? {
            open.file.rewind()?;
            open.position = 0;
            return Ok(Step::Turned);
        }
        if open.replaced {
            self.open = None;
            return Ok(Step::Turned);
        }
        open.replaced = open.is_replaced(&self.path)?;
        Ok(Step::Quiet)
    }
}

impl Source for Follower {
    fn step(&mut self, lines: &mut LineReader, wait: Duration) -> io::Result<Step> {
        if self.open.is_none() {
            self.open = Open::at(&self.path)?;
        }
        if let Some(open) = &mut self.open {
            let count = lines.fill(&mut open.file)?;
            if count > 0 {
                open.position += count as u64;
                open.replaced = false;
                return Ok(Step::More);
            }
        }
        let step = self.look()?;
        if step == Step::Quiet {
            thread::sleep(wait);
        }
        Ok(step)
    }

    fn is_live(&self) -> bool {
        true
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Open {
    /// The file at `path`, if there is one.
    fn at(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut head = [0; 6];
        let count = file.read_at(&mut head, 0)?;
        match Packing::of(&head[..count]) {
            Packing::Plain => Ok(Some(Self { file, position: 0, replaced: false })),
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, "it is compressed: only plain text can be followed")),
        }
    }

    fn was_emptied(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() < self.position)
    }

    /// Whether another file than this stands at `path`. Where none does, this one may still be written to.
    fn is_replaced(&self, path: &Path) -> io::Result<bool> {
        let same = |one: &Metadata, other: &Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
        match fs::metadata(path) {
            Ok(there) => Ok(!same(&there, &self.file.metadata()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use oyez_testkit::TempDir;

    use super::*;
    use crate::input::Line;

    /// A follower that does not sleep, and all it saw: lines, and `|` where it turned to another file.
    struct Tail {
        follower: Follower,
        lines: LineReader,
        seen: String,
    }

    impl Tail {
        fn at(path: &Path) -> Self {
            Self { follower: Follower::open(path).unwrap(), lines: LineReader::new(), seen: String::new() }
        }

        fn take(seen: &mut String, line: Line<'_>) {
            seen.push_str(str::from_utf8(line.bytes).unwrap());
            seen.push(' ');
        }

        /// Steps until it was quiet three times, which is enough for any turn.
        fn look(&mut self) -> &str {
            let mut quiet = 0;
            while quiet < 3 {
                let step = self.follower.step(&mut self.lines, Duration::ZERO).unwrap();
                while let Some(line) = self.lines.next_line() {
                    Self::take(&mut self.seen, line);
                }
                if step == Step::Turned {
                    if let Some(line) = self.lines.last_line() {
                        Self::take(&mut self.seen, line);
                    }
                    self.seen.push('|');
                }
                quiet += u32::from(step == Step::Quiet);
            }
            &self.seen
        }
    }

    fn append(path: &Path, text: &str) {
        let mut file = File::options().append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_line_waits_for_its_rest() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("log");
        append(&path, "one\ntw");
        let mut tail = Tail::at(&path);
        assert_eq!(tail.look(), "one ");
        append(&path, "o\n");
        assert_eq!(tail.look(), "one two ");
    }

    #[test]
    fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("log");
        append(&path, "one\n");
        let mut tail = Tail::at(&path);
        assert_eq!(tail.look(), "one ");
        fs::rename(&path, dir.join("log.1")).unwrap();
        assert_eq!(tail.look(), "one ");
        append(&dir.join("log.1"), "two\nto");
        append(&path, "three\n");
        assert_eq!(tail.look(), "one two to |three ");
        append(&path, "four\n");
        assert_eq!(tail.look(), "one two to |three four ");
    }

    #[test]
    fn a_replaced_file_that_is_still_written_to_is_read_on() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("log");
        append(&path, "one\n");
        let mut tail = Tail::at(&path);
        tail.look();
        fs::rename(&path, dir.join("log.1")).unwrap();
        append(&path, "three\n");
        let step = |tail: &mut Tail| tail.follower.step(&mut tail.lines, Duration::ZERO).unwrap();
        assert_eq!(step(&mut tail), Step::Quiet);
        append(&dir.join("log.1"), "two\n");
        assert_eq!([step(&mut tail), step(&mut tail), step(&mut tail)], [Step::More, Step::Quiet, Step::Turned]);
        assert_eq!(tail.look(), "one two three ");
    }

    #[test]
    fn an_emptied_file_is_read_from_its_start() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("log");
        append(&path, "one\ntwo");
        let mut tail = Tail::at(&path);
        tail.look();
        fs::copy(&path, dir.join("log.1")).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
        append(&path, "3\n");
        assert_eq!(tail.look(), "one two |3 ");
    }

    #[test]
    fn a_missing_file_is_waited_for() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("log");
        let mut tail = Tail::at(&path);
        assert!(!tail.follower.has_file());
        assert_eq!(tail.look(), "");
        append(&path, "one\n");
        assert_eq!(tail.look(), "one ");
        fs::remove_file(&path).unwrap();
        assert_eq!(tail.look(), "one ");
        append(&path, "two\n");
        assert_eq!(tail.look(), "one |two ");
    }

    #[test]
    fn a_compressed_file_is_refused() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("log");
        fs::write(&path, [0x1f, 0x8b, 8, 0]).unwrap();
        assert_eq!(Follower::open(&path).unwrap_err().kind(), io::ErrorKind::Unsupported);
    }
}
