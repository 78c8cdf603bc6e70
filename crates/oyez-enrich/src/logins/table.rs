//! The sessions that are known, by number: at most [`Table::capacity`].
//!
//! When it is full a sixteenth goes: first those that have ended, the one that ended first before the others, then those
//! that nobody asked for the longest. So that this stays rare and cheap it goes at once, by one pass and a selection.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use oyez_events::context::Login;

/// Sessions by number.
#[derive(Debug)]
pub(super) struct Table {
    entries: HashMap<u32, Entry, RandomState>,
    capacity: usize,
    snapshots: u64,
}

/// A session, and what must be known to follow it.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// What is told of it.
    pub(super) login: Arc<Login>,
    /// PAM opened it, so PAM closes it.
    pub(super) is_pam: bool,
    used: Cell<u64>,
}

/// Which go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Ended(u64),
    Used(u64),
}

impl Table {
    /// An empty one for `capacity` sessions, at least one.
    pub(super) fn new(capacity: usize) -> Self {
        Table { entries: HashMap::default(), capacity: capacity.max(1), snapshots: 0 }
    }

    /// The session `ses`, asked for at `turn`.
    #[inline]
    pub(super) fn of(&self, ses: u32, turn: u64) -> Option<&Arc<Login>> {
        let entry = self.entries.get(&ses)?;
        entry.used.set(turn);
        Some(&entry.login)
    }

    /// The session `ses`, to follow it.
    pub(super) fn entry(&mut self, ses: u32) -> Option<&mut Entry> {
        self.entries.get_mut(&ses)
    }

    /// Whether no more fit without one that has to go.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity
    }

    /// Takes in a session, in place of one that had its number.
    pub(super) fn insert(&mut self, login: Login, turn: u64) {
        let ses = login.ses;
        if self.is_full() && !self.entries.contains_key(&ses) {
            self.make_room();
        }
        let login = self.stamped(login);
        self.entries.insert(ses, Entry { login, is_pam: false, used: Cell::new(turn) });
    }

    /// Has `change` change what is told of `ses`; what was told before stays as it is with those who hold it.
    pub(super) fn change(&mut self, ses: u32, change: impl FnOnce(&mut Login)) {
        let Some(entry) = self.entries.get(&ses) else { return };
        let mut login = Login::clone(&entry.login);
        change(&mut login);
        if login == *entry.login {
            return;
        }
        let login = self.stamped(login);
        if let Some(entry) = self.entries.get_mut(&ses) {
            entry.login = login;
        }
    }

    /// Forgets a session.
    pub(super) fn remove(&mut self, ses: u32) {
        self.entries.remove(&ses);
    }

    fn stamped(&mut self, login: Login) -> Arc<Login> {
        self.snapshots += 1;
        Arc::new(Login { snapshot: self.snapshots, ..login })
    }

    fn make_room(&mut self) {
        let count = (self.capacity / 16).max(1);
        let mut ranks: Vec<_> = self.entries.iter().map(|(ses, entry)| (entry.rank(), *ses)).collect();
        if count < ranks.len() {
            ranks.select_nth_unstable(count);
        }
        for (_, ses) in ranks.into_iter().take(count) {
            self.entries.remove(&ses);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Login>> {
        self.entries.values().map(|entry| &entry.login)
    }
}

impl Entry {
    fn rank(&self) -> Rank {
        self.login.ended_ms.map_or(Rank::Used(self.used.get()), Rank::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(ses: u32, ended_ms: Option<u64>) -> Login {
        Login { ses, ended_ms, ..Login::default() }
    }

    #[test]
    fn ended_sessions_go_first_then_those_not_asked_for() {
        let mut table = Table::new(4);
        table.insert(login(1, None), 1);
        table.insert(login(2, Some(20)), 2);
        table.insert(login(3, Some(10)), 3);
        table.insert(login(4, None), 4);
        let left = |table: &Table| {
            let mut left: Vec<_> = table.all().map(|login| login.ses).collect();
            left.sort_unstable();
            left
        };
        table.insert(login(5, None), 5);
        assert_eq!(left(&table), [1, 2, 4, 5]);
        table.insert(login(6, None), 6);
        assert_eq!(left(&table), [1, 4, 5, 6]);
        assert!(table.of(1, 7).is_some());
        table.insert(login(7, None), 8);
        assert_eq!(left(&table), [1, 5, 6, 7]);
    }

    #[test]
    fn a_change_makes_a_new_snapshot_and_leaves_the_old_one_alone() {
        let mut table = Table::new(4);
        table.insert(login(1, None), 1);
        let before = Arc::clone(table.of(1, 1).unwrap());
        table.change(1, |_| {});
        assert!(Arc::ptr_eq(&before, table.of(1, 1).unwrap()));
        table.change(1, |login| login.acct = Some("alice".into()));
        let after = table.of(1, 1).unwrap();
        assert_eq!((before.acct.as_deref(), after.acct.as_deref()), (None, Some("alice")));
        assert_ne!(before.snapshot, after.snapshot);
    }
}
