//! `sources/record_types.csv` and `supplement/record_types.csv` → `record_type/generated.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::tables::csv::Table;
use crate::tables::{Output, emit, perfect};

/// Record types by number, with where each is from.
pub(crate) struct RecordTypes {
    by_number: BTreeMap<u16, (String, String)>,
    tables: Vec<Table>,
}

impl RecordTypes {
    /// The number of a record type that a source file names.
    pub(crate) fn number(&self, name: &str) -> Result<u16> {
        let found = self.by_number.iter().find(|(_, (known, _))| known == name);
        found.map(|(number, _)| *number).with_context(|| format!("no record type {name}"))
    }

    /// A small set, for tests.
    #[cfg(test)]
    pub(crate) fn of(types: &[(u16, &str)]) -> Self {
        let by_number = types.iter().map(|(number, name)| (*number, ((*name).to_owned(), String::new()))).collect();
        Self { by_number, tables: Vec::new() }
    }
}

/// Reads both files; a row of the supplement replaces the extracted one.
pub(crate) fn load(tables: &Path) -> Result<RecordTypes> {
    let mut by_number = BTreeMap::new();
    let extracted = Table::read(tables, "sources/record_types.csv", "number,name,origin")?;
    let supplement = Table::read(tables, "supplement/record_types.csv", "number,name,origin")?;
    for row in extracted.rows.iter().chain(&supplement.rows) {
        let number: u16 = row[0].parse().with_context(|| format!("record type {:?}", row[0]))?;
        ensure!((1000..3000).contains(&number), "record type {number} is out of range");
        by_number.insert(number, (row[1].clone(), row[2].clone()));
    }
    Ok(RecordTypes { by_number, tables: vec![extracted, supplement] })
}

/// Writes a constant for each type, the sorted list, and the perfect hash over the names.
pub(crate) fn generate(types: &RecordTypes) -> Result<Output> {
    let names: Vec<&str> = types.by_number.values().map(|(name, _)| name.as_str()).collect();
    let perfect = perfect::search(&names)?;
    let count = names.len();
    let mut text = emit::head("Record types.", &types.tables.iter().collect::<Vec<_>>());
    text.push_str("use crate::lookup::NameIndex;\n\n");
    for (number, (name, origin)) in &types.by_number {
        let _ = writeln!(text, "/// `{name}`, from `{origin}`.\npub const {name}: u16 = {number};");
    }
    let _ = writeln!(text, "\n/// Every record type's number, sorted.\npub(crate) static NUMBERS: [u16; {count}] = [");
    for number in types.by_number.keys() {
        let _ = writeln!(text, "    {number},");
    }
    let _ = writeln!(
        text,
        "];\n\n/// Every record type's name, in the order of `NUMBERS`.\npub(crate) static NAMES: [&str; {count}] = ["
    );
    for name in names {
        let _ = writeln!(text, "    {name:?},");
    }
    text.push_str("];\n\n");
    text.push_str(&emit::name_index("INDEX", "NAMES", count, &perfect));
    Ok(Output { path: "crates/oyez-tables/src/record_type/generated.rs".to_owned(), text })
}
