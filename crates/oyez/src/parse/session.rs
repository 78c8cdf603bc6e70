//! One source after the other, to its end or for ever.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{Pipeline, Stop, Take};
use crate::cli::stdio;
use crate::exit::{self, Exit};
use crate::input::{Follower, Input, LineReader, Source, Step};

/// How long to wait for more before looking around: for signals, rotation, events that are over.
const WAIT: Duration = Duration::from_millis(250);

/// Reads logs into a [`Pipeline`]. A log that can't be read is told on standard error, and the next one is read.
#[derive(Debug)]
pub struct Session<T> {
    pipeline: Pipeline<T>,
    lines: LineReader,
    stop: Stop,
    quiet: Duration,
    /// Write at once what is ready: a person is looking.
    prompt: bool,
    unread: u64,
    doubtful: u64,
}

impl<T: Take> Session<T> {
    /// A session whose events, from live sources, are over when nothing came for `quiet`; `prompt` writes what is ready
    /// without waiting for a full buffer, from any source.
    pub fn new(pipeline: Pipeline<T>, quiet: Duration, prompt: bool) -> Self {
        Self { pipeline, lines: LineReader::new(), stop: Stop::default(), quiet, prompt, unread: 0, doubtful: 0 }
    }

    /// Reads `files` in their order; with `follow` the last one for ever, until a signal comes. Then writes what is open.
    ///
    /// # Errors
    /// The output can't be written. That a file can't be read is no error here: see [`Session::unread`].
    pub fn run(&mut self, files: &[PathBuf], follow: bool) -> anyhow::Result<()> {
        for (index, path) in files.iter().enumerate() {
            if self.stop.is_wanted() {
                break;
            }
            let last = index + 1 == files.len();
            let result = if follow && last && can_grow(path) { self.follow(path) } else { self.read(path) };
            result?;
        }
        self.pipeline.end().map_err(exit::stdout_error)
    }

    /// The pipeline, for its counts.
    pub fn pipeline(&self) -> &Pipeline<T> {
        &self.pipeline
    }

    /// Whoever took the events.
    pub fn taker(&mut self) -> &mut T {
        self.pipeline.taker()
    }

    /// How many files could not be read, or not to their end. An error that passed while a file was followed is none: it is
    /// told, and what stands there afterwards is read.
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// How many files are not what an audit log is: not empty and without a record, or with garbage behind them.
    pub fn doubtful(&self) -> u64 {
        self.doubtful
    }

    fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        match Input::open(path) {
            Ok(mut input) => self.take_all(&mut input, false),
            Err(error) => {
                self.unreadable(path, error);
                Ok(())
            }
        }
    }

    fn follow(&mut self, path: &Path) -> anyhow::Result<()> {
        match Follower::open(path) {
            Ok(mut follower) => {
                if !follower.has_file() {
                    stdio::note(&format!("waiting for \"{}\", which is not there yet", path.display()));
                }
                self.take_all(&mut follower, true)
            }
            Err(error) => {
                self.unreadable(path, error);
                Ok(())
            }
        }
    }

    /// Takes everything from one source, and says what is odd about it.
    fn take_all(&mut self, source: &mut dyn Source, again: bool) -> anyhow::Result<()> {
        let before = self.pipeline.counts();
        self.take_steps(source, again)?;
        self.take_lines(source.path())?;
        self.take_last_line(source.path())?;
        let (after, path) = (self.pipeline.counts(), source.path().display());
        if source.has_garbage() {
            self.doubt(&format!("ignored what follows the compressed data in \"{path}\""));
        }
        if after.lines > before.lines && after.group.records == before.group.records {
            self.doubt(&format!("cannot find an audit record in \"{path}\""));
        }
        Ok(())
    }

    /// Steps until the source is over. One that is followed is tried again after an error; only one that lasts counts.
    fn take_steps(&mut self, source: &mut dyn Source, again: bool) -> anyhow::Result<()> {
        if source.is_live() {
            self.stop.listen().context("cannot take signals")?;
        }
        let (mut told, mut fails, mut quiet) = (String::new(), false, Quiet::since_now());
        while !self.stop.is_wanted() {
            let step = source.step(&mut self.lines, WAIT);
            fails = step.is_err();
            match step {
                Ok(Step::End) => break,
                Ok(Step::More | Step::Quiet) => self.take_lines(source.path())?,
                Ok(Step::Turned) => self.take_last_line(source.path())?,
                Err(error) if again => tell_once(source.path(), error, &mut told),
                Err(error) => {
                    tell(source.path(), error);
                    break;
                }
            }
            if source.is_live() || self.prompt {
                self.keep_up(&mut quiet, source.is_live())?;
            }
        }
        self.unread += u64::from(fails);
        Ok(())
    }

    fn take_lines(&mut self, path: &Path) -> anyhow::Result<()> {
        while let Some(line) = self.lines.next_line() {
            self.pipeline.line(line, path.as_os_str().as_bytes()).map_err(exit::stdout_error)?;
        }
        Ok(())
    }

    /// Takes a line without an end, since none follows, and begins to count lines anew.
    fn take_last_line(&mut self, path: &Path) -> anyhow::Result<()> {
        if let Some(line) = self.lines.last_line() {
            self.pipeline.line(line, path.as_os_str().as_bytes()).map_err(exit::stdout_error)?;
        }
        self.lines.restart_numbers();
        Ok(())
    }

    /// Writes what is ready; from a live source also what nothing came for.
    fn keep_up(&mut self, quiet: &mut Quiet, live: bool) -> anyhow::Result<()> {
        let over = live && quiet.for_time(self.pipeline.records()) >= self.quiet && self.pipeline.open_events() > 0;
        let written = if over { self.pipeline.end_open() } else { self.pipeline.flush() };
        written.map_err(exit::stdout_error)
    }

    fn unreadable(&mut self, path: &Path, error: io::Error) {
        self.unread += 1;
        tell(path, error);
    }

    fn doubt(&mut self, why: &str) {
        self.doubtful += 1;
        stdio::note(why);
    }
}

fn tell(path: &Path, error: io::Error) {
    let error = anyhow::Error::new(error).context(Exit::Io.because(format!("cannot read \"{}\"", path.display())));
    stdio::note(&format!("{error:#}"));
}

/// Tells an error that was not told last, and waits before the next try.
fn tell_once(path: &Path, error: io::Error, told: &mut String) {
    let text = error.to_string();
    if *told != text {
        *told = text;
        tell(path, error);
    }
    thread::sleep(WAIT);
}

/// Whether what is at `path` is a file, or may become one. Pipes and terminals end by themselves.
fn can_grow(path: &Path) -> bool {
    path != Path::new("-") && fs::metadata(path).map_or_else(|e| e.kind() == io::ErrorKind::NotFound, |it| it.is_file())
}

/// Since when no record came.
#[derive(Debug)]
struct Quiet {
    since: Instant,
    records: u64,
}

impl Quiet {
    fn since_now() -> Self {
        Self { since: Instant::now(), records: 0 }
    }

    /// How long ago the last record came, `records` being how many came so far.
    fn for_time(&mut self, records: u64) -> Duration {
        if self.records != records {
            *self = Self { since: Instant::now(), records };
        }
        self.since.elapsed()
    }
}
