//! `asm/unistd*.h` of each architecture → `sources/syscalls.csv`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use super::{defines, head, output};
use crate::tables::Output;

/// One architecture's header: where, which file, from which package.
struct Source {
    arch: &'static str,
    package: &'static str,
    include: &'static str,
    header: &'static str,
}

const fn source(arch: &'static str, package: &'static str, include: &'static str, header: &'static str) -> Source {
    Source { arch, package, include, header }
}

#[rustfmt::skip]
const SOURCES: [Source; 11] = [
    source("aarch64", "linux-libc-dev-arm64-cross", "/usr/aarch64-linux-gnu/include", "asm/unistd.h"),
    source("arm", "linux-libc-dev-armhf-cross", "/usr/arm-linux-gnueabihf/include", "asm/unistd.h"),
    source("i386", "linux-libc-dev", "/usr/include/x86_64-linux-gnu", "asm/unistd_32.h"),
    source("ppc", "linux-libc-dev-ppc64-cross", "/usr/powerpc64-linux-gnu/include", "asm/unistd_32.h"),
    source("ppc64", "linux-libc-dev-ppc64-cross", "/usr/powerpc64-linux-gnu/include", "asm/unistd_64.h"),
    source("ppc64le", "linux-libc-dev-ppc64el-cross", "/usr/powerpc64le-linux-gnu/include", "asm/unistd_64.h"),
    source("riscv64", "linux-libc-dev-riscv64-cross", "/usr/riscv64-linux-gnu/include", "asm/unistd.h"),
    source("s390", "linux-libc-dev-s390x-cross", "/usr/s390x-linux-gnu/include", "asm/unistd_32.h"),
    source("s390x", "linux-libc-dev-s390x-cross", "/usr/s390x-linux-gnu/include", "asm/unistd_64.h"),
    source("x32", "linux-libc-dev", "/usr/include/x86_64-linux-gnu", "asm/unistd_x32.h"),
    source("x86_64", "linux-libc-dev", "/usr/include/x86_64-linux-gnu", "asm/unistd_64.h"),
];

/// The macros that choose arm's present ABI, and leave the bit off that marks x32 calls.
const DEFINED: [&str; 2] = ["__ARM_EABI__", "__X32_SYSCALL_BIT=0"];

/// Macros that are no system calls, and the second name of one (`sync_file_range2` on arm).
const SKIPPED: [&str; 7] = [
    "SYSCALL_BASE",
    "OABI_SYSCALL_BASE",
    "syscalls",
    "arch_specific_syscall",
    "BASE",
    "SYSCALL_MASK",
    "arm_sync_file_range",
];

/// Every architecture's system calls.
pub(super) fn extract() -> Result<Output> {
    let mut rows = String::new();
    for source in &SOURCES {
        for (number, name) in numbers(source)? {
            let _ = writeln!(rows, "{},{number},{name}", source.arch);
        }
    }
    let files: Vec<(&str, &str)> = SOURCES.iter().map(|source| (source.package, source.header)).collect();
    let text = head("System calls. x32 numbers are without the bit 0x40000000", &files, "arch,number,name")? + &rows;
    Ok(output("syscalls", text))
}

fn numbers(source: &Source) -> Result<BTreeMap<u64, String>> {
    let mut numbers = BTreeMap::new();
    // __ARM_NR_* are arm's private calls (set_tls and others); other architectures have none.
    for prefix in ["__NR_", "__ARM_NR_"] {
        let optional = prefix != "__NR_";
        for (name, number) in defines::evaluate(&[source.include], source.header, prefix, &DEFINED, optional)? {
            if !SKIPPED.contains(&name.as_str()) {
                let twice = numbers.insert(number, name);
                ensure!(twice.is_none(), "{} syscall {number} twice: {twice:?}", source.arch);
            }
        }
    }
    Ok(numbers)
}
