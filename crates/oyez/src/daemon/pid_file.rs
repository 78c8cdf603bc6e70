//! The pid file, by which `oyez reload` finds the daemon, and by whose lock a second oyez finds the first.
//!
//! Held locked for as long as the process lives, so that one left by a crash never counts.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::state::make_directory;

/// A pid file that names this process.
#[derive(Debug)]
pub(crate) struct PidFile {
    path: PathBuf,
    /// Open for its lock.
    _file: File,
}

impl PidFile {
    /// Writes this process's id; `None` when another living process holds the file.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        if let Some(parent) = path.parent() {
            make_directory(parent)?;
        }
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Some(Self { path: path.to_owned(), _file: file }))
    }

    /// Removes it.
    ///
    /// # Errors
    /// It can't be removed.
    pub(crate) fn remove(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use oyez_testkit::TempDir;

    use super::*;

    #[test]
    fn one_process_at_a_time_holds_a_pid_file_and_a_dead_ones_is_taken() {
        let root = TempDir::new().unwrap();
        let path = root.join("run/oyez.pid");
        make_directory(&root.join("run")).unwrap();
        fs::write(&path, "99999999 and more").unwrap();
        let first = PidFile::take(&path).unwrap().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let second = PidFile::take(&path).unwrap().is_none();
        let kept = fs::read_to_string(&path).unwrap();
        drop(first);
        let third = PidFile::take(&path).unwrap().unwrap();
        third.remove().unwrap();
        let gone = !path.exists();
        assert_eq!(text, format!("{}\n", std::process::id()));
        assert!(second && gone);
        assert_eq!(kept, text);
    }
}
