//! Which record types the filter on the socket drops, and what the pipeline has to make do without then.
//!
//! Settings, the kernel's rules and what was seen while running in; a [`Plan`] out. `ignore_types` is always obeyed. `EOE`
//! is dropped where `PROCTITLE` is sure to end events: the kernel writes the title of every syscall's event right before
//! the `EOE` (kernel/auditsc.c, `audit_log_exit`), unless a rule excludes it, and none for operations of an `io_uring`.
//! Where that can't be known, or a change of it would go unseen, `EOE` is fetched.

use oyez_events::group::comes_with_syscall;
use oyez_netlink::Kernel;
use oyez_rules::bytes;
use oyez_rules::model::{Field, List, Rule};
use oyez_tables::record_type::{self, CONFIG_CHANGE, EOE, PROCTITLE};

use crate::config::Settings;

/// Why `EOE` is fetched all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// `receive.filter_eoe = "never"`.
    Setting,
    /// `ignore_types` has `PROCTITLE`.
    TitleIgnored,
    /// `ignore_types` has `CONFIG_CHANGE`, so that new rules would go unseen.
    ChangeIgnored,
    /// The rules can't be listed from here.
    RulesUnknown,
    /// A rule excludes `PROCTITLE`, or may.
    TitleExcluded,
    /// A rule excludes `CONFIG_CHANGE`, or may.
    ChangeExcluded,
    /// A rule is for operations of an `io_uring`.
    IoUringRule,
    /// An operation of an `io_uring` was recorded, by another rule.
    IoUringSeen,
    /// Syscall events came without their titles.
    Untitled,
}

impl Why {
    /// For messages and notices.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Setting => "receive.filter_eoe is \"never\"",
            Self::TitleIgnored => "ignore_types has PROCTITLE",
            Self::ChangeIgnored => "ignore_types has CONFIG_CHANGE",
            Self::RulesUnknown => "the kernel's rules cannot be read",
            Self::TitleExcluded => "a rule excludes PROCTITLE",
            Self::ChangeExcluded => "a rule excludes CONFIG_CHANGE",
            Self::IoUringRule => "a rule is for io_uring",
            Self::IoUringSeen => "io_uring operations are recorded",
            Self::Untitled => "events came without PROCTITLE",
        }
    }
}

/// What the filter is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The types it drops, in rising order.
    pub(crate) types: Vec<u16>,
    /// Why `EOE` is not one of them.
    pub(crate) eoe_fetched: Option<Why>,
}

impl Plan {
    /// Chooses. `rules` is what stands in the kernel's rules against dropping `EOE`, `seen` what showed while running.
    pub(crate) fn choose(settings: &Settings, rules: Option<Why>, seen: Option<Why>) -> Self {
        let ignores = |number| settings.ignore_types.contains(&number);
        let setting = (!settings.receive.filter_eoe).then_some(Why::Setting);
        let title = ignores(PROCTITLE).then_some(Why::TitleIgnored);
        let change = ignores(CONFIG_CHANGE).then_some(Why::ChangeIgnored);
        let eoe_fetched = setting.or(title).or(change).or(rules).or(seen);
        let mut types = settings.ignore_types.clone();
        types.extend(eoe_fetched.is_none().then_some(EOE));
        types.sort_unstable();
        Self { types, eoe_fetched }
    }

    /// The types by name, those without one by number, separated by spaces; `None` if there are none.
    pub(crate) fn names(&self) -> Option<String> {
        let names: Vec<_> = self.types.iter().map(|number| type_name(*number)).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

/// The name of a record type, or its number.
pub(crate) fn type_name(number: u16) -> String {
    record_type::name(number).map_or_else(|| number.to_string(), str::to_owned)
}

/// What does not come because it is filtered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Absent {
    /// The records that end events.
    pub(crate) eoe: bool,
    /// Types that can be an event by themselves: a serial that never comes means nothing.
    pub(crate) events: bool,
}

impl Absent {
    /// What these types' absence means.
    pub(crate) fn of(types: &[u16]) -> Self {
        Self { eoe: types.contains(&EOE), events: types.iter().any(|number| !comes_with_syscall(*number)) }
    }

    /// Both absences together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { eoe: self.eoe || other.eoe, events: self.events || other.events }
    }
}

/// What stands in the kernel's rules against dropping `EOE`.
pub(crate) fn read_rules(kernel: Option<&mut impl Kernel>) -> Option<Why> {
    let Some(kernel) = kernel else { return Some(Why::RulesUnknown) };
    let mut found = None;
    let listed = kernel.list_rules(&mut |bytes| found = found.or_else(|| objection(bytes)));
    if listed.is_err() { Some(Why::RulesUnknown) } else { found }
}

/// What one rule, as the kernel lists it, has against it.
fn objection(bytes: &[u8]) -> Option<Why> {
    match bytes::decode(bytes) {
        Ok(rule) if rule.list == List::IoUring => Some(Why::IoUringRule),
        Ok(rule) if rule.list == List::Exclude && excludes(&rule, PROCTITLE) => Some(Why::TitleExcluded),
        Ok(rule) if rule.list == List::Exclude && excludes(&rule, CONFIG_CHANGE) => Some(Why::ChangeExcluded),
        Ok(_) => None,
        // A newer kernel's field in a list that makes records, not one that leaves them out, does no harm.
        Err(_) => match bytes.first_chunk().map(|flags| List::from_number(u32::from_ne_bytes(*flags))) {
            Some(Some(List::User | List::Task | List::Exit | List::Filesystem)) => None,
            _ => Some(Why::RulesUnknown),
        },
    }
}

/// Whether a rule of the list `exclude` may leave out `number` where it lets a `SYSCALL` through. One without a test of
/// the type leaves out whole events. The action counts for nothing there (kernel/auditfilter.c, `audit_filter`).
fn excludes(rule: &Rule, number: u16) -> bool {
    let mut tests = rule.fields().iter().filter(|test| test.field() == Field::MsgType).peekable();
    // Whose changes of rules would be left out is not known.
    let tested = tests.peek().is_some() || number == CONFIG_CHANGE;
    tested && tests.all(|test| test.as_number().is_some_and(|value| test.op().holds(number.into(), value)))
}

#[cfg(test)]
mod tests;
