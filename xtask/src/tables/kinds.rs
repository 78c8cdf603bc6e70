//! `sources/keys.csv`: the field keys, checked.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::tables::csv::Table;
use crate::tables::emit;
use crate::tables::record_types::RecordTypes;

/// The kinds of `oyez_tables::key::Kind`.
const KINDS: [&str; 8] = ["Decimal", "Hex", "Octal", "Device", "Encoded", "Quoted", "Plain", "Enumerated"];

/// One key.
pub(crate) struct KeyRow {
    /// As records spell it.
    pub(crate) name: String,
    /// Its variant of `Key`.
    pub(crate) variant: String,
    pub(crate) kind: String,
    /// Record types, by number, in which the kind is another.
    pub(crate) exceptions: Vec<(u16, String)>,
    /// Who writes it.
    pub(crate) writer: String,
}

/// Reads and checks the keys, in the order of the file.
pub(crate) fn load(tables: &Path, types: &RecordTypes) -> Result<(Table, Vec<KeyRow>)> {
    let table = Table::read(tables, "sources/keys.csv", "key,kind,json,exceptions,writer")?;
    let mut variants = BTreeSet::new();
    let mut keys = Vec::new();
    for row in &table.rows {
        let key = key(row, types).with_context(|| format!("key {:?}", row[0]))?;
        ensure!(variants.insert(key.variant.clone()), "key {:?} twice, or like another: {}", key.name, key.variant);
        keys.push(key);
    }
    Ok((table, keys))
}

fn key(row: &[String], types: &RecordTypes) -> Result<KeyRow> {
    let [name, kind, json, exceptions, writer] = row else { bail!("wrong number of cells") };
    let mut numbered = Vec::new();
    for exception in exceptions.split_whitespace() {
        let (record_type, kind) = exception.split_once('=').context("exception without =")?;
        numbered.push((types.number(record_type)?, kind.to_owned()));
    }
    for kind in [kind].into_iter().chain(numbered.iter().map(|(_, kind)| kind)) {
        ensure!(KINDS.contains(&kind.as_str()), "no such kind: {kind}");
        let decimal = kind == "Decimal";
        ensure!(decimal == (json == "number"), "{kind} is not written as a JSON {json}");
    }
    Ok(KeyRow {
        name: name.clone(),
        variant: variant(name),
        kind: kind.clone(),
        exceptions: numbered,
        writer: writer.clone(),
    })
}

/// `old-auid` → `OldAuid`; auditd's upper-case additions → `EnrichedAuid`, as they would collide with the kernel's own.
fn variant(name: &str) -> String {
    let enriched = name.contains(|c: char| c.is_ascii_uppercase());
    if enriched { format!("Enriched{}", emit::camel(name)) } else { emit::camel(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 5]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn json_type_must_match_every_kind() {
        let types = RecordTypes::of(&[(1302, "PATH")]);
        assert!(key(&row(["dev", "Encoded", "string", "PATH=Device", ""]), &types).is_ok());
        assert!(key(&row(["dev", "Encoded", "string", "PATH=Decimal", ""]), &types).is_err());
        assert!(key(&row(["dev", "Decimal", "string", "", ""]), &types).is_err());
        assert!(key(&row(["dev", "Decimal", "number", "PATH=Plain", ""]), &types).is_err());
        assert!(key(&row(["dev", "Encoded", "string", "PAHT=Device", ""]), &types).is_err());
        assert!(key(&row(["dev", "Coded", "string", "", ""]), &types).is_err());
    }

    #[test]
    fn upper_case_keys_get_variants_of_their_own() {
        assert_eq!(variant("uid"), "Uid");
        assert_eq!(variant("UID"), "EnrichedUid");
        assert_eq!(variant("OLD-AUID"), "EnrichedOldAuid");
    }
}
