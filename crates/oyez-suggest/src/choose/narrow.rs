//! Which programs and calls may be dropped: where the values that are matched say what was done.

use crate::condition::{Condition, Id};
use crate::rows::Rows;
use crate::shape::Who;

/// Programs that do what others tell them: their file says nothing of what was done. Compared with the name, without the digits,
/// points and dashes at its end.
const INTERPRETERS: [&str; 38] = [
    "ash",
    "awk",
    "bash",
    "busybox",
    "conmon",
    "containerd-shim",
    "containerd-shim-runc-v",
    "crun",
    "dash",
    "docker-init",
    "env",
    "find",
    "fish",
    "gawk",
    "java",
    "ksh",
    "ld-linux-x86-64.so",
    "lua",
    "luajit",
    "make",
    "mawk",
    "node",
    "nsenter",
    "perl",
    "php",
    "pkexec",
    "pypy",
    "python",
    "ruby",
    "runc",
    "sh",
    "ssh",
    "su",
    "sudo",
    "systemd",
    "tclsh",
    "xargs",
    "zsh",
];

/// Places where others than root can put a program.
const OPEN: [&str; 8] = ["/tmp/", "/var/tmp/", "/dev/shm/", "/home/", "/run/user/", "/proc/", "/mnt/", "/media/"];

/// Whether events of this condition may be dropped.
pub(super) fn is_narrow(rows: &Rows, condition: &Condition) -> bool {
    let Some(who) = rows.who(condition.who) else { return false };
    let text = rows.bytes(condition.who);
    let says_more = [condition.dir, condition.parent, condition.what].into_iter().any(Id::is_some);
    match who {
        Who::Exe | Who::ClaimedExe => is_fixed(text) && (says_more || !is_interpreter(text)),
        // Any process can give itself a name.
        Who::Comm | Who::ClaimedComm => false,
    }
}

/// Whether only root can change what runs under this path.
fn is_fixed(exe: &[u8]) -> bool {
    exe.starts_with(b"/") && !exe.ends_with(b")") && !OPEN.iter().any(|place| exe.starts_with(place.as_bytes()))
}

fn is_interpreter(exe: &[u8]) -> bool {
    let name = exe.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let end = name.iter().rposition(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-')).map_or(0, |at| at + 1);
    let name = name.get(..end).unwrap_or_default();
    INTERPRETERS.iter().any(|other| other.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_are_known_by_name_whatever_their_version() {
        for exe in ["/usr/bin/python3.11", "/bin/sh", "/usr/bin/perl5.36.0", "/usr/bin/containerd-shim-runc-v2"] {
            assert!(is_interpreter(exe.as_bytes()), "{exe}");
        }
        for exe in ["/usr/sbin/nginx", "/usr/bin/shfmt", "/usr/bin/7"] {
            assert!(!is_interpreter(exe.as_bytes()), "{exe}");
        }
        assert!(INTERPRETERS.is_sorted());
    }

    #[test]
    fn a_program_that_others_can_put_there_is_none_to_trust() {
        for exe in ["/tmp/x", "/home/a/x", "/usr/bin/x (deleted)", "x", "/memfd:x (deleted)"] {
            assert!(!is_fixed(exe.as_bytes()), "{exe}");
        }
        assert!(is_fixed(b"/usr/sbin/nginx"));
    }
}
