//! What the user should know at the start: how oyez listens, who else does, and whether there is anything to hear.
//!
//! What was found in, lines for standard error out. Says nothing that is as it should be.

use oyez_netlink::{Obstacle, Status};

use super::attach::Plan;

/// What was found at the start.
#[derive(Clone, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) plan: &'a Plan,
    /// Another oyez runs on this host.
    pub(crate) second: bool,
    /// The status once everything was set.
    pub(crate) status: Option<Status>,
    /// `on_overload` is `wait`.
    pub(crate) waits: bool,
    /// How many rules there are, if the kernel tells.
    pub(crate) rules: Option<usize>,
    /// Audit was off, at boot too, until this start.
    pub(crate) was_off: bool,
    /// Others in the multicast group: name and pid.
    pub(crate) readers: &'a [(String, u32)],
}

/// A task gets its audit context when it is forked, or never (kernel/auditsc.c, `audit_alloc`).
const UNHEARD: &str = "audit was off: processes from before it was first turned on since boot are not heard until they \
                       are started again; audit=1 on the kernel's command line prevents that";

/// The lines, in the order in which they matter.
pub(crate) fn lines(found: &Found<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(attached(found.plan));
    if found.second {
        lines.push("another oyez runs here: this one changes nothing in the kernel and keeps no state".to_owned());
    }
    lines.extend(found.readers.iter().filter_map(|(name, pid)| also_listening(name, *pid)));
    lines.extend(nothing_to_hear(found.status.as_ref(), found.rules));
    lines.extend(found.waits.then(|| waits(found.plan, found.status.as_ref())).flatten().map(str::to_owned));
    lines.extend(found.was_off.then(|| UNHEARD.to_owned()));
    lines
}

fn attached(plan: &Plan) -> Option<String> {
    const LOSSY: &str = "listening by multicast, where a slow reader misses records";
    match plan {
        Plan::Unicast => None,
        Plan::Multicast { owner: Some(owner), .. } => {
            Some(format!("{:?} (pid {}) is the registered audit daemon and stays it; {LOSSY}", owner.name, owner.pid))
        }
        Plan::Multicast { obstacle: Some(Obstacle::Locked) | None, .. } => Some(LOSSY.to_owned()),
        Plan::Multicast { obstacle: Some(obstacle), .. } => Some(format!("{LOSSY}: {obstacle}")),
    }
}

/// What stands against having the host wait.
fn waits(plan: &Plan, status: Option<&Status>) -> Option<&'static str> {
    if matches!(plan, Plan::Multicast { .. }) {
        return Some(
            "on_overload = \"wait\" does not make the kernel wait for a multicast listener: it misses records",
        );
    }
    (status?.backlog_wait_time == Some(0)).then_some(
        "on_overload = \"wait\" loses records: the kernel's backlog_wait_time is 0, so that nothing waits for a full \
         backlog; kernel.backlog_wait_time sets it",
    )
}

fn also_listening(name: &str, pid: u32) -> Option<String> {
    // The kernel cuts names at 15 bytes.
    name.starts_with("systemd-journal").then(|| {
        format!(
            "journald (pid {pid}) listens too, which costs this host more than oyez does; \
             Audit=no in journald.conf and `systemctl mask systemd-journald-audit.socket` end that"
        )
    })
}

fn nothing_to_hear(status: Option<&Status>, rules: Option<usize>) -> Option<String> {
    if status.is_some_and(|status| status.enabled == Some(0)) {
        return Some("audit is off, so there is nothing to hear; `auditctl -e 1` turns it on".to_owned());
    }
    (rules == Some(0)).then(|| {
        "the kernel has no audit rules, so there is next to nothing to hear; `oyez run --starter-rules` loads some for as \
         long as it runs, `oyez rules` and the configuration's `rules` and `rules_dir` load others"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::attach::Owner;

    fn status(enabled: u32) -> Status {
        let mut status = Status::default();
        status.enabled = Some(enabled);
        status
    }

    fn found(plan: &Plan) -> Found<'_> {
        Found {
            plan,
            second: false,
            status: Some(status(1)),
            waits: false,
            rules: Some(3),
            was_off: false,
            readers: &[],
        }
    }

    #[test]
    fn all_well_is_silence() {
        assert_eq!(lines(&found(&Plan::Unicast)), Vec::<String>::new());
        let other = [("dbus-broker".to_owned(), 5)];
        assert_eq!(lines(&Found { readers: &other, ..found(&Plan::Unicast) }), Vec::<String>::new());
    }

    #[test]
    fn who_is_to_wait_for_a_multicast_listener_is_told_that_nobody_does() {
        let plan = Plan::Multicast { owner: None, obstacle: None };
        let lines = lines(&Found { waits: true, ..found(&plan) });
        assert!(lines.iter().any(|line| line.contains("does not make the kernel wait")), "{lines:?}");
        let mut patient = status(1);
        patient.backlog_wait_time = Some(15_000);
        let patient = Found { waits: true, status: Some(patient), ..found(&Plan::Unicast) };
        assert_eq!(super::lines(&patient), Vec::<String>::new());
    }

    #[test]
    fn what_the_user_can_change_is_said_with_the_way_to_change_it() {
        let journald = [("systemd-journal".to_owned(), 7)];
        let owner = Some(Owner { pid: 9, name: "audit\x1b[2Jd".to_owned() });
        let beside = Plan::Multicast { owner, obstacle: None };
        let mut impatient = status(1);
        impatient.backlog_wait_time = Some(0);
        let unable = Plan::Multicast { owner: None, obstacle: Some(Obstacle::NoControlCapability) };
        for (found, part) in [
            (Found { rules: Some(0), ..found(&Plan::Unicast) }, "`oyez run --starter-rules`"),
            (Found { status: Some(status(0)), rules: Some(0), ..found(&Plan::Unicast) }, "auditctl -e 1"),
            (Found { readers: &journald, ..found(&Plan::Unicast) }, "journald (pid 7)"),
            (Found { was_off: true, ..found(&Plan::Unicast) }, "audit=1 on the kernel's command line"),
            (Found { waits: true, status: Some(impatient), ..found(&Plan::Unicast) }, "backlog_wait_time is 0"),
            (found(&beside), "\"audit\\u{1b}[2Jd\" (pid 9)"),
            (found(&unable), "CAP_AUDIT_CONTROL"),
            (Found { second: true, ..found(&Plan::Unicast) }, "another oyez"),
        ] {
            let lines = lines(&found);
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(lines[0].contains(part), "{lines:?}");
        }
    }
}
