//! `oyez parse`: reads audit logs and writes their events to standard output, and what became of every line to standard
//! error.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;

use oyez_filter::chain::Blocks;

use super::args::ParseArgs;
use super::filter::with_named;
use super::stdio;
use crate::config::GroupSettings;
use crate::exit::{self, Exit};
use crate::filters::{self, SOME};
use crate::form::{self, Boot, Form, Terminal};
use crate::parse::{Formatted, Options, Pipeline, Session};

/// Reads every log to its end, or the last one for ever with `--follow`.
///
/// # Errors
/// A configuration that is wrong, an output that can't be written. A log that can't be read is told, and the next one
/// is read.
pub(super) fn run(args: &ParseArgs) -> anyhow::Result<Exit> {
    let loaded = super::configuration(args.source(), &args.overrides())?;
    let specs = with_named(&loaded, &args.filters)?;
    let settings = loaded.settings;
    let terminal = Terminal::look();
    let form = Form::chosen(settings.format, settings.color, true, terminal);
    let formatter = form::formatter(&settings, form, &Boot::default());
    let output = standard_output().map_err(exit::stdout_error)?;
    let filters = filters::compile(&specs, &settings, None, (Blocks::Together, SOME))
        .map_err(|wrongs| filters::wrong(&specs, &wrongs))?;
    let pipeline = Pipeline::new(options(&settings.group), Formatted::new(formatter, filters, output));
    let mut session = Session::new(pipeline, settings.group.log_timeout, terminal.stdout);
    session.run(&files(&args.files), args.follow)?;
    let counts = session.pipeline().counts();
    stdio::note(&counts.to_string());
    tell_filters(session.taker());
    Ok(match () {
        () if session.unread() > 0 => Exit::Io,
        () if args.strict && (!counts.is_clean() || session.doubtful() > 0) => Exit::Incomplete,
        () => Exit::Done,
    })
}

/// What filters did, if there are any.
fn tell_filters(taker: &Formatted<File>) {
    let counts = taker.filters().counts();
    if counts.is_empty() {
        return;
    }
    let errors: u64 = counts.iter().map(|counts| counts.errors).sum();
    stdio::note(&format!("filters dropped {} events, {errors} errors", taker.dropped()));
    for counts in counts.iter().filter(|counts| counts.is_off) {
        let why = counts.error.as_deref().map_or_else(String::new, |error| format!("; the last one: {error}"));
        let told = format!("the filter \"{}\" was switched off after too many errors{why}", counts.name);
        stdio::note(&stdio::defuse(&told));
    }
}

/// The files that were named, or standard input.
pub(super) fn files(named: &[PathBuf]) -> Vec<PathBuf> {
    if named.is_empty() { vec![PathBuf::from("-")] } else { named.to_vec() }
}

/// A descriptor of its own, without the buffer and the lock of [`io::stdout`].
pub(super) fn standard_output() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

pub(super) fn options(group: &GroupSettings) -> Options {
    Options {
        timeout_ms: u64::try_from(group.log_timeout.as_millis()).unwrap_or(u64::MAX),
        limits: form::limits(group),
    }
}
