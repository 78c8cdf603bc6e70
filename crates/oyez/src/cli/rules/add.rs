//! `oyez rules add`: adds rules to those the kernel holds.

use oyez_netlink::{Error, Kernel};
use oyez_rules::bytes;

use super::args::RuleArgs;
use super::{Answer, count, named, unavailable};
use crate::exit::Exit;
use crate::rules::held;
use crate::rules::{reason, show};

/// Reads all rules first, then adds one after the other. One that is there already is none to be added.
///
/// # Errors
/// Rules that are wrong, a kernel that can't be reached.
pub(super) fn run<K: Kernel>(args: &RuleArgs, open: impl FnOnce() -> anyhow::Result<K>) -> anyhow::Result<Answer> {
    let (rules, mut notes) = named::rules(&args.words)?;
    let mut kernel = open()?;
    let held = held::ask(&mut kernel).map_err(unavailable)?;
    let (mut added, mut exit) = (0, Exit::Done);
    for rule in &rules {
        if held.rules.iter().any(|known| known.same(rule)) {
            notes.push(format!("the kernel holds it already: {}", show::text(rule)));
            continue;
        }
        match kernel.add_rule(&bytes::encode(rule)) {
            Ok(()) => added += 1,
            Err(error @ Error::Refused { .. }) => {
                notes.push(format!("the kernel refused {}: {}", show::text(rule), reason::of_add(rule, &error)));
                exit = Exit::Unavailable;
            }
            Err(error) => return Err(unavailable(error)),
        }
    }
    Ok(Answer { notes, exit, ..Answer::done(format!("added {}\n", count(added, "rule"))) })
}
