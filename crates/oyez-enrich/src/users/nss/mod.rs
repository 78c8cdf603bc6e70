//! NSS, asked in a process of its own.
//!
//! What nsswitch.conf(5) names may take minutes to say no (a directory server that is down), crash, or never come back, in
//! code that is loaded into whoever asks. A thread for it would not do: one that hangs can't be ended but with the process,
//! holds locks of the C library meanwhile, and a crash in it is ours. So a helper process asks, and is killed when it hangs.
//!
//! ```text
//! Users ─Link─ bounded queue ─▶ Keeper (a thread that the daemon gives) ─pipe─▶ helper process: serve()
//!       ◀──────── answers ─────                                         ◀─pipe─
//! ```
//!
//! [`Link`] never waits: an id that does not fit the queue is asked for another time. [`Keeper`] asks for one id at a time,
//! so that one that hangs fails alone; it starts the helper when it is needed, ends it when it was idle for a while, and
//! kills it on a timeout or on an answer to what was not asked. A helper that failed is started again later and later.

mod helper;
mod keeper;
mod serve;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::Id;
pub use keeper::{Keeper, Limits};
pub use serve::serve;

/// How many ids can wait to be asked for.
pub const QUEUE: usize = 1024;

/// What NSS says of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has this name.
    Name(Box<str>),
    /// It has none, or one that is refused.
    NoName,
    /// Nobody knows now.
    Failed,
}

/// The end of the pipeline: ids go out, answers come in, nothing waits.
#[derive(Debug)]
pub struct Link {
    queries: SyncSender<Id>,
    answers: Receiver<(Id, Answer)>,
    outstanding: usize,
    stop: Arc<AtomicBool>,
}

/// The other end, for [`Keeper::run`].
#[derive(Debug)]
pub struct Work {
    pub(super) queries: Receiver<Id>,
    pub(super) answers: SyncSender<(Id, Answer)>,
    pub(super) stop: Arc<AtomicBool>,
}

/// Both ends.
pub fn link() -> (Link, Work) {
    let (queries, queries_in) = sync_channel(QUEUE);
    let (answers_out, answers) = sync_channel(QUEUE);
    let stop = Arc::new(AtomicBool::new(false));
    let link = Link { queries, answers, outstanding: 0, stop: Arc::clone(&stop) };
    (link, Work { queries: queries_in, answers: answers_out, stop })
}

impl Link {
    /// Asks for `id`; `false` if the queue is full or nobody takes from it any more.
    pub(super) fn ask(&mut self, id: Id) -> bool {
        let is_asked = self.outstanding < QUEUE && self.queries.try_send(id).is_ok();
        self.outstanding += usize::from(is_asked);
        is_asked
    }

    /// An answer that is there.
    #[inline]
    pub(super) fn answer(&mut self) -> Option<(Id, Answer)> {
        if self.outstanding == 0 {
            return None;
        }
        let answer = self.answers.try_recv().ok()?;
        self.outstanding -= 1;
        Some(answer)
    }
}

/// The keeper ends soon after, whatever its helper does.
impl Drop for Link {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
