//! `sources/keys.csv` and `sources/orders.csv` → `key/generated.rs`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use crate::tables::kinds::KeyRow;
use crate::tables::record_types::RecordTypes;
use crate::tables::{Output, emit, kinds, orders, perfect};

/// Writes the enum, its names and kinds, the perfect hash over the names, and the usual orders.
pub(crate) fn generate(tables: &Path, types: &RecordTypes) -> Result<Output> {
    let (key_table, keys) = kinds::load(tables, types)?;
    let (order_table, order_text) = orders::generate(tables, types, &keys)?;
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    let perfect = perfect::search(&names)?;

    let mut text = emit::head("Known field names.", &[&key_table, &order_table]);
    text.push_str("use super::Kind;\nuse crate::lookup::NameIndex;\n\n");
    variants(&mut text, &keys);
    arrays(&mut text, &keys);
    text.push_str(&emit::name_index("INDEX", "NAMES", keys.len(), &perfect));
    text.push_str(&order_text);
    Ok(Output { path: "crates/oyez-tables/src/key/generated.rs".to_owned(), text })
}

fn variants(text: &mut String, keys: &[KeyRow]) {
    text.push_str("/// A known field name.\n#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]\n#[repr(u16)]\npub enum Key {\n");
    for key in keys {
        let _ = writeln!(text, "    /// `{}`, by `{}`.\n    {},", key.name, key.writer, key.variant);
    }
    text.push_str("}\n\n");
}

fn arrays(text: &mut String, keys: &[KeyRow]) {
    let count = keys.len();
    let _ = writeln!(text, "/// Every key, by number.\npub(crate) static ALL: [Key; {count}] = [");
    for key in keys {
        let _ = writeln!(text, "    Key::{},", key.variant);
    }
    let _ = writeln!(text, "];\n\n/// Every key's spelling, by number.\npub(crate) static NAMES: [&str; {count}] = [");
    for key in keys {
        let _ = writeln!(text, "    {:?},", key.name);
    }
    let _ = writeln!(
        text,
        "];\n\n/// Every key's kind, by number, and one more than its place in `EXCEPTIONS`, or 0.\n\
         pub(crate) static KINDS: [(Kind, u8); {count}] = ["
    );
    let mut exceptions = String::new();
    let mut excepted = 0;
    for key in keys {
        let mut place = 0;
        if !key.exceptions.is_empty() {
            excepted += 1;
            place = excepted;
            let list: Vec<String> =
                key.exceptions.iter().map(|(number, kind)| format!("({number}, Kind::{kind})")).collect();
            let _ = writeln!(exceptions, "    &[{}],", list.join(", "));
        }
        let _ = writeln!(text, "    (Kind::{}, {place}),", key.kind);
    }
    let _ = writeln!(
        text,
        "];\n\n/// Record types in which a key's kind is another.\n\
         pub(crate) static EXCEPTIONS: [&[(u16, Kind)]; {excepted}] = [\n{exceptions}];\n"
    );
}
