//! Who may read a log: its mode, its group, and its access list.
//!
//! [`Access`] in, what fchmod(2), fchown(2) and the attribute `system.posix_acl_access` take out. An access list that is to be
//! replaced is replaced whole; where no readers are asked for the list that is there (from the directory's default list, or by
//! hand) stays.

use std::os::fd::AsFd;

use rustix::fs::{Gid, Mode, XattrFlags};
use rustix::io::Errno;

use super::settings::Access;

/// The attribute that holds an access list.
const ACL: &str = "system.posix_acl_access";
/// An access list has at most so many bytes here: 8000 entries.
const MAX: usize = 64 << 10;

// uapi/linux/posix_acl.h and posix_acl_xattr.h.
const VERSION: u32 = 2;
const USER_OBJ: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;
const READ: u16 = 4;
const NOBODY: u32 = u32::MAX;

/// What could not be set, and why.
pub(super) type Refused = (&'static str, Errno);

/// Sets what is asked for of a file that was made just now.
pub(super) fn set_new(file: impl AsFd, access: &Access) -> Result<(), Refused> {
    let mode = access.mode.unwrap_or(0o600);
    // The group first: the one it has until then must not read it.
    set_group(&file, access)?;
    // Always, for the umask may have taken some of it.
    set_mode(&file, mode)?;
    set_readers(&file, access, mode)
}

/// Sets what is asked for and not so of a file that was there.
pub(super) fn set_old(file: impl AsFd, access: &Access) -> Result<(), Refused> {
    let stat = rustix::fs::fstat(&file).map_err(|error| ("mode", error))?;
    if access.group.is_some_and(|group| group != stat.st_gid) {
        set_group(&file, access)?;
    }
    // With an access list the middle bits of a mode are its mask: they are not the group's, and cannot be compared.
    let group = list(&file).and_then(|list| group_bits(&list));
    let present = group.map_or(stat.st_mode & 0o777, |group| stat.st_mode & 0o707 | group << 3);
    let mode = access.mode.unwrap_or(present);
    if access.mode.is_some_and(|mode| mode != stat.st_mode & 0o7777) && readers(access) == 0 {
        set_mode(&file, mode)?;
    }
    set_readers(&file, access, mode)
}

/// Gives one file what another has.
pub(super) fn copy(from: impl AsFd, to: impl AsFd) -> Result<(), Errno> {
    let stat = rustix::fs::fstat(&from)?;
    let own = rustix::fs::fstat(&to)?;
    if (stat.st_uid, stat.st_gid) != (own.st_uid, own.st_gid) {
        rustix::fs::fchown(&to, Some(rustix::fs::Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))?;
    }
    rustix::fs::fchmod(&to, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    match list(&from) {
        Some(list) => rustix::fs::fsetxattr(&to, ACL, &list, XattrFlags::empty()),
        None => Ok(()),
    }
}

fn set_group(file: impl AsFd, access: &Access) -> Result<(), Refused> {
    let Some(group) = access.group else { return Ok(()) };
    rustix::fs::fchown(file, None, Some(Gid::from_raw(group))).map_err(|error| ("group", error))
}

fn set_mode(file: impl AsFd, mode: u32) -> Result<(), Refused> {
    rustix::fs::fchmod(file, Mode::from_raw_mode(mode)).map_err(|error| ("mode", error))
}

fn readers(access: &Access) -> usize {
    access.read_users.len() + access.read_groups.len()
}

fn set_readers(file: impl AsFd, access: &Access, mode: u32) -> Result<(), Refused> {
    if readers(access) == 0 {
        return Ok(());
    }
    let wanted = encode(access, mode);
    if list(&file).is_some_and(|list| list == wanted) {
        return Ok(());
    }
    rustix::fs::fsetxattr(&file, ACL, &wanted, XattrFlags::empty()).map_err(|error| ("access list", error))
}

/// The access list that a file has, beyond its mode.
fn list(file: impl AsFd) -> Option<Vec<u8>> {
    let mut list = vec![0; MAX];
    let len = rustix::fs::fgetxattr(file, ACL, list.as_mut_slice()).ok()?;
    list.truncate(len);
    Some(list)
}

/// What the file's own group may do by an access list.
fn group_bits(list: &[u8]) -> Option<u32> {
    let entries = list.get(4..)?.chunks_exact(8);
    let mut found = entries.filter_map(|entry| match entry {
        [tag, high, bits, _, ..] if u16::from_le_bytes([*tag, *high]) == GROUP_OBJ => Some(u32::from(*bits & 7)),
        _ => None,
    });
    found.next()
}

/// The attribute's bytes: entries by tag, then by number, as the kernel wants them.
fn encode(access: &Access, mode: u32) -> Vec<u8> {
    let bits = |shift: u32| u16::try_from(mode >> shift & 7).unwrap_or_default();
    let mut bytes = VERSION.to_le_bytes().to_vec();
    let mut add = |tag: u16, bits: u16, id: u32| {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&bits.to_le_bytes());
        bytes.extend_from_slice(&id.to_le_bytes());
    };
    let sorted = |ids: &[u32]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    add(USER_OBJ, bits(6), NOBODY);
    for id in sorted(&access.read_users) {
        add(USER, READ, id);
    }
    add(GROUP_OBJ, bits(3), NOBODY);
    for id in sorted(&access.read_groups) {
        add(GROUP, READ, id);
    }
    add(MASK, bits(3) | READ, NOBODY);
    add(OTHER, bits(0), NOBODY);
    bytes
}
