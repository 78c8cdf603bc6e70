//! One table after the other → drafts of outputs: every key in its place, the type found, its settings made.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oyez_filter::Tree;
use oyez_filter::matcher::Condition;
use oyez_output::Kind;
use toml::Spanned;
use toml::de::DeValue;

use super::keys::{self, KEYS, OutputKeys};
use super::making::{Claim, Claimed, Leaf, Making, Site, full_name};
use super::registry::{self, TYPES, TypeDef};
use super::{MAX_OUTPUTS, NAME, NOWHERE};
use crate::config::given::{Given, Member, Value};
use crate::config::keyed;
use crate::config::kind::Refusal;
use crate::config::load::Effective;
use crate::config::problem::{Place, Positions, Problem};
use crate::config::suggest::nearest;
use crate::config::table;

/// No name of an output is longer, in bytes.
const MAX_NAME: usize = 64;

/// One output, checked by itself.
#[derive(Debug)]
pub(in crate::config) struct Draft {
    pub(super) keys: OutputKeys,
    pub(super) name: String,
    pub(super) of: Option<&'static TypeDef>,
    /// None where it is not enabled or something is wrong with it.
    pub(super) kind: Option<Arc<dyn Kind>>,
    pub(super) filter: Option<(Tree, Condition)>,
    pub(super) claims: Vec<Claimed>,
    pub(super) values: Vec<Effective>,
    /// Where it begins, and where its name is given if it is.
    pub(super) at: Place,
    pub(super) name_at: Option<Place>,
    /// Where the values of keys stand that are compared with others.
    pub(super) on_full_at: Place,
    pub(super) spool_at: Place,
    /// A key of the spool that is set beside its path.
    pub(super) of_spool: Option<(String, Place)>,
}

/// Reads the tables of a file.
pub(in crate::config) fn read(value: &Spanned<DeValue<'_>>, positions: &Positions<'_>) -> (Vec<Draft>, Vec<Problem>) {
    let mut problems = Vec::new();
    let place = |span: &Range<usize>| positions.place(span);
    let mut drafts = Vec::new();
    for table in tables(value, positions, &mut problems) {
        let Value::Table(members) = table.value else { continue };
        let (draft, wrong) = draft(members, &Site { place: &place, span: table.span });
        drafts.push(draft);
        problems.extend(wrong);
    }
    name(&mut drafts);
    check_names(&drafts, &mut problems);
    (drafts, problems)
}

/// The output that a flag asks for: a file, or standard output for "-" and nothing.
pub(in crate::config) fn of_flag(flag: &'static str, given: &Given<'_>) -> (Vec<Draft>, Vec<Problem>) {
    let is_stdout = matches!(&given.value, Value::Text(text) if text.is_empty() || text == "-");
    let (of, path) = if is_stdout { ("stdout", None) } else { ("file", Some(given.clone())) };
    alone(of, path, &|_| Place::Flag(flag))
}

/// What there is where nobody asks for any: standard output.
pub(in crate::config) fn standard() -> Vec<Draft> {
    alone("stdout", None, &|_| Place::Flag(NOWHERE)).0
}

fn alone(
    of: &'static str,
    path: Option<Given<'_>>,
    place: &dyn Fn(&Range<usize>) -> Place,
) -> (Vec<Draft>, Vec<Problem>) {
    let member = |name: &'static str, value| Member { name: name.into(), name_span: 0..0, value };
    let members = [Some(member("type", Given::word(of))), path.map(|path| member("path", path))];
    let (draft, problems) = draft(members.into_iter().flatten().collect(), &Site { place, span: 0..0 });
    let mut drafts = vec![draft];
    name(&mut drafts);
    (drafts, problems)
}

fn tables<'a>(
    value: &'a Spanned<DeValue<'a>>,
    positions: &Positions<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Given<'a>> {
    let mut refuse = |span: &Range<usize>, message: String, hint: Option<&str>| {
        let (place, hint) = (positions.place(span), hint.map(str::to_owned));
        problems.push(Problem { place, key: Some(NAME.to_owned()), message, hint });
    };
    let given = Given::from_toml(value);
    let found = given.type_name();
    let items = match given.value {
        Value::List(items) if items.len() > MAX_OUTPUTS => {
            refuse(&given.span, format!("there are more than {MAX_OUTPUTS} outputs"), None);
            return Vec::new();
        }
        Value::List(items) => items,
        Value::Table(_) => {
            refuse(&given.span, "the section [output] is no more".to_owned(), Some(MOVED));
            return Vec::new();
        }
        _ => {
            refuse(
                &given.span,
                format!("expected tables, found {found}"),
                Some("each output's keys go below a line [[output]]"),
            );
            return Vec::new();
        }
    };
    let is_table = |item: &Given<'_>| matches!(item.value, Value::Table(_));
    for item in items.iter().filter(|item| !is_table(item)) {
        refuse(&item.span, format!("expected a table, found {}", item.type_name()), None);
    }
    items.into_iter().filter(is_table).collect()
}

