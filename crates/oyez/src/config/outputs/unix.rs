//! `[[output]]` of type `unix`: its keys, and the settings that come of them.
//!
//! Refuses users and groups that this host does not know, and auditd's protocols with a format that auditd's readers do not read.

use std::path::PathBuf;
use std::sync::Arc;

use oyez_events::notice::{Notice, Value};
use oyez_format::Formatter;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::laurel::{LaurelFormat, LaurelOptions};
use oyez_format::sentence::SentenceFormat;
use oyez_format::text::{TextFormat, TextOptions};
use oyez_output::Kind as Output;
use oyez_output::unix::{Full, Missed, MissedLine, NoReaders, Protocol, Settings};

use super::making::{Claim, Making};
use super::program::is_fit;
use super::registry::{TypeDef, Typed};
use super::who;
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind};
use crate::config::settings::Format;

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "unix",
    doc: "a listening socket that many readers subscribe to, auditd's among them",
    guarantees: "Delivered means that every reader there is has the event in its queue, or has missed it because that was full; it \
        is told how many it missed. Nothing comes twice, and nothing is kept for readers that are not there.",
    tested: "real: sockets and readers of several users; auditd's protocols against libaudit.h",
    table: Some(&TABLE),
    // Nothing is gained by waiting.
    defaults: &[("batch.time", "\"0ms\"")],
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys> = Typed { keys: KEYS, make };

/// What the keys hold.
#[derive(Clone, Debug, Default)]
struct Keys {
    path: Option<PathBuf>,
    mode: u32,
    group: Option<String>,
    allow_users: Vec<String>,
    allow_groups: Vec<String>,
    protocol: Protocol,
    queue: u64,
    full: Full,
    readers: u32,
    no_readers: NoReaders,
}

static KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "path",
        kind: Kind::File(|s| &mut s.path),
        default: None,
        applies: Reload,
        doc: "The socket, in a directory that is there and that only root or oyez's user can change. A socket that somebody left behind \
            is replaced.",
    },
    KeyDef {
        name: "mode",
        kind: Kind::FileMode(|s| &mut s.mode),
        default: Some("\"0600\""),
        applies: Reload,
        doc: "The socket's mode. Who connects needs the right to write: \"0660\" lets its group read events, \"0640\" does not.",
    },
    KeyDef {
        name: "group",
        kind: Kind::Text { at: |s| &mut s.group, what: "the name or number of a group" },
        default: None,
        applies: Reload,
        doc: "The socket's group. Unset: that of the process.",
    },
    KeyDef {
        name: "allow_users",
        kind: Kind::Texts { at: |s| &mut s.allow_users, what: "a list of users, by name or number" },
        default: Some("[]"),
        applies: Reload,
        doc: "Users who may read. With neither these nor `allow_groups`: all that may connect.",
    },
    KeyDef {
        name: "allow_groups",
        kind: Kind::Texts { at: |s| &mut s.allow_groups, what: "a list of groups, by name or number" },
        default: Some("[]"),
        applies: Reload,
        doc: "Groups that may read. Only the first group of a process counts.",
    },
    KeyDef {
        name: "protocol",
        kind: Kind::Choice {
            of: &[
                Choice { name: "lines", doc: "lines, as the format makes them", set: |s| s.protocol = Protocol::Lines },
                Choice {
                    name: "audispd",
                    doc: "as auditd's af_unix plugin with `string`: a line for each record, and an EOE behind those of an event",
                    set: |s| s.protocol = Protocol::Audispd,
                },
                Choice {
                    name: "audispd-binary",
                    doc: "as with `binary`: the same, each in a frame with a header",
                    set: |s| s.protocol = Protocol::Binary,
                },
            ],
            refused: &[],
        },
        default: Some("\"lines\""),
        applies: Reload,
        doc: "What readers get. Those of auditd go with `format = \"raw\"` or `\"enriched\"`.",
    },
    KeyDef {
        name: "reader.queue",
        kind: Kind::Size { at: |s| &mut s.queue, min: 64 << 10, max: 256 << 20 },
        default: Some("\"1MiB\""),
        applies: Reload,
        doc: "Bytes that may wait for each reader. Memory is taken only for what waits.",
    },
    KeyDef {
        name: "reader.on_full",
        kind: Kind::Choice {
            of: &[
                Choice { name: "drop-oldest", doc: "what has waited longest", set: |s| s.full = Full::Oldest },
                Choice { name: "drop-newest", doc: "what comes", set: |s| s.full = Full::Newest },
            ],
            refused: &[("wait", "a reader cannot make others wait")],
        },
        default: Some("\"drop-oldest\""),
        applies: Reload,
        doc: "What a reader misses whose queue is full. It is told how much by an OYEZ_LOSS in the output's own format (JSON where that is \
            unset); with auditd's protocols it is not.",
    },
    KeyDef {
        name: "readers",
        kind: Kind::Integer { at: |s| &mut s.readers, min: 1, max: 64 },
        default: Some("64"),
        applies: Reload,
        doc: "How many may read at once; further ones are closed at once.",
    },
    KeyDef {
        name: "no_readers",
        kind: Kind::Choice {
            of: &[
                Choice { name: "drop", doc: "events are done with", set: |s| s.no_readers = NoReaders::Drop },
                Choice {
                    name: "hold",
                    doc: "they wait for the first reader, in the queue or the spool",
                    set: |s| s.no_readers = NoReaders::Hold,
                },
            ],
            refused: &[],
        },
        default: Some("\"drop\""),
        applies: Reload,
        doc: "What becomes of events while nobody reads.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let Some(path) = keys.path.clone().filter(|path| !path.as_os_str().is_empty()) else {
        making.refuse("path", "a socket needs a path");
        return None;
    };
    making.claim("path", Claim::File(path.clone()));
    let is_fit = is_fit(keys.protocol, making);
    let group = match &keys.group {
        Some(name) => Some(who::group(name, "group", making)?),
        None => None,
    };
    let users: Vec<_> = keys.allow_users.iter().map(|name| who::user(name, "allow_users", making)).collect();
    let groups: Vec<_> = keys.allow_groups.iter().map(|name| who::group(name, "allow_groups", making)).collect();
    let users = users.into_iter().map(|user| user.map(|(user, _)| user)).collect::<Option<_>>()?;
    let settings = Settings {
        mode: keys.mode,
        group,
        users,
        groups: groups.into_iter().collect::<Option<_>>()?,
        protocol: keys.protocol,
        queue: usize::try_from(keys.queue).unwrap_or(usize::MAX),
        full: keys.full,
        no_readers: keys.no_readers,
        readers: usize::try_from(keys.readers).unwrap_or(usize::MAX),
        missed: (keys.protocol == Protocol::Lines).then(|| line(making.common().format)),
        ..Settings::at(path)
    };
    is_fit.then(|| Arc::new(settings) as Arc<dyn Output>)
}

