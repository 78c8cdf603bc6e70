//! Who changed the kernel's rules: an event in, the change out, if it is one.
//!
//! The kernel writes a `CONFIG_CHANGE` for every rule that is added or deleted (kernel/auditfilter.c,
//! `audit_log_rule_change`), and for those that it drops itself when a watched folder goes (`kernel/audit_watch.c`,
//! `kernel/audit_tree.c`). Who asked is in its auid, ses and subj; which process it was, in the `SYSCALL` of the same event,
//! which tasks from before audit was first turned on do not have.

use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{FieldKey, Fields};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type::{CONFIG_CHANGE, SYSCALL};

use super::told::Told;

/// A change of the list of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleChange {
    /// When, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    pub(crate) op: String,
    pub(crate) auid: Option<u32>,
    pub(crate) ses: Option<u32>,
    pub(crate) subj: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) pid: Option<u32>,
    pub(crate) uid: Option<u32>,
    pub(crate) comm: Option<String>,
    pub(crate) exe: Option<String>,
}

impl RuleChange {
    /// The change that the event is about.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        if !event.numbers().any(|number| number == CONFIG_CHANGE) {
            return None;
        }
        let mut fields = Fields::new();
        let mut records = event.records();
        let record = records.find(|record| record.number() == CONFIG_CHANGE)?;
        fields.split(&record);
        let op = text(&record, &fields, Key::Op).filter(|op| op.contains("rule"))?;
        let number = |record: &Record<'_>, fields: &Fields, key| text(record, fields, key)?.parse().ok();
        let mut change = Self {
            at_ms: event.id().millis(),
            op,
            auid: number(&record, &fields, Key::Auid),
            ses: number(&record, &fields, Key::Ses),
            subj: text(&record, &fields, Key::Subj),
            key: string(&record, &fields, Key::Key),
            ..Self::default()
        };
        if let Some(syscall) = event.records().find(|record| record.number() == SYSCALL) {
            fields.split(&syscall);
            (change.pid, change.uid) = (number(&syscall, &fields, Key::Pid), number(&syscall, &fields, Key::Uid));
            (change.comm, change.exe) = (string(&syscall, &fields, Key::Comm), string(&syscall, &fields, Key::Exe));
        }
        Some(change)
    }

    /// Adds to a notice who it was.
    pub(crate) fn tell(&self, told: Told) -> Told {
        told.with("change", self.op.as_str())
            .with_some("auid", self.auid)
            .with_some("ses", self.ses)
            .with_some("subj", self.subj.as_deref())
            .with_some("key", self.key.as_deref())
            .with_some("pid", self.pid)
            .with_some("uid", self.uid)
            .with_some("comm", self.comm.as_deref())
            .with_some("exe", self.exe.as_deref())
    }

    /// Who it was, for messages.
    pub(crate) fn who(&self) -> String {
        let number = |name: &str, number: Option<u32>| number.map(|number| format!("{name} {}", show_id(number)));
        let exe = self.exe.as_deref().map(|exe| format!("{exe:?}"));
        let parts = [exe, number("pid", self.pid), number("auid", self.auid), number("ses", self.ses)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// The kernel's "nobody" has a word.
fn show_id(id: u32) -> String {
    if id == u32::MAX { "unset".to_owned() } else { id.to_string() }
}

/// A value as it stands.
fn text(record: &Record<'_>, fields: &Fields, key: Key) -> Option<String> {
    let field = fields.own().iter().find(|field| field.key == FieldKey::Known(key))?;
    Some(String::from_utf8_lossy(field.value.of(record.body())).into_owned())
}

/// A value that may be quoted, or hex.
fn string(record: &Record<'_>, fields: &Fields, key: Key) -> Option<String> {
    let field = fields.own().iter().find(|field| field.key == FieldKey::Known(key))?;
    match untrusted(field.value.of(record.body()), field.form, &mut Vec::new()) {
        Text::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Text::Absent => None,
    }
}

#[cfg(test)]
mod tests {
    use oyez_events::group::{Grouper, Limits, Timing};
    use oyez_events::parse::kernel_message;

    use super::*;
    use crate::daemon::told::Say;

    fn change(records: &[(u16, &str)]) -> Option<RuleChange> {
        let timing = Timing::Live { quiet_ms: 1, incomplete_ms: 1, title_ends: false };
        let mut grouper = Grouper::new(timing, Limits::default());
        let mut found = None;
        for (kind, text) in records {
            let text = format!("audit(1700000000.123:9): {text}");
            grouper
                .push(&kernel_message(*kind, text.as_bytes()).unwrap(), 0, &mut |event| found = RuleChange::of(event));
        }
        grouper.finish(&mut |event| found = RuleChange::of(event));
        found
    }

    const DELETED: &str = "auid=1000 ses=3 subj=unconfined op=remove_rule key=\"exec\" list=4 res=1";

    #[test]
    fn a_change_says_who_made_it_and_by_which_process() {
        let syscall = "arch=c000003e syscall=44 success=yes exit=1 ppid=7 pid=42 auid=1000 uid=0 ses=3 \
                       comm=\"auditctl\" exe=2F7362696E2F617564 697463746C";
        let change = change(&[(1305, DELETED), (1300, syscall)]).unwrap();
        assert_eq!((change.op.as_str(), change.at_ms), ("remove_rule", 1_700_000_000_123));
        assert_eq!((change.auid, change.ses, change.pid, change.uid), (Some(1000), Some(3), Some(42), Some(0)));
        let told = change.tell(Told::now("OYEZ_RULES"));
        let text = |key| told.get(key).cloned();
        assert_eq!(text("subj"), Some(Say::from("unconfined")));
        assert_eq!((text("key"), text("comm")), (Some(Say::from("exec")), Some(Say::from("auditctl"))));
        assert_eq!(text("exe"), Some(Say::from("/sbin/aud")));
        assert_eq!(change.who(), "\"/sbin/aud\", pid 42, auid 1000, ses 3");
    }

    #[test]
    fn a_change_of_a_process_that_is_not_heard_still_has_a_session() {
        let change = change(&[(1305, &DELETED.replace("1000 ses=3", "4294967295 ses=4294967295"))]).unwrap();
        assert_eq!((change.pid, change.auid), (None, Some(u32::MAX)));
        assert_eq!(change.who(), "auid unset, ses unset");
    }

    #[test]
    fn the_kernels_own_deletion_is_a_change_of_nobody() {
        let change = change(&[(1305, "op=remove_rule dir=\"/mnt\" key=(null) list=4 res=1")]).unwrap();
        assert_eq!((change.auid, change.key.as_deref(), change.who()), (None, None, String::new()));
    }

    #[test]
    fn other_events_are_no_change_of_rules() {
        for records in [
            &[(1305, "op=set audit_enabled=1 old=0 auid=1000 ses=3 res=1")][..],
            &[(1300, "arch=c000003e syscall=44 op=add_rule pid=42")],
        ] {
            assert_eq!(change(records), None, "{records:?}");
        }
    }
}
