//! The classes of OCSF 1.3.0 that events come out as, and the activities they have there.
//!
//! Numbers and captions: <https://schema.ocsf.io/1.3.0>. Every class also has 0, `Unknown`, and 99, `Other`; of the latter
//! `activity_name` is our word for the action.

/// A class of events.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) uid: u32,
    pub(super) name: &'static str,
    /// Number and caption of its category.
    pub(super) category: (u32, &'static str),
    /// Numbers and captions of the activities that are used of it.
    activities: &'static [(u32, &'static str)],
    /// What it can't be without.
    pub(super) needs: Needs,
}

/// What a class can't be without, beyond what all have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    File,
    Driver,
    Kernel,
    Module,
    Process,
    Endpoint,
    User,
    Group,
    Entity,
    App,
    Finding,
    LogName,
}

/// What happened is no activity of its class.
pub(super) const OTHER: u32 = 99;

impl Class {
    /// The caption of `activity`; `None` for [`OTHER`].
    pub(super) fn activity(&self, activity: u32) -> Option<&'static str> {
        self.activities.iter().find(|(number, _)| *number == activity).map(|(_, name)| *name)
    }
}

const SYSTEM: (u32, &str) = (1, "System Activity");
const FINDINGS: (u32, &str) = (2, "Findings");
const IAM: (u32, &str) = (3, "Identity & Access Management");
const NETWORK_ACTIVITY: (u32, &str) = (4, "Network Activity");
const APPLICATION_ACTIVITY: (u32, &str) = (6, "Application Activity");

macro_rules! classes {
    ($($class:ident { $uid:literal, $name:literal, $category:expr, $needs:ident, [$($number:literal $caption:literal),*] })*) => {
        $(pub(super) static $class: Class = Class {
            uid: $uid, name: $name, category: $category, needs: Needs::$needs, activities: &[$(($number, $caption)),*],
        };)*
    };
}

classes! {
    BASE { 0, "Base Event", (0, "Uncategorized"), Nothing, [] }
    FILE { 1001, "File System Activity", SYSTEM, File, [
        1 "Create", 2 "Read", 3 "Update", 4 "Delete", 5 "Rename", 6 "Set Attributes", 7 "Set Security", 8 "Get Attributes",
        12 "Mount", 13 "Unmount", 14 "Open"
    ] }
    EXTENSION { 1002, "Kernel Extension Activity", SYSTEM, Driver, [1 "Load", 2 "Unload"] }
    KERNEL { 1003, "Kernel Activity", SYSTEM, Kernel, [1 "Create", 2 "Read", 3 "Delete", 4 "Invoke"] }
    MEMORY { 1004, "Memory Activity", SYSTEM, Process, [
        1 "Allocate Page", 2 "Modify Page", 7 "Read", 8 "Write", 9 "Map View"
    ] }
    MODULE { 1005, "Module Activity", SYSTEM, Module, [1 "Load"] }
    PROCESS { 1007, "Process Activity", SYSTEM, Process, [
        1 "Launch", 2 "Terminate", 3 "Open", 4 "Inject", 5 "Set User ID"
    ] }
    EVENT_LOG { 1008, "Event Log Activity", SYSTEM, LogName, [5 "Rotate", 6 "Start", 7 "Stop"] }
    FINDING { 2004, "Detection Finding", FINDINGS, Finding, [1 "Create"] }
    ACCOUNT { 3001, "Account Change", IAM, User, [1 "Create", 3 "Password Change", 6 "Delete", 9 "Lock"] }
    AUTHENTICATION { 3002, "Authentication", IAM, User, [1 "Logon", 2 "Logoff"] }
    ENTITY { 3004, "Entity Management", IAM, Entity, [1 "Create", 2 "Read", 3 "Update", 4 "Delete"] }
    GROUP { 3006, "Group Management", IAM, Group, [5 "Delete", 6 "Create"] }
    NETWORK { 4001, "Network Activity", NETWORK_ACTIVITY, Endpoint, [1 "Open", 2 "Close", 6 "Traffic", 7 "Listen"] }
    APPLICATION { 6002, "Application Lifecycle", APPLICATION_ACTIVITY, App, [1 "Install", 3 "Start", 4 "Stop"] }
}
