//! `[[filter]]` tables → filters, in their order, and everything that is wrong with them, each at its place in the file, or in
//! the script.
//!
//! Each table is checked key by key, as the others are; then as a whole; then all are compiled as they would be for events,
//! scripts too: a configuration that was taken is one whose filters run.

pub(crate) mod keys;
pub(crate) mod script;
mod way;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use oyez_filter::chain::{Cause, Filters, Settings};
use oyez_filter::spec::{OnError, Script, Spec, What};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::keys::{FilterKeys, KEYS, Of};
use self::script::Trust;
use super::given::{Given, Value};
use super::keyed;
use super::kind::Refusal;
use super::load::{Effective, Origin};
use super::problem::{Place, Positions, Problem};
use super::suggest::nearest;
use super::table;

/// The name of the tables.
pub(super) const NAME: &str = "filter";
/// No name of a filter is longer, in bytes.
const MAX_NAME: usize = 64;
/// No configuration has more filters.
const MAX_FILTERS: usize = 10_000;

/// All of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfiguredFilters {
    /// Those that are in the chain.
    chain: Vec<Spec>,
    /// The keys of all there are.
    all: Vec<Vec<Effective>>,
}

impl ConfiguredFilters {
    /// The chain to be compiled.
    pub(crate) fn specs(&self) -> &[Spec] {
        &self.chain
    }

    /// What each filter of the file says, key by key; those that are not enabled, too.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[Effective]> {
        self.all.iter().map(Vec::as_slice)
    }
}

/// Reads the tables of a file.
pub(super) fn read(value: &Spanned<DeValue<'_>>, positions: &Positions<'_>) -> (ConfiguredFilters, Vec<Problem>) {
    let mut reader = Reader { positions, problems: Vec::new() };
    let tables = reader.tables(value);
    let mut drafts: Vec<Draft<'_>> =
        tables.into_iter().enumerate().map(|(index, (table, span))| reader.draft(index + 1, table, span)).collect();
    reader.refuse_same_names(&drafts);
    let all = drafts.iter_mut().map(|draft| std::mem::take(&mut draft.values)).collect();
    let enabled = drafts.into_iter().filter(|draft| draft.keys.enabled);
    let whole: Vec<_> = enabled.filter_map(|draft| Some((reader.spec(&draft)?, draft))).collect();
    let (chain, drafts): (Vec<_>, Vec<_>) = whole.into_iter().unzip();
    if let Err(wrongs) = Filters::compile(&chain, &Settings::default()) {
        for wrong in wrongs {
            reader.problems.extend(drafts.get(wrong.filter).map(|draft| problem(wrong.cause, draft, positions)));
        }
    }
    (ConfiguredFilters { chain, all }, reader.problems)
}

/// The filter that is a script named on a command line.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn of_script(path: &Path) -> Result<Spec, Problem> {
    let at = |place, message| Problem { place, key: None, message, hint: None };
    let text = script::read(path, Trust::Anybody).map_err(|message| at(Place::File(path.to_owned()), message))?;
    let spec = Spec { name: stem(path).into(), what: What::Script(keyed::defaults(KEYS).script(text)) };
    match Filters::compile(std::slice::from_ref(&spec), &Settings::default()) {
        Ok(_) => Ok(spec),
        Err(wrongs) => {
            let cause = wrongs.into_iter().next().map(|wrong| wrong.cause);
            Err(match cause {
                Some(Cause::Script { line, message }) => at(in_script(path, line), message),
                _ => at(Place::File(path.to_owned()), "cannot be compiled".to_owned()),
            })
        }
    }
}

/// One table, key by key.
struct Draft<'a> {
    keys: FilterKeys,
    name: String,
    span: Range<usize>,
    given: Vec<(&'static str, Given<'a>)>,
    values: Vec<Effective>,
    /// A key is wrong by itself.
    is_wrong: bool,
}

impl<'a> Draft<'a> {
    fn given(&self, key: &str) -> Option<&Given<'a>> {
        self.given.iter().find(|(name, _)| *name == key).map(|(_, given)| given)
    }

    /// Where a key's value stands; the table, if it has none.
    fn span_of(&self, key: &str) -> Range<usize> {
        self.given(key).map_or_else(|| self.span.clone(), |given| given.span.clone())
    }
}

