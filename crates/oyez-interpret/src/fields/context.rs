//! Values that mean something only beside another field of their record.

use std::io::Write as _;

use oyez_tables::key::Key;
use oyez_tables::meaning::Meaning;
use oyez_tables::value::List;

use super::flags::names;
use super::number::{hex, unsigned};
use super::{name, put};

/// `IPPROTO_ICMPV6` (include/uapi/linux/in6.h), as a record writes it.
const ICMPV6: &[u8] = b"58";

/// Says what `value` means by the record's other fields; `None` where they decide nothing.
pub(super) fn say<'a>(
    meaning: Meaning,
    value: &[u8],
    sibling: &dyn Fn(Key) -> Option<&'a [u8]>,
    out: &mut Vec<u8>,
) -> Option<bool> {
    let list = match meaning {
        // `audit_enabled=1 old=0` (kernel/audit.c, `audit_log_config_change`).
        Meaning::OldSetting if sibling(Key::AuditEnabled).is_some() => List::AuditState,
        Meaning::OldSetting if sibling(Key::AuditFailure).is_some() => List::AuditFailure,
        Meaning::IcmpType => match sibling(Key::Proto)? {
            ICMPV6 => List::Icmpv6Type,
            _ => List::IcmpType,
        },
        Meaning::SocketProtocol => match sibling(Key::Family)? {
            b"inet" | b"inet6" => List::IpProtocol,
            b"netlink" => List::NetlinkProtocol,
            _ => return None,
        },
        // kernel/auditsc.c, `audit_log_ntp`: other operations are about numbers.
        Meaning::ClockValue if sibling(Key::Op)? == b"status" => return Some(clock_status(value, out)),
        // kernel/auditsc.c, `__audit_fanotify`: the rule's number in hex, if the listener gave one.
        Meaning::FanotifyRule if sibling(Key::FanType)? == b"1" => {
            return hex(value).map(|rule| write!(out, "{rule}").is_ok());
        }
        _ => return None,
    };
    Some(name(list, unsigned(value), out))
}

/// A type of ICMP message whose version is not known: named only where that makes no difference.
pub(super) fn icmp_type(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(number) = unsigned(value) else { return false };
    match (List::IcmpType.name(number), List::Icmpv6Type.name(number)) {
        (Some(one), Some(other)) => put((one == other).then_some(one), out),
        (one, other) => put(one.or(other), out),
    }
}

/// Bits of `STA_*` (include/uapi/linux/timex.h).
fn clock_status(value: &[u8], out: &mut Vec<u8>) -> bool {
    unsigned(value).is_some_and(|bits| bits != 0 && names(List::ClockStatus, bits, false, out))
}
