//! oyez against a program of auditd's on one log, in turns: `oyez parse` against `ausearch --raw`, `oyez report` against
//! `aureport`.

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result};

use super::logs::Log;
use super::{measure, stats};
use crate::run;

/// Who runs against whom; `FILE` stands for the log.
struct Pair {
    ours: &'static [&'static str],
    name: &'static str,
    program: &'static str,
    theirs: &'static [&'static str],
    label: &'static str,
}

const PAIRS: [Pair; 2] = [
    Pair {
        ours: &["parse", "FILE", "--format", "json"],
        name: "oyez parse",
        program: "ausearch",
        theirs: &["--raw", "--input", "FILE"],
        label: "ausearch --raw",
    },
    Pair {
        ours: &["report", "FILE"],
        name: "oyez report",
        program: "aureport",
        theirs: &["--input", "FILE"],
        label: "aureport",
    },
];

/// Runs the rounds of all pairs and says in Markdown what came of them.
pub(crate) fn run(log: &Log, rounds: usize) -> Result<String> {
    PAIRS.iter().map(|pair| run_pair(pair, log, rounds)).collect()
}

fn run_pair(pair: &Pair, log: &Log, rounds: usize) -> Result<String> {
    let path = log.path.to_str().context("a path that is not UTF-8")?;
    let oyez = super::program()?;
    let peer = run::find(pair.program).map(|program| program.display().to_string());
    let (mut ours_s, mut theirs_s) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        ours_s.push(measure::usage(&words(&oyez, pair.ours, path))?.cpu_s);
        if let Some(peer) = &peer {
            theirs_s.push(measure::usage(&words(peer, pair.theirs, path))?.cpu_s);
        }
        let last = |seconds: &[f64]| seconds.last().map_or_else(|| "-".to_owned(), |last| format!("{last:.3} s"));
        let (ours, theirs) = (last(&ours_s), last(&theirs_s));
        writeln!(stdout(), "{} round {round}: {} {ours}, {} {theirs}", log.name, pair.name, pair.program)?;
    }
    Ok(text(pair, &log.name, log.megabytes()?, &ours_s, &theirs_s))
}

fn words<'a>(program: &'a str, words: &[&'a str], path: &'a str) -> Vec<&'a str> {
    let word = |word: &&'a str| if *word == "FILE" { path } else { word };
    [program].into_iter().chain(words.iter().map(word)).collect()
}

fn text(pair: &Pair, name: &str, megabytes: f64, ours_s: &[f64], theirs_s: &[f64]) -> String {
    let rate = |seconds: &[f64]| megabytes / stats::median(seconds.to_vec());
    let ratio = if theirs_s.is_empty() {
        format!("{} is not installed", pair.program)
    } else {
        let ratios: Vec<f64> = ours_s.iter().zip(theirs_s).map(|(ours, theirs)| theirs / ours).collect();
        let stats::Estimate { median, low, high } = stats::estimate(&ratios);
        format!("{} {:.0}; **{median:.1} times** (95 %: {low:.1} to {high:.1})", pair.label, rate(theirs_s))
    };
    let rounds = ours_s.len();
    format!(
        "- {name}, {megabytes:.0} MB, {rounds} rounds, MB per CPU second: {} {:.0}, {ratio}\n",
        pair.name,
        rate(ours_s)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_round_by_round() {
        let told = text(&PAIRS[0], "log", 100.0, &[0.1, 0.2, 0.1], &[1.0, 2.0, 1.2]);
        assert_eq!(
            told,
            "- log, 100 MB, 3 rounds, MB per CPU second: oyez parse 1000, ausearch --raw 83; **10.0 times** (95 %: 10.0 to 12.0)\n"
        );
        assert!(text(&PAIRS[1], "log", 1.0, &[1.0], &[]).contains("aureport is not installed"));
    }
}
