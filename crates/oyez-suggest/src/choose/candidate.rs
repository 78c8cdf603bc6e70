//! What could be suggested, and how good each would be.

use std::collections::HashMap;

use crate::condition::{Condition, Id};
use crate::files::{is_told_by_folder, names_files};
use crate::rows::{Row, Rows};
use crate::seen::is_execution;
use crate::stays::is_privileged;
use crate::table::Came;
use crate::{Action, Options, Volume, filter};

use super::{narrow, spares};

/// A program with more calls than this does many different things: only single calls of it are dropped.
const MANY_CALLS: usize = 6;
/// The most calls a suggestion names.
const MAX_CALLS: usize = 12;

/// Events that could be taken out, or thinned.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) condition: Condition,
    /// One of these calls; none where the condition has a kind.
    pub(crate) calls: Vec<Id>,
    pub(crate) action: Action,
    pub(crate) saves: Volume,
}

impl Candidate {
    /// Whether it is about events of `row`, which nothing thins out yet.
    pub(crate) fn takes(&self, row: &Row) -> bool {
        let is_call = if self.calls.is_empty() { row.call == Id::NONE } else { self.calls.contains(&row.call) };
        is_free(row) && is_call && row.fits(&self.condition)
    }
}

/// What of a row an action holds back.
pub(crate) fn saved(row: &Row, action: Action) -> Volume {
    match action {
        Action::Drop => row.came.all,
        Action::Suppress => row.came.repeats,
        Action::Limit => row.came.floods,
    }
}

/// The best candidate that saves as much of `all` as is wanted, if there is one.
pub(crate) fn best(rows: &Rows, all: Volume, options: &Options, thins: bool) -> Option<Candidate> {
    let mut candidates = grouped(rows, tally(rows, thins), thins);
    let Options { min_events, min_share, .. } = *options;
    candidates.retain(|Candidate { saves, .. }| {
        saves.bytes > 0 && saves.events >= min_events && saves.share_of(all) >= min_share
    });
    candidates.sort_by_cached_key(|candidate| {
        (std::cmp::Reverse(worth(rows, candidate)), candidate.condition, candidate.calls.clone())
    });
    let mut good = candidates.into_iter().filter(|candidate| is_writable(rows, candidate));
    good.find(|candidate| spares(rows, &candidate.condition, &candidate.calls))
}

/// The bytes saved, more for each condition that leaves other events alone: with a folder three names deep, three quarters are as
/// good as all without one.
fn worth(rows: &Rows, candidate: &Candidate) -> u128 {
    let Condition { key, who, what, dir, parent, succeeded, .. } = candidate.condition;
    let depth = rows.bytes(dir).split(|byte| *byte == b'/').skip(1).count() as u128;
    let weights = [(key.is_some(), 105), (who.is_some(), 125), (what.is_some(), 110), (dir.is_some(), 118 + 5 * depth)];
    let weights = weights.into_iter().chain([(parent.is_some(), 125), (succeeded, 110)]);
    weights.filter(|(has, _)| *has).fold(u128::from(candidate.saves.bytes), |worth, (_, weight)| worth * weight / 100)
}

fn is_writable(rows: &Rows, candidate: &Candidate) -> bool {
    let Condition { kind, key, who, what, dir, parent, .. } = candidate.condition;
    let ids = [kind, key, who, what, dir, parent];
    ids.iter().chain(&candidate.calls).all(|id| *id == Id::NONE || filter::is_writable(rows.bytes(*id)))
}

/// What came under a condition with a call.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    came: Came,
    /// Some of it must stay.
    stays: bool,
}

fn tally(rows: &Rows, thins: bool) -> HashMap<(Condition, Id), Tally> {
    let mut tallies: HashMap<(Condition, Id), Tally> = HashMap::new();
    let mut conditions = Vec::new();
    for row in rows.rows.iter().filter(|row| !row.is_thinned) {
        conditions.clear();
        if row.call != Id::FORGOTTEN && row.who != Id::FORGOTTEN {
            expand(rows, row, thins, &mut conditions);
        }
        for condition in &conditions {
            let tally = tallies.entry((*condition, row.call)).or_default();
            if row.flags.stays.is_some() {
                tally.stays = true;
            } else {
                tally.came.add(row.came);
            }
        }
    }
    tallies
}

