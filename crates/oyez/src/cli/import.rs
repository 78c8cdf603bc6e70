//! `oyez import`: the configurations of others as oyez's, on standard output; what has no counterpart on standard error.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::args::{ImportAuditdArgs, ImportCommand};
use super::stdio;
use crate::exit::Exit;
use crate::import::{self, Entries, Files};

/// A configuration is not larger, in bytes.
const MAX: u64 = 1 << 20;

/// Imports what is asked for.
///
/// # Errors
/// A file cannot be read, or standard output can't be written.
pub(super) fn run(command: &ImportCommand) -> anyhow::Result<Exit> {
    let ImportCommand::Auditd(args) = command;
    let imported = import::auditd(&read(args)?);
    for remark in &imported.remarks {
        stdio::note(&remark.to_string());
    }
    stdio::answer(imported.toml.as_bytes())?;
    Ok(if imported.is_complete() { Exit::Done } else { Exit::Incomplete })
}

fn read(args: &ImportAuditdArgs) -> anyhow::Result<Files> {
    let conf = Entries::read(&name(&args.auditd_conf), &text(&args.auditd_conf)?);
    let plugins = match &args.plugins_dir {
        Some(dir) => plugins(dir)?,
        // auditd goes without where the directory is not there.
        None => {
            Some(Path::new(import::plugins_dir(&conf))).filter(|dir| dir.exists()).map_or(Ok(Vec::new()), plugins)?
        }
    };
    Ok(Files { conf, plugins })
}

/// The files that auditd would read, by name.
fn plugins(dir: &Path) -> anyhow::Result<Vec<Entries>> {
    let what = || Exit::Io.because(format!("cannot read plugins in {:?}", dir.display().to_string()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).with_context(what)? {
        let path = entry.with_context(what)?.path();
        if import::is_plugin(&name(&path)) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    paths.iter().map(|path| Ok(Entries::read(&name(path), &text(path)?))).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn text(path: &Path) -> anyhow::Result<String> {
    let what = || Exit::Io.because(format!("cannot read {:?}", path.display().to_string()));
    let bytes = fs::metadata(path).with_context(what)?.len();
    if bytes > MAX {
        return Err(Exit::Usage.because(format!("{:?} is larger than 1 MiB", path.display().to_string())).into());
    }
    Ok(String::from_utf8_lossy(&fs::read(path).with_context(what)?).into_owned())
}
