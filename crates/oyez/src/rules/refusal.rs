//! Steps and refusals in words.

use super::apply::Refused;
use super::changes::Changes;
use super::compile::{Request, show_origin};
use super::show;
use crate::daemon::tune::Change;

/// One refusal: its place, what was refused, and the kernel's reason.
pub(crate) fn refusal(refused: &Refused, changes: &Changes) -> String {
    let (what, reason) = match refused {
        Refused::Add(rule, reason) => {
            let place = changes.origin(rule).map(|origin| show_origin(&origin.file, origin.line) + ": ");
            return format!("{}the kernel refused {}: {reason}", place.unwrap_or_default(), show::text(rule));
        }
        Refused::Delete(rule, reason) => (format!("to delete {}", show::text(rule)), reason),
        Refused::DeleteUnread(reason) => ("to delete a rule that oyez cannot read".to_owned(), reason),
        Refused::Set(change, reason) => (setting(change), reason),
        Refused::LoginuidImmutable(reason) => ("to set loginuid_immutable".to_owned(), reason),
        Refused::Request(asked, reason) => (format!("to {}", request(asked)), reason),
    };
    format!("the kernel refused {what}: {reason}")
}

/// A change of a setting.
pub(crate) fn setting(change: &Change) -> String {
    format!("set {} {} (it is {})", change.setting.name(), change.set, change.found)
}

/// Something that is asked for each time anew.
pub(crate) fn request(request: &Request) -> String {
    match request {
        Request::ResetLost => "reset lost".to_owned(),
        Request::ResetBacklogWaitTimeActual => "reset backlog_wait_time_actual".to_owned(),
        Request::Trim => "trim watched folders".to_owned(),
        Request::MakeEquivalent { mount, subtree } => {
            let (mount, subtree) = (String::from_utf8_lossy(mount), String::from_utf8_lossy(subtree));
            format!("make {subtree} part of the watches on {mount}")
        }
    }
}
