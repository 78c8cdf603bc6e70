//! What oyez says of one field, put as `ausearch -i` would print it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::fields::Token;
use crate::interpreted::shown;
use crate::json::{at, list, member};
use crate::line::Line;

/// Keys that hold a user's id, and a group's.
const USERS: [&str; 11] =
    ["auid", "uid", "euid", "suid", "fsuid", "ouid", "oauid", "iuid", "sauid", "old-auid", "old auid"];
const GROUPS: [&str; 6] = ["gid", "egid", "sgid", "fsgid", "ogid", "new_gid"];
const SESSIONS: [&str; 3] = ["ses", "old-ses", "oses"];
const UNSET: &[u8] = b"4294967295";

/// Names that differ: what ausearch prints, what oyez prints, why.
const NAMES: [(&str, &str, &str); 3] = [
    ("armeb", "arm", "libaudit calls every 32-bit ARM by its big-endian name; the number says which it is"),
    ("pread", "pread64", "the kernel's syscall table says pread64; libaudit keeps the C library's name"),
    ("pwrite", "pwrite64", "as pread64"),
];

/// Keys whose values ausearch interprets and schema version 1 writes as they came; a later version may name them.
const LEFT_RAW: [&str; 22] = [
    "cap_fp",
    "cap_fi",
    "fp",
    "fi",
    "old_pp",
    "old_pi",
    "old_pe",
    "new_pp",
    "new_pi",
    "new_pe", // capability sets
    "list",
    "sig",
    "code",
    "family",
    "flags",
    "prom",
    "old_prom",
    "id",
    "proto",
    "capability",
    "prot", // numbers and flags
    "data", // keystrokes, which ausearch names
];

/// What came of one value.
#[derive(Debug)]
pub(crate) enum Verdict {
    Equal,
    /// ausearch gives a name to a number that oyez writes as it came.
    Uninterpreted,
    /// What oyez says.
    Unequal(String),
}

/// Where oyez's JSON holds a record.
pub(crate) struct Place<'a> {
    event: &'a Value,
    /// It is the record that says who: its fields stand in `user`, `process`, `syscall`.
    is_main: bool,
    /// The object of the record's own, where it has one.
    own: Option<&'a Value>,
}

impl<'a> Place<'a> {
    /// The place of the record at `index` of its event's `lines`.
    pub(crate) fn new(event: &'a Value, lines: &[Line], index: usize) -> Self {
        let main = lines.iter().position(|line| line.kind == "SYSCALL").unwrap_or(0);
        let line = &lines[index];
        let own = match line.kind.as_str() {
            "PATH" => path(event, line),
            "SOCKADDR" => event.get("sockets").and_then(|list| list.get(nth(lines, index))),
            kind => {
                // The main record has an object among the details only for what it could not place.
                let is_kind = |detail: &&Value| detail.get("type").is_some_and(|name| name == kind);
                let details = event.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let before = lines[..index].iter().filter(|line| line.kind == kind).count();
                let of_kind: Vec<_> = details.iter().filter(is_kind).collect();
                let all = lines.iter().filter(|line| line.kind == kind).count();
                let missing = usize::from(main < index && lines[main].kind == kind && of_kind.len() < all);
                (index != main || of_kind.len() == all).then(|| of_kind.get(before - missing).copied()).flatten()
            }
        };
        Place { event, is_main: index == main, own }
    }
}

fn nth(lines: &[Line], index: usize) -> usize {
    lines[..index].iter().filter(|line| line.kind == lines[index].kind).count()
}

/// The element of `paths` with the record's item.
fn path<'a>(event: &'a Value, line: &Line) -> Option<&'a Value> {
    let item =
        crate::fields::split(&line.body).iter().find(|token| token.key == b"item").map(|token| token.value.to_vec());
    event.get("paths")?.as_array()?.iter().find(|path| member(path, "item") == item)
}

