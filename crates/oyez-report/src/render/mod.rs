//! A report → bytes: text for people, JSON and CSV for machines.

mod csv;
mod json;
mod text;

use crate::table::{Count, Row};
use crate::{Report, Table};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns.
    Text,
    /// One object on one line; `docs/schema/report.v1.json` describes it.
    Json,
    /// A table of tables, RFC 4180.
    Csv,
}

/// How much of a report is written.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The most rows of a table; all where it is `None`, five in the overview.
    pub top: Option<usize>,
    /// Records that were lost on the way here, where that is known, and what of.
    pub lost: &'a [(&'static str, u64)],
}

/// The rows of a table in the overview.
const OVERVIEW_ROWS: usize = 5;

impl Report {
    /// Appends the report to `out`.
    pub fn render(&self, format: Format, shown: Shown<'_>, out: &mut Vec<u8>) {
        match format {
            Format::Text => text::write(self, shown, out),
            Format::Json => json::write(self, shown, out),
            Format::Csv => csv::write(self, shown, out),
        }
    }

    fn rows(&self, shown: Shown<'_>) -> usize {
        shown.top.unwrap_or(if self.is_overview() { OVERVIEW_ROWS } else { usize::MAX })
    }
}

/// The rows to show, and what else there is.
struct Cut<'t> {
    rows: Vec<(&'t [u8], &'t Row)>,
    /// In rows that are not shown.
    rest: Count,
    /// How many rows that are.
    rest_rows: usize,
}

impl<'t> Cut<'t> {
    fn of(table: &'t Table, top: usize) -> Self {
        let rows = table.top(top);
        let mut rest = Count {
            total: table.all().total - table.unnamed().total,
            failed: table.all().failed - table.unnamed().failed,
        };
        for (_, row) in &rows {
            rest.total -= row.count.total;
            rest.failed -= row.count.failed;
        }
        Cut { rest, rest_rows: table.rows() - rows.len(), rows }
    }
}
