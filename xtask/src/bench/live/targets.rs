//! What oyez is to reach on each load, beside what it reached.

use super::results::{Results, short};
use super::table::heading;
use crate::bench::stats;

/// A target: over the rounds, the median of a figure (or ratio), or the worst of a count, against a bound.
struct Target {
    load: &'static str,
    what: &'static str,
    measure: Measure,
    bound: Bound,
}

#[derive(Clone, Copy)]
enum Measure {
    /// A figure of the first contender by that of the second.
    Ratio(&'static str, [&'static str; 2]),
    /// The worst of all rounds.
    Worst(&'static str),
    /// CPU by the time the load took, in percent.
    CpuPercent,
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

const CPU: Measure = Measure::Ratio("cpu_s", ["oyez", "floor"]);
const RATE: Measure = Measure::Ratio("per_second", ["oyez", "floor"]);
const SLOWEST: &str = "slowest event out, µs";
const RSS: &str = "most memory, KiB";
/// 24 and 12 MB.
const MOST_KIB: f64 = 23_437.0;
const START_KIB: f64 = 11_718.0;

const TARGETS: &[Target] = &[
    target("http", "CPU ÷ floor", CPU, Bound::AtMost(1.0)),
    target("http", "auditd RAW's CPU ÷ oyez's", Measure::Ratio("cpu_s", ["auditd-raw", "oyez"]), Bound::AtLeast(6.0)),
    target(
        "http",
        "auditd ENRICHED's CPU ÷ oyez's",
        Measure::Ratio("cpu_s", ["auditd-enriched", "oyez"]),
        Bound::AtLeast(9.0),
    ),
    target("http", "requests/s ÷ floor", RATE, Bound::AtLeast(0.97)),
    target("http", "p99 ÷ floor", Measure::Ratio("p99_us", ["oyez", "floor"]), Bound::AtMost(1.15)),
    target("http", "lost", Measure::Worst("lost"), Bound::AtMost(0.0)),
    target("http", "backlog waits", Measure::Worst("backlog_waits"), Bound::AtMost(0.0)),
    target("http", "requests missing", Measure::Worst("missing"), Bound::AtMost(0.0)),
    target("http", "requests told again", Measure::Worst("again"), Bound::AtMost(0.0)),
    target("http", RSS, Measure::Worst("max_rss_kib"), Bound::AtMost(MOST_KIB)),
    target("open", "CPU ÷ floor", CPU, Bound::AtMost(1.0)),
    target("open", "opens/s ÷ floor", RATE, Bound::AtLeast(0.95)),
    target("open", "opens missing", Measure::Worst("missing"), Bound::AtMost(0.0)),
    target("open", "opens told again", Measure::Worst("again"), Bound::AtMost(0.0)),
    target("open", RSS, Measure::Worst("max_rss_kib"), Bound::AtMost(MOST_KIB)),
    target("exec", "CPU ÷ floor", CPU, Bound::AtMost(1.2)),
    target("exec", "runs missing", Measure::Worst("missing"), Bound::AtMost(0.0)),
    target("exec", "runs told again", Measure::Worst("again"), Bound::AtMost(0.0)),
    target("exec", RSS, Measure::Worst("max_rss_kib"), Bound::AtMost(MOST_KIB)),
    target("openpaced", "CPU, % of a core", Measure::CpuPercent, Bound::AtMost(1.5)),
    target("openpaced", "opens missing", Measure::Worst("missing"), Bound::AtMost(0.0)),
    target("openpaced", SLOWEST, Measure::Worst("out_max_us"), Bound::AtMost(100_000.0)),
    target("quiet", SLOWEST, Measure::Worst("out_max_us"), Bound::AtMost(10_000.0)),
    target("quiet", "opens missing", Measure::Worst("missing"), Bound::AtMost(0.0)),
    target("idle", "times a thread woke", Measure::Worst("sleeps"), Bound::AtMost(0.0)),
    target("idle", "memory at start, KiB", Measure::Worst("start_rss_kib"), Bound::AtMost(START_KIB)),
];

const fn target(load: &'static str, what: &'static str, measure: Measure, bound: Bound) -> Target {
    Target { load, what, measure, bound }
}

/// The table; a target for which nothing was measured is left out.
pub(super) fn text(results: &Results) -> String {
    let mut text = String::from("| load | what | target | measured | |\n|---|---|---|---|---|\n");
    TARGETS.iter().filter_map(|target| target.row(results)).for_each(|row| text.push_str(&row));
    text + "\n"
}

impl Target {
    fn row(&self, results: &Results) -> Option<String> {
        let (value, words) = self.measure.of(results, self.load)?;
        let (target, kept) = match self.bound {
            Bound::AtMost(bound) => (format!("≤ {bound}"), value <= bound),
            Bound::AtLeast(bound) => (format!("≥ {bound}"), value >= bound),
        };
        let kept = if kept { "yes" } else { "**no**" };
        Some(format!("| {} | {} | {target} | {words} | {kept} |\n", heading(self.load), self.what))
    }
}

impl Measure {
    /// The value that is judged, and how it is told.
    fn of(self, results: &Results, load: &str) -> Option<(f64, String)> {
        let values = match self {
            Self::Worst(figure) => {
                let worst = results.values(load, "oyez", figure).into_iter().reduce(f64::max)?;
                return Some((worst, short(worst)));
            }
            Self::Ratio(figure, pair) => results.ratios(load, figure, pair),
            Self::CpuPercent => {
                let seconds = results.values(load, "oyez", "seconds");
                let cpu = results.values(load, "oyez", "cpu_s");
                cpu.iter().zip(seconds).map(|(cpu, seconds)| 100.0 * cpu / seconds).collect()
            }
        };
        let stats::Estimate { median, low, high } = stats::estimate(&values);
        median.is_finite().then(|| (median, format!("{median:.2} ({low:.2} to {high:.2})")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::two_rounds;
    use super::*;

    #[test]
    fn each_target_that_was_measured_is_judged() {
        let mut results = two_rounds();
        let told = text(&results);
        assert!(told.contains("| Opens, flat out | CPU ÷ floor | ≤ 1 | 1.00 (0.80 to 1.20) | yes |\n"), "{told}");
        assert!(!told.contains("HTTP"), "{told}");
        results.add(3, "open", "oyez", [("missing".to_owned(), 1.0)].into());
        let told = text(&results);
        assert!(told.contains("| Opens, flat out | opens missing | ≤ 0 | 1 | **no** |\n"), "{told}");
    }
}
