//! JSON, read strictly.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// All strings and numbers of one JSON text, in their order, as text; member names are not among them.
///
/// # Errors
/// It is not one JSON value with nothing behind it; an object in it has two members whose names are equal or differ by case
/// alone; a number in it is not whole.
pub fn values(text: &str) -> serde_json::Result<Vec<String>> {
    read(text, str::to_lowercase)
}

/// The same for a format in which case tells names apart.
///
/// # Errors
/// As [`values`], but names that differ by case are two.
pub fn values_by_case(text: &str) -> serde_json::Result<Vec<String>> {
    read(text, str::to_owned)
}

fn read(text: &str, same: fn(&str) -> String) -> serde_json::Result<Vec<String>> {
    let mut values = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    Strict(&mut values, same).deserialize(&mut reader)?;
    reader.end()?;
    Ok(values)
}

/// What was found, and what two names that are one have in common.
struct Strict<'v>(&'v mut Vec<String>, fn(&str) -> String);

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
        while list.next_element_seed(Strict(self.0, self.1))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            if !names.insert((self.1)(&name)) {
                return Err(A::Error::custom(format!("two members are called {name}")));
            }
            object.next_value_seed(Strict(self.0, self.1))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{values, values_by_case};

    #[test]
    fn strings_and_numbers_are_found_at_any_depth() {
        let found = values(r#"{"a":{"b":true,"c":"x"},"b":[-1,null,{"a":18446744073709551615}]}"#);
        assert_eq!(found.ok(), Some(["x", "-1", "18446744073709551615"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_a_reader_could_take_two_ways_is_refused() {
        for bad in [r#"{"a":1,"A":"x"}"#, r#"{"a":[{"b":{},"b":null}]}"#, "{} {}", "[1.5]", "{", ""] {
            assert!(values(bad).is_err(), "{bad}");
        }
        assert!(values_by_case(r#"{"a":1,"A":"x"}"#).is_ok() && values_by_case(r#"{"a":1,"a":"x"}"#).is_err());
    }
}
