//! The command line of `oyez suggest`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::time::{self, Moment};

/// `oyez suggest`.
#[derive(Debug, Clone, Default, Args)]
pub struct SuggestArgs {
    /// The logs, read one after the other, plain or .gz or .zst; "-" or none is standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// Look only at events from this time on: 2026-11-23, 2026-11-23T04:20[:11[.360]] in UTC, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub since: Option<Moment>,

    /// Look only at events up to this time; a date alone is the whole day
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub until: Option<Moment>,

    /// Make at most this many suggestions
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub max: u16,

    /// Make none that saves less than this share of all bytes
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = share)]
    pub min_share: u64,

    /// Print one JSON object
    #[arg(long, conflicts_with_all = ["filters", "rules"])]
    pub json: bool,

    /// Print only the filters, for a configuration
    #[arg(long, conflicts_with = "rules")]
    pub filters: bool,

    /// Print only the kernel's rules, for a rules file that comes before those that record
    #[arg(long)]
    pub rules: bool,
}

/// Reads `1`, `1%`, `0.25%` into hundredths of a percent.
fn share(text: &str) -> Result<u64, &'static str> {
    const WRONG: &str = "expected a percentage from 0.01% to 100%, with two digits behind the point at most";
    let number = text.strip_suffix('%').unwrap_or(text);
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    let part = match part.len() {
        1 => digits(part).map(|part| part * 10),
        2 => digits(part),
        _ => None,
    };
    let whole = if whole.len() <= 3 { digits(whole) } else { None };
    let share = whole.zip(part).map(|(whole, part)| whole * 100 + part);
    share.filter(|share| (1..=10_000).contains(share)).ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_to_a_hundredth_of_a_percent() {
        for (text, hundredths) in [("1%", 100), ("1", 100), ("0.25%", 25), ("0.5", 50), ("100%", 10_000), ("0.01", 1)] {
            assert_eq!(share(text), Ok(hundredths), "{text}");
        }
        for text in ["", "%", "0", "0%", "101%", "1.234%", "1e2", "-1", "+1", "1,5", ".5", "1.", "99999999999999999999"]
        {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
