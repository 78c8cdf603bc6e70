//! What values mean: what `ausearch -i` prints of each field, and what `oyez_interpret::fields` says of it.

use std::collections::BTreeMap;

use oyez_events::fields::Form;
use oyez_interpret::fields::{Meaning, in_record, kind};
use oyez_tables::key::{self, Key};
use oyez_tables::record_type;

use crate::ausearch;
use crate::fields::{self, Token};
use crate::interpreted::{by_event, take_apart};
use crate::line::Line;
use crate::logs::Log;
use crate::meant::{self, DIFFERENCES, Difference};

/// What was compared: by `TYPE key` how often both say the same, and by place in the list how often they differ as listed.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) fields: usize,
    /// Fields of which both say more than their value.
    pub(crate) equal: BTreeMap<String, usize>,
    pub(crate) listed: BTreeMap<usize, usize>,
    pub(crate) unequal: BTreeMap<String, Vec<String>>,
}

impl Compared {
    /// Panics where they differ and no entry of the list says so.
    pub(crate) fn assert_equal(&self) {
        let shown = |(key, all): (&String, &Vec<String>)| {
            format!("{key} ({}):\n  {}", all.len(), all[..all.len().min(5)].join("\n  "))
        };
        let text: Vec<_> = self.unequal.iter().map(shown).collect();
        assert!(text.is_empty(), "{} of {} fields:\n{}", text.len(), self.fields, text.join("\n"));
    }
}

/// Compares every field of every record of `log`.
pub(crate) fn compare(log: &Log, compared: &mut Compared) {
    let raw =
        by_event(ausearch::raw(log).iter().filter_map(|line| Line::parse(line)).map(|line| (line.id.clone(), line)));
    let printed = by_event(ausearch::interpreted(log).into_iter().map(|record| (record.id.clone(), record)));
    for (id, lines) in &raw {
        let Some(records) = printed.get(id) else { continue };
        let mut records = records.iter();
        for line in lines.iter().filter(|line| !line.kind.is_empty() && !line.is_end()) {
            let Some(record) = records.find(|record| record.kind == line.kind) else { continue };
            compare_record(line, &record.body, &log.name, compared);
        }
    }
}

fn compare_record(line: &Line, printed: &[u8], log: &str, compared: &mut Compared) {
    let Some(record_type) = record_type::number(line.kind.as_bytes()) else { return };
    let tokens = fields::split(&line.body);
    let printed = take_apart(&tokens, printed);
    let tokens = if line.kind == "LOGIN" { fields::renamed(&tokens) } else { tokens };
    for (token, printed) in tokens.iter().zip(printed) {
        let (Some(key), Some(theirs)) = (key::lookup(token.key), printed) else { continue };
        if is_of_others(record_type, key, &theirs) {
            continue;
        }
        compared.fields += 1;
        let ours = ours(record_type, key, token, &tokens);
        let name = format!("{} {}", line.kind, key.name());
        if ours.as_ref().is_some_and(|ours| *ours == theirs) {
            *compared.equal.entry(name).or_default() += 1;
        } else if ours.is_some() || !is_the_value(token, &theirs) {
            let is_it = |it: &Difference| it.is_it(&line.kind, key, token.value, &theirs, ours.as_deref());
            if let Some(place) = DIFFERENCES.iter().position(is_it) {
                *compared.listed.entry(place).or_default() += 1;
            } else {
                let text = meant::shown(&theirs, ours.as_deref());
                compared.unequal.entry(name).or_default().push(format!("{text} {log}: {}", line.text()));
            }
        }
    }
}

/// Names of ids and of calls, and arguments of calls, are looked up elsewhere.
fn is_of_others(record_type: u16, key: Key, theirs: &[u8]) -> bool {
    match kind(record_type, key) {
        Some(Meaning::User | Meaning::Group) => theirs != b"unset",
        Some(Meaning::Syscall | Meaning::Argument | Meaning::Exit) => true,
        _ => false,
    }
}

fn ours(record_type: u16, key: Key, token: &Token<'_>, tokens: &[Token<'_>]) -> Option<Vec<u8>> {
    let sibling = |wanted: Key| {
        let is_it = |other: &&Token<'_>| other.is_claimed == token.is_claimed && other.key == wanted.name().as_bytes();
        tokens.iter().find(is_it).map(|other| other.value)
    };
    let form = if token.is_quoted { Form::Quoted } else { Form::Bare };
    let mut out = Vec::new();
    in_record(record_type, key, token.value, form, &sibling, &mut out).then_some(out)
}

/// Whether `ausearch` says no more than the value itself, decoded or not, with or without what stands around it.
fn is_the_value(token: &Token<'_>, theirs: &[u8]) -> bool {
    let decoded = token.decoded();
    let parts = |separator: u8, joint: &[u8]| decoded.split(|byte| *byte == separator).collect::<Vec<_>>().join(joint);
    // Keys of several rules, arguments of a title.
    let readings = [token.value.to_vec(), decoded.clone(), parts(1, b" key="), parts(0, b" ")];
    readings.iter().any(|reading| {
        let escaped = crate::values::escaped(reading);
        [reading.as_slice(), &escaped, &crate::values::quoted(reading), &crate::values::quoted(&escaped)]
            .into_iter()
            .any(|text| {
                text.trim_ascii() == theirs || crate::values::without_end(theirs) == crate::values::without_end(text)
            })
    })
}
