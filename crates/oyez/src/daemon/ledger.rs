//! What was lost, and what of it each output was told: counts in, at most one notice per item, output and second out.
//!
//! One [`Ledger`] holds the sums: by place, by output and reason, and of what was shed by output, record type, rule key and
//! cause. Each output that is told of losses has an [`Account`] of what it was told already, so that one whose notices are
//! lost is told again, and no other. Bounded: of each output the first [`PAIRS`] pairs of type and key have a sum each, all
//! later ones share one. Nothing is allocated for a pair that was seen before.

use std::sync::Arc;

use oyez_events::decode::hex;
use oyez_events::group::Millis;
use oyez_events::loss::{LossCounts, Place};
use oyez_output::stats::Reason;
use oyez_tables::record_type;

use super::told::Told;

/// Pairs of type and key, each by cause, that are counted apart for one output.
const PAIRS: usize = 32;
/// Bytes of a key that are kept: the kernel allows 256, written as hex twice as many (linux/audit.h,
/// `AUDIT_MAX_KEY_LEN`).
const KEY_BYTES: usize = 512;
/// How long there is silence after something was told.
const SILENCE_MS: Millis = 1000;

/// What was shed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An event whose first record has this type.
    Record(u16),
    /// A notice of oyez's own.
    Notice(&'static str),
    /// Any other, once there are too many.
    Other,
}

/// Why it was shed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The output could not keep up.
    Output,
    /// So much CPU was used as there may be.
    CpuLimit,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::CpuLimit => "cpu_limit",
        }
    }
}

/// What a sum is of.
#[derive(Debug)]
enum Of {
    Place(Place),
    /// What an output dropped.
    Output(Arc<str>, Reason),
    /// What was not handed to an output; of a limit on CPU time, to any.
    Shed(Option<Arc<str>>, Pair),
    /// Nothing: that output is gone.
    Free,
}

#[derive(Debug)]
struct Pair {
    what: What,
    /// Unknown for what is counted together.
    cause: Option<Cause>,
    key: Vec<u8>,
}

#[derive(Debug)]
struct Item {
    of: Of,
    total: u64,
}

/// What was shed by one output, or because of a limit: where its sums stand.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    items: Vec<usize>,
    /// The item that was counted last: the next is mostly the same.
    last: usize,
}

/// The sums.
#[derive(Debug)]
pub(crate) struct Ledger {
    items: Vec<Item>,
    /// Changes with each count.
    sum: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        let places = Place::ALL.into_iter().map(|place| Item { of: Of::Place(place), total: 0 });
        Self { items: places.collect(), sum: 0 }
    }
}

/// So much of an item, on its way to an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Telling {
    item: usize,
    pub(crate) count: u64,
}

/// What one output was told.
#[derive(Debug, Default)]
pub(crate) struct Account {
    told: Vec<u64>,
    told_sum: u64,
    silent_until: Millis,
}

impl Ledger {
    /// Takes sums that others count.
    pub(crate) fn set_places(&mut self, counts: &LossCounts) {
        for place in Place::ALL {
            self.raise(place as usize, counts.total(place));
        }
    }

    /// Takes what an output dropped for a reason so far, in events.
    pub(crate) fn set_dropped(&mut self, output: &Arc<str>, reason: Reason, total: u64) {
        if total == 0 {
            return;
        }
        let is = |item: &Item| matches!(&item.of, Of::Output(name, of) if name == output && *of == reason);
        let at = self.items.iter().position(is).unwrap_or_else(|| self.add(Of::Output(Arc::clone(output), reason)));
        self.raise(at, total);
    }

    fn raise(&mut self, at: usize, total: u64) {
        if let Some(item) = self.items.get_mut(at) {
            self.sum = self.sum.wrapping_add(total.saturating_sub(item.total));
            item.total = item.total.max(total);
        }
    }

    /// Counts an event that was shed, of this type, that a rule with this key led to; the key as the kernel writes it. `output`
    /// is whose shelf it is.
    pub(crate) fn shed(
        &mut self,
        (output, shelf): (Option<&Arc<str>>, &mut Shelf),
        what: What,
        key: &[u8],
        cause: Cause,
    ) {
        let key = key.get(..KEY_BYTES).unwrap_or(key);
        if !self.is_pair(shelf.last, shelf, what, key, cause) {
            let found = (0..shelf.items.len()).find(|at| self.is_pair(*at, shelf, what, key, cause));
            shelf.last = found.unwrap_or_else(|| self.add_pair(output, shelf, what, key, cause));
        }
        if let Some(item) = shelf.items.get(shelf.last).and_then(|at| self.items.get_mut(*at)) {
            item.total += 1;
            self.sum = self.sum.wrapping_add(1);
        }
    }

    fn is_pair(&self, at: usize, shelf: &Shelf, what: What, key: &[u8], cause: Cause) -> bool {
        let item = shelf.items.get(at).and_then(|at| self.items.get(*at));
        matches!(item, Some(Item { of: Of::Shed(_, pair), .. })
            if pair.what == what && pair.cause == Some(cause) && pair.key == key)
    }

