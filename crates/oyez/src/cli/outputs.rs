//! `oyez outputs`: the types of outputs that this build has, or all there is to say of one.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::args::OutputsArgs;
use super::stdio;
use crate::config::keys::Described;
use crate::config::outputs::registry::{self, TYPES, Table, TypeDef};
use crate::exit::Exit;

/// Prints a line for each type, or the keys and guarantees of the one that was named.
///
/// # Errors
/// [`Exit::Usage`] for a type that is not there; standard output can't be written.
pub(super) fn run(args: &OutputsArgs) -> anyhow::Result<Exit> {
    let text = match &args.of {
        None if args.json => format!("{:#}\n", TYPES.iter().map(object).collect::<Value>()),
        None => list(),
        Some(name) => {
            let of = registry::find(name).ok_or_else(|| {
                Exit::Usage.because(format!("there is no type {name:?} of outputs; `oyez outputs` lists them"))
            })?;
            if args.json { format!("{:#}\n", object(of)) } else { one(of)? }
        }
    };
    stdio::answer(text.as_bytes())?;
    Ok(Exit::Done)
}

fn list() -> String {
    let wide = TYPES.iter().map(|of| of.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for of in TYPES {
        // A `String` takes everything.
        let _ = writeln!(text, "{:wide$}  {}", of.name, of.doc);
        if of.table.is_some() {
            let _ = writeln!(text, "{:wide$}  tested against: {}", "", of.tested);
        }
    }
    text
}

fn one(of: &TypeDef) -> anyhow::Result<String> {
    let mut text = format!("{}: {}\n", of.name, of.doc);
    let Some(table) = of.table else {
        writeln!(text, "It is left out of this build: it needs the cargo feature {:?}.", of.feature.unwrap_or(""))?;
        return Ok(text);
    };
    writeln!(text, "\nguarantees: {}\ntested against: {}\n\nkeys of its own:", of.guarantees, of.tested)?;
    for Described { name, expects, default, doc, .. } in table.described() {
        let default = default.map_or_else(|| "unset".to_owned(), str::to_owned);
        writeln!(text, "  {name}  ({expects}; default: {default})\n      {doc}")?;
    }
    for (name, value) in of.defaults {
        writeln!(text, "  {name} is {value} unless set")?;
    }
    let extras: Vec<_> = of.takes.iter().map(|extra| extra.keys()).collect();
    if !extras.is_empty() {
        writeln!(text, "\nIt takes {}, too.", extras.join(" and "))?;
    }
    writeln!(text, "Keys that all types have are in docs/configuration.md, and in `oyez config default`.")?;
    Ok(text)
}

fn object(of: &TypeDef) -> Value {
    let key =
        |key: Described| json!({ "name": key.name, "expects": key.expects, "default": key.default, "doc": key.doc });
    json!({
        "type": of.name,
        "doc": of.doc,
        "in_this_build": of.table.is_some(),
        "feature": of.feature,
        "guarantees": of.guarantees,
        "tested": of.tested,
        "keys": of.table.map(Table::described).unwrap_or_default().into_iter().map(key).collect::<Value>(),
    })
}
