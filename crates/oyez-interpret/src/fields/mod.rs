//! What the value of one field means, in the words of `ausearch -i` where it has some.
//!
//! Input is a record type, a key and the value as `oyez_events::fields` found it; output is text appended to the caller's
//! buffer: one line, UTF-8, without control characters. Nothing is said of a value that says all itself, that is absent, or
//! that no table knows; what a value means only beside another of its record is told by [`in_record`] alone.
//!
//! Names of users and groups, of system calls and of their arguments are not looked up here: [`kind`] tells who must be
//! asked.

mod access;
mod capability;
mod context;
mod device;
mod errno;
mod flags;
mod keystrokes;
mod label;
mod mode;
mod number;
mod personality;
mod seccomp;
mod sockaddr;
mod text;

use oyez_events::fields::Form;
use oyez_tables::arch::Arch;
use oyez_tables::flags::{Group, Set};
use oyez_tables::key::Key;
pub use oyez_tables::meaning::{Meaning, all as kinds, of as kind};
use oyez_tables::value::List;

pub use label::{Label, Level, label};
use number::{decimal, hex, unsigned};
pub use sockaddr::socket_address;

/// Few records but `SYSCALL` tell the architecture. Numbers of signals, flags and requests are those of nearly all: alpha,
/// mips, parisc, sparc and xtensa have others, and arm, powerpc and s390 a few.
const COMMON: Group = Group::X86;

/// Says what `value` means, which was written in `form` under `key` in a record of type `record_type`. `false`, with `out` as
/// it was, where there is nothing to say beyond the value.
#[inline]
pub fn field(record_type: u16, key: Key, value: &[u8], form: Form, out: &mut Vec<u8>) -> bool {
    kind(record_type, key).is_some_and(|meaning| say(meaning, value, form, out))
}

/// As [`field`], and with a look at the record's other fields where they decide: `sibling` gives the value of another key of
/// the same record.
pub fn in_record<'a>(
    record_type: u16,
    key: Key,
    value: &[u8],
    form: Form,
    sibling: &dyn Fn(Key) -> Option<&'a [u8]>,
    out: &mut Vec<u8>,
) -> bool {
    kind(record_type, key).is_some_and(|meaning| {
        whole(out, |out| {
            context::say(meaning, value, sibling, out).unwrap_or_else(|| say_some(meaning, value, form, out))
        })
    })
}

/// Says what `value` means, whose meaning is known. `false`, with `out` as it was, where there is nothing to say.
pub fn say(meaning: Meaning, value: &[u8], form: Form, out: &mut Vec<u8>) -> bool {
    whole(out, |out| say_some(meaning, value, form, out))
}

/// Takes off what was said of a value that turned out to have no meaning.
fn whole(out: &mut Vec<u8>, say: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
    let before = out.len();
    let said = say(out) && out.len() > before;
    if !said {
        out.truncate(before);
    }
    said
}

fn say_some(meaning: Meaning, value: &[u8], form: Form, out: &mut Vec<u8>) -> bool {
    if let Some(list) = list(meaning) {
        return name(list, unsigned(value), out);
    }
    match meaning {
        Meaning::User | Meaning::Group | Meaning::Session => unset(value, out),
        Meaning::Arch => put(hex(value).and_then(arch), out),
        Meaning::Exit => errno::exit(value, out),
        Meaning::Errno => errno::errno(value, out),
        Meaning::Personality => personality::personality(value, out),
        Meaning::Result | Meaning::Flag => put(yes_or_no(value), out),
        Meaning::FileMode => mode::file(value, out),
        Meaning::Permissions => mode::permissions(value, out),
        Meaning::Device => device::device(value, out),
        Meaning::CapabilitySet => capability::set(value, out),
        Meaning::SocketAddress => sockaddr::field(value, out),
        Meaning::MapFlags => flags::map(value, out),
        Meaning::OpenFlags => flags::open(value, out),
        Meaning::QueueFlags => flags::queue(value, out),
        Meaning::ResolveFlags => flags::resolve(value, out),
        Meaning::SeccompAction => seccomp::action(value, out),
        Meaning::Access => access::rule(value, out),
        Meaning::Keystrokes => keystrokes::keystrokes(value, form, out),
        Meaning::Promiscuity => put(promiscuity(value), out),
        Meaning::Ethertype => name(List::Ethertype, hex(value), out),
        Meaning::IcmpType => context::icmp_type(value, out),
        Meaning::Capability => put(unsigned(value).and_then(|number| Set::Capability.value(COMMON, number)), out),
        Meaning::Signal => put(unsigned(value).and_then(signal), out),
        Meaning::Ioctl => put(hex(value).and_then(request), out),
        Meaning::FileAccess => access::letters(value, out),
        // Who knows these is asked elsewhere, or another field decides.
        _ => false,
    }
}

