//! A line of JSON, read strictly.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Reads one line of output; returns all its strings and numbers as text, member names not among them.
///
/// # Panics
/// If it is not one line of valid UTF-8 that holds one JSON object, or if an object in it has two names that are equal or
/// differ by case alone, or if a control character stands in it.
pub(super) fn line(line: &[u8]) -> Vec<String> {
    let text = super::printable_line(line);
    assert!(text.starts_with('{'), "not an object: {text}");
    let mut values = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Strict(&mut values).deserialize(&mut reader).and_then(|()| reader.end());
    assert!(read.is_ok(), "{read:?} in {text}");
    values
}

struct Strict<'v>(&'v mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.push(value.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.push(value.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        Err(E::custom(format!("a number that is not whole: {value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.push(value.to_owned());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Strict(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            if !names.insert(name.to_lowercase()) {
                return Err(A::Error::custom(format!("two members are called {name}")));
            }
            object.next_value_seed(Strict(self.0))?;
        }
        Ok(())
    }
}
