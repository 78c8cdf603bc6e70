//! docs/fields.md lists every field, no more and no less. `OYEZ_RENEW=1` writes the list again.

use std::fmt::Write;

use oyez_filter::field::{self, Kind, Source};
use oyez_testkit::corpus::workspace;

const HEAD: &str = "| field | short | holds | needs | what it says |\n|---|---|---|---|---|\n";

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Texts => "texts",
        Kind::Number => "number",
        Kind::Numbers => "numbers",
        Kind::Flag => "yes",
        Kind::Address => "address",
        Kind::Addresses => "addresses",
        Kind::Any => "text or number",
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Records => "",
        Source::Redacted => "redaction",
        Source::Known => "enrichment",
    }
}

#[test]
fn the_documentation_lists_every_field() {
    let path = workspace().join("docs/fields.md");
    let docs = std::fs::read_to_string(&path).unwrap();
    let mut table = String::new();
    for def in field::all().map(|field| field.def()) {
        let alias = if def.alias.is_empty() { String::new() } else { format!("`{}`", def.alias) };
        let (kind, source) = (kind(def.kind), source(def.source));
        writeln!(table, "| `{}` | {alias} | {kind} | {source} | {} |", def.name, def.doc).unwrap();
    }
    let (before, _) = docs.split_once(HEAD).unwrap();
    let wanted = format!("{before}{HEAD}{table}");
    if std::env::var_os("OYEZ_RENEW").is_some() {
        return std::fs::write(&path, wanted).unwrap();
    }
    assert!(wanted == docs, "the list in docs/fields.md is old: OYEZ_RENEW=1 writes it again");
}