/// The list whose decimal numbers a meaning is about.
fn list(meaning: Meaning) -> Option<List> {
    Some(match meaning {
        Meaning::UringOp => List::UringOp,
        Meaning::FilterList => List::FilterList,
        Meaning::AuditState => List::AuditState,
        Meaning::AuditFailure => List::AuditFailure,
        Meaning::MulticastGroup => List::MulticastGroup,
        Meaning::FanotifyResponse => List::FanotifyResponse,
        Meaning::FanotifyInfo => List::FanotifyInfo,
        Meaning::Trust => List::Trust,
        Meaning::NetfilterFamily => List::NetfilterFamily,
        Meaning::NetfilterHook => List::NetfilterHook,
        Meaning::NetfilterAction => List::NetfilterAction,
        Meaning::IpProtocol => List::IpProtocol,
        Meaning::NetlinkProtocol => List::NetlinkProtocol,
        Meaning::FlowDoi => List::FlowDoi,
        Meaning::FlowAlgorithm => List::FlowAlgorithm,
        _ => return None,
    })
}

/// Appends the name of `number`, if there are both.
fn name(list: List, number: Option<u64>, out: &mut Vec<u8>) -> bool {
    put(number.and_then(|number| list.name(number)), out)
}

fn put(word: Option<&str>, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(word.unwrap_or_default().as_bytes());
    word.is_some()
}

/// An id of -1 is none (`AUDIT_UID_UNSET`, `AUDIT_SID_UNSET`, include/uapi/linux/audit.h); old kernels and tools write the
/// sign.
fn unset(value: &[u8], out: &mut Vec<u8>) -> bool {
    put(matches!(value, b"4294967295" | b"-1").then_some("unset"), out)
}

fn arch(number: u64) -> Option<&'static str> {
    u32::try_from(number).ok().and_then(Arch::from_audit).map(Arch::name)
}

fn yes_or_no(value: &[u8]) -> Option<&'static str> {
    match value {
        b"1" => Some("yes"),
        b"0" => Some("no"),
        _ => None,
    }
}

/// Signal 0 is none: it asks whether there is somebody (kill(2)).
fn signal(number: u64) -> Option<&'static str> {
    if number == 0 { Some("SIG0") } else { Set::Signal.value(COMMON, number) }
}

/// The name of an ioctl(2) request. `SELinux` writes the low 16 bits (`security/lsm_audit.c`, `LSM_AUDIT_DATA_IOCTL_OP`): named
/// only where no other request has the same.
fn request(number: u64) -> Option<&'static str> {
    let mut named = Set::Ioctl.values(COMMON).iter().filter(|(known, _)| *known == number || *known & 0xffff == number);
    let (_, name) = named.next()?;
    named.next().is_none().then_some(name)
}

/// The kernel writes the device's `IFF_PROMISC`, 256, or 0 (net/core/dev.c, `__dev_set_promiscuity`).
fn promiscuity(value: &[u8]) -> Option<&'static str> {
    decimal(value).map(|flag| if flag == 0 { "no" } else { "yes" })
}

#[cfg(test)]
mod tests;
