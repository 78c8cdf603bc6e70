//! Who did it: `alice→root ses 3`.

use oyez_tables::key::Key;

use super::deed::decoded;
use super::facts::Facts;
use super::line::{Line, Paint};
use super::plain::{put, word};

/// Longest name or number shown, in bytes.
const LIMIT: usize = 64;

/// Writes login user, user, effective user where it is another one, and session; nothing where no record says any.
pub(super) fn write(line: &mut Line<'_>, facts: &Facts<'_>) {
    let mut scratch: [Vec<u8>; 3] = Default::default();
    let [login, user, acting] = &mut scratch;
    let auid = person(facts, Key::Auid, login);
    let (uid, euid) = (person(facts, Key::Uid, user), person(facts, Key::Euid, acting));
    let Some(first) = auid.or(uid) else { return };
    line.group(None, |out| {
        word(out, first, LIMIT);
        if let Some(uid) = uid.filter(|uid| *uid != first) {
            out.extend_from_slice("→".as_bytes());
            word(out, uid, LIMIT);
        }
        if let Some(euid) = euid.filter(|euid| uid.is_some_and(|uid| uid != *euid)) {
            out.extend_from_slice(b"(euid ");
            word(out, euid, LIMIT);
            out.push(b')');
        }
    });
    if let Some(ses) = facts.get(Key::Ses).map(|ses| ses.bytes).filter(|ses| !is_unset(ses)) {
        line.more(Some(Paint::Context), |out| {
            out.extend_from_slice(b"ses ");
            word(out, ses, LIMIT);
        });
    }
}

/// Writes the process at the line's end.
pub(super) fn process(line: &mut Line<'_>, facts: &Facts<'_>) {
    let Some(pid) = facts.get(Key::Pid) else { return };
    line.group(Some(Paint::Context), |out| {
        put(out, format_args!("pid "));
        word(out, pid.bytes, LIMIT);
    });
}

/// The name, or else the number, or `-` for nobody.
fn person<'e>(facts: &Facts<'e>, key: Key, scratch: &'e mut Vec<u8>) -> Option<&'e [u8]> {
    let number = facts.get(key)?.bytes;
    if is_unset(number) {
        return Some(b"-");
    }
    let name = decoded(facts.name(key), scratch);
    // auditd writes "unknown(1234)" for what has no name.
    Some(name.filter(|name| !name.starts_with(b"unknown(")).unwrap_or(number))
}

/// `AUDIT_UID_UNSET` and `AUDIT_SID_UNSET` (linux/audit.h), which older kernels print signed.
fn is_unset(number: &[u8]) -> bool {
    matches!(number, b"4294967295" | b"-1")
}
