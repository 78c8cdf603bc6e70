//! `docs/benchmarks.md`: the sections that `cargo xtask bench … --write` keeps up to date. The rest of the page is hand-kept.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run;
use crate::tables::workspace_root;

const PAGE: &str = "docs/benchmarks.md";

/// What a section is about.
#[derive(Clone, Copy)]
pub(crate) enum Section {
    /// Reading logs.
    Offline,
    /// Hearing the kernel.
    Live,
    /// What filters cost.
    Filters,
}

impl Section {
    /// The lines before and behind it.
    fn marks(self) -> [String; 2] {
        let name = match self {
            Self::Offline => "offline",
            Self::Live => "live",
            Self::Filters => "filters",
        };
        ["begin", "end"].map(|side| format!("<!-- cargo xtask bench {name}: {side} -->\n"))
    }
}

/// Puts the `results` of so many rounds into the page.
pub(crate) fn write(section: Section, results: &str, rounds: usize) -> Result<()> {
    let path = workspace_root().join(PAGE);
    let page = run::read(&path)?;
    let mut text = String::new();
    writeln!(text, "{}; {}; {rounds} rounds.\n", date()?, machine()?)?;
    text.push_str(results);
    let page = replaced(&page, section, &text).with_context(|| format!("{PAGE} has no place for the results"))?;
    run::write(&path, &page)
}

/// The page with what stands between the marks replaced; `None` where a mark is missing.
fn replaced(page: &str, section: Section, text: &str) -> Option<String> {
    let [begin, end] = section.marks();
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{text}\n{end}{after}"))
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
        let [begin, end] = Section::Live.marks();
        let page = format!("# Head\n{begin}old\n{end}tail\n");
        assert_eq!(replaced(&page, Section::Live, "new\n").unwrap(), format!("# Head\n{begin}\nnew\n\n{end}tail\n"));
        assert_eq!(replaced(&page, Section::Offline, "new"), None);
        assert_eq!(replaced("# Head\n", Section::Live, "new"), None);
    }

    #[test]
    fn the_committed_page_has_a_place_for_each() {
        let page = run::read(&workspace_root().join(PAGE)).unwrap();
        for section in [Section::Offline, Section::Live, Section::Filters] {
            assert!(replaced(&page, section, "").is_some());
        }
    }
}
