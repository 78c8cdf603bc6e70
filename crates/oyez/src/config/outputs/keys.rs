//! The keys that every `[[output]]` has, and those that types may have in common, as [`crate::config::keys`] has those of the
//! other tables. What only one type has stands in its file.

use std::path::PathBuf;
use std::time::Duration;

use oyez_filter::{Field, Tree};
use oyez_output::lane::{self, OnFull};
use oyez_output::{spool, tls};

use crate::config::given::{Given, Value};
use crate::config::keys::Applies::Reload;
use crate::config::keys::{KeyDef, formats};
use crate::config::kind::{Choice, Kind, Refusal, quoted};
use crate::config::settings::Format;
use crate::config::units;

/// What one `[[output]]` says, each common key by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutputKeys {
    pub(super) name: Option<String>,
    pub(super) of: Option<String>,
    pub(super) enabled: bool,
    pub(super) format: Option<Format>,
    pub(super) filter: Option<Tree>,
    pub(super) notices: bool,
    pub(super) on_full: Option<OnFull>,
    pub(super) queue: u64,
    pub(super) batch_events: u32,
    pub(super) batch_bytes: u64,
    pub(super) batch_time: Duration,
    pub(super) retry_first: Duration,
    pub(super) retry_most: Duration,
    pub(super) timeout: Duration,
    pub(super) key: Option<Field>,
    pub(super) spool_path: Option<PathBuf>,
    pub(super) spool_bytes: u64,
    pub(super) spool_segment: u64,
    pub(super) spool_sync: SyncWhen,
    pub(super) spool_compression: Option<u32>,
    pub(super) tls: tls::Settings,
}

/// When a spool is made sure to survive a power failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncWhen {
    /// When the system does it.
    Never,
    /// With each entry.
    Each,
    /// When this time has passed.
    Every(Duration),
}

impl Default for SyncWhen {
    fn default() -> Self {
        Self::Every(Duration::from_secs(1))
    }
}

/// The word of the configuration for it.
pub(super) fn word(on_full: OnFull) -> &'static str {
    match on_full {
        OnFull::DropNewest => "drop-newest",
        OnFull::DropOldest => "drop-oldest",
        OnFull::Wait => "wait",
        OnFull::Spool => "spool",
    }
}

impl OutputKeys {
    /// What they say of the lane, where `on_full` and the batches' bytes are settled.
    pub(super) fn lane(&self, on_full: OnFull) -> lane::Settings {
        lane::Settings {
            on_full,
            queue: self.queue,
            batch: lane::Batching {
                events: usize::try_from(self.batch_events).unwrap_or(usize::MAX),
                bytes: usize::try_from(self.batch_bytes).unwrap_or(usize::MAX),
                time: self.batch_time,
            },
            retry: lane::Retry { first: self.retry_first, most: self.retry_most },
            timeout: self.timeout,
            spool: self.spool_path.clone().map(|path| self.spooling(path)),
        }
    }

    fn spooling(&self, path: PathBuf) -> lane::Spooling {
        let (sync, sync_every) = match self.spool_sync {
            SyncWhen::Never => (spool::Sync::Never, Duration::ZERO),
            SyncWhen::Each => (spool::Sync::Each, Duration::ZERO),
            SyncWhen::Every(time) => (spool::Sync::Interval, time),
        };
        let compression = self.spool_compression.and_then(|level| i32::try_from(level).ok());
        let settings =
            spool::Settings { bytes: self.spool_bytes, segment_bytes: self.spool_segment, sync, compression };
        lane::Spooling { path, settings, sync_every }
    }
}

/// What `[[output]]` is about.
pub(crate) const DOC: &str = "One output. There may be any number of them up to 64, each below a line of its own `[[output]]`, at the end of the \
    file; none at all is one of type `stdout`. Each has a queue of its own, so that one that is slow or dead does not delay the \
    others. docs/outputs.md says how they work; `oyez outputs` lists the types, and `oyez outputs TYPE` what one takes.";

/// Keys that a type takes or not; all others go with every type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extra {
    /// `key`: messages have keys, topics or the like at the receiver.
    Key,
    /// `tls.…`: the connection can be encrypted.
    Tls,
}

impl Extra {
    /// The keys it stands for.
    pub(crate) fn keys(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Tls => "tls.…",
        }
    }
}

/// Which of the extras a key is, if it is one.
pub(super) fn extra(name: &str) -> Option<Extra> {
    match name {
        "key" => Some(Extra::Key),
        _ if name.starts_with("tls.") => Some(Extra::Tls),
        _ => None,
    }
}

fn put_format(keys: &mut OutputKeys, format: Format) {
    keys.format = Some(format);
}

