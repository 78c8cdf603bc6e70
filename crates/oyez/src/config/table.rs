//! Tables whose keys are not this crate's to know: a filter's `match` and `config`. A value as it was given in, a [`Tree`] and
//! its TOML out; and the way back, from a place in the tree to one in the file. Refused: what a tree has no value for, which
//! is fractions, dates, and whole numbers that 64 bits do not hold.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use oyez_filter::Tree;
use oyez_filter::spec::Step;

use super::given::{Given, Value};
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
            let member = |(name, value): &(Cow<'_, str>, Given<'_>)| (name.as_bytes().to_vec(), tree(value, refusals));
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

/// Where in the file a place of the tree stands: of the deepest value that the steps lead to.
pub(super) fn span(given: &Given<'_>, steps: &[Step]) -> Range<usize> {
    let next = steps.split_first().and_then(|(step, rest)| Some((child(given, step)?, rest)));
    next.map_or_else(|| given.span.clone(), |(value, rest)| span(value, rest))
}

fn child<'g, 'a>(given: &'g Given<'a>, step: &Step) -> Option<&'g Given<'a>> {
    match (&given.value, step) {
        (Value::Table(members), Step::Name(name)) => {
            members.iter().find(|(other, _)| other == name).map(|(_, value)| value)
        }
        (Value::List(items), Step::Index(index)) => items.get(*index),
        _ => None,
    }
}

/// The tree as TOML on one line.
pub(super) fn toml(tree: &Tree) -> String {
    let mut out = String::new();
    push(&mut out, tree);
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
