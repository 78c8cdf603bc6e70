//! `[[output]]` of type `file`: its keys, and the settings that come of them.
//!
//! Refuses limits that contradict each other, users and groups that this host does not know, and whatever is to become of
//! rotated files where nothing is ever rotated.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::{Group, User};
use oyez_output::Kind as Output;
use oyez_output::file::{
    Access, ErrorAction, FullAction, Keep, Limit, LowAction, Names, Packing, Rotate, Settings, Space, Sync,
};

use super::making::{Claim, Making};
use super::registry::{TypeDef, Typed};
use crate::config::given::{Given, Value};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind, Refusal, quoted};
use crate::config::units;

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "file",
    doc: "a file, with rotation, retention and a guard over the disk's room",
    guarantees: "Delivered means that the file has the whole event, and with `sync = \"each\"` that the disk has. Events may be there \
        twice after a crash, if there is a spool, and after a sync that failed. No line is ever torn.",
    tested: "real: ext4 and full tmpfs; logrotate 3.21; ausearch 3.0.9",
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
    read_users: Vec<String>,
    read_groups: Vec<String>,
    size: Option<u64>,
    time: Option<Duration>,
    names: Names,
    packing: Option<Packing>,
    keep_files: Option<u32>,
    keep_age: Option<Duration>,
    keep_bytes: Option<u64>,
    left: Option<Limit>,
    left_action: LowAction,
    admin_left: Option<Limit>,
    admin_left_action: LowAction,
    full_action: FullAction,
    error_action: ErrorAction,
    sync: Sync,
}

/// What `space_left` and the like take.
const LIMIT: &str = "a size such as \"256MiB\", or a share of the disk from \"1%\" to \"99%\"";

/// The answers to a disk with little room, stored by `$at`.
macro_rules! low_actions {
    ($at:ident) => {
        Kind::Choice {
            of: &[
                Choice { name: "warn", doc: "it is said", set: |s: &mut Keys| s.$at = LowAction::Warn },
                Choice {
                    name: "rotate",
                    doc: "the oldest rotated files are removed until there is room",
                    set: |s| s.$at = LowAction::Rotate,
                },
                Choice { name: "drop", doc: "events are dropped and counted", set: |s| s.$at = LowAction::Drop },
                Choice { name: "stop", doc: "events wait until there is room", set: |s| s.$at = LowAction::Stop },
            ],
            refused: AUDITD,
        }
    };
}

/// What auditd knows and oyez does not do.
const AUDITD: &[(&str, &str)] = &[
    ("ignore", "leave the limit out"),
    ("syslog", "\"warn\" says it"),
    ("suspend", "it is \"stop\" here"),
    ("email", "oyez sends no mail; \"warn\" says it"),
    ("exec", "oyez runs no programs"),
    ("single", "oyez does not stop the host"),
    ("halt", "oyez does not stop the host"),
];

static KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "path",
        kind: Kind::Path { at: |s| &mut s.path, dash: false },
        default: None,
        applies: Reload,
        doc: "The file, which is made if need be, in a directory that has to be there; or a named pipe or a device. Symbolic links \
            are refused, and what anybody may write to.",
    },
    KeyDef {
        name: "mode",
        kind: Kind::FileMode(|s| &mut s.mode),
        default: None,
        applies: Reload,
        doc: "The file's mode, such as \"0640\". Unset: \"0600\" for one that is made, and that of one that is there stays.",
    },
    KeyDef {
        name: "group",
        kind: Kind::Text { at: |s| &mut s.group, what: "the name or number of a group" },
        default: None,
        applies: Reload,
        doc: "The file's group. Unset: that of the process, and that of a file that is there stays.",
    },
    KeyDef {
        name: "read_users",
        kind: Kind::Texts { at: |s| &mut s.read_users, what: "a list of users, by name or number" },
        default: Some("[]"),
        applies: Reload,
        doc: "Users who may read the file beside its owner, by a POSIX access list (acl(5)).",
    },
    KeyDef {
        name: "read_groups",
        kind: Kind::Texts { at: |s| &mut s.read_groups, what: "a list of groups, by name or number" },
        default: Some("[]"),
        applies: Reload,
        doc: "Groups that may read the file, in the same way.",
    },
    KeyDef {
        name: "rotate.size",
        kind: Kind::OptionalSize { at: |s| &mut s.size, min: 4 << 10, max: 1 << 44 },
        default: None,
        applies: Reload,
        doc: "The file is put aside for a new one before it would become longer than this. Unset: not for its size.",
    },
    KeyDef {
        name: "rotate.time",
        kind: Kind::Own { read: read_time, what: "\"hourly\", \"daily\", or a duration from 1m to 8784h" },
        default: None,
        applies: Reload,
        doc: "The file is put aside when a new period of this length has begun, counted from 1970-01-01 00:00 UTC: a day ends at \
            midnight UTC. Unset: not for the time.",
    },
    KeyDef {
        name: "rotate.names",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "time",
                    doc: "as `events.json.20261124T002530Z`, for good",
                    set: |s| s.names = Names::Time,
                },
                Choice {
                    name: "number",
                    doc: "as `audit.log.1`, and `audit.log.2` with the next: what ausearch and aureport read",
                    set: |s| s.names = Names::Number,
                },
            ],
            refused: &[],
        },
        default: Some("\"time\""),
        applies: Reload,
        doc: "What rotated files are called.",
    },
    KeyDef {
        name: "rotate.compression",
        kind: Kind::Choice {
            of: &[
                Choice { name: "none", doc: "they are not packed", set: |s| s.packing = None },
                Choice { name: "zstd", doc: "by zstd, `.zst`", set: |s| s.packing = Some(Packing::Zstd) },
                Choice { name: "gzip", doc: "by gzip, `.gz`", set: |s| s.packing = Some(Packing::Gzip) },
            ],
            refused: &[],
        },
        default: Some("\"none\""),
        applies: Reload,
        doc: "How rotated files are packed, in the background. The one that is written to never is.",
    },
    KeyDef {
        name: "keep.files",
        kind: Kind::OptionalInteger { at: |s| &mut s.keep_files, min: 0, max: 1_000_000 },
        default: None,
        applies: Reload,
        doc: "Rotated files that stay at most; the oldest go. Unset: all stay.",
    },
    KeyDef {
        name: "keep.age",
        kind: Kind::OptionalDuration { at: |s| &mut s.keep_age, min_ms: 60_000, max_ms: 1 << 50 },
        default: None,
        applies: Reload,
        doc: "How long rotated files stay after they were last written to. Unset: for ever.",
    },
    KeyDef {
        name: "keep.bytes",
        kind: Kind::OptionalSize { at: |s| &mut s.keep_bytes, min: 0, max: 1 << 50 },
        default: None,
        applies: Reload,
        doc: "Bytes that rotated files take at most, all together; the oldest go. Unset: no bound.",
    },
    KeyDef {
        name: "space_left",
        kind: Kind::Own { read: |given, s| read_limit(given, &mut s.left), what: LIMIT },
        default: None,
        applies: Reload,
        doc: "When the disk has less room than this, `space_left_action` is done. Unset: it is not looked at.",
    },
    KeyDef {
        name: "space_left_action",
        kind: low_actions!(left_action),
        default: Some("\"warn\""),
        applies: Reload,
        doc: "What is done then.",
    },
    KeyDef {
        name: "admin_space_left",
        kind: Kind::Own { read: |given, s| read_limit(given, &mut s.admin_left), what: LIMIT },
        default: None,
        applies: Reload,
        doc: "When it has even less than this, `admin_space_left_action` is done instead.",
    },
    KeyDef {
        name: "admin_space_left_action",
        kind: low_actions!(admin_left_action),
        default: Some("\"warn\""),
        applies: Reload,
        doc: "What is done then.",
    },
    KeyDef {
        name: "disk_full_action",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "stop",
                    doc: "events wait until there is room",
                    set: |s| s.full_action = FullAction::Stop,
                },
                Choice {
                    name: "rotate",
                    doc: "the oldest rotated file is removed and it is tried again; when none is left events wait",
                    set: |s| s.full_action = FullAction::Rotate,
                },
                Choice {
                    name: "drop",
                    doc: "events are dropped and counted",
                    set: |s| s.full_action = FullAction::Drop,
                },
            ],
            refused: AUDITD,
        },
        default: Some("\"stop\""),
        applies: Reload,
        doc: "What is done when the disk has no room at all, or a quota is used up.",
    },
    KeyDef {
        name: "disk_error_action",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "stop",
                    doc: "events wait until it works again",
                    set: |s| s.error_action = ErrorAction::Stop,
                },
                Choice {
                    name: "drop",
                    doc: "events are dropped and counted",
                    set: |s| s.error_action = ErrorAction::Drop,
                },
            ],
            refused: AUDITD,
        },
        default: Some("\"stop\""),
        applies: Reload,
        doc: "What is done when the file cannot be written for another reason.",
    },
    KeyDef {
        name: "sync",
        kind: Kind::Own { read: read_sync, what: "\"never\", \"each\", or a duration from 10ms to 1h, such as \"1s\"" },
        default: Some("\"never\""),
        applies: Reload,
        doc: "When it is made sure that what was written survives a power failure: never by oyez, with each batch of events before it \
            counts as delivered, or when this time has passed. The end of oyez alone loses nothing written.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let Some(path) = keys.path.clone().filter(|path| !path.as_os_str().is_empty()) else {
        making.refuse("path", "a file needs a path");
        return None;
    };
    making.claim("path", Claim::File(path.clone()));
    let access = access(keys, making);
    let is_sound = checked(keys, making);
    let settings = Settings {
        path,
        access: access?,
        rotate: Rotate { size: keys.size, time: keys.time, names: keys.names, packing: keys.packing },
        keep: Keep { files: keys.keep_files, age: keys.keep_age, bytes: keys.keep_bytes },
        space: Space {
            left: keys.left,
            left_action: keys.left_action,
            admin_left: keys.admin_left,
            admin_left_action: keys.admin_left_action,
            full_action: keys.full_action,
            error_action: keys.error_action,
        },
        sync: keys.sync,
    };
    is_sound.then(|| Arc::new(settings) as Arc<dyn Output>)
}

