//! What reading and writing rules needs to know of this host: its architecture, its users and groups, which paths are
//! folders.
//!
//! Users and groups come from NSS (nsswitch.conf(5)), so that those of a directory service have their names too. Each
//! name and number is looked up once, found or not: such a service can take seconds to say no.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix::unistd::{Gid, Group, Uid, User};
use oyez_rules::text::{Names, PermSyscalls, Target};
use oyez_tables::arch::Arch;

/// Users and groups of this host.
#[derive(Debug, Default)]
pub(crate) struct HostNames {
    uids: RefCell<HashMap<String, Option<u32>>>,
    gids: RefCell<HashMap<String, Option<u32>>>,
    users: RefCell<HashMap<u32, Option<String>>>,
    groups: RefCell<HashMap<u32, Option<String>>>,
}

impl Names for HostNames {
    fn uid(&self, name: &str) -> Option<u32> {
        let look = || User::from_name(name).ok().flatten().map(|user| user.uid.as_raw());
        *self.uids.borrow_mut().entry(name.to_owned()).or_insert_with(look)
    }

    fn gid(&self, name: &str) -> Option<u32> {
        let look = || Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw());
        *self.gids.borrow_mut().entry(name.to_owned()).or_insert_with(look)
    }

    fn user(&self, uid: u32) -> Option<String> {
        let look = || User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name);
        self.users.borrow_mut().entry(uid).or_insert_with(look).clone()
    }

    fn group(&self, gid: u32) -> Option<String> {
        let look = || Group::from_gid(Gid::from_raw(gid)).ok().flatten().map(|group| group.name);
        self.groups.borrow_mut().entry(gid).or_insert_with(look).clone()
    }
}

/// The target for rules of this host, or of one with another architecture and the same users.
pub(crate) fn target(machine: Arch, names: &HostNames, perm_syscalls: PermSyscalls) -> Target<'_> {
    Target { machine, perm_syscalls, names, is_dir: &is_dir }
}

fn is_dir(path: &[u8]) -> bool {
    Path::new(OsStr::from_bytes(path)).is_dir()
}

/// This host's architecture. A 32-bit oyez takes its kernel for a 32-bit one.
pub(crate) fn machine() -> Arch {
    let little = cfg!(target_endian = "little");
    match std::env::consts::ARCH {
        "x86" => Arch::I386,
        "aarch64" => Arch::Aarch64,
        "arm" => Arch::Arm,
        "riscv64" => Arch::Riscv64,
        "powerpc64" if little => Arch::Ppc64le,
        "powerpc64" => Arch::Ppc64,
        "s390x" => Arch::S390x,
        "loongarch64" => Arch::Loongarch64,
        _ => Arch::X86_64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_of_this_host_lead_to_each_other_and_strangers_nowhere() {
        let names = HostNames::default();
        for _ in 0..2 {
            assert_eq!((names.uid("root"), names.user(0).as_deref()), (Some(0), Some("root")));
            assert_eq!((names.gid("root"), names.group(0).as_deref()), (Some(0), Some("root")));
            assert_eq!((names.uid("no such user"), names.gid("no such group")), (None, None));
            assert_eq!((names.user(3_999_999_999), names.group(3_999_999_999)), (None, None));
        }
    }

    #[test]
    fn a_folder_is_one_through_a_link_and_what_is_missing_is_none() {
        assert!(is_dir(b"/") && is_dir(b"/proc/self/cwd"));
        assert!(!is_dir(b"/nonexistent") && !is_dir(b"/proc/self/stat"));
    }
}
