//! One value of a field, as it is written → what an event's value has to be.

use oyez_tables::key::Key;
use oyez_tables::meaning::{self, Meaning};

use super::{Form, MAX_TEXT, named};
use crate::field::{Field, Kind};
use crate::matcher::condition::is_tags;
use crate::matcher::pattern::{self, Pattern};
use crate::matcher::values::{Values, decimal};
use crate::matcher::{address, glob, range};
use crate::tree::Tree;

use super::words::{self, Words};

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

pub(super) fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Wrong {
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
        Tree::Number(number) => add_number(field, form, *number, values),
        Tree::Text(text) if text.len() > MAX_TEXT => Err(format!("text of more than {MAX_TEXT} bytes").into()),
        Tree::Text(text) if takes_text(field) => {
            add_text(field, form, text, values)?;
            check_pattern(field, form, values)
        }
        Tree::Text(text) => add_as_number(field, name, form, text, values),
        Tree::Null | Tree::List(_) | Tree::Object(_) => {
            Err(format!("expected {}, found {}", expected(field), named(tree)).into())
        }
    }
}

/// Refuses a pattern that none of a field's words matches.
fn check_pattern(field: &Field, form: Form, values: &Values) -> Result<(), Wrong> {
    let Some(words) = words::of(field).filter(|words| words.is_closed()) else { return Ok(()) };
    let Some(pattern) = values.patterns.last().filter(|_| !matches!(form, Form::Is { .. })) else { return Ok(()) };
    if words.any(&mut |word| pattern.matches(word.as_bytes())) {
        return Ok(());
    }
    Err(wrong("it matches none of the words of this field", words.some()))
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
        let hint = format!("{{ exists = {flag} }}");
        return Err(wrong(format!("expected {}, found true or false", expected(field)), hint));
    }
    values.flags.push(flag);
    Ok(())
}

