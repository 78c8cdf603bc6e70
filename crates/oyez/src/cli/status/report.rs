//! What `oyez status` tells, gathered: the kernel's answers with words beside the numbers, and who listens, from
//! `/proc`. As JSON it keeps the kernel's names; what this kernel does not tell is left out.

use std::fs;
use std::path::{Path, PathBuf};

use oyez_netlink::listeners::{self, Listener};
use oyez_netlink::{Feature, Kernel, Result};
use serde::Serialize;

/// Everything there is to tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Named>,
    /// 0: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Whose `pid` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daemon: Option<Process>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog: Option<u32>,
    /// In jiffies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog_wait_time: Option<u32>,
    /// In jiffies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog_wait_time_actual: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature_bitmap: Option<Bitmap>,
    pub only_unset_loginuid: Switch,
    pub loginuid_immutable: Switch,
    /// How many rules the kernel has.
    pub rules: usize,
    /// Who reads the multicast group; left out when `/proc` does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multicast: Option<Vec<Reader>>,
    /// The oyez that runs here; left out when none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oyez: Option<Oyez>,
}

/// A running oyez, by its state file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Oyez {
    pub pid: u32,
    /// The record types that it leaves in the kernel.
    pub filtered: Vec<String>,
    /// Left out when there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_limit: Option<CpuLimit>,
}

/// A limit on CPU time, and what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct CpuLimit {
    pub cores: f64,
    /// It left something out, or made oyez wait, in the last seconds in which records came.
    pub in_force: bool,
    /// Events left out since the start.
    pub shed: u64,
    /// How long oyez waited since the start.
    pub waited_ms: u64,
}

/// A number that stands for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Named {
    pub number: u32,
    pub name: &'static str,
}

/// A process, by what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Process {
    pub pid: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exe: Option<String>,
}

/// The kernel's abilities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Bitmap {
    pub number: u32,
    pub names: Vec<String>,
}

/// A feature that can be on, and locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Switch {
    pub on: bool,
    pub locked: bool,
}

/// A reader of the multicast group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reader {
    /// Left out when its process can't be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    pub port: u32,
    /// Bytes that wait for it.
    pub queued: u64,
    /// Records it missed.
    pub drops: u64,
}

/// Names of the bits of `feature_bitmap`: `AUDIT_FEATURE_BITMAP_…` (linux/audit.h).
const ABILITIES: [&str; 7] = [
    "backlog_limit",
    "backlog_wait_time",
    "executable_path",
    "exclude_extend",
    "sessionid_filter",
    "lost_reset",
    "filter_fs",
];

/// Asks the kernel, and looks up in `proc` whose processes it names.
///
/// # Errors
/// The kernel's, at the first question it does not answer.
pub(super) fn gather(kernel: &mut impl Kernel, proc: &Path) -> Result<Report> {
    let status = kernel.status()?;
    let features = kernel.features()?;
    let rules = kernel.list_rules(&mut |_| ())?;
    Ok(Report {
        enabled: status.enabled.map(|number| named(number, &["off", "on", "locked"])),
        failure: status.failure.map(|number| named(number, &["silent", "printk", "panic"])),
        pid: status.pid,
        daemon: status.pid.filter(|pid| *pid != 0).map(|pid| process(proc, pid)),
        rate_limit: status.rate_limit,
        backlog_limit: status.backlog_limit,
        lost: status.lost,
        backlog: status.backlog,
        backlog_wait_time: status.backlog_wait_time,
        backlog_wait_time_actual: status.backlog_wait_time_actual,
        feature_bitmap: status.feature_bitmap.map(bitmap),
        only_unset_loginuid: switch(features.only_unset_loginuid),
        loginuid_immutable: switch(features.loginuid_immutable),
        rules,
        multicast: readers(proc),
        oyez: None,
    })
}

fn named(number: u32, names: &[&'static str]) -> Named {
    let name = usize::try_from(number).ok().and_then(|index| names.get(index));
    Named { number, name: name.copied().unwrap_or("unknown") }
}

fn switch(feature: Feature) -> Switch {
    Switch { on: feature.on, locked: feature.locked }
}

fn bitmap(number: u32) -> Bitmap {
    let bits = (0..u32::BITS).filter(|bit| number & (1 << bit) != 0);
    let name = |bit| match ABILITIES.iter().zip(0..).find(|(_, known)| *known == bit) {
        Some((name, _)) => (*name).to_owned(),
        None => format!("bit_{bit}"),
    };
    Bitmap { number, names: bits.map(name).collect() }
}

fn process(proc: &Path, pid: u32) -> Process {
    let exe = fs::read_link(proc.join(pid.to_string()).join("exe")).ok();
    Process {
        pid,
        comm: listeners::name_of(proc, pid),
        exe: exe.map(PathBuf::into_os_string).map(|exe| exe.to_string_lossy().into_owned()),
    }
}

fn readers(proc: &Path) -> Option<Vec<Reader>> {
    let text = fs::read_to_string(proc.join("net/netlink")).ok()?;
    let sockets: Vec<Listener> = listeners::parse(&text).into_iter().filter(|socket| socket.multicast).collect();
    let inodes: Vec<u64> = sockets.iter().map(|socket| socket.inode).collect();
    let owners = listeners::owners(proc, &inodes).unwrap_or_default();
    let reader = |socket: &Listener| Reader {
        process: owners.get(&socket.inode).map(|owner| process(proc, owner.pid)),
        port: socket.port,
        queued: socket.queued,
        drops: socket.drops,
    };
    Some(sockets.iter().map(reader).collect())
}

#[cfg(test)]
mod tests;
