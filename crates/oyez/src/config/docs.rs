//! What the table of keys looks like to people: `oyez config default`, `oyez config show` and `docs/configuration.md`.

use std::fmt::Write as _;

use super::filters::keys as filter_keys;
use super::keys::{Applies, Described, SECTIONS};
use super::load::{Effective, Loaded};
use super::outputs::keys as output_keys;
use super::outputs::registry::{TYPES, Table, TypeDef};

/// Comment lines are wrapped at this many characters.
const WIDTH: usize = 100;

/// A configuration file with every key, commented out, at its default, with what it means.
#[must_use]
pub fn default_toml() -> String {
    let mut out = "# oyez: every key with its default. Remove the # before a key to set it.\n".to_owned();
    for section in SECTIONS {
        out.push('\n');
        comment(&mut out, section.doc);
        if !section.name.is_empty() {
            push(&mut out, format_args!("[{}]\n", section.name));
        }
        for key in section.keys {
            default_key(&mut out, "#", &key.described());
        }
    }
    default_filter(&mut out);
    default_output(&mut out);
    out
}

fn default_key(out: &mut String, mark: &str, key: &Described) {
    out.push('\n');
    comment(out, key.doc);
    comment(out, &takes(key));
    push(out, format_args!("{mark}{} = {}\n", key.name, key.default.unwrap_or(" # unset")));
}

/// What a filter may look like. None is there until somebody writes one, so that two marks stand before each line.
fn default_filter(out: &mut String) {
    out.push('\n');
    comment(out, filter_keys::DOC);
    out.push_str("# [[filter]]\n");
    for key in filter_keys::KEYS {
        default_key(out, "# #", &key.described());
    }
}

/// What an output may look like, of each type.
fn default_output(out: &mut String) {
    out.push('\n');
    comment(out, output_keys::DOC);
    out.push_str("# [[output]]\n");
    for key in output_keys::KEYS {
        default_key(out, "# #", &key.described());
    }
    for (of, keys) in own_keys() {
        out.push('\n');
        comment(out, &format!("Outputs of type \"{}\": {}.", of.name, of.doc));
        comment(out, &other_defaults(of));
        for key in &keys {
            default_key(out, "# #", key);
        }
    }
}

/// The types of outputs that this build has, with their own keys.
fn own_keys() -> impl Iterator<Item = (&'static TypeDef, Vec<Described>)> {
    TYPES.iter().filter_map(|of| Some((of, of.table.map(Table::described)?)))
}

/// What else there is to say of a type's keys; nothing for most.
fn other_defaults(of: &TypeDef) -> String {
    let mut said = String::new();
    for (key, value) in of.defaults {
        push(&mut said, format_args!("Its `{key}` is `{value}` unless set. "));
    }
    said
}

/// The values in force, as TOML, each with where it came from.
#[must_use]
pub fn effective_toml(loaded: &Loaded) -> String {
    let mut out = String::new();
    let mut values = loaded.values.iter();
    for section in SECTIONS {
        if !section.name.is_empty() {
            push(&mut out, format_args!("\n[{}]\n", section.name));
        }
        for value in values.by_ref().take(section.keys.len()) {
            match &value.value {
                Some(shown) => push(&mut out, format_args!("{} = {shown}  # {}\n", value.name, value.origin)),
                None => push(&mut out, format_args!("# {} is not set\n", value.name)),
            }
        }
    }
    loaded.filters.all().for_each(|values| effective_table(&mut out, "filter", values));
    loaded.outputs.all().for_each(|values| effective_table(&mut out, "output", values));
    out
}

fn effective_table(out: &mut String, name: &str, values: &[Effective]) {
    push(out, format_args!("\n[[{name}]]\n"));
    for value in values {
        if let Some(shown) = &value.value {
            push(out, format_args!("{} = {shown}  # {}\n", value.name, value.origin));
        }
    }
}

