//! What a key takes: type, range or choices, and the field it goes to: of [`Settings`], or of a filter's or an output's.
//! [`Kind::apply`] turns a value as it was given into a setting; what does not fit is refused with what was expected, and
//! nothing is stored.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use oyez_enrich::process::LabelRule;
use oyez_enrich::redact::{Pattern, Target};
use oyez_filter::Tree;
use oyez_tables::key::Key;

use super::given::{Given, Member, Value};
use super::settings::{Node, Settings, Share};
use super::suggest::nearest;
use super::{enrich, fields, record_types, rules, table, units};

/// The field of [`Settings`] a value goes to, or of what else holds settings.
pub type Place<T, S = Settings> = fn(&mut S) -> &mut T;

/// What a key takes and where it goes.
#[derive(Debug)]
pub enum Kind<S: 'static = Settings> {
    /// `true` or `false`.
    Bool(Place<bool, S>),
    /// A whole number in a range.
    Integer {
        /// Its field.
        at: Place<u32, S>,
        /// The least allowed.
        min: u32,
        /// The most allowed.
        max: u32,
    },
    /// A whole number in a range, or unset.
    OptionalInteger {
        /// Its field.
        at: Place<Option<u32>, S>,
        /// The least allowed.
        min: u32,
        /// The most allowed.
        max: u32,
    },
    /// A share of one core, or unset: a number with up to three decimals.
    Share {
        /// Its field.
        at: Place<Option<Share>, S>,
        /// The least allowed.
        min: Share,
        /// The most allowed.
        max: Share,
    },
    /// A size: text with a unit, or a number of bytes.
    Size {
        /// Its field, in bytes.
        at: Place<u64, S>,
        /// The least allowed.
        min: u64,
        /// The most allowed.
        max: u64,
    },
    /// A duration: text with a unit, or a number of milliseconds.
    Duration {
        /// Its field.
        at: Place<Duration, S>,
        /// The least allowed.
        min_ms: u64,
        /// The most allowed.
        max_ms: u64,
    },
    /// One of several words.
    Choice {
        /// The words.
        of: &'static [Choice<S>],
        /// Words that might be expected here but are not to be had, with the reason.
        refused: &'static [(&'static str, &'static str)],
    },
    /// The absolute path of a file there has to be.
    File(Place<Option<PathBuf>, S>),
    /// An absolute path; empty is none.
    Path {
        /// Its field.
        at: Place<Option<PathBuf>, S>,
        /// Whether "-" is none also.
        dash: bool,
    },
    /// A host's name.
    Node(Place<Node, S>),
    /// A list of the kernel's field names.
    Fields(Place<Vec<Key>, S>),
    /// A list of record types, by name or number.
    RecordTypes(Place<Vec<u16>, S>),
    /// A list of audit rules, a line each.
    Rules(Place<Vec<String>, S>),
    /// A list of rules for labels, each a string.
    Labels(Place<Vec<LabelRule>, S>),
    /// Any text that is not empty, or unset.
    Text {
        /// Its field.
        at: Place<Option<String>, S>,
        /// What it is, for messages: "a name".
        what: &'static str,
    },
    /// Texts that are not empty, in a list.
    Texts {
        /// Their field.
        at: Place<Vec<String>, S>,
        /// What they are, for messages: "a list of addresses".
        what: &'static str,
    },
    /// Texts by name, as a table: names of headers, say, and what they hold.
    Pairs {
        /// Their field, in the order of the file.
        at: Place<Vec<(String, String)>, S>,
        /// What they are, for messages: "a table of headers".
        what: &'static str,
    },
    /// The mode of a file: four octal digits as text, such as "0640".
    FileMode(Place<u32, S>),
    /// A duration as [`Kind::Duration`], or unset.
    OptionalDuration {
        /// Its field.
        at: Place<Option<Duration>, S>,
        /// The least allowed.
        min_ms: u64,
        /// The most allowed.
        max_ms: u64,
    },
    /// A size as [`Kind::Size`], or unset.
    OptionalSize {
        /// Its field, in bytes.
        at: Place<Option<u64>, S>,
        /// The least allowed.
        min: u64,
        /// The most allowed.
        max: u64,
    },
    /// What no other kind is: a key that reads its value by itself.
    Own {
        /// Stores the value and gives it back as TOML. No refusals: it is not what is expected.
        read: fn(&Given<'_>, &mut S) -> Result<String, Vec<Refusal>>,
        /// What it takes, for messages and documentation.
        what: &'static str,
    },
    /// A table of any keys, or unset.
    Table(Place<Option<Tree>, S>),
    /// A list of patterns for secrets, each a string.
    Patterns {
        /// Their field.
        at: Place<Vec<Pattern>, S>,
        /// Where they are looked for.
        target: Target,
    },
}

