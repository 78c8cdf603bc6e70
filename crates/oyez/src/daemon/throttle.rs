//! What is said when the kernel made tasks wait: how much in, an event and a line for the user out, with the key of the
//! configuration that changes it.
//!
//! Told when the kernel's counts are looked at: once a second at most, and at the end.

use oyez_netlink::Status;

use super::kernel_watch::Growth;
use super::told::Told;

/// Why tasks wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Another audit daemon does not keep up: nothing that oyez could change.
    Other,
    /// `on_overload = "wait"` asks for it.
    Asked,
    /// The backlog is too small for how oyez keeps up.
    Backlog,
}

impl Cause {
    /// The key that changes it.
    fn lever(self) -> Option<&'static str> {
        match self {
            Self::Other => None,
            Self::Asked => Some("on_overload"),
            Self::Backlog => Some("kernel.backlog_max"),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Other => "the registered audit daemon does not keep up",
            Self::Asked => "on_overload = \"wait\" asks for it; \"shed\" leaves out events instead",
            Self::Backlog => {
                "a larger kernel.backlog_max gives more room, kernel.backlog_wait_time = 0 loses records instead"
            }
        }
    }
}

/// What to say of the jiffies that tasks waited, `total` since the start.
pub(crate) fn tell(grown: Growth, total: u64, status: &Status, cause: Cause) -> (Told, String) {
    let told = Told::now("OYEZ_THROTTLE")
        .with("jiffies", grown.waited)
        .with("total", total)
        .with_some("backlog", status.backlog)
        .with_some("backlog_limit", status.backlog_limit)
        .with_some("lever", cause.lever());
    let waited = grown.waited;
    (told, format!("this host was slowed down: tasks waited {waited} jiffies for a full backlog ({})", cause.text()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::told::Say;

    #[test]
    fn a_host_that_was_slowed_down_is_told_with_what_changes_it() {
        let mut status = Status::default();
        (status.backlog, status.backlog_limit) = (Some(70), Some(64));
        for (cause, lever) in
            [(Cause::Other, None), (Cause::Asked, Some("on_overload")), (Cause::Backlog, Some("kernel.backlog_max"))]
        {
            let (told, line) = tell(Growth { lost: 0, waited: 4 }, 9, &status, cause);
            assert_eq!((told.kind(), told.get("jiffies")), ("OYEZ_THROTTLE", Some(&Say::Number(4))));
            assert_eq!((told.get("total"), told.get("backlog_limit")), (Some(&Say::Number(9)), Some(&Say::Number(64))));
            assert_eq!(told.get("lever"), lever.map(Say::from).as_ref());
            assert!(line.contains("4 jiffies") && lever.is_none_or(|lever| line.contains(lever)), "{line}");
        }
    }
}
