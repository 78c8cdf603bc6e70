//! Objects that are addresses: the `SOCKADDR` record.

use std::net::IpAddr;

use oyez_events::decode::sockaddr::{self, Part, SockAddr};
use oyez_events::decode::{Dotted, hex};
use oyez_tables::{family, record_type};

use super::super::peek;
use super::{Finding, Found};

/// The bit of an `AUDIT_ARCH_*` number that says "little-endian" (linux/audit.h, `__AUDIT_ARCH_LE`).
const LITTLE_ENDIAN: u32 = 0x4000_0000;

impl Finding<'_, '_> {
    pub(super) fn address(&mut self) -> Found {
        let mut found = self.nothing();
        let Some(record) = self.first(record_type::SOCKADDR) else { return found };
        let Some(saddr) = peek::anywhere(record.body(), b" saddr=") else { return found };
        let mut bytes = std::mem::take(&mut self.scratch.hex);
        if hex(saddr.bytes, &mut bytes) {
            let arch = peek::call(self.body()).and_then(|(arch, _)| arch);
            let big_endian = arch.is_some_and(|arch| arch & LITTLE_ENDIAN == 0);
            self.push_address(&sockaddr::decode(&bytes, big_endian), &mut found);
        }
        self.scratch.hex = bytes;
        found
    }

    fn push_address(&mut self, address: &SockAddr<'_>, found: &mut Found) {
        let scratch = &mut *self.scratch;
        address.parts(&mut |name, part| match (name, part) {
            ("addr", Part::Ip(IpAddr::V4(ip))) => found.primary = scratch.push_bytes(Dotted::new(ip).as_bytes()),
            ("addr", Part::Ip(ip)) => found.primary = scratch.push_args(format_args!("{ip}")),
            ("addr", Part::Hardware(hardware)) => found.primary = scratch.push_args(format_args!("{hardware}")),
            ("path", Part::Text(path)) => found.primary = scratch.push_bytes(path),
            ("abstract", Part::Text(name)) => {
                let start = scratch.push_bytes(b"@").start;
                found.primary = start..scratch.push_bytes(name).end;
            }
            ("cid", Part::Number(number)) => found.primary = scratch.push_decimal(number),
            ("port", Part::Number(number)) => found.secondary = scratch.push_decimal(number),
            _ => {}
        });
        if found.primary.is_empty()
            && let Some(number) = address.family()
        {
            found.secondary = 0..0;
            found.primary = match family::name(number) {
                Some(name) => self.scratch.push_bytes(name.as_bytes()),
                None => self.scratch.push_args(format_args!("family {number}")),
            };
        }
    }
}