impl FilterKeys {
    fn script(&self, text: Vec<u8>) -> Script {
        Script {
            source: text.into(),
            config: self.config.clone().unwrap_or(oyez_filter::Tree::Object(Vec::new())),
            on_error: self.on_error,
            time_limit: self.time_limit,
            memory_limit: usize::try_from(self.memory_limit).unwrap_or(usize::MAX),
            max_errors: Some(self.max_errors).filter(|max| *max > 0),
        }
    }
}

struct Reader<'p> {
    positions: &'p Positions<'p>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn refuse(&mut self, span: &Range<usize>, key: &str, message: impl Into<String>, hint: Option<String>) {
        let key = Some(if key.is_empty() { NAME.to_owned() } else { format!("{NAME}.{key}") });
        self.problems.push(Problem { place: self.positions.place(span), key, message: message.into(), hint });
    }

    fn tables<'a>(&mut self, value: &'a Spanned<DeValue<'a>>) -> Vec<(&'a DeTable<'a>, Range<usize>)> {
        let DeValue::Array(items) = value.get_ref() else {
            let found = Given::from_toml(value).type_name();
            let hint = Some("each filter's keys go below a line [[filter]]".to_owned());
            self.refuse(&value.span(), "", format!("expected tables, found {found}"), hint);
            return Vec::new();
        };
        if items.len() > MAX_FILTERS {
            self.refuse(&value.span(), "", format!("there are more than {MAX_FILTERS} filters"), None);
            return Vec::new();
        }
        let mut tables = Vec::new();
        for item in items {
            if let DeValue::Table(table) = item.get_ref() {
                tables.push((table, item.span()));
            } else {
                let found = Given::from_toml(item).type_name();
                self.refuse(&item.span(), "", format!("expected a table, found {found}"), None);
            }
        }
        tables
    }

    fn draft<'a>(&mut self, number: usize, table: &'a DeTable<'a>, span: Range<usize>) -> Draft<'a> {
        let (mut keys, mut given, mut is_wrong) = (keyed::defaults(KEYS), Vec::new(), false);
        let mut values = keyed::blank(KEYS);
        for (name, value) in table {
            let Some(key) = KEYS.iter().find(|key| key.name == name.get_ref()) else {
                let near = nearest(name.get_ref(), KEYS.iter().map(|key| key.name));
                let message = format!("unknown key {}", name.get_ref().escape_debug());
                self.refuse(&name.span(), "", message, near.map(|near| format!("did you mean {near}?")));
                is_wrong = true;
                continue;
            };
            let value = Given::from_toml(value);
            let origin = Origin::File(self.positions.place(&name.span()));
            if let Err(refusals) = keyed::take(key, &value, origin, (&mut keys, &mut values)) {
                is_wrong = true;
                for (at, refusal) in refusals {
                    self.refuse(&refusal.span, &at, refusal.message, refusal.hint);
                }
            }
            given.push((key.name, value));
        }
        if keys.on_error == OnError::Drop && !given.iter().any(|(name, _)| *name == "max_errors") {
            // Once switched off it would let everything pass.
            keys.max_errors = 0;
            keyed::show(&mut values, "max_errors", "0".to_owned(), Origin::Default);
        }
        let name = keys.name.clone().or_else(|| Some(stem(keys.lua.as_deref()?)));
        let name = name.unwrap_or_else(|| format!("filter {number}"));
        let mut draft = Draft { keys, name, span, given, values, is_wrong };
        self.check_name(&mut draft);
        self.check_keys(&mut draft);
        draft
    }

    fn check_name(&mut self, draft: &mut Draft<'_>) {
        let is_fit = draft.name.len() <= MAX_NAME && !draft.name.chars().any(char::is_control);
        if !is_fit {
            draft.is_wrong = true;
            let span = draft.span_of(if draft.keys.name.is_some() { "name" } else { "lua" });
            self.refuse(
                &span,
                "name",
                format!("expected at most {MAX_NAME} bytes, none of them control characters"),
                None,
            );
        }
        let name = &draft.name;
        draft.values.retain(|value| draft.keys.lua.is_some() || keys::of(&value.path) != Of::Script);
        draft.values.retain(|value| draft.keys.condition.is_some() || keys::of(&value.path) != Of::Matcher);
        for value in draft.values.iter_mut().filter(|value| value.path == "name" && value.value.is_none()) {
            value.value = Some(super::kind::quoted(name));
        }
    }

    /// Whether the keys go together.
    fn check_keys(&mut self, draft: &mut Draft<'_>) {
        let is_set = |key: &str| draft.given(key).is_some();
        let found = match (is_set("match"), is_set("action"), is_set("lua")) {
            (true, _, true) => Some(("lua", "a filter has a match or a script, not both")),
            (false, true, true) => {
                Some(("action", "it goes with a match; a script says itself what becomes of an event"))
            }
            (true, false, false) => Some(("match", "there is no action for what matches")),
            (false, true, false) => Some(("action", "there is no match that says which events it is about")),
            (false, false, false) => {
                Some(("", "a filter needs a match and an action, or lua with the path of a script"))
            }
            (true, true, false) | (false, false, true) => None,
        };
        let astray = || {
            let wrong = |(name, _): &&(&'static str, Given<'_>)| keys::of(name) == Of::Script;
            let (name, _) = draft.given.iter().find(wrong).filter(|_| !is_set("lua"))?;
            Some((*name, "it is for filters with a script"))
        };
        let found = found.or_else(astray);
        if let Some((key, message)) = found {
            draft.is_wrong = true;
            let span = draft.span_of(key);
            self.refuse(&span, key, message, None);
        }
    }

    fn refuse_same_names(&mut self, drafts: &[Draft<'_>]) {
        let mut seen = std::collections::HashMap::new();
        for draft in drafts {
            let Some(other) = seen.insert(&draft.name, &draft.span) else { continue };
            let Place::At { line, .. } = self.positions.place(other) else { continue };
            let key = if draft.keys.name.is_some() { "name" } else { "" };
            let message = format!("the filter of line {line} is called {:?}, too", draft.name);
            self.refuse(&draft.span_of(key), key, message, Some("give it a name of its own".to_owned()));
        }
    }

    /// What is to be compiled.
    fn spec(&mut self, draft: &Draft<'_>) -> Option<Spec> {
        if draft.is_wrong {
            return None;
        }
        let FilterKeys { condition, action, lua, .. } = &draft.keys;
        let what = match (condition, action, lua) {
            (Some(condition), Some(action), _) => What::Match { condition: condition.clone(), action: action.clone() },
            (_, _, Some(path)) => match script::read(path, Trust::Owner) {
                Ok(text) => What::Script(draft.keys.script(text)),
                Err(message) => {
                    self.refuse(&draft.span_of("lua"), "lua", message, None);
                    return None;
                }
            },
            _ => return None,
        };
        Some(Spec { name: Arc::from(&*draft.name), what })
    }
}

