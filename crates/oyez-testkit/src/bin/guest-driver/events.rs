//! What oyez wrote: its lines in, questions about them answered.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// The events of one output.
pub(crate) struct Events(Vec<Value>);

impl Events {
    /// From whole lines; what follows the last line end is still being written.
    ///
    /// # Errors
    /// A line is not JSON.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let parse = |line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}"));
        whole.lines().map(parse).collect::<Result<_>>().map(Self)
    }

    /// From what is in a file.
    ///
    /// # Errors
    /// It can't be read, or a line is not JSON.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Self::parse(&fs::read_to_string(path).context("cannot read what oyez wrote")?)
    }

    /// What oyez itself says under this kind.
    pub(crate) fn said<'e>(&'e self, kind: &'e str) -> impl Iterator<Item = &'e Value> {
        self.0.iter().filter(move |event| event["kind"] == kind).map(|event| &event["oyez"])
    }

    /// The number under `key` in what oyez said last under `kind`.
    ///
    /// # Errors
    /// It did not say it.
    pub(crate) fn number(&self, kind: &str, key: &str) -> Result<u64> {
        let said = self.said(kind).last().and_then(|said| said[key].as_u64());
        said.with_context(|| format!("no {kind} tells {key}"))
    }

    /// The sum of the losses told of a place, and what the last of them says was the total.
    pub(crate) fn lost(&self, place: &str) -> (u64, u64) {
        let told = || self.said("OYEZ_LOSS").filter(|loss| loss["where"] == place);
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        (told().map(|loss| number(&loss["count"])).sum(), told().last().map_or(0, |loss| number(&loss["total"])))
    }

    /// How many of these names are in an event's paths.
    ///
    /// # Errors
    /// One is in more than one event.
    pub(crate) fn opened(&self, names: &[String]) -> Result<usize> {
        let paths = |event: &Value| texts(&event["paths"], |path| &path["name"]);
        found(names, self.0.iter().flat_map(paths))
    }

    /// How many of these are the last argument of a command that was run.
    ///
    /// # Errors
    /// One is in more than one event.
    pub(crate) fn executed(&self, titles: &[String]) -> Result<usize> {
        let last = |event: &Value| event["process"]["argv"].as_array()?.last()?.as_str().map(str::to_owned);
        found(titles, self.0.iter().filter_map(last))
    }

    /// Refuses if any of these names is missing, or in more than one event.
    ///
    /// # Errors
    /// So it is.
    pub(crate) fn opened_all(&self, names: &[String]) -> Result<()> {
        let opened = self.opened(names)?;
        ensure!(opened == names.len(), "{opened} of {} opens came out", names.len());
        Ok(())
    }
}

fn texts(list: &Value, text: impl Fn(&Value) -> &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|item| text(item).as_str().map(str::to_owned)).collect()
}

fn found(wanted: &[String], all: impl Iterator<Item = String>) -> Result<usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for text in all {
        *counts.entry(text).or_default() += 1;
    }
    let of = |text: &&String| counts.get(*text).copied().unwrap_or(0);
    if let Some(twice) = wanted.iter().find(|text| of(text) > 1) {
        anyhow::bail!("{twice:?} came out {} times", of(&twice));
    }
    Ok(wanted.iter().filter(|text| of(text) == 1).count())
}