/// How what a reader missed is told in a format; it is rare, so that a formatter is made for each.
fn line(format: Option<Format>) -> MissedLine {
    MissedLine(match format.unwrap_or(Format::Json) {
        Format::Auto | Format::Json => |name, missed, out| {
            tell(Formatter::Json(Box::new(JsonFormat::new(JsonOptions::default()))), name, missed, out);
        },
        Format::Text => |name, missed, out| {
            tell(Formatter::Text(Box::new(TextFormat::new(TextOptions::default()))), name, missed, out);
        },
        Format::Sentence => |name, missed, out| {
            tell(Formatter::Sentence(Box::new(SentenceFormat::new(Vec::new()))), name, missed, out);
        },
        Format::Raw => |name, missed, out| tell(Formatter::Raw(Box::default()), name, missed, out),
        Format::Enriched => |name, missed, out| tell(Formatter::Enriched(Box::default()), name, missed, out),
        Format::Laurel => |name, missed, out| {
            tell(Formatter::Laurel(Box::new(LaurelFormat::new(LaurelOptions::default()))), name, missed, out);
        },
        Format::Ecs => |name, missed, out| tell(Formatter::Ecs(Box::default()), name, missed, out),
        Format::Ocsf => |name, missed, out| tell(Formatter::Ocsf(Box::default()), name, missed, out),
    })
}

fn tell(mut formatter: Formatter, output: &str, missed: &Missed, out: &mut Vec<u8>) {
    let fields = [
        ("where", Value::Text(b"reader")),
        ("output", Value::Text(output.as_bytes())),
        ("count", Value::Number(missed.messages)),
        ("events", Value::Number(missed.events)),
    ];
    let ms = u16::try_from(missed.received_ms % 1000).unwrap_or_default();
    let notice = Notice { sec: missed.received_ms / 1000, ms, number: 0, kind: "OYEZ_LOSS", fields: &fields };
    formatter.notice(&notice, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_a_line_of_the_outputs_format() {
        let missed = Missed { messages: 3, events: 2, received_ms: 1_626_611_363_720 };
        let told = |format| {
            let mut out = Vec::new();
            (line(format).0)("unix", &missed, &mut out);
            String::from_utf8(out).unwrap()
        };
        let json: serde_json::Value = serde_json::from_str(&told(None)).unwrap();
        let expected = serde_json::json!({"where": "reader", "output": "unix", "count": 3, "events": 2});
        assert_eq!((&json["kind"], &json["oyez"]), (&"OYEZ_LOSS".into(), &expected));
        assert!(told(Some(Format::Raw)).starts_with("type=OYEZ_LOSS msg=audit(1626611363.720:0): where=\"reader\""));
        for format in [Format::Text, Format::Sentence, Format::Enriched, Format::Laurel, Format::Ecs, Format::Ocsf] {
            let text = told(Some(format));
            assert!(text.ends_with('\n') && text.lines().count() == 1, "{text}");
        }
    }
}