fn add_number(field: &Field, form: Form, number: i128, values: &mut Values) -> Result<(), Wrong> {
    if !matches!(form, Form::Plain { .. } | Form::Is { .. } | Form::Range) {
        return Err("expected text, found a number".to_owned().into());
    }
    match field.def().kind {
        Kind::Number | Kind::Numbers => add_numbers(field, (number, number), values)?,
        Kind::Any => {
            values.numbers.push((number, number));
            values.texts.push(number.to_string().into_bytes().into());
        }
        _ => {
            let hint = instead_of_number(field, number);
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
        return Err(wrong("it is a number, not text", "{ range = \"1000-1999\" }"));
    }
    if text == "unset" && is_id(field) {
        return add_numbers(field, (UNSET, UNSET), values);
    }
    let range = range::parse(&text).filter(|(first, last)| is_range || first == last);
    add_numbers(field, range.ok_or_else(|| no_number(field, name, &text))?, values)
}

/// Adds a range of numbers, where one of them can be the field's.
fn add_numbers(field: &Field, range: (i128, i128), values: &mut Values) -> Result<(), Wrong> {
    let (mut first, mut last) = range;
    if first > last {
        return Err("an empty range, which matches nothing".to_owned().into());
    }
    if is_id(field) {
        (first, last) = of_ids(first, last);
        if first > last {
            return Err("an empty range: an open one of ids leaves \"unset\" out".to_owned().into());
        }
    }
    let (least, most) = bounds(field);
    if last < least || most < first {
        return Err(format!("out of range: the field has numbers from {least} to {most}").into());
    }
    values.numbers.push((first, last));
    // Old programs write it with a sign.
    if (first, last) == (UNSET, UNSET) {
        values.numbers.push((-1, -1));
    } else if (first, last) == (-1, -1) {
        values.numbers.push((UNSET, UNSET));
    }
    Ok(())
}

/// The id that stands for none (`(uid_t) -1`, `AUDIT_SID_UNSET`), which auditctl(8) calls `unset`.
const UNSET: i128 = 0xffff_ffff;

/// A range of ids: one that is open does not hold the id that stands for none.
fn of_ids(first: i128, last: i128) -> (i128, i128) {
    match (first, last) {
        (first, i128::MAX) => (first, UNSET - 1),
        (i128::MIN, last) => (0, last.min(UNSET - 1)),
        range => range,
    }
}

/// The least and the most that a field of numbers can have: 64 bits, ids and ports (those of vsock(7) too) 32.
fn bounds(field: &Field) -> (i128, i128) {
    match field.def().name {
        _ if is_id(field) => (-1, UNSET),
        "sockets.port" => (0, u32::MAX.into()),
        _ => (i64::MIN.into(), u64::MAX.into()),
    }
}

/// Fields of users, groups and sessions.
fn is_id(field: &Field) -> bool {
    let is_meant = |key: Key| {
        meaning::all(key).any(|meaning| matches!(meaning, Meaning::User | Meaning::Group | Meaning::Session))
    };
    match field {
        Field::Detail(key) | Field::Claimed(key) => is_meant(*key),
        Field::Added(_) => false,
        Field::Member(_) => {
            let name = field.def().name;
            let begins = ["user.", "actor."].into_iter().any(|object| name.starts_with(object));
            begins || matches!(name, "session" | "paths.ouid" | "paths.ogid" | "paths.cap_frootid")
        }
    }
}

/// What to write for a number, in a field of text.
fn instead_of_number(field: &Field, number: i128) -> String {
    let word = words::of(field).and_then(|words| words::numbered(words, number));
    match field.def().name {
        "syscall.name" => format!("syscall.number = {number}"),
        // TOML's octal numbers are numbers; the kernel's text has the kind of file in front.
        "paths.mode" if (0..=0o7777).contains(&number) => format!("\"*{number:03o}\""),
        "paths.mode" if number > 0 => format!("\"0{number:o}\""),
        _ => format!("\"{}\"", word.map_or_else(|| number.to_string(), str::to_owned)),
    }
}

fn no_number(field: &Field, name: &str, text: &str) -> Wrong {
    let message = format!("expected {}, found \"{}\"", expected(field), text.escape_debug());
    let by_name = format!("{name}_name");
    if let Some(rest) = text.strip_prefix('!').map(|rest| rest.trim_start_matches('=').trim()) {
        let is_number = range::parse(rest).is_some_and(|(first, last)| first == last);
        let rest = if is_number { rest.to_owned() } else { format!("\"{}\"", rest.escape_debug()) };
        return wrong(message, format!("{{ not = {rest} }}"));
    }
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
    if let (Form::Plain { nocase } | Form::Is { nocase }, Ok(text)) = (form, str::from_utf8(bytes)) {
        check_exact(field, form, text, nocase)?;
    }
    match form {
        Form::Plain { .. } | Form::Is { .. } if is_address && add_address(form, bytes, values)? => Ok(()),
        Form::Plain { nocase } => match text() {
            Ok(text) if glob::is_glob(text) && !is_unnamed_type(field, text) => add_glob(field, text, nocase, values),
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

fn is_unnamed_type(field: &Field, text: &str) -> bool {
    words::of(field) == Some(Words::RecordType) && words::is_unnamed_type(text)
}

/// Refuses a text that no event has in this field, as far as that is certain; and what looks like an operator: with
/// [`Form::Is`] it is just this text.
fn check_exact(field: &Field, form: Form, text: &str, nocase: bool) -> Result<(), Wrong> {
    let is_plain = matches!(form, Form::Plain { .. });
    let shown = text.escape_debug();
    if is_plain && let Some(rest) = text.strip_prefix('!') {
        let rest = rest.trim_start_matches('=').trim_start().escape_debug();
        return Err(wrong(
            "text with ! in front, which excludes nothing",
            format!("{{ not = \"{rest}\" }}, or {{ is = \"{shown}\" }}"),
        ));
    }
    let is_glob = is_plain && glob::is_glob(text) && !is_unnamed_type(field, text);
    if let Some(words) = words::of(field).filter(|_| !is_glob) {
        return words::check(words, text, nocase);
    }
    if is_plain && is_network_in_text(field, text) {
        return Err(wrong(
            "a network, but the field is text",
            format!("{{ cidr = \"{shown}\" }}, or {{ is = \"{shown}\" }}"),
        ));
    }
    if is_plain && is_program(field) && is_relative(text) {
        let name = text.rsplit('/').next().unwrap_or_default().escape_debug();
        let hint = if is_glob { "\"**\" in place of \"*\"".to_owned() } else { format!("\"**/{name}\"") };
        return Err(wrong("no path of a program is like this: they begin with /", hint));
    }
    Ok(())
}

/// Whether text looks like a network, in a field where that matches as text alone. An argument may be one.
fn is_network_in_text(field: &Field, text: &str) -> bool {
    let is_address = matches!(field.def().kind, Kind::Address | Kind::Addresses);
    let name = field.name();
    let is_argument = matches!(name.rsplit('.').next(), Some("argv" | "proctitle" | "cmd"));
    text.contains('/') && !is_address && !is_argument && address::network(text).is_some()
}

/// Whether the field is a program's file by its whole path.
fn is_program(field: &Field) -> bool {
    matches!(field.def().name, "process.exe" | "process.parent.exe" | "process.ancestors.exe")
}

/// Whether a text, plain or a glob, is certainly no absolute path, nor what the kernel writes in place of one: `<too_long>`
/// (kernel/audit.c, `audit_log_d_path`).
fn is_relative(text: &str) -> bool {
    let is_name = |first: char| first.is_ascii_alphanumeric() || matches!(first, '.' | '_');
    let has_no_slash = !text.contains('/') && !text.contains("**") && !text.starts_with(['<', '(']);
    has_no_slash || text.starts_with(is_name)
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
    let hint = Some(format!("{{ is = \"{}\" }} for just this text", text.escape_debug()));
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
        return Err(wrong("empty text, which is in any text", "{ exists = true }"));
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
    let range = range::parse(text).ok_or_else(|| wrong("expected a range", "\"1024-65535\""))?;
    add_numbers(field, range, values)
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