/// `docs/configuration.md`.
#[must_use]
pub fn markdown() -> String {
    let mut out = INTRODUCTION.to_owned();
    for section in SECTIONS {
        let title = if section.name.is_empty() {
            "Above the first section".to_owned()
        } else {
            format!("`[{}]`", section.name)
        };
        push(&mut out, format_args!("\n## {title}\n\n{}\n", section.doc));
        for key in section.keys {
            markdown_key(&mut out, "###", &section.path(key), &key.described());
        }
    }
    push(&mut out, format_args!("\n## `[[filter]]`\n\n{}\n", filter_keys::DOC));
    for key in filter_keys::KEYS {
        markdown_key(&mut out, "###", &format!("filter.{}", key.name), &key.described());
    }
    push(&mut out, format_args!("\n## `[[output]]`\n\n{}\n", output_keys::DOC));
    for key in output_keys::KEYS {
        markdown_key(&mut out, "###", &format!("output.{}", key.name), &key.described());
    }
    own_keys().for_each(|(of, keys)| markdown_type(&mut out, of, &keys));
    out
}

fn markdown_type(out: &mut String, of: &TypeDef, keys: &[Described]) {
    push(
        out,
        format_args!(
            "\n### Type `{}`\n\nThis is {}. [outputs/{0}.md](outputs/{0}.md) has an example.\n",
            of.name, of.doc
        ),
    );
    let others: Vec<_> = of.takes.iter().map(|extra| format!("`{}`", extra.keys())).collect();
    let more = format!(
        "{}{}",
        if others.is_empty() { String::new() } else { format!("It takes {}. ", others.join(" and ")) },
        other_defaults(of)
    );
    if !more.is_empty() {
        push(out, format_args!("{}\n", more.trim_end()));
    }
    for key in keys {
        markdown_key(out, "####", &format!("output.{}", key.name), key);
    }
}

const INTRODUCTION: &str = "\
<!-- Generated by `oyez config docs` from crates/oyez/src/config/keys.rs; a test compares them. -->
# Configuration

oyez reads `/etc/oyez/oyez.toml`, or the file that `--config` names. It is [TOML](https://toml.io); every key is optional
and the file need not exist. A flag outranks the file, the file outranks the default. Keys that oyez does not know are
errors.

| command | does |
|---|---|
| `oyez check [FILE]` | says everything that is wrong with a file, by line |
| `oyez config default` | prints a file with every key and its default |
| `oyez config show [--json]` | prints the values in force and where each came from |
| `oyez reload` | has the daemon take the file again; a bad one changes nothing |

A size is a string with a unit (`B`, `KiB`, `MiB`, `GiB`) or a number of bytes. A duration is a string with a unit (`ms`,
`s`, `m`, `h`) or a number of milliseconds. A key that applies at a restart keeps its old value over a reload.

`oyez config show --json` prints one object: `file`, the file that was read, and `keys`, with an object for each key under its
full name: `value`, left out where it is unset; `from`, which is `\"default\"`, `\"file\"` or `\"flag\"`; and the `line` or the
`flag`. `filters` and `outputs` are lists with such an object for each filter and output, under its keys' names.
";

fn markdown_key(out: &mut String, level: &str, path: &str, key: &Described) {
    push(out, format_args!("\n{level} `{path}`\n\n{}\n\n", key.doc));
    for (name, doc) in &key.choices {
        push(out, format_args!("- `\"{name}\"`: {doc}\n"));
    }
    if key.choices.is_empty() {
        push(out, format_args!("- takes {}\n", key.expects));
    }
    match key.default {
        Some(default) => push(out, format_args!("- default: `{default}`\n")),
        None => out.push_str("- default: unset\n"),
    }
    push(out, format_args!("- applies at a {}\n", when(key.applies)));
}

/// What a key takes, in a sentence.
fn takes(key: &Described) -> String {
    if key.choices.is_empty() {
        return format!("Takes {}.", key.expects);
    }
    let choices: Vec<_> = key.choices.iter().map(|(name, doc)| format!("\"{name}\": {doc}")).collect();
    format!("{}.", choices.join("; "))
}

fn when(applies: Applies) -> &'static str {
    match applies {
        Applies::Reload => "reload",
        Applies::Restart => "restart",
    }
}

fn comment(out: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    let mut width = 0;
    for word in text.split_whitespace() {
        let needed = word.chars().count() + 1;
        if width == 0 || width + needed > WIDTH {
            out.push_str(if width == 0 { "#" } else { "\n#" });
            width = 1;
        }
        out.extend([" ", word]);
        width += needed;
    }
    out.push('\n');
}

/// Writing to a `String` can't fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
