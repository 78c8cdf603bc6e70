//! On what: the paths that were touched, and the socket addresses.

use oyez_events::decode::hex;
use oyez_events::decode::sockaddr::{self, Part, SockAddr};
use oyez_tables::family;
use oyez_tables::key::Key;

use super::deed::{arch, call_name, decoded};
use super::facts::{Facts, Item, Value};
use super::line::Line;
use super::plain::{put, word};

/// Paths shown of one event.
const MAX_PATHS: usize = 4;
/// Socket addresses shown of one event.
const MAX_SOCKETS: usize = 4;
/// Longest path shown, in bytes.
const PATH_LIMIT: usize = 512;
/// `AT_FDCWD` (linux/fcntl.h) as the low 32 bits of an argument.
const AT_FDCWD: u64 = 0xffff_ff9c;
/// The bit of an `AUDIT_ARCH_*` number that says "little-endian" (linux/audit.h, `__AUDIT_ARCH_LE`).
const LITTLE_ENDIAN: u32 = 0x4000_0000;

/// Writes the paths that were acted on; their directories only where nothing else is known.
pub(super) fn paths(line: &mut Line<'_>, facts: &Facts<'_>) {
    let is_exec = facts.has_execve || call_name(facts).is_some_and(|name| matches!(name, b"execve" | b"execveat"));
    // Item 0 of an execve is what was to be run; interpreters and loaders follow.
    let most = if is_exec { 1 } else { MAX_PATHS };
    let is_parent = |item: &&Item<'_>| item.nametype == b"PARENT";
    let only_parents = facts.items.iter().all(|item| is_parent(&item));
    let shown = || facts.items.iter().filter(|item| only_parents || !is_parent(item));
    let count = shown().count();
    if count == 0 {
        return;
    }
    let cwd = if is_relative_to_cwd(facts) { facts.cwd } else { None };
    line.group(None, |out| {
        for (index, item) in shown().take(most).enumerate() {
            out.extend_from_slice(if index > 0 { b", " } else { b"" });
            path(out, item, cwd);
        }
        if count > most && !is_exec {
            put(out, format_args!(", … +{} paths", count - most));
        }
    });
}

/// Writes the socket addresses.
pub(super) fn sockets(line: &mut Line<'_>, facts: &Facts<'_>) {
    if facts.sockets.is_empty() {
        return;
    }
    // Without an arch, little-endian is likelier.
    let big_endian = arch(facts).is_some_and(|arch| arch & LITTLE_ENDIAN == 0);
    let mut scratch = Vec::new();
    line.group(None, |out| {
        for (index, saddr) in facts.sockets.iter().take(MAX_SOCKETS).enumerate() {
            out.extend_from_slice(if index > 0 { b", " } else { b"" });
            if hex(saddr.bytes, &mut scratch) {
                socket(out, &sockaddr::decode(&scratch, big_endian));
            } else {
                word(out, saddr.bytes, 64);
            }
        }
        if facts.sockets.len() > MAX_SOCKETS {
            put(out, format_args!(", … +{} addresses", facts.sockets.len() - MAX_SOCKETS));
        }
    });
}

/// Whether relative names start at the working directory: the `*at` calls may name another one, which is not recorded.
fn is_relative_to_cwd(facts: &Facts<'_>) -> bool {
    let is_cwd = |key| facts.get(key).and_then(Value::hex_number).is_none_or(|fd| fd & 0xffff_ffff == AT_FDCWD);
    match call_name(facts) {
        Some(b"linkat" | b"renameat" | b"renameat2") => is_cwd(Key::A0) && is_cwd(Key::A2),
        Some(b"symlinkat") => is_cwd(Key::A1),
        Some(b"statx" | b"name_to_handle_at") => is_cwd(Key::A0),
        Some(name) if [&b"at"[..], b"at2", b"at64"].iter().any(|end| name.ends_with(end)) && !is_plain(name) => {
            is_cwd(Key::A0)
        }
        _ => true,
    }
}

/// Calls that merely end like an `*at` call.
fn is_plain(name: &[u8]) -> bool {
    matches!(name, b"stat" | b"lstat" | b"stat64" | b"lstat64" | b"creat" | b"ustat")
}

fn path(out: &mut Vec<u8>, item: &Item<'_>, cwd: Option<Value<'_>>) {
    out.extend_from_slice(match item.nametype {
        b"CREATE" => b"create ",
        b"DELETE" => b"delete ",
        b"PARENT" => b"in ",
        _ => b"",
    });
    let (mut name, mut directory) = (Vec::new(), Vec::new());
    let name = decoded(item.name, &mut name);
    let directory = decoded(cwd, &mut directory);
    match (name, directory) {
        (Some(name), Some(directory)) if !name.starts_with(b"/") => word(out, &join(directory, name), PATH_LIMIT),
        (Some(name), _) => word(out, name, PATH_LIMIT),
        (None, _) => {
            out.extend_from_slice(b"inode ");
            word(out, item.inode.map_or(b"?", |inode| inode.bytes), 32);
        }
    }
}

fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if directory.ends_with(b"/") { b"" } else { b"/" };
    [directory, slash, name].concat()
}

fn socket(out: &mut Vec<u8>, address: &SockAddr<'_>) {
    let (mut ip, mut port, mut path, mut name) = (None, None, None, None);
    address.parts(&mut |key, part| match (key, part) {
        ("addr", Part::Ip(addr)) => ip = Some(addr),
        ("port", Part::Number(number)) => port = Some(number),
        ("path", Part::Text(text)) => path = Some(text),
        ("abstract", Part::Text(text)) => name = Some(text),
        _ => {}
    });
    match (ip, port, path, name) {
        (Some(ip), Some(port), ..) if ip.is_ipv6() => put(out, format_args!("[{ip}]:{port}")),
        (Some(ip), Some(port), ..) => put(out, format_args!("{ip}:{port}")),
        (_, _, Some(path), _) => word(out, path, PATH_LIMIT),
        (_, _, _, Some(name)) => word(out, &[b"@", name].concat(), PATH_LIMIT),
        _ => other_socket(out, address),
    }
}

fn other_socket(out: &mut Vec<u8>, address: &SockAddr<'_>) {
    match address.family() {
        Some(number) => match family::name(number) {
            Some(name) => word(out, name.as_bytes(), 32),
            None => put(out, format_args!("family {number}")),
        },
        None => return out.extend_from_slice(b"no address"),
    }
    address.parts(&mut |key, part| {
        put(out, format_args!(" {key}="));
        match part {
            Part::Number(number) => put(out, format_args!("{number}")),
            Part::Text(text) => word(out, text, 128),
            Part::Ip(ip) => put(out, format_args!("{ip}")),
            Part::Hardware(hardware) => put(out, format_args!("{hardware}")),
        }
    });
}
