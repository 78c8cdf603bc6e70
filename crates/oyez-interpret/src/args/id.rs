//! Arguments and results that are users or groups.

use oyez_tables::argument::{self, Argument};

use super::{Call, low};

/// A user or a group in an argument. `u32::MAX` is none: the call leaves that one as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Id {
    /// A user's number.
    User(u32),
    /// A group's number.
    Group(u32),
}

/// The user or group in argument `index` of `call`, if it is one. Numbers of 16 bits (`setuid` of 32-bit programs) are made
/// the kernel's 32: 0xffff is none.
pub fn id(call: &Call, index: usize) -> Option<Id> {
    if index == argument::EXIT {
        return None;
    }
    let value = call.args.get(index).copied().flatten()?;
    of(call.argument(index), value)
}

/// The user or group that `call` gave back as its result `exit`, if it is one and the call did not fail.
pub(super) fn of_result(call: &Call, exit: i64) -> Option<Id> {
    of(call.argument(argument::EXIT), u64::try_from(exit).ok()?)
}

fn of(argument: Argument, value: u64) -> Option<Id> {
    let value = low(value);
    let wide = |value: u32| if value & 0xffff == 0xffff { u32::MAX } else { value & 0xffff };
    match argument {
        Argument::Uid => Some(Id::User(value)),
        Argument::Gid => Some(Id::Group(value)),
        Argument::Uid16 => Some(Id::User(wide(value))),
        Argument::Gid16 => Some(Id::Group(wide(value))),
        _ => None,
    }
}
