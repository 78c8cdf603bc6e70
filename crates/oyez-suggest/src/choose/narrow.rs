//! Which programs and calls may be dropped: where the values that are matched say what was done.

use crate::condition::{Condition, Id};
use crate::rows::Rows;
use crate::shape::Who;

/// Programs that do what others tell them: their file says nothing of what was done. Compared with the name, without the digits,
/// points and dashes at its end.
const INTERPRETERS: [&str; 130] = [
    "ar",
    "ash",
    "awk",
    "base",
    "bash",
    "bsdtar",
    "bun",
    "busybox",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "chroot",
    "cmp",
    "comm",
    "conmon",
    "containerd-shim",
    "containerd-shim-runc-v",
    "cp",
    "cpio",
    "crun",
    "curl",
    "cut",
    "dash",
    "dd",
    "deno",
    "diff",
    "doas",
    "docker",
    "docker-init",
    "ed",
    "egrep",
    "emacs",
    "env",
    "ex",
    "expect",
    "fgrep",
    "file",
    "find",
    "fish",
    "flock",
    "ftp",
    "gawk",
    "gdb",
    "git",
    "grep",
    "gunzip",
    "gzip",
    "head",
    "hexdump",
    "install",
    "java",
    "join",
    "ksh",
    "ld-linux-aarch64.so",
    "ld-linux-x86-64.so",
    "less",
    "ln",
    "lua",
    "luajit",
    "make",
    "mawk",
    "more",
    "mv",
    "nano",
    "nc",
    "ncat",
    "netcat",
    "nice",
    "nl",
    "node",
    "nohup",
    "nsenter",
    "od",
    "openssl",
    "paste",
    "perl",
    "php",
    "pkexec",
    "podman",
    "pypy",
    "python",
    "rg",
    "rm",
    "rsync",
    "ruby",
    "runc",
    "runuser",
    "scp",
    "sed",
    "setpriv",
    "sftp",
    "sh",
    "shuf",
    "socat",
    "sort",
    "split",
    "ssh",
    "stdbuf",
    "strace",
    "strings",
    "su",
    "sudo",
    "systemd",
    "systemd-run",
    "tac",
    "tail",
    "tar",
    "tclsh",
    "tee",
    "timeout",
    "touch",
    "toybox",
    "tr",
    "uniq",
    "unshare",
    "unzip",
    "vi",
    "view",
    "vim",
    "wc",
    "wget",
    "wish",
    "xargs",
    "xxd",
    "xz",
    "zcat",
    "zip",
    "zsh",
    "zstd",
];

/// Places where others than root can put a program.
const OPEN: [&str; 8] = ["/tmp/", "/var/tmp/", "/dev/shm/", "/home/", "/run/user/", "/proc/", "/mnt/", "/media/"];

/// Whether that it started something says what was done: a parent that does what others tell it could be anybody's.
pub(super) fn is_telling(parent: &[u8]) -> bool {
    is_fixed(parent) && !is_interpreter(parent)
}

/// Whether being below it says what was done: two names deep at least, and not where anybody keeps things.
fn is_telling_folder(dir: &[u8]) -> bool {
    let is_open = OPEN.iter().any(|place| dir.starts_with(place.as_bytes()));
    dir.split(|byte| *byte == b'/').count() > 2 && !is_open
}

/// Whether events of this condition may be dropped.
pub(crate) fn is_narrow(rows: &Rows, condition: &Condition) -> bool {
    let Some(who) = rows.who(condition.who) else { return false };
    let text = rows.bytes(condition.who);
    let says_more =
        [condition.parent, condition.what].into_iter().any(Id::is_some) || is_telling_folder(rows.bytes(condition.dir));
    match who {
        Who::Exe | Who::ClaimedExe => is_fixed(text) && (says_more || !is_interpreter(text)),
        // Any process can give itself a name.
        Who::Comm | Who::ClaimedComm => false,
    }
}

/// Why events of this condition are not dropped.
pub(super) fn why_not(rows: &Rows, condition: &Condition) -> &'static str {
    let text = rows.bytes(condition.who);
    match rows.who(condition.who) {
        None => "many programs do it",
        Some(Who::Comm | Who::ClaimedComm) => "a process can take any name",
        Some(_) if !is_fixed(text) => "others than root can put a program there",
        Some(_) if is_interpreter(text) => "the program does what others tell it",
        Some(_) => "the program does many different things, or names files in many folders",
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
        for exe in
            ["/usr/bin/python3.11", "/bin/sh", "/usr/bin/perl5.36.0", "/usr/bin/containerd-shim-runc-v2", "/bin/cat"]
        {
            assert!(is_interpreter(exe.as_bytes()), "{exe}");
        }
        for exe in ["/usr/sbin/nginx", "/usr/bin/shfmt", "/usr/bin/7"] {
            assert!(!is_interpreter(exe.as_bytes()), "{exe}");
        }
        assert!(is_telling_folder(b"/srv/data") && !is_telling_folder(b"/etc") && !is_telling_folder(b"/tmp/x"));
        assert!(is_telling(b"/usr/sbin/cron") && !is_telling(b"/bin/bash") && !is_telling(b"/tmp/cron"));
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
