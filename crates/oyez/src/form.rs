//! What settings mean for the stages: how events are written, and how large one may grow. The daemon and `oyez parse` make
//! theirs here alike.

use std::io::{self, IsTerminal as _};

use oyez_events::group::Limits;
use oyez_format::ecs::{EcsFormat, EcsOptions};
use oyez_format::enriched::EnrichedFormat;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::laurel::{LaurelFormat, LaurelOptions};
use oyez_format::ocsf::{OcsfFormat, OcsfOptions};
use oyez_format::raw::{RawFormat, RawOptions};
use oyez_format::sentence::SentenceFormat;
use oyez_format::text::{TextFormat, TextOptions};
use oyez_format::{Formatter, Ids};

use crate::config::{Color, Format, GroupSettings, Node, Settings};

/// What standard output is, as far as formats care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Standard output is a terminal.
    pub(crate) stdout: bool,
    /// `NO_COLOR` is set and not empty.
    pub(crate) no_color: bool,
}

impl Terminal {
    /// This process's own.
    pub(crate) fn look() -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { stdout: io::stdout().is_terminal(), no_color }
    }
}

/// The boot whose kernel is heard, where it is this host's; of logs nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Boot {
    /// Its id, 32 hex digits.
    pub(crate) id: Option<String>,
    /// What its events are called.
    pub(crate) ids: Option<Ids>,
}

/// How events are written, as far as outputs differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Never [`Format::Auto`].
    pub(crate) format: Format,
    /// Whether text is coloured.
    pub(crate) color: bool,
}

impl Form {
    /// What these come to for who writes to standard output, or to anything else.
    pub(crate) fn chosen(format: Format, color: Color, is_stdout: bool, terminal: Terminal) -> Self {
        let shown = terminal.stdout && is_stdout;
        let format = format.chosen(shown);
        Self { format, color: format == Format::Text && color.is_on(shown, terminal.no_color) }
    }
}

/// How events of this boot are written.
pub(crate) fn formatter(settings: &Settings, form: Form, boot: &Boot) -> Formatter {
    let node = node(&settings.node);
    let Boot { id: boot, ids } = boot.clone();
    match form.format {
        Format::Auto | Format::Json => {
            let omit = settings.omit_fields.iter().map(|key| key.name().to_owned()).collect();
            Formatter::Json(Box::new(JsonFormat::new(JsonOptions { omit, boot, ids, node })))
        }
        Format::Text => Formatter::Text(Box::new(TextFormat::new(TextOptions { color: form.color, node }))),
        Format::Sentence => Formatter::Sentence(Box::new(SentenceFormat::new(node))),
        Format::Raw => Formatter::Raw(Box::new(RawFormat::new(RawOptions { node }))),
        Format::Enriched => Formatter::Enriched(Box::new(EnrichedFormat::new(RawOptions { node }))),
        Format::Laurel => Formatter::Laurel(Box::new(LaurelFormat::new(LaurelOptions { node }))),
        Format::Ecs => Formatter::Ecs(Box::new(EcsFormat::new(EcsOptions { boot, ids, node }))),
        Format::Ocsf => Formatter::Ocsf(Box::new(OcsfFormat::new(OcsfOptions { boot, ids, node }))),
    }
}

/// How filters see events: by their JSON, with the fields that are left out of what is written.
pub(crate) fn fields(settings: &Settings, boot: Option<&str>) -> JsonOptions {
    JsonOptions { omit: Vec::new(), boot: boot.map(str::to_owned), ids: None, node: node(&settings.node) }
}

/// How many events may be open, and how large one may grow.
pub(crate) fn limits(settings: &GroupSettings) -> Limits {
    Limits {
        max_events: usize::try_from(settings.max_events).unwrap_or(usize::MAX),
        max_event_bytes: usize::try_from(settings.max_event_bytes).unwrap_or(usize::MAX),
        max_event_records: usize::try_from(settings.max_event_records).unwrap_or(usize::MAX),
    }
}

/// The name of events that carry none.
fn node(node: &Node) -> Vec<u8> {
    match node {
        Node::None => Vec::new(),
        Node::Name(name) => name.clone().into_bytes(),
        Node::Hostname => rustix::system::uname().nodename().to_bytes().to_vec(),
    }
}
