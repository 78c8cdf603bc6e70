//! The way back: a part's name and value → the bytes of a socket address that says so.
//!
//! What of an address is not that part stays as it is. Refused is what would make another thing of it: a part that the
//! family has not, a value that does not fit, a link-layer address.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::layout::{self, Kind};
use super::number;

/// The longest path of a unix socket (linux/un.h, `UNIX_PATH_MAX`), in bytes.
const MAX_PATH: usize = 108;

/// A value that a part is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<'a> {
    /// A number; signed ones of the kernel as their unsigned bit pattern.
    Number(u64),
    /// A name, a path, or an internet address in its usual form.
    Text(&'a [u8]),
}

/// What a part would have to be given instead, in words: `an IPv4 address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted(pub &'static str);

/// Gives the part `name` of the address `bytes` another value. `big_endian` is the recording host's byte order.
///
/// # Errors
/// [`Wanted`] where that cannot be done; `bytes` are as they were.
pub fn set(bytes: &mut Vec<u8>, big_endian: bool, name: &str, value: Given<'_>) -> Result<(), Wanted> {
    let no_part = Wanted("a part that addresses of this family have");
    let family = number(bytes, 0, Kind::U16, big_endian).and_then(|family| u16::try_from(family).ok());
    let layout = family.and_then(|family| layout::of(family, bytes, big_endian)).ok_or(no_part)?;
    let item = layout.items.iter().find(|item| item.name == name).ok_or(no_part)?;
    let is_behind = item.offset > bytes.len();
    match (item.kind, value) {
        _ if is_behind => Err(no_part),
        (Kind::Ip4, Given::Text(text)) => {
            let ip: Ipv4Addr = parsed(text).ok_or(Wanted("an IPv4 address"))?;
            put(bytes, item.offset, &ip.octets())
        }
        (Kind::Ip6, Given::Text(text)) => {
            let ip: Ipv6Addr = parsed(text).ok_or(Wanted("an IPv6 address"))?;
            put(bytes, item.offset, &ip.octets())
        }
        (Kind::Ip4 | Kind::Ip6, Given::Number(_)) => Err(Wanted("the text of an address")),
        (Kind::Chars(len), Given::Text(text)) => chars(bytes, item.offset, len, text),
        (Kind::CharsToEnd, Given::Text(text)) => path(bytes, item.offset, text),
        (Kind::NameToEnd, Given::Text(text)) => abstract_name(bytes, item.offset, text),
        (Kind::Chars(_) | Kind::CharsToEnd | Kind::NameToEnd, Given::Number(_)) => Err(Wanted("text")),
        (Kind::Hardware(..) | Kind::HardwareOf(..), _) => {
            Err(Wanted("left as it is: change `saddr`, the address in hex"))
        }
        (kind, Given::Number(value)) => integer(bytes, item.offset, kind, big_endian, value),
        (_, Given::Text(_)) => Err(Wanted("a whole number")),
    }
}

fn parsed<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    str::from_utf8(text).ok()?.parse().ok()
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) -> Result<(), Wanted> {
    let place = bytes.get_mut(offset..offset + value.len()).ok_or(Wanted("left as it is: the address is cut short"))?;
    place.copy_from_slice(value);
    Ok(())
}

/// Writes text into a field of `len` bytes, which NULs fill up.
fn chars(bytes: &mut [u8], offset: usize, len: usize, text: &[u8]) -> Result<(), Wanted> {
    if text.is_empty() || text.len() > len || text.contains(&0) {
        return Err(Wanted("text without zero bytes, no longer than its place"));
    }
    let place = bytes.get_mut(offset..offset + len).ok_or(Wanted("left as it is: the address is cut short"))?;
    let (front, rest) = place.split_at_mut_checked(text.len()).unwrap_or_default();
    front.copy_from_slice(text);
    rest.fill(0);
    Ok(())
}

/// Writes the text that an address ends with; one NUL follows where any did.
fn path(bytes: &mut Vec<u8>, offset: usize, text: &[u8]) -> Result<(), Wanted> {
    if text.is_empty() || text.len() > MAX_PATH || text.contains(&0) {
        return Err(Wanted("text of at most 108 bytes without zero bytes"));
    }
    let had_end = bytes.len() > offset && bytes.last() == Some(&0);
    bytes.truncate(offset);
    bytes.extend_from_slice(text);
    bytes.extend_from_slice(if had_end { b"\0" } else { b"" });
    Ok(())
}

