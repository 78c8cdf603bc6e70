//! `-S`: names and numbers of system calls or, for the list `io_uring`, of operations.

use oyez_tables::arch::Arch;
use oyez_tables::syscall;

use super::lex::Token;
use super::number;
use super::problem::{Code, Level, Problem, show};
use super::rule::{ArchGiven, Builder};
use crate::model::{List, Syscalls};
use crate::{aliases, values};

/// Reads one `-S`, which may name several with commas between.
pub(super) fn read(builder: &mut Builder<'_, '_>, value: &Token) {
    builder.keyable = true;
    let mut set = builder.syscalls.unwrap_or(Syscalls::NONE);
    let list = builder.list();
    if let Some(list) = list.filter(|list| !list.takes_syscalls()) {
        builder.problem(not_in(list, value.column));
    }
    if value.text.is_empty() {
        builder.problem(Problem::error(Code::UnknownSyscall, value.column, "no call is named"));
    }
    let mut at = 0;
    for name in value.text.split(|byte| *byte == b',') {
        let column = value.column_of(at);
        at += name.len() + 1;
        // strtok(3): nothing between two commas is nothing.
        if name.is_empty() {
            continue;
        }
        if name == b"all" {
            set = Syscalls::all();
            continue;
        }
        let looked_up = match list {
            Some(List::IoUring) => operation(name, column),
            _ => call(builder, name, column),
        };
        match looked_up {
            Ok(number) if set.insert(number) => {}
            Ok(number) => {
                let what = format!("call {number} is too high for a rule");
                builder.problem(Problem::error(Code::UnknownSyscall, column, what).hint("2047 is the highest"));
            }
            Err(problem) => builder.problem(problem),
        }
    }
    if value.text.iter().all(|byte| *byte == b',') {
        builder.problem(nothing(value));
    }
    builder.syscalls = Some(set);
}

/// What to say of a value that names no call. auditctl takes commas alone: a rule without calls, which is held and does
/// nothing.
fn nothing(value: &Token) -> Problem {
    if value.text.is_empty() {
        return Problem::error(Code::MissingValue, value.column, "-S names no call");
    }
    Problem::warning(Code::NeverMatches, value.column, "-S names no call: the rule matches nothing")
}

/// What to say of calls in a list that does not choose by them.
pub(super) fn not_in(list: List, column: usize) -> Problem {
    let what = format!("the {} list does not take calls", list.name());
    Problem::error(Code::WrongList, column, what).hint("leave -S out")
}

fn operation(name: &[u8], column: usize) -> Result<u32, Problem> {
    values::uring_op(name).or_else(|| number(name)).ok_or_else(|| {
        let what = format!("unknown io_uring operation \"{}\"", show(name));
        Problem::error(Code::UnknownSyscall, column, what).meant(name, values::uring_op_names())
    })
}

fn number(name: &[u8]) -> Option<u32> {
    number::parse(name).ok().filter(|number| number.whole && name.first() != Some(&b'-')).map(|number| number.value)
}

fn call(builder: &mut Builder<'_, '_>, name: &[u8], column: usize) -> Result<u32, Problem> {
    let arch = match builder.arch {
        Some(ArchGiven(arch)) => arch,
        None => Some(builder.target.machine),
    };
    let Some(found) = arch.and_then(|arch| aliases::number(arch, name)).or_else(|| number(name)) else {
        return Err(unknown(arch, name, column));
    };
    if builder.arch.is_none() {
        warn_of_twin(builder, name, found, column);
    }
    Ok(found)
}

fn unknown(arch: Option<Arch>, name: &[u8], column: usize) -> Problem {
    let Some(arch) = arch else {
        let what = format!("\"{}\": the calls of this architecture are not known", show(name));
        return Problem::error(Code::UnknownSyscall, column, what).hint("write its number");
    };
    let what = format!("unknown call \"{}\" on {}", show(name), arch.name());
    let problem = Problem::error(Code::UnknownSyscall, column, what);
    let others = [Arch::X86_64, Arch::I386, Arch::Aarch64, Arch::Arm, Arch::Ppc64, Arch::S390x, Arch::Riscv64];
    let elsewhere: Vec<_> = others.into_iter().filter(|arch| syscall::number(*arch, name).is_some()).collect();
    if let [first, ..] = elsewhere[..] {
        return problem.hint(format!("{} has it", first.name()));
    }
    let names = (0..Syscalls::LIMIT).filter_map(|number| syscall::name(arch, number));
    problem.meant(name, names)
}

/// Says, once, that a call has another number for 32-bit programs, which the rule is about too.
fn warn_of_twin(builder: &mut Builder<'_, '_>, name: &[u8], number: u32, column: usize) {
    let machine = builder.target.machine;
    let Some(twin) = values::b32(machine).filter(|twin| *twin != machine) else { return };
    let adds = builder.draft.as_ref().is_none_or(|draft| !draft.delete);
    let told = builder.problems.iter().any(|problem| problem.code == Code::NoArch && problem.level == Level::Warning);
    if !adds || told || self::number(name).is_some() || aliases::number(twin, name) == Some(number) {
        return;
    }
    let other = syscall::name(twin, number).map_or_else(|| "no call".to_owned(), |name| format!("\"{name}\""));
    let what = format!("without an arch, \"{}\" is {other} for 32-bit programs", show(name));
    builder.problem(
        Problem::warning(Code::NoArch, column, what).hint("put -F arch=b64 before -S, and write a twin with b32"),
    );
}
