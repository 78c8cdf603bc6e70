//! What `oyez config show --json` tells: every key under its full name, its value, and where that came from. Values are
//! those the file would have, as JSON; what is not set is left out.

use serde::{Serialize, Serializer};
use toml::de::DeValue;

use crate::config::given::{Given, Value};
use crate::config::{Effective, Loaded, Origin, Place};

/// Everything there is to tell.
#[derive(Debug, Serialize)]
pub(super) struct Report<'l> {
    /// The file that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    keys: Keys<'l>,
    filters: Vec<Keys<'l>>,
    outputs: Vec<Keys<'l>>,
}

impl<'l> Report<'l> {
    /// What is in force.
    pub(super) fn of(loaded: &'l Loaded) -> Self {
        let file = loaded.file.as_ref().map(|file| file.display().to_string());
        let (filters, outputs) = (loaded.filters.all().map(Keys), loaded.outputs.all().map(Keys));
        Self { file, keys: Keys(&loaded.values), filters: filters.collect(), outputs: outputs.collect() }
    }
}

/// An object of all keys, in the table's order.
#[derive(Debug)]
struct Keys<'l>(&'l [Effective]);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|effective| (&effective.path, Key::of(effective))))
    }
}

#[derive(Debug, PartialEq, Serialize)]
struct Key {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    from: &'static str,
    /// The file's line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<&'static str>,
}

impl Key {
    fn of(effective: &Effective) -> Self {
        let (from, line, flag) = match effective.origin {
            Origin::Default => ("default", None, None),
            Origin::File(Place::At { line, .. }) => ("file", Some(line), None),
            Origin::File(_) => ("file", None, None),
            Origin::Flag(flag) => ("flag", None, Some(flag)),
        };
        Self { value: effective.value.as_deref().and_then(json), from, line, flag }
    }
}

/// A value that is written as TOML.
fn json(text: &str) -> Option<serde_json::Value> {
    DeValue::parse(text).ok().map(|value| plain(&Given::from_toml(&value).value))
}

fn plain(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Integer(number) => i64::try_from(*number).ok().into(),
        Value::Fraction(number) => (*number).into(),
        Value::Text(text) => text.as_ref().into(),
        Value::List(items) => items.iter().map(|item| plain(&item.value)).collect(),
        Value::Table(members) => {
            let members = members.iter().map(|member| (member.name.to_string(), plain(&member.value.value)));
            serde_json::Value::Object(members.collect())
        }
        // No key takes the one, no file holds the other.
        Value::Other(_) | Value::Path(_) => serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{check, keys};

    #[test]
    fn every_key_is_told_with_a_value_or_as_unset() {
        let loaded = check(None, &[]).unwrap();
        let told = serde_json::to_value(Report::of(&loaded)).unwrap();
        let told = told["keys"].as_object().unwrap();
        assert_eq!(told.len(), keys::all().count());
        for (path, key) in keys::all() {
            assert_eq!(told[&path].get("value").is_some(), key.default.is_some(), "{path}");
            assert!(told[&path].get("value").is_none_or(|value| !value.is_null()), "{path}");
        }
    }

    #[test]
    fn values_of_toml_are_those_of_json() {
        for (toml, wanted) in [
            ("true", serde_json::json!(true)),
            ("4294967295", serde_json::json!(4_294_967_295_u32)),
            (r#""a \"b\" \\ \u001B""#, serde_json::json!("a \"b\" \\ \u{1b}")),
            (r#"["a2", "a3"]"#, serde_json::json!(["a2", "a3"])),
            ("[]", serde_json::json!([])),
        ] {
            assert_eq!(json(toml), Some(wanted), "{toml}");
        }
    }
}
