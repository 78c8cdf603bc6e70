//! What every file has of its own: kernel/audit.c, `audit_log_name`.

use oyez_tables::record_type;

use super::super::Span;
use super::{Reader, Value};
use crate::Record;

/// `item=… name=… inode=… dev=…` and nothing else, in front of ` mode=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathFront {
    /// A whole number of at most 15 digits without a leading zero.
    pub item: Span,
    /// A quoted value, or a bare one: hex, or `(null)`.
    pub name: Value,
    /// A whole number of at most 15 digits without a leading zero.
    pub inode: Span,
    /// At most 16 hex digits and colons.
    pub dev: Span,
    /// Where ` mode=` begins, in bytes.
    pub end: usize,
}

/// Reads the front of `record`; `None` for all that is otherwise, and for some at the very end of their memory.
#[inline]
pub fn path_front(record: &Record<'_>) -> Option<PathFront> {
    if record.number() != record_type::PATH {
        return None;
    }
    let mut reader = Reader { text: record.text(), at: 0 };
    let item = reader.number(b"item=")?;
    reader.literal(b" name=")?;
    let name = reader.value(record.body().len())?;
    let inode = reader.number(b" inode=")?;
    reader.literal(b" dev=")?;
    let dev = reader.device()?;
    let end = reader.at;
    reader.literal(b" mode=")?;
    (reader.at <= record.body().len()).then_some(PathFront { item, name, inode, dev, end })
}

#[cfg(test)]
mod tests {
    use oyez_tables::key::Key;
    use proptest::prelude::*;

    use super::super::super::{Field, FieldKey, Fields, Form};
    use super::*;

    const USUAL: &str = "item=0 name=\"/etc/a=b\" inode=401923 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00";

    fn check(text: &[u8]) -> bool {
        let Some(front) = path_front(&Record::new(record_type::PATH, text)) else { return false };
        let PathFront { item, name, inode, dev, end } = front;
        let mut fields = Fields::new();
        fields.split(&Record::new(record_type::PATH, text).front(end));
        assert!(fields.claimed().is_empty());
        let own: Vec<_> = fields.own().iter().map(|Field { key, form, value, .. }| (*key, *form, *value)).collect();
        let read = [
            (Key::Item, Form::Bare, item),
            (Key::Name, name.form, name.span),
            (Key::Inode, Form::Bare, inode),
            (Key::Dev, Form::Bare, dev),
        ];
        assert_eq!(own, read.map(|(key, form, value)| (FieldKey::Known(key), form, value)), "{}", text.escape_ascii());
        assert!(text[end..].starts_with(b" mode="));
        let is_plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'\\';
        assert!(!name.is_plain || name.span.of(text).iter().all(is_plain), "{}", text.escape_ascii());
        for number in [item, inode] {
            let number = str::from_utf8(number.of(text)).unwrap();
            assert_eq!(number.parse::<u64>().unwrap().to_string(), number);
        }
        assert!(dev.of(text).iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b':') && !dev.is_empty());
        true
    }

    #[test]
    fn what_the_kernel_writes_is_read() {
        assert!(check(USUAL.as_bytes()));
        for name in ["\"\"", "2F6120", "(null)", "\"/etc/a mode=1\"", "\"/etc/\\a\""] {
            assert!(check(USUAL.replace("\"/etc/a=b\"", name).as_bytes()), "{name}");
        }
        assert!(check(USUAL.replace("/etc/a=b", "/a-name-that-is-longer-than-sixteen-bytes'-worth").as_bytes()));
    }

    #[test]
    fn what_the_kernel_writes_otherwise_is_refused() {
        for (from, to) in [
            ("item=0", "item=00"),
            ("\"/etc/a=b\"", "'/etc/a'"),
            ("\"/etc/a=b\"", "\"/etc/a=b"),
            ("\"/etc/a=b\"", "\"/etc/a\" b\""),
            (" inode=401923", ""),
            ("401923", "1234567890123456"),
            ("fd:01", ""),
            ("fd:01", "fd:0x"),
            (" mode=", " obj=x mode="),
        ] {
            assert!(!check(USUAL.replacen(from, to, 1).as_bytes()), "{from} → {to}");
        }
        for len in 0..USUAL.len() {
            let is_read = path_front(&Record::new(record_type::PATH, USUAL.as_bytes()).front(len)).is_some();
            assert_eq!(is_read, len >= USUAL.find("0100755").unwrap(), "{len}");
        }
    }

    proptest! {
        #[test]
        fn it_says_what_splitting_says(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'"'), b'0'..=b'9', Just(b'=')], 0..3usize), 0..3),
        ) {
            let mut text = USUAL.as_bytes().to_vec();
            for (place, byte, how) in changes {
                let place = place.index(text.len());
                match how {
                    0 => text[place] = byte,
                    1 => text.insert(place, byte),
                    _ => drop(text.remove(place)),
                }
            }
            check(&text);
        }
    }
}