/// One word of a [`Kind::Choice`].
#[derive(Debug)]
pub struct Choice<S = Settings> {
    /// The word.
    pub name: &'static str,
    /// What it means, without a full stop.
    pub doc: &'static str,
    /// Stores it.
    pub set: fn(&mut S),
}

/// Why a value was refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The bytes of the file it is about.
    pub span: Range<usize>,
}

impl<S> Kind<S> {
    /// Checks a value, stores it and gives it back as TOML, as `oyez config show` prints it.
    ///
    /// # Errors
    /// Everything that is wrong with it; then nothing was stored.
    pub fn apply(&self, given: &Given<'_>, settings: &mut S) -> Result<String, Vec<Refusal>> {
        let shown = match self {
            Self::Fields(at) => match fields::apply(given, at(settings)) {
                Err(refusals) if !refusals.is_empty() => return Err(refusals),
                shown => shown.ok(),
            },
            Self::RecordTypes(at) => match record_types::apply(given, at(settings)) {
                Err(refusals) if !refusals.is_empty() => return Err(refusals),
                shown => shown.ok(),
            },
            Self::Rules(at) => match rules::apply(given, at(settings)) {
                Err(refusals) if !refusals.is_empty() => return Err(refusals),
                shown => shown.ok(),
            },
            Self::Labels(at) => match enrich::labels(given, at(settings)) {
                Err(refusals) if !refusals.is_empty() => return Err(refusals),
                shown => shown.ok(),
            },
            Self::Patterns { at, target } => match enrich::patterns(given, *target, at(settings)) {
                Err(refusals) if !refusals.is_empty() => return Err(refusals),
                shown => shown.ok(),
            },
            Self::Table(at) => match table::apply(given, at(settings)) {
                Err(refusals) if !refusals.is_empty() => return Err(refusals),
                shown => shown.ok(),
            },
            Self::Own { read, .. } => match read(given, settings) {
                Err(refusals) if !refusals.is_empty() => return Err(refusals),
                shown => shown.ok(),
            },
            Self::Text { at, .. } => text(given).map(|text| {
                *at(settings) = Some(text.to_owned());
                quoted(text)
            }),
            Self::Texts { at, .. } => texts(given).map(|texts| {
                let shown: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
                *at(settings) = texts;
                format!("[{}]", shown.join(", "))
            }),
            Self::Pairs { at, .. } => pairs(given).map(|pairs| {
                let shown = table::pairs(&pairs);
                *at(settings) = pairs;
                shown
            }),
            Self::FileMode(at) => mode(given).map(|mode| quoted(&format!("{:04o}", store(at(settings), mode)))),
            Self::OptionalSize { at, min, max } => quantity(given, units::parse_size, *min, *max).map(|size| {
                *at(settings) = Some(size);
                quoted(&units::show_size(size))
            }),
            Self::OptionalDuration { at, min_ms, max_ms } => quantity(given, millis, *min_ms, *max_ms).map(|ms| {
                let duration = Duration::from_millis(ms);
                *at(settings) = Some(duration);
                quoted(&units::show_duration(duration))
            }),
            Self::Bool(at) => truth(given).map(|truth| store(at(settings), truth).to_string()),
            Self::Integer { at, min, max } => {
                integer(given, *min, *max).map(|number| store(at(settings), number).to_string())
            }
            Self::OptionalInteger { at, min, max } => integer(given, *min, *max).map(|number| {
                *at(settings) = Some(number);
                number.to_string()
            }),
            Self::Share { at, min, max } => share(given, *min, *max).map(|share| {
                *at(settings) = Some(share);
                share.to_string()
            }),
            Self::Size { at, min, max } => quantity(given, units::parse_size, *min, *max)
                .map(|size| quoted(&units::show_size(*store(at(settings), size)))),
            Self::Duration { at, min_ms, max_ms } => quantity(given, millis, *min_ms, *max_ms)
                .map(|ms| quoted(&units::show_duration(*store(at(settings), Duration::from_millis(ms))))),
            Self::Choice { of, .. } => word(given, of).map(|choice| {
                (choice.set)(settings);
                quoted(choice.name)
            }),
            Self::File(at) => path(given, false).filter(|path| !path.as_os_str().is_empty()).map(|path| {
                let shown = quoted(&path.display().to_string());
                *at(settings) = Some(path);
                shown
            }),
            Self::Path { at, dash } => path(given, *dash).map(|path| {
                let shown = quoted(&path.display().to_string());
                *at(settings) = Some(path).filter(|path| !path.as_os_str().is_empty());
                shown
            }),
            Self::Node(at) => node(given).map(|(node, shown)| {
                *at(settings) = node;
                quoted(shown)
            }),
        };
        shown.ok_or_else(|| vec![self.mismatch(given)])
    }

