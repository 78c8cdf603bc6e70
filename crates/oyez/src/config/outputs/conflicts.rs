//! Outputs that are right one by one but not together, or not with the rest of the configuration.

use oyez_output::lane::OnFull;

use super::keys;
use super::making::{Claim, Claimed, full_name};
use super::reader::{Draft, plain};
use crate::config::problem::{Place, Problem};
use crate::config::settings::Settings;

/// Everything that does not go together.
pub(super) fn find(drafts: &[Draft], settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    drafts.iter().filter(|draft| draft.keys.enabled).for_each(|draft| spool(draft, &mut problems));
    let mut before: Vec<(&Draft, &Claimed)> = Vec::new();
    for draft in drafts {
        for claimed in &draft.claims {
            let other = before.iter().find(|(_, other)| is_same(&claimed.claim, &other.claim));
            let taken = other.map(|(other, _)| format!("{}, too", whose(other)));
            if let Some(message) = taken.or_else(|| of_oyez(&claimed.claim, settings)) {
                refuse(&claimed.key, &claimed.place, message, None, &mut problems);
            }
            before.push((draft, claimed));
        }
    }
    problems
}

/// A spool that is asked for and has no place, or has one and is not asked for.
fn spool(draft: &Draft, problems: &mut Vec<Problem>) {
    let (keys, path) = (&draft.keys, draft.keys.spool_path.is_some());
    match keys.on_full {
        Some(OnFull::Spool) if !path => {
            let hint = "set spool.path to a directory of its own, such as \"/var/spool/oyez/NAME\"";
            refuse("on_full", &draft.on_full_at, "there is no spool.path".to_owned(), Some(hint), problems);
        }
        Some(other) if other != OnFull::Spool && path => {
            let message = format!("nothing goes there while on_full is \"{}\"", keys::word(other));
            refuse("spool.path", &draft.spool_at, message, Some("leave on_full out, or write \"spool\""), problems);
        }
        _ => {
            if let Some((key, place)) = draft.of_spool.as_ref().filter(|_| !path) {
                refuse(key, place, "there is no spool without spool.path".to_owned(), None, problems);
            }
        }
    }
}

fn refuse(key: &str, place: &Place, message: String, hint: Option<&str>, problems: &mut Vec<Problem>) {
    let (place, key, hint) = (place.clone(), Some(full_name(key)), hint.map(str::to_owned));
    problems.push(Problem { place, key, message, hint });
}

fn is_same(claim: &Claim, other: &Claim) -> bool {
    match (claim, other) {
        (Claim::File(path) | Claim::Directory(path), Claim::File(other) | Claim::Directory(other)) => {
            plain(path) == plain(other)
        }
        _ => claim == other,
    }
}

fn whose(draft: &Draft) -> String {
    match &draft.at {
        Place::At { line, .. } => format!("the output \"{}\" of line {line} has it", draft.name),
        _ => format!("the output \"{}\" has it", draft.name),
    }
}

/// What of oyez's own has it.
fn of_oyez(claim: &Claim, settings: &Settings) -> Option<String> {
    let (Claim::File(path) | Claim::Directory(path)) = claim else { return None };
    let own = [("state_file", &settings.state_file), ("pid_file", &settings.pid_file)];
    let is_it =
        |own: &&(&str, &Option<std::path::PathBuf>)| own.1.as_ref().is_some_and(|own| plain(own) == plain(path));
    own.iter().find(is_it).map(|(name, _)| format!("is the same file as {name}"))
}
