//! Which process an event is of: the few fields of one record that say so, found without splitting the rest.
//!
//! An event in, an [`Actor`] out. The record is the `SYSCALL`, else the first with a `pid=` of the kernel's own. What user space
//! claims inside `msg='…'` is never looked at. The kernel writes no text of others as it is if that holds a space or a quote
//! (kernel/audit.c, `audit_log_untrustedstring`), so ` pid=` behind a space is the kernel's field.

use std::ops::Range;

use memchr::memmem::Finder;
use oyez_events::decode::hex;
use oyez_events::{Event, Record};
use oyez_tables::arch::Arch;
use oyez_tables::{record_type, syscall};

/// Who acted, as one record says. Texts are as they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor<'a> {
    pub(super) pid: u32,
    pub(super) ppid: Option<u32>,
    pub(super) ses: Option<u32>,
    /// `"/bin/sh"`, or in hex; absent where the record has none, or nothing.
    pub(super) exe: Option<&'a [u8]>,
    /// The record's body.
    pub(super) body: &'a [u8],
    /// The record is a `SYSCALL`.
    pub(super) is_syscall: bool,
    /// There is an `EXECVE`: the call ran a program.
    pub(super) is_exec: bool,
}

impl Actor<'_> {
    /// Whether a `SYSCALL` record says so.
    pub fn is_syscall(&self) -> bool {
        self.is_syscall
    }

    /// The login session (`ses=`) that a `SYSCALL` record says; in other records it is not looked for.
    pub fn ses(&self) -> Option<u32> {
        self.ses
    }
}

/// What a `SYSCALL` record says of who acted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Acts {
    pub(super) pid: u32,
    pub(super) ppid: u32,
    pub(super) ses: Option<u32>,
    /// Where the value of `exe=` stands, counted from ` ppid=`; absent where there is none, or nothing in it.
    pub(super) exe: Option<Range<usize>>,
}

/// Where in the event its first `SYSCALL` is, and whether it has an `EXECVE`.
#[inline]
pub(super) fn main_syscall(event: &Event) -> (Option<usize>, bool) {
    let (mut at_syscall, mut is_exec) = (None, false);
    for (place, number) in event.numbers().enumerate() {
        match number {
            record_type::SYSCALL if at_syscall.is_none() => at_syscall = Some(place),
            record_type::EXECVE => is_exec = true,
            _ => {}
        }
    }
    (at_syscall, is_exec)
}

/// Finds fields. Made once: what it searches for is prepared.
#[derive(Debug)]
pub(super) struct Reader {
    ppid: Finder<'static>,
    pid: Finder<'static>,
    ses: Finder<'static>,
    exe: Finder<'static>,
    comm: Finder<'static>,
    syscall: Finder<'static>,
}

impl Default for Reader {
    fn default() -> Self {
        let finder = |text: &'static str| Finder::new(text);
        Reader {
            ppid: finder(" ppid="),
            pid: finder(" pid="),
            ses: finder(" ses="),
            exe: finder(" exe="),
            comm: finder(" comm="),
            syscall: finder(" syscall="),
        }
    }
}

