//! Defaults, file and flags, one over the other, into [`Settings`].

use std::fmt;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::conflicts;
use super::document;
use super::filters::{self, ConfiguredFilters};
use super::given::Given;
use super::keys::{self, Applies, KeyDef};
use super::outputs::{self, ConfiguredOutputs};
use super::problem::{Place, Positions, Problem, Problems};
use super::rules::{self, ConfiguredRules};
use super::settings::Settings;

/// A file larger than this is not a configuration, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Which file to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// [`DEFAULT_PATH`](super::DEFAULT_PATH), which need not exist.
    Default,
    /// This one, which must.
    File(&'a Path),
    /// None.
    Nothing,
}

/// A flag that outranks the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Override<'a> {
    /// The flag as it is typed: `--mode`.
    pub flag: &'static str,
    /// The full name of the key it stands for; `output` for one output in the place of all.
    pub key: &'static str,
    /// What was given.
    pub given: Given<'a>,
}

/// A whole configuration that passed every check.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The values.
    pub settings: Settings,
    /// The same, key by key, in the table's order, with where each came from.
    pub values: Vec<Effective>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// What `rules` and `rules_dir` ask for.
    pub(crate) rules: ConfiguredRules,
    /// The filters.
    pub(crate) filters: ConfiguredFilters,
    /// The outputs.
    pub(crate) outputs: ConfiguredOutputs,
    /// What is doubtful about the settings, each a line for the user with its place.
    pub(crate) warnings: Vec<String>,
}

/// The value of one key.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The key's full name: that within its table for a filter's or an output's.
    pub path: String,
    /// Its name within its section.
    pub name: &'static str,
    /// When a changed value counts.
    pub applies: Applies,
    /// Its value as TOML; `None` when unset.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The table of keys.
    Default,
    /// A place in the file.
    File(Place),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(Place::At { file, line, .. }) => write!(f, "{}:{line}", file.display()),
            Self::File(place) => place.fmt(f),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

impl Effective {
    /// A key at its default.
    pub(super) fn default_of<S>(path: String, key: &KeyDef<S>) -> Self {
        let value = key.default.map(str::to_owned);
        Self { path, name: key.name, applies: key.applies, value, origin: Origin::Default }
    }
}

impl Loaded {
    /// The keys whose values differ in a newer configuration that count only at a restart: name, value here, value there.
    pub fn needs_restart<'a>(&'a self, newer: &'a Self) -> impl Iterator<Item = (&'a Effective, &'a Effective)> {
        self.values
            .iter()
            .zip(&newer.values)
            .filter(|(old, new)| old.value != new.value && old.applies == Applies::Restart)
    }
}

impl Default for Settings {
    /// What holds with an empty file and no flags.
    fn default() -> Self {
        Checker::with_defaults().settings
    }
}

/// Reads the file and checks it together with the flags.
///
/// # Errors
/// Everything that is wrong, among it that the file can't be read.
pub fn load(source: Source<'_>, flags: &[Override<'_>]) -> Result<Loaded, Problems> {
    let (path, required) = match source {
        Source::Nothing => return check(None, flags),
        Source::Default => (Path::new(super::DEFAULT_PATH), false),
        Source::File(path) => (path, true),
    };
    match read(path) {
        Ok(text) => check(Some((path, &text)), flags),
        Err(Unread::Missing) if !required => check(None, flags),
        Err(unread) => Err(Problems(vec![unread.problem(path)])),
    }
}