/// Where the keys of `[output]` are now.
const MOVED: &str = "there can be several now: for path write [[output]] with type = \"file\" and path, for buffer its queue; \
    format and color stand above the first section";

/// Checks one output by itself.
fn draft(members: Vec<Member<'_>>, site: &Site<'_>) -> (Draft, Vec<Problem>) {
    let of = members.iter().find(|member| member.name == "type").map(|member| type_of(&member.value));
    let known = of.as_ref().and_then(|of| of.as_ref().ok().copied());
    let (mut leaves, mut strays) = (Vec::new(), Vec::new());
    gather("", members, known, &mut leaves, &mut strays);
    let mut making = Making::new(site, &leaves);
    let mut values = common(&leaves, known, &mut making);
    match of {
        None => making.refuse_with("", "an output needs a type", types()),
        Some(Err(Some(refusal))) => making.refusal("type", refusal),
        Some(Err(None) | Ok(_)) => {}
    }
    for stray in strays {
        making.refusal("", stray);
    }
    let filter = filter(&leaves, &mut making);
    let enabled = making.common().enabled;
    let mut kind = None;
    if let Some(table) = known.and_then(|of| of.table) {
        let is_whole = enabled && making.problems() == 0;
        let of_type;
        (of_type, kind) = table.read(&leaves, &mut making, is_whole);
        values.extend(of_type);
    }
    if let Some(path) = making.common().spool_path.clone().filter(|_| enabled) {
        making.claim("spool.path", Claim::Directory(path));
    }
    let at = |key| making.place_of(key);
    let (on_full_at, spool_at, name_at) = (at("on_full"), at("spool.path"), making.is_set("name").then(|| at("name")));
    let is_of_spool = |leaf: &&Leaf<'_>| leaf.path.starts_with("spool.") && leaf.path != "spool.path";
    let of_spool = leaves.iter().find(is_of_spool).map(|leaf| (leaf.path.clone(), at(&leaf.path)));
    let begins = (site.place)(&site.span);
    let (keys, problems, claims) = making.finish();
    let name = keys.name.clone().unwrap_or_default();
    let draft = Draft {
        keys,
        name,
        of: known,
        kind,
        filter,
        claims,
        values,
        at: begins,
        name_at,
        on_full_at,
        spool_at,
        of_spool,
    };
    (draft, problems)
}

