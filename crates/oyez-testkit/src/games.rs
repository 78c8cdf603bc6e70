//! Work done as uid 5, on a thread of its own: the only one of this host that the rules of live tests match.
//!
//! User ids belong to threads (setresuid(2), "C library/kernel differences"), and what a thread starts inherits them.

use std::thread::{self, JoinHandle};

use rustix::process::Uid;
use rustix::thread::set_thread_res_uid;

/// Debian's user `games`.
pub const GAMES: u32 = 5;

/// Starts `work` as uid 5. Start it once audit is on: a thread from before audit was first on is never heard.
///
/// # Panics
/// The thread does, unless this process may change its user.
#[expect(clippy::expect_used, reason = "work that ran as another user would be heard by nobody, or be root's")]
pub fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::spawn(move || {
        let games = Uid::from_raw(GAMES);
        set_thread_res_uid(games, games, games).expect("become uid 5");
        work()
    })
}
