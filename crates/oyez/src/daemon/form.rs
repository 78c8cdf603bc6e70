//! The parts of the pipeline that a configuration describes: how events are written, and when they are over.

use oyez_events::group::{Limits, Timing};
use oyez_format::Formatter;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::text::{TextFormat, TextOptions};

use super::clock::millis;
use super::pipeline::Grouping;
use super::process;
use crate::config::{GroupSettings, Node, Settings};

/// What the output is, as far as formats care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Standard output is a terminal.
    pub(crate) stdout: bool,
    /// `NO_COLOR` is set and not empty.
    pub(crate) no_color: bool,
}

/// How events are written.
pub(crate) fn formatter(settings: &Settings, terminal: Terminal, boot: Option<&str>) -> Formatter {
    let node = match &settings.node {
        Node::None => Vec::new(),
        Node::Name(name) => name.clone().into_bytes(),
        Node::Hostname => process::host_name(),
    };
    let shown = terminal.stdout && settings.output.path.is_none();
    if settings.output.format.is_json(shown) {
        let omit = settings.omit_fields.iter().map(|key| key.name().to_owned()).collect();
        let boot = boot.map(str::to_owned);
        return Formatter::Json(Box::new(JsonFormat::new(JsonOptions { omit, boot, node })));
    }
    let color = settings.output.color.is_on(shown, terminal.no_color);
    Formatter::Text(Box::new(TextFormat::new(TextOptions { color, node, ..TextOptions::default() })))
}

/// When an event is over, and how large it may grow.
pub(crate) fn grouping(settings: &GroupSettings) -> Grouping {
    Grouping {
        timing: Timing::Live { quiet_ms: millis(settings.quiet), incomplete_ms: millis(settings.incomplete) },
        limits: Limits {
            max_events: usize::try_from(settings.max_events).unwrap_or(usize::MAX),
            max_event_bytes: usize::try_from(settings.max_event_bytes).unwrap_or(usize::MAX),
            max_event_records: usize::try_from(settings.max_event_records).unwrap_or(usize::MAX),
        },
    }
}