    /// Adds a pair, or the one for all others; says where on the shelf it stands.
    fn add_pair(
        &mut self,
        output: Option<&Arc<str>>,
        shelf: &mut Shelf,
        what: What,
        key: &[u8],
        cause: Cause,
    ) -> usize {
        let at = shelf.items.len().min(PAIRS);
        if at == shelf.items.len() {
            let pair = if at == PAIRS {
                Pair { what: What::Other, cause: None, key: Vec::new() }
            } else {
                Pair { what, cause: Some(cause), key: key.to_vec() }
            };
            let item = self.add(Of::Shed(output.cloned(), pair));
            shelf.items.push(item);
        }
        at
    }

    fn add(&mut self, of: Of) -> usize {
        let free = self.items.iter().position(|item| matches!(item.of, Of::Free));
        let at = free.unwrap_or(self.items.len());
        let item = Item { of, total: 0 };
        match self.items.get_mut(at) {
            Some(place) => *place = item,
            None => self.items.push(item),
        }
        at
    }

    /// Forgets an output that is gone, once all others were told what it lost. Their accounts are to forget the same.
    pub(crate) fn forget(&mut self, output: &str) -> Vec<usize> {
        let is_of = |item: &Item| match &item.of {
            Of::Output(name, _) | Of::Shed(Some(name), _) => **name == *output,
            Of::Place(_) | Of::Shed(None, _) | Of::Free => false,
        };
        let mut forgotten = Vec::new();
        for (at, item) in self.items.iter_mut().enumerate() {
            if is_of(item) {
                *item = Item { of: Of::Free, total: 0 };
                forgotten.push(at);
            }
        }
        forgotten
    }
}

impl Account {
    /// Of an output that comes later: what was lost before is not its business.
    pub(crate) fn from_now_on(ledger: &Ledger) -> Self {
        let told = ledger.items.iter().map(|item| item.total).collect();
        Self { told, told_sum: ledger.sum, silent_until: 0 }
    }

    /// When there is something to say next; `None`: nothing to say.
    pub(crate) fn deadline(&self, ledger: &Ledger) -> Option<Millis> {
        (self.told_sum != ledger.sum).then_some(self.silent_until)
    }

    /// What is to be said now. The first loss is told at once; what follows within a second is told together.
    pub(crate) fn due(&mut self, ledger: &Ledger, now: Millis) -> Vec<(Told, Telling)> {
        if self.deadline(ledger).is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.silent_until = now + SILENCE_MS;
        self.all(ledger)
    }

    /// Everything that was not said yet: the end has come.
    pub(crate) fn all(&mut self, ledger: &Ledger) -> Vec<(Told, Telling)> {
        self.told_sum = ledger.sum;
        self.told.resize(ledger.items.len(), 0);
        let mut due = Vec::new();
        for (at, (item, told)) in ledger.items.iter().zip(&mut self.told).enumerate() {
            let count = item.total.saturating_sub(std::mem::replace(told, item.total));
            if let Some(notice) = (count > 0).then(|| item.tell(count)).flatten() {
                due.push((notice, Telling { item: at, count }));
            }
        }
        due
    }

    /// It could not be told after all; it comes again when the silence is over.
    pub(crate) fn take_back(&mut self, telling: Telling) {
        if let Some(told) = self.told.get_mut(telling.item) {
            *told = told.saturating_sub(telling.count);
            self.told_sum = self.told_sum.wrapping_sub(telling.count);
        }
    }

    /// Forgets items of the ledger that are gone.
    pub(crate) fn forget(&mut self, items: &[usize]) {
        for at in items {
            if let Some(told) = self.told.get_mut(*at) {
                *told = 0;
            }
        }
    }
}

impl Item {
    fn tell(&self, count: u64) -> Option<Told> {
        Some(match &self.of {
            Of::Place(place) => told(*place, count, self.total),
            Of::Output(name, reason) => {
                told(Place::Output, count, self.total).with("output", &**name).with("reason", reason.name())
            }
            Of::Shed(name, pair) => {
                let loss = told(Place::Shed, count, self.total).with("type", pair.name());
                loss.with_some("cause", pair.cause.map(Cause::name))
                    .with_some("key", (!pair.key.is_empty()).then(|| plain(&pair.key)))
                    .with_some("output", name.as_deref())
            }
            Of::Free => return None,
        })
    }
}

impl Pair {
    fn name(&self) -> String {
        match self.what {
            What::Record(number) => record_type::name(number).map_or_else(|| number.to_string(), str::to_owned),
            What::Notice(kind) => kind.to_owned(),
            What::Other => "other".to_owned(),
        }
    }
}

/// A loss as a notice.
fn told(place: Place, count: u64, total: u64) -> Told {
    Told::now("OYEZ_LOSS")
        .with("where", place.name())
        .with("count", count)
        .with("unit", place.unit())
        .with("bound", place.bound())
        .with("total", total)
}

/// A key as its rule has it; several keys of one rule, which the kernel joins by 0x01, with commas between.
fn plain(key: &[u8]) -> String {
    let quoted = key.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let mut bytes = Vec::new();
    let text = match quoted {
        Some(text) => text,
        None if hex(key, &mut bytes) => &bytes,
        None => key,
    };
    String::from_utf8_lossy(text).replace('\u{1}', ",")
}

#[cfg(test)]
mod tests;
