//! What a spool asks of a file system: a trait, so that tests can make it fail, fill up and crash.
//!
//! [`Folder`](super::Folder) is the real one. All files lie in one directory and are named by the spool; reading and writing
//! is by offset, so that nobody shares a place in a file.

use std::io;

/// One directory with files.
pub trait Disk {
    /// A file that is open for reading and writing.
    type File: DiskFile;

    /// The names of all files, in any order.
    ///
    /// # Errors
    /// The directory cannot be read.
    fn names(&mut self) -> io::Result<Vec<String>>;

    /// Opens a file that is there.
    ///
    /// # Errors
    /// It is not there, or cannot be opened.
    fn open(&mut self, name: &str) -> io::Result<Self::File>;

    /// Makes a file that is not there yet.
    ///
    /// # Errors
    /// It is there, or cannot be made.
    fn create(&mut self, name: &str) -> io::Result<Self::File>;

    /// Removes a file.
    ///
    /// # Errors
    /// It is not there, or cannot be removed.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// Makes sure that files made and removed so far are so after a power failure.
    ///
    /// # Errors
    /// That is not sure.
    fn sync(&mut self) -> io::Result<()>;

    /// A number that nobody can guess.
    ///
    /// # Errors
    /// The system has none to give.
    fn random(&mut self) -> io::Result<u64>;
}

/// One open file.
pub trait DiskFile {
    /// Its length in bytes.
    ///
    /// # Errors
    /// It cannot be told.
    fn size(&self) -> io::Result<u64>;

    /// Reads at most `into.len()` bytes from `offset` on; 0 at the end of the file.
    ///
    /// # Errors
    /// They cannot be read.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes some of `bytes` at `offset` and says how many.
    ///
    /// # Errors
    /// None could be written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Cuts the file to `size` bytes.
    ///
    /// # Errors
    /// It keeps its length.
    fn truncate(&self, size: u64) -> io::Result<()>;

    /// Makes sure that what was written so far is there after a power failure.
    ///
    /// # Errors
    /// That is not sure, and a later success says nothing about what was written before (Linux takes pages that could not be
    /// written for clean: fsync(2), "EIO").
    fn sync(&self) -> io::Result<()>;
}

/// Writes all of `bytes`, in as many pieces as it takes.
pub(super) fn write_all_at(file: &impl DiskFile, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset = offset.saturating_add(written as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads until `into` is full or the file ends, and says how many bytes that are.
pub(super) fn read_full_at(file: &impl DiskFile, into: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
