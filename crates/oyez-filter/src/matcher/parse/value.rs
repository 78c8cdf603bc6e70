//! One value of a field, as it is written → what an event's value has to be.

use super::{Form, MAX_TEXT, named};
use crate::field::{Field, Kind};
use crate::matcher::condition::is_tags;
use crate::matcher::pattern::{self, Pattern};
use crate::matcher::values::{Values, decimal};
use crate::matcher::{address, glob, range};
use crate::tree::Tree;

/// What is wrong with a value.
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Wrong { message, hint: None }
    }
}

fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Wrong {
    Wrong { message: message.into(), hint: Some(hint.into()) }
}

/// Whether the field can have text as its value.
pub(super) fn takes_text(field: &Field) -> bool {
    !matches!(field.def().kind, Kind::Number | Kind::Numbers | Kind::Flag)
}

/// Adds to `values` what `tree` means for `field`, which was called `name`.
pub(super) fn add(field: &Field, name: &str, form: Form, tree: &Tree, values: &mut Values) -> Result<(), Wrong> {
    match tree {
        Tree::Flag(flag) => add_flag(field, form, *flag, values),
        Tree::Number(number) => add_number(field, name, form, *number, values),
        Tree::Text(text) if text.len() > MAX_TEXT => Err(format!("text of more than {MAX_TEXT} bytes").into()),
        Tree::Text(text) if takes_text(field) => add_text(field, form, text, values),
        Tree::Text(text) => add_as_number(field, name, form, text, values),
        Tree::Null | Tree::List(_) | Tree::Object(_) => {
            Err(format!("expected {}, found {}", expected(field), named(tree)).into())
        }
    }
}

fn expected(field: &Field) -> &'static str {
    match field.def().kind {
        Kind::Text | Kind::Texts => "text",
        Kind::Number | Kind::Numbers => "a number or a range",
        Kind::Flag => "true or false",
        Kind::Address | Kind::Addresses => "an address or a network",
        Kind::Any => "text or a number",
    }
}

fn add_flag(field: &Field, form: Form, flag: bool, values: &mut Values) -> Result<(), Wrong> {
    let is_exact = matches!(form, Form::Plain { .. } | Form::Is { .. });
    if field.def().kind != Kind::Flag || !is_exact {
        return Err(wrong(format!("expected {}, found true or false", expected(field)), "exists = true"));
    }
    values.flags.push(flag);
    Ok(())
}

fn add_number(field: &Field, name: &str, form: Form, number: i128, values: &mut Values) -> Result<(), Wrong> {
    if !matches!(form, Form::Plain { .. } | Form::Is { .. } | Form::Range) {
        return Err("expected text, found a number".to_owned().into());
    }
    match field.def().kind {
        Kind::Number | Kind::Numbers => values.numbers.push((number, number)),
        Kind::Any => {
            values.numbers.push((number, number));
            values.texts.push(number.to_string().into_bytes().into());
        }
        _ => {
            let hint = match name {
                "syscall" | "syscall.name" => format!("syscall.number = {number}"),
                _ => format!("\"{number}\""),
            };
            return Err(wrong(format!("expected {}, found a number", expected(field)), hint));
        }
    }
    Ok(())
}

/// Text, for a field that has none.
fn add_as_number(field: &Field, name: &str, form: Form, text: &[u8], values: &mut Values) -> Result<(), Wrong> {
    let text = String::from_utf8_lossy(text);
    if field.def().kind == Kind::Flag {
        let hint = if text.eq_ignore_ascii_case("true") || text == "yes" { "true" } else { "false" };
        return Err(wrong("expected true or false, found text", hint));
    }
    let is_range = matches!(form, Form::Plain { .. } | Form::Range);
    if !is_range && !matches!(form, Form::Is { .. }) {
        return Err(wrong("it is a number, not text", "range = \"1000-1999\""));
    }
    if text == "unset" && has_unset(field) {
        values.numbers.push((u32::MAX.into(), u32::MAX.into()));
        return Ok(());
    }
    let range = range::parse(&text).filter(|(first, last)| is_range || first == last);
    let (first, last) = range.ok_or_else(|| no_number(field, name, &text))?;
    if first > last {
        return Err("an empty range, which matches nothing".to_owned().into());
    }
    values.numbers.push((first, last));
    Ok(())
}

/// Fields in which 4294967295 stands for none, which auditctl(8) calls `unset`.
fn has_unset(field: &Field) -> bool {
    let name = field.def().name;
    name == "session" || name.starts_with("user.") || name.starts_with("actor.") || name.ends_with("ouid")
}

fn no_number(field: &Field, name: &str, text: &str) -> Wrong {
    let message = format!("expected {}, found \"{}\"", expected(field), text.escape_debug());
    let by_name = format!("{name}_name");
    let hint = match field.def().name {
        "syscall.exit" => Some("errno".to_owned()),
        _ if !text.starts_with(char::is_alphabetic) => None,
        _ if Field::find(&by_name).is_ok() => Some(by_name),
        "actor.id" => Some("actor.name".to_owned()),
        _ => None,
    };
    Wrong { message, hint: hint.map(|field| format!("{field} = \"{}\"", text.trim_start_matches('-').escape_debug())) }
}

