//! Conditions that cannot hold for any event, as far as that is certain.
//!
//! Looks at what all has to hold for one field: values that can be listed and all fail another test, ranges that do not overlap,
//! a field that must not be there and has to have a value. Says nothing where it would take more than [`MAX_STEPS`] comparisons.

use crate::field::{Field, Kind};
use crate::matcher::condition::Node;
use crate::matcher::values::Values;

/// Comparisons at most.
const MAX_STEPS: usize = 100_000;

/// What has to hold for one field.
#[derive(Default)]
struct Wanted<'n> {
    tests: Vec<&'n Values>,
    excluded: Vec<&'n Values>,
    exists: bool,
    is_absent: bool,
}

/// Why `node` never holds; `None` where it may.
pub(super) fn never(node: &Node) -> Option<String> {
    let mut fields: Vec<(Field, Wanted<'_>)> = Vec::new();
    collect(node, &mut fields);
    let never = fields.iter().find(|(field, wanted)| wanted.is_impossible(field));
    never.map(|(field, _)| format!("it never matches: no {} can be like this", field.name()))
}

fn collect<'n>(node: &'n Node, fields: &mut Vec<(Field, Wanted<'n>)>) {
    match node {
        Node::All(nodes) => nodes.iter().for_each(|node| collect(node, fields)),
        Node::Has(field) => of(field, fields).exists = true,
        Node::Test(field, values) => of(field, fields).tests.push(values),
        Node::Not(inner) => match alone(inner) {
            Node::Not(inner) => collect(inner, fields),
            Node::Has(field) => of(field, fields).is_absent = true,
            Node::Test(field, values) => of(field, fields).excluded.push(values),
            _ => (),
        },
        Node::Any(_) => (),
    }
}

/// The node that is all of `node`: a table of one operator is a list of one.
fn alone(node: &Node) -> &Node {
    match node {
        Node::All(nodes) | Node::Any(nodes) => match &**nodes {
            [one] => alone(one),
            _ => node,
        },
        _ => node,
    }
}

fn of<'f, 'n>(field: &Field, fields: &'f mut Vec<(Field, Wanted<'n>)>) -> &'f mut Wanted<'n> {
    let at = fields.iter().position(|(other, _)| other == field).unwrap_or(fields.len());
    if at == fields.len() {
        fields.push((field.clone(), Wanted::default()));
    }
    #[expect(clippy::indexing_slicing, reason = "it was found or just pushed")]
    &mut fields[at].1
}

impl Wanted<'_> {
    fn is_impossible(&self, field: &Field) -> bool {
        let is_wanted = self.exists || !self.tests.is_empty();
        if self.is_absent && is_wanted {
            return true;
        }
        // Of several values each test may take another.
        let is_single = matches!(field.def().kind, Kind::Text | Kind::Number | Kind::Flag | Kind::Address);
        is_single && (self.tests.iter().any(|values| self.all_fail(values)) || self.are_apart())
    }

    /// Whether all of `values` can be listed, and each fails a test.
    fn all_fail(&self, values: &Values) -> bool {
        if values.len().saturating_mul(self.tests.len() + self.excluded.len()) > MAX_STEPS {
            return false;
        }
        values.listed().is_some_and(|mut listed| {
            listed.all(|value| {
                !self.tests.iter().all(|values| values.matches(value))
                    || self.excluded.iter().any(|values| values.matches(value))
            })
        })
    }

    /// Whether two tests want numbers of ranges that do not overlap.
    fn are_apart(&self) -> bool {
        let ranges = || self.tests.iter().filter(|values| !values.numbers.is_empty() && values.texts.is_empty());
        let apart = |one: &[(i128, i128)], other: &[(i128, i128)]| {
            one.iter().all(|a| other.iter().all(|b| a.1 < b.0 || b.1 < a.0))
        };
        let is_small = self.tests.iter().map(|values| values.numbers.len()).sum::<usize>() <= 300;
        is_small && ranges().any(|one| ranges().any(|other| apart(&one.numbers, &other.numbers)))
    }
}