/// The keys, in the order they are documented.
pub(crate) static KEYS: &[KeyDef<OutputKeys>] = &[
    KeyDef {
        name: "name",
        kind: Kind::Text { at: |s| &mut s.name, what: "a name of up to 64 characters" },
        default: None,
        applies: Reload,
        doc: "What it is called in counts and complaints; no two outputs have the same name. Letters, digits, `.`, `_` and \
            `-`, the first a letter or digit. Unset it is the type, and `TYPE-2` for the second of a type without a name.",
    },
    KeyDef {
        name: "type",
        kind: Kind::Text { at: |s| &mut s.of, what: "the name of a type of outputs" },
        default: None,
        applies: Reload,
        doc: "What it is: `stdout`, `file` and so on. Every output needs one.",
    },
    KeyDef {
        name: "enabled",
        kind: Kind::Bool(|s| &mut s.enabled),
        default: Some("true"),
        applies: Reload,
        doc: "Whether it runs. Of one that does not, the keys are checked one by one but not together.",
    },
    KeyDef {
        name: "format",
        kind: Kind::Choice { of: formats!(put_format), refused: &[] },
        default: None,
        applies: Reload,
        doc: "How it writes events. Unset: as the key `format` above the first section says. A terminal is only seen by the type \
            `stdout`.",
    },
    KeyDef {
        name: "filter",
        kind: Kind::Table(|s| &mut s.filter),
        default: None,
        applies: Reload,
        doc: "Which events it gets, in the form of a filter's `match` (docs/filters.md): such as `{ key = \"login\" }`. Unset: all \
            that the filters let through. An event that no output wants counts as filtered.",
    },
    KeyDef {
        name: "notices",
        kind: Kind::Bool(|s| &mut s.notices),
        default: Some("true"),
        applies: Reload,
        doc: "Whether it gets oyez's own events (OYEZ_…), whatever its `filter` says.",
    },
    KeyDef {
        name: "on_full",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "drop-newest",
                    doc: "what comes is dropped, routine events first and logins last",
                    set: |s| s.on_full = Some(OnFull::DropNewest),
                },
                Choice {
                    name: "drop-oldest",
                    doc: "the oldest that wait are dropped",
                    set: |s| s.on_full = Some(OnFull::DropOldest),
                },
                Choice {
                    name: "wait",
                    doc: "oyez waits, and with it all other outputs, and in the end the host",
                    set: |s| s.on_full = Some(OnFull::Wait),
                },
                Choice {
                    name: "spool",
                    doc: "everything goes through files below `spool.path`, and comes to the receiver at least once, across restarts",
                    set: |s| s.on_full = Some(OnFull::Spool),
                },
            ],
            refused: &[],
        },
        default: None,
        applies: Reload,
        doc: "What happens when `queue` is full. Unset: `spool` where `spool.path` is set, else `wait` where `on_overload` is \
            `wait`, else `drop-newest`. All that is dropped is counted, and told by OYEZ_LOSS with the output's name.",
    },
    KeyDef {
        name: "queue",
        kind: Kind::Size { at: |s| &mut s.queue, min: 1 << 20, max: 1 << 30 },
        default: Some("\"16MiB\""),
        applies: Reload,
        doc: "Bytes of events that may wait in memory for the receiver. Memory is taken only for what waits.",
    },
    KeyDef {
        name: "batch.events",
        kind: Kind::Integer { at: |s| &mut s.batch_events, min: 1, max: 100_000 },
        default: Some("1000"),
        applies: Reload,
        doc: "Events that are delivered together at most.",
    },
    KeyDef {
        name: "batch.bytes",
        kind: Kind::Size { at: |s| &mut s.batch_bytes, min: 1 << 10, max: 64 << 20 },
        default: Some("\"1MiB\""),
        applies: Reload,
        doc: "Bytes of events that are delivered together at most; one event that is larger goes alone.",
    },
    KeyDef {
        name: "batch.time",
        kind: Kind::Duration { at: |s| &mut s.batch_time, min_ms: 0, max_ms: 600_000 },
        default: Some("\"200ms\""),
        applies: Reload,
        doc: "How long the first event of a batch waits for others. With 0 what waits already goes together, and nothing is \
            waited for.",
    },
    KeyDef {
        name: "retry.first",
        kind: Kind::Duration { at: |s| &mut s.retry_first, min_ms: 10, max_ms: 600_000 },
        default: Some("\"500ms\""),
        applies: Reload,
        doc: "How long to wait before a delivery that failed is tried again; the time doubles with each failure in a row, and is \
            varied at random, so that many hosts do not come back at once.",
    },
    KeyDef {
        name: "retry.most",
        kind: Kind::Duration { at: |s| &mut s.retry_most, min_ms: 10, max_ms: 3_600_000 },
        default: Some("\"1m\""),
        applies: Reload,
        doc: "The longest such wait. Deliveries are tried again for ever.",
    },
    KeyDef {
        name: "timeout",
        kind: Kind::Duration { at: |s| &mut s.timeout, min_ms: 100, max_ms: 600_000 },
        default: Some("\"10s\""),
        applies: Reload,
        doc: "How long one delivery may take, with connecting, before it has failed.",
    },
    KeyDef {
        name: "key",
        kind: Kind::Own { read: read_field, what: "the name of a field of events" },
        default: None,
        applies: Reload,
        doc: "The field of events whose value their messages are sorted by at the receiver, such as `process.exe` or `node`; \
            docs/fields.md has all names. Empty where an event has none.",
    },
    KeyDef {
        name: "spool.path",
        kind: Kind::File(|s| &mut s.spool_path),
        default: None,
        applies: Reload,
        doc: "The directory of its spool, its own alone. oyez makes it, with mode 0700, in a directory that has to be there; what \
            is in it belongs to the output of this name.",
    },
    KeyDef {
        name: "spool.bytes",
        kind: Kind::Size { at: |s| &mut s.spool_bytes, min: 1 << 20, max: 1 << 44 },
        default: Some("\"1GiB\""),
        applies: Reload,
        doc: "How much the spool may take on disk. When it is full the oldest segment is removed, and what was in it is counted \
            as lost.",
    },
    KeyDef {
        name: "spool.segment",
        kind: Kind::Size { at: |s| &mut s.spool_segment, min: 64 << 10, max: 1 << 30 },
        default: Some("\"16MiB\""),
        applies: Reload,
        doc: "How long one file of the spool may become; at most an eighth of `spool.bytes` is taken.",
    },
    KeyDef {
        name: "spool.sync",
        kind: Kind::Own { read: read_sync, what: "\"never\", \"each\", or a duration from 10ms to 1h, such as \"1s\"" },
        default: Some("\"1s\""),
        applies: Reload,
        doc: "When what was written to the spool is made sure to survive a power failure: never by oyez, with each batch of events \
            before it counts as taken, or when this time has passed. What the process has written survives its own end in \
            any case.",
    },
    KeyDef {
        name: "spool.compression",
        kind: Kind::OptionalInteger { at: |s| &mut s.spool_compression, min: 1, max: 19 },
        default: None,
        applies: Reload,
        doc: "The zstd level that events are packed with in the spool. Unset: not at all.",
    },
    KeyDef {
        name: "tls.ca",
        kind: Kind::File(|s| &mut s.tls.ca),
        default: None,
        applies: Reload,
        doc: "A PEM file of the authorities that may have signed the receiver's certificate. Unset: those that the host trusts.",
    },
    KeyDef {
        name: "tls.cert",
        kind: Kind::File(|s| &mut s.tls.cert),
        default: None,
        applies: Reload,
        doc: "A PEM file of the certificate that oyez shows, and those between it and its authority. It goes with `tls.key`.",
    },
    KeyDef {
        name: "tls.key",
        kind: Kind::File(|s| &mut s.tls.key),
        default: None,
        applies: Reload,
        doc: "A PEM file of its private key, for nobody to read but oyez. It goes with `tls.cert`.",
    },
    KeyDef {
        name: "tls.server_name",
        kind: Kind::Text { at: |s| &mut s.tls.server_name, what: "the name of a host" },
        default: None,
        applies: Reload,
        doc: "The name that the receiver's certificate has to have. Unset: the one it is reached by.",
    },
];

