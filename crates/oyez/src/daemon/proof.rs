//! Watches, while `EOE` is filtered, whether titles end events as they should; and always, whether the rules change, and by
//! whom.
//!
//! Records and events in, [`News`] for the control thread out. One untitled event proves nothing, since its title may be
//! lost; several in a row do.

use oyez_events::{End, Event};
use oyez_tables::record_type::{CONFIG_CHANGE, SYSCALL, URINGOP};

use super::filter::Why;
use super::rule_change::RuleChange;

/// So many syscall events in a row without a title are a kernel that writes none.
const UNTITLED: u32 = 8;
/// Changes of rules that are said of one batch at most: whoever loads many makes an event for each.
const MOST_CHANGES: usize = 64;

/// What the pipeline saw that concerns the filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// A `CONFIG_CHANGE` came: there may be other rules.
    RulesChanged,
    /// The event of such a change is over.
    RuleChange(Box<RuleChange>),
    /// Titles don't end every event.
    Doubt(Why),
    /// The user should know this.
    Complaint(String),
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// `EOE` is filtered.
    needed: bool,
    untitled: u32,
    changed: bool,
    /// Changes of rules that were not said yet.
    changes: Vec<RuleChange>,
    doubt: Option<Why>,
    said: bool,
}

impl Proof {
    /// From here on `EOE` is filtered, or is not.
    pub(crate) fn need(&mut self, needed: bool) {
        if needed != self.needed {
            let changes = std::mem::take(&mut self.changes);
            *self = Self { needed, changed: self.changed, changes, ..Self::default() };
        }
    }

    /// A record of this type came.
    #[inline]
    pub(crate) fn record(&mut self, number: u16) {
        self.changed |= number == CONFIG_CHANGE;
        if number == URINGOP {
            self.doubt = Some(Why::IoUringSeen);
        }
    }

    /// This event is over.
    #[inline]
    pub(crate) fn event(&mut self, event: &Event) {
        if self.changes.len() < MOST_CHANGES
            && let Some(change) = RuleChange::of(event)
        {
            self.changes.push(change);
        }
        match event.end() {
            End::Proctitle => self.untitled = 0,
            End::Incomplete if event.numbers().any(|number| number == SYSCALL) => self.untitled += 1,
            _ => {}
        }
        if self.untitled >= UNTITLED {
            self.doubt = Some(Why::Untitled);
        }
    }

    /// What is to be said now; each doubt once.
    pub(crate) fn news(&mut self) -> impl Iterator<Item = News> + use<> {
        let changed = std::mem::take(&mut self.changed).then_some(News::RulesChanged);
        let doubt = self.doubt.filter(|_| self.needed && !self.said);
        self.said |= doubt.is_some();
        let changes = std::mem::take(&mut self.changes).into_iter().map(|change| News::RuleChange(Box::new(change)));
        changed.into_iter().chain(changes).chain(doubt.map(News::Doubt))
    }
}

#[cfg(test)]
mod tests {
    use oyez_events::group::{Grouper, Limits, Timing};
    use oyez_events::parse::kernel_message;
    use oyez_tables::record_type::PROCTITLE;

    use super::*;

    /// A proof that saw these events, each with or without its title.
    fn seen(proof: &mut Proof, titles: &[bool]) -> Vec<News> {
        let timing = Timing::Live { quiet_ms: 1, incomplete_ms: 1, title_ends: true };
        let mut grouper = Grouper::new(timing, Limits::default());
        for (serial, titled) in titles.iter().enumerate() {
            let text = format!("audit(1.002:{serial}): x=1");
            for number in [SYSCALL, PROCTITLE].into_iter().take(1 + usize::from(*titled)) {
                let record = kernel_message(number, text.as_bytes()).unwrap();
                grouper.push(&record, serial as u64, &mut |event| proof.event(event));
            }
            grouper.tick(serial as u64 + 1, &mut |event| proof.event(event));
        }
        proof.news().collect()
    }

    #[test]
    fn several_untitled_events_in_a_row_are_a_doubt_and_it_is_told_once() {
        let mut proof = Proof::default();
        proof.need(true);
        let lost_one_in_two = [[false; 7].as_slice(), &[true], &[false; 7]].concat();
        assert_eq!(seen(&mut proof, &lost_one_in_two), []);
        assert_eq!(seen(&mut proof, &[false]), [News::Doubt(Why::Untitled)]);
        assert_eq!(seen(&mut proof, &[false; 20]), []);
    }

    #[test]
    fn there_is_no_doubt_while_eoe_comes() {
        let mut proof = Proof::default();
        proof.record(URINGOP);
        assert_eq!(seen(&mut proof, &[false; 20]), []);
        proof.need(true);
        assert_eq!(proof.news().count(), 0, "it starts anew");
        proof.record(URINGOP);
        assert_eq!(proof.news().collect::<Vec<_>>(), [News::Doubt(Why::IoUringSeen)]);
    }

    #[test]
    fn a_change_of_the_rules_is_told_each_time() {
        let mut proof = Proof::default();
        for _ in 0..2 {
            proof.record(CONFIG_CHANGE);
            proof.record(CONFIG_CHANGE);
            assert_eq!(proof.news().collect::<Vec<_>>(), [News::RulesChanged]);
            assert_eq!(proof.news().count(), 0);
        }
    }
}
