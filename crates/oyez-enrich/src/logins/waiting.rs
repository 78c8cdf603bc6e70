//! Who is being let in and has no session yet: what programs said before `LOGIN`, by process.
//!
//! At most [`SIZE`] processes, the newest; what is older than [`MAX_AGE_MS`] is not believed any more.

use std::collections::VecDeque;

use super::said::{Claims, Said};

/// How many processes are remembered.
const SIZE: usize = 64;

/// How long, in milliseconds: a login prompt waits no longer, and process numbers come again.
const MAX_AGE_MS: u64 = 120_000;

/// What was said before there was a session.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<(u32, u64, Claims)>);

impl Waiting {
    /// Notes what a process said at `ms`; what it said before and does not say now stays.
    pub(super) fn note(&mut self, said: Said, ms: u64) {
        let Some(pid) = said.pid else { return };
        let mut claims = said.claims;
        if let Some(before) = self.take(pid, ms)
            && before.exe == claims.exe
        {
            claims.acct = claims.acct.or(before.acct);
            claims.addr = claims.addr.or(before.addr);
            claims.terminal = claims.terminal.or(before.terminal);
        }
        if self.0.len() >= SIZE {
            self.0.pop_front();
        }
        self.0.push_back((pid, ms, claims));
    }

    /// What the process said before `ms`, and forgets it.
    pub(super) fn take(&mut self, pid: u32, ms: u64) -> Option<Claims> {
        let place = self.0.iter().position(|(other, ..)| *other == pid)?;
        let (_, said_ms, claims) = self.0.remove(place)?;
        (ms.abs_diff(said_ms) <= MAX_AGE_MS).then_some(claims)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pid: u32, acct: &str) -> Said {
        let claims = Claims { acct: (!acct.is_empty()).then(|| acct.into()), ..Claims::default() };
        Said { pid: Some(pid), claims, ..Said::default() }
    }

    #[test]
    fn words_add_up_are_taken_once_and_age() {
        let mut waiting = Waiting::default();
        waiting.note(said(7, "alice"), 1000);
        waiting.note(said(7, ""), 2000);
        assert_eq!(waiting.take(7, 3000).unwrap().acct.as_deref(), Some("alice"));
        assert_eq!(waiting.take(7, 3000), None);
        waiting.note(said(8, "bob"), 1000);
        assert_eq!(waiting.take(8, 1001 + MAX_AGE_MS), None);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let mut waiting = Waiting::default();
        for pid in 0..1000 {
            waiting.note(said(pid, "x"), 0);
        }
        assert_eq!((waiting.len(), waiting.take(900, 0)), (SIZE, None));
        assert!(waiting.take(999, 0).is_some());
    }
}
