//! The kernel's settings among the rules, and what must stand before or behind what.

use super::reach::takes_every_task;
use super::{Code, Entry, Facts, Finding};
use crate::model::{Command, Field, List, Rule, Switch};

/// A backlog below this overflows with a few hundred programs started at once: each is about ten records.
const SMALL_BACKLOG: u32 = 4096;

/// `AUDIT_FEATURE_BITMAP_*` (include/uapi/linux/audit.h): bit, and what needs it.
const FEATURES: [(u32, &str); 4] = [
    (0x04, "the field exe"),
    (0x08, "exclude by another field than msgtype"),
    (0x10, "the field sessionid"),
    (0x40, "the list filesystem"),
];

pub(super) fn look<'a>(entries: &[Entry<'a>], facts: &Facts<'_>, found: &mut Vec<Finding<'a>>) {
    for (at, entry) in entries.iter().enumerate() {
        found.extend(setting(entry));
        found.extend(locked(entry, &entries[at + 1..]));
        if let Command::AddRule { rule, .. } = entry.command {
            found.extend(features(entry, rule, facts));
            if takes_every_task(rule) {
                let message = "no process has its calls looked at any more: every rule of the exit list is dead";
                found.push(Finding::at(Code::TaskNever, entry, message).hint("take it out"));
            }
        }
    }
    let adds = |entry: &Entry<'_>| matches!(entry.command, Command::AddRule { .. });
    let clears = |entry: &Entry<'_>| matches!(entry.command, Command::DeleteAll { key: None });
    if entries.iter().any(adds) && !entries.iter().any(clears) {
        let message = "no -D: rules that were there before stay, and stand before these";
        found.push(Finding::of_all(Code::NoDeleteAll, message).hint("start the first file with -D"));
    }
}

fn setting<'a>(entry: &Entry<'a>) -> Option<Finding<'a>> {
    let finding = |code, message: String, hint: &str| Some(Finding::at(code, entry, message).hint(hint));
    match entry.command {
        Command::SetFailure(2) => {
            finding(Code::PanicOnLoss, "a lost record halts the machine".to_owned(), "-f 1 says so in the kernel's log")
        }
        Command::SetBacklogLimit(limit) if *limit < SMALL_BACKLOG => {
            let message = format!("a backlog of {limit} records is full within a burst");
            finding(Code::SmallBacklog, message, "-b 8192 costs memory only while it is used")
        }
        Command::SetRateLimit(rate @ 1..) => {
            let message = format!("all records beyond {rate} a second are lost");
            finding(Code::RateLimit, message, "-r 0 sets no limit")
        }
        Command::SetEnabled(Switch::Off) => finding(
            Code::SwitchedOff,
            "audit is switched off: no rule has an effect".to_owned(),
            "-e 1, or leave it out",
        ),
        _ => None,
    }
}

/// `-e 2` with something behind it that it makes the kernel refuse.
fn locked<'a>(entry: &Entry<'a>, later: &[Entry<'a>]) -> Option<Finding<'a>> {
    if !matches!(entry.command, Command::SetEnabled(Switch::Locked)) {
        return None;
    }
    let refused = later.iter().find(|entry| changes(entry.command))?;
    let message = format!("nothing can be changed behind it, as {} wants to", refused.place);
    Some(Finding::at(Code::LockedEarly, entry, message).hint("make it the last line of the last file"))
}

/// Whether a locked kernel refuses it.
const fn changes(command: &Command) -> bool {
    !matches!(
        command,
        Command::Status { .. }
            | Command::List { .. }
            | Command::UserMessage(_)
            | Command::Continue
            | Command::Ignore
            | Command::Signal(_)
            | Command::Version
            | Command::Help
            | Command::ReadFile(_)
    )
}

fn features<'a>(entry: &Entry<'a>, rule: &Rule, facts: &Facts<'_>) -> Option<Finding<'a>> {
    let known = facts.features?;
    let beyond = |field| !matches!(field, Field::MsgType | Field::Key);
    let needed = [
        rule.find(Field::Exe).is_some(),
        rule.list == List::Exclude && rule.fields().iter().any(|test| beyond(test.field())),
        rule.find(Field::SessionId).is_some(),
        rule.list == List::Filesystem,
    ];
    let (_, missing) = needed.into_iter().zip(FEATURES).find(|(needed, (bit, _))| *needed && known & bit == 0)?;
    let message = format!("the kernel does not have {}", missing.1);
    Some(Finding::at(Code::FeatureMissing, entry, message).hint("it refuses the rule"))
}