/// What does not compile, where it stands.
fn problem(cause: Cause, draft: &Draft<'_>, positions: &Positions<'_>) -> Problem {
    match cause {
        Cause::Condition(fault) => {
            let nothing = Given { value: Value::Other("nothing"), span: draft.span.clone() };
            let (key, refusal) = table::fault("match", fault, draft.given("match").unwrap_or(&nothing));
            let Refusal { message, hint, span } = refusal;
            Problem { place: positions.place(&span), key: Some(format!("{NAME}.{key}")), message, hint }
        }
        Cause::Action(message) => {
            let place = positions.place(&draft.span_of("action"));
            Problem { place, key: Some(format!("{NAME}.action")), message, hint: None }
        }
        Cause::TooMany(message) => {
            Problem { place: positions.place(&draft.span), key: Some(NAME.to_owned()), message, hint: None }
        }
        Cause::Script { line, message } => {
            let place = draft.keys.lua.as_deref().map(|path| in_script(path, line));
            let place = place.unwrap_or_else(|| positions.place(&draft.span));
            Problem { place, key: None, message, hint: None }
        }
    }
}

fn in_script(path: &Path, line: Option<usize>) -> Place {
    let file = path.to_owned();
    line.map_or_else(|| Place::File(file.clone()), |line| Place::At { file: file.clone(), line, column: 1 })
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests;
