//! What reading a rule needs to know of the host it is for.

use oyez_tables::arch::Arch;

/// The host that rules are for. It need not be this one.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Its architecture: what `b64` and `b32` mean, and whose calls `-S` names where no `arch` is given.
    pub machine: Arch,
    /// Whether the calls behind a `perm` are named to the kernel.
    pub perm_syscalls: PermSyscalls,
    /// Its users and groups.
    pub names: &'a dyn Names,
    /// Whether a path is a folder, links followed: `-w` then watches all below it. `false` for what is not there.
    pub is_dir: &'a dyn Fn(&[u8]) -> bool,
}

/// Whether a rule with `arch` and `perm` gets the system calls that can match, so that all others do not pay for it.
/// `-w` never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PermSyscalls {
    /// Never, as auditctl up to 3.x.
    Never,
    /// Where the rule has no `-S`. It matches just what it would without.
    Missing,
    /// In addition to any `-S`, as auditctl 4.x: a rule with `-S open -F perm=wa` is then about `chmod` too.
    Always,
}

/// Users and groups of the target: name ↔ number.
pub trait Names {
    /// The user named so.
    fn uid(&self, name: &str) -> Option<u32>;
    /// The group named so.
    fn gid(&self, name: &str) -> Option<u32>;
    /// The name of a user.
    fn user(&self, uid: u32) -> Option<String>;
    /// The name of a group.
    fn group(&self, gid: u32) -> Option<String>;
}

/// A target that has no users but `root`, and no groups but `root`.
#[derive(Clone, Copy, Debug)]
pub struct NoNames;

impl Names for NoNames {
    fn uid(&self, name: &str) -> Option<u32> {
        (name == "root").then_some(0)
    }

    fn gid(&self, name: &str) -> Option<u32> {
        (name == "root").then_some(0)
    }

    fn user(&self, uid: u32) -> Option<String> {
        (uid == 0).then(|| "root".to_owned())
    }

    fn group(&self, gid: u32) -> Option<String> {
        (gid == 0).then(|| "root".to_owned())
    }
}
