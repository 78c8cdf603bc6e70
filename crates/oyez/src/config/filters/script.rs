//! The text of a script. A path in, its text out; refused is what others could have written, for what a script says goes: who
//! may write it can hide what they do. So is what is no regular file, or too long.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::way;

/// No script is longer, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Who may have written a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Whoever: a person named it to try it.
    Anybody,
    /// Root and this process's user.
    Owner,
}

/// Reads the script at `path`.
///
/// # Errors
/// What is in the way, for the user.
pub(crate) fn read(path: &Path, trust: Trust) -> Result<Vec<u8>, String> {
    let failed = |error: io::Error| format!("cannot read the script {:?}: {error}", path.display().to_string());
    // Opening what is no file may take for ever.
    check(&fs::metadata(path).map_err(failed)?, trust)?;
    if trust == Trust::Owner {
        way::check(path, rustix::process::geteuid().as_raw())?;
    }
    let file = File::open(path).map_err(failed)?;
    check(&file.metadata().map_err(failed)?, trust)?;
    let mut text = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > MOST_BYTES { Err(TOO_LONG.to_owned()) } else { Ok(text) }
}

const TOO_LONG: &str = "the script is longer than 1 MiB";

fn check(metadata: &Metadata, trust: Trust) -> Result<(), String> {
    let (owner, mode, us) = (metadata.uid(), metadata.permissions().mode(), rustix::process::geteuid().as_raw());
    match () {
        () if !metadata.is_file() => Err("the script is no regular file".to_owned()),
        () if metadata.len() > MOST_BYTES => Err(TOO_LONG.to_owned()),
        () if trust == Trust::Anybody => Ok(()),
        () if owner != 0 && owner != us => Err(format!(
            "cannot trust the script: it belongs to user {owner}, who could change it; it has to be root's{}",
            if us == 0 { String::new() } else { format!(" or user {us}'s") }
        )),
        () if mode & 0o022 != 0 => {
            let who = if mode & 0o002 != 0 { "everybody" } else { "its group" };
            Err(format!("cannot trust the script: {who} may write it (mode {:04o}); chmod go-w", mode & 0o7777))
        }
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use oyez_testkit::TempDir;

    use super::*;

    fn written(dir: &TempDir, mode: u32) -> std::path::PathBuf {
        let path = dir.join("x.lua");
        fs::write(&path, "return").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_script_that_others_may_write_is_not_trusted_and_can_be_tried() {
        let dir = TempDir::new().unwrap();
        for (mode, wrong) in [(0o644, None), (0o664, Some("its group")), (0o666, Some("everybody"))] {
            let path = written(&dir, mode);
            let by = |trust| read(&path, trust);
            assert_eq!(by(Trust::Anybody).unwrap(), b"return");
            match (by(Trust::Owner), wrong) {
                (Ok(text), None) => assert_eq!(text, b"return"),
                (Err(error), Some(wrong)) => assert!(error.contains(wrong), "{error}"),
                (result, _) => panic!("{mode:o}: {result:?}"),
            }
        }
    }

    #[test]
    fn a_script_of_another_user_is_not_trusted() {
        if rustix::process::geteuid().as_raw() != 0 {
            return;
        }
        let dir = TempDir::new().unwrap();
        let path = written(&dir, 0o600);
        std::os::unix::fs::chown(&path, Some(5), None).unwrap();
        let error = read(&path, Trust::Owner).unwrap_err();
        assert!(error.contains("belongs to user 5") && error.ends_with("has to be root's"), "{error}");
    }

    #[test]
    fn what_is_no_file_or_too_long_is_not_read() {
        let dir = TempDir::new().unwrap();
        assert_eq!(read(dir.path(), Trust::Anybody), Err("the script is no regular file".to_owned()));
        assert_eq!(read(Path::new("/dev/zero"), Trust::Anybody), Err("the script is no regular file".to_owned()));
        let path = dir.join("long.lua");
        File::create(&path).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert_eq!(read(&path, Trust::Owner), Err(TOO_LONG.to_owned()));
        let error = read(&dir.join("none.lua"), Trust::Owner).unwrap_err();
        assert!(error.starts_with("cannot read the script") && error.contains("No such file"), "{error}");
    }
}
