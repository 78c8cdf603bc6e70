//! `sources/families.csv` → `family/generated.rs`.

use std::path::Path;

use anyhow::Result;

use crate::tables::csv::Table;
use crate::tables::{Output, emit};

/// Writes the dense array of names.
pub(crate) fn generate(tables: &Path) -> Result<Output> {
    let table = Table::read(tables, "sources/families.csv", "number,name")?;
    let rows = table.rows.iter().map(|row| (row[0].as_str(), row[1].as_str()));
    let text = emit::head("Address families.", &[&table]) + &emit::dense("NAMES", rows)?;
    Ok(Output { path: "crates/oyez-tables/src/family/generated.rs".to_owned(), text })
}
