//! Rules as the linter looks at them: in the order in which the kernel tries them, and with the calls that can match.

use oyez_tables::arch::Arch;
use oyez_tables::syscall;

use super::Entry;
use crate::model::{Action, Command, Field, FieldTest, List, Op, Rule, Syscalls};
use crate::{perm, values};

/// A rule that is added.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    /// Where it comes from.
    pub(super) entry: Entry<'a>,
    /// The rule.
    pub(super) rule: &'a Rule,
    /// Whether it was written with `-w`.
    pub(super) watch: bool,
    /// The architecture of its `arch=`, if it has one that is known.
    pub(super) arch: Option<Arch>,
    /// The architecture its calls are of: that of `arch=`, else the machine's.
    pub(super) calls_of: Arch,
    /// Whether it is about programs of another architecture than the machine's: 32-bit ones, as a rule few.
    pub(super) foreign: bool,
    /// The calls that can match: those of its mask, less those that its `perm` never lets through.
    pub(super) calls: Syscalls,
}

impl Seen<'_> {
    fn new<'a>(entry: &Entry<'a>, rule: &'a Rule, watch: bool, machine: Arch) -> Seen<'a> {
        let arch = rule.find(Field::Arch).filter(|test| test.op() == Op::Equal).and_then(FieldTest::as_number);
        let arch = arch.and_then(Arch::from_audit);
        let calls = rule.syscalls.intersection(&of_perm(rule, arch, machine));
        let foreign = arch.is_some_and(|arch| arch != machine);
        Seen { entry: *entry, rule, watch, arch, calls_of: arch.unwrap_or(machine), foreign, calls }
    }

    /// Whether it asks for records at the end of calls.
    pub(super) fn records_calls(&self) -> bool {
        self.rule.list == List::Exit && self.rule.action == Action::Always
    }

    /// Whether the kernel keeps it beside a file, and not in the list that each call walks (kernel/auditfilter.c,
    /// `audit_find_rule`).
    pub(super) fn beside_file(&self) -> bool {
        let equal = |test: &FieldTest| test.op() == Op::Equal && matches!(test.field(), Field::Path | Field::Inode);
        self.rule.list == List::Exit && self.rule.fields().iter().any(equal)
    }

    /// Names of its calls; the ones that have none are left out.
    pub(super) fn call_names(&self) -> impl Iterator<Item = &'static str> {
        self.calls.numbers().filter_map(|number| match self.rule.list {
            List::IoUring => values::uring_op_name(number),
            _ => syscall::name(self.calls_of, number),
        })
    }

    /// Its tests of one field.
    pub(super) fn tests(&self, field: Field) -> impl Iterator<Item = &FieldTest> {
        self.rule.fields().iter().filter(move |test| test.field() == field)
    }
}

/// The calls that the rule's `perm` can match.
fn of_perm(rule: &Rule, arch: Option<Arch>, machine: Arch) -> Syscalls {
    let bits = rule.find(Field::Perm).filter(|test| test.op() == Op::Equal).and_then(FieldTest::as_number);
    let Some(bits) = bits.filter(|_| rule.list == List::Exit) else { return Syscalls::all() };
    let of = |arch| perm::syscalls(bits, arch).unwrap_or(Syscalls::all());
    match arch {
        Some(arch) => of(arch),
        None => values::b32(machine).map_or(of(machine), |twin| of(machine).union(&of(twin))),
    }
}

/// The rules that are there once all entries have been applied, in the order in which the kernel tries them.
pub(super) fn rules<'a>(entries: &[Entry<'a>], machine: Arch) -> Vec<Seen<'a>> {
    let (mut head, mut tail): (Vec<Seen<'a>>, Vec<Seen<'a>>) = Default::default();
    for entry in entries {
        match entry.command {
            Command::AddRule { rule, watch } => {
                let seen = Seen::new(entry, rule, *watch, machine);
                if rule.prepend { head.push(seen) } else { tail.push(seen) }
            }
            Command::DeleteRule { rule, .. } => {
                head.retain(|seen| !seen.rule.same(rule));
                tail.retain(|seen| !seen.rule.same(rule));
            }
            Command::DeleteAll { key: None } => {
                head.clear();
                tail.clear();
            }
            _ => {}
        }
    }
    head.into_iter().rev().chain(tail).collect()
}