    /// What it takes, for messages and documentation: "a size from 64KiB to 64MiB".
    #[must_use]
    pub fn expects(&self) -> String {
        match self {
            Self::Bool(_) => "true or false".to_owned(),
            Self::Integer { min, max, .. } | Self::OptionalInteger { min, max, .. } => {
                format!("a whole number from {min} to {max}")
            }
            Self::Share { min, max, .. } => format!("a share of one core from {min} to {max}, such as 0.25"),
            Self::Size { min, max, .. } | Self::OptionalSize { min, max, .. } => {
                format!("a size from {} to {}, such as \"4MiB\"", units::show_size(*min), units::show_size(*max))
            }
            Self::Duration { min_ms, max_ms, .. } | Self::OptionalDuration { min_ms, max_ms, .. } => format!(
                "a duration from {} to {}, such as \"100ms\"",
                units::show_duration(Duration::from_millis(*min_ms)),
                units::show_duration(Duration::from_millis(*max_ms))
            ),
            Self::Choice { of, .. } => {
                let names: Vec<_> = of.iter().map(|choice| quoted(choice.name)).collect();
                format!("one of {}", names.join(", "))
            }
            Self::File(_) => "an absolute path".to_owned(),
            Self::Path { dash: false, .. } => "an absolute path, or \"\" for none".to_owned(),
            Self::Path { dash: true, .. } => "an absolute path, or \"-\" or \"\" for none".to_owned(),
            Self::Node(_) => "a name of up to 255 characters without spaces".to_owned(),
            Self::Fields(_) => "a list of field names".to_owned(),
            Self::RecordTypes(_) => "a list of record types, by name or number".to_owned(),
            Self::Rules(_) => "a list of rules, each a string of one line".to_owned(),
            Self::Labels(_) => "a list of strings \"LABEL SUBJECT PATTERN\"".to_owned(),
            Self::Text { what, .. } | Self::Texts { what, .. } | Self::Pairs { what, .. } | Self::Own { what, .. } => {
                (*what).to_owned()
            }
            Self::FileMode(_) => "the mode of a file as text, such as \"0640\"".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Patterns { .. } => "a list of regular expressions".to_owned(),
        }
    }

    fn mismatch(&self, given: &Given<'_>) -> Refusal {
        let found = match &given.value {
            Value::Text(text) => format!("\"{}\"", text.escape_debug()),
            Value::Integer(number) if *number != i128::MAX => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Fraction(number) if matches!(self, Self::Share { .. }) => number.to_string(),
            _ => given.type_name().to_owned(),
        };
        Refusal {
            message: format!("expected {}, found {found}", self.expects()),
            hint: self.advice(given),
            span: given.span.clone(),
        }
    }

