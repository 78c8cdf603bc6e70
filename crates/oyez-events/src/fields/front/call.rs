//! What every call has of its own: kernel/auditsc.c, `audit_log_exit`.

use oyez_tables::key::{self, Key};
use oyez_tables::record_type;

use super::super::Span;
use super::Reader;
use crate::Record;

/// `arch=… syscall=… success=… exit=… a0=… a1=… a2=… a3=… items=…` and nothing else, in front of ` ppid=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallFront {
    /// One to 8 hex digits.
    pub arch: Span,
    /// A whole number of at most 9 digits without a leading zero.
    pub syscall: Span,
    /// Whether it is `success=yes`; else it is `success=no`.
    pub is_success: bool,
    /// A whole number of at most 15 digits without a leading zero, or that behind a minus.
    pub exit: Span,
    /// One to 16 hex digits each.
    pub args: [Span; 4],
    /// A whole number of at most 15 digits without a leading zero.
    pub items: Span,
    /// Where ` ppid=` begins, in bytes.
    pub end: usize,
}

/// Reads the front of `record`; `None` for all that is otherwise, and for some at the very end of their memory.
#[inline]
pub fn call_front(record: &Record<'_>) -> Option<CallFront> {
    if record.number() != record_type::SYSCALL {
        return None;
    }
    let mut reader = Reader { text: record.text(), at: 0 };
    let arch = reader.hexadecimal(b"arch=").filter(|arch| arch.len() <= 8)?;
    let syscall = reader.number(b" syscall=").filter(|syscall| syscall.len() <= 9)?;
    reader.literal(b" success=")?;
    let is_success = reader.literal(b"yes ").is_some();
    if !is_success {
        reader.literal(b"no ")?;
    }
    reader.literal(b"exit=")?;
    let exit = reader.signed()?;
    let args = [
        reader.hexadecimal(b" a0=")?,
        reader.hexadecimal(b" a1=")?,
        reader.hexadecimal(b" a2=")?,
        reader.hexadecimal(b" a3=")?,
    ];
    let items = reader.number(b" items=")?;
    let end = reader.at;
    reader.literal(b" ppid=")?;
    (reader.at <= record.body().len()).then_some(CallFront { arch, syscall, is_success, exit, args, items, end })
}

/// The usual order of keys behind the front.
pub(in super::super) fn behind_call() -> &'static [Key] {
    key::usual_order(record_type::SYSCALL).get(KEYS..).unwrap_or_default()
}

/// The keys of the front, and `per`, which the usual order has besides.
const KEYS: usize = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::{Field, FieldKey, Fields, Form};
    use super::*;

    const USUAL: &str = "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd5 a2=80000 a3=0 items=1 ppid=734 pid=735 auid=0";

    /// What splitting says of what stands before ` ppid=`.
    fn split(text: &[u8], end: usize) -> Vec<(FieldKey, Form, Span)> {
        let mut fields = Fields::new();
        fields.split(&Record::new(record_type::SYSCALL, text).front(end));
        assert!(fields.claimed().is_empty());
        fields.own().iter().map(|Field { key, form, value, .. }| (*key, *form, *value)).collect()
    }

    fn check(text: &[u8]) -> bool {
        let Some(front) = call_front(&Record::new(record_type::SYSCALL, text)) else { return false };
        let CallFront { arch, syscall, is_success, exit, args: [a0, a1, a2, a3], items, end } = front;
        let own = split(text, end);
        let keys = [Key::Arch, Key::Syscall, Key::Success, Key::Exit, Key::A0, Key::A1, Key::A2, Key::A3, Key::Items];
        let success = own[2].2;
        assert_eq!(success.of(text), if is_success { &b"yes"[..] } else { b"no" });
        let values = [arch, syscall, success, exit, a0, a1, a2, a3, items];
        let read: Vec<_> =
            keys.into_iter().zip(values).map(|(key, value)| (FieldKey::Known(key), Form::Bare, value)).collect();
        assert_eq!(own, read, "{}", text.escape_ascii());
        let (record, mut all, mut behind) = (Record::new(record_type::SYSCALL, text), Fields::new(), Fields::new());
        all.split(&record);
        behind.split_from(&record, end);
        let plain =
            |fields: &[Field]| fields.iter().map(|field| Field { is_number: false, ..*field }).collect::<Vec<_>>();
        assert_eq!(plain(all.own().get(9..).unwrap()), plain(behind.own()));
        assert_eq!(plain(all.claimed()), plain(behind.claimed()));
        assert_eq!(memchr::memmem::find(text, b" ppid="), Some(end));
        for number in [syscall, exit, items].map(|value| value.of(text).to_vec()) {
            let number = String::from_utf8(number).unwrap();
            assert_eq!(number.parse::<i64>().unwrap().to_string(), number);
        }
        for number in [arch, a0, a1, a2, a3] {
            assert!(u64::from_str_radix(str::from_utf8(number.of(text)).unwrap(), 16).is_ok());
        }
        true
    }

    #[test]
    fn what_the_kernel_writes_is_read() {
        assert!(check(USUAL.as_bytes()));
        assert!(check(USUAL.replace("no exit=-13", "yes exit=0").as_bytes()));
        assert!(check(USUAL.replace("7ffd5", "ffffffffffffffff").as_bytes()));
    }

    #[test]
    fn what_stands_behind_begins_with_the_process() {
        assert_eq!(behind_call().first(), Some(&Key::Ppid));
    }

    #[test]
    fn what_the_kernel_writes_otherwise_is_refused() {
        for (from, to) in [
            ("arch=c000003e", "arch=1c000003e"),
            ("arch=", "per=8 arch="),
            (" success=no", " per=400000 success=no"),
            (" success=no exit=-13", ""),
            ("=no", "=(none)"),
            ("-13", "-0"),
            ("-13", "-"),
            ("-13", "013"),
            ("-13", "-013"),
            ("257", "2570000000"),
            ("7ffd5", "10000000000000000"),
            ("7ffd5", "7ffg5"),
            ("7ffd5", ""),
            ("items=1", "items=1 key=2"),
            ("items=1", "items=01"),
            ("a2=", "a3="),
            (" ppid=", " pid="),
        ] {
            assert!(!check(USUAL.replacen(from, to, 1).as_bytes()), "{from} → {to}");
        }
        assert!(call_front(&Record::new(record_type::SECCOMP, USUAL.as_bytes())).is_none());
        for len in 0..USUAL.len() {
            let is_read = call_front(&Record::new(record_type::SYSCALL, USUAL.as_bytes()).front(len)).is_some();
            assert_eq!(is_read, len >= USUAL.len() - "734 pid=735 auid=0".len(), "{len}");
        }
    }

    proptest! {
        #[test]
        fn it_says_what_splitting_says(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'='), b'0'..=b'9', Just(b'-')], 0..3usize), 0..3),
            behind in prop_oneof![Just(""), Just(" msg='op=x'"), Just(" uid=0 exit=1 \"x"), Just(" comm=\"a b\" key=(null)")],
        ) {
            let mut text = [USUAL, behind].concat().into_bytes();
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
