//! One event as a format sees it: what was gathered, what it means, what is known besides.

use std::net::IpAddr;

use oyez_events::Event;
use oyez_events::context::{Context, Host};
use oyez_interpret::normal::{Kind, Normal, Outcome};
use oyez_tables::arch::Arch;
use oyez_tables::key::Key;
use oyez_tables::{errno, syscall};

use super::value::SocketParts;
use super::{Gathered, Item, Spot, socket_parts};

/// The bit of an `AUDIT_ARCH_*` number that says "little-endian" (linux/audit.h, `__AUDIT_ARCH_LE`).
const LITTLE_ENDIAN: u32 = 0x4000_0000;

/// All there is to tell of one event.
#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    pub(crate) event: &'v Event,
    pub(crate) context: &'v Context<'v>,
    pub(crate) found: &'v Gathered,
    pub(crate) normal: &'v Normal<'v>,
    /// The same in a sentence.
    pub(crate) sentence: &'v [u8],
}

/// A user or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id<'v> {
    pub(crate) number: u32,
    pub(crate) name: Option<&'v [u8]>,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts<'v> {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: Option<u16>,
    pub(crate) domain: Option<&'v [u8]>,
    /// A path, or an abstract name, of a local socket.
    pub(crate) path: Option<&'v [u8]>,
}

impl Parts<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.ip.is_none() && self.port.is_none() && self.domain.is_none() && self.path.is_none()
    }
}

impl<'v> View<'v> {
    /// The user of the kernel's field `key`; `None` where it is unset.
    pub(crate) fn user(&self, key: Key) -> Option<Id<'v>> {
        self.id(self.found.own(key)?, false)
    }

    /// The group of the kernel's field `key`; `None` where it is unset.
    pub(crate) fn group(&self, key: Key) -> Option<Id<'v>> {
        self.id(self.found.own(key)?, true)
    }

    /// The user or group whose number stands at `spot`.
    pub(crate) fn id(&self, spot: Spot, is_group: bool) -> Option<Id<'v>> {
        let number = spot.id(self.event).filter(|number| *number != u32::MAX)?;
        let known = || {
            let names = self.context.names?;
            if is_group { names.group(number) } else { names.user(number) }
        };
        let name = self.found.explained(spot).or_else(|| known().map(str::as_bytes));
        Some(Id { number, name })
    }

    /// The number of the kernel's field `key`.
    pub(crate) fn number(&self, key: Key) -> Option<u32> {
        self.found.own(key)?.id(self.event)
    }

    /// What a program claims of `key`, decoded. PAM puts the question mark, which stands for nothing, in quotes.
    pub(crate) fn claim<'s>(&self, key: Key, scratch: &'s mut Vec<u8>) -> Option<&'s [u8]>
    where
        'v: 's,
    {
        self.found.claimed(key)?.value(self.event).text(scratch).filter(|text| *text != b"?")
    }

    /// What the kernel says of `key`, decoded.
    pub(crate) fn own<'s>(&self, key: Key, scratch: &'s mut Vec<u8>) -> Option<&'s [u8]>
    where
        'v: 's,
    {
        self.found.own(key)?.value(self.event).text(scratch)
    }

    /// The architecture of the system call.
    pub(crate) fn arch(&self) -> Option<Arch> {
        Arch::from_audit(self.arch_number()?)
    }

    fn arch_number(&self) -> Option<u32> {
        let digits = self.found.own(Key::Arch)?.bytes(self.event);
        u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    }

    /// The name of the system call.
    pub(crate) fn call(&self) -> Option<&'v [u8]> {
        let spot = self.found.own(Key::Syscall)?;
        let known = self.arch().zip(spot.id(self.event)).and_then(|(arch, number)| syscall::name(arch, number));
        known.map(str::as_bytes).or_else(|| self.found.explained(spot))
    }

    /// The name of the error that a system call returned.
    pub(crate) fn errno(&self) -> Option<&'static str> {
        let exit = self.found.own(Key::Exit)?.bytes(self.event).strip_prefix(b"-")?;
        errno::name(crate::number::small(exit)?)
    }

    /// Whether the normalised view already says what this `success=`, `res=` or `result=` does.
    pub(crate) fn is_told_as_result(&self, spot: Spot) -> bool {
        match spot.bytes(self.event) {
            b"yes" | b"success" | b"1" => self.normal.result == Some(Outcome::Success),
            b"no" | b"failed" | b"0" => matches!(self.normal.result, Some(Outcome::Failed(_))),
            _ => false,
        }
    }

    /// The socket address.
    pub(crate) fn socket(&self) -> Option<SocketParts<'v>> {
        // Without an arch, little-endian is likelier.
        let big_endian = self.arch_number().is_some_and(|number| number & LITTLE_ENDIAN == 0);
        (!self.found.saddr.is_empty()).then(|| socket_parts(&self.found.saddr, big_endian))
    }

    /// The far or own end that a socket address tells; `None` where it has no address, port or path.
    pub(crate) fn end(&self) -> Option<Parts<'v>> {
        let socket = self.socket()?;
        let end = Parts { ip: socket.ip, port: socket.port, domain: None, path: socket.path.or(socket.name) };
        (!end.is_empty()).then_some(end)
    }

    /// Where a program says that a request came from.
    pub(crate) fn claimed_end(&self) -> Option<Parts<'v>> {
        let plain = |key| {
            let text = self.found.claimed(key)?.bytes(self.event);
            (!matches!(text, b"" | b"?" | b"(null)" | b"(none)")).then_some(text)
        };
        let ip = |text: &[u8]| str::from_utf8(text).ok()?.parse().ok();
        let (addr, hostname) = (plain(Key::Addr), plain(Key::Hostname));
        let port = plain(Key::Rport).and_then(crate::number::small).and_then(|port| u16::try_from(port).ok());
        let found = addr.and_then(ip).or_else(|| hostname.and_then(ip));
        let domain = hostname.or(addr).filter(|text| ip(text).is_none());
        let end = Parts { ip: found, port, domain, path: None };
        (!end.is_empty()).then_some(end)
    }

    /// Whether the object is something that has a path.
    pub(crate) fn is_of_files(&self) -> bool {
        matches!(
            self.normal.object.kind,
            Kind::File
                | Kind::Directory
                | Kind::Symlink
                | Kind::Fifo
                | Kind::CharacterDevice
                | Kind::BlockDevice
                | Kind::Filesystem
        ) && self.normal.object.primary.is_some()
    }

    /// The `PATH` record of the object: the last whose name is that of the object, else the first.
    pub(crate) fn item(&self, scratch: &mut Vec<u8>) -> Option<&'v Item> {
        let primary = self.normal.object.primary?;
        let mut is_it = |item: &&Item| {
            let name = self.of_item(item, Key::Name).and_then(|spot| spot.value(self.event).text(scratch));
            name.is_some_and(|name| primary.ends_with(name.strip_prefix(b"./").unwrap_or(name)))
        };
        self.found.items().iter().rev().find(&mut is_it).or_else(|| self.found.items().first())
    }

    /// The field `key` of a `PATH` record.
    pub(crate) fn of_item(&self, item: &Item, key: Key) -> Option<Spot> {
        self.found.fields_of(item).iter().find(|spot| spot.key() == Some(key)).copied()
    }

    /// The host, where anything is known of it.
    pub(crate) fn host(&self) -> Option<&'v Host> {
        self.context.host
    }
}
