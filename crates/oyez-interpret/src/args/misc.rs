//! Arguments that are more than a set of names: descriptors of directories, signals, clones, quotas, personalities, priorities.

use oyez_tables::flags::{Group, Set};

use super::flags::{bits, hex, print, push};
use super::{flags, low};

/// `AT_FDCWD` (linux/fcntl.h).
const AT_FDCWD: i32 = -100;
/// The signals below have a name of their own, those from here to 64 are real-time (asm-generic/signal.h).
const REAL_TIME: u32 = 32;
/// The highest signal.
const LAST_SIGNAL: u32 = 64;
/// The bits of `clone`'s flags that are the signal (`CSIGNAL`, linux/sched.h).
const CSIGNAL: u64 = 0xff;
/// What old programs put before the flags of `mount`, and the bits that hold it (linux/mount.h).
const MOUNT_MAGIC: (u64, u64) = (0xc0ed_0000, 0xffff_0000);
/// Asks `personality` for the present one.
const QUERY: u32 = u32::MAX;
/// The bits of `swapon`'s flags that are the priority (`SWAP_FLAG_PRIO_MASK`, include/linux/swap.h).
const SWAP_PRIORITY: u64 = 0x7fff;
/// Classes of I/O priorities, in the three highest of 16 bits (linux/ioprio.h).
const IOPRIO_CLASSES: [&str; 4] = ["IOPRIO_CLASS_NONE", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"];

/// `AT_FDCWD`; of a descriptor there is nothing to say.
pub(super) fn dirfd(value: u64, out: &mut Vec<u8>) -> bool {
    let here = low(value).cast_signed() == AT_FDCWD;
    if here {
        out.extend_from_slice(b"AT_FDCWD");
    }
    here
}

/// An address family: `inet`.
pub(super) fn family(value: u64, out: &mut Vec<u8>) -> bool {
    let name = u16::try_from(low(value)).ok().and_then(oyez_tables::family::name);
    out.extend_from_slice(name.unwrap_or_default().as_bytes());
    name.is_some()
}

/// `SIGKILL`; `SIG0`, which only asks; or the kernel's number of a real-time signal: `SIGRT_2` is 34, libc's `SIGRTMIN`.
pub(super) fn signal(group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    match low(value) {
        0 => out.extend_from_slice(b"SIG0"),
        number @ REAL_TIME..=LAST_SIGNAL => print(out, format_args!("SIGRT_{}", number - REAL_TIME)),
        _ => return flags::write(Set::Signal, group, value, out),
    }
    true
}

/// `CLONE_VM|CLONE_VFORK|SIGCHLD`.
pub(super) fn clone_flags(group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    // Within the signal's byte no flag of the set counts.
    let mut named = bits(Set::Clone, group, value & !CSIGNAL, start, out);
    let number = value & CSIGNAL;
    if number != 0 {
        push("", start, out);
        if signal(group, number, out) {
            named = true;
        } else {
            print(out, format_args!("0x{number:x}"));
        }
    }
    if !named {
        out.truncate(start);
    }
    named
}

/// `MS_RDONLY|MS_BIND`; the magic number says nothing, and the kernel takes it off.
pub(super) fn mount_flags(group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    let (magic, mask) = MOUNT_MAGIC;
    let value = if value & mask == magic { value & !mask } else { value };
    flags::write(Set::Mount, group, value, out)
}

/// `Q_GETQUOTA|USRQUOTA`: the command is in the upper 24 bits, the type in the lower 8 (`QCMD`, linux/quota.h).
pub(super) fn quota_command(group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    let value = low(value);
    let start = out.len();
    // Q_X commands of XFS are 'X' << 8 and above, Q_ commands 0x800000 and above: all before the shift.
    if !flags::write(Set::Quota, group, u64::from(value >> 8), out) {
        return false;
    }
    push("", start, out);
    if !flags::write(Set::QuotaType, group, u64::from(value & 0xff), out) {
        print(out, format_args!("0x{:x}", value & 0xff));
    }
    true
}

/// `PER_LINUX|ADDR_NO_RANDOMIZE`; nothing of the value that only asks.
pub(super) fn personality(group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    low(value) != QUERY && flags::write(Set::Personality, group, value, out)
}

/// `SWAP_FLAG_PREFER|0x5`: the number is the priority.
pub(super) fn swap_flags(group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    let (value, start) = (u64::from(low(value)), out.len());
    if !bits(Set::Swap, group, value & !SWAP_PRIORITY, start, out) {
        out.truncate(start);
        return false;
    }
    if value & SWAP_PRIORITY != 0 {
        hex(value & SWAP_PRIORITY, start, out);
    }
    true
}

/// `IOPRIO_CLASS_BE|0x4`: class and level of an I/O priority.
pub(super) fn ioprio(value: u64, out: &mut Vec<u8>) -> bool {
    let (value, start) = (low(value), out.len());
    let Some(class) = IOPRIO_CLASSES.get((value >> 13) as usize) else { return false };
    push(class, start, out);
    if value & 0x1fff != 0 {
        hex(u64::from(value & 0x1fff), start, out);
    }
    true
}

/// A negative number; of others the hex digits say it all.
pub(super) fn signed(value: u64, out: &mut Vec<u8>) -> bool {
    let value = low(value).cast_signed();
    if value < 0 {
        print(out, format_args!("{value}"));
    }
    value < 0
}