/// `a12[3]` counts as `a`.
pub(crate) fn plain_key(key: &str) -> String {
    let digits = key.strip_prefix('a').unwrap_or("x");
    if digits.starts_with(|first: char| first.is_ascii_digit()) { "aN".to_owned() } else { key.to_owned() }
}

/// Whether oyez says of `token` what ausearch printed.
pub(crate) fn agree(place: &Place<'_>, line: &Line, token: &Token<'_>, printed: &[u8]) -> Verdict {
    let key = token.key().trim_start_matches('(');
    let ours = said(place, line, token);
    if token.is_absent() || token.value == b"?," {
        return if ours.is_none() { Verdict::Equal } else { Verdict::Unequal(shown(ours)) };
    }
    let Some(ours) = ours else { return Verdict::Unequal("nothing".to_owned()) };
    let ours = match key {
        _ if USERS.contains(&key) => named(place, key, token, &ours, "/etc/passwd"),
        _ if GROUPS.contains(&key) => named(place, key, token, &ours, "/etc/group"),
        _ if SESSIONS.contains(&key) && ours == UNSET => b"unset".to_vec(),
        "mode" => mode(&ours).unwrap_or(ours),
        _ => ours,
    };
    let is_text = |text: &[u8]| text == printed || escaped(text) == printed || quoted(text) == printed;
    // PAM of old wrote `(hostname=?, addr=?, terminal=cron res=success)`.
    if is_text(&ours)
        || (token.is_claimed && ours == without_end(printed))
        || is_known_name(printed, &ours)
        || is_same_thing(key, printed, &ours)
        || is_longer(token, printed, &ours)
    {
        Verdict::Equal
    } else if is_left_raw(line, token, &ours) {
        Verdict::Uninterpreted
    } else {
        Verdict::Unequal(shown(Some(ours)))
    }
}

fn is_known_name(theirs: &[u8], ours: &[u8]) -> bool {
    NAMES.iter().any(|(a, b, _)| a.as_bytes() == theirs && b.as_bytes() == ours)
}

pub(crate) fn without_end(claim: &[u8]) -> &[u8] {
    claim.strip_suffix(b",").or_else(|| claim.strip_suffix(b")")).unwrap_or(claim)
}

/// ausearch leaves the quotes of values that it does not expect to be quoted.
pub(crate) fn quoted(text: &[u8]) -> Vec<u8> {
    [b"\"", text, b"\""].concat()
}

/// Claims like `op=adding user id=503`: oyez takes the words up to the next key.
fn is_longer(token: &Token<'_>, theirs: &[u8], ours: &[u8]) -> bool {
    token.is_claimed && ours.strip_prefix(theirs).is_some_and(|rest| rest.starts_with(b" "))
}

/// Values that mean the same and are written otherwise.
fn is_same_thing(key: &str, theirs: &[u8], ours: &[u8]) -> bool {
    match key {
        // Kernel records say 1 and 0, auditd's own say success and failed; oyez writes one pair of words for the event.
        "res" | "success" => {
            let is_yes = |word: &[u8]| matches!(word, b"yes" | b"1" | b"success");
            let is_no = |word: &[u8]| matches!(word, b"no" | b"0" | b"failed");
            (is_yes(theirs) && is_yes(ours)) || (is_no(theirs) && is_no(ours))
        }
        // ausearch names the unset session only where the key is `ses`.
        "old-ses" => theirs == UNSET && ours == b"unset",
        "saddr" => theirs == b"unknown-family(0)" && ours == b"{ saddr_fam=unspec }",
        // A title that was cut behind an argument ends in an empty one; ausearch takes its NUL off.
        "proctitle" => ours.strip_suffix(b" ") == Some(theirs),
        _ => false,
    }
}