/// Checks the common keys and stores them.
fn common(leaves: &[Leaf<'_>], of: Option<&'static TypeDef>, making: &mut Making<'_>) -> Vec<Effective> {
    let (mut keys, mut values) = (keyed::defaults(KEYS), keyed::blank(KEYS));
    for (name, default) in of.map(|of| of.defaults).unwrap_or_default() {
        let key = KEYS.iter().find(|key| key.name == *name);
        if let Some(shown) = key.and_then(|key| keyed::set_default(key, default, &mut keys)) {
            keyed::show(&mut values, name, shown, crate::config::load::Origin::Default);
        }
    }
    for leaf in leaves {
        if let Some(key) = KEYS.iter().find(|key| key.name == leaf.path && takes(of, key.name)) {
            making.take(key, leaf, (&mut keys, &mut values));
        }
    }
    if keys.tls.cert.is_some() != keys.tls.key.is_some() {
        let (set, missing) = if keys.tls.cert.is_some() { ("tls.cert", "tls.key") } else { ("tls.key", "tls.cert") };
        making.refuse(set, format!("it goes with {missing}, which is not set"));
    }
    if keys.retry_first > keys.retry_most {
        let key = if making.is_set("retry.first") { "retry.first" } else { "retry.most" };
        making.refuse(key, "retry.first is longer than retry.most");
    }
    *making.common() = keys;
    values
}

/// Whether a type has this common key; one that is not known may.
pub(super) fn takes(of: Option<&TypeDef>, name: &str) -> bool {
    keys::extra(name).is_none_or(|extra| of.is_none_or(|of| of.takes.contains(&extra)))
}

fn filter(leaves: &[Leaf<'_>], making: &mut Making<'_>) -> Option<(Tree, Condition)> {
    let tree = making.common().filter.clone()?;
    let mut faults = Vec::new();
    let condition = Condition::parse(&tree, &mut faults);
    let leaf = leaves.iter().find(|leaf| leaf.path == "filter")?;
    for fault in faults {
        let (key, refusal) = table::fault("filter", fault, &leaf.given);
        making.refusal(&key, refusal);
    }
    condition.map(|condition| (tree, condition))
}

/// The type that is named; why there is none, unless that is told already.
fn type_of(given: &Given<'_>) -> Result<&'static TypeDef, Option<Refusal>> {
    let Value::Text(name) = &given.value else { return Err(None) };
    if name.is_empty() {
        return Err(None);
    }
    let refuse = |message, hint| Err(Some(Refusal { message, hint, span: given.span.clone() }));
    match registry::find(name) {
        Some(TypeDef { table: None, feature, .. }) => {
            let hint = feature.map(|feature| format!("it was built without the feature `{feature}`"));
            refuse(format!("this oyez has no outputs of type \"{name}\""), hint)
        }
        Some(of) => Ok(of),
        None => {
            let near = nearest(name, TYPES.iter().map(|of| of.name)).map(|near| format!("did you mean \"{near}\"?"));
            refuse(format!("unknown type \"{}\"", name.escape_debug()), Some(near.unwrap_or_else(types)))
        }
    }
}

fn types() -> String {
    let names: Vec<_> = TYPES.iter().filter(|of| of.table.is_some()).map(|of| of.name).collect();
    format!("there are {}", names.join(", "))
}

/// Sorts what stands in a table below `prefix` into known keys and those that should not be there.
fn gather<'a>(
    prefix: &str,
    members: Vec<Member<'a>>,
    of: Option<&'static TypeDef>,
    leaves: &mut Vec<Leaf<'a>>,
    strays: &mut Vec<Refusal>,
) {
    for Member { name, name_span, value } in members {
        let path = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}.{name}") };
        if has_key(of, &path) {
            leaves.push(Leaf { path, name_span, given: value });
            continue;
        }
        let below: Vec<_> = names(of).into_iter().filter(|name| is_below(name, &path)).collect();
        let elsewhere = || TYPES.iter().flat_map(own_names).any(|name| is_below(name, &path));
        match value.value {
            Value::Table(members) if !below.is_empty() || elsewhere() => gather(&path, members, of, leaves, strays),
            _ if !below.is_empty() => strays.push(Refusal {
                message: format!("{path}: expected a table, found {}", value.type_name()),
                hint: Some(format!("its keys are {}", below.join(", "))),
                span: value.span,
            }),
            _ => strays.push(stray(&path, name_span, of)),
        }
    }
}

fn is_below(name: &str, path: &str) -> bool {
    name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
}

/// The keys that only this type has.
fn own_names(of: &'static TypeDef) -> Vec<&'static str> {
    of.table.map(|table| table.described().into_iter().map(|key| key.name).collect()).unwrap_or_default()
}

/// The keys of a type; those that all may have, where it is not known.
fn names(of: Option<&'static TypeDef>) -> Vec<&'static str> {
    let common = KEYS.iter().map(|key| key.name).filter(|name| takes(of, name));
    common.chain(of.map(own_names).unwrap_or_default()).collect()
}

fn has_key(of: Option<&'static TypeDef>, path: &str) -> bool {
    names(of).contains(&path)
}

/// What to say of a key that an output of this type does not have.
fn stray(path: &str, span: Range<usize>, of: Option<&'static TypeDef>) -> Refusal {
    let shown = path.escape_debug();
    let has = |other: &&'static TypeDef| other.table.is_some() && has_key(Some(other), path);
    let others: Vec<_> = TYPES.iter().filter(has).map(|of| of.name).collect();
    if let Some(of) = of.filter(|_| !others.is_empty()) {
        let message = format!("outputs of type \"{}\" have no key {shown}", of.name);
        return Refusal { message, hint: Some(format!("those of type {} have one", others.join(", "))), span };
    }
    let near = nearest(path, names(of)).map(|near| format!("did you mean {near}?"));
    let message = if of.is_none() && !others.is_empty() {
        format!("key {shown} is for outputs of type {}", others.join(", "))
    } else {
        format!("unknown key {shown}")
    };
    Refusal { message, hint: near, span }
}

/// Gives names to those that have none.
fn name(drafts: &mut [Draft]) {
    let mut counts = HashMap::new();
    for draft in drafts.iter_mut().filter(|draft| draft.keys.name.is_none()) {
        let Some(of) = draft.of else { continue };
        let count = counts.entry(of.name).or_insert(0_usize);
        *count += 1;
        draft.name = if *count == 1 { of.name.to_owned() } else { format!("{}-{count}", of.name) };
    }
}

fn check_names(drafts: &[Draft], problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &Place> = HashMap::new();
    for draft in drafts.iter().filter(|draft| !draft.name.is_empty()) {
        let place = draft.name_at.as_ref().unwrap_or(&draft.at);
        let mut refuse = |message: String, hint: &str| {
            let (place, key, hint) = (place.clone(), Some(full_name("name")), Some(hint.to_owned()));
            problems.push(Problem { place, key, message, hint });
        };
        if !is_name(&draft.name) {
            let message =
                format!("expected a name of up to {MAX_NAME} characters, found \"{}\"", draft.name.escape_debug());
            refuse(message, "a name is letters of ASCII, digits, \".\", \"_\" and \"-\", the first a letter or digit");
        }
        match seen.get(&*draft.name) {
            Some(Place::At { line, .. }) => {
                refuse(
                    format!("the output of line {line} is called \"{}\", too", draft.name),
                    "give it a name of its own",
                );
            }
            _ => {
                seen.insert(&draft.name, &draft.at);
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    name.len() <= MAX_NAME && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.bytes().all(is_plain)
}

/// The same path for the same file, as far as that can be said without looking.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}
