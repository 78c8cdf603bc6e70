//! `[[output]]` of type `program`: its keys, and the settings that come of them.
//!
//! Refuses a program without an absolute path, users and groups that this host does not know, and auditd's protocols with a format
//! that auditd's readers do not read.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oyez_output::Kind as Output;
use oyez_output::program::{Protocol, Settings};

use super::making::Making;
use super::registry::{TypeDef, Typed};
use super::who;
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind};
use crate::config::settings::Format;

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "program",
    doc: "a program that reads events from its standard input, auditd's plugins among them",
    guarantees: "Delivered means that the program has read the event. What it has not read when it ends comes to the next one; \
        nothing comes twice but an event of which it had read a half. What it had read and not dealt with is lost.",
    tested: "real: sh, dd, cat; audisp-syslog 3.0.9",
    table: Some(&TABLE),
    // Nothing is gained by waiting.
    defaults: &[("batch.time", "\"0ms\"")],
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys> = Typed { keys: KEYS, make };

/// What the keys hold.
#[derive(Clone, Debug, Default)]
struct Keys {
    command: Vec<String>,
    protocol: Protocol,
    env: Vec<(String, String)>,
    user: Option<String>,
    group: Option<String>,
    hangup: bool,
    complaints: bool,
    grace: Duration,
}

static KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "command",
        kind: Kind::Texts { at: |s| &mut s.command, what: "a list: the program's absolute path, and its arguments" },
        default: None,
        applies: Reload,
        doc: "The program and its arguments; no shell stands between. The file must belong to root or to oyez's user, and only they \
            may be able to change it.",
    },
    KeyDef {
        name: "protocol",
        kind: Kind::Choice {
            of: &[
                Choice { name: "lines", doc: "lines, as the format makes them", set: |s| s.protocol = Protocol::Lines },
                Choice {
                    name: "audispd",
                    doc: "as auditd's `format = string`: a line for each record, and an EOE behind those of an event",
                    set: |s| s.protocol = Protocol::Audispd,
                },
                Choice {
                    name: "audispd-binary",
                    doc: "as auditd's `format = binary`: the same, each in a frame with a header",
                    set: |s| s.protocol = Protocol::Binary,
                },
            ],
            refused: &[],
        },
        default: Some("\"lines\""),
        applies: Reload,
        doc: "What it is written. Those of auditd go with `format = \"raw\"` or `\"enriched\"`.",
    },
    KeyDef {
        name: "env",
        kind: Kind::Pairs { at: |s| &mut s.env, what: "a table of variables" },
        default: None,
        applies: Reload,
        doc: "Variables of its environment, beside `PATH` and `LANG`; it gets no others.",
    },
    KeyDef {
        name: "user",
        kind: Kind::Text { at: |s| &mut s.user, what: "the name or number of a user" },
        default: None,
        applies: Reload,
        doc: "Whom it runs as, without further groups. Unset: as oyez does.",
    },
    KeyDef {
        name: "group",
        kind: Kind::Text { at: |s| &mut s.group, what: "the name or number of a group" },
        default: None,
        applies: Reload,
        doc: "The group it runs as. Unset: the first of `user`, or oyez's.",
    },
    KeyDef {
        name: "hangup",
        kind: Kind::Bool(|s| &mut s.hangup),
        default: Some("false"),
        applies: Reload,
        doc: "Whether it is sent SIGHUP when oyez reloads, as auditd does to plugins. Most other programs end by that.",
    },
    KeyDef {
        name: "complaints",
        kind: Kind::Bool(|s| &mut s.complaints),
        default: Some("true"),
        applies: Reload,
        doc: "Whether the last line of its standard error is told when it ends. Else that goes to /dev/null, as its standard output \
            always does.",
    },
    KeyDef {
        name: "grace",
        kind: Kind::Duration { at: |s| &mut s.grace, min_ms: 0, max_ms: 60_000 },
        default: Some("\"3s\""),
        applies: Reload,
        doc: "How long it may take to end after SIGTERM, before SIGKILL.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let Some((path, args)) = keys.command.split_first().filter(|(path, _)| Path::new(path).is_absolute()) else {
        making.refuse("command", "its first word has to be the absolute path of a program");
        return None;
    };
    let is_fit = is_fit(keys.protocol, making);
    let user = match &keys.user {
        Some(name) => Some(who::user(name, "user", making)?),
        None => None,
    };
    let group = match &keys.group {
        Some(name) => Some(who::group(name, "group", making)?),
        None => user.and_then(|(_, group)| group),
    };
    let settings = Settings {
        env: keys.env.clone(),
        user: user.map(|(user, _)| user),
        group,
        protocol: keys.protocol,
        hangup: keys.hangup,
        complaints: keys.complaints,
        grace: keys.grace,
        ..Settings::of(path, args.to_vec())
    };
    is_fit.then(|| Arc::new(settings) as Arc<dyn Output>)
}

/// Whether who reads this protocol can read what the output's own format makes; says so if not.
pub(super) fn is_fit(protocol: Protocol, making: &mut Making<'_>) -> bool {
    let is_auditds = matches!(making.common().format, Some(Format::Raw | Format::Enriched));
    if protocol == Protocol::Lines || is_auditds {
        return true;
    }
    making.refuse_with(
        "protocol",
        "it is for auditd's records only",
        "set the output's `format` to \"raw\" or \"enriched\"",
    );
    false
}
