//! A suggestion → rules with which the kernel makes no such records, and how a rule that is there could be narrowed.
//!
//! A rule cannot ask for another rule's key, so it takes out more than the filter: what it takes is counted anew, and nothing is
//! said where it could take what must stay. Each rule is read by `oyez-rules` before it is shown.

use oyez_rules::text::{NoNames, PermSyscalls, Target, parse_line};
use oyez_tables::arch::Arch;

use crate::choose::{Candidate, spares};
use crate::condition::{Condition, Id};
use crate::files::{names_files, secrets_below};
use crate::rows::{Row, Rows};
use crate::shape::Who;
use crate::{Action, Kernel, Narrowing, Volume, What, words};

/// The rules that do in the kernel what `candidate` does; `None` where they cannot.
pub(crate) fn rules(rows: &Rows, candidate: &Candidate, what: &What) -> Option<Kernel> {
    let Candidate { condition, calls, .. } = candidate;
    // A rule has no "but not", and those for messages of programs do not read how an act ended.
    let has_secrets = what.dir.as_ref().is_some_and(|dir| secrets_below(dir).next().is_some());
    if condition.parent.is_some() || calls.is_empty() || has_secrets {
        return None;
    }
    let without_key = Condition { key: Id::NONE, ..*condition };
    if rows.who(condition.who) != Some(Who::Exe) || !spares(rows, &without_key, calls) {
        return None;
    }
    let (_, exe) = what.program.as_ref()?;
    let mut tests = format!(" -F exe={}", word(exe)?);
    if let Some(dir) = &what.dir {
        tests = format!("{tests} -F dir={}", word(dir)?);
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
        saves.add(Volume::sum(taken.iter().map(|row| row.came.all)));
    }
    let place = match &what.key {
        Some(key) => format!("before the rules with the key \"{key}\", and all others that record these calls"),
        None => "before all rules that record these calls".to_owned(),
    };
    (!rules.is_empty()).then(|| Kernel { rules, place, saves, costs: words::KERNEL_COSTS.to_owned() })
}

/// What could be added to the rules with the suggestion's key.
pub(crate) fn narrowing(rows: &Rows, candidate: &Candidate, what: &What) -> Option<Narrowing> {
    let condition = candidate.condition;
    let key = what.key.as_deref().filter(|key| word(key).is_some())?;
    let of_key = Condition { key: condition.key, ..Condition::default() };
    if candidate.action == Action::Drop {
        return None;
    }
    let is_unset = |row: &Row| rows.bytes(row.auid) == b"4294967295";
    let saves = all(rows, |row| row.fits(&of_key) && row.call.is_some() && row.flags.succeeded && is_unset(row));
    let stays = rows.rows.iter().any(|row| row.flags.stays.is_some() && row.may_fit(&of_key) && row.call != Id::NONE);
    let mut calls = rows.rows.iter().filter(|row| row.may_fit(&of_key) && row.call != Id::NONE);
    let names_files = calls.any(|row| names_files(rows.bytes(row.call)));
    let is_worth_it = saves.bytes > candidate.saves.bytes / 2 && !stays && !names_files;
    let add = "-F auid!=unset".to_owned();
    is_worth_it.then(|| Narrowing { key: key.to_owned(), add, saves, costs: words::NARROWING_COSTS.to_owned() })
}

fn all(rows: &Rows, is_taken: impl Fn(&Row) -> bool) -> Volume {
    Volume::sum(rows.rows.iter().filter(|row| is_taken(row)).map(|row| row.came.all))
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
