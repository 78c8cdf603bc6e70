//! Socket addresses as text: `{ saddr_fam=inet laddr=10.0.0.1 lport=80 }`, in `ausearch`'s words for the families it knows, in
//! the words of [`oyez_events::decode::sockaddr`] for all others.

use std::io::Write as _;

use oyez_events::decode::sockaddr::{Part, SockAddr, decode};
use oyez_tables::family;

use super::text;

/// The most bytes that a socket address has (`struct sockaddr_storage`, include/uapi/linux/socket.h).
const LONGEST: usize = 128;
/// `AF_INET`, `AF_INET6`
const INTERNET: [u16; 2] = [2, 10];

/// Writes the address whose bytes stand in hex in `value`, as a `SOCKADDR` record has them. Longer ones than the kernel's
/// longest are refused, and families that have no name.
pub(super) fn field(value: &[u8], out: &mut Vec<u8>) -> bool {
    let mut bytes = [0; LONGEST];
    let Some(bytes) = bytes.get_mut(..value.len() / 2) else { return false };
    if value.len() < 4 || !value.len().is_multiple_of(2) {
        return false;
    }
    for (byte, digits) in bytes.iter_mut().zip(value.chunks_exact(2)) {
        let Some(decoded) = super::number::hex(digits).and_then(|number| u8::try_from(number).ok()) else {
            return false;
        };
        *byte = decoded;
    }
    socket_address(bytes, is_big_endian(bytes), out)
}

/// Families are below 256, so the byte that is not zero tells the byte order.
fn is_big_endian(bytes: &[u8]) -> bool {
    matches!(bytes, [0, family, ..] if *family != 0)
}

/// Writes the address in `bytes`, which a host of this byte order recorded; `false` for a family without a name.
pub fn socket_address(bytes: &[u8], big_endian: bool, out: &mut Vec<u8>) -> bool {
    let address = decode(bytes, big_endian);
    let Some((number, name)) = address.family().and_then(|number| Some((number, family::name(number)?))) else {
        return false;
    };
    // ausearch calls it by its other name, AF_LOCAL.
    let name = if name == "unix" { "local" } else { name };
    let _ = write!(out, "{{ saddr_fam={name}");
    if INTERNET.contains(&number) {
        internet(&address, out);
    } else {
        if name == "netlink" {
            let _ = write!(out, " nlnk-fam={number}");
        }
        address.parts(&mut |part_name, part| other(name, part_name, part, out));
    }
    out.extend_from_slice(b" }");
    true
}

/// The address before the port, unlike in the struct; scope (RFC 4007, section 11) and flow if they are not zero.
fn internet(address: &SockAddr<'_>, out: &mut Vec<u8>) {
    let (mut ip, mut port, mut scope, mut flow) = (None, None, 0, 0);
    address.parts(&mut |name, part| match (name, part) {
        ("addr", Part::Ip(part)) => ip = Some(part),
        ("port", Part::Number(number)) => port = Some(number),
        ("scope_id", Part::Number(number)) => scope = number,
        ("flowinfo", Part::Number(number)) => flow = number,
        _ => {}
    });
    let (Some(ip), Some(port)) = (ip, port) else { return };
    let _ = write!(out, " laddr={ip}");
    if scope != 0 {
        let _ = write!(out, "%{scope}");
    }
    let _ = write!(out, " lport={port}");
    if flow != 0 {
        let _ = write!(out, " flowinfo={flow}");
    }
}

fn other(family: &str, name: &str, part: Part<'_>, out: &mut Vec<u8>) {
    let name = match (family, name) {
        ("netlink", "pid") => "nlnk-pid",
        ("netlink", "groups") if part == Part::Number(0) => return,
        ("netlink", "groups") => "nlnk-grp",
        ("atmpvc", "itf") => "int",
        ("x25", "addr") => "laddr",
        ("ax25", "addr") => "call",
        // As ss(8) and /proc/net/unix show names that are no path.
        ("local", "abstract") => "path=@",
        (_, name) => name,
    };
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    if !name.ends_with('@') {
        out.push(b'=');
    }
    match part {
        Part::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Part::Text(bytes) => text::put(bytes, out),
        Part::Ip(ip) => {
            let _ = write!(out, "{ip}");
        }
        Part::Hardware(address) => {
            let _ = write!(out, "{address}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: &str) -> String {
        let mut out = Vec::new();
        if field(value.as_bytes(), &mut out) { String::from_utf8(out).unwrap() } else { "-".to_owned() }
    }

    #[test]
    fn addresses_are_told_in_words() {
        let known = [
            ("02000050010203040000000000000000", "{ saddr_fam=inet laddr=1.2.3.4 lport=80 }"),
            ("00020050010203040000000000000000", "{ saddr_fam=inet laddr=1.2.3.4 lport=80 }"),
            ("0A001F90000000000000000000000000000000000000000100000000", "{ saddr_fam=inet6 laddr=::1 lport=8080 }"),
            (
                "0A00001600000000FE80000000000000000000000000000102000000",
                "{ saddr_fam=inet6 laddr=fe80::1%2 lport=22 }",
            ),
            ("01002F72756E2F7800", "{ saddr_fam=local path=/run/x }"),
            ("0100002F610A62", "{ saddr_fam=local path=@/a\\012b }"),
            ("100000000100000000000000", "{ saddr_fam=netlink nlnk-fam=16 nlnk-pid=1 }"),
            ("1000000001000000FF000000", "{ saddr_fam=netlink nlnk-fam=16 nlnk-pid=1 nlnk-grp=255 }"),
            (
                "1100000302000000010000060011223344550000",
                "{ saddr_fam=packet protocol=3 ifindex=2 hatype=1 pkttype=0 halen=6 addr=00:11:22:33:44:55 }",
            ),
            ("2800000000040000030000000000000", "-"),
            ("28000000000400000300000000000000", "{ saddr_fam=vsock port=1024 cid=3 flags=0 }"),
            ("02000050", "{ saddr_fam=inet }"),
            ("00000000000000000000000000000000", "{ saddr_fam=unspec }"),
        ];
        for (value, text) in known {
            assert_eq!(said(value), text);
        }
    }

    #[test]
    fn every_family_is_named() {
        for number in 0..=45u16 {
            let Some(name) = family::name(number) else { continue };
            let name = if name == "unix" { "local" } else { name };
            let value = format!("{number:02X}00{}", "00".repeat(40));
            assert!(said(&value).starts_with(&format!("{{ saddr_fam={name}")), "{name}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for value in ["", "02", "020", "0x02", "FF000000", "?", "(null)", &"00".repeat(129)] {
            assert_eq!(said(value), "-");
        }
    }
}
