//! `cargo xtask schema`: `docs/schema/event.v1.json`, the JSON Schema of an event.
//!
//! A hand-kept template says what oyez makes of records; its lines `@NAME@` stand for kernel fields, whose types come from
//! `xtask/tables/sources/keys.csv`, the table from which `oyez_tables::key` is made. `--check` fails where the committed
//! schema is another. That real output keeps to the schema is a test of the program (`crates/oyez/tests/schema.rs`).

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::run;
use crate::tables::kinds::{self, KeyRow};
use crate::tables::{record_types, workspace_root};

const TEMPLATE: &str = "xtask/schema/event.v1.json.in";
const SCHEMA: &str = "docs/schema/event.v1.json";

/// The kernel fields of `user` and `process`, as `crates/oyez-format/src/json/main_record.rs` places them.
const USER: [&str; 9] = ["auid", "uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"];
const PROCESS: [&str; 7] = ["pid", "ppid", "comm", "exe", "cwd", "tty", "subj"];

/// Names that are never members for a kernel field (`crates/oyez-format/src/json/names.rs`).
const RESERVED: [&str; 5] = ["type", "more", "rest", "claimed", "records"];

/// Runs the command with the arguments after `schema`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let root = workspace_root();
    let text = generate(&root)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run::write(&root.join(SCHEMA), &text),
        ["--check"] => {
            ensure!(run::read(&root.join(SCHEMA))? == text, "{SCHEMA} is out of date; run `cargo xtask schema`");
            Ok(())
        }
        _ => bail!("unknown argument; usage: cargo xtask schema [--check]"),
    }
}

fn generate(root: &Path) -> Result<String> {
    let tables = root.join("xtask/tables");
    let (_, keys) = kinds::load(&tables, &record_types::load(&tables)?)?;
    fill(&run::read(&root.join(TEMPLATE))?, &keys)
}

/// The template with its `@NAME@` lines replaced.
fn fill(template: &str, keys: &[KeyRow]) -> Result<String> {
    let mut schema = String::new();
    for line in template.lines() {
        let (name, end) = line.strip_suffix(',').map_or((line, ""), |name| (name, ","));
        match name.strip_prefix('@').and_then(|name| name.strip_suffix('@')) {
            Some(name) => schema.push_str(&members(name, keys)?),
            None => schema.push_str(name),
        }
        let _ = writeln!(schema, "{end}");
    }
    Ok(schema)
}

fn members(name: &str, keys: &[KeyRow]) -> Result<String> {
    let named = |names: &[&str]| -> Result<Vec<&KeyRow>> {
        let find = |name: &&str| keys.iter().find(|key| key.name == *name).with_context(|| format!("no key {name}"));
        names.iter().map(find).collect()
    };
    let rows = match name {
        "user" => named(&USER)?,
        "process" => named(&PROCESS)?,
        "fields" => keys.iter().filter(|key| is_member(&key.name)).collect(),
        _ => bail!("the template asks for @{name}@"),
    };
    let member = |key: &KeyRow| format!("        {:?}: {{ \"$ref\": \"#/$defs/{}\" }}", key.name, definition(key));
    Ok(rows.into_iter().map(member).collect::<Vec<_>>().join(",\n"))
}

/// Whether a field with this key can be a member under its own name.
fn is_member(key: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
    key.bytes().all(is_plain)
        && !RESERVED.contains(&key)
        && !["_hex", "_name", "_parts"].iter().any(|ending| key.ends_with(ending))
}

/// The definition of a key's values; the widest where its kind depends on the record's type.
fn definition(key: &KeyRow) -> &'static str {
    let is_one_kind = key.exceptions.iter().all(|(_, kind)| *kind == key.kind);
    match key.kind.as_str() {
        "Decimal" => "number",
        "Hex" if is_one_kind => "hex",
        "Octal" if is_one_kind => "octal",
        "Device" if is_one_kind => "device",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, kind: &str, exceptions: &[(u16, &str)]) -> KeyRow {
        let exceptions = exceptions.iter().map(|(number, kind)| (*number, (*kind).to_owned())).collect();
        let (variant, writer) = (String::new(), String::new());
        KeyRow { name: name.into(), variant, kind: kind.into(), exceptions, writer }
    }

    #[test]
    fn committed_schema_is_what_template_and_keys_give() {
        let root = workspace_root();
        assert!(run::read(&root.join(SCHEMA)).unwrap() == generate(&root).unwrap(), "run `cargo xtask schema`");
    }

    #[test]
    fn a_key_with_several_kinds_is_text() {
        assert_eq!(definition(&key("dev", "Hex", &[(1302, "Device")])), "text");
        assert_eq!(definition(&key("per", "Hex", &[])), "hex");
        assert_eq!(definition(&key("uid", "Decimal", &[])), "number");
        assert_eq!(definition(&key("comm", "Encoded", &[])), "text");
    }

    #[test]
    fn fields_take_every_key_that_can_be_a_member() {
        let keys = [key("uid", "Decimal", &[]), key("UID", "Quoted", &[]), key("type", "Plain", &[])];
        let filled = fill("{\n@fields@,\n}\n", &keys).unwrap();
        assert_eq!(filled, "{\n        \"uid\": { \"$ref\": \"#/$defs/number\" },\n}\n");
        assert!(fill("@nothing@", &keys).is_err());
        assert!(fill("@user@", &keys).is_err());
    }
}
