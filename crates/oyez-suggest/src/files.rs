//! Which calls name files, and which files no drop may hide: those that hold secrets or say who may do what.
//!
//! Names are text: a drop below a folder leaves alone what is below it only by its text (`..`), and what does not say where it is.

use oyez_filter::matcher::Condition;
use oyez_filter::{Tree, View};

/// Calls that name no file, or (executions) no other than a program. All others are taken to name one.
const NAMELESS: [&str; 46] = [
    "accept",
    "accept4",
    "bind",
    "capset",
    "clone",
    "clone3",
    "connect",
    "dup",
    "dup2",
    "dup3",
    "execve",
    "execveat",
    "exit",
    "exit_group",
    "fork",
    "getpeername",
    "getsockname",
    "getsockopt",
    "kill",
    "listen",
    "pipe",
    "pipe2",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setfsgid",
    "setfsuid",
    "setgid",
    "setgroups",
    "setpgid",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setsid",
    "setsockopt",
    "setuid",
    "shutdown",
    "socket",
    "socketpair",
    "tgkill",
    "tkill",
    "vfork",
];

/// Calls that name two files: one of them may be anywhere.
const TWO_NAMES: [&str; 9] =
    ["link", "linkat", "mount", "move_mount", "pivot_root", "rename", "renameat", "renameat2", "symlink"];

/// Files that hold secrets or grant rights.
const SECRETS: [&str; 29] = [
    "/dev/kmem",
    "/dev/mem",
    "/etc/NetworkManager/system-connections/**",
    "/etc/audit/**",
    "/etc/gshadow*",
    "/etc/kubernetes/**",
    "/etc/krb5.keytab*",
    "/etc/letsencrypt/**",
    "/etc/oyez/**",
    "/etc/pam.d/**",
    "/etc/pki/**",
    "/etc/polkit-1/**",
    "/etc/security/**",
    "/etc/shadow*",
    "/etc/ssh/**",
    "/etc/ssl/private/**",
    "/etc/sudoers*",
    "/etc/sudoers.d/**",
    "/etc/wireguard/**",
    "/home/*/.*/**",
    "/proc/**/{cwd,environ,fd,kcore,map_files,mem,root}{,/**}",
    "/root/**",
    "/run/secrets/**",
    "/var/lib/kubelet/**",
    "/var/lib/private/**",
    "/var/lib/samba/private/**",
    "/var/lib/sss/**",
    "/var/log/audit/**",
    "/var/run/secrets/**",
];

/// Names that do not say where they are: relative ones, and those with `//`, `/./` or `/../`.
const ODD: [&str; 2] = ["[!/]**", "/**/{,.,..}/**"];

/// Whether the call names files that a drop could hide.
pub(crate) fn names_files(call: &[u8]) -> bool {
    !NAMELESS.iter().any(|name| name.as_bytes() == call)
}

/// Whether a folder says which file such a call is about.
pub(crate) fn is_told_by_folder(call: &[u8]) -> bool {
    !TWO_NAMES.iter().any(|name| name.as_bytes() == call) && call != b"symlinkat"
}

/// The secrets that may be below `dir`, or that it is one of.
pub(crate) fn secrets_below(dir: &str) -> impl Iterator<Item = &'static str> {
    let dir = format!("{dir}/");
    SECRETS.into_iter().filter(move |glob| {
        let sure = glob.split(['*', '{']).next().unwrap_or_default();
        sure.starts_with(&dir) || dir.starts_with(sure)
    })
}

/// What a drop below `dir` leaves alone.
pub(crate) fn spared_below(dir: &str) -> Vec<&'static str> {
    ODD.into_iter().chain(secrets_below(dir)).collect()
}

/// Finds events that name what drops leave alone, as a filter would.
#[derive(Debug)]
pub(crate) struct Guard(Option<Condition>);

impl Guard {
    pub(crate) fn new() -> Self {
        let globs = ODD.into_iter().chain(SECRETS).map(|glob| Tree::Text(glob.as_bytes().to_vec())).collect();
        let tree = Tree::Object([(b"path".to_vec(), Tree::List(globs))].into_iter().collect());
        Guard(Condition::parse(&tree, &mut Vec::new()))
    }

    /// Whether one of its paths is such a name.
    pub(crate) fn holds(&self, view: &mut View<'_>) -> bool {
        self.0.as_ref().is_none_or(|condition| condition.holds(view, &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order_and_are_a_condition() {
        assert!(NAMELESS.is_sorted() && TWO_NAMES.is_sorted() && Guard::new().0.is_some());
    }

    #[test]
    fn folders_have_the_secrets_below_them() {
        assert!(secrets_below("/etc").count() > 10);
        assert_eq!(secrets_below("/etc/ssh").collect::<Vec<_>>(), ["/etc/ssh/**"]);
        assert_eq!(secrets_below("/root/x").collect::<Vec<_>>(), ["/root/**"]);
        assert_eq!(secrets_below("/home/alice/work").collect::<Vec<_>>(), ["/home/*/.*/**"]);
        assert_eq!(secrets_below("/var/www/html").count() + secrets_below("/etc/nginx").count(), 0);
    }
}
