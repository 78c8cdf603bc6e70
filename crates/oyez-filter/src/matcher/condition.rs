//! A condition on an event: fields that have to have values, put together with and, or and not.

use std::sync::Arc;

use super::fault::Fault;
use super::parse;
use super::pattern::Pattern;
use super::values::Values;
use crate::field::{Field, Source};
use crate::tree::Tree;
use crate::view::{Read as _, Value, View};

/// What an event has to be like.
#[derive(Clone, Debug)]
pub struct Condition {
    pub(crate) node: Node,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// All of these hold.
    All(Vec<Node>),
    /// One of these holds.
    Any(Vec<Node>),
    /// This does not hold.
    Not(Box<Node>),
    /// The event says something of the field.
    Has(Field),
    /// A value of the field is one of these.
    Test(Field, Values),
}

impl Condition {
    /// Reads the `match` table of a filter. What is wrong with it is added to `faults`, all of it; `None` if there was anything.
    ///
    /// Members are fields, by name or alias, and `any`, `all`, `not`; all of them have to hold. docs/filters.md has all forms of
    /// values. An empty table holds for every event.
    pub fn parse(tree: &Tree, faults: &mut Vec<Fault>) -> Option<Condition> {
        parse::condition(tree, faults).map(|node| Condition { node })
    }

    /// What has to be done before it can be asked: the most that one of its fields needs.
    pub fn source(&self) -> Source {
        self.node.source()
    }

    /// Whether it holds for an event, that was tagged with `tags` besides what its context says.
    pub fn holds(&self, view: &mut View<'_>, tags: &[Arc<str>]) -> bool {
        self.node.holds(view, tags)
    }
}

impl Node {
    fn holds(&self, view: &mut View<'_>, tags: &[Arc<str>]) -> bool {
        match self {
            Node::All(nodes) => nodes.iter().all(|node| node.holds(view, tags)),
            Node::Any(nodes) => nodes.iter().any(|node| node.holds(view, tags)),
            Node::Not(node) => !node.holds(view, tags),
            Node::Has(field) => any(field, view, tags, &mut |_| true),
            Node::Test(field, values) => any(field, view, tags, &mut |value| values.matches(value)),
        }
    }

    /// How many patterns it has that were compiled.
    pub(crate) fn patterns(&self) -> usize {
        match self {
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().map(Node::patterns).sum(),
            Node::Not(node) => node.patterns(),
            Node::Has(_) => 0,
            Node::Test(_, values) => {
                values.patterns.iter().filter(|pattern| matches!(pattern, Pattern::Regex(..))).count()
            }
        }
    }

    fn source(&self) -> Source {
        match self {
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().map(Node::source).max().unwrap_or(Source::Records),
            Node::Not(node) => node.source(),
            Node::Has(field) | Node::Test(field, _) => source(field),
        }
    }
}

/// What has to be done before `field` can be asked for by a matcher, which knows of tags itself.
pub(crate) fn source(field: &Field) -> Source {
    if is_tags(field) { Source::Records } else { field.def().source }
}

/// Whether it is what filters before this one tagged the event with, in the same block too.
pub(crate) fn is_tags(field: &Field) -> bool {
    field.def().name == "tags"
}

/// [`View::any`], with `tags` as values of that field too.
pub(crate) fn any(
    field: &Field,
    view: &mut View<'_>,
    tags: &[Arc<str>],
    visit: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    if !tags.is_empty() && is_tags(field) && tags.iter().any(|tag| visit(Value::Text(tag.as_bytes()))) {
        return true;
    }
    view.any(field, visit)
}
