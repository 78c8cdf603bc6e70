//! One record about a login → who says what: the ids are the kernel's, all else is the program's word (`msg='…'`).
//!
//! libaudit writes `op=… acct=… exe=… hostname=… addr=… terminal=… res=…` in this order (`lib/audit_logging.c`). A text with
//! spaces in it would add fields behind itself; so the first `op`, `acct` and `exe` count, and the last of the others.
//! `acct` and `exe` may be hex, the others never are.

use oyez_events::Record;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_tables::key::Key;

use super::text::clean;

/// The session, or the login uid, that is none (linux/audit.h, `AUDIT_SID_UNSET`, `AUDIT_UID_UNSET`).
pub(super) const UNSET: u32 = u32::MAX;

/// What a record says. `None`: it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The process that wrote it.
    pub(super) pid: Option<u32>,
    /// Its login uid; of a `LOGIN` the new one.
    pub(super) auid: Option<u32>,
    /// Its session, if it is in one; of a `LOGIN` the new one.
    pub(super) ses: Option<u32>,
    /// It was not granted.
    pub(super) is_refused: bool,
    /// PAM wrote it, of a session of its own making.
    pub(super) is_pam: bool,
    /// The claims.
    pub(super) claims: Claims,
}

/// What the program says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// Its own path.
    pub(super) exe: Option<Box<str>>,
    /// The account.
    pub(super) acct: Option<Box<str>>,
    /// The terminal.
    pub(super) terminal: Option<Box<str>>,
    /// Where from.
    pub(super) addr: Option<Box<str>>,
}

/// Reads records; keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Reader {
    fields: Fields,
    scratch: Vec<u8>,
}

impl Reader {
    pub(super) fn read(&mut self, record: &Record<'_>) -> Said {
        self.fields.split(record);
        let body = record.body();
        let mut said = Said::default();
        for field in self.fields.own() {
            let value = field.value.of(body);
            match field.key {
                FieldKey::Known(Key::Pid) => said.pid = said.pid.or(number(value)),
                FieldKey::Known(Key::Auid) => said.auid = said.auid.or(number(value)),
                FieldKey::Known(Key::Ses) => said.ses = said.ses.or(number(value)),
                FieldKey::Known(Key::Res) => said.is_refused = value == b"0",
                _ => {}
            }
        }
        said.ses = said.ses.filter(|ses| *ses != UNSET);
        self.claims(body, &mut said);
        said
    }

    fn claims(&mut self, body: &[u8], said: &mut Said) {
        let (mut op, mut hostname) = (None, None);
        for (place, field) in self.fields.claimed().iter().enumerate() {
            let value = field.value.of(body);
            let claims = &mut said.claims;
            match field.key {
                FieldKey::Known(Key::Op) => op = op.or(Some(value)),
                // Before 2.0 the operation stood in front, as words.
                FieldKey::Words if place == 0 => op = op.or(Some(value)),
                FieldKey::Known(Key::Exe) if claims.exe.is_none() => {
                    claims.exe = decoded(value, field, &mut self.scratch);
                }
                FieldKey::Known(Key::Acct) if claims.acct.is_none() => {
                    claims.acct = decoded(value, field, &mut self.scratch);
                }
                FieldKey::Known(Key::Hostname) => hostname = Some(value),
                FieldKey::Known(Key::Addr) => claims.addr = literal(value),
                FieldKey::Known(Key::Terminal) => claims.terminal = literal(value),
                FieldKey::Known(Key::Res) => said.is_refused = !matches!(value, b"success" | b"1"),
                _ => {}
            }
        }
        said.is_pam = op.is_some_and(|op| op.starts_with(b"PAM"));
        if said.claims.addr.is_none() {
            said.claims.addr = hostname.and_then(literal);
        }
    }
}

fn decoded(value: &[u8], field: &Field, scratch: &mut Vec<u8>) -> Option<Box<str>> {
    match untrusted(value, field.form, scratch) {
        Text::Bytes(bytes) if field.form != Form::Torn => clean(bytes),
        _ => None,
    }
}

fn literal(value: &[u8]) -> Option<Box<str>> {
    if matches!(value, b"?" | b"(null)" | b"(none)") { None } else { clean(value) }
}

fn number(text: &[u8]) -> Option<u32> {
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use oyez_tables::record_type;

    use super::*;

    fn said(number: u16, body: &str) -> Said {
        Reader::default().read(&Record::new(number, body.as_bytes()))
    }

    #[test]
    fn a_login_of_any_kernel_tells_its_new_ids() {
        for body in [
            "pid=1298 uid=0 subj=system_u:system_r:sshd_t:s0 old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=1 res=1",
            "login pid=1298 uid=0 old auid=4294967295 new auid=1000 old ses=4294967295 new ses=1",
        ] {
            let said = said(record_type::LOGIN, body);
            assert_eq!(
                (said.pid, said.auid, said.ses, said.is_refused),
                (Some(1298), Some(1000), Some(1), false),
                "{body}"
            );
        }
        assert!(said(record_type::LOGIN, "pid=1 uid=0 old-auid=5 auid=6 ses=7 res=0").is_refused);
    }

    #[test]
    fn claims_are_told_from_what_the_kernel_says() {
        let said = said(
            record_type::USER_START,
            "pid=7 uid=0 auid=1000 ses=3 msg='op=PAM:session_open acct=6A206F exe=\"/usr/sbin/sshd\" hostname=DEADBEEF addr=? terminal=ssh pid=1 ses=9 res=success'",
        );
        assert_eq!((said.pid, said.ses, said.is_pam, said.is_refused), (Some(7), Some(3), true, false));
        let claims = said.claims;
        assert_eq!((claims.acct.as_deref(), claims.addr.as_deref()), (Some("j o"), Some("DEADBEEF")));
        assert_eq!((claims.exe.as_deref(), claims.terminal.as_deref()), (Some("/usr/sbin/sshd"), Some("ssh")));
    }

    #[test]
    fn an_older_tools_claims_are_read_too() {
        let body = "user pid=1 uid=0 auid=0 ses=2 msg='PAM: session open acct=\"root\" : exe=\"/usr/sbin/crond\" (hostname=?, addr=?, terminal=cron res=success)'";
        let said = said(record_type::USER_START, body);
        assert_eq!((said.is_pam, said.is_refused, said.claims.terminal.as_deref()), (true, false, Some("cron")));
    }

    #[test]
    fn a_text_with_spaces_changes_only_what_stands_before_the_writers_own_words() {
        let body = "pid=1 uid=0 auid=0 ses=2 msg='op=login acct=\"eve\" exe=\"/bin/x\" hostname=h res=success addr=1.1.1.1 addr=2.2.2.2 terminal=ssh res=failed'";
        let said = said(record_type::USER_LOGIN, body);
        assert_eq!((said.is_refused, said.claims.addr.as_deref()), (true, Some("2.2.2.2")));
    }
}
