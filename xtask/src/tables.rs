//! `cargo xtask tables`: the tables of `crates/oyez-tables`, from named sources to committed Rust.
//!
//! Two steps, so that a build and CI need no header packages:
//! 1. `--extract` reads Debian's kernel and libc headers (apt-get installs what is missing) and writes the facts, with
//!    package versions, to `xtask/tables/sources/*.csv`. What those headers are too old for is hand-kept in
//!    `xtask/tables/supplement/*.csv`, names and kinds of field keys in `sources/keys.csv` and `sources/orders.csv`, what
//!    their values mean in `sources/meanings.csv` and `sources/values.csv`.
//! 2. Without arguments: CSV files → `crates/oyez-tables/src/**/generated.rs`. No network, no packages.
//!
//! `--check` does both in memory and fails where a committed file differs; step 1 only where the packages are installed.

mod arches;
mod arguments;
mod csv;
mod emit;
mod errnos;
mod extract;
mod families;
mod flags;
mod keys;
pub(crate) mod kinds;
mod meanings;
mod orders;
mod perfect;
pub(crate) mod record_types;
mod syscalls;
mod values;

use std::fs;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// A file this command writes: path from the workspace's root, and its text.
pub(crate) struct Output {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Runs the command with the arguments after `tables`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let root = workspace_root();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => write(&root, &generate(&root)?),
        ["--extract"] => {
            extract::install_missing()?;
            write(&root, &extract::extract()?)?;
            write(&root, &generate(&root)?)
        }
        ["--check"] => check(&root),
        _ => bail!("unknown argument; usage: cargo xtask tables [--extract | --check]"),
    }
}

/// Step 2: every generated Rust file.
fn generate(root: &Path) -> Result<Vec<Output>> {
    let tables = root.join("xtask/tables");
    let types = record_types::load(&tables)?;
    Ok(vec![
        record_types::generate(&types)?,
        keys::generate(&tables, &types)?,
        meanings::generate(&tables, &types)?,
        values::generate(&tables)?,
        arches::generate(&tables)?,
        errnos::generate(&tables)?,
        errnos::words(&tables)?,
        families::generate(&tables)?,
        syscalls::generate(&tables)?,
        flags::generate(&tables)?,
        arguments::generate(&tables)?,
    ])
}

fn write(root: &Path, outputs: &[Output]) -> Result<()> {
    for output in outputs {
        let path = root.join(&output.path);
        fs::write(&path, &output.text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn check(root: &Path) -> Result<()> {
    let mut outputs = generate(root)?;
    let missing = extract::missing_packages();
    if missing.is_empty() {
        outputs.extend(extract::extract()?);
    } else {
        writeln!(stdout(), "tables: sources not compared with the headers: {} not installed", missing.join(", "))?;
    }
    let mut differing = Vec::new();
    for output in &outputs {
        let path = root.join(&output.path);
        let committed = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Some(difference) = first_difference(&facts(&committed), &facts(&output.text)) {
            differing.push(format!("{}:{difference}", output.path));
        }
    }
    if !differing.is_empty() {
        bail!("tables differ from their sources; run `cargo xtask tables`:\n{}", differing.join("\n"));
    }
    writeln!(stdout(), "tables: {} files as generated", outputs.len())?;
    Ok(())
}

/// A source file without its `#` lines, which name package versions: a newer package with the same facts is no
/// difference. Other text as it is.
fn facts(text: &str) -> String {
    if !text.starts_with("# ") {
        return text.to_owned();
    }
    text.lines().map(|line| if line.starts_with('#') { "\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// Line number and both lines where two texts part, or `None` if they are the same.
fn first_difference(committed: &str, generated: &str) -> Option<String> {
    if committed == generated {
        return None;
    }
    let (mut left, mut right) = (committed.lines(), generated.lines());
    for line in 1.. {
        let (old, new) = (left.next(), right.next());
        if old != new || (old.is_none() && new.is_none()) {
            let (old, new) = (old.unwrap_or("(end of file)"), new.unwrap_or("(end of file)"));
            return Some(format!("{line}:\n  committed: {old}\n  generated: {new}"));
        }
    }
    None
}

/// The workspace's root, known from where this crate's manifest was when it was built.
pub(crate) fn workspace_root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_names_the_first_line_that_parts() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        let difference = first_difference("a\nb\n", "a\nc\n").unwrap();
        assert!(
            difference.starts_with("2:") && difference.contains("committed: b") && difference.contains("generated: c")
        );
        assert!(first_difference("a\n", "a\nb\n").unwrap().contains("(end of file)"));
        assert!(first_difference("a", "a\n").is_some());
    }

    #[test]
    fn package_versions_are_no_facts() {
        let old = facts("# from a 1.0\nname\nx\n");
        assert_eq!(first_difference(&old, &facts("# from a 1.1\nname\nx\n")), None);
        assert!(first_difference(&old, &facts("# from a 1.0\nname\ny\n")).unwrap().starts_with("3:"));
        assert_eq!(facts("//! Rust.\n# no mark\n"), "//! Rust.\n# no mark\n");
    }

    #[test]
    fn committed_files_are_what_the_sources_give() {
        let root = workspace_root();
        for output in generate(&root).unwrap() {
            let committed = fs::read_to_string(root.join(&output.path)).unwrap();
            assert_eq!(first_difference(&committed, &output.text), None, "{}", output.path);
        }
    }
}
