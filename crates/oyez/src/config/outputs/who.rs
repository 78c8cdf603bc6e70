//! Users and groups as keys name them: a name or a number in, the number out, or a complaint at the key.

use nix::unistd::{Group, User};

use super::making::Making;

/// A user's number, and that of the first group of one that was named.
pub(super) fn user(name: &str, key: &str, making: &mut Making<'_>) -> Option<(u32, Option<u32>)> {
    if let Some(number) = number(name) {
        let user = User::from_uid(number.into()).ok().flatten();
        return Some((number, user.map(|user| user.gid.as_raw())));
    }
    let found = User::from_name(name).ok().flatten();
    if found.is_none() {
        making.refuse(key, format!("this host knows no user \"{}\"", name.escape_debug()));
    }
    found.map(|user| (user.uid.as_raw(), Some(user.gid.as_raw())))
}

/// A group's number.
pub(super) fn group(name: &str, key: &str, making: &mut Making<'_>) -> Option<u32> {
    let found = number(name).or_else(|| Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw()));
    if found.is_none() {
        making.refuse(key, format!("this host knows no group \"{}\"", name.escape_debug()));
    }
    found
}

/// The largest stands for nobody (chown(2)).
fn number(name: &str) -> Option<u32> {
    name.parse().ok().filter(|number| *number != u32::MAX)
}
