//! `docs/benchmarks.md`: the section that `cargo xtask bench --write` keeps up to date. The rest of the page is hand-kept.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::Options;
use crate::run;
use crate::tables::workspace_root;

const PAGE: &str = "docs/benchmarks.md";
const BEGIN: &str = "<!-- cargo xtask bench: begin -->\n";
const END: &str = "<!-- cargo xtask bench: end -->\n";

/// Puts `results` into the page.
pub(crate) fn write(results: &str, options: &Options) -> Result<()> {
    let path = workspace_root().join(PAGE);
    let page = run::read(&path)?;
    let mut section = String::new();
    writeln!(section, "{}; {}; {} rounds.\n", date()?, machine()?, options.rounds)?;
    section.push_str(results);
    let page = replaced(&page, &section).with_context(|| format!("{PAGE} has no place for the results"))?;
    run::write(&path, &page)
}

/// The page with what stands between the marks replaced; `None` where a mark is missing.
fn replaced(page: &str, section: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{section}\n{END}{after}"))
}

fn date() -> Result<String> {
    let output = run::output(Command::new("date").args(["--utc", "+%Y-%m-%d"]))?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The processor, how many of them, the kernel.
fn machine() -> Result<String> {
    let processors = run::read("/proc/cpuinfo".as_ref())?;
    let is_model = |line: &&str| line.starts_with("model name");
    let model = processors
        .lines()
        .find(is_model)
        .and_then(|line| line.split_once(": "))
        .map_or("processor", |(_, model)| model);
    let count = std::thread::available_parallelism().context("cannot count processors")?;
    let kernel = run::read("/proc/sys/kernel/osrelease".as_ref())?;
    let version = kernel.trim().split('-').next().unwrap_or_default();
    Ok(format!("{count} × {model}, Linux {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let page = format!("# Head\n{BEGIN}old\n{END}tail\n");
        assert_eq!(replaced(&page, "new\n").unwrap(), format!("# Head\n{BEGIN}\nnew\n\n{END}tail\n"));
        assert_eq!(replaced("# Head\n", "new"), None);
    }

    #[test]
    fn the_committed_page_has_a_place() {
        let page = run::read(&workspace_root().join(PAGE)).unwrap();
        assert!(replaced(&page, "").is_some());
    }
}
