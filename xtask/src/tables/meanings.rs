//! `sources/meanings.csv` → `meaning/generated.rs`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::tables::csv::Table;
use crate::tables::record_types::RecordTypes;
use crate::tables::{Output, emit, kinds};

/// A key's meaning, and the record types in which it is another, in the words of the file.
struct Row {
    meaning: String,
    exceptions: Vec<(u16, String)>,
}

/// Writes two arrays in the order of `Key`: the meaning, and where it is another.
pub(crate) fn generate(tables: &Path, types: &RecordTypes) -> Result<Output> {
    let table = Table::read(tables, "sources/meanings.csv", "key,meaning,exceptions,writer")?;
    let (_, keys) = kinds::load(tables, types)?;
    let mut rows: Vec<Option<Row>> = keys.iter().map(|_| None).collect();
    for cells in &table.rows {
        let name = &cells[0];
        let place = keys.iter().position(|key| key.name == *name).with_context(|| format!("no key {name:?}"))?;
        ensure!(rows[place].is_none(), "key {name:?} twice");
        rows[place] = Some(row(cells, types).with_context(|| format!("key {name:?}"))?);
    }
    let text = emit::head("What values of field keys mean.", &[&table]) + "use super::Meaning;\n\n" + &arrays(&rows);
    Ok(Output { path: "crates/oyez-tables/src/meaning/generated.rs".to_owned(), text })
}

fn row(cells: &[String], types: &RecordTypes) -> Result<Row> {
    let mut exceptions = Vec::new();
    for exception in cells[2].split_whitespace() {
        let (record_type, meaning) = exception.split_once('=').context("exception without =")?;
        exceptions.push((types.number(record_type)?, meaning.to_owned()));
    }
    ensure!(!(cells[1].is_empty() && exceptions.is_empty()), "no meaning at all");
    Ok(Row { meaning: cells[1].clone(), exceptions })
}

fn arrays(rows: &[Option<Row>]) -> String {
    let count = rows.len();
    let (mut all, mut lists, mut listed) = (String::new(), String::new(), 0);
    for row in rows {
        let (mut meaning, mut place) = ("None".to_owned(), 0);
        if let Some(row) = row {
            meaning = option(&row.meaning);
            if !row.exceptions.is_empty() {
                listed += 1;
                place = listed;
                let list: Vec<String> =
                    row.exceptions.iter().map(|(number, other)| format!("({number}, {})", option(other))).collect();
                let _ = writeln!(lists, "    &[{}],", list.join(", "));
            }
        }
        let _ = writeln!(all, "    ({meaning}, {place}),");
    }
    format!(
        "/// Every key's meaning, by number, and one more than its place in `EXCEPTIONS`, or 0.\n\
         pub(crate) static MEANINGS: [(Option<Meaning>, u8); {count}] = [\n{all}];\n\n\
         /// Record types in which a key's meaning is another.\n\
         pub(crate) static EXCEPTIONS: [&[(u16, Option<Meaning>)]; {listed}] = [\n{lists}];\n"
    )
}

fn option(meaning: &str) -> String {
    if matches!(meaning, "" | "None") { "None".to_owned() } else { format!("Some(Meaning::{meaning})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(cells: [&str; 4]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn a_row_must_mean_something_somewhere() {
        let types = RecordTypes::of(&[(1302, "PATH")]);
        assert!(row(&cells(["dev", "", "PATH=Device", "kernel"]), &types).is_ok());
        assert!(row(&cells(["dev", "", "", "kernel"]), &types).is_err());
        assert!(row(&cells(["dev", "", "PAHT=Device", "kernel"]), &types).is_err());
    }

    #[test]
    fn no_meaning_is_written_as_none() {
        assert_eq!(option("None"), "None");
        assert_eq!(option("Signal"), "Some(Meaning::Signal)");
    }
}
