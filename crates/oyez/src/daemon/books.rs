//! The outputs of a run as all threads see them: how far they came, what they cost, and their books.
//!
//! The pipeline enters each output when it begins and says when it is retired; others read. The promise of each is
//! `taken + carried = acked + dropped + held`; it is printed at the end, and a run that does not keep it ends with an error.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oyez_output::lane::Handle;
use oyez_output::stats::{Balance, Reason};

/// Of all outputs.
#[derive(Default)]
pub(crate) struct Books(Mutex<Vec<Entry>>);

struct Entry {
    handle: Handle,
    /// It takes no more: what it has left holds up nothing.
    is_retired: bool,
    /// It has ended, and its books were closed.
    closed: Option<Balance>,
}

/// Entries of outputs that have ended that are kept.
const CLOSED: usize = 64;

impl fmt::Debug for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().iter().map(|entry| entry.handle.name())).finish()
    }
}

impl Books {
    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An output begins.
    pub(crate) fn enter(&self, handle: Handle) {
        let mut entries = self.lock();
        if entries.iter().filter(|entry| entry.closed.is_some()).count() >= CLOSED
            && let Some(oldest) = entries.iter().position(|entry| entry.closed.is_some_and(|books| books.is_even()))
        {
            entries.remove(oldest);
        }
        entries.push(Entry { handle, is_retired: false, closed: None });
    }

    /// An output takes no more.
    pub(crate) fn retire(&self, handle: &Handle) {
        if let Some(entry) = find(&mut self.lock(), handle) {
            entry.is_retired = true;
        }
    }

    /// A retired output has ended: its line in the books.
    pub(crate) fn close(&self, handle: &Handle) -> String {
        let balance = handle.stats().balance();
        if let Some(entry) = find(&mut self.lock(), handle) {
            entry.closed = Some(balance);
        }
        line(handle.name(), &balance)
    }

    /// Of the serials that outputs have come up to, the one that is farthest behind `latest`; `None` if one has none yet. An
    /// output that was retired holds up nothing.
    pub(crate) fn settled(&self, latest: u32) -> Option<u32> {
        let entries = self.lock();
        let mut behind = 0;
        for entry in entries.iter().filter(|entry| !entry.is_retired) {
            let serial = u32::try_from(entry.handle.settled()?).ok()?;
            behind = behind.max(latest.wrapping_sub(serial));
        }
        Some(latest.wrapping_sub(behind))
    }

    /// CPU time of all threads of all outputs, as they last said, in nanoseconds.
    pub(crate) fn cpu_ns(&self) -> u64 {
        let of = |entry: &Entry| {
            let stats = entry.handle.stats();
            stats.courier_cpu_ns.load(Relaxed) + stats.mover_cpu_ns.load(Relaxed)
        };
        self.lock().iter().map(of).sum()
    }

    /// A line for each output whose books were not closed before.
    pub(crate) fn lines(&self) -> Vec<String> {
        let entries = self.lock();
        let open = entries.iter().filter(|entry| entry.closed.is_none());
        open.map(|entry| line(entry.handle.name(), &entry.handle.stats().balance())).collect()
    }

    /// The outputs whose books do not balance.
    pub(crate) fn uneven(&self) -> Vec<String> {
        let entries = self.lock();
        let of = |entry: &Entry| entry.closed.unwrap_or_else(|| entry.handle.stats().balance());
        let uneven = entries.iter().filter(|entry| !of(entry).is_even());
        uneven.map(|entry| line(entry.handle.name(), &of(entry))).collect()
    }
}

/// The entry of this output and no other of its name.
fn find<'e>(entries: &'e mut [Entry], handle: &Handle) -> Option<&'e mut Entry> {
    entries.iter_mut().find(|entry| Arc::ptr_eq(entry.handle.stats(), handle.stats()))
}

/// `output "siem": taken 12 messages = acked 10 + dropped 2 (queue 1, end 1) + held 0`.
fn line(name: &str, books: &Balance) -> String {
    let carried = match books.carried.messages {
        0 => String::new(),
        carried => format!(" + carried {carried}"),
    };
    let reasons = Reason::ALL.into_iter().zip(&books.dropped).filter(|(_, dropped)| dropped.messages > 0);
    let reasons: Vec<_> = reasons.map(|(reason, dropped)| format!("{} {}", reason.name(), dropped.messages)).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let uneven = if books.is_even() { "" } else { " (which does not balance)" };
    format!(
        "output {name:?}: taken {} messages{carried} = acked {} + dropped {}{why} + held {}{uneven}",
        books.taken.messages,
        books.acked.messages,
        books.lost().messages,
        books.held().messages
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_output::stats::Numbers;

    fn numbers(messages: u64) -> Numbers {
        Numbers { messages, events: messages, records: messages, bytes: messages }
    }

    #[test]
    fn a_line_says_where_all_messages_are_and_whether_that_is_all() {
        let mut books = Balance { taken: numbers(12), acked: numbers(9), queued: numbers(1), ..Balance::default() };
        books.dropped[Reason::End as usize] = numbers(2);
        assert_eq!(line("siem", &books), "output \"siem\": taken 12 messages = acked 9 + dropped 2 (end 2) + held 1");
        books.carried = numbers(3);
        assert!(line("siem", &books).contains("taken 12 messages + carried 3 = acked 9"));
        assert!(line("siem", &books).ends_with("held 1 (which does not balance)"));
    }
}
