//! What the tail of an ENRICHED record calls an id.
//!
//! A split record and a key in, a name out. auditd quotes names, and writes those bare in upper-case hex that hold blanks or
//! bytes beyond ASCII (auditd.conf(5), `log_format`). A name that is cut off is none.

use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_tables::key::Key;

/// What `tail`, which `fields` were split from, says of `key`, decoded; hex goes to `scratch`, whose content is lost.
pub fn explained<'s>(fields: &Fields, tail: &'s [u8], key: Key, scratch: &'s mut Vec<u8>) -> Option<&'s [u8]> {
    among(fields.tail(), tail, key, scratch)
}

/// The same, where only the fields of the tail are at hand.
pub fn among<'s>(fields: &[Field], tail: &'s [u8], key: Key, scratch: &'s mut Vec<u8>) -> Option<&'s [u8]> {
    let field = find(fields, key)?;
    let value = field.value.of(tail);
    // These are words of auditd's own, or a whole address, and never hex.
    if matches!(key, Key::Arch | Key::Syscall | Key::Saddr) {
        return Some(value).filter(|value| !value.is_empty());
    }
    match untrusted(value, field.form, scratch) {
        Text::Bytes(name) => Some(name),
        Text::Absent => None,
    }
}

/// The field of the tail that explains `key`, unless it is cut off.
pub fn field(fields: &Fields, key: Key) -> Option<Field> {
    find(fields.tail(), key)
}

fn find(tail: &[Field], key: Key) -> Option<Field> {
    let field = tail.iter().find(|field| field.key == FieldKey::Known(key))?;
    (field.form != Form::Torn).then_some(*field)
}

#[cfg(test)]
mod tests {
    use oyez_events::Record;

    use super::*;

    #[test]
    fn names_are_decoded_and_torn_ones_left() {
        let table: [(&str, Option<&[u8]>); 7] = [
            ("UID=\"alice\"", Some(b"alice")),
            ("UID=616C69636520736D697468", Some(b"alice smith")),
            ("UID=C3A9", Some("\u{e9}".as_bytes())),
            ("UID=root", Some(b"root")),
            ("UID=\"C3A9\"", Some(b"C3A9")),
            ("UID=\"ali", None),
            ("GID=\"x\"", None),
        ];
        let (mut fields, mut scratch) = (Fields::new(), Vec::new());
        for (tail, wanted) in table {
            fields.split(&Record::new(1300, b"uid=1").with_tail(tail.as_bytes()));
            assert_eq!(explained(&fields, tail.as_bytes(), Key::Uid, &mut scratch), wanted, "{tail}");
        }
    }
}