fn add_text(field: &Field, form: Form, bytes: &[u8], values: &mut Values) -> Result<(), Wrong> {
    let is_address = matches!(field.def().kind, Kind::Address | Kind::Addresses);
    let text = || str::from_utf8(bytes).map_err(|_| Wrong::from("a pattern that is not UTF-8".to_owned()));
    match form {
        Form::Plain { .. } | Form::Is { .. } if is_address && add_address(form, bytes, values)? => Ok(()),
        Form::Plain { nocase } => match text() {
            Ok(text) if glob::is_glob(text) => add_glob(field, text, nocase, values),
            _ => add_exact(field, bytes, nocase, values),
        },
        Form::Is { nocase } => add_exact(field, bytes, nocase, values),
        Form::Glob { nocase } => add_glob(field, text()?, nocase, values),
        Form::Regex { nocase } => {
            let pattern =
                Pattern::regex(text()?, nocase).map_err(|why| format!("cannot use this regular expression: {why}"))?;
            values.patterns.push(pattern);
            Ok(())
        }
        Form::Contains { nocase } => add_part(bytes, nocase, "", "", Pattern::contains(bytes), values),
        Form::Starts { nocase } => add_part(bytes, nocase, "^", "", Pattern::starts(bytes), values),
        Form::Ends { nocase } => add_part(bytes, nocase, "", "$", Pattern::ends(bytes), values),
        Form::Cidr => match address::network(text()?) {
            Some(network) => {
                values.networks.push(network);
                Ok(())
            }
            None => Err(wrong("expected an address or a network", "\"10.0.0.0/8\"")),
        },
        Form::Range => add_range(field, text()?, values),
    }
}

/// Adds an address or network; says whether it is one. Other text may be the name of a host, but not with `/`.
fn add_address(form: Form, bytes: &[u8], values: &mut Values) -> Result<bool, Wrong> {
    let Ok(text) = str::from_utf8(bytes) else { return Ok(false) };
    let is_plain = matches!(form, Form::Plain { .. });
    match address::network(text).filter(|_| is_plain || !text.contains('/')) {
        Some(network) => values.networks.push(network),
        None if is_plain && text.contains('/') => {
            return Err(wrong(format!("\"{}\" is no network", text.escape_debug()), "\"10.0.0.0/8\""));
        }
        None => return Ok(false),
    }
    Ok(true)
}

fn add_exact(field: &Field, text: &[u8], nocase: bool, values: &mut Values) -> Result<(), Wrong> {
    if let (Kind::Any, Some(number)) = (field.def().kind, decimal(text)) {
        values.numbers.push((number, number));
    }
    values.add(pattern::exact(text, nocase)?);
    Ok(())
}

fn add_glob(field: &Field, text: &str, nocase: bool, values: &mut Values) -> Result<(), Wrong> {
    let meant = pattern::glob(text, is_path(field), nocase);
    let hint = Some("is = … for just this text".to_owned());
    values.add(meant.map_err(|why| Wrong { message: format!("cannot use this glob: {why}"), hint })?);
    Ok(())
}

fn add_part(
    text: &[u8],
    nocase: bool,
    before: &str,
    behind: &str,
    pattern: Pattern,
    values: &mut Values,
) -> Result<(), Wrong> {
    if text.is_empty() {
        return Err(wrong("empty text, which is in any text", "exists = true"));
    }
    values.patterns.push(if nocase {
        Pattern::regex(&format!("{before}{}{behind}", glob::escape(text)), true)?
    } else {
        pattern
    });
    Ok(())
}

fn add_range(field: &Field, text: &str, values: &mut Values) -> Result<(), Wrong> {
    if field.def().kind != Kind::Any {
        return Err(format!("expected {}, found a range", expected(field)).into());
    }
    match range::parse(text) {
        Some((first, last)) if first <= last => values.numbers.push((first, last)),
        Some(_) => return Err("an empty range, which matches nothing".to_owned().into()),
        None => return Err(wrong("expected a range", "\"1024-65535\"")),
    }
    Ok(())
}

/// Whether a field's values are paths, one each: in their globs `*` does not cross `/`.
fn is_path(field: &Field) -> bool {
    if is_tags(field) {
        return false;
    }
    let name = field.name();
    let last = name.rsplit('.').next().unwrap_or_default();
    match field {
        Field::Member(_) => {
            matches!(last, "exe" | "cwd" | "script" | "primary" | "secondary" | "how" | "by" | "path")
                || name == "paths.name"
        }
        Field::Added(_) => false,
        Field::Claimed(_) | Field::Detail(_) => matches!(last, "exe" | "cwd" | "path" | "name" | "dir"),
    }
}
