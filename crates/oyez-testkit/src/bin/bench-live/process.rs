//! What a process and its descendants used so far, from /proc.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// CPU in ns, user and system, of all threads that live (`/proc/PID/task/TID/schedstat`, Documentation/scheduler/sched-stats.rst).
    pub(crate) cpu_ns: u64,
    /// Times that a thread went to sleep.
    pub(crate) sleeps: u64,
    /// The most memory that was resident, in KiB (proc(5), `VmHWM`).
    pub(crate) max_rss_kib: u64,
}

/// What `pid` and its descendants used.
pub(crate) fn of_tree(pid: u32) -> Result<Used> {
    let parents = parents()?;
    let mut total = Used::default();
    let mut left = vec![pid];
    while let Some(pid) = left.pop() {
        let used = of(pid);
        total.cpu_ns += used.cpu_ns;
        total.sleeps += used.sleeps;
        total.max_rss_kib += used.max_rss_kib;
        left.extend(parents.iter().filter(|(_, parent)| **parent == pid).map(|(child, _)| *child));
    }
    Ok(total)
}

/// What the kernel's audit thread used.
pub(crate) fn of_kauditd() -> Result<Used> {
    let is_it = |pid: &&u32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "kauditd");
    parents()?.keys().find(is_it).map(|pid| of(*pid)).context("no kauditd")
}

/// All processes, each with its parent.
fn parents() -> Result<BTreeMap<u32, u32>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("cannot read /proc")? {
        let entry = entry.context("cannot read /proc")?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // One that has just ended is none.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        all.extend(parent(&stat).map(|parent| (pid, parent)));
    }
    Ok(all)
}

/// The parent in a line of /proc/PID/stat; the name before it may hold anything, brackets included.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn of(pid: u32) -> Used {
    let mut used = Used::default();
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return used };
    for task in tasks.flatten() {
        let read = |name| fs::read_to_string(task.path().join(name)).unwrap_or_default();
        used.cpu_ns += read("schedstat").split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0);
        used.sleeps += number(&read("status"), "voluntary_ctxt_switches:");
    }
    used.max_rss_kib = number(&fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default(), "VmHWM:");
    used
}

fn number(status: &str, name: &str) -> u64 {
    let value = status.lines().find_map(|line| line.strip_prefix(name));
    value.and_then(|value| value.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_hides_no_parent() {
        assert_eq!(parent("12 (a) R 1 (b)) S 7 12 12 0"), Some(7));
        assert_eq!(parent(""), None);
    }

    #[test]
    fn this_process_has_used_something() {
        let used = of_tree(std::process::id()).unwrap();
        assert!(used.cpu_ns > 0 && used.max_rss_kib > 100, "{used:?}");
        assert_eq!(number("VmHWM:\t  512 kB\nx: 1\n", "VmHWM:"), 512);
    }
}
