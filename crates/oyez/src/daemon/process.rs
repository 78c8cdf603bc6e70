//! What /proc says about a process, and about this boot.

use std::fs;
use std::path::Path;

/// When process `pid` started, in clock ticks since boot; `None` if there is none, or only its corpse.
pub(crate) fn started(pid: u32) -> Option<u64> {
    start_in(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The ids of this process: its own idea of it, and that of /proc, which is another in a pid namespace that sees the
/// host's /proc. In a namespace with a /proc of its own nobody tells the one the kernel writes.
pub(crate) fn own_pids() -> Vec<u32> {
    let seen = fs::read_link("/proc/self").ok().and_then(|link| link.to_str()?.parse().ok());
    let mut pids = vec![std::process::id()];
    pids.extend(seen.filter(|pid: &u32| *pid != std::process::id()));
    pids
}

/// The id under which /proc shows this process: what others who see the same /proc can ask for.
pub(crate) fn pid_in_proc() -> u32 {
    own_pids().pop().unwrap_or_else(std::process::id)
}

/// The login uid and the session of this process, as the kernel writes them.
pub(crate) fn own_session() -> (Option<u32>, Option<u32>) {
    let read = |path| fs::read_to_string(path).ok()?.trim().parse().ok();
    (read("/proc/self/loginuid"), read("/proc/self/sessionid"))
}

/// Whether process `pid` lives.
pub(crate) fn is_living(pid: u32) -> bool {
    started(pid).is_some()
}

/// This boot's id as 32 hex digits.
pub(crate) fn boot_id() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id: String = text.trim().chars().filter(|c| *c != '-').collect();
    (id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())).then_some(id)
}

/// Whether the kernel was booted with audit on (kernel/audit.c, `audit_enable`).
pub(crate) fn booted_with_audit() -> bool {
    let line = fs::read_to_string("/proc/cmdline").unwrap_or_default();
    line.split_ascii_whitespace().any(|word| word == "audit=1" || word == "audit=on")
}

/// Others in the multicast group of records, by name and pid; those whose owner can't be found are left out.
pub(crate) fn multicast_readers() -> Vec<(String, u32)> {
    let sockets = oyez_netlink::listeners::parse(&fs::read_to_string("/proc/net/netlink").unwrap_or_default());
    let inodes: Vec<u64> = sockets.iter().filter(|socket| socket.multicast).map(|socket| socket.inode).collect();
    if inodes.is_empty() {
        return Vec::new();
    }
    let owners = oyez_netlink::listeners::owners(Path::new("/proc"), &inodes).unwrap_or_default();
    let others = owners.into_values().filter(|owner| !own_pids().contains(&owner.pid));
    others.map(|owner| (owner.name, owner.pid)).collect()
}

/// Field 22 of a stat line; the name in field 2 may hold anything, so fields are counted from its last bracket.
fn start_in(stat: &str) -> Option<u64> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_found_behind_any_name_and_not_for_the_dead() {
        let rest = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(start_in(&format!("5 (a) S) S {rest}")), Some(4711));
        assert_eq!(start_in(&format!("5 (oyez) Z {rest}")), None);
        assert_eq!(start_in("5 (oyez) S 1"), None);
        assert_eq!(start_in(""), None);
    }

    #[test]
    fn this_process_lives_and_pid_zero_does_not() {
        assert!(is_living(std::process::id()));
        assert!(!is_living(0));
    }
}