/// Whether the keys go together; says what does not.
fn checked(keys: &Keys, making: &mut Making<'_>) -> bool {
    let mut is_sound = true;
    let mut refuse = |key: &str, message: &str, hint: &str| {
        making.refuse_with(key, message, hint);
        is_sound = false;
    };
    if keys.size.is_none() && keys.time.is_none() {
        let about = [
            ("rotate.compression", keys.packing.is_some()),
            ("keep.files", keys.keep_files.is_some()),
            ("keep.age", keys.keep_age.is_some()),
            ("keep.bytes", keys.keep_bytes.is_some()),
        ];
        for (key, _) in about.into_iter().filter(|(_, is_set)| *is_set) {
            refuse(key, "nothing is ever rotated", "set `rotate.size` or `rotate.time`");
        }
    }
    if let (Some(left), Some(admin)) = (keys.left, keys.admin_left)
        && !is_less(admin, left)
    {
        refuse("admin_space_left", "it is not less than `space_left`", "its action is for when it has become worse");
    }
    is_sound
}

/// Whether one limit is narrower than the other, where that can be told.
fn is_less(limit: Limit, than: Limit) -> bool {
    match (limit, than) {
        (Limit::Bytes(limit), Limit::Bytes(than)) => limit < than,
        (Limit::Percent(limit), Limit::Percent(than)) => limit < than,
        _ => true,
    }
}

