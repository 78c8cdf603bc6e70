//! A suggestion → rules with which the kernel makes no such records, and how a rule that is there could be narrowed.
//!
//! A rule cannot ask for another rule's key, so it takes out more than the filter: what it takes is counted anew, and nothing is
//! said where it could take what must stay. Each rule is read by `oyez-rules` before it is shown.

use oyez_rules::text::{NoNames, PermSyscalls, Target, parse_line};
use oyez_tables::arch::Arch;
use oyez_tables::record_type;

use crate::choose::{Candidate, spares};
use crate::condition::{Condition, Id};
use crate::rows::{Row, Rows};
use crate::shape::Who;
use crate::{Action, Kernel, Narrowing, Volume, What, words};

/// The rules that do in the kernel what `candidate` does; `None` where they cannot.
pub(crate) fn rules(rows: &Rows, candidate: &Candidate, what: &What) -> Option<Kernel> {
    let Candidate { condition, calls, .. } = candidate;
    if condition.parent.is_some() || condition.what.is_some() || what.program.is_none() {
        return None;
    }
    if calls.is_empty() { by_type(rows, candidate, what) } else { by_call(rows, condition, calls, what) }
}

fn by_call(rows: &Rows, condition: &Condition, calls: &[Id], what: &What) -> Option<Kernel> {
    let without_key = Condition { key: Id::NONE, ..*condition };
    if rows.who(condition.who) != Some(Who::Exe) || !spares(rows, &without_key, calls) {
        return None;
    }
    let (_, exe) = what.program.as_ref()?;
    let mut tests = format!(" -F exe={}", word(exe)?);
    if let Some(dir) = &what.dir {
        tests.push_str(&format!(" -F dir={}", word(dir)?));
    }
    if what.succeeded {
        tests.push_str(" -F success=1");
    }
    let takes = |row: &&Row| row.fits(&without_key) && calls.contains(&row.call);
    let (mut rules, mut saves) = (Vec::new(), Volume::default());
    for width in ["b64", "b32"] {
        let taken: Vec<_> = rows.rows.iter().filter(takes).filter(|row| width_of(rows, row) == Some(width)).collect();
        let Some(machine) = taken.first().and_then(|row| machine(rows, row)) else { continue };
        let mut names: Vec<_> = taken.iter().filter_map(|row| str::from_utf8(rows.bytes(row.call)).ok()).collect();
        names.sort_unstable();
        names.dedup();
        let rule = format!("-a never,exit -F arch={width} -S {}{tests}", names.join(","));
        rules.extend(is_accepted(&rule, machine).then_some(rule));
        taken.iter().for_each(|row| saves.add(row.came.all));
    }
    let place = match &what.key {
        Some(key) => format!("before the rules with the key \"{key}\", and all others that record these calls"),
        None => "before all rules that record these calls".to_owned(),
    };
    (!rules.is_empty()).then(|| Kernel { rules, place, saves, costs: words::kernel_costs(what) })
}

/// A type of its own, which always comes alone.
fn by_type(rows: &Rows, candidate: &Candidate, what: &What) -> Option<Kernel> {
    let kind = what.kind.as_ref()?;
    let number = record_type::number(kind.as_bytes())?;
    let (_, exe) = what.program.as_ref()?;
    // The kernel does not know how it ended: that stands in the program's own words.
    let condition = Condition { succeeded: false, ..candidate.condition };
    let taken: Vec<_> = rows.rows.iter().filter(|row| row.call == Id::NONE && row.fits(&condition)).collect();
    let is_alone = record_type::is_user_space(number) && taken.iter().all(|row| row.flags.is_single);
    if !is_alone || !spares(rows, &condition, &[]) {
        return None;
    }
    let rule = format!("-a always,exclude -F msgtype={} -F exe={}", word(kind)?, word(exe)?);
    let mut saves = Volume::default();
    taken.iter().for_each(|row| saves.add(row.came.all));
    is_accepted(&rule, Arch::X86_64).then(|| Kernel {
        rules: vec![rule],
        place: "anywhere: the exclude list is looked through first".to_owned(),
        saves,
        costs: words::kernel_costs(what),
    })
}