/// Checks the text of a file, when there is one, together with the flags. Defaults come first, then the file, then flags.
///
/// # Errors
/// Everything that is wrong.
pub fn check(file: Option<(&Path, &str)>, flags: &[Override<'_>]) -> Result<Loaded, Problems> {
    let mut checker = Checker::with_defaults();
    if let Some((path, text)) = file {
        checker.take_file(path, text);
    }
    for flag in flags {
        checker.take_flag(flag);
    }
    checker.find_conflicts();
    checker.compile_patterns();
    checker.compile_rules();
    checker.settle_outputs();
    checker.finish(file.map(|(path, _)| path.to_owned()))
}

struct Checker {
    settings: Settings,
    values: Vec<Effective>,
    problems: Vec<Problem>,
    rules: ConfiguredRules,
    filters: ConfiguredFilters,
    drafts: Vec<outputs::Draft>,
    outputs: ConfiguredOutputs,
}

impl Checker {
    fn with_defaults() -> Self {
        let values = keys::all().map(|(path, key)| Effective::default_of(path, key)).collect();
        let mut checker = Self {
            settings: Settings::BLANK,
            values,
            problems: Vec::new(),
            rules: ConfiguredRules::default(),
            filters: ConfiguredFilters::default(),
            drafts: Vec::new(),
            outputs: ConfiguredOutputs::default(),
        };
        for (path, key) in keys::all() {
            if let Some(Ok(value)) = key.default.map(DeValue::parse) {
                checker.take(&path, &Given::from_toml(&value), Origin::Default, |_| Place::Flag("default"));
            }
        }
        checker
    }

    fn take_file(&mut self, path: &Path, text: &str) {
        let positions = Positions::new(path, text);
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = positions.place(&error.span().unwrap_or(0..0));
            self.problems.push(Problem { place, key: None, message: error.message().to_owned(), hint: None });
        }
        let (entries, faults) = document::entries(root.get_ref());
        for document::Fault { span, key, message, hint } in faults {
            self.problems.push(Problem { place: positions.place(&span), key, message, hint });
        }
        if let Some((_, tables)) = root.get_ref().iter().find(|(name, _)| name.get_ref() == filters::NAME) {
            let (filters, problems) = filters::read(tables, &positions);
            self.filters = filters;
            self.problems.extend(problems);
        }
        if let Some((_, tables)) = root.get_ref().iter().find(|(name, _)| name.get_ref() == outputs::NAME) {
            let (drafts, problems) = outputs::read(tables, &positions);
            self.drafts = drafts;
            self.problems.extend(problems);
        }
        for entry in entries {
            let origin = Origin::File(positions.place(&entry.name_span));
            self.take(&entry.path, &entry.given, origin, |span| positions.place(span));
        }
    }

    fn take_flag(&mut self, flag: &Override<'_>) {
        if flag.key != outputs::NAME {
            return self.take(flag.key, &flag.given, Origin::Flag(flag.flag), |_| Place::Flag(flag.flag));
        }
        let (drafts, problems) = outputs::of_flag(flag.flag, &flag.given);
        self.drafts = drafts;
        self.problems.extend(problems);
    }

    /// Puts the outputs beside each other; none at all is one.
    fn settle_outputs(&mut self) {
        let drafts = std::mem::take(&mut self.drafts);
        let drafts = if drafts.is_empty() { outputs::standard() } else { drafts };
        let Some(format) = self.values.iter().find(|value| value.path == "format") else { return };
        let (outputs, problems) = outputs::settle(drafts, &self.settings, format);
        self.outputs = outputs;
        self.problems.extend(problems);
    }

    fn take(&mut self, path: &str, given: &Given<'_>, origin: Origin, place: impl Fn(&Range<usize>) -> Place) {
        let Some(slot) = self.values.iter_mut().find(|value| value.path == path) else { return };
        let Some(key) = keys::find(path) else { return };
        match key.kind.apply(given, &mut self.settings) {
            Ok(value) => (slot.value, slot.origin) = (Some(value), origin),
            Err(refusals) => self.problems.extend(refusals.into_iter().map(|refusal| Problem {
                place: place(&refusal.span),
                key: Some(path.to_owned()),
                message: refusal.message,
                hint: refusal.hint,
            })),
        }
    }

    fn find_conflicts(&mut self) {
        for conflict in conflicts::find(&self.settings) {
            let wrong = |problem: &Problem| conflict.keys.iter().any(|key| problem.key.as_deref() == Some(*key));
            if self.problems.iter().any(wrong) {
                continue;
            }
            let problem = Problem {
                place: self.set_at(&conflict.keys),
                key: Some(conflict.keys[0].to_owned()),
                message: conflict.message.to_owned(),
                hint: None,
            };
            self.problems.push(problem);
        }
    }

    /// Tries whether the patterns for secrets are too much together, where each by itself is fine.
    fn compile_patterns(&mut self) {
        let is_of_them = |problem: &Problem| problem.key.as_deref().is_some_and(|key| key.starts_with("enrich.redact"));
        if self.problems.iter().any(is_of_them) {
            return;
        }
        if let Err((key, message)) = self.settings.enrich.check_patterns() {
            let hint = Some("use fewer patterns, or shorter ones".to_owned());
            self.problems.push(Problem { place: self.set_at(&[key]), key: Some(key.to_owned()), message, hint });
        }
    }

    /// Reads the rules' files and makes one plan of all rules.
    fn compile_rules(&mut self) {
        let (lines, dir) = (self.set_at(&["rules"]), self.set_at(&["rules_dir"]));
        let (rules, problems) = rules::compile(&self.settings, &lines, dir);
        self.rules = rules;
        self.problems.extend(problems);
    }

    /// Where the first of these keys that is not at its default was set.
    fn set_at(&self, keys: &[&str]) -> Place {
        let origin = |key: &&str| self.values.iter().find(|value| value.path == *key).map(|value| &value.origin);
        match keys.iter().filter_map(origin).find(|origin| **origin != Origin::Default) {
            Some(Origin::File(place)) => place.clone(),
            Some(Origin::Flag(flag)) => Place::Flag(flag),
            Some(Origin::Default) | None => Place::Flag("default"),
        }
    }

    fn warnings(&self) -> Vec<String> {
        let line = |doubt: &conflicts::Conflict| {
            format!("{}: warning: {}: {}", self.set_at(&doubt.keys), doubt.keys[0], doubt.message)
        };
        conflicts::doubts(&self.settings).map(line).collect()
    }

    fn finish(mut self, file: Option<PathBuf>) -> Result<Loaded, Problems> {
        if self.problems.is_empty() {
            let warnings = self.warnings();
            let Self { settings, values, rules, filters, outputs, .. } = self;
            return Ok(Loaded { settings, values, file, rules, filters, outputs, warnings });
        }
        self.problems.sort_by_key(|problem| match &problem.place {
            Place::File(_) => (0, 0, 0),
            // Files of rules come behind the one that names them, in their own order.
            Place::At { file: of, .. } if Some(of) != file.as_ref() => (1, 0, 0),
            Place::At { line, column, .. } => (0, *line, *column),
            Place::Flag(_) => (2, 0, 0),
        });
        Err(Problems(self.problems))
    }
}

/// Why a file was not read.
enum Unread {
    Missing,
    Failed(std::io::Error),
    TooLarge,
    NotText { line: usize, column: usize },
}

impl Unread {
    fn problem(self, file: &Path) -> Problem {
        let whole = Place::File(file.to_owned());
        let (place, message) = match self {
            Self::Missing => (whole, "cannot read the configuration: no such file".to_owned()),
            Self::Failed(error) => (whole, format!("cannot read the configuration: {error}")),
            Self::TooLarge => (whole, format!("cannot read the configuration: larger than {MAX_FILE} bytes")),
            Self::NotText { line, column } => {
                (Place::At { file: file.to_owned(), line, column }, "the text is not UTF-8 here".to_owned())
            }
        };
        Problem { place, key: None, message, hint: None }
    }
}

fn read(path: &Path) -> Result<String, Unread> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Unread::Missing,
        _ => Unread::Failed(error),
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Unread::TooLarge);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Unread::NotText { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    })
}
