//! The same events with the same records.

use std::collections::BTreeMap;

use crate::allowed::{Difference, Side};
use crate::line::Line;
use crate::logs::Log;
use crate::{ausearch, ours};

/// What was compared.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) logs: usize,
    pub(crate) events: usize,
    pub(crate) records: usize,
    /// `EOE` records, which oyez uses and does not keep.
    pub(crate) ends: u64,
    /// The differences, all of them listed.
    pub(crate) differences: usize,
}

/// Compares the records of each log; panics at a difference that `allowed` does not list, and at one listed that is none.
pub(crate) fn compare(logs: &[Log], allowed: &[Difference]) -> Compared {
    let mut compared = Compared::default();
    let mut seen = vec![0; allowed.len()];
    let mut unlisted = Vec::new();
    for log in logs {
        compared.logs += 1;
        for (side, text) in differences(log, &mut compared) {
            let is_it =
                |known: &&Difference| log.name.ends_with(known.log) && known.side == side && text.contains(known.line);
            match allowed.iter().position(|known| is_it(&known)) {
                Some(place) => {
                    seen[place] += 1;
                    compared.differences += 1;
                }
                None => unlisted.push(format!("{}: {side:?}: {text}", log.name)),
            }
        }
    }
    assert!(unlisted.is_empty(), "{} differences are not listed:\n{}", unlisted.len(), unlisted.join("\n"));
    for (known, count) in allowed.iter().zip(seen) {
        assert!(count == known.times, "{} times in {}, listed {} times: {}", count, known.log, known.times, known.line);
    }
    compared
}

fn differences(log: &Log, compared: &mut Compared) -> Vec<(Side, String)> {
    let reading = ours::read(&log.text);
    let mut balance: BTreeMap<Line, i64> = BTreeMap::new();
    compared.events += reading.events.len();
    assert_eq!(reading.counts.records, reading.counts.records_out, "{}: a record is in no event", log.name);
    let mut ends = reading.counts.records;
    for line in reading.events.into_values().flat_map(|event| event.lines) {
        compared.records += 1;
        ends -= 1;
        *balance.entry(line).or_default() += 1;
    }
    compared.ends += ends;
    let mut found = Vec::new();
    for text in ausearch::raw(log) {
        match Line::parse(&text) {
            Some(line) if line.is_end() => ends -= 1,
            Some(line) => *balance.entry(line).or_default() -= 1,
            None => found.push((Side::Ausearch, String::from_utf8_lossy(&text).into_owned())),
        }
    }
    assert_eq!(ends, 0, "{}: so many more EOE than ausearch finds", log.name);
    for (line, count) in balance {
        let side = if count > 0 { Side::Oyez } else { Side::Ausearch };
        found.extend((0..count.abs()).map(|_| (side, line.text())));
    }
    found
}