impl Reader {
    /// Who acted in `event`; `None` where no record says.
    pub(super) fn actor<'a>(&self, event: &'a Event) -> Option<Actor<'a>> {
        let (at_syscall, is_exec) = main_syscall(event);
        if let Some(record) = at_syscall.and_then(|place| event.record(place)) {
            return self.of_syscall(record.body(), is_exec);
        }
        event.records().find_map(|record| self.of_other(&record))
    }

    fn of_syscall<'a>(&self, body: &'a [u8], is_exec: bool) -> Option<Actor<'a>> {
        let text = body.get(self.ppid_at(body)?..)?;
        let Acts { pid, ppid, ses, exe } = self.acts(text)?;
        let exe = exe.and_then(|exe| text.get(exe));
        Some(Actor { pid, ppid: Some(ppid), ses, exe, body, is_syscall: true, is_exec })
    }

    /// Where ` ppid=` stands.
    #[inline]
    pub(super) fn ppid_at(&self, body: &[u8]) -> Option<usize> {
        self.ppid.find(body)
    }

    /// What a `SYSCALL` record says, by its part from ` ppid=` on.
    pub(super) fn acts(&self, text: &[u8]) -> Option<Acts> {
        let (ppid, rest) = leading_number(text.strip_prefix(b" ppid=")?)?;
        let (pid, rest) = leading_number(rest.strip_prefix(b" pid=")?)?;
        let start = text.len() - rest.len();
        let exe = self.exe.find(rest).map(|at| start + at + " exe=".len());
        let exe = exe.and_then(|at| Some(at..at + written(text.get(at..)?)?.len()));
        // Nothing that others chose stands before it.
        let ses = self.ses.find(text).and_then(|at| leading_number(text.get(at + " ses=".len()..)?));
        Some(Acts { pid, ppid, ses: ses.map(|(ses, _)| ses), exe })
    }

    fn of_other<'a>(&self, record: &Record<'a>) -> Option<Actor<'a>> {
        let body = record.body();
        let body = if record.is_user_space() { before_claims(body) } else { body };
        let digits = match body.strip_prefix(b"pid=") {
            Some(digits) => digits,
            None => body.get(self.pid.find(body)? + " pid=".len()..)?,
        };
        let (pid, rest) = leading_number(digits)?;
        Some(Actor { pid, ppid: None, ses: None, exe: value(&self.exe, rest), body, is_syscall: false, is_exec: false })
    }

    /// The thread's name, decoded into `out`; empty where there is none.
    pub(super) fn comm(&self, actor: &Actor<'_>, out: &mut Vec<u8>) {
        out.clear();
        if let Some(written) = value(&self.comm, actor.body) {
            decode(written, out);
        }
    }

    /// What call it was, by name, and its result.
    pub(super) fn call(&self, actor: &Actor<'_>) -> Option<Call> {
        let text = actor.body.strip_prefix(b"arch=")?;
        let at = self.syscall.find(text)?;
        let arch = u32::from_str_radix(str::from_utf8(text.get(..at)?).ok()?, 16).ok()?;
        let (number, rest) = leading_number(text.get(at + " syscall=".len()..)?)?;
        let name = syscall::name(Arch::from_audit(arch)?, number)?;
        let exit = memchr::memmem::find(rest, b" exit=").and_then(|at| leading_number(rest.get(at + 6..)?));
        let a0 = memchr::memmem::find(rest, b" a0=").and_then(|at| word(rest.get(at + 4..)?));
        let a0 = a0.and_then(|a0| u64::from_str_radix(str::from_utf8(a0).ok()?, 16).ok());
        let is_over = memchr::memmem::find(rest, b"success=").is_none();
        Some(Call { name, exit: exit.map(|(exit, _)| exit), a0: a0.unwrap_or(0), never_returned: is_over })
    }
}

/// What stands before `msg='…'`.
fn before_claims(body: &[u8]) -> &[u8] {
    let claims = memchr::memmem::find(body, b"msg='").unwrap_or(body.len());
    body.get(..claims).unwrap_or(body)
}

/// A system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: &'static str,
    /// What it returned, if that was no error.
    pub(super) exit: Option<u32>,
    pub(super) a0: u64,
    /// It has no result: the process ended in it.
    pub(super) never_returned: bool,
}

/// The field's value as it was written, if it has one.
#[inline]
fn value<'a>(key: &Finder<'_>, text: &'a [u8]) -> Option<&'a [u8]> {
    let at = key.find(text)? + key.needle().len();
    written(text.get(at..)?)
}

/// The value in front, if it is one.
#[inline]
fn written(text: &[u8]) -> Option<&[u8]> {
    word(text).filter(|value| !matches!(*value, b"" | b"?" | b"(null)"))
}

/// Up to the next space.
#[inline]
fn word(text: &[u8]) -> Option<&[u8]> {
    text.get(..memchr::memchr(b' ', text).unwrap_or(text.len()))
}

/// The `key=` field at the record's end, as it was written.
pub(super) fn key(body: &[u8]) -> Option<&[u8]> {
    let last = body.get(memchr::memrchr(b' ', body)? + 1..)?;
    last.strip_prefix(b"key=").filter(|key| !key.is_empty() && *key != b"(null)")
}

/// Whether `written` stands for `bytes`. Hex is decoded into `scratch`.
#[inline]
pub(super) fn says(written: &[u8], bytes: &[u8], scratch: &mut Vec<u8>) -> bool {
    if let [b'"', quoted @ .., b'"'] = written {
        return quoted == bytes;
    }
    decode(written, scratch);
    scratch == bytes
}

/// What `written` stands for: without its quotes, out of hex, or as it is. Appended nowhere: `out`'s content is lost.
pub(super) fn decode(written: &[u8], out: &mut Vec<u8>) {
    out.clear();
    if let [b'"', quoted @ .., b'"'] = written {
        out.extend_from_slice(quoted);
    } else if !hex(written, out) {
        out.extend_from_slice(written);
    }
}

