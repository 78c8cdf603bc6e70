//! The lines that oyez wrote, one after the other, as far as they tell of processes: there are too many to hold them all.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// One event.
#[derive(Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    pub(super) process: Process,
    #[serde(default)]
    paths: Vec<Named>,
    syscall: Option<Call>,
}

/// The process it is of, or that one's parent.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Process {
    #[serde(default)]
    pub(super) pid: u32,
    argv: Option<Vec<Option<String>>>,
    pub(super) parent: Option<Box<Process>>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    name: String,
}

impl Line {
    /// Reads all events of a file, and has `take` look at each.
    ///
    /// # Errors
    /// It can't be read, a line is no event, or `take` fails.
    pub(super) fn read_all(path: &Path, mut take: impl FnMut(&Self) -> Result<()>) -> Result<()> {
        let file = BufReader::new(File::open(path).context("cannot read what oyez wrote")?);
        for line in file.lines() {
            let line = line?;
            take(&serde_json::from_str(&line).with_context(|| format!("no event: {line}"))?)?;
        }
        Ok(())
    }

    /// The first of its paths that begins so.
    pub(super) fn path(&self, begin: &str) -> Option<&str> {
        self.paths.iter().find_map(|path| path.name.as_deref().filter(|name| name.starts_with(begin)))
    }

    /// Whether it is of an execve.
    pub(super) fn is_exec(&self) -> bool {
        self.syscall.as_ref().is_some_and(|call| call.name == "execve")
    }
}

impl Process {
    /// Its arguments, joined by spaces; `None` where they are not known.
    pub(super) fn command(&self) -> Option<String> {
        let argv = self.argv.as_ref()?;
        Some(argv.iter().map(|arg| arg.as_deref().unwrap_or("?")).collect::<Vec<_>>().join(" "))
    }
}