    fn advice(&self, given: &Given<'_>) -> Option<String> {
        let (Self::Choice { of, refused }, Value::Text(text)) = (self, &given.value) else { return None };
        if let Some((_, reason)) = refused.iter().find(|(name, _)| name == text) {
            return Some((*reason).to_owned());
        }
        nearest(text, of.iter().map(|choice| choice.name)).map(|name| format!("did you mean \"{name}\"?"))
    }
}

/// A TOML basic string.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

fn store<T>(place: &mut T, value: T) -> &T {
    *place = value;
    place
}

fn truth(given: &Given<'_>) -> Option<bool> {
    if let Value::Bool(truth) = given.value { Some(truth) } else { None }
}

fn integer(given: &Given<'_>, min: u32, max: u32) -> Option<u32> {
    let Value::Integer(number) = given.value else { return None };
    u32::try_from(number).ok().filter(|number| (min..=max).contains(number))
}

fn share(given: &Given<'_>, min: Share, max: Share) -> Option<Share> {
    let cores = match given.value {
        Value::Integer(number) => u32::try_from(number).ok()?.into(),
        Value::Fraction(number) => number,
        _ => return None,
    };
    Share::of_cores(cores).filter(|share| (min..=max).contains(share))
}

fn quantity(given: &Given<'_>, parse: impl Fn(&str) -> Option<u64>, min: u64, max: u64) -> Option<u64> {
    let number = match &given.value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        Value::Text(text) => parse(text),
        _ => None,
    };
    number.filter(|number| (min..=max).contains(number))
}

fn millis(text: &str) -> Option<u64> {
    units::parse_duration(text).and_then(|duration| u64::try_from(duration.as_millis()).ok())
}

fn word<S>(given: &Given<'_>, of: &'static [Choice<S>]) -> Option<&'static Choice<S>> {
    let Value::Text(text) = &given.value else { return None };
    of.iter().find(|choice| choice.name == text)
}

fn text<'g>(given: &'g Given<'_>) -> Option<&'g str> {
    let Value::Text(text) = &given.value else { return None };
    Some(text.as_ref()).filter(|text| !text.is_empty())
}

fn texts(given: &Given<'_>) -> Option<Vec<String>> {
    let Value::List(items) = &given.value else { return None };
    items.iter().map(|item| text(item).map(str::to_owned)).collect()
}

fn pairs(given: &Given<'_>) -> Option<Vec<(String, String)>> {
    let Value::Table(members) = &given.value else { return None };
    let pair = |member: &Member<'_>| Some((member.name.to_string(), text(&member.value)?.to_owned()));
    members.iter().map(pair).collect()
}

/// Permissions alone: neither set-user-id nor the like.
fn mode(given: &Given<'_>) -> Option<u32> {
    let digits =
        text(given).filter(|text| text.len() == 4 && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte)))?;
    u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o777)
}

/// An empty path stands for none.
fn path(given: &Given<'_>, dash: bool) -> Option<PathBuf> {
    let text = match &given.value {
        Value::Text(text) => text,
        Value::Path(path) => return Some(path.clone()).filter(|path| path.is_absolute()),
        _ => return None,
    };
    if text.is_empty() || (dash && text == "-") {
        return Some(PathBuf::new());
    }
    Some(PathBuf::from(text.as_ref())).filter(|path| path.is_absolute() && !text.contains('\0'))
}

fn node<'g>(given: &'g Given<'_>) -> Option<(Node, &'g str)> {
    let Value::Text(text) = &given.value else { return None };
    let node = match text.as_ref() {
        "" => Node::None,
        "hostname" => Node::Hostname,
        name if name.len() <= 255 && name.chars().all(|c| !c.is_control() && !c.is_whitespace()) => {
            Node::Name(name.to_owned())
        }
        _ => return None,
    };
    Some((node, text))
}
