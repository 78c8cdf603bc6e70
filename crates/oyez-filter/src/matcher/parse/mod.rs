//! The `match` table of a filter → a [`Node`], or all that is wrong with it.
//!
//! Refuses unknown fields and operators, values that a field cannot have, what certainly never or always holds, tables nested
//! deeper than [`MAX_DEPTH`], more than [`MAX_VALUES`] values, and texts of more than [`MAX_TEXT`] bytes.

mod sense;
mod value;
mod words;

use std::collections::HashSet;

use super::condition::Node;
use super::fault::{Fault, Step};
use super::values::Values;
use crate::field::{self, Field, Unknown};
use crate::tree::Tree;

/// Tables within tables.
pub(crate) const MAX_DEPTH: usize = 16;
/// Values and patterns of one condition.
pub(crate) const MAX_VALUES: usize = 100_000;
/// Faults that are told: no value behind them is looked at.
const MAX_FAULTS: usize = 100;
/// Bytes of one text.
pub(crate) const MAX_TEXT: usize = 1 << 16;

const OPERATORS: &[&str] =
    &["is", "not", "glob", "regex", "cidr", "range", "contains", "starts", "ends", "exists", "nocase"];

pub(crate) fn condition(tree: &Tree, faults: &mut Vec<Fault>) -> Option<Node> {
    let before = faults.len();
    let mut parser = Parser { faults, at: Vec::new(), depth: 0, values: 0 };
    let node = match tree {
        // Meant for every event, or nobody would write it.
        Tree::Object(members) if members.is_empty() => Some(Node::All(Vec::new())),
        _ => parser.table(tree),
    };
    node.filter(|_| faults.len() == before)
}

/// Whether this is no table of operators, but of fields whose names begin with `name`.
fn is_table_of_fields(name: &str, tree: &Tree) -> bool {
    let Tree::Object(members) = tree else { return false };
    let is_operator = |member: &[u8]| OPERATORS.iter().any(|operator| operator.as_bytes() == member);
    !members.is_empty() && !members.iter().any(|(member, _)| is_operator(member)) && field::is_part(name)
}

struct Parser<'f> {
    faults: &'f mut Vec<Fault>,
    at: Vec<Step>,
    depth: usize,
    values: usize,
}

