//! Which rules files there are, and what is in them.
//!
//! Names of files and folders in, texts out. A folder stands for the files in it whose names end in `.rules`. Refused: what
//! cannot be read or is longer than [`MOST_BYTES`] and, where rules are to be applied, a file that others than root could
//! have written, as `auditctl -R` refuses it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use oyez_rules::file::{is_rules_file, natural};

use crate::exit::Exit;

/// Where rules are looked for when none are named: the first of these folders that is there.
pub(crate) const DEFAULT_DIRS: [&str; 2] = ["/etc/oyez/rules.d", "/etc/audit/rules.d"];

/// No rules file is longer: each of the 65,536 rules it has room for would cost every system call of the host.
const MOST_BYTES: u64 = 16 << 20;

/// A rules file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RulesFile {
    pub(crate) path: PathBuf,
    pub(crate) text: Vec<u8>,
}

/// Who may have written a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Anybody: the rules are only looked at.
    Anybody,
    /// Root alone.
    Root,
}

/// Reads the files that are named, and those of the folders that are; of the default folder if none are.
///
/// # Errors
/// [`Exit::Io`] where a name leads to nothing that can be read, [`Exit::Usage`] where a file is not to be trusted.
pub(crate) fn read(named: &[PathBuf], trust: Trust) -> anyhow::Result<Vec<RulesFile>> {
    let default = || DEFAULT_DIRS.map(PathBuf::from).into_iter().find(|dir| dir.is_dir());
    let named = match named {
        [] => vec![default().with_context(|| {
            Exit::Io.because(format!("cannot find rules: there is no {}", DEFAULT_DIRS.join(" and no ")))
        })?],
        named => named.to_vec(),
    };
    let mut files = Vec::new();
    for path in named {
        for path in if path.is_dir() { of_folder(&path)? } else { vec![path] } {
            let text = read_one(&path, trust)?;
            files.push(RulesFile { path, text });
        }
    }
    Ok(files)
}

/// The rules files of a folder, in the order in which they count.
fn of_folder(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.with_context(|| Exit::Io.because(format!("cannot read rules folder {}", quoted(dir))))?;
    let mut names: Vec<_> = entries.into_iter().map(|entry| entry.file_name()).collect();
    names.retain(|name| is_rules_file(name.as_bytes()));
    names.sort_by(|a, b| natural(a.as_bytes(), b.as_bytes()));
    Ok(names.into_iter().map(|name| dir.join(name)).collect())
}

fn read_one(path: &Path, trust: Trust) -> anyhow::Result<Vec<u8>> {
    let cannot = || Exit::Io.because(format!("cannot read rules file {}", quoted(path)));
    let file = File::open(path).with_context(cannot)?;
    if trust == Trust::Root {
        let problem = distrust(&file.metadata().with_context(cannot)?);
        if let Some(problem) = problem {
            anyhow::bail!(Exit::Usage.because(format!("cannot trust rules file {}: {problem}", quoted(path))));
        }
    }
    let mut text = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut text).with_context(cannot)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(anyhow::anyhow!("it is longer than {} MiB", MOST_BYTES >> 20)).with_context(cannot);
    }
    Ok(text)
}

/// Why a file's rules are not to be applied, if so.
pub(crate) fn distrust(metadata: &fs::Metadata) -> Option<&'static str> {
    match () {
        () if !metadata.is_file() => Some("it is no regular file"),
        () if metadata.len() > MOST_BYTES => Some("it is longer than 16 MiB"),
        () if metadata.uid() != 0 => Some("it is not root's"),
        () if metadata.permissions().mode() & 0o002 != 0 => Some("everybody may write it"),
        () => None,
    }
}

/// A path as messages show it.
pub(crate) fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

#[cfg(test)]
mod tests {
    use oyez_testkit::TempDir;

    use super::*;

    #[test]
    fn a_folder_gives_its_rules_files_in_natural_order_and_no_others() {
        let dir = TempDir::new().unwrap();
        for name in ["100-b.rules", "20-a.rules", "20-a.rules.old", ".20-a.rules", "README"] {
            fs::write(dir.join(name), name).unwrap();
        }
        let one = dir.join("README");
        let files = read(&[dir.path().to_owned(), one.clone()], Trust::Anybody).unwrap();
        let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
        assert_eq!(paths, [dir.join("20-a.rules"), dir.join("100-b.rules"), one]);
        assert_eq!(files[1].text, b"100-b.rules");
    }

    #[test]
    fn what_cannot_be_read_says_so_with_its_cause() {
        let error = read(&[PathBuf::from("/nonexistent/a.rules")], Trust::Anybody).unwrap_err();
        assert_eq!(crate::exit::of(&error), Exit::Io);
        assert!(format!("{error:#}").starts_with("cannot read rules file \"/nonexistent/a.rules\": "), "{error:#}");
    }

    #[test]
    fn a_file_that_everybody_may_write_is_looked_at_but_not_applied() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("open.rules");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(read(std::slice::from_ref(&path), Trust::Anybody).unwrap().len(), 1);
        let error = read(&[path], Trust::Root).unwrap_err();
        assert_eq!(crate::exit::of(&error), Exit::Usage);
    }
}
