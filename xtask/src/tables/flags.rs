//! `sources/flag_sets.csv`, `sources/flags.csv` and `supplement/flags.csv` → `flags/generated.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::tables::csv::Table;
use crate::tables::{Output, emit};

/// Architectures whose headers have the same numbers, as the column `groups` names them; the order of
/// `oyez_tables::flags::Group`.
pub(crate) const GROUPS: [&str; 6] = ["aarch64", "arm", "powerpc", "riscv", "s390", "x86"];
/// All groups.
pub(crate) const EVERYWHERE: &str = "*";

/// Rows of one set in one group: number and name, values sorted by number, bits in the order they are told.
#[derive(Default, PartialEq, Eq)]
struct Rows {
    values: Vec<(u64, String)>,
    bits: Vec<(u64, String)>,
}

/// Names of all sets, as cells of other sources may hold them.
pub(crate) fn sets(tables: &Path) -> Result<BTreeSet<String>> {
    Ok(declared(tables)?.rows.into_iter().map(|row| row[0].clone()).collect())
}

fn declared(tables: &Path) -> Result<Table> {
    Table::read(tables, "sources/flag_sets.csv", "set,mask,width,doc")
}

/// Writes the enum of sets and, for each, its mask, width and names.
pub(crate) fn generate(tables: &Path) -> Result<Output> {
    let sets = declared(tables)?;
    let extracted = Table::read(tables, "sources/flags.csv", "set,part,groups,number,name,header")?;
    let supplement = Table::read(tables, "supplement/flags.csv", "set,part,groups,number,name,since,header")?;
    let mut by_set: BTreeMap<&str, Vec<&[String]>> =
        sets.rows.iter().map(|row| (row[0].as_str(), Vec::new())).collect();
    for row in extracted.rows.iter().chain(&supplement.rows) {
        by_set.get_mut(row[0].as_str()).with_context(|| format!("set {:?} is not declared", row[0]))?.push(row);
    }
    let mut text = emit::head("Sets of named numbers.", &[&sets, &extracted, &supplement]);
    text.push_str("use super::{Names, Rows};\n\n");
    variants(&mut text, &sets);
    let mut names = format!("/// By set.\npub(crate) static NAMES: [Names; {}] = [\n", sets.rows.len());
    for row in &sets.rows {
        set(&mut text, &mut names, row, &by_set[row[0].as_str()]).with_context(|| format!("set {}", row[0]))?;
    }
    text.push_str(&names);
    text.push_str("];\n");
    Ok(Output { path: "crates/oyez-tables/src/flags/generated.rs".to_owned(), text })
}

fn variants(text: &mut String, sets: &Table) {
    text.push_str(
        "/// A set of named numbers.\n#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]\n#[non_exhaustive]\npub enum Set {\n",
    );
    for row in &sets.rows {
        let _ = writeln!(text, "    /// {}.\n    {},", capital(&row[3]), emit::camel(&row[0]));
    }
    let _ = writeln!(text, "}}\n\n/// Every set.\npub(crate) static ALL: [Set; {}] = [", sets.rows.len());
    for row in &sets.rows {
        let _ = writeln!(text, "    Set::{},", emit::camel(&row[0]));
    }
    text.push_str("];\n\n");
}

fn capital(doc: &str) -> String {
    let (first, rest) = doc.split_at(doc.len().min(1));
    first.to_ascii_uppercase() + rest
}

/// The tables of one set, each once, and its entry in the list of sets.
fn set(text: &mut String, names: &mut String, row: &[String], entries: &[&[String]]) -> Result<()> {
    let mask = mask(&row[1], &row[2])?;
    let mut distinct: Vec<Rows> = Vec::new();
    let mut which = Vec::new();
    for group in GROUPS {
        let rows = rows(entries, group, mask)?;
        let at = distinct.iter().position(|known| *known == rows).unwrap_or_else(|| {
            distinct.push(rows);
            distinct.len() - 1
        });
        which.push(at.to_string());
    }
    ensure!(distinct.iter().any(|rows| !rows.values.is_empty() || !rows.bits.is_empty()), "has no names");
    let constant = row[0].to_ascii_uppercase();
    let _ = writeln!(text, "/// {}.\nstatic {constant}: [Rows; {}] = [", capital(&row[3]), distinct.len());
    for rows in &distinct {
        let _ = writeln!(text, "    Rows {{ values: &[{}], bits: &[{}] }},", array(&rows.values), array(&rows.bits));
    }
    text.push_str("];\n\n");
    let wide = row[2] == "64";
    let _ = writeln!(
        names,
        "    Names {{ name: {:?}, mask: {}, wide: {wide}, which: [{}], rows: &{constant} }},",
        row[0],
        grouped(mask),
        which.join(", ")
    );
    Ok(())
}

