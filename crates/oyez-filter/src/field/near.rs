//! Names that are no field's own: words of the kernel's tools, and what was probably meant.

use std::cmp::Reverse;

use oyez_tables::key::Key;

use super::table::DEFS;

/// More words for fields: those of auditctl(8) and ausearch(8), where they say the same thing.
const WORDS: &[(&str, &str)] = &[
    ("loginuid", "user.auid"),
    ("sessionid", "session"),
    ("session_id", "session"),
    ("msgtype", "kind"),
    ("pers", "syscall.per"),
    ("obj_uid", "paths.ouid"),
    ("obj_gid", "paths.ogid"),
    ("saddr_fam", "sockets.family"),
];

/// Words that say another thing, or in other values, than the field that answers them.
const HINTS: &[(&str, &str)] = &[
    // Not yes and no, but success and failed.
    ("success", "result"),
    ("res", "result"),
    ("outcome", "result"),
    // Not one path of a rule, but every name that was looked up.
    ("name", "path"),
    ("dir", "path"),
    ("file", "path"),
    ("filename", "path"),
    ("perm", "action"),
    ("user", "user.uid_name"),
    ("group", "user.gid_name"),
    ("host", "node"),
    ("hostname", "claimed.hostname"),
    ("terminal", "claimed.terminal"),
    ("acct", "claimed.acct"),
    ("op", "claimed.op"),
    ("cmd", "claimed.cmd"),
    ("a0", "syscall.args"),
    ("a1", "syscall.args"),
    ("a2", "syscall.args"),
    ("a3", "syscall.args"),
    ("args", "argv"),
    ("cmdline", "argv"),
    ("ip", "addr"),
    ("parent", "process.parent.exe"),
    ("command", "comm"),
    ("program", "exe"),
    ("binary", "exe"),
    ("image", "exe"),
    ("executable", "exe"),
    ("arguments", "argv"),
    ("service", "unit"),
    ("username", "user.uid_name"),
    ("hash", "sha256"),
];

/// The name of the field that this word of auditctl or ausearch stands for.
pub(super) fn other_word(name: &str) -> Option<&'static str> {
    WORDS.iter().find(|(word, _)| *word == name).map(|(_, full)| *full)
}

/// What was probably meant by a name that is none.
pub(super) fn nearest(name: &str) -> Option<String> {
    let small = name.to_ascii_lowercase();
    if small != name {
        return super::Field::find(&small).map_or_else(|unknown| unknown.nearest, |_| Some(small));
    }
    if let Some((_, full)) = HINTS.iter().find(|(word, _)| *word == name) {
        return Some((*full).to_owned());
    }
    let of_records = ["claimed.", "details."].into_iter().find(|prefix| name.starts_with(prefix));
    if let Some(prefix) = of_records {
        let keys = (0..Key::COUNT).filter_map(Key::from_index).map(Key::name);
        return closest(name.strip_prefix(prefix)?, keys).map(|key| format!("{prefix}{key}"));
    }
    let names = DEFS.iter().flat_map(|def| [def.name, def.alias]).filter(|name| !name.is_empty());
    if let Some(near) = closest(name, names) {
        return Some(near.to_owned());
    }
    // The last part of a full name may be all that somebody remembers.
    let ends = |def: &&super::Def| def.name.rsplit_once('.').is_some_and(|(_, last)| last == name);
    let full = DEFS.iter().find(ends).map(|def| def.name.to_owned());
    full.or_else(|| oyez_tables::key::lookup(name.as_bytes()).map(|key| format!("details.{}", key.name())))
}

/// The longest name that is compared letter by letter, in bytes.
const MAX_COMPARED: usize = 64;

fn closest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > MAX_COMPARED {
        return None;
    }
    let near = names.map(|other| (strsim::damerau_levenshtein(name, other), other));
    // Of names as near, the one that begins as this does: `uuid` is `uid` more likely than `auid`.
    let near = near.min_by_key(|(distance, other)| (*distance, Reverse(alike(name, other))));
    near.filter(|(distance, other)| *distance <= 1 + other.len() / 4).map(|(_, other)| other)
}

/// How many bytes two names have in common at their beginning.
fn alike(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
}
