//! What the arguments and the result of a system call mean: numbers → `O_WRONLY|O_CREAT`, `AT_FDCWD`, `EACCES(Permission denied)`.
//!
//! A [`Call`] is made once per SYSCALL record, from its `arch`, `syscall` and `a0` to `a3`; [`arg`] and [`exit()`] then append
//! text, spelt as `ausearch -i` spells it where that is right. `false` and nothing appended means: there is nothing to say
//! beyond the number. Users and groups are told by [`id()`], as only the caller knows their names.
//!
//! What each argument is stands in `oyez_tables::argument`, its names in `oyez_tables::flags`; here is how they are written.
//! An argument that is no set of names has its family's file beside this one. Arguments in memory (of `socketcall`,
//! `openat2`, `clone3`) are not in the record, so nothing is said of them.

mod exit;
pub(crate) mod flags;
mod id;
mod ipc;
mod misc;
pub(crate) mod mode;

pub use exit::{errno, exit, exit_id};
pub use id::{Id, id};
use oyez_tables::arch::Arch;
use oyez_tables::argument::{self, Argument, Signature};
use oyez_tables::family;
use oyez_tables::flags::{Group, Set};

/// One system call as a SYSCALL record tells it.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The architecture, which decides what numbers mean.
    pub arch: Arch,
    /// The call's number, as in the record.
    pub number: u32,
    /// The call's name; empty where no table has it.
    pub name: &'static str,
    /// `a0` to `a3`, where the record has them.
    pub args: [Option<u64>; 4],
    signature: Option<&'static Signature>,
    group: Option<Group>,
}

impl Call {
    /// The call `number` of `arch` with these arguments.
    #[inline]
    pub fn new(arch: Arch, number: u32, args: [Option<u64>; 4]) -> Self {
        Self::named(arch, number, oyez_tables::syscall::name(arch, number).unwrap_or_default(), args)
    }

    fn named(arch: Arch, number: u32, name: &'static str, args: [Option<u64>; 4]) -> Self {
        Self { arch, number, name, args, signature: argument::signature(name.as_bytes()), group: Group::of(arch) }
    }

    /// Whether there is nothing to say of any argument.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.signature.is_none()
    }

    /// Whether what [`arg`] and [`id()`] say of any argument depends on the value of argument `index`.
    pub fn reads(&self, index: usize) -> bool {
        let argument = |index| self.signature.map_or(Argument::Plain, |signature| signature.argument(self.arch, index));
        argument(index) != Argument::Plain
            || matches!(argument(index + 1), Argument::CreatedMode | Argument::By(_))
            || (0..self.args.len()).any(|index| argument(index) == Argument::Shifted)
    }

    /// What argument `index` is, options followed; [`argument::EXIT`] is the result.
    #[inline]
    fn argument(&self, index: usize) -> Argument {
        match self.signature.map_or(Argument::Plain, |signature| signature.argument(self.arch, index)) {
            Argument::By(option) => self.by(option, index),
            argument => argument,
        }
    }

    /// What the signature of the option in argument `option` says of argument `index`.
    fn by(&self, option: u8, index: usize) -> Argument {
        let named = self.option(usize::from(option)).and_then(|name| argument::signature(name.as_bytes()));
        match named.map_or(Argument::Plain, |signature| signature.argument(self.arch, index)) {
            // Options do not decide about options.
            Argument::By(_) | Argument::Shifted => Argument::Plain,
            argument => argument,
        }
    }

    /// The name of the value of argument `index`.
    fn option(&self, index: usize) -> Option<&'static str> {
        let value = self.args.get(index).copied().flatten()?;
        match self.signature?.argument(self.arch, index) {
            Argument::Set(set) => set.value(self.group?, set.seen(value) & set.mask()),
            Argument::SocketLevel => Set::Level.value(self.group?, Set::Level.seen(value)),
            Argument::Family => family::name(u16::try_from(low(value)).ok()?),
            _ => None,
        }
    }
}

/// Appends what argument `index` of `call` means; `false`, and nothing appended, where there is nothing to say beyond its
/// number, or where it is a user or a group: see [`id()`].
pub fn arg(call: &Call, index: usize, out: &mut Vec<u8>) -> bool {
    let (Some(value), Some(group)) = (call.args.get(index).copied().flatten(), call.group) else { return false };
    match call.argument(index) {
        Argument::CreatedMode => mode::created(call, index, value, out),
        Argument::Shifted => ipc::shifted(call, index, out),
        argument => write(argument, group, value, out),
    }
}

/// Appends what `value` means as an `argument`.
fn write(argument: Argument, group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    match argument {
        Argument::Set(set) => flags::write(set, group, value, out),
        Argument::Dirfd => misc::dirfd(value, out),
        Argument::Mode => mode::of_call(value, out),
        Argument::NodeMode => mode::node(value, out),
        Argument::Family => misc::family(value, out),
        Argument::SocketLevel => {
            flags::write(Set::Level, group, value, out) || flags::write(Set::Protocol, group, value, out)
        }
        Argument::Signal => misc::signal(group, value, out),
        Argument::CloneFlags => misc::clone_flags(group, value, out),
        Argument::MountFlags => misc::mount_flags(group, value, out),
        Argument::ShmCreate => ipc::create(Set::ShmGet, group, value, out),
        Argument::IpcCreate => ipc::create(Set::MsgGet, group, value, out),
        Argument::QuotaCommand => misc::quota_command(group, value, out),
        Argument::Personality => misc::personality(group, value, out),
        Argument::SwapFlags => misc::swap_flags(group, value, out),
        Argument::Ioprio => misc::ioprio(value, out),
        Argument::Signed => misc::signed(value, out),
        _ => false,
    }
}

/// What the kernel sees of an argument it takes as an `int`.
#[expect(clippy::cast_possible_truncation, reason = "the kernel does the same")]
const fn low(value: u64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests;
