//! What is pasted, as the daemon's filters take it: they hold back as much as was said, or more where that was said.

use std::collections::HashMap;
use std::sync::Arc;

use oyez_events::context::{Context, Process};
use oyez_filter::Tree;
use oyez_filter::chain::{Filters, Settings};
use oyez_filter::spec::{Spec, What};
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_suggest::{Options, Suggestion, Volume};

use super::judge::{pasted, sum};
use super::{advice, each, logs};

/// A chain of this suggestion's filter alone.
pub(crate) fn chain(suggestion: &Suggestion) -> Filters {
    let (table, action) = pasted(suggestion);
    let what = What::Match { condition: tree(&toml::Value::Table(table)), action };
    Filters::compile(&[Spec { name: "x".into(), what }], &Settings::default()).unwrap()
}

fn tree(value: &toml::Value) -> Tree {
    match value {
        toml::Value::Array(values) => Tree::List(values.iter().map(tree).collect()),
        toml::Value::Table(members) => {
            Tree::Object(members.iter().map(|(name, value)| (name.as_bytes().to_vec(), tree(value))).collect())
        }
        text => Tree::Text(text.as_str().unwrap().as_bytes().to_vec()),
    }
}

/// What each filter holds back of a log, and how many notices it makes of that.
pub(crate) fn held_back(log: &[u8], chains: &mut [Filters]) -> Vec<(Volume, u64)> {
    let mut held = vec![(Volume::default(), 0); chains.len()];
    let (mut format, mut line) = (JsonFormat::new(JsonOptions::default()), Vec::new());
    let mut parents = Parents::default();
    let mut last = 0;
    each(log, |event| {
        line.clear();
        format.event(event, &Context::default(), &mut line);
        let volume = Volume { events: 1, records: event.len() as u64, bytes: line.len() as u64 };
        let (process, ancestors) = parents.of(&line);
        let context = Context { process: process.as_ref(), ancestors: &ancestors, ..Context::default() };
        last = event.id().millis();
        for (filters, (held, told)) in chains.iter_mut().zip(&mut held) {
            filters.tick(last, &mut |_| *told += 1);
            if filters.late(event, context, last, &mut |_| *told += 1).left.is_none() {
                *held = sum([*held, volume]);
                break;
            }
        }
    });
    for (filters, (_, told)) in chains.iter_mut().zip(&mut held) {
        filters.finish(last, &mut |_| *told += 1);
    }
    held
}

/// What the log itself tells of parents, as the daemon would know it.
#[derive(Default)]
struct Parents {
    programs: HashMap<u64, String>,
    snapshot: u64,
}

impl Parents {
    fn of(&mut self, line: &[u8]) -> (Option<Process>, Vec<Arc<Process>>) {
        let json: serde_json::Value = serde_json::from_slice(line).unwrap();
        let process = &json["process"];
        let parent = process["ppid"].as_u64().and_then(|ppid| self.programs.get(&ppid).cloned());
        if let (Some(pid), Some(exe)) = (process["pid"].as_u64(), process["exe"].as_str()) {
            self.programs.insert(pid, exe.to_owned());
        }
        let Some(parent) = parent else { return (None, Vec::new()) };
        self.snapshot += 2;
        let of = |snapshot, exe: &str| Process { snapshot, exe: exe.as_bytes().into(), ..Process::default() };
        (Some(of(self.snapshot, "")), vec![Arc::new(of(self.snapshot + 1, &parent))])
    }
}

#[test]
fn filters_that_are_pasted_hold_back_what_was_said_or_more_where_that_was_said() {
    let log = logs::server();
    let advice = advice(log.as_bytes(), Options::default());
    let mut chains: Vec<_> = advice.suggestions.iter().map(chain).collect();
    let held = held_back(log.as_bytes(), &mut chains);
    assert!(advice.suggestions.iter().any(|suggestion| suggestion.at_least));
    for (suggestion, (held, told)) in advice.suggestions.iter().zip(held) {
        if suggestion.at_least {
            assert!(
                held.events - told >= suggestion.saves.events && told < held.events,
                "{held:?} {told} {suggestion:?}"
            );
        } else {
            assert_eq!((held, told), (suggestion.saves, 0), "{suggestion:?}");
        }
    }
}
