//! What goes first when not everything can be written: events in, one of three ranks out; also the key of the rule behind
//! an event, without reading its fields.
//!
//! By record types, and the number of the call where no record tells of an execution, so that what is not written costs
//! next to nothing. Refuses to judge by what an event says else: its author could say anything.

use memchr::{memchr2, memmem};
use oyez_events::Event;
use oyez_tables::arch::Arch;
use oyez_tables::{record_type as of, syscall};

/// How long an event is kept while the output falls behind. In rising order: the first goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// A syscall event with nothing but what a rule on calls makes: `SYSCALL`, `PATH`, `CWD`, ….
    Routine,
    /// The rest: denials (`AVC`, `SECCOMP`), packets, integrity, types that nobody knows.
    Rest,
    /// Logins, users and groups, services and all that user space says; policies, audit's own settings, firewall rules,
    /// modules; executions, also those that failed.
    Last,
}

impl Priority {
    /// The rank of an event: that of its highest record.
    pub(crate) fn of(event: &Event) -> Self {
        let rank = event.numbers().map(Self::of_type).max().unwrap_or(Self::Rest);
        if rank < Self::Last && executes(event) { Self::Last } else { rank }
    }

    fn of_type(number: u16) -> Self {
        match number {
            of::SYSCALL
            | of::URINGOP
            | of::PATH
            | of::IPC
            | of::SOCKETCALL
            | of::SOCKADDR
            | of::CWD
            | of::IPC_SET_PERM
            | of::MQ_OPEN..=of::MQ_GETSETATTR
            | of::FD_PAIR
            | of::OBJ_PID
            | of::CAPSET
            | of::MMAP
            | of::PROCTITLE
            | of::OPENAT2
            | of::EOE => Self::Routine,
            // What user space says of its own access decisions comes as often as the kernel's.
            of::USER_AVC => Self::Rest,
            of::LOGIN
            | of::CONFIG_CHANGE
            | of::EXECVE
            | of::BPRM_FCAPS
            | of::NETFILTER_CFG
            | of::FEATURE_CHANGE
            | of::KERN_MODULE
            | of::EVENT_LISTENER
            | of::MAC_POLICY_LOAD..=of::MAC_CONFIG_CHANGE
            | of::INTEGRITY_POLICY_RULE => Self::Last,
            number if of::is_user_space(number) || (1200..1300).contains(&number) => Self::Last,
            _ => Self::Rest,
        }
    }
}

/// Whether the call was an execution. One that failed has no `EXECVE` record: the kernel writes that only once the new
/// program is in place (kernel/auditsc.c, `__audit_bprm`).
fn executes(event: &Event) -> bool {
    let call = event.records().find(|record| record.number() == of::SYSCALL);
    call.and_then(|call| call_name(call.body())).is_some_and(|name| matches!(name, "execve" | "execveat"))
}

/// The call that a `SYSCALL` record is about. The kernel begins each with `arch=` in hex and `syscall=` in decimal
/// (kernel/auditsc.c, `audit_log_exit`); where it does not, nothing is guessed.
fn call_name(body: &[u8]) -> Option<&'static str> {
    let rest = body.trim_ascii_start().strip_prefix(b"arch=")?;
    let (arch, rest) = word(rest, 16)?;
    let (number, _) = word(rest.strip_prefix(b"syscall=")?, 10)?;
    syscall::name(Arch::from_audit(arch)?, number)
}

/// The number before the first space, and what comes behind that.
fn word(text: &[u8], radix: u32) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(memchr::memchr(b' ', text)?)?;
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    Some((number, rest.get(1..)?))
}

/// What an event goes by in a count: the type of its first record, and the rule's key as the kernel wrote it; empty where
/// there is none.
pub(crate) fn name(event: &Event) -> (u16, &[u8]) {
    let number = event.numbers().next().unwrap_or_default();
    let written_by_kernel = event.record(event.main()).filter(|record| !record.is_user_space());
    let body = written_by_kernel.map(|record| record.body());
    (number, body.map(key).unwrap_or_default())
}

