//! A configuration file → the keys in it with their values and places. Syntax errors, unknown sections and unknown keys
//! are all reported; what could be read is given on.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::filters;
use super::given::Given;
use super::keys::{self, SECTIONS, Section};
use super::outputs;
use super::suggest::nearest;

/// Sections that there may be several of.
const LISTS: [&str; 2] = [filters::NAME, outputs::NAME];

/// A known key that the file sets.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub path: String,
    pub given: Given<'a>,
    /// Where its name stands.
    pub name_span: Range<usize>,
}

/// Something wrong with the file itself.
#[derive(Debug)]
pub(super) struct Fault {
    pub span: Range<usize>,
    pub key: Option<String>,
    pub message: String,
    pub hint: Option<String>,
}

/// Finds the known keys of a parsed file and everything that is not one; filters and outputs are not looked at.
pub(super) fn entries<'a>(root: &'a DeTable<'a>) -> (Vec<Entry<'a>>, Vec<Fault>) {
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in root {
        let section = SECTIONS.iter().find(|section| !section.name.is_empty() && section.name == name.get_ref());
        match (section, value.get_ref()) {
            (Some(section), DeValue::Table(table)) => {
                for (name, value) in table {
                    read_key(section, name, value, &mut entries, &mut faults);
                }
            }
            (Some(section), _) => faults.push(not_a_table(section, value)),
            (None, _) if LISTS.contains(&AsRef::<str>::as_ref(name.get_ref())) => {}
            (None, DeValue::Table(_)) if keys::find(name.get_ref()).is_none() => faults.push(unknown_section(name)),
            (None, DeValue::Array(items)) if is_of_tables(items) && keys::find(name.get_ref()).is_none() => {
                faults.push(unknown_table(name, "[[", "]]"));
            }
            (None, _) => read_key(&SECTIONS[0], name, value, &mut entries, &mut faults),
        }
    }
    (entries, faults)
}

/// Whether it was written as tables, most probably.
fn is_of_tables(items: &[Spanned<DeValue<'_>>]) -> bool {
    items.first().is_some_and(|item| matches!(item.get_ref(), DeValue::Table(_)))
}

fn read_key<'a>(
    section: &'static Section,
    name: &Spanned<DeString<'a>>,
    value: &'a Spanned<DeValue<'a>>,
    entries: &mut Vec<Entry<'a>>,
    faults: &mut Vec<Fault>,
) {
    match section.keys.iter().find(|key| key.name == name.get_ref()) {
        Some(key) => {
            let given = Given::from_toml(value);
            entries.push(Entry { path: section.path(key), given, name_span: name.span() });
        }
        None => faults.push(unknown_key(section, name)),
    }
}

fn not_a_table(section: &Section, value: &Spanned<DeValue<'_>>) -> Fault {
    Fault {
        span: value.span(),
        key: Some(section.name.to_owned()),
        message: format!("expected a table, found {}", Given::from_toml(value).type_name()),
        hint: Some(format!("its keys go below a line [{}]", section.name)),
    }
}

fn unknown_section(name: &Spanned<DeString<'_>>) -> Fault {
    unknown_table(name, "[", "]")
}

fn unknown_table(name: &Spanned<DeString<'_>>, open: &str, close: &str) -> Fault {
    let known = SECTIONS.iter().map(|section| section.name).filter(|name| !name.is_empty()).chain(LISTS);
    let meant = |near| if LISTS.contains(&near) { format!("[[{near}]]") } else { format!("[{near}]") };
    Fault {
        span: name.span(),
        key: None,
        message: format!("unknown section {open}{}{close}", name.get_ref().escape_debug()),
        hint: nearest(name.get_ref(), known).map(|near| format!("did you mean {}?", meant(near))),
    }
}

fn unknown_key(section: &Section, name: &Spanned<DeString<'_>>) -> Fault {
    let name_text = name.get_ref().escape_debug();
    let path = if section.name.is_empty() { name_text.to_string() } else { format!("{}.{name_text}", section.name) };
    Fault {
        span: name.span(),
        key: None,
        message: format!("unknown key {path}"),
        hint: meant_key(section, name.get_ref()).map(|meant| format!("did you mean {meant}?")),
    }
}

/// The same name in another section comes before a similar name in this one, and that before a similar name elsewhere.
fn meant_key(section: &Section, name: &str) -> Option<String> {
    let elsewhere = || keys::all().map(|(path, key)| (path, key.name));
    if let Some((path, _)) = elsewhere().find(|(_, known)| *known == name) {
        return Some(in_section(&path));
    }
    if let Some(near) = nearest(name, section.keys.iter().map(|key| key.name)) {
        return Some(near.to_owned());
    }
    let near = nearest(name, elsewhere().map(|(_, known)| known))?;
    elsewhere().find(|(_, known)| *known == near).map(|(path, _)| in_section(&path))
}

fn in_section(path: &str) -> String {
    match path.split_once('.') {
        Some((section, name)) => format!("{name} below [{section}]"),
        None => format!("{path} above the first section"),
    }
}