/// What could be added to the rules with the suggestion's key.
pub(crate) fn narrowing(rows: &Rows, candidate: &Candidate, what: &What) -> Option<Narrowing> {
    let condition = candidate.condition;
    let key = what.key.as_deref().filter(|key| word(key).is_some())?;
    let of_key = Condition { key: condition.key, ..Condition::default() };
    if candidate.action == Action::Drop {
        let is_whole = condition == Condition { who: condition.who, ..of_key };
        let by_who = Condition { who: condition.who, ..of_key };
        let exe = what.program.as_ref().filter(|(field, _)| is_whole && *field == "exe").map(|(_, exe)| exe)?;
        let add = format!("-F exe!={}", word(exe)?);
        let saves = all(rows, |row| row.fits(&by_who) && row.call.is_some());
        let is_sure = spares(rows, &by_who, &[]) && is_accepted(&format!("-a always,exit -S all {add}"), Arch::X86_64);
        return is_sure.then(|| Narrowing {
            key: key.to_owned(),
            add,
            saves,
            costs: words::narrowing_costs(Some(exe)),
        });
    }
    let is_unset = |row: &Row| rows.bytes(row.auid) == b"4294967295";
    let saves = all(rows, |row| row.fits(&of_key) && row.call.is_some() && is_unset(row));
    let stays = rows.rows.iter().any(|row| row.flags.stays.is_some() && row.may_fit(&of_key) && row.call != Id::NONE);
    let is_worth_it = saves.bytes > candidate.saves.bytes / 2 && !stays;
    let add = "-F auid!=unset".to_owned();
    is_worth_it.then(|| Narrowing { key: key.to_owned(), add, saves, costs: words::narrowing_costs(None) })
}

fn all(rows: &Rows, is_taken: impl Fn(&Row) -> bool) -> Volume {
    let mut all = Volume::default();
    rows.rows.iter().filter(|row| is_taken(row)).for_each(|row| all.add(row.came.all));
    all
}

/// The value as it stands in a line that auditctl reads: quotes mean nothing there, and blanks end it.
fn word(value: &str) -> Option<&str> {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+' | b'@' | b':');
    (!value.is_empty() && value.bytes().all(is_plain)).then_some(value)
}

/// Whether our own reader takes the rule for that machine, without a word against it.
fn is_accepted(rule: &str, machine: Arch) -> bool {
    let target = Target { machine, perm_syscalls: PermSyscalls::Missing, names: &NoNames, is_dir: &|_| true };
    let parsed = parse_line(rule.as_bytes(), 1, &target);
    parsed.commands.len() == 1 && parsed.problems.is_empty()
}

fn arch(rows: &Rows, row: &Row) -> Option<Arch> {
    Arch::all().find(|arch| arch.name().as_bytes() == rows.bytes(row.arch))
}

/// What auditctl calls it on its own machine.
fn width_of(rows: &Rows, row: &Row) -> Option<&'static str> {
    match arch(rows, row)? {
        Arch::X86_64
        | Arch::Aarch64
        | Arch::Ppc64
        | Arch::Ppc64le
        | Arch::S390x
        | Arch::Riscv64
        | Arch::Loongarch64 => Some("b64"),
        Arch::I386 | Arch::Arm | Arch::Ppc | Arch::S390 => Some("b32"),
        _ => None,
    }
}

/// The machine whose auditctl reads the rule.
fn machine(rows: &Rows, row: &Row) -> Option<Arch> {
    Some(match arch(rows, row)? {
        Arch::I386 => Arch::X86_64,
        Arch::Arm => Arch::Aarch64,
        Arch::Ppc => Arch::Ppc64,
        Arch::S390 => Arch::S390x,
        arch => arch,
    })
}
