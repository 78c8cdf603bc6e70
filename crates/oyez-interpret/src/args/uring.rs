//! Operations of an `io_uring`, which URINGOP records tell by number.

use oyez_tables::flags::{Group, Set};

/// The name of operation `number` (`uring_op=` of URINGOP records): `openat` for `IORING_OP_OPENAT`; alike everywhere.
pub fn uring_op(number: u32) -> Option<&'static str> {
    Set::IoUringOp.value(Group::X86, u64::from(number))
}
