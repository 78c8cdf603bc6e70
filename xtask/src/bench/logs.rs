//! The logs to read: a recorded one, and a harsher one made of it, both grown to size.

mod grow;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::run;
use crate::tables::workspace_root;

/// A log to measure with.
pub(crate) struct Log {
    /// What it is, for people.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// The log it was grown from.
    pub(crate) seed: PathBuf,
}

impl Log {
    /// Its size in MB.
    pub(crate) fn megabytes(&self) -> Result<f64> {
        let size = self.path.metadata().with_context(|| format!("cannot read {}", self.path.display()))?.len();
        Ok(f64::from(u32::try_from(size / 1000)?) / 1000.0)
    }

    /// The same seed grown to another size.
    pub(crate) fn grown(&self, megabytes: u64) -> Result<PathBuf> {
        let path = self.path.with_file_name(format!("memory-{megabytes}.log"));
        grow::grow(&self.seed, &path, megabytes * 1_000_000)?;
        Ok(path)
    }
}

/// Makes the logs in the target directory, each of about `megabytes`.
pub(crate) fn prepare(megabytes: u64) -> Result<Vec<Log>> {
    let dir = run::target_dir().join("bench");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let Some(shared) = run::shared() else {
        let seed = workspace_root().join("corpus/own/plain.log");
        return Ok(vec![log(&dir, "corpus/own/plain.log", "own", seed, megabytes)?]);
    };
    let seed = dir.join("recorded-seed.log");
    unpack(&shared.join("corpus/recorded/raw-seed.log.zst"), &seed)?;
    let mut logs = vec![log(&dir, "recorded log", "recorded", seed.clone(), megabytes)?];
    let vary = shared.join("bench/vary-log.py");
    if vary.is_file() && run::find("python3").is_some() {
        let varied = dir.join("varied-seed.log");
        run::succeed(Command::new("python3").arg(vary).args([&seed, &varied]))?;
        logs.push(log(&dir, "varied log", "varied", varied, megabytes)?);
    }
    Ok(logs)
}

fn log(dir: &Path, name: &str, file: &str, seed: PathBuf, megabytes: u64) -> Result<Log> {
    let path = dir.join(format!("{file}-{megabytes}.log"));
    grow::grow(&seed, &path, megabytes * 1_000_000)?;
    Ok(Log { name: name.to_owned(), path, seed })
}

fn unpack(packed: &Path, log: &Path) -> Result<()> {
    ensure!(run::find("zstd").is_some(), "cannot unpack {}: zstd is not installed", packed.display());
    if log.exists() {
        // It has the mode of the packed one, which may forbid writing.
        std::fs::remove_file(log).with_context(|| format!("cannot remove {}", log.display()))?;
    }
    run::succeed(Command::new("zstd").args(["--decompress", "--quiet", "-o"]).arg(log).arg(packed))
}
