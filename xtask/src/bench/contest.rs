//! `oyez parse` against `ausearch --raw` on one log, in turns.

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result};

use super::logs::Log;
use super::{measure, stats};
use crate::run;

/// Runs the rounds and says in Markdown what came of them.
pub(crate) fn run(log: &Log, rounds: usize) -> Result<String> {
    let path = log.path.to_str().context("a path that is not UTF-8")?;
    let oyez = super::program()?;
    let mut oyez_s = Vec::new();
    let mut ausearch_s = Vec::new();
    for round in 1..=rounds {
        oyez_s.push(measure::usage(&[&oyez, "parse", path, "--format", "json"])?.cpu_s);
        if let Some(ausearch) = run::find("ausearch") {
            let ausearch = ausearch.display().to_string();
            ausearch_s.push(measure::usage(&[&ausearch, "--raw", "--input", path])?.cpu_s);
        }
        let last = |seconds: &[f64]| seconds.last().map_or_else(|| "-".to_owned(), |last| format!("{last:.3} s"));
        writeln!(stdout(), "{} round {round}: oyez {}, ausearch {}", log.name, last(&oyez_s), last(&ausearch_s))?;
    }
    Ok(text(&log.name, log.megabytes()?, &oyez_s, &ausearch_s))
}

fn text(name: &str, megabytes: f64, oyez_s: &[f64], ausearch_s: &[f64]) -> String {
    let rate = |seconds: &[f64]| megabytes / stats::median(seconds.to_vec());
    let ratio = if ausearch_s.is_empty() {
        "ausearch is not installed".to_owned()
    } else {
        let ratios: Vec<f64> = oyez_s.iter().zip(ausearch_s).map(|(oyez, ausearch)| ausearch / oyez).collect();
        let stats::Estimate { median, low, high } = stats::estimate(&ratios);
        format!("ausearch --raw {:.0}; **{median:.1} times** (95 %: {low:.1} to {high:.1})", rate(ausearch_s))
    };
    let rounds = oyez_s.len();
    format!(
        "- {name}, {megabytes:.0} MB, {rounds} rounds, MB per CPU second: oyez parse {:.0}, {ratio}\n",
        rate(oyez_s)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_round_by_round() {
        let told = text("log", 100.0, &[0.1, 0.2, 0.1], &[1.0, 2.0, 1.2]);
        assert_eq!(
            told,
            "- log, 100 MB, 3 rounds, MB per CPU second: oyez parse 1000, ausearch --raw 83; **10.0 times** (95 %: 10.0 to 12.0)\n"
        );
        assert!(text("log", 1.0, &[1.0], &[]).contains("not installed"));
    }
}
