//! What is not seen though it seems to be: ways around calls, and records that are left out.

use oyez_tables::record_type;

use super::seen::Seen;
use super::{Code, Finding};
use crate::model::{Action, Field, List, Op};
use crate::values;

/// Types of records that events cannot do without, and what goes with them.
const NEEDED: [(&str, &str); 9] = [
    ("SYSCALL", "who did it, and whether it worked"),
    ("PATH", "the files of every event"),
    ("CWD", "the folder that relative paths are seen from"),
    ("EXECVE", "the arguments of commands"),
    ("PROCTITLE", "the command line of every process but those just started"),
    ("SOCKADDR", "whom a connection goes to"),
    ("EOE", "the end of an event: readers then wait for more"),
    ("CONFIG_CHANGE", "changes of these rules"),
    ("LOGIN", "who logs in"),
];

pub(super) fn look<'a>(rules: &[Seen<'a>], found: &mut Vec<Finding<'a>>) {
    found.extend(rules.iter().filter_map(excluded));
    found.extend(rings(rules));
}

/// A record type that is left out for all, and that is missed.
fn excluded<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    let mut tests = seen.rule.fields().iter().filter(|test| test.field() != Field::Key);
    let test = tests.next().filter(|test| test.field() == Field::MsgType && test.op() == Op::Equal)?;
    if seen.rule.list != List::Exclude || tests.next().is_some() {
        return None;
    }
    let name = test.as_number().and_then(|number| u16::try_from(number).ok()).and_then(record_type::name)?;
    let (_, lost) = NEEDED.into_iter().find(|(needed, _)| *needed == name)?;
    let message = format!("without {name} goes {lost}");
    Some(
        Finding::at(Code::ExcludeBlinds, &seen.entry, message).hint("take it out, or leave out events and not records"),
    )
}

/// Calls that are recorded, and that an `io_uring` does without a call. Rules kept beside files are asked there too
/// (kernel/auditsc.c, `__audit_uring_exit`).
fn rings<'a>(rules: &[Seen<'a>]) -> Option<Finding<'a>> {
    let always = |seen: &&Seen<'_>| seen.rule.action == Action::Always;
    let hears = |seen: &Seen<'_>| match seen.rule.list {
        List::IoUring => true,
        List::Exit => !seen.rule.syscalls.is_all() && seen.call_names().any(|name| name == "io_uring_setup"),
        _ => false,
    };
    if rules.iter().filter(always).any(hears) {
        return None;
    }
    let named = |seen: &Seen<'_>| !seen.rule.syscalls.is_all() || seen.rule.find(Field::Perm).is_some();
    let by_call = |seen: &&Seen<'_>| seen.records_calls() && !seen.beside_file() && !seen.foreign && named(seen);
    let in_ring = |name: &&str| *name != "close" && values::uring_op(name.as_bytes()).is_some();
    let open: Vec<_> = rules.iter().filter(by_call).flat_map(Seen::call_names).filter(in_ring).collect();
    let telling = ["openat", "connect", "unlinkat"].into_iter().find(|name| open.contains(name));
    let first = telling.or(open.first().copied())?;
    let message = format!("\"{first}\" and more are recorded, but not where programs do them through an io_uring");
    let hint = "add rules of the io_uring list, or record -S io_uring_setup";
    Some(Finding::of_all(Code::IoUringOpen, message).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needed_types_are_types() {
        for (name, _) in NEEDED {
            assert!(record_type::number(name.as_bytes()).is_some(), "{name}");
        }
    }
}
