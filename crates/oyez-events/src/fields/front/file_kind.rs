//! What a `PATH` record says of the kind of file it is: kernel/auditsc.c, `audit_log_name`.

use super::super::Span;
use super::{Reader, Value};
use crate::Record;

/// ` mode=… ouid=… ogid=… rdev=… obj=… nametype=…`, the same of a file without capabilities as [`FileKind::NONE`] has it, and
/// nothing else, up to the end of the record. Kernels without a security module leave `obj` out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKind {
    /// One to 8 octal digits.
    pub mode: Span,
    /// A whole number of at most 15 digits without a leading zero.
    pub ouid: Span,
    /// A whole number of at most 15 digits without a leading zero.
    pub ogid: Span,
    /// At most 16 hex digits and colons.
    pub rdev: Span,
    /// A bare value.
    pub obj: Option<Value>,
    /// A bare value.
    pub nametype: Value,
}

impl FileKind {
    /// How the kernel writes that a file has no capabilities.
    pub const NONE: &[u8; 52] = b" cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0";
}

/// Reads what stands in `record` from `start` on, where [`super::PathFront::end`] is; `None` for all that is otherwise, and
/// for some near the very end of their memory.
#[inline]
pub fn file_kind(record: &Record<'_>, start: usize) -> Option<FileKind> {
    let end = record.body().len();
    let mut reader = Reader { text: record.text(), at: start };
    reader.literal(b" mode=")?;
    let mode = reader.octal()?;
    let ouid = reader.number(b" ouid=")?;
    let ogid = reader.number(b" ogid=")?;
    reader.literal(b" rdev=")?;
    let rdev = reader.device()?;
    let obj = if reader.literal(b" obj=").is_some() { Some(reader.bare(end)?) } else { None };
    reader.literal(b" nametype=")?;
    let nametype = reader.bare(end)?;
    reader.literal(FileKind::NONE)?;
    (reader.at == end).then_some(FileKind { mode, ouid, ogid, rdev, obj, nametype })
}

#[cfg(test)]
mod tests {
    use oyez_tables::key::Key;
    use oyez_tables::record_type;
    use proptest::prelude::*;

    use super::super::super::{Field, FieldKey, Fields, Form};
    use super::super::path_front;
    use super::*;

    const USUAL: &str = "item=0 name=\"/etc/a\" inode=401923 dev=fd:01 mode=0100755 ouid=0 ogid=33 rdev=00:00 \
        obj=system_u:object_r:etc_t:s0 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0";

    fn check(text: &[u8]) -> bool {
        let record = Record::new(record_type::PATH, text);
        let Some(front) = path_front(&record) else { return false };
        let Some(FileKind { mode, ouid, ogid, rdev, obj, nametype }) = file_kind(&record, front.end) else {
            return false;
        };
        let mut fields = Fields::new();
        fields.split(&record);
        assert!(fields.claimed().is_empty());
        let number = |key, span| (FieldKey::Known(key), span, Form::Bare);
        let value = |key, value: Value| (FieldKey::Known(key), value.span, value.form);
        let mut read =
            vec![number(Key::Mode, mode), number(Key::Ouid, ouid), number(Key::Ogid, ogid), number(Key::Rdev, rdev)];
        read.extend(obj.map(|obj| value(Key::Obj, obj)));
        read.push(value(Key::Nametype, nametype));
        let own: Vec<_> = fields.own().iter().map(|Field { key, form, value, .. }| (*key, *value, *form)).collect();
        let (own, rest) = own[4..].split_at(read.len());
        assert_eq!(own, read, "{}", text.escape_ascii());
        let rest: Vec<_> = rest.iter().map(|(key, value, form)| (*key, value.of(text), *form)).collect();
        let keys = [Key::CapFp, Key::CapFi, Key::CapFe, Key::CapFver, Key::CapFrootid];
        assert_eq!(rest, keys.map(|key| (FieldKey::Known(key), &b"0"[..], Form::Bare)));
        for number in [ouid, ogid] {
            let number = str::from_utf8(number.of(text)).unwrap();
            assert_eq!(number.parse::<u64>().unwrap().to_string(), number);
        }
        assert!(mode.of(text).iter().all(|byte| matches!(byte, b'0'..=b'7')) && (1..=8).contains(&mode.len()));
        true
    }

    #[test]
    fn what_the_kernel_writes_is_read() {
        assert!(check(USUAL.as_bytes()));
        for (from, to) in [
            (" obj=system_u:object_r:etc_t:s0", ""),
            ("system_u:object_r:etc_t:s0", "?"),
            ("NORMAL", "UNKNOWN"),
            ("0100755", "040755"),
        ] {
            assert!(check(USUAL.replacen(from, to, 1).as_bytes()), "{from} → {to}");
        }
    }

    #[test]
    fn what_the_kernel_writes_otherwise_is_refused() {
        for (from, to) in [
            ("0100755", "0100855"),
            ("0100755", "012345671"),
            ("0100755", ""),
            ("ouid=0", "ouid=00"),
            ("ogid=33", "ogid=-1"),
            ("00:00", "00:0x"),
            ("obj=system_u", "obj=\"system_u"),
            ("nametype", " nametype"),
            ("cap_fp=0", "cap_fp=3"),
            (" cap_frootid=0", ""),
            ("cap_frootid=0", "cap_frootid=01"),
            ("cap_frootid=0", "cap_frootid=0 x"),
        ] {
            assert!(!check(USUAL.replacen(from, to, 1).as_bytes()), "{from} → {to}");
        }
        for len in 0..USUAL.len() {
            let record = Record::new(record_type::PATH, USUAL.as_bytes()).front(len);
            assert!(path_front(&record).is_none_or(|front| file_kind(&record, front.end).is_none()), "{len}");
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