fn read_field(given: &Given<'_>, keys: &mut OutputKeys) -> Result<String, Vec<Refusal>> {
    let Value::Text(text) = &given.value else { return Err(Vec::new()) };
    match Field::find(text) {
        Ok(field) => {
            let shown = quoted(&field.name());
            keys.key = Some(field);
            Ok(shown)
        }
        Err(unknown) => Err(vec![Refusal {
            message: format!("unknown field \"{}\"", text.escape_debug()),
            hint: unknown.nearest.map(|near| format!("did you mean \"{near}\"?")),
            span: given.span.clone(),
        }]),
    }
}

fn read_sync(given: &Given<'_>, keys: &mut OutputKeys) -> Result<String, Vec<Refusal>> {
    let within = |time: &Duration| (Duration::from_millis(10)..=Duration::from_hours(1)).contains(time);
    let every = |time: Duration| Some(time).filter(within).map(SyncWhen::Every);
    let found = match &given.value {
        Value::Text(text) => match text.as_ref() {
            "never" => Some(SyncWhen::Never),
            "each" => Some(SyncWhen::Each),
            text => units::parse_duration(text).and_then(every),
        },
        Value::Integer(number) => u64::try_from(*number).ok().and_then(|ms| every(Duration::from_millis(ms))),
        _ => None,
    };
    let found = found.ok_or_else(Vec::new)?;
    keys.spool_sync = found;
    Ok(quoted(&match found {
        SyncWhen::Never => "never".to_owned(),
        SyncWhen::Each => "each".to_owned(),
        SyncWhen::Every(time) => units::show_duration(time),
    }))
}
