//! Which keys of the main record have a fixed place, and in which order they stand there.

use oyez_events::fields::FieldKey;
use oyez_tables::key::Key;

/// The ids of `user`, in the order of the schema.
pub(super) const USER: [Key; 9] =
    [Key::Auid, Key::Uid, Key::Gid, Key::Euid, Key::Suid, Key::Fsuid, Key::Egid, Key::Sgid, Key::Fsgid];
/// What `process` begins with.
pub(super) const PROCESS: [Key; 4] = [Key::Pid, Key::Ppid, Key::Comm, Key::Exe];
/// What `process` ends with.
pub(super) const PROCESS_END: [Key; 2] = [Key::Tty, Key::Subj];
/// The arguments of a syscall.
pub(super) const ARGS: [Key; 4] = [Key::A0, Key::A1, Key::A2, Key::A3];

/// Whether a key is of the text about the process.
pub(super) fn is_who(key: FieldKey) -> bool {
    let FieldKey::Known(key) = key else { return false };
    USER.contains(&key) || PROCESS.contains(&key) || PROCESS_END.contains(&key) || matches!(key, Key::Ses | Key::Key)
}
