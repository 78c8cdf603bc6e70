//! When to look whether the kernel's rules are still those that were loaded, and whose the change was: `enforce`.
//!
//! Changes and times in, "look now" out; what a look found goes back in. Looks once a second at most; while every look finds
//! something to put back the time between them doubles, up to a minute. oyez's own changes are known by their process, or
//! by when they were made, and lead to no look; one that is not known for its own leads to a look that finds nothing.

use std::time::{Duration, Instant};

use super::process;
use super::restore::PutBack;
use super::rule_change::RuleChange;
use super::told::Told;

/// The least time between two looks, and the most.
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_mins(1);
/// From the third time in a row on it is a fight.
const FIGHT: u32 = 3;
/// The kernel's stamps are as coarse as its clock tick: at most so far from the time at which a thing was done.
const COARSE_MS: u64 = 20;
/// How many spans of own work are remembered.
const SPANS: usize = 8;

/// Who this process is to the kernel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    pub(crate) pids: Vec<u32>,
    pub(crate) auid: Option<u32>,
    pub(crate) ses: Option<u32>,
}

impl Own {
    /// This process.
    pub(crate) fn this() -> Self {
        let (auid, ses) = process::own_session();
        Self { pids: process::own_pids(), auid, ses }
    }
}

/// Decides when to look.
#[derive(Debug)]
pub(crate) struct Enforcer {
    own: Own,
    /// When oyez changed rules itself, in milliseconds since 1970, the latest last.
    spans: Vec<(u64, u64)>,
    due: Option<Instant>,
    not_before: Option<Instant>,
    /// The end of the time in which another difference counts as one in a row.
    in_a_row_until: Option<Instant>,
    in_a_row: u32,
    last: Option<RuleChange>,
    changes: u64,
}

/// What was heard before a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The latest change by somebody else.
    pub(crate) last: Option<RuleChange>,
    /// How many there were.
    pub(crate) changes: u64,
}

impl Enforcer {
    /// Has heard nothing yet.
    pub(crate) fn new(own: Own) -> Self {
        Self {
            own,
            spans: Vec::new(),
            due: None,
            not_before: None,
            in_a_row_until: None,
            in_a_row: 0,
            last: None,
            changes: 0,
        }
    }

    /// oyez itself changed rules in this time.
    pub(crate) fn did(&mut self, from_ms: u64, to_ms: u64) {
        if self.spans.len() == SPANS {
            self.spans.remove(0);
        }
        self.spans.push((from_ms, to_ms));
    }

    /// A change was heard of.
    pub(crate) fn heard(&mut self, change: RuleChange, now: Instant) {
        if self.is_own(&change) {
            return;
        }
        self.changes += 1;
        self.last = Some(change);
        self.want(now);
    }

