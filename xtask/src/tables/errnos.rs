//! `sources/errnos.csv` and `supplement/errnos.csv` → `errno/generated.rs`; `sources/errno_words.csv` → `errno/words.rs`.

use std::path::Path;

use anyhow::Result;

use crate::tables::csv::Table;
use crate::tables::{Output, emit};

/// Writes the dense array of names; the first name of a number holds, later ones are aliases.
pub(crate) fn generate(tables: &Path) -> Result<Output> {
    let extracted = Table::read(tables, "sources/errnos.csv", "number,name,origin")?;
    let supplement = Table::read(tables, "supplement/errnos.csv", "number,name,origin")?;
    let rows = extracted.rows.iter().chain(&supplement.rows).map(|row| (row[0].as_str(), row[1].as_str()));
    let text = emit::head("Error numbers of system calls.", &[&extracted, &supplement]) + &emit::dense("NAMES", rows)?;
    Ok(Output { path: "crates/oyez-tables/src/errno/generated.rs".to_owned(), text })
}

/// Writes the dense array of words.
pub(crate) fn words(tables: &Path) -> Result<Output> {
    let table = Table::read(tables, "sources/errno_words.csv", "number,words")?;
    let rows = table.rows.iter().map(|row| (row[0].as_str(), row[1].as_str()));
    let text = emit::head("What error numbers mean.", &[&table]) + &emit::dense("WORDS", rows)?;
    Ok(Output { path: "crates/oyez-tables/src/errno/words.rs".to_owned(), text })
}
