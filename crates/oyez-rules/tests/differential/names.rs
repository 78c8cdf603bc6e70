//! Names of system calls: those of auditctl's tables, as `ausyscall` dumps them, lead to the same numbers here.

use std::process::Command as Process;

use oyez_rules::model::Command;
use oyez_rules::text::{NoNames, PermSyscalls, Target, parse_line};
use oyez_tables::arch::Arch;
use oyez_tables::syscall;

pub(crate) const ARCHES: [Arch; 9] = [
    Arch::X86_64,
    Arch::I386,
    Arch::Aarch64,
    Arch::Arm,
    Arch::Ppc,
    Arch::Ppc64,
    Arch::Ppc64le,
    Arch::S390,
    Arch::S390x,
];

/// Calls of arm's old binary interface: a kernel of today has no number for them (`arch/arm/tools/syscall.tbl`, oabi).
const OLD_ARM: [u32; 12] = [13, 22, 25, 27, 30, 76, 82, 89, 90, 102, 113, 117];

/// Number and name of each call, or `None` where there is no `ausyscall`.
pub(crate) fn dump(arch: Arch) -> Option<Vec<(u32, String)>> {
    let output = Process::new("ausyscall").args([arch.name(), "--dump"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let call = |line: &str| {
        let (number, name) = line.split_once('\t')?;
        Some((number.parse().ok()?, name.to_owned()))
    };
    Some(text.lines().filter_map(call).collect())
}

/// Looks every name up; how many there are.
pub(crate) fn compare(arch: Arch, dump: &[(u32, String)]) -> usize {
    let is_dir = |_: &[u8]| false;
    let target = Target { machine: arch, perm_syscalls: PermSyscalls::Never, names: &NoNames, is_dir: &is_dir };
    let differs = |(number, name): &&(u32, String)| {
        let line = format!("-a always,exit -F arch={} -S {name}", arch.name());
        let ours = match &parse_line(line.as_bytes(), 1, &target).commands[..] {
            [Command::AddRule { rule, .. }] => rule.syscalls.numbers().collect(),
            _ => Vec::new(),
        };
        ours != [*number] && !nowhere(arch, *number, name)
    };
    let different: Vec<_> = dump.iter().filter(differs).collect();
    assert!(different.is_empty(), "{}: {different:?}", arch.name());
    dump.len()
}

/// Whether no kernel has the call under this number: auditctl has one table for all of Power, though 64-bit programs lack
/// what is for 32-bit ones, and numbers beyond any mask.
fn nowhere(arch: Arch, number: u32, name: &str) -> bool {
    match arch {
        Arch::Arm => OLD_ARM.contains(&number) || number > 2047,
        Arch::Ppc64 | Arch::Ppc64le => syscall::number(Arch::Ppc, name.as_bytes()) == Some(number),
        Arch::Ppc => name == "semtimedop",
        _ => false,
    }
}