impl Parser<'_> {
    fn fault(&mut self, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Fault { at: self.at.clone(), is_name: false, message: message.into(), hint });
    }

    /// A fault of the name that was stepped to last.
    fn fault_of_name(&mut self, message: String, hint: Option<String>) {
        self.faults.push(Fault { at: self.at.clone(), is_name: true, message, hint });
    }

    /// Does `inner` one step further in.
    fn within<T>(&mut self, step: Step, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.at.push(step);
        let done = inner(self);
        self.at.pop();
        done
    }

    /// The members of a table, each name once.
    fn members<'t>(&mut self, tree: &'t Tree, what: &str) -> Option<Vec<(String, &'t Tree)>> {
        let Tree::Object(members) = tree else {
            self.fault(format!("expected {what}, found {}", named(tree)), None);
            return None;
        };
        if members.is_empty() {
            self.fault(format!("expected {what}, found an empty table"), None);
            return None;
        }
        let mut seen = HashSet::new();
        let once = members.iter().filter(|(name, _)| seen.insert(name));
        Some(once.map(|(name, tree)| (String::from_utf8_lossy(name).into_owned(), tree)).collect())
    }

    /// All members of a table have to hold.
    fn table(&mut self, tree: &Tree) -> Option<Node> {
        if self.depth >= MAX_DEPTH {
            self.fault(format!("tables deeper than {MAX_DEPTH}"), None);
            return None;
        }
        let members = self.members(tree, "a table of fields")?;
        self.depth += 1;
        let mut nodes = Vec::new();
        for (name, tree) in members {
            nodes.push(self.within(Step::Name(name.clone()), |parser| parser.member(&name, tree)));
        }
        self.depth -= 1;
        self.all(nodes)
    }

    fn member(&mut self, name: &str, tree: &Tree) -> Option<Node> {
        match name {
            "any" => Some(Node::Any(self.tables(tree)?)),
            "all" => {
                let nodes = self.tables(tree)?;
                self.all(nodes.into_iter().map(Some).collect())
            }
            "not" => Some(Node::Not(Box::new(self.table(tree)?))),
            _ => self.named_field(name, tree),
        }
    }

    /// A field by its name, or several by the first part of theirs: `process.exe = …` is a table within a table in TOML.
    fn named_field(&mut self, name: &str, tree: &Tree) -> Option<Node> {
        match Field::find(name) {
            _ if is_table_of_fields(name, tree) => self.fields_of(name, tree),
            Ok(field) => self.field(&field, name, tree),
            Err(Unknown { nearest }) => {
                let hint = nearest.map(|near| instead(name, near, tree));
                self.fault_of_name(format!("unknown field \"{}\"", name.escape_debug()), hint);
                None
            }
        }
    }

    fn fields_of(&mut self, part: &str, tree: &Tree) -> Option<Node> {
        if self.depth >= MAX_DEPTH {
            self.fault(format!("tables deeper than {MAX_DEPTH}"), None);
            return None;
        }
        let members = self.members(tree, "a table of fields")?;
        self.depth += 1;
        let mut nodes = Vec::new();
        for (name, tree) in members {
            let full = format!("{part}.{name}");
            nodes.push(self.within(Step::Name(name), |parser| parser.named_field(&full, tree)));
        }
        self.depth -= 1;
        self.all(nodes)
    }

    fn tables(&mut self, tree: &Tree) -> Option<Vec<Node>> {
        match tree {
            Tree::List(trees) if !trees.is_empty() => {
                let nodes = trees.iter().enumerate();
                let nodes = nodes.map(|(at, tree)| self.within(Step::Index(at), |parser| parser.table(tree)));
                nodes.collect::<Vec<_>>().into_iter().collect()
            }
            _ => {
                self.fault(format!("expected a list of tables, found {}", named(tree)), None);
                None
            }
        }
    }

    /// A field with its value: one, a list, or a table of operators. `name` is what it was called.
    fn field(&mut self, field: &Field, name: &str, tree: &Tree) -> Option<Node> {
        if !matches!(tree, Tree::Object(_)) {
            return self.values(field, name, Form::Plain { nocase: false }, tree);
        }
        if self.depth >= MAX_DEPTH {
            self.fault(format!("tables deeper than {MAX_DEPTH}"), None);
            return None;
        }
        let members = self.members(tree, "a value, a list, or a table of operators")?;
        let nocase = self.nocase(field, &members);
        if members.iter().all(|(operator, _)| operator == "nocase") {
            self.fault("expected an operator beside nocase", Some("is".to_owned()));
        }
        self.depth += 1;
        let mut nodes = Vec::new();
        for (operator, tree) in members.iter().filter(|(operator, _)| operator != "nocase") {
            let step = Step::Name(operator.clone());
            nodes.push(self.within(step, |parser| parser.operator(field, name, operator, nocase, tree)));
        }
        self.depth -= 1;
        nodes.into_iter().collect::<Option<_>>().map(Node::All)
    }

    fn operator(&mut self, field: &Field, name: &str, operator: &str, nocase: bool, tree: &Tree) -> Option<Node> {
        let form = match operator {
            "exists" => return self.exists(field, tree),
            "not" if matches!(tree, Tree::Object(_)) => {
                return Some(Node::Not(Box::new(self.field(field, name, tree)?)));
            }
            "not" => return Some(Node::Not(Box::new(self.values(field, name, Form::Plain { nocase }, tree)?))),
            "is" => Form::Is { nocase },
            "glob" => Form::Glob { nocase },
            "regex" => Form::Regex { nocase },
            "contains" => Form::Contains { nocase },
            "starts" => Form::Starts { nocase },
            "ends" => Form::Ends { nocase },
            "cidr" => Form::Cidr,
            "range" => Form::Range,
            _ => {
                let message = format!("unknown operator \"{}\"", operator.escape_debug());
                self.fault_of_name(message, Some(nearest(operator)));
                return None;
            }
        };
        self.values(field, name, form, tree)
    }

    fn exists(&mut self, field: &Field, tree: &Tree) -> Option<Node> {
        match tree {
            Tree::Flag(true) => Some(Node::Has(field.clone())),
            Tree::Flag(false) => Some(Node::Not(Box::new(Node::Has(field.clone())))),
            _ => {
                self.fault(format!("expected true or false, found {}", named(tree)), None);
                None
            }
        }
    }

    fn nocase(&mut self, field: &Field, members: &[(String, &Tree)]) -> bool {
        let Some((name, tree)) = members.iter().find(|(name, _)| name == "nocase") else { return false };
        let message = match tree {
            Tree::Flag(nocase) if !nocase || value::takes_text(field) => return *nocase,
            Tree::Flag(_) => "it is no text that could have upper and lower case".to_owned(),
            _ => format!("expected true or false, found {}", named(tree)),
        };
        self.within(Step::Name(name.clone()), |parser| parser.fault(message, None));
        false
    }

    /// One value, or one of a list.
    fn values(&mut self, field: &Field, name: &str, form: Form, tree: &Tree) -> Option<Node> {
        let mut values = Values::default();
        match tree {
            Tree::List(trees) if trees.is_empty() => {
                self.fault("an empty list, which matches nothing", None);
                return None;
            }
            Tree::List(trees) => {
                for (at, tree) in trees.iter().enumerate() {
                    self.within(Step::Index(at), |parser| parser.value(field, name, form, tree, &mut values));
                }
            }
            _ => self.value(field, name, form, tree, &mut values),
        }
        values.finish();
        (values.len() > 0).then_some(Node::Test(field.clone(), values))
    }

    fn value(&mut self, field: &Field, name: &str, form: Form, tree: &Tree, values: &mut Values) {
        self.values += 1;
        if self.values == MAX_VALUES + 1 {
            self.fault(format!("more than {MAX_VALUES} values"), None);
        }
        if self.values > MAX_VALUES || self.faults.len() >= MAX_FAULTS {
            return;
        }
        if let Err(value::Wrong { message, hint }) = value::add(field, name, form, tree, values) {
            self.fault(message, hint);
        }
    }

    /// All of `nodes`, where none was faulty and they do not exclude each other.
    fn all(&mut self, nodes: Vec<Option<Node>>) -> Option<Node> {
        let node = Node::All(nodes.into_iter().collect::<Option<_>>()?);
        match sense::never(&node) {
            Some(message) => {
                self.fault(message, None);
                None
            }
            None => Some(node),
        }
    }
}

