//! The figures of all runs, and what is asked of them: values, ratios of pairs, faults, the file of all rounds.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::once::Figures;

/// All runs, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Results(Vec<Run>);

/// One run.
#[derive(Debug)]
pub(super) struct Run {
    round: usize,
    load: String,
    contender: String,
    figures: Figures,
}

impl Run {
    /// What it came to, for whoever watches.
    pub(super) fn line(&self) -> String {
        let figures: Vec<_> = [
            "cpu_s",
            "kauditd_s",
            "per_second",
            "p99_us",
            "out_p99_us",
            "out_max_us",
            "errors",
            "lost",
            "backlog_waits",
            "missing",
            "again",
        ]
        .iter()
        .filter_map(|name| Some(format!("{name} {}", short(*self.figures.get(*name)?))))
        .collect();
        format!("round {} {} {}: {}", self.round, self.load, self.contender, figures.join(", "))
    }
}

impl Results {
    /// Adds a run.
    pub(super) fn add(&mut self, round: usize, load: &str, contender: &str, figures: Figures) -> &Run {
        self.0.push_mut(Run { round, load: load.to_owned(), contender: contender.to_owned(), figures })
    }

    /// How many runs there are.
    pub(super) fn runs(&self) -> usize {
        self.0.len()
    }

    /// How many rounds there were.
    pub(super) fn rounds(&self) -> usize {
        self.0.iter().map(|run| run.round).max().unwrap_or_default()
    }

    /// The figure of every round.
    pub(super) fn values(&self, load: &str, contender: &str, figure: &str) -> Vec<f64> {
        self.of(load, contender).filter_map(|run| run.figures.get(figure).copied()).collect()
    }

    /// In every round: this contender's figure by the other one's.
    pub(super) fn ratios(&self, load: &str, figure: &str, [contender, other]: [&str; 2]) -> Vec<f64> {
        let pair = |run: &Run| {
            let other = self.of(load, other).find(|other| other.round == run.round)?;
            Some(run.figures.get(figure)? / other.figures.get(figure)?)
        };
        self.of(load, contender).filter_map(pair).collect()
    }

    fn of(&self, load: &str, contender: &str) -> impl Iterator<Item = &Run> {
        self.0.iter().filter(move |run| run.load == load && run.contender == contender)
    }

    /// What must not be: things that the load did and that came out never or twice.
    pub(super) fn faults(&self) -> Vec<String> {
        let is_bad = |run: &&Run| {
            ["missing", "again"].iter().any(|name| run.figures.get(*name).is_some_and(|count| *count > 0.0))
        };
        self.0.iter().filter(is_bad).map(Run::line).collect()
    }

    /// All rounds as CSV: a line for each run, a column for each figure that any has.
    pub(super) fn csv(&self) -> String {
        let names: BTreeSet<_> = self.0.iter().flat_map(|run| run.figures.keys()).collect();
        let mut text = String::from("round,load,contender");
        for name in &names {
            text.extend([",", name]);
        }
        for run in &self.0 {
            text.push('\n');
            text.push_str(&[&run.round.to_string(), run.load.as_str(), run.contender.as_str()].join(","));
            for name in &names {
                text.push(',');
                if let Some(value) = run.figures.get(*name) {
                    // Writing to a String can't fail.
                    let _ = write!(text, "{}", short(*value));
                }
            }
        }
        text + "\n"
    }
}

/// A number with as many digits as it deserves.
pub(super) fn short(value: f64) -> String {
    let digits = match value.abs() {
        _ if value.fract() == 0.0 => 0,
        ..10.0 => 3,
        10.0..1000.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Runs of the load `open` in two rounds.
    pub(in crate::bench::live) fn two_rounds() -> Results {
        let mut results = Results::default();
        for (round, contender, cpu_s) in [(1, "floor", 0.5), (1, "oyez", 0.4), (2, "oyez", 0.3), (2, "floor", 0.25)] {
            let figures = [("cpu_s", cpu_s), ("done", 9.0), ("per_second", 50_000.4), ("missing", 0.0)];
            let figures = figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            results.add(round, "open", contender, figures);
        }
        results
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let ratios = two_rounds().ratios("open", "cpu_s", ["oyez", "floor"]);
        assert_eq!(ratios.iter().map(|ratio| short(*ratio)).collect::<Vec<_>>(), ["0.800", "1.200"]);
        assert!(two_rounds().ratios("open", "cpu_s", ["oyez", "auditd-raw"]).is_empty());
    }

    #[test]
    fn what_did_not_come_out_once_is_a_fault() {
        let mut results = two_rounds();
        assert!(results.faults().is_empty());
        results.add(3, "open", "oyez", [("missing".to_owned(), 2.0)].into());
        assert_eq!(results.faults(), ["round 3 open oyez: missing 2"]);
    }

    #[test]
    fn every_run_is_a_line_with_a_column_for_each_figure() {
        let mut results = two_rounds();
        results.add(3, "idle", "oyez", [("sleeps".to_owned(), 1.0)].into());
        let csv = results.csv();
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines[0], "round,load,contender,cpu_s,done,missing,per_second,sleeps");
        assert_eq!(lines[1], "1,open,floor,0.500,9,0,50000,");
        assert_eq!(lines[5], "3,idle,oyez,,,,,1");
    }
}
