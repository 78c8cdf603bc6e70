//! Values of oyez's JSON as the exact bytes they stand for.

use serde_json::{Map, Value};

use crate::fields::unhex;

/// What a member says: text (its `_hex` twin where it has one), or a number's digits. `None` where it is missing.
pub(crate) fn member(object: &Value, name: &str) -> Option<Vec<u8>> {
    let object = object.as_object()?;
    placed(object, name).or_else(|| misplaced(object, name))
}

/// What stands behind a path of names, from `root`.
pub(crate) fn at(root: &Value, path: &[&str]) -> Option<Vec<u8>> {
    let (name, path) = path.split_last()?;
    member(path.iter().try_fold(root, |value, name| value.get(name))?, name)
}

fn placed(object: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    match object.get(&format!("{name}_hex")) {
        Some(Value::String(hex)) => unhex(hex.as_bytes()),
        _ => scalar(object.get(name)?),
    }
}

/// A field that could not be a member stands in the list `more`.
fn misplaced(object: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    let more = object.get("more")?.as_array()?;
    let entry =
        more.iter().filter_map(Value::as_object).find(|entry| entry.get("key").is_some_and(|key| key == name))?;
    placed(entry, "value")
}

fn scalar(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Number(number) => Some(number.to_string().into_bytes()),
        _ => None,
    }
}

/// The elements of a list of text, `None` for those that are missing.
pub(crate) fn list(object: &Value, name: &str) -> Option<Vec<Option<Vec<u8>>>> {
    if let Some(exact) = object.get(format!("{name}_hex")).and_then(Value::as_array) {
        return Some(
            exact.iter().map(|item| item.as_str().map(|hex| unhex(hex.as_bytes()).unwrap_or_default())).collect(),
        );
    }
    Some(object.get(name)?.as_array()?.iter().map(scalar).collect())
}
