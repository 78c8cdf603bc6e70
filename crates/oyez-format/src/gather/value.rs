//! Values on their way out: what stands for nothing, what is encoded, and a socket's address.

use std::net::IpAddr;

use oyez_events::decode::sockaddr::{self, Part};
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::Form;
use oyez_tables::family;
use oyez_tables::key::Kind;

/// A value as it stands in its record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'e> {
    pub(crate) bytes: &'e [u8],
    pub(super) form: Form,
    /// What its key says that the bytes are; `None` for a key that no table knows.
    pub(super) kind: Option<Kind>,
}

impl<'e> Value<'e> {
    /// The decoded bytes; `None` where it stands for nothing. Hex is decoded into `scratch`.
    pub(crate) fn text<'a>(self, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]>
    where
        'e: 'a,
    {
        let is_bare = self.form == Form::Bare;
        if self.bytes.is_empty() || is_bare && matches!(self.bytes, b"?" | b"(null)" | b"(none)") {
            return None;
        }
        if self.kind != Some(Kind::Encoded) {
            return Some(self.bytes);
        }
        match untrusted(self.bytes, self.form, scratch) {
            Text::Bytes(bytes) => Some(bytes),
            Text::Absent => None,
        }
    }
}

/// What a socket address says, of the parts that the formats of others have members for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SocketParts<'a> {
    /// `inet`, `unix`; absent for a family without a name.
    pub(crate) family: Option<&'static str>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: Option<u16>,
    /// A path in the file system.
    pub(crate) path: Option<&'a [u8]>,
    /// A name without one (unix(7), "abstract").
    pub(crate) name: Option<&'a [u8]>,
    /// Whether these parts stand for every byte.
    pub(crate) is_all: bool,
}

/// Reads the bytes of a socket address that a host of this byte order recorded.
pub(crate) fn socket_parts(bytes: &[u8], big_endian: bool) -> SocketParts<'_> {
    let address = sockaddr::decode(bytes, big_endian);
    let mut parts = SocketParts { family: address.family().and_then(family::name), ..SocketParts::default() };
    let mut is_all = address.says_all();
    address.parts(&mut |name, part| match (name, part) {
        ("addr", Part::Ip(ip)) => parts.ip = Some(ip),
        ("port", Part::Number(port)) => parts.port = u16::try_from(port).ok(),
        ("path", Part::Text(path)) => parts.path = Some(path),
        ("abstract", Part::Text(name)) => parts.name = Some(name),
        _ => is_all = false,
    });
    parts.is_all = is_all;
    parts
}
