//! The keys of a `[[filter]]`, as [`crate::config::keys`] has those of the other tables.

use std::path::PathBuf;
use std::time::Duration;

use oyez_filter::Tree;
use oyez_filter::spec::OnError;

use crate::config::keys::{Applies, KeyDef};
use crate::config::kind::{Choice, Kind};

/// What one `[[filter]]` says, each key by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterKeys {
    pub(super) name: Option<String>,
    pub(super) enabled: bool,
    pub(super) condition: Option<Tree>,
    pub(super) action: Option<String>,
    pub(super) lua: Option<PathBuf>,
    pub(super) config: Option<Tree>,
    pub(super) on_error: OnError,
    pub(super) time_limit: Duration,
    pub(super) memory_limit: u64,
    pub(super) max_errors: u32,
}

/// What `[[filter]]` is about.
pub(crate) const DOC: &str = "One filter. There may be any number of them, each below a line of its own `[[filter]]`, at the end of the file; \
    events go through them in the order of the file. docs/filters.md says what they can do.";

/// Whose the key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Every filter's.
    All,
    /// Those with a `match`.
    Matcher,
    /// Those with a `lua`.
    Script,
}

/// Which filters have the key with this name.
pub(super) fn of(name: &str) -> Of {
    match name {
        "name" | "enabled" => Of::All,
        "match" | "action" => Of::Matcher,
        _ => Of::Script,
    }
}

/// The keys, in the order they are documented.
pub(crate) static KEYS: &[KeyDef<FilterKeys>] = &[
    KeyDef {
        name: "name",
        kind: Kind::Text { at: |s| &mut s.name, what: "a name of up to 64 characters" },
        default: None,
        applies: Applies::Reload,
        doc: "What it is called in counts and complaints; no two filters have the same name. Unset it is the name of the \
            script's file without `.lua`, or `filter N`, it being the Nth of the file.",
    },
    KeyDef {
        name: "enabled",
        kind: Kind::Bool(|s| &mut s.enabled),
        default: Some("true"),
        applies: Applies::Reload,
        doc: "Whether it is in the chain. One that is not is not compiled either, nor its script read.",
    },
    KeyDef {
        name: "match",
        kind: Kind::Table(|s| &mut s.condition),
        default: None,
        applies: Applies::Reload,
        doc: "Which events it is about: fields of events with what they are to hold, such as `{ key = \"net\", exe = \
            \"/usr/lib/**\" }`; all of them have to fit. It goes with `action`; a filter has this or `lua`.",
    },
    KeyDef {
        name: "action",
        kind: Kind::Text { at: |s| &mut s.action, what: "an action such as \"drop\" or \"tag:admin\"" },
        default: None,
        applies: Applies::Reload,
        doc: "What becomes of the events that match: `drop`, `keep`, `tag:NAME`, `sample:1/N`, `limit:N/s per FIELD`, \
            `suppress:TIME per FIELD,…`.",
    },
    KeyDef {
        name: "lua",
        kind: Kind::File(|s| &mut s.lua),
        default: None,
        applies: Applies::Reload,
        doc: "The script that is asked about every event. It is a regular file of at most 1 MiB that belongs to root, or to \
            the user that oyez runs as, and that no other can write.",
    },
    KeyDef {
        name: "config",
        kind: Kind::Table(|s| &mut s.config),
        default: None,
        applies: Applies::Reload,
        doc: "What the script's `init` is given.",
    },
    KeyDef {
        name: "on_error",
        kind: Kind::Choice {
            of: &[
                Choice { name: "pass", doc: "it goes on as it was", set: |s| s.on_error = OnError::Pass },
                Choice { name: "drop", doc: "it is dropped", set: |s| s.on_error = OnError::Drop },
            ],
            refused: &[],
        },
        default: Some("\"pass\""),
        applies: Applies::Reload,
        doc: "What becomes of an event on which the script fails, or takes too long. With `drop` the script is never switched \
            off, unless `max_errors` is set: what it did not see does not come out.",
    },
    KeyDef {
        name: "time_limit",
        kind: Kind::Duration { at: |s| &mut s.time_limit, min_ms: 1, max_ms: 1_000 },
        default: Some("\"100ms\""),
        applies: Applies::Reload,
        doc: "How long the script may take for one event. While it does, no other event is worked on; a busy host may take the \
            processor from oyez for some of that time, so that a few milliseconds are not enough.",
    },
    KeyDef {
        name: "memory_limit",
        kind: Kind::Size { at: |s| &mut s.memory_limit, min: 1 << 20, max: 1 << 30 },
        default: Some("\"16MiB\""),
        applies: Applies::Reload,
        doc: "How much memory all that the script keeps may take.",
    },
    KeyDef {
        name: "max_errors",
        kind: Kind::Integer { at: |s| &mut s.max_errors, min: 0, max: 1_000_000 },
        default: Some("10"),
        applies: Applies::Reload,
        doc: "After how many failures in a row the script is switched off, and all events pass, until the next start, or until \
            it or its keys change: an `OYEZ_FILTER_OFF` event tells. 0: never, which is the default where `on_error` is \
            `\"drop\"`.",
    },
];
