//! The records that both read.

use oyez_tables::arch::Arch;
use oyez_tables::argument::{self, Argument};
use oyez_tables::flags::{Group, Set};
use oyez_tables::syscall;

/// Architectures that Debian's `ausearch` knows.
const ARCHES: [Arch; 3] = [Arch::X86_64, Arch::I386, Arch::Aarch64];

/// One record: a call, and which of its arguments is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) arch: Arch,
    pub(crate) number: u32,
    pub(crate) args: [u64; 4],
    pub(crate) index: usize,
    pub(crate) exit: i64,
}

/// Every call's every argument.
pub(crate) fn arguments() -> Vec<Case> {
    let mut cases = Vec::new();
    for arch in ARCHES {
        for number in 0..512 {
            let Some(name) = syscall::name(arch, number) else { continue };
            for index in 0..4 {
                let base = Case { arch, number, args: [0; 4], index, exit: 0 };
                of_argument(&mut cases, base, name);
            }
        }
    }
    cases
}

fn of_argument(cases: &mut Vec<Case>, base: Case, name: &str) {
    let kind = argument::signature(name.as_bytes()).map(|signature| signature.argument(base.arch, base.index));
    let options = match kind {
        None | Some(Argument::Plain) => return push(cases, base, [3, 0x7ffd_0000_1000]),
        Some(Argument::By(option)) => Some((usize::from(option), options(base.arch, name, option))),
        Some(_) => None,
    };
    match options {
        Some((option, values)) => {
            for value in values {
                let mut base = base;
                base.args[option] = value;
                push(cases, base, (0..72).chain([0xffff_ff9c, 1000]));
            }
        }
        None => push(cases, base, values(base.arch, kind)),
    }
    if kind == Some(Argument::CreatedMode) {
        let mut base = base;
        base.args[base.index - 1] = 0o101;
        push(cases, base, [0, 0o600, 0o644, 0o4755, 0o7777]);
    }
}

fn push(cases: &mut Vec<Case>, base: Case, values: impl IntoIterator<Item = u64>) {
    for value in values {
        let mut case = base;
        case.args[case.index] = value;
        cases.push(case);
    }
}

/// The values of the argument that decides.
fn options(arch: Arch, name: &str, option: u8) -> Vec<u64> {
    let signature = argument::signature(name.as_bytes());
    match signature.map(|signature| signature.argument(arch, usize::from(option))) {
        Some(Argument::Set(set)) => set.values(group(arch)).iter().map(|(value, _)| *value).collect(),
        _ => (0..20).collect(),
    }
}

/// Small numbers, single bits, all names of the set, and bits together.
fn values(arch: Arch, kind: Option<Argument>) -> Vec<u64> {
    let mut values: Vec<u64> = (0..72).chain((6..32).map(|bit| 1 << bit)).collect();
    values.extend([0o644, 0o755, 0o4755, 0o2755, 0o1777, 0o100_644, 0o20_644, 0xffff_ff9c, 0xffff_ffff]);
    if let Some(Argument::Set(set)) = kind {
        let (group, seen) = (group(arch), if set.seen(u64::MAX) == u64::MAX { u64::MAX } else { 0xffff_ffff });
        values.extend(set.values(group).iter().map(|(value, _)| *value));
        values.extend(set.bits(group).iter().map(|(value, _)| *value & seen));
        values.extend(set.bits(group).windows(2).map(|two| two[0].0 | two[1].0));
    }
    values
}

fn group(arch: Arch) -> Group {
    Group::of(arch).expect("an architecture with calls")
}

/// Results of some calls.
pub(crate) fn results() -> Vec<Case> {
    let names =
        ["openat", "mmap", "mmap2", "brk", "read", "execve", "shmat", "fcntl", "umask", "personality", "mremap"];
    let mut cases = Vec::new();
    for arch in ARCHES {
        for number in names.iter().filter_map(|name| syscall::number(arch, name.as_bytes())) {
            let values = (-140..20).chain([-512, -516, -4095, -4096, 1000, 0x8002, 0x7f00_0000_0000]);
            for exit in values {
                cases.push(Case { arch, number, args: [3, 3, 0, 0], index: 0, exit });
            }
        }
    }
    cases
}

/// A set's names are in `ausearch`'s tables, so it is worth comparing.
#[test]
fn there_are_many_cases_of_known_names() {
    let cases = arguments();
    let openat = syscall::number(Arch::X86_64, b"openat").expect("openat has a number");
    let flags = cases.iter().filter(|case| case.arch == Arch::X86_64 && case.number == openat && case.index == 2);
    assert!(flags.count() > 100 + Set::Open.bits(Group::X86).len() && cases.len() > 30_000, "{}", cases.len());
}
