//! Tables whose keys are not this crate's to know: a filter's `match` and `config`. A value as it was given in, a [`Tree`] and
//! its TOML out; and the way back, from a place in the tree to one in the file. Refused: what a tree has no value for, which
//! is fractions, dates, and whole numbers that 64 bits do not hold.

use std::fmt::Write as _;
use std::ops::Range;

use oyez_filter::Tree;
use oyez_filter::spec::{Fault, Step};

use super::given::{Given, Member, Value};
use super::kind::{Refusal, quoted};

/// Checks a table and stores it; gives it back as TOML.
///
/// # Errors
/// Every value in it that cannot be had; none when it is no table at all.
pub(super) fn apply(given: &Given<'_>, place: &mut Option<Tree>) -> Result<String, Vec<Refusal>> {
    let Value::Table(_) = &given.value else { return Err(Vec::new()) };
    let mut refusals = Vec::new();
    let tree = tree(given, &mut refusals);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let shown = toml(&tree);
    *place = Some(tree);
    Ok(shown)
}

/// What is refused becomes [`Tree::Null`].
fn tree(given: &Given<'_>, refusals: &mut Vec<Refusal>) -> Tree {
    match &given.value {
        Value::Bool(truth) => Tree::Flag(*truth),
        Value::Integer(number) if i64::try_from(*number).is_ok() => Tree::Number(*number),
        Value::Text(text) => Tree::Text(text.as_bytes().to_vec()),
        Value::List(items) => Tree::List(items.iter().map(|item| tree(item, refusals)).collect()),
        Value::Table(members) => {
            let member = |member: &Member<'_>| (member.name.as_bytes().to_vec(), tree(&member.value, refusals));
            Tree::Object(members.iter().map(member).collect())
        }
        Value::Integer(_) | Value::Fraction(_) | Value::Path(_) | Value::Other(_) => {
            let found = if matches!(given.value, Value::Integer(_)) { "a larger number" } else { given.type_name() };
            refusals.push(Refusal {
                message: format!(
                    "expected text, a whole number of 64 bits, true or false, a list or a table, found {found}"
                ),
                hint: None,
                span: given.span.clone(),
            });
            Tree::Null
        }
    }
}

/// What is wrong with a condition, under the name of its key with the way to it: `match.any[1].uid`.
pub(super) fn fault(key: &str, fault: Fault, given: &Given<'_>) -> (String, Refusal) {
    let step = |step: &Step| match step {
        Step::Name(name) => format!(".{name}"),
        Step::Index(index) => format!("[{index}]"),
    };
    let key = format!("{key}{}", fault.at.iter().map(step).collect::<String>());
    let span = if fault.is_name { name_span(given, &fault.at) } else { span(given, &fault.at) };
    (key, Refusal { message: fault.message, hint: fault.hint, span })
}

/// Where in the file a place of the tree stands: of the deepest value that the steps lead to.
fn span(given: &Given<'_>, steps: &[Step]) -> Range<usize> {
    let next = steps.split_first().and_then(|(step, rest)| Some((child(given, step)?, rest)));
    next.map_or_else(|| given.span.clone(), |(value, rest)| span(value, rest))
}

fn child<'g, 'a>(given: &'g Given<'a>, step: &Step) -> Option<&'g Given<'a>> {
    match (&given.value, step) {
        (Value::Table(_), Step::Name(name)) => member(given, name).map(|member| &member.value),
        (Value::List(items), Step::Index(index)) => items.get(*index),
        _ => None,
    }
}

fn member<'g, 'a>(given: &'g Given<'a>, name: &str) -> Option<&'g Member<'a>> {
    let Value::Table(members) = &given.value else { return None };
    members.iter().find(|member| member.name == name)
}

/// Where in the file the name of the last step stands; where it has none, what the steps lead to.
fn name_span(given: &Given<'_>, steps: &[Step]) -> Range<usize> {
    let named = steps.split_last().and_then(|(last, rest)| {
        let table = rest.iter().try_fold(given, child)?;
        let Step::Name(name) = last else { return None };
        Some(member(table, name)?.name_span.clone())
    });
    named.unwrap_or_else(|| span(given, steps))
}

/// The way to what stands at `span`, as keys are told: `.any[1].uid`; empty where there is none.
pub(super) fn way(given: &Given<'_>, span: &Range<usize>) -> String {
    match &given.value {
        _ if given.span == *span => String::new(),
        Value::Table(members) => {
            let member = members.iter().find(|member| stands_in(&member.value, span));
            member.map_or_else(String::new, |member| format!(".{}{}", member.name, way(&member.value, span)))
        }
        Value::List(items) => {
            let item = items.iter().enumerate().find(|(_, item)| stands_in(item, span));
            item.map_or_else(String::new, |(index, item)| format!("[{index}]{}", way(item, span)))
        }
        _ => String::new(),
    }
}

/// Whether what stands at `span` is in `given`.
fn stands_in(given: &Given<'_>, span: &Range<usize>) -> bool {
    match &given.value {
        _ if given.span == *span => true,
        Value::Table(members) => members.iter().any(|member| stands_in(&member.value, span)),
        Value::List(items) => items.iter().any(|item| stands_in(item, span)),
        _ => false,
    }
}

/// The tree as TOML on one line.
pub(super) fn toml(tree: &Tree) -> String {
    let mut out = String::new();
    push(&mut out, tree);
    out
}

/// Texts by name as TOML on one line.
pub(super) fn pairs(pairs: &[(String, String)]) -> String {
    let mut out = String::new();
    push_all(&mut out, ["{ ", " }"], pairs, |out, (name, text)| {
        out.push_str(&key(name));
        out.push_str(" = ");
        out.push_str(&quoted(text));
    });
    out
}

fn push(out: &mut String, tree: &Tree) {
    match tree {
        // TOML has none; nor has any tree that came from it.
        Tree::Null => out.push_str("\"\""),
        Tree::Flag(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Tree::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Tree::Text(text) => out.push_str(&quoted(&String::from_utf8_lossy(text))),
        Tree::List(items) => push_all(out, ["[", "]"], items, push),
        Tree::Object(members) => push_all(out, ["{ ", " }"], members, |out, (name, value)| {
            out.push_str(&key(&String::from_utf8_lossy(name)));
            out.push_str(" = ");
            push(out, value);
        }),
    }
}

fn push_all<T>(out: &mut String, [open, close]: [&str; 2], items: &[T], push: impl Fn(&mut String, &T)) {
    if items.is_empty() {
        out.extend([open.trim(), close.trim()]);
        return;
    }
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        push(out, item);
    }
    out.push_str(close);
}

/// A key, bare where it can be.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}