/// How a value is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Plain { nocase: bool },
    Is { nocase: bool },
    Glob { nocase: bool },
    Regex { nocase: bool },
    Contains { nocase: bool },
    Starts { nocase: bool },
    Ends { nocase: bool },
    Cidr,
    Range,
}

/// The field that was probably meant by `name`: of a user the name, but the number for numbers.
fn instead(name: &str, near: String, tree: &Tree) -> String {
    let first = if let Tree::List(values) = tree { values.first() } else { Some(tree) };
    match (name, first) {
        ("user" | "group", Some(Tree::Number(_))) => near.trim_end_matches("_name").to_owned(),
        _ => near,
    }
}

fn named(tree: &Tree) -> &'static str {
    match tree {
        Tree::Null => "nothing",
        Tree::Flag(_) => "true or false",
        Tree::Number(_) => "a number",
        Tree::Text(_) => "text",
        Tree::List(trees) if trees.is_empty() => "an empty list",
        Tree::List(_) => "a list",
        Tree::Object(_) => "a table",
    }
}

/// Other words for operators.
const OTHERS: &[(&str, &[&str])] = &[
    ("is", &["equals", "equal", "eq", "==", "=", "in", "exact"]),
    ("not", &["ne", "!=", "!", "isnot", "is_not", "notin", "not_in", "except"]),
    ("glob", &["like", "wildcard", "fnmatch"]),
    ("regex", &["re", "regexp", "matches", "match", "pattern", "~", "=~"]),
    ("cidr", &["network", "net", "subnet"]),
    ("range", &["between", "gt", "ge", "gte", "lt", "le", "lte", "min", "max", ">", ">=", "<", "<="]),
    ("contains", &["has", "includes", "substring", "substr"]),
    ("starts", &["startswith", "starts_with", "beginswith", "begins", "prefix"]),
    ("ends", &["endswith", "ends_with", "suffix"]),
    ("exists", &["present", "defined", "set"]),
    ("nocase", &["ignorecase", "ignore_case", "icase", "case_insensitive", "caseless"]),
];

fn nearest(operator: &str) -> String {
    let small = operator.to_ascii_lowercase();
    let is_other = |(_, others): &&(&str, &[&str])| others.contains(&small.as_str());
    if let Some((meant, _)) = OTHERS.iter().find(is_other) {
        return (*meant).to_owned();
    }
    // No operator is as long.
    if operator.len() > 64 {
        return OPERATORS.join(", ");
    }
    let near = OPERATORS.iter().min_by_key(|other| strsim::damerau_levenshtein(operator, other));
    near.filter(|near| strsim::damerau_levenshtein(operator, near) <= 2)
        .map_or_else(|| OPERATORS.join(", "), |near| (*near).to_owned())
}
