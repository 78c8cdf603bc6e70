//! The source files: `#` lines that say where the facts are from, one header line, then rows.
//!
//! Cells are separated by commas; a cell that holds one is in double quotes. Nothing else of CSV is used or accepted.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

/// One source file, read.
pub(crate) struct Table {
    /// Path from `xtask/tables`.
    pub(crate) name: String,
    /// The `#` lines, without the mark.
    pub(crate) provenance: Vec<String>,
    /// The rows, each with as many cells as the header.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads `name` below `tables`; its header must be exactly `header`.
    pub(crate) fn read(tables: &Path, name: &str, header: &str) -> Result<Self> {
        let path = tables.join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(name, &text, header).with_context(|| format!("cannot read {}", path.display()))
    }

    fn parse(name: &str, text: &str, header: &str) -> Result<Self> {
        let provenance = text.lines().map_while(|line| line.strip_prefix('#')).map(|line| line.trim().to_owned());
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
        let found = lines.next().map_or("", |(_, line)| line);
        ensure!(found == header, "header is {found:?}, not {header:?}");
        let columns = header.split(',').count();
        let mut rows = Vec::new();
        for (at, line) in lines {
            let cells = cells(line).with_context(|| format!("line {}", at + 1))?;
            ensure!(cells.len() == columns, "line {}: {} cells, not {columns}", at + 1, cells.len());
            rows.push(cells);
        }
        Ok(Self { name: name.to_owned(), provenance: provenance.collect(), rows })
    }
}

fn cells(line: &str) -> Result<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').context("quote without an end")?,
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        cells.push(cell.to_owned());
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(cells),
            None => bail!("text after a quote: {after:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_cells_may_hold_commas() {
        let table = Table::parse("t", "# from a\n# and b\nx,y\n1,\"a,b\"\n# aside\n2,\n", "x,y").unwrap();
        assert_eq!(table.provenance, ["from a", "and b"]);
        assert_eq!(table.rows, [["1", "a,b"], ["2", ""]]);
    }

    #[test]
    fn bad_rows_are_refused() {
        for text in ["x\n", "x,y\n1\n", "x,y\n1,\"a\n", "x,y\n\"1\"2,3\n"] {
            assert!(Table::parse("t", text, "x,y").is_err(), "{text:?}");
        }
    }
}
