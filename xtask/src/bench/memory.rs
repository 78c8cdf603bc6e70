//! How much memory `oyez parse` takes for a small and a big log.

use anyhow::{Context as _, Result};

use super::logs::Log;
use super::measure;

/// The sizes, in MB.
const SIZES: [u64; 2] = [10, 1000];

/// Measures both and says in Markdown what came of it. The logs are removed again.
pub(crate) fn run(log: &Log) -> Result<String> {
    let oyez = super::program()?;
    let mut told = Vec::new();
    for megabytes in SIZES {
        let path = log.grown(megabytes)?;
        let words = [oyez.as_str(), "parse", path.to_str().context("a path that is not UTF-8")?, "--format", "json"];
        let usage = measure::usage(&words);
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        told.push(format!("{} KiB for {megabytes} MB", usage?.max_rss_kib));
    }
    Ok(format!("- memory at most (resident), {}: {}\n", log.name, told.join(", ")))
}
