//! The command line of `oyez report`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use oyez_report::{Format, Step, Topic};

use crate::cli::time::{self, Moment};

/// `oyez report`.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct ReportArgs {
    /// The logs, read one after the other, plain or .gz or .zst; "-" or none is standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// Show these tables, separated by commas, instead of the overview
    #[arg(long = "table", short, value_name = "TABLES", value_delimiter = ',', value_parser = topics())]
    pub tables: Vec<Topic>,

    /// Count events by the time at which they began, in UTC
    ///
    /// At most 100,000 slots are kept, the first that come: of a minute they are 69 days.
    #[arg(long, value_name = "STEP", value_enum)]
    pub by: Option<By>,

    /// Show at most this many rows of each table; 0 for all
    ///
    /// Unless told, five in the overview and all of tables that were asked for.
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Count only events that failed
    #[arg(long, conflicts_with = "success")]
    pub failed: bool,

    /// Count only events that succeeded
    #[arg(long)]
    pub success: bool,

    /// Count only events from this time on: 2026-11-23, 2026-11-23T04:20[:11[.360]] in UTC, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub since: Option<Moment>,

    /// Count only events up to this time; a date alone is the whole day
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub until: Option<Moment>,

    /// How to write the report
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: As,

    /// Report on the kernel's events as they come, until Ctrl-C (needs root)
    ///
    /// Listens by multicast, beside any audit daemon, and changes nothing. The report is shown anew at every interval, and a
    /// last time at the end; to a terminal it is redrawn in place.
    #[arg(long, conflicts_with_all = ["files", "follow"])]
    pub live: bool,

    /// At the end of the last log wait for more, across rotation, and show the report anew at every interval
    #[arg(long, short)]
    pub follow: bool,

    /// The interval in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: u64,
}

/// The words of `--by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By the minute
    Minute,
    /// By the hour
    Hour,
    /// By the day
    Day,
}

impl From<By> for Step {
    fn from(by: By) -> Self {
        match by {
            By::Minute => Step::Minute,
            By::Hour => Step::Hour,
            By::Day => Step::Day,
        }
    }
}

/// The words of `--format`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// Columns for people
    #[default]
    Text,
    /// One object on one line
    Json,
    /// RFC 4180, one table of all
    Csv,
}

impl From<As> for Format {
    fn from(format: As) -> Self {
        match format {
            As::Text => Format::Text,
            As::Json => Format::Json,
            As::Csv => Format::Csv,
        }
    }
}

/// The tables by name; the help says what they count and which option of aureport they stand for.
fn topics() -> impl clap::builder::TypedValueParser<Value = Topic> {
    let words = Topic::all().map(|topic| {
        let like = topic.aureport().map_or(String::new(), |option| format!(" (aureport {option})"));
        PossibleValue::new(topic.name()).help(format!("{}{like}", topic.meaning()))
    });
    let find = |name: String| Topic::all().find(|topic| topic.name() == name).ok_or("no such table");
    PossibleValuesParser::new(words).try_map(find)
}
