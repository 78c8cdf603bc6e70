//! Rows → suggestions: what takes out most with the least loss, again and again on what is left.
//!
//! First what can go altogether ([`narrow`]: one program doing one thing), then what can be thinned out. Among candidates the
//! bytes saved decide, a narrower one counting for more: it is taken where it saves nearly as much.

mod candidate;
mod narrow;

use crate::advisor::Options;
use crate::condition::{Condition, Id};
use crate::rows::{Row, Rows};
use crate::table::Table;
use crate::{Action, Advice, Left, Suggestion, Volume, filter, kernel, words};

pub(crate) use candidate::Candidate;

/// The groups of what is left that are told.
const MAX_LEFT: usize = 5;

pub(crate) fn choose(table: &Table, all: Volume, options: Options) -> Advice {
    let mut rows = Rows::of(table);
    let mut advice = Advice {
        all,
        left_out: 0,
        range: None,
        stays: Vec::new(),
        coarse: rows.coarse,
        suggestions: Vec::new(),
        left: Vec::new(),
    };
    for row in &rows.rows {
        if let Some(why) = row.flags.stays {
            advice.stays(why, row.came.all);
        }
    }
    for thins in [false, true] {
        while advice.suggestions.len() < options.most
            && let Some(candidate) = candidate::best(&rows, all, &options, thins)
        {
            let suggestion = suggestion(&rows, &candidate, &advice.suggestions);
            advice.suggestions.extend(suggestion);
            take_out(&mut rows, &candidate);
        }
    }
    advice.left = left(&rows);
    advice
}

fn suggestion(rows: &Rows, candidate: &Candidate, before: &[Suggestion]) -> Option<Suggestion> {
    let what = words::what(rows, &candidate.condition, &candidate.calls)?;
    let is_taken = |name: &str| before.iter().any(|other| other.name == name);
    let name = words::name(&what, candidate.action, &is_taken);
    let is_drop = candidate.action == Action::Drop;
    Some(Suggestion {
        action: candidate.action,
        saves: candidate.saves,
        at_least: !is_drop || rows.coarse.events > 0,
        why: words::why(narrow::why_not(rows, &candidate.condition), candidate.action),
        costs: words::costs(&what, candidate.action),
        live: what.parent.is_some(),
        filter: filter::toml(&name, &what, candidate.action),
        name,
        kernel: if is_drop { kernel::rules(rows, candidate, &what) } else { None },
        narrowing: kernel::narrowing(rows, candidate, &what),
        what,
    })
}

/// What a candidate takes out is not counted again, and what it thins out is left alone.
fn take_out(rows: &mut Rows, candidate: &Candidate) {
    for row in &mut rows.rows {
        if !candidate.takes(row) {
            continue;
        }
        let saved = candidate::saved(row, candidate.action);
        row.came.all = row.came.all.less(saved);
        row.is_thinned = candidate.action != Action::Drop;
    }
    rows.rows.retain(|row| row.came.all.events > 0);
}

/// What is left of what need not stay, by its first key, or its type where it has none.
fn left(rows: &Rows) -> Vec<Left> {
    let mut groups: Vec<(&'static str, Id, Volume)> = Vec::new();
    for row in rows.rows.iter().filter(|row| row.flags.stays.is_none()) {
        let (field, id) = group(row);
        match groups.iter_mut().find(|(other, own, _)| (*other, *own) == (field, id)) {
            Some((_, _, volume)) => volume.add(row.came.all),
            None => groups.push((field, id, row.came.all)),
        }
    }
    groups.sort_by_key(|(field, id, volume)| (std::cmp::Reverse(volume.bytes), *field, *id));
    groups.truncate(MAX_LEFT);
    let left = groups.into_iter().map(|(field, id, volume)| {
        let mut value = Vec::new();
        oyez_interpret::plain::word(&mut value, rows.bytes(id), 128);
        Left { field, value: String::from_utf8_lossy(&value).into_owned(), volume }
    });
    left.collect()
}

fn group(row: &Row) -> (&'static str, Id) {
    match &row.keys {
        None => ("other", Id::NONE),
        Some(keys) => keys.first().map_or(("type", row.kind), |key| ("key", *key)),
    }
}

/// Whether no event that must stay may fulfil `condition` with one of `calls` (any call where there is none of them).
pub(crate) fn spares(rows: &Rows, condition: &Condition, calls: &[Id]) -> bool {
    let is_called = |row: &Row| calls.is_empty() || row.call == Id::FORGOTTEN || calls.contains(&row.call);
    let mut stay = rows.rows.iter().filter(|row| row.flags.stays.is_some());
    !stay.any(|row| row.may_fit(condition) && is_called(row))
}
