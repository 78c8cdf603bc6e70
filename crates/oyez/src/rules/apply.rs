//! Changes → the kernel, one request after the other.
//!
//! A refused request hinders none of the others, unless all or nothing was asked for: then the first refusal ends it, and
//! rules and settings are put back as they were found. What cannot be put back (counts that were reset, folders made
//! equivalent, `loginuid_immutable`, a locked kernel) comes after all that can be refused for a reason of its own.

use oyez_netlink::{Error, Kernel, Result};
use oyez_rules::bytes;
use oyez_rules::diff::{self, Step};
use oyez_rules::model::Rule;

use super::changes::Changes;
use super::compile::Request;
use super::held::{self, Held};
use super::reason;
use crate::daemon::tune::Change;

/// Something that the kernel refused, with its reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Add(Rule, String),
    Delete(Rule, String),
    DeleteUnread(String),
    Set(Change, String),
    LoginuidImmutable(String),
    Request(Request, String),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Rules that were added, and are wanted.
    pub(crate) added: usize,
    /// Rules that were deleted, and had been held.
    pub(crate) deleted: usize,
    /// What was refused.
    pub(crate) refused: Vec<Refused>,
    /// Whether everything was put back, and what could not be; `None` if nothing had to be.
    pub(crate) put_back: Option<Vec<Refused>>,
}

/// Makes the changes. With `atomic`, all or none.
///
/// # Errors
/// The kernel does not answer any more.
pub(crate) fn apply(kernel: &mut impl Kernel, changes: &Changes, held: &Held, atomic: bool) -> Result<Outcome> {
    let mut work = Work { kernel, atomic, refused: Vec::new(), absent: Vec::new() };
    work.all(changes)?;
    let refused = work.refused;
    let undo = atomic && !refused.is_empty();
    let put_back = if undo { Some(put_back(kernel, changes, held)?) } else { None };
    let now = held::ask(kernel)?;
    let (added, deleted) = (new_in(&now, held), new_in(held, &now));
    Ok(Outcome { added, deleted, refused, put_back })
}

/// How many rules of `one` are not in `other`.
fn new_in(one: &Held, other: &Held) -> usize {
    let is_in = |rule: &&Rule| other.rules.iter().any(|known| known.same(rule));
    let unread = one.unread.iter().filter(|rule| !other.unread.contains(rule)).count();
    one.rules.iter().filter(|rule| !is_in(rule)).count() + unread
}

struct Work<'a, K> {
    kernel: &'a mut K,
    atomic: bool,
    refused: Vec<Refused>,
    /// Rules that could not be added, so that they need not be deleted.
    absent: Vec<Rule>,
}

impl<K: Kernel> Work<'_, K> {
    fn all(&mut self, changes: &Changes) -> Result<()> {
        for change in &changes.settings {
            self.set(*change)?;
        }
        for step in &changes.steps {
            self.step(step)?;
        }
        for rule in &changes.unread {
            self.one(|kernel| kernel.delete_rule(rule), |error| Refused::DeleteUnread(reason::of_delete(error)))?;
        }
        for request in &changes.requests {
            let refused = |error: &Error| Refused::Request(request.clone(), reason::of_setting(error));
            self.one(|kernel| ask(kernel, request), refused)?;
        }
        if changes.loginuid_immutable {
            let refused = |error: &Error| Refused::LoginuidImmutable(reason::of_setting(error));
            self.one(Kernel::set_loginuid_immutable, refused)?;
        }
        changes.enabled.map_or(Ok(()), |change| self.set(change))
    }

    fn set(&mut self, change: Change) -> Result<()> {
        let refused = |error: &Error| Refused::Set(change, reason::of_setting(error));
        self.one(|kernel| change.setting.write(kernel, change.set), refused)
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Add(rule) => {
                let before = self.refused.len();
                let refused = |error: &Error| Refused::Add(rule.clone(), reason::of_add(rule, error));
                self.one(|kernel| kernel.add_rule(&bytes::encode(rule)), refused)?;
                if self.refused.len() > before {
                    self.absent.push(rule.clone());
                }
                Ok(())
            }
            Step::Delete(rule) if self.absent.iter().any(|absent| absent.same(rule)) => Ok(()),
            Step::Delete(rule) => {
                let refused = |error: &Error| Refused::Delete(rule.clone(), reason::of_delete(error));
                self.one(|kernel| kernel.delete_rule(&bytes::encode(rule)), refused)
            }
        }
    }

    /// Asks one thing, unless the first refusal has ended it all. A kernel that refuses still answers.
    fn one(&mut self, ask: impl FnOnce(&mut K) -> Result<()>, refused: impl FnOnce(&Error) -> Refused) -> Result<()> {
        if self.atomic && !self.refused.is_empty() {
            return Ok(());
        }
        match ask(self.kernel) {
            Ok(()) => Ok(()),
            Err(error @ Error::Refused { .. }) => {
                self.refused.push(refused(&error));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

fn ask(kernel: &mut impl Kernel, request: &Request) -> Result<()> {
    match request {
        Request::ResetLost => kernel.reset_lost().map(drop),
        Request::ResetBacklogWaitTimeActual => kernel.reset_backlog_wait_time_actual().map(drop),
        Request::Trim => kernel.trim(),
        Request::MakeEquivalent { mount, subtree } => kernel.make_equivalent(mount, subtree),
    }
}

/// Puts rules and settings back as they were found; what was refused of that.
fn put_back(kernel: &mut impl Kernel, changes: &Changes, held: &Held) -> Result<Vec<Refused>> {
    let now = held::ask(kernel)?;
    let status = kernel.status()?;
    let stands = |change: &&Change| change.setting.read(&status) == Some(change.set);
    let back = |change: &Change| Change::new(change.setting, change.set, change.found);
    let mut work = Work { kernel, atomic: false, refused: Vec::new(), absent: Vec::new() };
    for change in changes.enabled.iter().chain(changes.settings.iter().rev()).filter(stands) {
        work.set(back(change))?;
    }
    for step in diff::steps(&held.rules, &now.rules) {
        work.step(&step)?;
    }
    for (rule, _) in held.unread.iter().filter(|rule| !now.unread.contains(rule)) {
        work.one(|kernel| kernel.add_rule(rule), |error| Refused::DeleteUnread(reason::of_setting(error)))?;
    }
    Ok(work.refused)
}
