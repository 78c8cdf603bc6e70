//! Replaces a file in one step: whoever reads it finds the old text or the new one, after a crash too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Puts `text` into the file at `path`, with these permissions whatever umask there is. A link is replaced, not followed:
/// whoever may make links in a folder of all must not choose which file root writes.
///
/// # Errors
/// The folder or the file can't be written; the file is as it was then.
pub(crate) fn replace(path: &Path, mode: u32, text: &[u8]) -> io::Result<()> {
    let next = path.with_added_extension(format!("new-{}", std::process::id()));
    let result = write_new(&next, mode, text).and_then(|()| fs::rename(&next, path));
    if result.is_err() {
        // The old file stays; a half-written new one would only be in the way.
        let _ = fs::remove_file(&next);
        return result;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn write_new(path: &Path, mode: u32, text: &[u8]) -> io::Result<()> {
    // One that is there was left by a crash of a process with our pid.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use oyez_testkit::TempDir;

    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_nothing_is_left_beside_it() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("a.rules");
        fs::write(&path, "old").unwrap();
        replace(&path, 0o640, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_stays_as_it_is() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.join("a.rules"), "old").unwrap();
        std::os::unix::fs::symlink("a.rules", dir.join("link")).unwrap();
        replace(&dir.join("link"), 0o640, b"new").unwrap();
        assert_eq!(fs::read(dir.join("a.rules")).unwrap(), b"old");
        assert_eq!(fs::read(dir.join("link")).unwrap(), b"new");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let dir = TempDir::new().unwrap();
        assert_eq!(replace(&dir.join("no/a"), 0o640, b"").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
