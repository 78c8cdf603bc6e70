//! The socket address of a `SOCKADDR` record: bytes of a `struct sockaddr` → its family and named [`Part`]s.
//!
//! Input are the bytes behind `saddr=` (hex already undone) and the byte order of the host that recorded them. Output is a
//! list of parts that a formatter walks without knowing any family. A part's name has one type in all families: `addr`,
//! `path` and `abstract` are always text, `port` is always a number. Nothing is refused: a family that has no layout here, or
//! bytes too short for theirs, have no parts. [`SockAddr::says_all`] tells whether family and parts stand for every byte; where
//! they do not, the raw bytes must be kept beside them.
//!
//! Layouts: `sockaddr/layout.rs`.

mod hardware;
mod layout;
mod write;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use hardware::Hardware;
use layout::{Item, Kind, Layout};
pub use write::{Given, Wanted, set};

/// One value of a socket address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A number; signed ones of the kernel come as their unsigned bit pattern.
    Number(u64),
    /// Bytes that are a name or a path; they may not be text.
    Text(&'a [u8]),
    /// An internet address.
    Ip(IpAddr),
    /// A link-layer address; it prints itself.
    Hardware(Hardware<'a>),
}

/// A socket address as the kernel recorded it.
#[derive(Clone, Copy, Debug)]
pub struct SockAddr<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    family: Option<u16>,
    layout: Option<&'static Layout>,
}

/// Finds the family of `bytes` and how the rest is laid out. `big_endian` is the recording host's byte order: the family and
/// most numbers are written in it.
pub fn decode(bytes: &[u8], big_endian: bool) -> SockAddr<'_> {
    let family = number(bytes, 0, Kind::U16, big_endian).and_then(|family| u16::try_from(family).ok());
    let layout = family.and_then(|family| layout::of(family, bytes, big_endian));
    SockAddr { bytes, big_endian, family, layout: layout.filter(|layout| bytes.len() >= layout.min) }
}

impl<'a> SockAddr<'a> {
    /// The address family (linux/socket.h, `AF_*`); `None` where not even its two bytes are there.
    pub fn family(&self) -> Option<u16> {
        self.family
    }

    /// Hands each part and its name to `out`, in the order of the struct.
    pub fn parts(&self, out: &mut dyn FnMut(&'static str, Part<'a>)) {
        for item in self.items() {
            if let Some(Seen { part: Some(part), .. }) = self.read(item) {
                out(item.name, part);
            }
        }
    }

    /// Whether family and parts stand for every byte: the length is one that the family's struct has, and what no part
    /// covers is zero. Behind a path any number of NULs may follow.
    pub fn says_all(&self) -> bool {
        let Some(layout) = self.layout else { return false };
        if !layout.sizes.is_empty() && !layout.sizes.contains(&self.bytes.len()) {
            return false;
        }
        let mut at = 2;
        for item in layout.items {
            let Some(seen) = self.read(item) else { continue };
            if !seen.exact || !self.is_zero(at, item.offset) {
                return false;
            }
            at = seen.end;
        }
        self.is_zero(at, self.bytes.len())
    }

    fn items(&self) -> &'static [Item] {
        self.layout.map_or(&[], |layout| layout.items)
    }

    fn is_zero(&self, from: usize, to: usize) -> bool {
        self.bytes.get(from..to).unwrap_or_default().iter().all(|b| *b == 0)
    }

    /// `None` where the item does not lie within the bytes.
    fn read(&self, item: &Item) -> Option<Seen<'a>> {
        let rest = self.bytes.get(item.offset..)?;
        let (part, len) = match item.kind {
            Kind::Ip4 => (Part::Ip(Ipv4Addr::from(*rest.first_chunk::<4>()?).into()), 4),
            Kind::Ip6 => (Part::Ip(Ipv6Addr::from(*rest.first_chunk::<16>()?).into()), 16),
            Kind::Hardware(len, style) => (Part::Hardware(Hardware::new(rest.get(..len)?, style)), len),
            Kind::HardwareOf(at, style) => {
                let len = usize::from(*self.bytes.get(at)?);
                let bytes = rest.get(..len).filter(|bytes| !bytes.is_empty())?;
                (Part::Hardware(Hardware::new(bytes, style)), len)
            }
            Kind::Chars(len) => return Some(self.chars(item.offset, rest.get(..len)?)),
            Kind::CharsToEnd => return Some(self.chars(item.offset, rest)),
            Kind::NameToEnd => return Some(self.name(rest)),
            kind => (Part::Number(number(self.bytes, item.offset, kind, self.big_endian)?), kind.width()),
        };
        Some(Seen { part: Some(part), end: item.offset + len, exact: true })
    }

    /// Text up to the first NUL of `field`.
    fn chars(&self, offset: usize, field: &'a [u8]) -> Seen<'a> {
        let len = field.iter().position(|b| *b == 0).unwrap_or(field.len());
        let part = field.get(..len).filter(|text| !text.is_empty()).map(Part::Text);
        let end = offset + field.len();
        Seen { part, end, exact: self.is_zero(offset + len, end) }
    }

    /// An abstract name is all that is there, NULs included (unix(7)). Those at its end are mostly a caller's careless
    /// length, so they are left to the raw bytes.
    fn name(&self, rest: &'a [u8]) -> Seen<'a> {
        let len = rest.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
        Seen { part: rest.get(..len).map(Part::Text), end: self.bytes.len(), exact: len == rest.len() }
    }
}

/// An item that was found.
struct Seen<'a> {
    /// `None` for text that is empty.
    part: Option<Part<'a>>,
    /// The first byte behind it.
    end: usize,
    /// Whether the part stands for all of its bytes.
    exact: bool,
}

/// The integer at `offset`; `None` where it does not lie within the bytes.
fn number(bytes: &[u8], offset: usize, kind: Kind, big_endian: bool) -> Option<u64> {
    let field = bytes.get(offset..)?.get(..kind.width())?;
    let big = match kind {
        Kind::Be16 | Kind::Be32 => true,
        Kind::Le16 => false,
        _ => big_endian,
    };
    let fold = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
    Some(if big { field.iter().fold(0, fold) } else { field.iter().rev().fold(0, fold) })
}

#[cfg(test)]
mod tests;
