//! What stands beside a value: the name of a user or group, the value in words.
//!
//! A record's field in, `,"KEY_name":"…"` out, where there is something to say that the value does not say itself and no
//! other member does. Names come from the host the event comes from, or not at all.

use oyez_events::context::Names as IdNames;
use oyez_tables::key::Key;

use super::number;
use super::object::name_beside;
use super::out::Out;

/// Whose ids a key's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    User,
    Group,
}

impl Id {
    /// Whether values of `key` are ids, and whose.
    pub(super) fn of(key: Key) -> Option<Self> {
        match key {
            Key::Auid | Key::Uid | Key::Euid | Key::Suid | Key::Fsuid | Key::Ouid | Key::Oauid | Key::Iuid => {
                Some(Self::User)
            }
            Key::Gid | Key::Egid | Key::Sgid | Key::Fsgid | Key::Ogid | Key::Igid => Some(Self::Group),
            _ => None,
        }
    }
}

/// What knows the meaning of values.
#[derive(Clone, Copy, Default)]
pub(super) struct Words<'a> {
    pub(super) names: Option<&'a dyn IdNames>,
}

impl Words<'_> {
    /// Appends the name of the id `value` behind the member of `key`. Returns whether there is one.
    #[inline]
    pub(super) fn id(self, out: &mut Out, id: Id, key: Key, value: &[u8]) -> bool {
        let Some((names, number)) = self.names.zip(number::id(value)) else { return false };
        let name = match id {
            Id::User => names.user(number),
            Id::Group => names.group(number),
        };
        if let Some(name) = name {
            name_beside(out, key.name(), name.as_bytes());
        }
        name.is_some()
    }
}