/// Decimal digits, at least one, no more than a `u32` takes; and what follows.
#[inline]
fn leading_number(text: &[u8]) -> Option<(u32, &[u8])> {
    let mut number = 0u32;
    let mut digits = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.checked_mul(10)?.checked_add(digit.into())?;
        digits += 1;
    }
    (digits > 0).then(|| text.get(digits..).map(|rest| (number, rest)))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fakes::event;
    use super::*;

    const SYSCALL: &str = "arch=c000003e syscall=56 success=yes exit=4711 a0=1200011 a1=0 a2=0 a3=7f items=0 ppid=700 pid=731 auid=1000 uid=0 tty=pts1 ses=3 comm=\"ls\" exe=\"/usr/bin/ls\" subj=unconfined key=\"exec\"";

    fn shown(records: &[(u16, &str)]) -> Option<(u32, Option<u32>, Option<String>, bool)> {
        let event = event(1_700_000_000_000, records);
        let actor = Reader::default().actor(&event)?;
        let exe = actor.exe.map(|exe| String::from_utf8_lossy(exe).into_owned());
        Some((actor.pid, actor.ppid, exe, actor.is_exec))
    }

    #[test]
    fn the_actor_is_found_in_every_sort_of_record() {
        let exe = |exe: &str| Some(exe.to_owned());
        for (records, actor) in [
            (&[(1300, SYSCALL)][..], Some((731, Some(700), exe("\"/usr/bin/ls\""), false))),
            (
                &[(1400, "avc:  denied for  pid=5 comm=\"x\""), (1300, SYSCALL), (1309, "argc=1 a0=\"ls\"")],
                Some((731, Some(700), exe("\"/usr/bin/ls\""), true)),
            ),
            (
                &[(1300, "arch=c000003e syscall=2 ppid=1 pid=2 comm=\"a\" exe=2F612062 key=(null)")],
                Some((2, Some(1), exe("2F612062"), false)),
            ),
            (
                &[(1300, "arch=c000003e syscall=2 ppid=1 pid=2 comm=\"a\" exe=(null) key=(null)")],
                Some((2, Some(1), None, false)),
            ),
            (
                &[(1112, "pid=44 uid=0 auid=1 ses=3 msg='op=login pid=99 exe=\"/evil\" res=success'")],
                Some((44, None, None, false)),
            ),
            (&[(1112, "user pid=44 uid=0 msg='x'")], Some((44, None, None, false))),
            (&[(1112, "uid=0 msg='op=login pid=99 exe=\"/evil\"'")], None),
            (
                &[(1701, "auid=1 uid=1 gid=1 ses=3 subj=u pid=55 comm=\"a\" exe=\"/bin/a\" sig=11 res=1")],
                Some((55, None, exe("\"/bin/a\""), false)),
            ),
            (&[(1319, "tty pid=9 uid=0 data=41")], Some((9, None, None, false))),
            (&[(1300, "arch=c000003e syscall=2 ppid= pid=2")], None),
            (&[(1300, "arch=c000003e syscall=2 ppid=1 pid=99999999999")], None),
            (&[(1334, "prog-id=3 op=LOAD")], None),
        ] {
            assert_eq!(shown(records), actor, "{records:?}");
        }
    }

    #[test]
    fn a_call_is_told_by_name_with_its_result() {
        let reader = Reader::default();
        for (body, call) in [
            (SYSCALL, Some(("clone", Some(4711), 0x0120_0011, false))),
            ("arch=c000003e syscall=231 a0=0 a1=1 items=0 ppid=1 pid=2", Some(("exit_group", None, 0, true))),
            ("arch=40000003 syscall=2 success=no exit=-11 a0=1 ppid=1 pid=2", Some(("fork", None, 1, false))),
            ("arch=c000003e syscall=9999 success=yes exit=1 ppid=1 pid=2", None),
            ("syscall=2 ppid=1 pid=2", None),
        ] {
            let event = event(0, &[(1300, body)]);
            let call_found = reader.call(&reader.actor(&event).unwrap());
            assert_eq!(call_found.map(|call| (call.name, call.exit, call.a0, call.never_returned)), call, "{body}");
        }
    }

    #[test]
    fn a_value_says_what_it_stands_for() {
        let mut scratch = Vec::new();
        for (written, bytes) in [("\"/bin/sh\"", "/bin/sh"), ("2F612062", "/a b"), ("plain", "plain"), ("\"\"", "")] {
            assert!(says(written.as_bytes(), bytes.as_bytes(), &mut scratch), "{written}");
            assert!(!says(written.as_bytes(), b"/other", &mut scratch), "{written}");
        }
        assert_eq!(key(b"a=1 key=\"exec\""), Some(&b"\"exec\""[..]));
        assert_eq!(key(b"a=1 key=(null)"), None);
        assert_eq!(key(b"key=x"), None);
    }

    proptest! {
        #[test]
        fn any_record_has_an_actor_or_none(record_type in (1000u16..2999).prop_filter("EOE makes no event", |number| *number != record_type::EOE), body in "( ?p?pid=[0-9]{0,12}| exe=|\"|'|msg=|arch=[0-9a-f]{0,9}| syscall=[0-9]{1,3}|[ -~])*") {
            let reader = Reader::default();
            let event = event(0, &[(record_type, &body)]);
            if let Some(actor) = reader.actor(&event) {
                let _call = reader.call(&actor);
                reader.comm(&actor, &mut Vec::new());
            }
        }
    }
}
