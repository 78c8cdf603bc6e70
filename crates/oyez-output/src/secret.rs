//! Secrets come from files, not from the configuration's text: a path in, its content out, for as long as it is needed.
//!
//! Refuses files that others than their owner, and a group that may only read, can touch, and files that are too large.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::sink::Failure;

/// No secret is longer, in bytes.
const MAX: u64 = 64 << 10;

/// A file with a secret; it is read each time it is asked for, so that it can be changed without a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret(PathBuf);

impl Secret {
    /// What is in this file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file's content without the line feed at its end.
    ///
    /// # Errors
    /// The file cannot be read, is not text, or others may read or write it.
    pub fn read(&self) -> Result<String, Failure> {
        let failed =
            |why: &str| Failure::new(format!("cannot use secret file {:?}: {why}", self.0.display().to_string()));
        let io = |error: std::io::Error| {
            Failure::new(format!("cannot read secret file {:?}", self.0.display().to_string())).because(error)
        };
        let file = File::open(&self.0).map_err(io)?;
        let meta = file.metadata().map_err(io)?;
        if !meta.is_file() {
            return Err(failed("it is not a regular file"));
        }
        if meta.mode() & 0o027 != 0 {
            return Err(failed("others than its owner may read or change it (chmod 600)"));
        }
        let mut text = String::new();
        file.take(MAX + 1).read_to_string(&mut text).map_err(io)?;
        if text.len() as u64 > MAX {
            return Err(failed("it is larger than 64 KiB"));
        }
        let end = text.trim_end_matches(['\n', '\r']).len();
        text.truncate(end);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use oyez_testkit::TempDir;

    use super::*;

    #[test]
    fn a_secret_is_read_only_where_nobody_else_can() {
        let dir = TempDir::new().unwrap();
        let path = dir.join("token");
        fs::write(&path, "s3cret\n").unwrap();
        for (mode, fits) in
            [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o660, false), (0o602, false)]
        {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let read = Secret::at(&path).read();
            assert_eq!(read.as_deref().ok(), fits.then_some("s3cret"), "{mode:o}");
        }
        let missing = Secret::at(dir.join("none")).read().unwrap_err().told();
        assert!(missing.starts_with("cannot read secret file") && missing.contains("No such file"), "{missing}");
    }
}
