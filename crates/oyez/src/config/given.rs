//! A value as it was given, in the file or by a flag, before any key says what it should be. Only what no key ever takes
//! (dates) is reduced to its type's name.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

/// A value and where it stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<'a> {
    /// The value.
    pub value: Value<'a>,
    /// Its bytes in the file; empty for a flag.
    pub span: Range<usize>,
}

/// A value, untyped.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number; what does not fit is the largest there is, and so out of every range.
    Integer(i128),
    /// A number with a fraction; what is none that can be had is not a number (NaN).
    Fraction(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// A path that is not UTF-8; from a flag only.
    Path(PathBuf),
    /// An array.
    List(Vec<Given<'a>>),
    /// A table: its keys and what they hold.
    Table(Vec<Member<'a>>),
    /// Anything else, by the name of its type.
    Other(&'static str),
}

/// A key of a table with what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'a> {
    /// The key.
    pub name: Cow<'a, str>,
    /// The key's bytes in the file.
    pub name_span: Range<usize>,
    /// What it holds.
    pub value: Given<'a>,
}

impl<'a> Given<'a> {
    /// One word from a flag.
    pub fn word(text: impl Into<Cow<'a, str>>) -> Self {
        Self { value: Value::Text(text.into()), span: 0..0 }
    }

    /// A path from a flag; its bytes may be any.
    #[must_use]
    pub fn path(path: &Path) -> Self {
        let value = match path.to_str() {
            Some(text) => Value::Text(Cow::Owned(text.to_owned())),
            None => Value::Path(path.to_owned()),
        };
        Self { value, span: 0..0 }
    }

    /// Several words from a flag; `--flag ''` is an empty list.
    pub fn words(texts: &'a [String]) -> Self {
        let texts = texts.iter().filter(|text| !text.is_empty());
        Self { value: Value::List(texts.map(|text| Self::word(text.as_str())).collect()), span: 0..0 }
    }

    /// A value of the file.
    #[must_use]
    pub fn from_toml(toml: &'a Spanned<DeValue<'a>>) -> Self {
        let value = match toml.get_ref() {
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Integer(number) => {
                Value::Integer(i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(i128::MAX))
            }
            DeValue::String(text) => Value::Text(Cow::Borrowed(text.as_ref())),
            DeValue::Array(items) => Value::List(items.iter().map(Self::from_toml).collect()),
            DeValue::Float(number) => Value::Fraction(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Datetime(_) => Value::Other("a date"),
            DeValue::Table(table) => {
                let member = |(name, value): (&'a Spanned<_>, _)| Member {
                    name: Cow::Borrowed(AsRef::<str>::as_ref(name.get_ref())),
                    name_span: name.span(),
                    value: Self::from_toml(value),
                };
                Value::Table(table.iter().map(member).collect())
            }
        };
        Self { value, span: toml.span() }
    }

    /// What kind of value it is, for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.value {
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a number",
            Value::Fraction(_) => "a fraction",
            Value::Text(_) => "a string",
            Value::Path(_) => "a path",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(name) => name,
        }
    }
}
