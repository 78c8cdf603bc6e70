//! Nothing vanishes: every value of every raw record stands somewhere in the event's JSON, under the name it belongs to.

use std::collections::{BTreeMap, HashSet};

use oyez_tables::arch::Arch;
use serde_json::Value;

use crate::fields::{self, Token, unhex};
use crate::json::list;
use crate::line::Line;
use crate::logs::Log;
use crate::ours;

/// Members of an event's JSON, wherever they stand: name and exact value.
pub(crate) type Said = HashSet<(String, Vec<u8>)>;

/// What was looked for, and what was not found, by type and key.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) records: usize,
    pub(crate) values: usize,
    pub(crate) missing: BTreeMap<String, Vec<String>>,
}

/// Looks for every value of every record of `log`.
pub(crate) fn look(log: &Log, found: &mut Found) {
    for event in ours::read(&log.text).events.into_values() {
        let mut said = Said::new();
        collect("", &event.json, &mut said);
        for line in &event.lines {
            found.records += 1;
            look_for(line, &event.json, &said, found, &log.name);
        }
    }
}

fn look_for(line: &Line, event: &Value, said: &Said, found: &mut Found, log: &str) {
    let tokens = fields::split(&line.body);
    let tokens = if line.kind == "LOGIN" { fields::renamed(&tokens) } else { tokens };
    for token in tokens.iter().filter(|token| !token.is_absent()) {
        found.values += 1;
        if !is_said(line, token, event, said) {
            missing(found, line, token, log);
        }
    }
    // An address, an architecture and a syscall are decoded from the record itself.
    let is_duplicate = |token: &&Token<'_>| matches!(token.key(), "ARCH" | "SYSCALL");
    let tail = if line.tail.starts_with(b"SADDR=") { Vec::new() } else { fields::split(&line.tail) };
    for token in tail.iter().filter(|token| !is_duplicate(token)) {
        found.values += 1;
        if !said.contains(&(format!("{}_name", token.key().to_lowercase()), token.value.to_vec())) {
            missing(found, line, token, log);
        }
    }
}

fn missing(found: &mut Found, line: &Line, token: &Token<'_>, log: &str) {
    let text = format!("{log}: {:?} {}", String::from_utf8_lossy(token.value), line.text());
    found.missing.entry(format!("{} {}", line.kind, token.key())).or_default().push(text);
}

/// All members below `value`, whose own name is `name`; elements of a list have the list's name.
pub(crate) fn collect(name: &str, value: &Value, said: &mut Said) {
    let mut say = |name: &str, value: Vec<u8>| said.insert((name.to_owned(), value));
    match value {
        Value::String(text) => {
            if let Some((name, bytes)) = name.strip_suffix("_hex").zip(unhex(text.as_bytes())) {
                say(name, bytes);
            }
            say(name, text.clone().into_bytes());
        }
        Value::Number(number) => {
            say(name, number.to_string().into_bytes());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, said)),
        Value::Object(members) => {
            // An element of `more`.
            if let Some((key, value)) = members.get("key").and_then(Value::as_str).zip(members.get("value")) {
                collect(key, members.get("value_hex").unwrap_or(value), said);
                if let Some(bytes) =
                    members.get("value_hex").and_then(Value::as_str).and_then(|hex| unhex(hex.as_bytes()))
                {
                    said.insert((key.to_owned(), bytes));
                }
            }
            members.iter().for_each(|(name, value)| collect(name, value, said));
        }
        Value::Bool(_) | Value::Null => {}
    }
}

fn is_said(line: &Line, token: &Token<'_>, event: &Value, said: &Said) -> bool {
    let key = token.key().trim_start_matches('(');
    let has = |name: &str, value: &[u8]| said.contains(&(name.to_owned(), value.to_vec()));
    let decoded = token.decoded();
    let as_itself = || has(key, token.value) || has(key, &decoded);
    match (line.kind.as_str(), key) {
        (_, "") => is_word_said(token.value, said),
        (_, "ses") => has("session", token.value) || as_itself(),
        (_, "success" | "res" | "result") => {
            has("result", result(token.value)) || as_itself() || is_claim(token, key, said)
        }
        (_, "key") => decoded.split(|byte| *byte == 1).all(|part| has("keys", part)) || as_itself(),
        (_, "proctitle") => decoded.split(|byte| *byte == 0).all(|part| has("proctitle", part)),
        (_, "arch") => has("arch", arch(token.value).as_bytes()) || as_itself(),
        (_, "syscall") => has("number", token.value) || as_itself(),
        ("SYSCALL", "a0" | "a1" | "a2" | "a3") => has("args", &[b"0x", token.value].concat()),
        ("EXECVE", "argc") => has("argc", token.value) || argc(event) == token.value,
        ("EXECVE", key) => key.ends_with("_len") || is_argument(key, &decoded, event),
        ("SOCKADDR", "saddr") => has("saddr", token.value) || is_rebuilt(&decoded, event),
        _ => as_itself() || is_claim(token, key, said),
    }
}

