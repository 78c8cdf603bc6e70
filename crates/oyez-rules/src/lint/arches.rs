//! The two architectures that a 64-bit machine runs: rules that forget one of them, or mix them up.

use oyez_tables::arch::Arch;
use oyez_tables::syscall;

use super::logic::implied;
use super::seen::Seen;
use super::{Code, Facts, Finding};
use crate::model::{Action, Field, FieldTest, Op};
use crate::values;

/// Calls of 64-bit programs, and by what others 32-bit programs do the same: wider ids, sizes and times, and calls that
/// once were one (`arch/x86/entry/syscalls/syscall_32.tbl`, `arch/arm/tools/syscall.tbl`).
const VARIANTS: [(&[&str], &str); 20] = [
    (&["chown"], "chown32"),
    (&["fchown"], "fchown32"),
    (&["lchown"], "lchown32"),
    (&["truncate"], "truncate64"),
    (&["ftruncate"], "ftruncate64"),
    (&["setuid"], "setuid32"),
    (&["setgid"], "setgid32"),
    (&["setreuid"], "setreuid32"),
    (&["setregid"], "setregid32"),
    (&["setresuid"], "setresuid32"),
    (&["setresgid"], "setresgid32"),
    (&["setfsuid"], "setfsuid32"),
    (&["setfsgid"], "setfsgid32"),
    (&["setgroups"], "setgroups32"),
    (&["umount2"], "umount"),
    (&["clock_settime"], "clock_settime64"),
    (&["clock_adjtime"], "clock_adjtime64"),
    (&["settimeofday"], "stime"),
    (&["socket", "bind", "connect", "listen", "accept4", "sendto", "recvfrom", "sendmsg", "recvmsg"], "socketcall"),
    (&["semget", "semctl", "msgget", "msgctl", "msgsnd", "msgrcv", "shmget", "shmctl", "shmat"], "ipc"),
];

pub(super) fn look<'a>(rules: &[Seen<'a>], facts: &Facts<'_>, found: &mut Vec<Finding<'a>>) {
    let Some(twin) = values::b32(facts.machine).filter(|twin| *twin != facts.machine) else { return };
    for seen in rules.iter().filter(|seen| seen.records_calls() && !seen.rule.syscalls.is_all()) {
        let any_arch = seen.rule.find(Field::Arch).is_none();
        match seen.arch {
            None if any_arch => found.push(without(seen)),
            Some(arch) if arch == facts.machine => found.extend(without_twin(seen, twin, rules)),
            Some(arch) if arch == twin => found.extend(without_variants(seen, twin, rules)),
            _ => {}
        }
    }
}

fn without<'a>(seen: &Seen<'a>) -> Finding<'a> {
    let message = "it names calls but no arch: 32-bit programs have other calls under these numbers";
    Finding::at(Code::NoArch, &seen.entry, message).hint("put -F arch=b64 before -S, and write a twin with arch=b32")
}

fn without_twin<'a>(seen: &Seen<'a>, twin: Arch, rules: &[Seen<'_>]) -> Option<Finding<'a>> {
    let tests = tests_for(seen, twin);
    let covering: Vec<_> = rules
        .iter()
        .filter(|known| known.rule.list == seen.rule.list && known.rule.action == Action::Always)
        .filter(|known| known.arch != Some(seen.calls_of))
        .filter(|known| known.rule.fields().iter().all(|test| implied(test, &tests)))
        .collect();
    let named: Vec<_> = seen.call_names().collect();
    let heard = |number| covering.iter().any(|known| known.calls.contains(number));
    let (mut open, mut missing): (Vec<&str>, Vec<&str>) = Default::default();
    for name in &named {
        match syscall::number(twin, name.as_bytes()) {
            Some(number) if heard(number) => {}
            Some(_) => open.push(name),
            None => missing.push(name),
        }
    }
    if open.is_empty() {
        return None;
    }
    let message = format!("32-bit programs can do the same unseen: no rule with arch=b32 for {}", list(&open));
    let variants: Vec<_> = variants(&named, twin).collect();
    let mut hint = vec!["write a twin with arch=b32".to_owned()];
    if !missing.is_empty() {
        hint.push(format!("there is no {} there", list(&missing)));
    }
    if !variants.is_empty() {
        hint.push(format!("name {} too", list(&variants)));
    }
    Some(Finding::at(Code::NoB32, &seen.entry, message).hint(hint.join("; ")))
}

/// The tests of a rule, as its 32-bit twin has them.
fn tests_for(seen: &Seen<'_>, twin: Arch) -> Vec<FieldTest> {
    let others = seen.rule.fields().iter().filter(|test| test.field() != Field::Arch).cloned();
    FieldTest::number(Field::Arch, Op::Equal, twin.audit()).into_iter().chain(others).collect()
}

fn without_variants<'a>(seen: &Seen<'a>, twin: Arch, rules: &[Seen<'_>]) -> Option<Finding<'a>> {
    let named: Vec<_> = seen.call_names().collect();
    let heard = |name: &&str| {
        let number = syscall::number(twin, name.as_bytes());
        let records = |known: &&Seen<'_>| known.records_calls() && known.arch == Some(twin);
        number.is_some_and(|number| rules.iter().filter(records).any(|known| known.calls.contains(number)))
    };
    let open: Vec<_> = variants(&named, twin).filter(|name| !heard(name)).collect();
    if open.is_empty() {
        return None;
    }
    let message = format!("32-bit programs do the same by {}, which no rule hears", list(&open));
    Some(Finding::at(Code::B32Variants, &seen.entry, message).hint(format!("add -S {}", open.join(","))))
}

/// By what else 32-bit programs do what these calls do, those that are named already left out.
fn variants<'n>(named: &'n [&'static str], twin: Arch) -> impl Iterator<Item = &'static str> + 'n {
    VARIANTS
        .into_iter()
        .filter(|(calls, _)| calls.iter().any(|call| named.contains(call)))
        .map(|(_, variant)| variant)
        .filter(move |variant| !named.contains(variant) && syscall::number(twin, variant.as_bytes()).is_some())
}

/// The first names of many.
fn list(names: &[&str]) -> String {
    const MOST: usize = 6;
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{} and {more} more", names[..MOST].join(", ")),
        _ => names.join(", "),
    }
}