fn abstract_name(bytes: &mut Vec<u8>, offset: usize, text: &[u8]) -> Result<(), Wanted> {
    if text.is_empty() || text.len() >= MAX_PATH || text.ends_with(b"\0") {
        return Err(Wanted("text of at most 107 bytes that does not end with a zero byte"));
    }
    bytes.truncate(offset);
    bytes.extend_from_slice(text);
    Ok(())
}

fn integer(bytes: &mut [u8], offset: usize, kind: Kind, big_endian: bool, value: u64) -> Result<(), Wanted> {
    let width = kind.width();
    if width < 8 && value >> (8 * width) != 0 {
        return Err(Wanted(match width {
            1 => "a number below 256",
            2 => "a number below 65536",
            _ => "a number below 4294967296",
        }));
    }
    let is_big = match kind {
        Kind::Be16 | Kind::Be32 => true,
        Kind::Le16 => false,
        _ => big_endian,
    };
    let (big, little) = (value.to_be_bytes(), value.to_le_bytes());
    let digits = if is_big { big.get(8 - width..) } else { little.get(..width) };
    put(bytes, offset, digits.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::{Part, decode};
    use super::*;

    /// Names and values of all parts that can be set, but those that say which parts there are.
    fn parts(bytes: &[u8], big_endian: bool) -> Vec<(&'static str, Result<u64, Vec<u8>>)> {
        let mut parts = Vec::new();
        decode(bytes, big_endian).parts(&mut |name, part| match part {
            Part::Number(number) => parts.push((name, Ok(number))),
            Part::Text(text) => parts.push((name, Err(text.to_vec()))),
            Part::Ip(ip) => parts.push((name, Err(ip.to_string().into_bytes()))),
            Part::Hardware(_) => {}
        });
        parts
    }

    #[test]
    fn a_part_that_is_set_to_what_it_is_changes_no_byte() {
        for family in 0..=50_u16 {
            for (len, fill) in (2..=112).zip([1_u8, 2, 3, 10, 0x41].into_iter().cycle()) {
                for big_endian in [false, true] {
                    let mut bytes = vec![fill; len];
                    bytes[..2].copy_from_slice(&if big_endian { family.to_be_bytes() } else { family.to_le_bytes() });
                    for (name, value) in parts(&bytes, big_endian) {
                        let mut again = bytes.clone();
                        let given =
                            value.as_ref().map_or_else(|text| Given::Text(text), |number| Given::Number(*number));
                        let set = set(&mut again, big_endian, name, given);
                        assert!(set.is_ok() && again == bytes || len > 100, "{family} {len} {name} {set:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_address_says_what_it_was_given() {
        let inet = [2, 0, 0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut bytes = inet.to_vec();
        set(&mut bytes, false, "addr", Given::Text(b"198.51.100.7")).unwrap();
        set(&mut bytes, false, "port", Given::Number(443)).unwrap();
        assert_eq!(parts(&bytes, false), [("port", Ok(443)), ("addr", Err(b"198.51.100.7".to_vec()))]);
        assert!(decode(&bytes, false).says_all());
        let mut bytes = b"\x01\x00/run/x\0\0\0".to_vec();
        set(&mut bytes, false, "path", Given::Text(b"/run/longer")).unwrap();
        assert_eq!(bytes, b"\x01\x00/run/longer\0");
        let mut bytes = b"\x01\x00\x00bus".to_vec();
        set(&mut bytes, false, "abstract", Given::Text(b"b\0s")).unwrap();
        assert_eq!(bytes, b"\x01\x00\x00b\0s");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_changes_nothing() {
        let inet = [2, 0, 0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        for (name, value) in [
            ("addr", Given::Text(b"::1")),
            ("addr", Given::Text(b"host")),
            ("addr", Given::Number(1)),
            ("port", Given::Number(65536)),
            ("port", Given::Text(b"80")),
            ("path", Given::Text(b"/x")),
        ] {
            let mut bytes = inet.to_vec();
            assert!(set(&mut bytes, false, name, value).is_err() && bytes == inet, "{name} {value:?}");
        }
        for (address, name, value) in [
            (&b"\x01\x00/x"[..], "path", &b"a\0b"[..]),
            (b"\x01\x00/x", "path", b""),
            (b"\x01\x00/x", "path", &[b'x'; 109]),
            (b"\x01\x00\x00x", "abstract", b"x\0"),
            (
                b"\x11\x00\x08\x00\x01\x00\x00\x00\x01\x00\x00\x06\x00\x00\x00\x00\x00\x01\x00\x00",
                "addr",
                b"02:00:00:00:00:01",
            ),
        ] {
            let mut bytes = address.to_vec();
            assert!(set(&mut bytes, false, name, Given::Text(value)).is_err() && bytes == address, "{name}");
        }
    }
}
