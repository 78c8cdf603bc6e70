//! System V objects: flags with permissions, and the call `ipc`, through which 32-bit programs reach all the others.

use oyez_tables::argument::{self, Argument};
use oyez_tables::flags::{Group, Set};

use super::{Call, mode};

/// Flags and permissions of `shmget` and its like: `IPC_CREAT|0600`.
pub(super) fn create(set: Set, group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    mode::with_flags(set, group, value, out)
}

/// The call that `ipc` stands for, with the arguments that the record has of it.
///
/// `ipc(call, first, second, third, ptr)` (ipc/syscall.c): pointers come last, so only some have their usual places.
pub(super) fn meant(call: &Call) -> Option<Call> {
    if call.signature?.argument(call.arch, 1) != Argument::Shifted {
        return None;
    }
    let name = call.option(0)?;
    let [_, first, second, third] = call.args;
    let args = match name {
        // (id, address, flags): the address is last.
        "shmat" => [first, None, second, None],
        // (id, message, size, flags): likewise.
        "msgsnd" => [first, None, second, third],
        _ => [first, second, third, None],
    };
    Some(Call::named(call.arch, call.number, name, args))
}

/// Argument `index` of `ipc`, as the call that it stands for has it.
pub(super) fn shifted(call: &Call, index: usize, out: &mut Vec<u8>) -> bool {
    let Some(meant) = meant(call) else { return false };
    let place = match (meant.name, index) {
        ("shmat", 2) => 2,
        ("shmat", _) => return false,
        ("msgsnd", index) if index > 1 => index,
        (_, index) => index.saturating_sub(1),
    };
    super::arg(&meant, place, out)
}

/// What the result of `ipc` is.
pub(super) fn result(call: &Call) -> Argument {
    // shmat puts the address elsewhere here: its result says only whether it went well.
    match meant(call) {
        Some(meant) if meant.name != "shmat" => meant.argument(argument::EXIT),
        _ => Argument::Plain,
    }
}
