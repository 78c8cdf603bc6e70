//! Which fields have a member of their own in the formats of others, by who wrote them.

use oyez_tables::key::Key;

/// Keys of the kernel's own fields; up to `ses` they are numbers.
pub(crate) const OWN: &[Key] = &[
    Key::Pid,
    Key::Ppid,
    Key::Auid,
    Key::OldAuid,
    Key::Uid,
    Key::Gid,
    Key::Euid,
    Key::Egid,
    Key::Suid,
    Key::Sgid,
    Key::Fsuid,
    Key::Fsgid,
    Key::Ses,
    Key::Comm,
    Key::Exe,
    Key::Subj,
    Key::Key,
    Key::Arch,
    Key::Syscall,
    Key::Exit,
    Key::Success,
    Key::Res,
    Key::Result,
];

/// Whether values of `key`, one of [`OWN`], are numbers of 32 bits; what is none has no place.
pub(super) fn is_id(key: Key) -> bool {
    let last = OWN.iter().position(|other| *other == Key::Ses).unwrap_or_default();
    OWN.iter().take(last + 1).any(|other| *other == key)
}

/// Keys of what programs say inside `msg='…'`.
pub(crate) const CLAIMED: &[Key] = &[
    Key::Acct,
    Key::Id,
    Key::Addr,
    Key::Hostname,
    Key::Terminal,
    Key::Exe,
    Key::Comm,
    Key::Cwd,
    Key::Grp,
    Key::Rport,
    Key::Res,
    Key::Result,
];

/// Where a key stands in a list, one more than the index; 0 for none.
pub(super) struct Places([u8; Key::COUNT]);

impl Places {
    const fn of(keys: &[Key]) -> Self {
        let mut places = [0; Key::COUNT];
        let mut index = 0;
        while index < keys.len() {
            #[expect(clippy::cast_possible_truncation, reason = "the lists are short")]
            {
                places[keys[index] as usize] = index as u8 + 1;
            }
            index += 1;
        }
        Places(places)
    }

    pub(super) fn find(&self, key: Key) -> Option<usize> {
        let place = self.0.get(key as usize).copied().unwrap_or_default();
        usize::from(place).checked_sub(1)
    }
}

pub(super) static OWN_PLACES: Places = Places::of(OWN);
pub(super) static CLAIMED_PLACES: Places = Places::of(CLAIMED);
