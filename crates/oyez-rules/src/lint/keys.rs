//! Keys: the name under which a rule's events are found again.

use super::seen::Seen;
use super::{Code, Finding};
use crate::model::{Action, List};

/// The longest key that auditctl(8) promises.
const LONGEST: usize = 31;

pub(super) fn look<'a>(rules: &[Seen<'a>], found: &mut Vec<Finding<'a>>) {
    for seen in rules {
        let recorded = matches!(seen.rule.list, List::Exit | List::IoUring) && seen.rule.action == Action::Always;
        if recorded && seen.rule.keys().next().is_none() {
            let message = "its events carry no key, so that nothing says which rule they are of";
            found.push(Finding::at(Code::NoKey, &seen.entry, message).hint("add -k KEY"));
        }
        if let Some(key) = seen.rule.keys().find(|key| key.len() > LONGEST) {
            let message = format!("the key \"{}\" has {} bytes", super::shown(key), key.len());
            found.push(Finding::at(Code::LongKey, &seen.entry, message).hint("31 are promised by auditctl(8)"));
        }
    }
}
