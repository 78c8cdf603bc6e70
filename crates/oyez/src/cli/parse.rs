//! `oyez parse`: reads audit logs and writes their events to standard output, and what became of every line to standard
//! error.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::path::PathBuf;

use anyhow::Context as _;
use oyez_events::group::Limits;
use oyez_format::Formatter;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::text::{TextFormat, TextOptions};

use super::args::ParseArgs;
use super::stdio;
use crate::config::{GroupSettings, Node, Settings};
use crate::exit::{self, Exit};
use crate::parse::{Options, Pipeline, Session};

/// Reads every log to its end, or the last one for ever with `--follow`.
///
/// # Errors
/// A configuration that is wrong, an output that can't be written. A log that can't be read is told, and the next one
/// is read.
pub(super) fn run(args: &ParseArgs) -> anyhow::Result<Exit> {
    let settings = super::configuration(args.source(), &args.events.overrides())?.settings;
    let terminal = io::stdout().is_terminal();
    let formatter = formatter(&settings, terminal)?;
    let output = standard_output().map_err(exit::stdout_error)?;
    let pipeline = Pipeline::new(options(&settings.group), formatter, output);
    let mut session = Session::new(pipeline, settings.group.log_timeout, terminal);
    session.run(&files(args), args.follow)?;
    let counts = session.pipeline().counts();
    stdio::note(&counts.to_string());
    Ok(match () {
        () if session.unread() > 0 => Exit::Io,
        () if args.strict && !counts.is_clean() => Exit::Incomplete,
        () => Exit::Done,
    })
}

fn files(args: &ParseArgs) -> Vec<PathBuf> {
    if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files.clone() }
}

/// A descriptor of its own, without the buffer and the lock of [`io::stdout`].
fn standard_output() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

fn options(group: &GroupSettings) -> Options {
    Options {
        timeout_ms: u64::try_from(group.log_timeout.as_millis()).unwrap_or(u64::MAX),
        limits: Limits {
            max_events: group.max_events as usize,
            max_event_bytes: usize::try_from(group.max_event_bytes).unwrap_or(usize::MAX),
            max_event_records: group.max_event_records as usize,
        },
    }
}

fn formatter(settings: &Settings, terminal: bool) -> anyhow::Result<Formatter> {
    let node = node(&settings.node)?;
    let omit = settings.omit_fields.iter().map(|key| key.name().to_owned()).collect();
    if settings.output.format.is_json(terminal) {
        return Ok(Formatter::Json(Box::new(JsonFormat::new(JsonOptions { omit, boot: None, node }))));
    }
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = settings.output.color.is_on(terminal, no_color);
    Ok(Formatter::Text(Box::new(TextFormat::new(TextOptions { color, node, ..TextOptions::default() }))))
}

fn node(node: &Node) -> anyhow::Result<Vec<u8>> {
    const HOSTNAME: &str = "/proc/sys/kernel/hostname";
    match node {
        Node::None => Ok(Vec::new()),
        Node::Name(name) => Ok(name.clone().into_bytes()),
        Node::Hostname => {
            let name = std::fs::read(HOSTNAME).with_context(|| format!("cannot read {HOSTNAME}"))?;
            Ok(name.trim_ascii_end().to_vec())
        }
    }
}
