//! What a queue's lock guards.

use std::collections::VecDeque;

use crate::parcel::Parcel;

/// A parcel that waits.
#[derive(Debug)]
pub(super) struct Item {
    /// The position of its first message.
    pub(super) start: u64,
    pub(super) parcel: Parcel,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) waiting: VecDeque<Item>,
    /// Messages in them.
    pub(super) waiting_messages: usize,
    /// Bytes of lines in them.
    pub(super) waiting_bytes: usize,
    pub(super) spare: Vec<Parcel>,
    /// Messages handed over so far: the position of the next.
    pub(super) handed: u64,
    /// What is handed over from this position on is not put together with what was before.
    pub(super) fence: u64,
    /// All before this position is safe.
    pub(super) safe: u64,
    /// Positions and what was noted there, oldest first.
    pub(super) marks: VecDeque<(u64, u64)>,
    pub(super) tickets: Vec<u32>,
    /// From how many waiting messages, or bytes, on the taker is to be woken.
    pub(super) wanted: (usize, usize),
    /// The taker is to look at something else.
    pub(super) is_poked: bool,
    /// The giver waits for something to be done.
    pub(super) is_waited_for: bool,
    pub(super) phase: Phase,
}

impl Default for State {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            waiting_messages: 0,
            waiting_bytes: 0,
            spare: Vec::new(),
            handed: 0,
            fence: 0,
            safe: 0,
            marks: VecDeque::new(),
            tickets: Vec::new(),
            wanted: NOTHING,
            is_poked: false,
            is_waited_for: false,
            phase: Phase::Open,
        }
    }
}

/// Who still uses the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Both sides.
    Open,
    /// Nothing more comes.
    Closed,
    /// Nobody takes any more.
    Gone,
}

/// It is not to be woken for parcels.
pub(super) const NOTHING: (usize, usize) = (usize::MAX, usize::MAX);

impl State {
    /// Whether there is as much as the taker waits for.
    pub(super) fn is_enough(&self) -> bool {
        self.waiting_messages >= self.wanted.0 || self.waiting_bytes >= self.wanted.1
    }

    /// Takes the oldest parcel out.
    pub(super) fn pop(&mut self) -> Option<Item> {
        let item = self.waiting.pop_front()?;
        self.waiting_messages -= item.parcel.len();
        self.waiting_bytes -= item.parcel.lines().len();
        Some(item)
    }

    /// The position of the oldest message that waits, or of the next to come.
    pub(super) fn front(&self) -> u64 {
        self.waiting.front().map_or(self.handed, |item| item.start)
    }

    /// Everything before this position is safe; what was noted last at such a place.
    pub(super) fn settle(&mut self, upto: u64) -> Option<u64> {
        self.safe = self.safe.max(upto);
        let mut last = None;
        while let Some((_, mark)) = self.marks.pop_front_if(|(at, _)| *at <= self.safe) {
            last = Some(mark);
        }
        last
    }

    /// Keeps an emptied parcel, if there are not enough.
    pub(super) fn keep(&mut self, mut parcel: Parcel) {
        if self.spare.len() < super::SPARE {
            parcel.clear(super::FULL + super::LINE);
            self.spare.push(parcel);
        }
    }
}
