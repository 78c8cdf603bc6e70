//! What auditd does when a disk fills up or fails (auditd.conf(5)), in the words of an output of type `file`.

use super::remarks::Weight;

/// What becomes of an action: the word for it, if it has one, and what there is to say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// `None`: there is nothing to be done.
    pub(super) word: Option<&'static str>,
    pub(super) remark: Option<(Weight, &'static str)>,
}

const MAIL: &str = "oyez sends no mail; taken as \"warn\"";
const WARN_EXEC: &str = "oyez runs no program for that; taken as \"warn\"";
const STOP_EXEC: &str = "oyez runs no program for that; taken as \"stop\"";
const HOST: &str = "oyez does not stop the host; taken as \"stop\"";
const SUSPEND: &str = "events wait, and are written when there is room, rather than being left out";
const UNKNOWN: &str = "auditd knows no such action; left out";

impl Action {
    fn of(word: &'static str) -> Self {
        Self { word: Some(word), remark: None }
    }

    fn missing(word: &'static str, why: &'static str) -> Self {
        Self { word: Some(word), remark: Some((Weight::Missing, why)) }
    }

    fn otherwise(word: &'static str, why: &'static str) -> Self {
        Self { word: Some(word), remark: Some((Weight::Otherwise, why)) }
    }

    const UNKNOWN: Self = Self { word: None, remark: Some((Weight::Missing, UNKNOWN)) };
    const NONE: Self = Self { word: None, remark: None };
}

/// `space_left_action`, `admin_space_left_action`.
pub(super) fn low(action: &str) -> Action {
    match action {
        "ignore" => Action::NONE,
        "syslog" => Action::of("warn"),
        "rotate" => Action::of("rotate"),
        "email" => Action::missing("warn", MAIL),
        "exec" => Action::missing("warn", WARN_EXEC),
        "suspend" => Action::otherwise("stop", SUSPEND),
        "single" | "halt" => Action::missing("stop", HOST),
        _ => Action::UNKNOWN,
    }
}

/// `disk_full_action`.
pub(super) fn full(action: &str) -> Action {
    match action {
        "ignore" | "syslog" => Action::of("drop"),
        "rotate" => Action::of("rotate"),
        "exec" => Action::missing("stop", STOP_EXEC),
        "suspend" => Action::otherwise("stop", SUSPEND),
        "single" | "halt" => Action::missing("stop", HOST),
        _ => Action::UNKNOWN,
    }
}

/// `disk_error_action`.
pub(super) fn error(action: &str) -> Action {
    match action {
        // There are no old logs that it would help to remove.
        "rotate" => Action::UNKNOWN,
        action => full(action),
    }
}
