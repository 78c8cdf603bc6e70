//! Suggestions applied to events, apart from how they were counted: by the text that is pasted, and by the events' JSON.

use std::collections::HashMap;

use oyez_events::context::Context;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_suggest::{Suggestion, Volume};
use serde_json::Value;

/// An event, as its JSON says it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) json: Value,
    pub(crate) volume: Volume,
    /// The program its parent last ran, as the log tells.
    parent: Option<String>,
}

/// All events of a log.
pub(crate) fn seen(log: &[u8]) -> Vec<Seen> {
    let (mut format, mut all) = (JsonFormat::new(JsonOptions::default()), Vec::new());
    let mut programs: HashMap<u64, String> = HashMap::new();
    super::each(log, |event| {
        let mut line = Vec::new();
        format.event(event, &Context::default(), &mut line);
        let json: Value = serde_json::from_slice(&line).unwrap();
        let parent = json["process"]["ppid"].as_u64().and_then(|ppid| programs.get(&ppid).cloned());
        if let (Some(pid), Some(exe)) = (json["process"]["pid"].as_u64(), json["process"]["exe"].as_str()) {
            programs.insert(pid, exe.to_owned());
        }
        let volume = Volume { events: 1, records: event.len() as u64, bytes: line.len() as u64 };
        all.push(Seen { json, volume, parent });
    });
    all
}

/// The `match` table and the action of what is to be pasted, which is one filter.
pub(crate) fn pasted(suggestion: &Suggestion) -> (toml::Table, String) {
    let file: toml::Table = suggestion.filter.parse().unwrap();
    let filters = file["filter"].as_array().unwrap();
    assert_eq!((file.len(), filters.len()), (1, 1));
    let filter = filters[0].as_table().unwrap();
    assert_eq!(filter.keys().collect::<Vec<_>>(), ["action", "match", "name"]);
    (filter["match"].as_table().unwrap().clone(), filter["action"].as_str().unwrap().to_owned())
}

impl Seen {
    /// Whether a `match` table holds: by every member, one of its values.
    pub(crate) fn holds(&self, table: &toml::Table) -> bool {
        table.iter().all(|(name, wanted)| {
            if name == "not" {
                return !self.is_spared();
            }
            let wanted = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
            wanted.iter().any(|wanted| self.has(name, wanted.as_str().unwrap()))
        })
    }

    /// Whether it names what drops below `/etc` and elsewhere leave alone, as far as these tests have such names.
    fn is_spared(&self) -> bool {
        let paths = self.json["paths"].as_array().into_iter().flatten().filter_map(|path| path["name"].as_str());
        paths.into_iter().any(|path| {
            !path.starts_with('/')
                || path.split('/').skip(1).any(|name| matches!(name, "" | "." | ".."))
                || path.starts_with("/etc/shadow")
        })
    }

    fn has(&self, name: &str, wanted: &str) -> bool {
        let json = &self.json;
        let is = |value: &Value| value.as_str() == Some(wanted);
        let any = |values: &Value, is: &dyn Fn(&Value) -> bool| values.as_array().is_some_and(|all| all.iter().any(is));
        match name {
            "type" => is(&json["kind"]),
            "key" => any(&json["keys"], &is),
            "exe" => is(&json["process"]["exe"]),
            "comm" => is(&json["process"]["comm"]),
            "syscall" => is(&json["syscall"]["name"]),
            "result" => is(&json["result"]),
            "process.parent.exe" => self.parent.as_deref() == Some(wanted),
            "path" => {
                let below = wanted.strip_suffix("**").unwrap();
                any(&json["paths"], &|path| path["name"].as_str().is_some_and(|name| name.starts_with(below)))
            }
            claimed => is(&json["claimed"][claimed.strip_prefix("claimed.").unwrap()]),
        }
    }
}

/// What of `events` a filter drops; it is gone from them then.
pub(crate) fn take_out(events: &mut Vec<Seen>, table: &toml::Table) -> Volume {
    let mut taken = Volume::default();
    events.retain(|event| {
        let holds = event.holds(table);
        if holds {
            taken = sum([taken, event.volume]);
        }
        !holds
    });
    taken
}

/// All of them together.
pub(crate) fn sum(volumes: impl IntoIterator<Item = Volume>) -> Volume {
    volumes.into_iter().fold(Volume::default(), |all, one| Volume {
        events: all.events + one.events,
        records: all.records + one.records,
        bytes: all.bytes + one.bytes,
    })
}
