//! Users, groups and files of this machine, as auditctl sees them.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use oyez_rules::text::{Names, PermSyscalls, Target};
use oyez_tables::arch::Arch;

/// `/etc/passwd` and `/etc/group`.
pub(crate) struct Host {
    users: Vec<(String, u32)>,
    groups: Vec<(String, u32)>,
}

impl Host {
    pub(crate) fn read() -> Self {
        let table = |path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let entry = |line: &str| {
                let mut parts = line.split(':');
                Some((parts.next()?.to_owned(), parts.nth(1)?.parse().ok()?))
            };
            text.lines().filter_map(entry).collect()
        };
        Self { users: table("/etc/passwd"), groups: table("/etc/group") }
    }

    /// This machine.
    pub(crate) fn target(&self) -> Target<'_> {
        let machine = Arch::all().find(|arch| arch.name() == std::env::consts::ARCH).unwrap_or(Arch::X86_64);
        Target { machine, perm_syscalls: PermSyscalls::Never, names: self, is_dir: &is_dir }
    }
}

fn is_dir(path: &[u8]) -> bool {
    Path::new(std::ffi::OsStr::from_bytes(path)).is_dir()
}

fn number(table: &[(String, u32)], name: &str) -> Option<u32> {
    table.iter().find(|(known, _)| known == name).map(|(_, number)| *number)
}

fn name(table: &[(String, u32)], number: u32) -> Option<String> {
    table.iter().find(|(_, known)| *known == number).map(|(name, _)| name.clone())
}

impl Names for Host {
    fn uid(&self, name: &str) -> Option<u32> {
        number(&self.users, name)
    }

    fn gid(&self, name: &str) -> Option<u32> {
        number(&self.groups, name)
    }

    fn user(&self, uid: u32) -> Option<String> {
        name(&self.users, uid)
    }

    fn group(&self, gid: u32) -> Option<String> {
        name(&self.groups, gid)
    }
}