/// Who may read the file; `None` if that cannot be made out, which is said.
fn access(keys: &Keys, making: &mut Making<'_>) -> Option<Access> {
    let mode = making.is_set("mode").then_some(keys.mode);
    if mode.is_some_and(|mode| mode & 0o602 != 0o600) {
        making.refuse("mode", "its owner has to read and write it, and others must not write to it");
        return None;
    }
    let group = match &keys.group {
        Some(name) => Some(number(name, "group", group_number, making)?),
        None => None,
    };
    let mut numbers = |names: &[String], key: &str, look: fn(&str) -> Option<u32>| -> Option<Vec<u32>> {
        let found: Vec<_> = names.iter().map(|name| number(name, key, look, making)).collect();
        found.into_iter().collect()
    };
    let read_users = numbers(&keys.read_users, "read_users", user_number);
    let read_groups = numbers(&keys.read_groups, "read_groups", group_number);
    Some(Access { mode, group, read_users: read_users?, read_groups: read_groups? })
}

/// The number behind a name, or a number as it is.
fn number(name: &str, key: &str, look: fn(&str) -> Option<u32>, making: &mut Making<'_>) -> Option<u32> {
    // The largest stands for nobody (chown(2)).
    let found = name.parse().ok().filter(|number| *number != u32::MAX).or_else(|| look(name));
    if found.is_none() {
        making.refuse(key, format!("this host does not know \"{}\"", name.escape_debug()));
    }
    found
}

fn user_number(name: &str) -> Option<u32> {
    User::from_name(name).ok().flatten().map(|user| user.uid.as_raw())
}

fn group_number(name: &str) -> Option<u32> {
    Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw())
}

/// A value within bounds: text with a unit, or a number of milliseconds.
fn duration(given: &Given<'_>, least: Duration, most: Duration) -> Option<Duration> {
    let found = match &given.value {
        Value::Text(text) => units::parse_duration(text),
        Value::Integer(number) => u64::try_from(*number).ok().map(Duration::from_millis),
        _ => None,
    };
    found.filter(|time| (least..=most).contains(time))
}

fn read_time(given: &Given<'_>, keys: &mut Keys) -> Result<String, Vec<Refusal>> {
    let word = match &given.value {
        Value::Text(text) if text == "hourly" => Some(Duration::from_hours(1)),
        Value::Text(text) if text == "daily" => Some(Duration::from_hours(24)),
        _ => None,
    };
    let found = word.or_else(|| duration(given, Duration::from_mins(1), Duration::from_hours(8784)));
    let time = found.ok_or_else(Vec::new)?;
    keys.time = Some(time);
    Ok(quoted(&units::show_duration(time)))
}

fn read_sync(given: &Given<'_>, keys: &mut Keys) -> Result<String, Vec<Refusal>> {
    let (sync, shown) = match &given.value {
        Value::Text(text) if text == "never" => (Sync::Never, "never".to_owned()),
        Value::Text(text) if text == "each" => (Sync::Each, "each".to_owned()),
        _ => {
            let time = duration(given, Duration::from_millis(10), Duration::from_hours(1)).ok_or_else(Vec::new)?;
            (Sync::Every(time), units::show_duration(time))
        }
    };
    keys.sync = sync;
    Ok(quoted(&shown))
}

fn read_limit(given: &Given<'_>, limit: &mut Option<Limit>) -> Result<String, Vec<Refusal>> {
    let percent = |text: &str| {
        let percent = text.strip_suffix('%').and_then(|digits| digits.parse().ok());
        percent
            .filter(|percent| (1..=99).contains(percent))
            .map(|percent| (Limit::Percent(percent), format!("{percent}%")))
    };
    let bytes = |bytes: u64| (Limit::Bytes(bytes), units::show_size(bytes));
    let found = match &given.value {
        Value::Text(text) => percent(text).or_else(|| units::parse_size(text).map(bytes)),
        Value::Integer(number) => u64::try_from(*number).ok().map(bytes),
        _ => None,
    };
    let (found, shown) = found.ok_or_else(Vec::new)?;
    *limit = Some(found);
    Ok(quoted(&shown))
}