/// Fields that ausearch interprets and schema version 1 writes as they came; a later version may name them.
fn is_left_raw(line: &Line, token: &Token<'_>, ours: &[u8]) -> bool {
    match (line.kind.as_str(), token.key()) {
        // Flags, modes and ids, by syscall.
        ("SYSCALL", "a0" | "a1" | "a2" | "a3") => ours.strip_prefix(b"0x") == Some(token.value),
        (_, key) => LEFT_RAW.contains(&key) && (ours == token.value || ours == token.decoded()),
    }
}

/// The text oyez gives for a field, before names of ids and modes are looked up.
fn said(place: &Place<'_>, line: &Line, token: &Token<'_>) -> Option<Vec<u8>> {
    let (event, key) = (place.event, token.key().trim_start_matches('('));
    if token.is_claimed {
        let object = if place.is_main { event } else { place.own? };
        return member(object.get("claimed")?, key);
    }
    // Keys of several rules are joined by byte 1; ausearch prints a `key=` for each.
    let apart = |joined: Vec<u8>| joined.split(|byte| *byte == 1).collect::<Vec<_>>().join(&b" key="[..]);
    let own = |place: &Place<'_>| member(place.own?, key).map(|value| if key == "key" { apart(value) } else { value });
    match line.kind.as_str() {
        "CWD" if key == "cwd" => at(event, &["process", "cwd"]),
        "PROCTITLE" if key == "proctitle" => {
            let words = list(event.get("process")?, "proctitle")?;
            Some(words.into_iter().flatten().collect::<Vec<_>>().join(&b' '))
        }
        "EXECVE" => argument(event, key),
        "SOCKADDR" if key == "saddr" => saddr(place.own?),
        "SYSCALL" if place.is_main => of_syscall(place, key),
        _ if place.is_main => of_main(place, key).or_else(|| own(place)),
        _ => own(place),
    }
}

fn argument(event: &Value, key: &str) -> Option<Vec<u8>> {
    let argv = list(event.get("process")?, "argv")?;
    if key == "argc" {
        return Some(at(event, &["process", "argc"]).unwrap_or_else(|| argv.len().to_string().into_bytes()));
    }
    argv.get(key.strip_prefix('a')?.parse::<usize>().ok()?).cloned().flatten()
}

fn of_syscall(place: &Place<'_>, key: &str) -> Option<Vec<u8>> {
    let (event, call) = (place.event, place.event.get("syscall")?);
    match key {
        "arch" => member(call, "arch"),
        "syscall" => member(call, "name").or_else(|| member(call, "number")),
        // Where the event's result is another than the call's, that stands apart.
        "success" => own_success(event).or_else(|| result(event, b"yes", b"no")),
        "exit" => exit(call),
        "a0" | "a1" | "a2" | "a3" => list(call, "args")?.get(key[1..].parse::<usize>().ok()?).cloned().flatten(),
        "items" | "per" => member(call, key),
        _ => of_main(place, key),
    }
}

/// What the call's record says itself, where that is not the event's result.
fn own_success(event: &Value) -> Option<Vec<u8>> {
    let details = event.get("details")?.as_array()?;
    let call = details.iter().find(|detail| detail["type"] == "SYSCALL" && !detail["success"].is_null())?;
    member(call, "success")
}

/// The places of a main record that is no syscall.
fn of_main(place: &Place<'_>, key: &str) -> Option<Vec<u8>> {
    let event = place.event;
    match key {
        "ses" => at(event, &["session"]),
        "res" => result(event, b"yes", b"no"),
        "arch" => at(event, &["syscall", "arch"]),
        "syscall" => at(event, &["syscall", "name"]),
        "key" => Some(list(event, "keys")?.into_iter().flatten().collect::<Vec<_>>().join(&b" key="[..])),
        _ => at(event, &["user", key]).or_else(|| at(event, &["process", key])),
    }
}

fn result(event: &Value, success: &[u8], failed: &[u8]) -> Option<Vec<u8>> {
    let is_success = member(event, "result")? == b"success";
    Some(if is_success { success.to_vec() } else { failed.to_vec() })
}

