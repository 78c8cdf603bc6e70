//! `sources/values.csv` → `value/generated.rs`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::tables::csv::Table;
use crate::tables::{Output, emit};

/// Numbers and their names, in the order of the file.
type Pairs = Vec<(u64, String)>;

/// Writes the enum of lists and each list's pairs.
pub(crate) fn generate(tables: &Path) -> Result<Output> {
    let table = Table::read(tables, "sources/values.csv", "list,number,name")?;
    let lists = lists(&table.rows)?;
    let text = emit::head("Numbers and flags of fields.", &[&table]) + &rust(&lists);
    Ok(Output { path: "crates/oyez-tables/src/value/generated.rs".to_owned(), text })
}

/// The rows list by list; numbers of a list rise, so that they can be searched.
fn lists(rows: &[Vec<String>]) -> Result<Vec<(String, Pairs)>> {
    let mut lists: Vec<(String, Pairs)> = Vec::new();
    for row in rows {
        let number = number(&row[1]).with_context(|| format!("{}: number {:?}", row[0], row[1]))?;
        match lists.last_mut() {
            Some((list, pairs)) if *list == row[0] => {
                let rises = pairs.last().is_none_or(|(before, _)| *before < number);
                ensure!(rises, "{}: {number} comes after a greater one", row[0]);
                pairs.push((number, row[2].clone()));
            }
            _ => {
                ensure!(lists.iter().all(|(list, _)| *list != row[0]), "{} is in two places", row[0]);
                lists.push((row[0].clone(), vec![(number, row[2].clone())]));
            }
        }
    }
    Ok(lists)
}

fn number(text: &str) -> Option<u64> {
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok())
}

fn rust(lists: &[(String, Pairs)]) -> String {
    let mut text = "/// A list of numbers or flags that have names.\n\
                    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]\npub enum List {\n"
        .to_owned();
    for (list, pairs) in lists {
        let _ = writeln!(text, "    /// `{list}`: {} names.\n    {},", pairs.len(), emit::camel(list));
    }
    let _ = writeln!(text, "}}\n\n/// Every list, by number.\npub(crate) static ALL: [List; {}] = [", lists.len());
    for (list, _) in lists {
        let _ = writeln!(text, "    List::{},", emit::camel(list));
    }
    let _ = writeln!(
        text,
        "];\n\n/// Every list's numbers and names, by number of the list; numbers rise.\n\
         pub(crate) static PAIRS: [&[(u64, &str)]; {}] = [",
        lists.len()
    );
    for (_, pairs) in lists {
        let all: Vec<String> =
            pairs.iter().map(|(number, name)| format!("        ({}, {name:?}),", literal(*number))).collect();
        let _ = writeln!(text, "    &[\n{}\n    ],", all.join("\n"));
    }
    text.push_str("];\n");
    text
}

/// A number as a literal that can be read: large ones are flags, in hex, four digits at a time.
fn literal(number: u64) -> String {
    match number {
        0..=9_999 => number.to_string(),
        10_000..=0xffff => format!("{number:#x}"),
        0x1_0000..=0xffff_ffff => format!("0x{:04x}_{:04x}", number >> 16, number & 0xffff),
        _ => emit::hex(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[[&str; 3]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect()
    }

    #[test]
    fn lists_are_whole_and_rise() {
        assert_eq!(lists(&rows(&[["a", "1", "x"], ["a", "0x10", "y"], ["b", "0", "z"]])).unwrap().len(), 2);
        assert!(lists(&rows(&[["a", "2", "x"], ["a", "1", "y"]])).is_err());
        assert!(lists(&rows(&[["a", "1", "x"], ["b", "1", "y"], ["a", "2", "z"]])).is_err());
        assert!(lists(&rows(&[["a", "one", "x"]])).is_err());
    }

    #[test]
    fn literals_can_be_read() {
        let known = [(40, "40"), (0x5401, "0x5401"), (0x7ffc_0000, "0x7ffc_0000")];
        for (number, text) in known {
            assert_eq!(literal(number), text);
        }
    }
}
