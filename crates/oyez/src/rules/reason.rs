//! The kernel's reason for refusing a rule, in words.
//!
//! Facts: kernel/auditfilter.c (`audit_rule_change`, `audit_data_to_entry`), `kernel/audit_watch.c`, `kernel/audit_tree.c`.

use oyez_netlink::Error;
use oyez_rules::model::{Field, Rule};
use rustix::io::Errno;

/// Why the kernel did not add the rule.
pub(crate) fn of_add(rule: &Rule, error: &Error) -> String {
    let watches = rule.find(Field::Path).or(rule.find(Field::Dir)).or(rule.find(Field::Exe));
    let words = match (errno(error), watches.map(oyez_rules::model::FieldTest::field)) {
        (Some(Errno::EXIST), _) => "it holds this rule already",
        (Some(Errno::NOENT), Some(Field::Dir)) => "the folder does not exist",
        (Some(Errno::NOENT | Errno::NOTDIR), Some(_)) => "the folder that the path is in does not exist",
        (Some(Errno::INVAL), _) => "it does not know a field, an operator or a value of this rule, or not in this list",
        (Some(Errno::OPNOTSUPP), _) => "this kernel cannot do what the rule asks for",
        (Some(Errno::NAMETOOLONG | Errno::TOOBIG), _) => "the rule is too long for it",
        (Some(Errno::NOSPC), _) => "it has no room for another watch (/proc/sys/fs/inotify/max_user_watches)",
        (Some(Errno::NOMEM), _) => "it has no memory left",
        (Some(Errno::PERM), _) => "it allows no change: a privilege is missing, or its rules are locked (-e 2)",
        _ => return other(error),
    };
    words.to_owned()
}

/// Why the kernel did not delete the rule.
pub(crate) fn of_delete(error: &Error) -> String {
    match errno(error) {
        Some(Errno::NOENT) => "it holds no such rule".to_owned(),
        Some(Errno::PERM) => "it allows no change: a privilege is missing, or its rules are locked (-e 2)".to_owned(),
        _ => other(error),
    }
}

/// Why the kernel did not take a setting or a request.
pub(crate) fn of_setting(error: &Error) -> String {
    match errno(error) {
        Some(Errno::INVAL) => "it does not take this value".to_owned(),
        Some(Errno::PERM) => "it allows no change: a privilege is missing, or its settings are locked".to_owned(),
        Some(Errno::NOENT) => "there is no such path".to_owned(),
        _ => other(error),
    }
}

fn errno(error: &Error) -> Option<Errno> {
    error.errno().map(Errno::from_raw_os_error)
}

fn other(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}