/// `EACCES(Permission denied)`: the text in brackets is the C library's.
fn exit(call: &Value) -> Option<Vec<u8>> {
    let (Some(name), Some(value)) = (member(call, "errno"), call.get("exit")?.as_i64()) else {
        return member(call, "exit");
    };
    let text = std::io::Error::from_raw_os_error(i32::try_from(-value).ok()?).to_string();
    let text = text.split(" (os error").next()?;
    Some(format!("{}({text})", String::from_utf8_lossy(&name)).into_bytes())
}

/// `{ saddr_fam=inet laddr=10.0.0.1 lport=80 }`
fn saddr(socket: &Value) -> Option<Vec<u8>> {
    let part = |name: &str| member(socket, name).map(|value| String::from_utf8_lossy(&value).into_owned());
    let text = match part("family")?.as_str() {
        family @ ("inet" | "inet6") => format!("saddr_fam={family} laddr={} lport={}", part("addr")?, part("port")?),
        // ausearch calls it by its other name, AF_LOCAL.
        "unix" => format!("saddr_fam=local path={}", part("path").or_else(|| part("abstract"))?),
        "netlink" => format!("saddr_fam=netlink nlnk-fam=16 nlnk-pid={}", part("pid").or_else(|| part("port"))?),
        "x25" => format!("saddr_fam=x25 laddr={}", part("addr")?),
        "atmpvc" => format!("saddr_fam=atmpvc int={}", part("itf")?),
        family => format!("saddr_fam={family}"),
    };
    Some(format!("{{ {text} }}").into_bytes())
}

/// The name of an id: what the ENRICHED tail says, else what this host's own file says, as ausearch looks it up.
fn named(place: &Place<'_>, key: &str, token: &Token<'_>, ours: &[u8], file: &str) -> Vec<u8> {
    let name = format!("{key}_name");
    let object = if token.is_claimed { place.event.get("claimed") } else { place.own };
    let told = object.and_then(|object| member(object, &name));
    if let Some(told) = told.or_else(|| at(place.event, &["user", &name]).filter(|_| place.is_main)) {
        return told;
    }
    if ours == UNSET {
        return b"unset".to_vec();
    }
    let id = String::from_utf8_lossy(ours).into_owned();
    NAMED_IDS.get(&(file, id.clone())).cloned().unwrap_or_else(|| format!("unknown({id})").into_bytes())
}

/// This host's users and groups by file and id.
static NAMED_IDS: LazyLock<BTreeMap<(&'static str, String), Vec<u8>>> = LazyLock::new(|| {
    let mut ids = BTreeMap::new();
    for file in ["/etc/passwd", "/etc/group"] {
        for line in std::fs::read_to_string(file).unwrap_or_default().lines().rev() {
            let parts: Vec<_> = line.split(':').collect();
            ids.insert((file, parts[2].to_owned()), parts[0].as_bytes().to_vec());
        }
    }
    ids
});

/// `0100644` → `file,644`
fn mode(octal: &[u8]) -> Option<Vec<u8>> {
    let mode = u32::from_str_radix(str::from_utf8(octal).ok()?, 8).ok()?;
    let kind = match mode & 0o170_000 {
        0o140_000 => "socket",
        0o120_000 => "link",
        0o100_000 => "file",
        0o060_000 => "block",
        0o040_000 => "dir",
        0o020_000 => "character",
        0o010_000 => "fifo",
        _ => return None,
    };
    let mut text = kind.to_owned();
    for (bit, name) in [(0o4000, ",suid"), (0o2000, ",sgid"), (0o1000, ",sticky")] {
        text += if mode & bit != 0 { name } else { "" };
    }
    Some(format!("{text},{:03o}", mode & 0o777).into_bytes())
}

/// Control characters as ausearch prints them for a terminal, `\012`.
pub(crate) fn escaped(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|byte| if *byte < 32 { format!("\\{byte:03o}").into_bytes() } else { vec![*byte] }).collect()
}
