//! `oyez rules delete`: takes rules out of those the kernel holds.

use oyez_netlink::{Error, Kernel};
use oyez_rules::bytes;

use super::args::RuleArgs;
use super::{Answer, count, named, unavailable};
use crate::exit::Exit;
use crate::rules::{reason, show};

/// Reads all rules first, then deletes one after the other.
///
/// # Errors
/// Rules that are wrong, a kernel that can't be reached.
pub(super) fn run<K: Kernel>(args: &RuleArgs, open: impl FnOnce() -> anyhow::Result<K>) -> anyhow::Result<Answer> {
    let (rules, mut notes) = named::rules(&args.words)?;
    let mut kernel = open()?;
    let (mut deleted, mut exit) = (0, Exit::Done);
    for rule in &rules {
        match kernel.delete_rule(&bytes::encode(rule)) {
            Ok(()) => deleted += 1,
            Err(error @ Error::Refused { .. }) => {
                let reason = reason::of_delete(&error);
                notes.push(format!("the kernel refused to delete {}: {reason}", show::text(rule)));
                exit = Exit::Unavailable;
            }
            Err(error) => return Err(unavailable(error)),
        }
    }
    Ok(Answer { notes, exit, ..Answer::done(format!("deleted {}\n", count(deleted, "rule"))) })
}
