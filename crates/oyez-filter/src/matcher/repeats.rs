//! Events that repeat others within a time: counted, and told at its end.
//!
//! The first event with its values passes and opens a window; what has the same values within is a repeat. When the window ends,
//! has to make room, or the filter goes, one [`Told`] says how many repeats there were, if there were any.

use std::sync::Arc;

use oyez_events::EventId;
use oyez_events::group::Millis;

use super::per::Per;
use super::table::Table;
use crate::field::Field;
use crate::tell::Told;
use crate::view::{Read as _, View};

/// What is to be told at most, of one rule; what comes on top until it is told is told as a sum.
const MAX_PENDING: usize = 1024;

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: Millis,
    first: EventId,
    last: EventId,
    repeats: u64,
}

/// The windows that are open.
#[derive(Debug)]
pub(crate) struct Repeats {
    length: Millis,
    per: Per,
    /// All are equally long, so the oldest ends first.
    windows: Table<Window>,
    pending: Vec<Told>,
    /// Windows for which there was no room in `pending`, and the sum of them.
    lumped: Option<(u64, Window)>,
}

impl Repeats {
    pub(crate) fn new(length: Millis, per: Vec<Field>) -> Self {
        Repeats { length, per: Per::new(per), windows: Table::default(), pending: Vec::new(), lumped: None }
    }

    /// Whether an event repeats another; if so it is counted.
    pub(crate) fn repeats(&mut self, name: &str, view: &mut View<'_>, tags: &[Arc<str>], now: Millis) -> bool {
        self.end(name, now);
        let id = view.event().id();
        let key = self.per.key(view, tags);
        if let Some((_, window)) = self.windows.find(key) {
            window.repeats = window.repeats.saturating_add(1);
            window.last = window.last.max(id);
            return true;
        }
        if self.windows.is_full() {
            self.end_oldest(name);
        }
        let ends = now.saturating_add(self.length);
        self.windows.insert(self.per.made(), Window { ends, first: id, last: id, repeats: 0 });
        false
    }

    /// Ends the windows whose time is over.
    pub(crate) fn end(&mut self, name: &str, now: Millis) {
        while self.windows.oldest().is_some_and(|(_, window)| window.ends <= now) {
            self.end_oldest(name);
        }
    }

    /// Ends all windows.
    pub(crate) fn end_all(&mut self, name: &str, tell: &mut dyn FnMut(Told)) {
        while self.windows.oldest().is_some() {
            self.end_oldest(name);
            self.tell(name, tell);
        }
        self.tell(name, tell);
    }

    /// Tells of the windows that have ended.
    pub(crate) fn tell(&mut self, name: &str, tell: &mut dyn FnMut(Told)) {
        self.pending.drain(..).for_each(&mut *tell);
        if let Some((windows, sum)) = self.lumped.take() {
            tell(told(name, &sum).with("windows", windows));
        }
    }

    /// Whether there will be something to tell.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.windows.is_empty() || !self.pending.is_empty() || self.lumped.is_some()
    }

    fn end_oldest(&mut self, name: &str) {
        let Some((key, window)) = self.windows.oldest() else { return };
        let window = *window;
        if window.repeats > 0 && self.pending.len() < MAX_PENDING {
            self.pending.push(self.per.tell(key, told(name, &window)));
        } else if window.repeats > 0 {
            let (windows, sum) = self.lumped.get_or_insert((0, Window { repeats: 0, ..window }));
            *windows += 1;
            sum.repeats = sum.repeats.saturating_add(window.repeats);
            sum.first = sum.first.min(window.first);
            sum.last = sum.last.max(window.last);
        }
        self.windows.remove_oldest();
    }
}

fn told(name: &str, window: &Window) -> Told {
    Told::new("OYEZ_REPEATS", window.last)
        .with("filter", name)
        .with("count", window.repeats)
        .with("first", time(window.first))
        .with("last", time(window.last))
}

fn time(id: EventId) -> Vec<u8> {
    let mut text = Vec::new();
    oyez_format::rfc3339(&mut text, id.sec, id.ms);
    text
}
