//! A record in, the tail of auditd's ENRICHED format out: `ARCH=x86_64 SYSCALL=execve AUID="alice" SADDR={ … }`.
//!
//! Explained are the fields whose type is id, architecture, system call or socket address in libauparse (auparse/typetab.h,
//! `auparse_interp_adjust_type` in auparse/interpret.c), those inside `msg='…'` too, in their order and under their names in
//! upper case. Names of ids are written as the kernel writes what it does not trust. What is no number is not explained;
//! libauparse takes it for 0.

use std::io::Write as _;

use oyez_events::Record;
use oyez_events::context::Names;
use oyez_events::decode::hex;
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_interpret::fields::socket_address;
use oyez_tables::arch::Arch;
use oyez_tables::key::Key;
use oyez_tables::{record_type, syscall};

use crate::raw::untrusted;

/// What libauparse takes a field for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Explained {
    User,
    Group,
    Arch,
    Syscall,
    Address,
}

/// Makes tails; keeps its buffers from one record to the next.
#[derive(Debug, Default)]
pub(crate) struct Tails {
    fields: Fields,
    scratch: Vec<u8>,
}

impl Tails {
    /// Appends the tail of `record`; nothing where there is nothing to explain.
    pub(crate) fn write(&mut self, record: &Record<'_>, names: Option<&dyn Names>, out: &mut Vec<u8>) {
        self.fields.split(record);
        let (body, start) = (record.body(), out.len());
        let mut arch = None;
        for field in self.fields.own().iter().chain(self.fields.claimed()) {
            let FieldKey::Known(key) = field.key else { continue };
            let Some(explained) = explained(record.number(), key) else { continue };
            let value = field.value.of(body);
            if explained == Explained::Arch {
                arch = number(value, 16);
            }
            let before = out.len();
            if before > start {
                out.push(b' ');
            }
            out.extend(key.name().bytes().map(|byte| byte.to_ascii_uppercase()));
            out.push(b'=');
            let is_said = match explained {
                Explained::User => id(field, value, |id| names.map(|names| names.user(id)), out),
                Explained::Group => id(field, value, |id| names.map(|names| names.group(id)), out),
                Explained::Arch => said(arch.and_then(Arch::from_audit).map(Arch::name), out),
                Explained::Syscall => call(arch, value, out),
                Explained::Address => address(value, &mut self.scratch, out),
            };
            if !is_said {
                out.truncate(before);
            }
        }
    }
}

fn explained(number: u16, key: Key) -> Option<Explained> {
    let is_of_group = matches!(number, record_type::ADD_GROUP | record_type::DEL_GROUP | record_type::GRP_MGMT);
    Some(match key {
        Key::Id if is_of_group => Explained::Group,
        Key::Auid
        | Key::Uid
        | Key::Euid
        | Key::Suid
        | Key::Fsuid
        | Key::Ouid
        | Key::Oauid
        | Key::OldAuid
        | Key::Iuid
        | Key::Id
        | Key::InodeUid
        | Key::Sauid
        | Key::ObjUid => Explained::User,
        Key::ObjGid
        | Key::Gid
        | Key::Egid
        | Key::Sgid
        | Key::Fsgid
        | Key::Ogid
        | Key::Igid
        | Key::InodeGid
        | Key::NewGid => Explained::Group,
        Key::Arch => Explained::Arch,
        Key::Syscall => Explained::Syscall,
        Key::Saddr if !matches!(number, record_type::AVC | record_type::NETFILTER_PKT) => Explained::Address,
        _ => return None,
    })
}

/// Appends the name of an id, `unset` for that of nobody. `look_up` gives `None` where there is nobody to ask.
fn id<'a>(
    field: &Field,
    value: &[u8],
    look_up: impl FnOnce(u32) -> Option<Option<&'a str>>,
    out: &mut Vec<u8>,
) -> bool {
    let Some(id) = number(value, 10).or(Some(u32::MAX).filter(|_| value == b"-1")) else { return false };
    if field.form != Form::Bare {
        return false;
    }
    if id == u32::MAX {
        return said(Some("\"unset\""), out);
    }
    match look_up(id) {
        None => return false,
        Some(Some(name)) => untrusted(name.as_bytes(), out),
        Some(None) => drop(write!(out, "\"unknown({id})\"")),
    }
    true
}

fn call(arch: Option<u32>, value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(arch) = arch.and_then(Arch::from_audit) else { return false };
    let Some(number) = number(value, 10) else { return false };
    match syscall::name(arch, number) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => drop(write!(out, "unknown-syscall({number})")),
    }
    true
}

fn address(value: &[u8], scratch: &mut Vec<u8>, out: &mut Vec<u8>) -> bool {
    // Families are below 256, so the byte that is not zero tells the recording host's byte order.
    let is_big_endian = |bytes: &[u8]| matches!(bytes, [0, family, ..] if *family != 0);
    hex(value, scratch) && socket_address(scratch, is_big_endian(scratch), out)
}

fn said(text: Option<&str>, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(text.unwrap_or_default().as_bytes());
    text.is_some()
}

fn number(text: &[u8], radix: u32) -> Option<u32> {
    let text = str::from_utf8(text).ok().filter(|text| !text.starts_with('+'))?;
    u32::from_str_radix(text, radix).ok()
}
