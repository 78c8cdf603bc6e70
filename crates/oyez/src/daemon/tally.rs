//! The daemon's counts, and the promise they keep: every record received is emitted, filtered, shed, lost, or still held.
//!
//! Each counter has one thread that writes it, `emitted` has two; all may read. Counts in, [`Account`] out, which says whether the books
//! balance.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use oyez_events::loss::{LossCounts, Place};

use super::books::Books;

/// A count that few threads write and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds; nothing when `count` is 0, so that an idle path touches no shared memory.
    pub(crate) fn add(&self, count: u64) {
        if count != 0 {
            self.0.fetch_add(count, Relaxed);
        }
    }

    /// Takes a total that was counted elsewhere.
    pub(crate) fn set(&self, total: u64) {
        self.0.store(total, Relaxed);
    }

    /// The count so far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// All counts of one run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Receiver: records taken off the socket.
    pub(crate) received: Counter,
    /// Receiver: records dropped because the queue was full.
    pub(crate) queue_lost: Counter,
    /// Receiver: records whose end did not fit a slot of the slab; they are emitted as far as they go.
    pub(crate) truncated: Counter,
    /// Receiver: datagrams that another process sent.
    pub(crate) spoofed: Counter,
    /// Receiver: messages that found the socket's buffer full.
    pub(crate) socket_drops: Counter,
    /// Whether that means that they are gone.
    multicast: AtomicBool,
    /// Receiver: datagrams too short to be messages.
    pub(crate) torn: Counter,
    /// Pipeline: records in events that an output took, malformed records told as notices, and `EOE`s.
    pub(crate) emitted: Counter,
    /// Pipeline: records left out on purpose: of oyez's own acts, and of what filters dropped.
    pub(crate) filtered: Counter,
    /// Pipeline: records in events that were shed, because the outputs that wanted them were behind, or of `cpu_limit`.
    pub(crate) shed: Counter,
    /// Pipeline: events that were shed.
    pub(crate) shed_events: Counter,
    /// Pipeline: events that an output took, late parts included.
    pub(crate) events: Counter,
    /// Pipeline: records without a readable stamp.
    pub(crate) malformed: Counter,
    /// Pipeline: records that came after their event was over.
    pub(crate) late: Counter,
    /// Pipeline: events handed out early because of a bound.
    pub(crate) early: Counter,
    /// Pipeline: events whose `EOE` was due and did not come.
    pub(crate) incomplete: Counter,
    /// Pipeline: serial numbers that never came.
    pub(crate) serial_gaps: Counter,
    /// Pipeline: events between the last run and this one.
    pub(crate) restart_gap: Counter,
    /// Pipeline: the serial up to which all was handed on or left out, plus one; 0 before there is one.
    last_serial: Counter,
    /// What became of what outputs took.
    pub(crate) outputs: Books,
    /// Control: the kernel's `lost` since the start.
    pub(crate) kernel_lost: Counter,
    /// Pipeline: events that were shed because of `cpu_limit`.
    pub(crate) cpu_shed: Counter,
    /// Pipeline: microseconds that it paused because of `cpu_limit`.
    pub(crate) cpu_waited_us: Counter,
    /// Control: nanoseconds of CPU time that it has used.
    pub(crate) control_cpu: Counter,
    /// Hash: nanoseconds of CPU time that it has used.
    pub(crate) hash_cpu: Counter,
    /// Control: jiffies that the kernel made tasks wait since the start.
    pub(crate) waited: Counter,
    /// Control: where the records were when no more was waited for.
    abandoned: OnceLock<Account>,
}

impl Tally {
    /// Notes the serial up to which all events were handed to outputs, left out, shed or lost.
    pub(crate) fn see_serial(&self, serial: u32) {
        self.last_serial.set(u64::from(serial) + 1);
    }

    /// The serial up to which all events are with their receivers, in spools, left out, shed or lost; what is behind it may still
    /// be held.
    pub(crate) fn last_serial(&self) -> Option<u32> {
        self.outputs.settled(u32::try_from(self.last_serial.get().checked_sub(1)?).ok()?)
    }

    /// What the socket has no room for is gone, not tried again.
    pub(crate) fn listen_by_multicast(&self) {
        self.multicast.store(true, Relaxed);
    }

    /// Brings the loss counts up to date.
    pub(crate) fn losses(&self, counts: &mut LossCounts) {
        let socket = if self.multicast.load(Relaxed) { Place::Multicast } else { Place::Socket };
        for (place, counter) in [
            (Place::Kernel, &self.kernel_lost),
            (socket, &self.socket_drops),
            (Place::Queue, &self.queue_lost),
            (Place::Truncated, &self.truncated),
            (Place::Spoofed, &self.spoofed),
            (Place::Serial, &self.serial_gaps),
            (Place::Restart, &self.restart_gap),
        ] {
            counts.set_total(place, counter.get());
        }
    }

