//! What was done, and with which result: the command line, or the system call and the program that made it.

use oyez_events::decode::argv::Argv;
use oyez_events::decode::{Text, untrusted};
use oyez_interpret::normal::Outcome;
use oyez_tables::arch::Arch;
use oyez_tables::key::Key;
use oyez_tables::syscall;

use super::facts::{Facts, RESULTS, Value};
use super::line::{Line, Paint};
use super::plain::{put, word};

/// Longest argument shown, in bytes.
const ARG_LIMIT: usize = 256;
/// Arguments are shown until they make up so many bytes.
const ARGV_LIMIT: usize = 1024;
/// Longest path of a program shown, in bytes.
const EXE_LIMIT: usize = 256;
/// `TASK_COMM_LEN` (linux/sched.h) without its NUL.
const COMM_LEN: usize = 15;

/// Writes what was done; nothing where neither an `EXECVE` nor a `SYSCALL` record says it.
pub(super) fn write(line: &mut Line<'_>, facts: &Facts<'_>, argv: &Argv) {
    if facts.has_execve {
        line.group(Some(Paint::Deed), |out| command(out, argv));
    } else if facts.has_syscall {
        line.group(Some(Paint::Deed), |out| call(out, facts));
        line.more(Some(Paint::Context), |out| program(out, facts));
    }
}

/// The name of the system call; `None` where no table and no log says it.
pub(super) fn call_name<'e>(facts: &Facts<'e>) -> Option<&'e [u8]> {
    let arch = arch(facts).and_then(Arch::from_audit);
    let number = facts.get(Key::Syscall).and_then(Value::number);
    let known = arch.zip(number).and_then(|(arch, number)| syscall::name(arch, number));
    let told = || facts.name(Key::Syscall).map(|name| name.bytes).filter(|name| !name.is_empty());
    known.map(str::as_bytes).or_else(told)
}

/// The recording host's `AUDIT_ARCH_*` number.
pub(super) fn arch(facts: &Facts<'_>) -> Option<u32> {
    facts.get(Key::Arch)?.hex_number()?.try_into().ok()
}

/// Writes the result of the deed: `ok`, the errno's name, or `failed`; nothing where no record says it.
pub(super) fn result(line: &mut Line<'_>, facts: &Facts<'_>, outcome: Option<Outcome>) {
    let said = RESULTS.into_iter().find_map(|key| facts.get(key));
    // What a program claims stands among its claims already.
    let outcome = outcome.filter(|_| said.is_some() || !facts.has_claimed_result);
    match outcome {
        Some(Outcome::Success) => line.group(None, |out| out.extend_from_slice(b"ok")),
        Some(failed @ Outcome::Failed(number)) => {
            line.group(Some(Paint::Failed), |out| match (failed.errno(), number) {
                (Some(name), _) => out.extend_from_slice(name.as_bytes()),
                (None, Some(number)) => put(out, format_args!("failed (-{number})")),
                (None, None) => out.extend_from_slice(b"failed"),
            });
        }
        None => {
            if let Some(other) = said {
                line.group(Some(Paint::Caution), |out| {
                    out.extend_from_slice(b"res=");
                    word(out, other.bytes, 32);
                });
            }
        }
    }
}

fn command(out: &mut Vec<u8>, argv: &Argv) {
    let mut left = ARGV_LIMIT;
    let args = argv.args();
    let total = args.len();
    for (index, arg) in args.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        if left == 0 {
            return put(out, format_args!("… +{} args", total - index));
        }
        match arg {
            Some(arg) => word(out, arg, ARG_LIMIT),
            None => out.extend_from_slice("…".as_bytes()),
        }
        left = left.saturating_sub(arg.map_or(1, |arg| arg.len().min(ARG_LIMIT) + 1));
    }
    if argv.is_cut() {
        out.extend_from_slice(if total == 0 { "… cut" } else { " … cut" }.as_bytes());
    } else if total == 0 {
        out.extend_from_slice(b"(no arguments)");
    }
}

fn call(out: &mut Vec<u8>, facts: &Facts<'_>) {
    match (call_name(facts), facts.get(Key::Syscall)) {
        (Some(name), _) => word(out, name, 64),
        (None, Some(number)) => {
            out.extend_from_slice(b"syscall ");
            word(out, number.bytes, 32);
        }
        (None, None) => out.extend_from_slice(b"syscall"),
    }
}

/// `by EXE`; with the thread's own name where that is another one.
fn program(out: &mut Vec<u8>, facts: &Facts<'_>) {
    let (mut exe, mut comm) = (Vec::new(), Vec::new());
    let exe = decoded(facts.get(Key::Exe), &mut exe);
    let comm = decoded(facts.get(Key::Comm), &mut comm);
    out.extend_from_slice(b"by ");
    match (exe, comm) {
        (Some(exe), comm) => {
            word(out, exe, EXE_LIMIT);
            if let Some(comm) = comm.filter(|comm| !is_named_after(comm, exe)) {
                out.extend_from_slice(b" (");
                word(out, comm, 32);
                out.push(b')');
            }
        }
        (None, Some(comm)) => word(out, comm, 32),
        (None, None) => out.push(b'?'),
    }
}

fn is_named_after(comm: &[u8], exe: &[u8]) -> bool {
    let base = exe.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    base.get(..COMM_LEN).unwrap_or(base) == comm
}

/// An untrusted string's bytes; `None` where there is none.
pub(super) fn decoded<'a>(value: Option<Value<'a>>, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let value = value?;
    match untrusted(value.bytes, value.form, scratch) {
        Text::Absent => None,
        Text::Bytes(bytes) => Some(bytes),
    }
}
