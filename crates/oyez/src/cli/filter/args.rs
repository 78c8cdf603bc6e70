//! The part of the command line that is about filters.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `oyez filter`.
#[derive(Debug, Subcommand)]
pub enum FilterCommand {
    /// Say what each filter does with each event of audit logs
    ///
    /// A line for each event: its time, kind, serial and sentence, then each filter that did something, and what: dropped,
    /// kept, changed (with the members that are new, gone or different), error (with the reason), off (it
    /// was switched off after too many errors). At the end, what each filter did in all, and
    /// how long it took. Every filter is asked by itself here, so that its time is its own; `oyez run` asks matchers that stand
    /// together at once.
    Test(TestArgs),
    /// Measure what filters cost
    ///
    /// Reads the events of the logs, then formats them without and with the filters, by turns, and says how many events a
    /// second that makes.
    Bench(BenchArgs),
}

/// Which filters, and on which events.
#[derive(Debug, Clone, Default, Args)]
pub struct TriedArgs {
    /// A script (.lua), or a file with `filter` tables (.toml); may be given more than once
    #[arg(long = "filter", value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    pub filters: Vec<PathBuf>,

    /// The logs, read one after the other, plain or .gz or .zst; "-" or none is standard input
    #[arg(value_name = "LOG", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// Print JSON: an object for each event, and one with what each filter did
    #[arg(long)]
    pub json: bool,
}

/// `oyez filter test`.
#[derive(Debug, Clone, Default, Args)]
pub struct TestArgs {
    /// Which filters, and on which events.
    #[command(flatten)]
    pub tried: TriedArgs,

    /// Show those events only with which a filter did one of these, separated by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub only: Vec<Did>,

    /// Show no events, only what each filter did in all
    #[arg(long)]
    pub summary: bool,
}

/// `oyez filter bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Which filters, and on which events.
    #[command(flatten)]
    pub tried: TriedArgs,

    /// How often to measure; the middle one counts
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
}

/// What a filter did with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Did {
    /// It let the event go on as it was
    Passed,
    /// It dropped it
    Dropped,
    /// It kept it: no later filter was asked
    Kept,
    /// It tagged or rewrote it
    Changed,
    /// It failed
    Error,
    /// It was switched off after too many errors
    Off,
}

impl Did {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Did::Passed => "passed",
            Did::Dropped => "dropped",
            Did::Kept => "kept",
            Did::Changed => "changed",
            Did::Error => "error",
            Did::Off => "off",
        }
    }
}
