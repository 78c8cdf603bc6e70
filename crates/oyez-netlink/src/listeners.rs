//! Who else has an audit socket: the registered daemon, multicast readers, and passing controllers.
//!
//! The text of `/proc/net/netlink` in, [`Listener`]s out; the processes that own them are looked up by socket inode in
//! the descriptors under a given proc root. Refuses nothing: a line it can't read is no listener.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

/// The number of `NETLINK_AUDIT` in the column "Eth" (linux/netlink.h).
const NETLINK_AUDIT: u32 = 9;
/// The bit of `AUDIT_NLGRP_READLOG` (group 1) in the column "Groups".
const READLOG: u32 = 1;

/// An audit socket of some process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listener {
    /// Its port, which often but not always is a process id. 0 if it was never bound.
    pub port: u32,
    /// It is in the multicast group of records.
    pub multicast: bool,
    /// Bytes that wait in it, as the kernel counts them.
    pub queued: u64,
    /// Messages that did not fit it.
    pub drops: u64,
    /// Its inode, by which its owner's descriptor can be found.
    pub inode: u64,
}

/// The process that holds a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// Its process id.
    pub pid: u32,
    /// Its short name (`comm`), not checked: a process may call itself anything.
    pub name: String,
}

/// The audit sockets in the text of `/proc/net/netlink` (`net/netlink/af_netlink.c`, `netlink_native_seq_show`), the
/// kernel's own left out. Which socket is the registered daemon's can't be seen here: ask
/// [`Status::pid`](crate::Status::pid).
pub fn parse(text: &str) -> Vec<Listener> {
    text.lines().skip(1).filter_map(listener).collect()
}

/// One line: sk, protocol, port, groups (hex), receive and send memory, dump, locks, drops, inode.
fn listener(line: &str) -> Option<Listener> {
    let columns: Vec<&str> = line.split_ascii_whitespace().collect();
    let number = |column: usize| columns.get(column)?.parse::<u64>().ok();
    let port = u32::try_from(number(2)?).ok()?;
    let groups = u32::from_str_radix(columns.get(3)?, 16).ok()?;
    let multicast = groups & READLOG != 0;
    let ours = number(1)? == u64::from(NETLINK_AUDIT) && (multicast || port != 0);
    ours.then_some(Listener { port, multicast, queued: number(4)?, drops: number(8)?, inode: number(9)? })
}

/// Finds who holds each of the sockets with these inodes, by the links in `<proc_root>/<pid>/fd`. Processes that can't
/// be read (no right, just ended) are passed over, so a socket may stay without an owner. A socket that several hold is
/// the one's with the lowest process id.
///
/// # Errors
/// `proc_root` itself can't be read.
pub fn owners(proc_root: &Path, inodes: &[u64]) -> io::Result<HashMap<u64, Owner>> {
    let mut pids: Vec<u32> =
        fs::read_dir(proc_root)?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    let mut found = HashMap::new();
    for pid in pids {
        let directory = proc_root.join(pid.to_string());
        for inode in sockets(&directory.join("fd")).filter(|inode| inodes.contains(inode)) {
            found.entry(inode).or_insert_with(|| Owner { pid, name: process_name(&directory) });
        }
        if found.len() >= inodes.len() {
            break;
        }
    }
    Ok(found)
}

/// The short name of process `pid`, empty if it can't be read.
pub fn name_of(proc_root: &Path, pid: u32) -> String {
    process_name(&proc_root.join(pid.to_string()))
}

/// The inodes of the sockets in a directory of descriptors.
fn sockets(descriptors: &Path) -> impl Iterator<Item = u64> {
    let entries = fs::read_dir(descriptors).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let target = fs::read_link(entry.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    })
}

fn process_name(directory: &Path) -> String {
    let name = fs::read(directory.join("comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const TEXT: &str = "\
sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
000000000fe06475 9   0          00000000 0        0        0     2        0        6
0000000012345678 9   912        00000001 4608     0        0     2        17       18211
0000000012345679 9   2811       00000000 0        0        0     2        0        20110
000000001234567a 9   3145728112 80000003 0        0        0     2        0        20111
000000001234567b 9   77         00000002 0        0        0     2        0        20112
000000001234567c 15  912        00000001 0        0        0     2        0        20113
000000001234567d 9   5          zz       0        0        0     2        0        20114
000000001234567e 9   5          00000001 0
";

    #[test]
    fn audit_sockets_are_told_from_others_and_from_the_kernels() {
        let listener = |port, multicast, inode| Listener { port, multicast, queued: 0, drops: 0, inode };
        let expected = [
            Listener { queued: 4608, drops: 17, ..listener(912, true, 18211) },
            listener(2811, false, 20110),
            listener(3_145_728_112, true, 20111),
            listener(77, false, 20112),
        ];
        assert_eq!(parse(TEXT), expected);
    }

    #[test]
    fn no_text_and_a_torn_text_are_no_listeners() {
        assert_eq!(parse(""), []);
        for length in 0..TEXT.len() {
            assert!(parse(&TEXT[..length]).len() <= 4);
        }
    }

    #[test]
    fn owners_are_found_by_their_descriptors() {
        let root = std::env::temp_dir().join(format!("oyez-netlink-owners-{}", std::process::id()));
        for (pid, name, links) in [
            ("912", "auditd\n", &["socket:[18211]", "/dev/null", "pipe:[20110]"][..]),
            ("4000", "journald\n", &["socket:[20110]", "socket:[18211]", "socket:[oops]"]),
            ("self", "me\n", &["socket:[20111]"]),
        ] {
            fs::create_dir_all(root.join(pid).join("fd")).unwrap();
            fs::write(root.join(pid).join("comm"), name).unwrap();
            for (number, link) in links.iter().enumerate() {
                symlink(link, root.join(pid).join("fd").join(number.to_string())).unwrap();
            }
        }
        let found = owners(&root, &[18211, 20110, 20111]);
        fs::remove_dir_all(&root).unwrap();
        let found = found.unwrap();
        assert_eq!(found[&18211], Owner { pid: 912, name: "auditd".into() });
        assert_eq!(found[&20110], Owner { pid: 4000, name: "journald".into() });
        assert!(!found.contains_key(&20111));
        assert!(owners(Path::new("/nonexistent"), &[1]).is_err());
    }
}
