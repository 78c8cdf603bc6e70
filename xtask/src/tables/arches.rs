//! `sources/arches.csv` → `arch/generated.rs`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use crate::tables::csv::Table;
use crate::tables::{Output, emit};

/// Writes the enum and both directions.
pub(crate) fn generate(tables: &Path) -> Result<Output> {
    let table = Table::read(tables, "sources/arches.csv", "name,value")?;
    let mut text = emit::head("Architectures as the kernel's audit system tells them apart.", &[&table]);
    text.push_str(
        "/// An architecture that a SYSCALL or SECCOMP record's `arch=` can name.\n\
         #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]\n#[non_exhaustive]\npub enum Arch {\n",
    );
    for row in &table.rows {
        let _ = writeln!(text, "    /// `{}`, `{}`.\n    {},", row[0], row[1], variant(&row[0]));
    }
    text.push_str(
        "}\n\n/// Every architecture, its number and its name.\npub(crate) static ALL: &[(Arch, u32, &str)] = &[\n",
    );
    for row in &table.rows {
        let _ = writeln!(text, "    (Arch::{}, {}, {:?}),", variant(&row[0]), row[1], row[0]);
    }
    text.push_str("];\n");
    Ok(Output { path: "crates/oyez-tables/src/arch/generated.rs".to_owned(), text })
}

/// `x86_64` → `X86_64`, else the first letter upper-case.
pub(crate) fn variant(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_ascii_uppercase() + rest
}