/// The value of the last `key=`. No other value can hold ` key=`: text with a space is written in hex.
fn key(body: &[u8]) -> &[u8] {
    let Some(at) = memmem::rfind(body, b" key=") else { return b"" };
    let value = body.get(at + b" key=".len()..).unwrap_or_default();
    let end = memchr2(b' ', b'\n', value).unwrap_or(value.len());
    value.get(..end).filter(|value| *value != b"(null)").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use oyez_events::group::{Grouper, Limits, Timing};
    use oyez_events::parse::kernel_message;

    use super::*;

    fn with_event<T>(records: &[(u16, &str)], see: impl Fn(&Event) -> T) -> T {
        let timing = Timing::Live { quiet_ms: 1, incomplete_ms: 1, title_ends: false };
        let (mut grouper, mut seen) = (Grouper::new(timing, Limits::default()), None);
        for (kind, body) in records {
            let text = format!("audit(1.002:3): {body}");
            grouper.push(&kernel_message(*kind, text.as_bytes()).unwrap(), 0, &mut |event| seen = Some(see(event)));
        }
        grouper.finish(&mut |event| seen = Some(see(event)));
        seen.unwrap()
    }

    #[test]
    fn syscalls_go_first_and_logins_policies_and_executions_last() {
        for (types, priority) in [
            (&[1300, 1307, 1302, 1302, 1327][..], Priority::Routine),
            (&[1336], Priority::Routine),
            (&[1300, 1306], Priority::Routine),
            (&[1400, 1300, 1327], Priority::Rest),
            (&[1326], Priority::Rest),
            (&[1701], Priority::Rest),
            (&[1107], Priority::Rest),
            (&[1999], Priority::Rest),
            (&[1300, 1309, 1307], Priority::Last),
            (&[1305, 1300], Priority::Last),
            (&[1403], Priority::Last),
            (&[1006], Priority::Last),
            (&[1112], Priority::Last),
            (&[1114], Priority::Last),
            (&[2300], Priority::Last),
        ] {
            let records: Vec<_> = types.iter().map(|number| (*number, "x=1")).collect();
            assert_eq!(with_event(&records, Priority::of), priority, "{types:?}");
        }
    }

    #[test]
    fn a_failed_execution_ranks_with_executions_on_every_architecture() {
        use Priority::{Last, Rest, Routine};
        for (call, priority) in [
            ("arch=c000003e syscall=59 success=no exit=-2 comm=\"sh\"", Last),
            ("arch=c000003e syscall=322 success=no exit=-13", Last),
            ("arch=c000003e syscall=1073742344 success=no exit=-2", Last),
            ("arch=40000003 syscall=11 success=no exit=-2", Last),
            ("arch=c00000b7 syscall=221 success=no exit=-2", Last),
            ("arch=c00000b7 syscall=59 success=no exit=-2", Routine),
            ("arch=c000003e syscall=257 success=no exit=-2 comm=\"syscall=59\"", Routine),
            ("arch=c000003e syscall=59", Routine),
            ("arch=c000003e per=8 syscall=59 success=no", Routine),
            ("arch=1 syscall=59 success=no", Routine),
            ("syscall=59 arch=c000003e success=no", Routine),
            ("arch=c000003e syscall=99999999999 success=no", Routine),
            ("arch=", Routine),
            ("", Routine),
        ] {
            assert_eq!(with_event(&[(1300, call), (1307, "cwd=\"/\"")], Priority::of), priority, "{call}");
        }
        let denied = [(1400, "avc: denied"), (1300, "arch=c000003e syscall=59 success=no exit=-13")];
        assert_eq!(with_event(&denied, Priority::of), Last);
        let claim = [(1107, "pid=1 msg='arch=c000003e syscall=59 success=no'")];
        assert_eq!(with_event(&claim, Priority::of), Rest, "a claim");
    }

    #[test]
    fn an_event_goes_by_its_first_type_and_the_kernels_word_on_the_key() {
        let named = |records: &[(u16, &str)]| with_event(records, |event| (name(event).0, name(event).1.to_vec()));
        for (body, key) in [
            ("arch=c000003e comm=\"x\" key=\"web\"", "\"web\""),
            ("arch=c000003e key=6101620A subj=kernel", "6101620A"),
            ("arch=c000003e key=(null)", ""),
            ("arch=c000003e", ""),
        ] {
            assert_eq!(named(&[(1300, body), (1307, "cwd=\"/\"")]), (1300, key.as_bytes().to_vec()), "{body}");
        }
        assert_eq!(named(&[(1400, "avc: denied"), (1300, "a=1 key=\"k\"")]), (1400, b"\"k\"".to_vec()));
        assert_eq!(named(&[(1112, "pid=1 msg='op=login key=\"web\"'")]), (1112, vec![]), "a claim");
    }
}
