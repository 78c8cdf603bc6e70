//! `sources/syscalls.csv` and `supplement/syscalls.csv` → `syscall/generated.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::tables::csv::Table;
use crate::tables::{Output, emit};

/// Numbers above this do not go into the array of an architecture but into its list of far ones.
const LAST_DENSE: u32 = 1023;
/// Syscalls for all architectures are in the supplement once, under this name.
const EVERY: &str = "*";

/// Number → name of one architecture.
type Numbers = BTreeMap<u32, String>;

/// Writes, for each architecture, names by number, far numbers, and numbers by name.
pub(crate) fn generate(tables: &Path) -> Result<Output> {
    let extracted = Table::read(tables, "sources/syscalls.csv", "arch,number,name")?;
    let supplement = Table::read(tables, "supplement/syscalls.csv", "arch,number,name,since,header")?;
    let mut arches: BTreeMap<&str, Numbers> = BTreeMap::new();
    for row in &extracted.rows {
        insert(arches.entry(&row[0]).or_default(), row)?;
    }
    for row in &supplement.rows {
        for (arch, numbers) in &mut arches {
            if *arch == row[0] || row[0] == EVERY {
                insert(numbers, row)?;
            }
        }
    }
    let mut text = emit::head("System calls.", &[&extracted, &supplement]);
    text.push_str("use super::Table;\n");
    for (arch, numbers) in &arches {
        table(&mut text, arch, numbers)?;
    }
    Ok(Output { path: "crates/oyez-tables/src/syscall/generated.rs".to_owned(), text })
}

fn insert(numbers: &mut Numbers, row: &[String]) -> Result<()> {
    let number = row[1].parse().with_context(|| format!("syscall {:?} of {}", row[2], row[0]))?;
    let known = numbers.entry(number).or_insert_with(|| row[2].clone());
    ensure!(*known == row[2], "syscall {number} of {}: {known} or {}", row[0], row[2]);
    Ok(())
}

fn table(text: &mut String, arch: &str, numbers: &Numbers) -> Result<()> {
    let constant = arch.to_ascii_uppercase();
    let dense = numbers.iter().filter(|(number, _)| **number <= LAST_DENSE);
    let rows: Vec<(String, &str)> = dense.map(|(number, name)| (number.to_string(), name.as_str())).collect();
    text.push('\n');
    text.push_str(&emit::dense(
        &format!("{constant}_NAMES"),
        rows.iter().map(|(number, name)| (number.as_str(), *name)),
    )?);
    let mut sorted: Vec<(&String, &u32)> = numbers.iter().map(|(number, name)| (name, number)).collect();
    sorted.sort();
    let by_name: Vec<u32> = sorted.into_iter().map(|(_, number)| *number).collect();
    let _ = writeln!(
        text,
        "\n/// `{arch}`.\npub(crate) static {constant}: Table = Table {{\n    names: &{constant}_NAMES,\n    far: &["
    );
    for (number, name) in numbers.range(LAST_DENSE + 1..) {
        let _ = writeln!(text, "        (0x{number:x}, {name:?}),");
    }
    let by_name =
        emit::numbers(by_name.iter().map(|n| if *n > LAST_DENSE { format!("0x{n:x}") } else { n.to_string() }));
    let _ = writeln!(text, "    ],\n    by_name: &[{by_name}    ],\n}};");
    Ok(())
}
