//! `oyez rules clear`: deletes all rules, or all with a key.

use oyez_netlink::{Error, Kernel};
use oyez_rules::bytes;

use super::args::ClearArgs;
use super::{Answer, count, unavailable};
use crate::exit::Exit;
use crate::rules::held::{self, has_key};
use crate::rules::{reason, show};

/// Deletes from the end, so that what is left decides as it did. Without a key, rules that oyez cannot read go too.
///
/// # Errors
/// A kernel that can't be reached.
pub(super) fn run(args: &ClearArgs, kernel: &mut impl Kernel) -> anyhow::Result<Answer> {
    let held = held::ask(kernel).map_err(unavailable)?;
    let chosen = |rule: &&_| args.key.as_ref().is_none_or(|key| has_key(rule, key.as_bytes()));
    let read = held.rules.iter().rev().filter(chosen).map(|rule| (show::text(rule), bytes::encode(rule)));
    let unread = held.unread.iter().filter(|_| args.key.is_none());
    let unread = unread.map(|(bytes, _)| ("a rule that oyez cannot read".to_owned(), bytes.clone()));
    let (mut deleted, mut notes) = (0, Vec::new());
    for (text, rule) in read.chain(unread) {
        match kernel.delete_rule(&rule) {
            Ok(()) => deleted += 1,
            Err(error @ Error::Refused { .. }) => {
                notes.push(format!("the kernel refused to delete {text}: {}", reason::of_delete(&error)));
            }
            Err(error) => return Err(unavailable(error)),
        }
    }
    let exit = if notes.is_empty() { Exit::Done } else { Exit::Unavailable };
    Ok(Answer { notes, exit, ..Answer::done(format!("deleted {}\n", count(deleted, "rule"))) })
}