    /// Where the records are; once they were abandoned, where they were then.
    pub(crate) fn account(&self) -> Account {
        self.abandoned.get().copied().unwrap_or_else(|| self.present())
    }

    /// All books that do not balance, as lines. Those of outputs that nobody works on any more.
    pub(crate) fn uneven(&self) -> Vec<String> {
        let account = self.account();
        let own = (!account.balances()).then(|| account.to_string());
        // A pipeline that does not end may be handing on just now.
        let outputs = if self.abandoned.get().is_some() { Vec::new() } else { self.outputs.uneven() };
        own.into_iter().chain(outputs).collect()
    }

    fn present(&self) -> Account {
        Account {
            received: self.received.get(),
            emitted: self.emitted.get(),
            filtered: self.filtered.get(),
            shed: self.shed.get(),
            lost: self.queue_lost.get(),
        }
    }

    /// Records that were received and are neither emitted, filtered, shed nor lost: those in the queue, and in open events. Now
    /// they are lost: threads that still work on them count no more.
    pub(crate) fn abandon(&self) -> u64 {
        let present = self.present();
        let left = present.open();
        // Only the first time counts.
        let _ = self.abandoned.set(Account { lost: present.lost + left, ..present });
        left
    }
}

/// Where the records of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// Taken off the socket.
    pub(crate) received: u64,
    /// Taken by an output.
    pub(crate) emitted: u64,
    /// Left out on purpose.
    pub(crate) filtered: u64,
    /// Left out because there was no time or no room for it.
    pub(crate) shed: u64,
    /// Dropped at the queue.
    pub(crate) lost: u64,
}

impl Account {
    /// Records still held; 0 at the end of a run.
    pub(crate) fn open(self) -> u64 {
        self.received.saturating_sub(self.emitted + self.filtered + self.shed + self.lost)
    }

    /// Whether every record is accounted for, once and only once.
    pub(crate) fn balances(self) -> bool {
        self.received == self.emitted + self.filtered + self.shed + self.lost
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { received, emitted, filtered, shed, lost } = self;
        write!(f, "received {received} records = emitted {emitted} + filtered {filtered} + shed {shed} + lost {lost}")?;
        if self.balances() { Ok(()) } else { write!(f, " (and {} unaccounted for)", self.open()) }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.account())?;
        for (index, (name, counter)) in [
            ("events", &self.events),
            ("late", &self.late),
            ("early", &self.early),
            ("incomplete", &self.incomplete),
            ("malformed", &self.malformed),
            ("kernel lost", &self.kernel_lost),
            ("socket drops", &self.socket_drops),
            ("queue drops", &self.queue_lost),
            ("events shed", &self.shed_events),
            ("truncated", &self.truncated),
            ("spoofed", &self.spoofed),
            ("torn", &self.torn),
            ("serial gaps", &self.serial_gaps),
            ("missed before start", &self.restart_gap),
        ]
        .into_iter()
        .enumerate()
        {
            write!(f, "{}{name} {}", if index == 0 { "" } else { ", " }, counter.get())?;
        }
        self.outputs.lines().iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_emitted_filtered_shed_nor_lost_is_open_until_it_is_abandoned() {
        let tally = Tally::default();
        tally.received.add(10);
        tally.emitted.add(5);
        tally.filtered.add(1);
        tally.queue_lost.add(1);
        tally.shed.add(1);
        assert_eq!((tally.account().open(), tally.account().balances()), (2, false));
        assert_eq!(tally.abandon(), 2);
        tally.emitted.add(2);
        assert!(tally.account().balances(), "a thread that still works counts no more");
        assert_eq!(tally.account().to_string(), "received 10 records = emitted 5 + filtered 1 + shed 1 + lost 3");
    }

    #[test]
    fn more_out_than_in_does_not_balance() {
        let account = Account { received: 1, emitted: 2, filtered: 0, shed: 0, lost: 0 };
        assert!(!account.balances());
        assert_eq!(account.open(), 0);
    }

    #[test]
    fn what_a_full_socket_means_depends_on_how_it_listens() {
        let told = |tally: &Tally| {
            let mut counts = LossCounts::default();
            tally.losses(&mut counts);
            counts.untold().map(|loss| (loss.place, loss.count)).collect::<Vec<_>>()
        };
        let tally = Tally::default();
        tally.socket_drops.set(3);
        assert_eq!(told(&tally), [(Place::Socket, 3)]);
        tally.listen_by_multicast();
        assert_eq!(told(&tally), [(Place::Multicast, 3)]);
    }

    #[test]
    fn the_first_serial_may_be_zero() {
        let tally = Tally::default();
        assert_eq!(tally.last_serial(), None);
        tally.see_serial(0);
        assert_eq!(tally.last_serial(), Some(0));
        tally.see_serial(u32::MAX);
        assert_eq!(tally.last_serial(), Some(u32::MAX));
    }
}
