//! `sources/arguments.csv` → `argument/generated.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::tables::csv::Table;
use crate::tables::{Output, emit, flags, perfect};

/// The rows of one call: for all architectures, and for those that differ.
#[derive(Default)]
struct Call<'a> {
    everywhere: Option<&'a [String]>,
    elsewhere: Vec<&'a [String]>,
}

/// Writes the names, their perfect hash, and the signature of each.
pub(crate) fn generate(tables: &Path) -> Result<Output> {
    let table = Table::read(tables, "sources/arguments.csv", "call,arches,a0,a1,a2,a3,exit")?;
    let sets = flags::sets(tables)?;
    let mut calls: BTreeMap<&str, Call<'_>> = BTreeMap::new();
    for row in &table.rows {
        let call = calls.entry(&row[0]).or_default();
        if row[1].is_empty() {
            ensure!(call.everywhere.replace(row).is_none(), "two rows for {}", row[0]);
        } else {
            call.elsewhere.push(row);
        }
    }
    let names: Vec<&str> = calls.keys().copied().collect();
    let count = names.len();
    let mut text = emit::head("What the arguments of system calls are.", &[&table]);
    text.push_str("use super::{Argument, Signature};\nuse crate::arch::Arch;\nuse crate::flags::Set;\n");
    let _ = writeln!(
        text,
        "use crate::lookup::NameIndex;\n\n/// Calls and options, sorted.\npub(crate) static NAMES: [&str; {count}] = ["
    );
    for name in &names {
        let _ = writeln!(text, "    {name:?},");
    }
    text.push_str("];\n\n");
    text.push_str(&emit::name_index("INDEX", "NAMES", count, &perfect::search(&names)?));
    let _ = writeln!(text, "\n/// In the order of `NAMES`.\npub(crate) static SIGNATURES: [Signature; {count}] = [");
    for (name, call) in &calls {
        signature(&mut text, call, &sets).with_context(|| format!("call {name}"))?;
    }
    text.push_str("];\n");
    Ok(Output { path: "crates/oyez-tables/src/argument/generated.rs".to_owned(), text })
}

fn signature(text: &mut String, call: &Call<'_>, sets: &BTreeSet<String>) -> Result<()> {
    let row = call.everywhere.context("has no row for all architectures")?;
    let _ = writeln!(text, "    Signature {{\n        arguments: [{}],", arguments(row, sets));
    text.push_str("        elsewhere: &[");
    for row in &call.elsewhere {
        let arches: Vec<String> = row[1].split(' ').map(|arch| format!("Arch::{}", emit::camel(arch))).collect();
        let _ = write!(text, "\n            (&[{}], [{}]),", arches.join(", "), arguments(row, sets));
    }
    if !call.elsewhere.is_empty() {
        text.push_str("\n        ");
    }
    text.push_str("],\n    },\n");
    Ok(())
}

/// The five cells: a0 to a3 and the result. That a word is known is checked by the compiler.
fn arguments(row: &[String], sets: &BTreeSet<String>) -> String {
    let cell = |word: &String| match word.as_str() {
        "" => "Argument::Plain".to_owned(),
        // Each is more than the set of its name.
        "signal" => "Argument::Signal".to_owned(),
        "personality" => "Argument::Personality".to_owned(),
        set if sets.contains(set) => format!("Argument::Set(Set::{})", emit::camel(set)),
        "by_a0" => "Argument::By(0)".to_owned(),
        "by_a1" => "Argument::By(1)".to_owned(),
        "by_a2" => "Argument::By(2)".to_owned(),
        word => format!("Argument::{}", emit::camel(word)),
    };
    row[2..].iter().map(cell).collect::<Vec<_>>().join(", ")
}
