//! The result of a call: `EACCES(Permission denied)`, an address, flags it gave back.

use oyez_tables::argument::{self, Argument};

use super::flags::print;
use super::id::{Id, of_result};
use super::{Call, ipc, write};

/// The kernel returns errors as -1 to -4095 (`MAX_ERRNO`, include/linux/err.h).
const MAX_ERRNO: i64 = 4095;

/// Appends what the result `exit` of `call` means: a failure's name and words, an address in hex, flags by name. `false`,
/// and nothing appended, where there is nothing to say beyond the number.
pub fn exit(call: &Call, exit: i64, out: &mut Vec<u8>) -> bool {
    if (-MAX_ERRNO..0).contains(&exit) {
        return errno(exit, out);
    }
    let argument = match call.argument(argument::EXIT) {
        Argument::Shifted => ipc::result(call),
        argument => argument,
    };
    if argument == Argument::Address {
        print(out, format_args!("0x{exit:x}"));
        return true;
    }
    match call.group {
        Some(group) if exit >= 0 => write(argument, group, exit.cast_unsigned(), out),
        _ => false,
    }
}

/// Appends name and words of a failed call's negative result: `EACCES(Permission denied)`, `ERESTARTSYS`; `false` where no
/// error has the number.
pub fn errno(exit: i64, out: &mut Vec<u8>) -> bool {
    let number = exit.checked_neg().and_then(|number| u32::try_from(number).ok());
    let Some((number, name)) = number.and_then(|number| Some((number, oyez_tables::errno::name(number)?))) else {
        return false;
    };
    out.extend_from_slice(name.as_bytes());
    if let Some(words) = oyez_tables::errno::words(number) {
        print(out, format_args!("({words})"));
    }
    true
}

/// The user or group that `call` gave back as `exit` (`getuid`, `setfsuid`), if it is one.
pub fn exit_id(call: &Call, exit: i64) -> Option<Id> {
    of_result(call, exit)
}