/// The conditions that events of a row fulfil, as far as they are of use.
fn expand(rows: &Rows, row: &Row, thins: bool, out: &mut Vec<Condition>) {
    let is_call = row.call.is_some();
    let kind = if is_call { Id::NONE } else { row.kind };
    let keys = row.keys.as_deref().unwrap_or_default();
    let mut push = |condition: Condition| {
        // A drop is of successes alone: what will fail is not in the log yet.
        if thins {
            out.push(condition);
        }
        if row.flags.succeeded {
            out.push(Condition { succeeded: true, ..condition });
        }
    };
    for key in [Id::NONE].iter().chain(keys.iter().filter(|_| is_call)) {
        let base = Condition { kind, key: *key, ..Condition::default() };
        let with_who = Condition { who: row.who, ..base };
        if thins && (key.is_some() || !is_call) {
            push(base);
        }
        if !row.who.is_some() {
            continue;
        }
        push(with_who);
        if thins {
            continue;
        }
        row.dirs.iter().flatten().for_each(|dir| push(Condition { dir: *dir, ..with_who }));
        if row.parent.is_some() && narrow::is_telling(rows.bytes(row.parent)) {
            push(Condition { parent: row.parent, ..with_who });
        }
        if row.what.is_some() && !is_call {
            push(Condition { what: row.what, ..with_who });
        }
    }
}

/// Conditions with the calls under each that nothing speaks against.
fn grouped(rows: &Rows, tallies: HashMap<(Condition, Id), Tally>, thins: bool) -> Vec<Candidate> {
    let mut tallies: Vec<_> = tallies.into_iter().collect();
    tallies.sort_unstable_by_key(|(place, _)| *place);
    let mut candidates = Vec::new();
    for group in tallies.chunk_by(|((one, _), _), ((other, _), _)| one == other) {
        let Some(((condition, _), _)) = group.first() else { continue };
        if thins {
            candidates.extend(thinned(rows, *condition, group));
        } else if narrow::is_narrow(rows, condition) {
            dropped(rows, *condition, group, &mut candidates);
        }
    }
    candidates
}

type Member = ((Condition, Id), Tally);

/// Whether the call may be a part of a suggestion: nothing of it stays, and of privileged ones failures come through.
fn is_free_of(rows: &Rows, ((condition, call), tally): &Member) -> bool {
    !tally.stays && (condition.succeeded || !is_privileged(rows.bytes(*call)))
}

/// Whether a drop may be of the call: where it names a file, a folder has to say which.
fn is_told(rows: &Rows, ((condition, call), _): &Member) -> bool {
    let call = rows.bytes(*call);
    call.is_empty() || !names_files(call) || (condition.dir.is_some() && is_told_by_folder(call))
}

/// Whether a flood of the call may be cut: that is not told of each, so neither of failures nor of files.
fn is_floodable(rows: &Rows, ((condition, call), _): &Member) -> bool {
    let call = rows.bytes(*call);
    condition.succeeded && (call.is_empty() || !names_files(call))
}

fn dropped(rows: &Rows, condition: Condition, group: &[Member], out: &mut Vec<Candidate>) {
    let members: Vec<_> = group.iter().filter(|member| is_free_of(rows, member) && is_told(rows, member)).collect();
    let candidate = |members: &[&Member]| {
        let saves = Volume::sum(members.iter().map(|(_, tally)| tally.came.all));
        let calls = members.iter().map(|((_, call), _)| *call).filter(|call| call.is_some()).collect();
        Candidate { condition, calls, action: Action::Drop, saves }
    };
    if group.len() <= MANY_CALLS && members.len() > 1 {
        out.push(candidate(&members));
    }
    out.extend(members.iter().map(|member| candidate(std::slice::from_ref(member))));
}

/// By the action that holds back more; an execution is never taken for a repeat of another, as its arguments differ.
fn thinned(rows: &Rows, condition: Condition, group: &[Member]) -> Option<Candidate> {
    let actions = [Action::Suppress, Action::Limit].map(|action| {
        let is_fit = |member: &Member| match action {
            Action::Limit => is_floodable(rows, member),
            _ => !is_execution(rows.bytes(member.0.1)),
        };
        let fit = group.iter().filter(|member| is_fit(member) && is_free_of(rows, member));
        let mut saved: Vec<_> = fit
            .map(|((_, call), tally)| {
                (*call, if action == Action::Limit { tally.came.floods } else { tally.came.repeats })
            })
            .filter(|(_, saved)| saved.events > 0)
            .collect();
        saved.sort_by_key(|(call, saved)| (std::cmp::Reverse(saved.bytes), *call));
        saved.truncate(MAX_CALLS);
        let saves = Volume::sum(saved.iter().map(|(_, saved)| *saved));
        let calls = saved.iter().map(|(call, _)| *call).filter(|call| call.is_some()).collect();
        Candidate { condition, calls, action, saves }
    });
    let [suppress, limit] = actions;
    let better = if limit.saves.bytes > suppress.saves.bytes { limit } else { suppress };
    Some(better).filter(|candidate| candidate.saves.bytes > 0)
}

fn is_free(row: &Row) -> bool {
    row.flags.stays.is_none() && !row.is_thinned
}