/// A claimed value goes up to the next key, and PAM of old put some in brackets.
fn is_claim(token: &Token<'_>, key: &str, said: &Said) -> bool {
    let bare = token.value.strip_suffix(b")").or_else(|| token.value.strip_suffix(b",")).unwrap_or(token.value);
    let is_it =
        |value: &[u8]| value == bare || value.strip_prefix(token.value).is_some_and(|rest| rest.starts_with(b" "));
    token.is_claimed && (matches!(bare, b"?") || said.iter().any(|(name, value)| name == key && is_it(value)))
}

/// Words that are no fields stand in `rest`, or belong to a claim or to what SELinux says.
fn is_word_said(word: &[u8], said: &Said) -> bool {
    let is_syntax = matches!(word, b"avc:" | b"{" | b"}" | b"for" | b"msg='" | b"old" | b"new" | b":");
    let holds = |value: &[u8]| value.split(|byte| *byte == b' ').any(|part| part == word);
    is_syntax || said.iter().any(|(name, value)| name != "type" && holds(value))
}

fn result(word: &[u8]) -> &'static [u8] {
    match word {
        b"yes" | b"1" | b"success" => b"success",
        b"no" | b"0" | b"failed" => b"failed",
        _ => b"",
    }
}

fn arch(hex: &[u8]) -> &'static str {
    let number = str::from_utf8(hex).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
    number.and_then(Arch::from_audit).map_or("", Arch::name)
}

fn argv(event: &Value) -> Vec<Option<Vec<u8>>> {
    event.get("process").and_then(|process| list(process, "argv")).unwrap_or_default()
}

fn argc(event: &Value) -> Vec<u8> {
    argv(event).len().to_string().into_bytes()
}

/// `a1` is the argument at its place, `a1[0]` a piece of it.
fn is_argument(key: &str, value: &[u8], event: &Value) -> bool {
    let (number, is_piece) = key.split_once('[').map_or((key, false), |(number, _)| (number, true));
    let place: Option<usize> = number.strip_prefix('a').and_then(|digits| digits.parse().ok());
    let Some(argument) = place.and_then(|place| argv(event).get(place).cloned().flatten()) else { return false };
    if is_piece { memchr::memmem::find(&argument, value).is_some() } else { argument == value }
}

/// Whether one of the event's decoded addresses gives back the raw bytes, up to zeros at their end.
fn is_rebuilt(raw: &[u8], event: &Value) -> bool {
    let sockets = event.get("sockets").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    sockets.iter().filter_map(rebuild).any(|bytes| {
        raw.strip_prefix(bytes.as_slice()).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
            || bytes.strip_prefix(raw).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    })
}

fn rebuild(socket: &Value) -> Option<Vec<u8>> {
    let text = |name: &str| crate::json::member(socket, name);
    let number = |name: &str| socket.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let port = || number("port").and_then(|port| u16::try_from(port).ok()).unwrap_or_default().to_be_bytes();
    let address = || String::from_utf8(text("addr")?).ok();
    Some(match text("family")?.as_slice() {
        b"unix" => [&1u16.to_le_bytes()[..], &text("path")?].concat(),
        b"inet" => {
            let address: std::net::Ipv4Addr = address()?.parse().ok()?;
            [&2u16.to_le_bytes()[..], &port(), &address.octets()].concat()
        }
        b"inet6" => {
            let address: std::net::Ipv6Addr = address()?.parse().ok()?;
            let (flow, scope) = (number("flowinfo").unwrap_or_default(), number("scope_id").unwrap_or_default());
            [&10u16.to_le_bytes()[..], &port(), &flow.to_be_bytes(), &address.octets(), &scope.to_le_bytes()].concat()
        }
        b"netlink" => {
            let (pid, groups) = (number("pid").or_else(|| number("port"))?, number("groups").unwrap_or_default());
            [&[16, 0, 0, 0][..], &pid.to_le_bytes(), &groups.to_le_bytes()].concat()
        }
        b"unspec" => vec![0, 0],
        _ => return None,
    })
}
