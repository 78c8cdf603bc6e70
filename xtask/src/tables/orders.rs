//! `sources/orders.csv` → `usual_order`: which field follows which in a record type.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::tables::csv::Table;
use crate::tables::kinds::KeyRow;
use crate::tables::record_types::RecordTypes;

/// The row that holds for all user-space record types, and the one for the text inside their `msg='…'`.
const USER: &str = "(user space)";
const USER_MESSAGE: &str = "(user message)";

/// Reads the orders and writes the function that tells them.
pub(crate) fn generate(tables: &Path, types: &RecordTypes, keys: &[KeyRow]) -> Result<(Table, String)> {
    let table = Table::read(tables, "sources/orders.csv", "record type,keys,writer")?;
    let mut message = String::new();
    let mut arms: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &table.rows {
        let variants = variants(&row[1], keys).with_context(|| format!("order of {}", row[0]))?;
        match row[0].as_str() {
            USER_MESSAGE => message = variants,
            USER => arms.entry(variants).or_default().push("1005 | 1100..=1199 | 2100..=2999".to_owned()),
            name => arms.entry(variants).or_default().push(types.number(name)?.to_string()),
        }
    }
    Ok((table, text(&message, &arms)))
}

fn variants(names: &str, keys: &[KeyRow]) -> Result<String> {
    let mut text = String::new();
    for name in names.split_whitespace() {
        let key = keys.iter().find(|key| key.name == name).with_context(|| format!("no key {name}"))?;
        let _ = write!(text, "{}Key::{}", if text.is_empty() { "" } else { ", " }, key.variant);
    }
    Ok(text)
}

fn text(message: &str, arms: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = format!(
        "\n/// The order in which libaudit and Linux-PAM write the fields inside `msg='…'` of user-space records; a guess\n\
         /// to try first, not a promise.\npub const USER_MESSAGE: &[Key] = &[{message}];\n\n\
         /// The order in which the fields of `record_type` are usually written, oldest kernels aside; a guess to try first,\n\
         /// not a promise. Empty for types without a known order.\n\
         pub const fn usual_order(record_type: u16) -> &'static [Key] {{\n    match record_type {{\n"
    );
    let mut sorted: Vec<(String, &String)> = arms.iter().map(|(keys, numbers)| (numbers.join(" | "), keys)).collect();
    sorted.sort();
    for (numbers, keys) in sorted {
        let _ = writeln!(text, "        {numbers} => &[{keys}],");
    }
    text.push_str("        _ => &[],\n    }\n}\n");
    text
}
