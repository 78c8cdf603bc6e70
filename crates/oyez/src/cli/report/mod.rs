//! `oyez report`: counts the events of logs, or of the kernel as they come, and writes what was counted to standard output.

pub(super) mod args;

use std::time::Duration;

use oyez_report::{Options, Report};

use self::args::ReportArgs;
use super::parse::{files, options, standard_output};
use super::stdio;
use crate::config::{Override, Source};
use crate::exit::{self, Exit};
use crate::form::Terminal;
use crate::parse::{Pipeline, Session};
use crate::report::{Counted, Screen, live};

/// Reads every log to its end, or the last one or the kernel until a signal comes, and reports.
///
/// # Errors
/// The kernel does not let us listen; the output can't be written. A log that can't be read is told, and the next one is
/// read.
pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    let no_rules = Override { flag: "oyez report", key: "rules_dir", given: crate::config::given::Given::word("") };
    let settings = super::configuration(Source::Nothing, &[no_rules])?.settings;
    let output = standard_output().map_err(exit::stdout_error)?;
    let is_again = args.live || args.follow;
    let top = args.top.map(|top| if top == 0 { usize::MAX } else { top });
    let redraws = is_again && Terminal::look().stdout;
    let screen = Screen::new(output, redraws, args.format.into(), top, Duration::from_secs(args.every));
    let counted = Counted::new(Report::new(wanted(args)), screen, is_again);
    if args.live {
        return live::run(counted, &settings).map(|()| Exit::Done);
    }
    let pipeline = Pipeline::new(options(&settings.group), counted);
    let mut session = Session::new(pipeline, settings.group.log_timeout, false);
    session.run(&files(&args.files), args.follow)?;
    let counts = session.pipeline().counts().to_string();
    session.taker().finish().map_err(exit::stdout_error)?;
    // Behind a report that was redrawn: it would be gone.
    stdio::note(&counts);
    Ok(if session.unread() > 0 { Exit::Io } else { Exit::Done })
}

fn wanted(args: &ReportArgs) -> Options {
    Options {
        topics: args.tables.clone(),
        by: args.by.map(Into::into),
        outcome: if args.failed { Some(false) } else { args.success.then_some(true) },
        since_ms: args.since.map(|since| since.first_ms),
        until_ms: args.until.map(|until| until.last_ms),
    }
}
