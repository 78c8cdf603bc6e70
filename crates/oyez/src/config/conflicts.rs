//! Values that are right one by one but not together, or hardly meant together.

use oyez_tables::record_type::CONFIG_CHANGE;

use super::settings::{OnOverload, Settings};

/// Two keys whose values can't both hold.
#[derive(Debug)]
pub(super) struct Conflict {
    /// The full names of both, the one that is rather to be changed first.
    pub keys: [&'static str; 2],
    pub message: &'static str,
    holds: fn(&Settings) -> bool,
}

/// Every conflict there can be.
const CONFLICTS: &[Conflict] = &[
    Conflict {
        keys: ["receive.batch_delay", "receive.latency"],
        message: "is longer than receive.latency, which it is a part of",
        holds: |s| s.receive.batch_delay > s.receive.latency,
    },
    Conflict {
        keys: ["receive.buffer_limit", "receive.buffer"],
        message: "is smaller than receive.buffer",
        holds: |s| s.receive.buffer_limit < s.receive.buffer,
    },
    Conflict {
        keys: ["group.quiet", "group.incomplete"],
        message: "is longer than group.incomplete",
        holds: |s| s.group.quiet > s.group.incomplete,
    },
    Conflict {
        keys: ["group.max_event_bytes", "receive.queue"],
        message: "is larger than receive.queue, which an event has to pass",
        holds: |s| s.group.max_event_bytes > s.receive.queue,
    },
    Conflict {
        keys: ["pid_file", "state_file"],
        message: "is the same file as state_file",
        holds: |s| s.pid_file.is_some() && s.pid_file == s.state_file,
    },
    Conflict {
        keys: ["enforce", "ignore_types"],
        message: "cannot see changes of rules while ignore_types has CONFIG_CHANGE",
        holds: |s| s.enforce && s.ignore_types.contains(&CONFIG_CHANGE),
    },
];

/// Every combination that can hold but is hardly meant.
const DOUBTS: &[Conflict] = &[Conflict {
    keys: ["kernel.backlog_wait_time", "on_overload"],
    message: "is 0, so that no task waits and records are lost instead; on_overload = \"wait\" needs tasks that wait",
    holds: |s| s.on_overload == OnOverload::Wait && s.kernel.backlog_wait_time == Some(0),
}];

/// The doubtful combinations in these settings.
pub(super) fn doubts(settings: &Settings) -> impl Iterator<Item = &'static Conflict> {
    DOUBTS.iter().filter(|doubt| (doubt.holds)(settings))
}

/// The conflicts in these settings.
pub(super) fn find(settings: &Settings) -> impl Iterator<Item = &'static Conflict> {
    CONFLICTS.iter().filter(|conflict| (conflict.holds)(settings))
}
