//! Whose act an event is: needed where oyez hears itself, so that writing an event does not make the next one.
//!
//! The kernel exempts a registered daemon but not a multicast reader. Refuses to guess: an event without a SYSCALL record
//! is nobody's. Refuses to hide: who changes audit's settings or listens to it is told, oyez itself not excepted; such
//! events lead to no others.

use oyez_events::Event;
use oyez_tables::record_type;

/// Knows one process's events.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    fields: Vec<Vec<u8>>,
}

impl Own {
    /// Those of a process that goes by these ids, all its threads included: the kernel writes the thread group's id as it
    /// is in the initial namespace (kernel/auditsc.c, `audit_log_task_info`).
    pub(crate) fn new(pids: impl IntoIterator<Item = u32>) -> Self {
        Self { fields: pids.into_iter().map(|pid| format!(" pid={pid} ").into_bytes()).collect() }
    }

    /// Whether the process did it, and it is to be left out.
    pub(crate) fn is(&self, event: &Event) -> bool {
        let about_audit = |number| matches!(number, record_type::CONFIG_CHANGE | record_type::EVENT_LISTENER);
        self.did(event) && !event.records().any(|record| about_audit(record.number()))
    }

    fn did(&self, event: &Event) -> bool {
        event.records().any(|record| {
            // The first pid= is the kernel's: only numbers come before it.
            let pid = || memchr::memmem::find(record.body(), b" pid=");
            record.number() == record_type::SYSCALL
                && pid()
                    .and_then(|at| record.body().get(at..))
                    .is_some_and(|rest| self.fields.iter().any(|field| rest.starts_with(field)))
        })
    }
}

#[cfg(test)]
mod tests {
    use oyez_events::group::{Grouper, Limits, Timing};
    use oyez_events::parse::kernel_message;

    use super::*;

    fn is_own(records: &[(u16, &str)]) -> bool {
        let mut grouper =
            Grouper::new(Timing::Live { quiet_ms: 1, incomplete_ms: 1, title_ends: false }, Limits::default());
        let own = Own::new([42, 43]);
        let mut found = Vec::new();
        for (kind, text) in records {
            grouper.push(&kernel_message(*kind, text.as_bytes()).unwrap(), 0, &mut |event| found.push(own.is(event)));
        }
        grouper.finish(&mut |event| found.push(own.is(event)));
        assert_eq!(found.len(), 1);
        found[0]
    }

    #[test]
    fn only_the_kernels_word_on_the_pid_counts() {
        for (text, own) in [
            ("audit(1.002:3): arch=c000003e syscall=257 ppid=1 pid=42 auid=0 comm=\"oyez\"", true),
            ("audit(1.002:3): arch=c000003e syscall=257 ppid=1 pid=43 auid=0", true),
            ("audit(1.002:3): arch=c000003e syscall=257 ppid=42 pid=420 auid=0", false),
            ("audit(1.002:3): arch=c000003e syscall=257 ppid=42 pid=7 comm=\" pid=42 \"", false),
            ("audit(1.002:3): arch=c000003e syscall=257", false),
        ] {
            assert_eq!(is_own(&[(1300, text)]), own, "{text}");
        }
    }

    #[test]
    fn an_event_without_a_syscall_is_nobodys() {
        assert!(!is_own(&[(1305, "audit(1.002:3): op=set pid=42 res=1")]));
        assert!(is_own(&[(1302, "audit(1.002:3): item=0"), (1300, "audit(1.002:3): ppid=1 pid=42 auid=0")]));
    }

    #[test]
    fn what_is_done_to_audit_itself_is_told_whoever_did_it() {
        let change = (1305, "audit(1.002:3): op=add_rule key=(null) list=4 res=1");
        let listening = (1335, "audit(1.002:3): pid=42 nl-mcgrp=1 op=connect res=1");
        for record in [change, listening] {
            assert!(!is_own(&[record, (1300, "audit(1.002:3): ppid=1 pid=42 auid=0")]));
        }
    }
}