    /// Asks for a look as soon as it may be.
    pub(crate) fn want(&mut self, now: Instant) {
        let at = self.not_before.map_or(now, |not_before| not_before.max(now));
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When to look next; `None`: no need.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// A look begins; what was heard until then.
    pub(crate) fn look(&mut self) -> Heard {
        self.due = None;
        Heard { last: self.last.take(), changes: std::mem::take(&mut self.changes) }
    }

    /// What the look found; says how often in a row there was something to put back, if that makes it a fight, and how
    /// long nobody will look now.
    pub(crate) fn looked(&mut self, differed: bool, now: Instant) -> Option<(u32, Duration)> {
        if !differed {
            self.not_before = Some(self.not_before.map_or(now + LEAST, |before| before.max(now + LEAST)));
            return None;
        }
        let goes_on = self.in_a_row_until.is_some_and(|until| now <= until);
        self.in_a_row = if goes_on { self.in_a_row + 1 } else { 1 };
        let pause = (LEAST * 2_u32.saturating_pow(self.in_a_row - 1).min(64)).min(MOST);
        self.not_before = Some(now + pause);
        self.in_a_row_until = Some(now + pause * 2 + LEAST);
        (self.in_a_row >= FIGHT).then_some((self.in_a_row, pause))
    }

    fn is_own(&self, change: &RuleChange) -> bool {
        if let Some(pid) = change.pid {
            return self.own.pids.contains(&pid);
        }
        // A registered daemon is not heard, so that its changes have no process.
        let is_then =
            |(from, to): &(u64, u64)| (from.saturating_sub(COARSE_MS)..=to + COARSE_MS).contains(&change.at_ms);
        (change.auid, change.ses) == (self.own.auid, self.own.ses) && self.spans.iter().any(is_then)
    }
}

/// What was put back, as a notice and in lines for the user; `fight` is what [`Enforcer::looked`] said.
pub(crate) fn tell(heard: &Heard, put_back: &PutBack, fight: Option<(u32, Duration)>) -> (Told, Vec<String>) {
    let PutBack { added, deleted, refused } = put_back;
    let result = if refused.is_empty() { "success" } else { "incomplete" };
    let mut told = Told::now("OYEZ_RULES").with("op", "enforce").with("result", result);
    told = told.with("added", *added as u64).with("deleted", *deleted as u64).with("refused", refused.len() as u64);
    told = told.with("changes", heard.changes);
    if let Some(change) = &heard.last {
        told = change.tell(told);
    }
    let who = heard.last.as_ref().map(RuleChange::who).filter(|who| !who.is_empty());
    let who = who.unwrap_or_else(|| "somebody".to_owned());
    let mut lines = vec![format!("{who} changed the rules: added {added} again, deleted {deleted} again")];
    if let Some((times, pause)) = fight {
        told = told.with("in_a_row", times).with("pause_s", pause.as_secs());
        lines.push(format!("that was the {times}th time in a row: the next look is in {} s", pause.as_secs()));
    }
    if !refused.is_empty() {
        told = told.with("error", refused.join("\n"));
        lines.extend(refused.iter().cloned());
    }
    (told, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enforcer() -> Enforcer {
        Enforcer::new(Own { pids: vec![42], auid: Some(1000), ses: Some(3) })
    }

    fn change(pid: Option<u32>, at_ms: u64) -> RuleChange {
        RuleChange { op: "add_rule".to_owned(), auid: Some(1000), ses: Some(3), pid, at_ms, ..RuleChange::default() }
    }

    #[test]
    fn oyezs_own_changes_lead_to_no_look() {
        let (mut enforcer, now) = (enforcer(), Instant::now());
        enforcer.did(5_000, 5_010);
        enforcer.heard(change(Some(42), 9_000), now);
        enforcer.heard(change(None, 5_030), now);
        assert_eq!((enforcer.due(), enforcer.look()), (None, Heard { last: None, changes: 0 }));
        for foreign in
            [change(Some(43), 5_005), change(None, 5_031), RuleChange { ses: Some(4), ..change(None, 5_005) }]
        {
            enforcer.heard(foreign.clone(), now);
            assert_eq!(enforcer.due(), Some(now));
            assert_eq!(enforcer.look(), Heard { last: Some(foreign), changes: 1 });
        }
    }

    #[test]
    fn many_changes_lead_to_one_look_a_second_at_most() {
        let (mut enforcer, start) = (enforcer(), Instant::now());
        let mut looks = 0;
        for ms in 0..10_000 {
            let now = start + Duration::from_millis(ms);
            enforcer.heard(change(Some(9), ms), now);
            if enforcer.due().is_some_and(|at| at <= now) {
                enforcer.look();
                enforcer.looked(false, now);
                looks += 1;
            }
        }
        assert_eq!(looks, 10);
    }

    #[test]
    fn a_fight_is_said_and_slowed_down_and_forgotten() {
        let (mut enforcer, mut now) = (enforcer(), Instant::now());
        let mut pauses = Vec::new();
        for round in 1..=9 {
            enforcer.heard(change(Some(9), 0), now);
            let due = enforcer.due().unwrap();
            pauses.push(due.duration_since(now).as_secs());
            now = due;
            enforcer.look();
            let fight = enforcer.looked(true, now);
            assert_eq!(fight.map(|(in_a_row, _)| in_a_row), (round >= FIGHT).then_some(round), "round {round}");
        }
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        now += MOST * 3;
        enforcer.heard(change(Some(9), 0), now);
        assert_eq!(enforcer.due(), Some(now), "after a time of peace it is put right at once");
        assert_eq!(enforcer.looked(true, now), None);
    }
}
