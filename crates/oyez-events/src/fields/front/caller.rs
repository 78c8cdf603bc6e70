//! What every call says of who made it: kernel/audit.c, `audit_log_task_info`; kernel/auditsc.c, `audit_log_exit`.

use oyez_tables::key::Key;

use super::super::Span;
use super::{Reader, Value};
use crate::Record;

/// ` ppid=… pid=… auid=… uid=… gid=… euid=… suid=… fsuid=… egid=… sgid=… fsgid=… tty=… ses=… comm=… exe=… subj=… key=…` and
/// nothing else, up to the end of the record. Kernels without a security module leave `subj` out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// A whole number of at most 15 digits without a leading zero, as all other numbers here are.
    pub ppid: Span,
    /// A number.
    pub pid: Span,
    /// The numbers of [`Caller::IDS`].
    pub ids: [Span; 9],
    /// A bare value.
    pub tty: Value,
    /// A number.
    pub ses: Span,
    /// A bare or quoted value.
    pub comm: Value,
    /// A bare or quoted value.
    pub exe: Value,
    /// A bare value.
    pub subj: Option<Value>,
    /// A bare or quoted value.
    pub key: Value,
}

impl Caller {
    /// Whose numbers [`Caller::ids`] are.
    pub const IDS: [Key; 9] =
        [Key::Auid, Key::Uid, Key::Gid, Key::Euid, Key::Suid, Key::Fsuid, Key::Egid, Key::Sgid, Key::Fsgid];
}

/// Reads what stands in `record` from `start` on, where [`super::CallFront::end`] is; `None` for all that is otherwise, and
/// for some near the very end of their memory.
#[inline]
pub fn caller(record: &Record<'_>, start: usize) -> Option<Caller> {
    let end = record.body().len();
    let mut reader = Reader { text: record.text(), at: start };
    let ppid = reader.number(b" ppid=")?;
    let pid = reader.number(b" pid=")?;
    let ids = [
        reader.number(b" auid=")?,
        reader.number(b" uid=")?,
        reader.number(b" gid=")?,
        reader.number(b" euid=")?,
        reader.number(b" suid=")?,
        reader.number(b" fsuid=")?,
        reader.number(b" egid=")?,
        reader.number(b" sgid=")?,
        reader.number(b" fsgid=")?,
    ];
    reader.literal(b" tty=")?;
    let tty = reader.bare(end)?;
    let ses = reader.number(b" ses=")?;
    reader.literal(b" comm=")?;
    let comm = reader.value(end)?;
    reader.literal(b" exe=")?;
    let exe = reader.value(end)?;
    let subj = if reader.literal(b" subj=").is_some() { Some(reader.bare(end)?) } else { None };
    reader.literal(b" key=")?;
    let key = reader.value(end)?;
    (reader.at == end).then_some(Caller { ppid, pid, ids, tty, ses, comm, exe, subj, key })
}

#[cfg(test)]
mod tests {
    use oyez_tables::record_type;
    use proptest::prelude::*;

    use super::super::super::{Field, FieldKey, Fields, Form};
    use super::*;

    const USUAL: &str = " ppid=734 pid=735 auid=4294967295 uid=0 gid=0 euid=1000 suid=0 fsuid=33 egid=0 sgid=5 fsgid=0 \
        tty=(none) ses=4294967295 comm=\"cat\" exe=\"/usr/bin/a-program-of-a-long-name\" subj=system_u:system_r:init_t:s0 key=\"etc\"";

    /// What splitting says of the same text, if that is these fields and no others.
    fn check(text: &[u8]) -> bool {
        let record = Record::new(record_type::SYSCALL, text);
        let Some(Caller { ppid, pid, ids, tty, ses, comm, exe, subj, key }) = caller(&record, 0) else { return false };
        let mut fields = Fields::new();
        fields.split_from(&record, 0);
        assert!(fields.claimed().is_empty());
        let number = |key, span| (key, span, Form::Bare);
        let value = |key, value: Value| (key, value.span, value.form);
        let mut read = vec![number(Key::Ppid, ppid), number(Key::Pid, pid)];
        read.extend(Caller::IDS.into_iter().zip(ids).map(|(key, span)| number(key, span)));
        read.extend([value(Key::Tty, tty), number(Key::Ses, ses), value(Key::Comm, comm), value(Key::Exe, exe)]);
        read.extend(subj.map(|subj| value(Key::Subj, subj)));
        read.push(value(Key::Key, key));
        let own: Vec<_> = fields.own().iter().map(|Field { key, form, value, .. }| (*key, *value, *form)).collect();
        let read: Vec<_> = read.into_iter().map(|(key, span, form)| (FieldKey::Known(key), span, form)).collect();
        assert_eq!(own, read, "{}", text.escape_ascii());
        for number in [ppid, pid, ses].into_iter().chain(ids) {
            let number = str::from_utf8(number.of(text)).unwrap();
            assert_eq!(number.parse::<u64>().unwrap().to_string(), number);
        }
        for value in [Some(tty), Some(comm), Some(exe), subj, Some(key)].into_iter().flatten() {
            let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
            assert!(!value.is_plain || value.span.of(text).iter().all(is_plain), "{}", text.escape_ascii());
        }
        true
    }

    #[test]
    fn what_the_kernel_writes_is_read() {
        assert!(check(USUAL.as_bytes()));
        for (from, to) in [
            (" subj=system_u:system_r:init_t:s0", ""),
            ("\"etc\"", "(null)"),
            ("\"etc\"", "6B31016B32"),
            ("\"cat\"", "6120622063"),
            ("\"cat\"", "\"a\\b\""),
            ("\"cat\"", "\"a b\""),
            ("\"cat\"", "\"\""),
            ("(none)", "pts0"),
            ("(none)", ""),
        ] {
            assert!(check(USUAL.replacen(from, to, 1).as_bytes()), "{from} → {to}");
        }
    }

    #[test]
    fn what_the_kernel_writes_otherwise_is_refused() {
        for (from, to) in [
            ("ppid=734 ", ""),
            ("pid=735", "pid=0735"),
            ("uid=0", "uid=-1"),
            ("uid=0", "uid="),
            ("gid=0", "gid=1234567890123456"),
            ("gid=0", "gid=0 gid=1"),
            ("(none)", "\"pts0\""),
            ("(none)", "'pts0'"),
            ("\"cat\"", "'cat'"),
            ("\"cat\"", "\"cat"),
            ("\"cat\"", "\"cat\"x"),
            (" exe=", "  exe="),
            ("\"etc\"", "\"etc\" x=1"),
            ("\"etc\"", "\"etc\" "),
            ("\"etc\"", "\"etc"),
            ("\"etc\"", ""),
        ] {
            assert!(!check(USUAL.replacen(from, to, 1).as_bytes()), "{from} → {to}");
        }
        for len in 0..USUAL.len() {
            let record = Record::new(record_type::SYSCALL, USUAL.as_bytes()).front(len);
            assert!(caller(&record, 0).is_none(), "{len}");
        }
    }

    proptest! {
        #[test]
        fn it_says_what_splitting_says(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'='), b'0'..=b'9', Just(b'"'), Just(b'\'')], 0..3usize), 0..3),
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