fn array(rows: &[(u64, String)]) -> String {
    let mut text = String::new();
    for (number, name) in rows {
        let _ = write!(text, "\n        ({}, {name:?}),", grouped(*number));
    }
    if !rows.is_empty() {
        text.push_str("\n    ");
    }
    text
}

/// A number as a readable hex literal.
fn grouped(number: u64) -> String {
    let digits = format!("{number:x}");
    let mut text = "0x".to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 4 == 0 {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

fn mask(word: &str, width: &str) -> Result<u64> {
    let all = match width {
        "32" => u64::from(u32::MAX),
        "64" => u64::MAX,
        _ => anyhow::bail!("width {width:?}"),
    };
    match word {
        "all" => Ok(all),
        "none" => Ok(0),
        number => hex(number),
    }
}

fn hex(number: &str) -> Result<u64> {
    let digits = number.strip_prefix("0x").with_context(|| format!("not hex: {number:?}"))?.replace('_', "");
    u64::from_str_radix(&digits, 16).with_context(|| format!("not hex: {number:?}"))
}

/// What `entries` say of `group`. Of two names for a number the first holds.
fn rows(entries: &[&[String]], group: &str, mask: u64) -> Result<Rows> {
    let mut rows = Rows::default();
    for entry in entries {
        if entry[2] != EVERYWHERE && !entry[2].split(' ').any(|one| one == group) {
            continue;
        }
        let number = unextended(hex(&entry[3])?);
        let (list, number) = match entry[1].as_str() {
            "value" => (&mut rows.values, if mask == 0 { number } else { number & mask }),
            "bit" => (&mut rows.bits, number),
            part => anyhow::bail!("part {part:?}"),
        };
        if !list.iter().any(|(known, _)| *known == number) && (entry[1] == "value" || number != 0) {
            list.push((number, entry[4].clone()));
        }
    }
    rows.values.sort();
    rows.bits.sort();
    rows.bits = composites_first(rows.bits);
    Ok(rows)
}

/// `1 << 31` is a negative `int` in C, and has become one of 64 bits; what is meant are its 32.
fn unextended(number: u64) -> u64 {
    if number >> 31 == 0x1_ffff_ffff { number & 0xffff_ffff } else { number }
}

/// Ascending, but a number of several bits before any that is a part of it.
fn composites_first(sorted: Vec<(u64, String)>) -> Vec<(u64, String)> {
    let mut ordered: Vec<(u64, String)> = Vec::new();
    for (number, name) in sorted {
        let part = |known: &(u64, String)| known.0 & number == known.0;
        let at = ordered.iter().position(part).unwrap_or(ordered.len());
        ordered.insert(at, (number, name));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composites_come_before_their_parts() {
        let rows = [(1, "A"), (2, "B"), (4, "C"), (6, "BC")].map(|(number, name)| (number, name.to_owned()));
        let ordered: Vec<u64> = composites_first(rows.to_vec()).into_iter().map(|(number, _)| number).collect();
        assert_eq!(ordered, [1, 6, 2, 4]);
    }

    #[test]
    fn a_group_has_its_own_rows_and_everybodys() {
        let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
        let entries = [
            row(["s", "bit", "*", "0x1", "A"]),
            row(["s", "bit", "arm x86", "0x2", "B"]),
            row(["s", "bit", "*", "0x1", "C"]),
        ];
        let entries: Vec<&[String]> = entries.iter().map(Vec::as_slice).collect();
        assert_eq!(rows(&entries, "arm", 0).unwrap().bits.len(), 2);
        assert_eq!(rows(&entries, "s390", 0).unwrap().bits, [(1, "A".to_owned())]);
    }

    #[test]
    fn literals_are_grouped() {
        assert_eq!(grouped(0), "0x0");
        assert_eq!(grouped(0xffff), "0xffff");
        assert_eq!(grouped(0x1_0000), "0x1_0000");
    }

    #[test]
    fn masks_are_words_or_hex() {
        assert_eq!(mask("all", "32").unwrap(), 0xffff_ffff);
        assert_eq!(mask("none", "64").unwrap(), 0);
        assert_eq!(mask("0xffff_0000", "64").unwrap(), 0xffff_0000);
        assert!(mask("7", "64").is_err() && mask("all", "16").is_err());
    }
}
