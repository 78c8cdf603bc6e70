//! What was shed: events by record type, rule key and cause in, at most one notice per pair and second out.
//!
//! Bounded: the first [`PAIRS`] pairs have a count each, all later ones share one. Nothing is allocated for a pair that was
//! seen before.

use oyez_events::decode::hex;
use oyez_events::group::Millis;
use oyez_events::loss::{Loss, Place};
use oyez_tables::record_type;

use super::told::Told;

/// Pairs of type and key, each by cause, that are counted apart.
const PAIRS: usize = 32;
/// Bytes of a key that are kept: the kernel allows 256, written as hex twice as many (linux/audit.h,
/// `AUDIT_MAX_KEY_LEN`).
const KEY_BYTES: usize = 512;
/// How long there is silence after something was told.
const SILENCE_MS: Millis = 1000;

/// A loss on its way out; when its line is refused it is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Of a place.
    Place(Loss),
    /// Of the pair at this index: so many events.
    Pair(usize, u64),
}

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

#[derive(Debug)]
struct Pair {
    what: What,
    /// Unknown for what is counted together.
    cause: Option<Cause>,
    key: Vec<u8>,
    events: u64,
    told: u64,
}

/// Counts what was shed and was not told yet.
#[derive(Debug, Default)]
pub(crate) struct Shed {
    pairs: Vec<Pair>,
    /// The pair that was counted last: the next is mostly the same.
    last: usize,
    untold: u64,
    silent_until: Millis,
}

impl Shed {
    /// Counts an event of this type that a rule with this key led to; the key as the kernel writes it.
    pub(crate) fn count(&mut self, what: What, key: &[u8], cause: Cause) {
        let key = key.get(..KEY_BYTES).unwrap_or(key);
        let is = |pair: &Pair| pair.what == what && pair.cause == Some(cause) && pair.key == key;
        if !self.pairs.get(self.last).is_some_and(is) {
            self.last = self.pairs.iter().position(is).unwrap_or_else(|| self.add(what, key, cause));
        }
        if let Some(pair) = self.pairs.get_mut(self.last) {
            pair.events += 1;
            self.untold += 1;
        }
    }

    fn add(&mut self, what: What, key: &[u8], cause: Cause) -> usize {
        let at = self.pairs.len().min(PAIRS);
        if at == self.pairs.len() {
            let (what, cause, key) =
                if at == PAIRS { (What::Other, None, Vec::new()) } else { (what, Some(cause), key.to_vec()) };
            self.pairs.push(Pair { what, cause, key, events: 0, told: 0 });
        }
        at
    }

    /// When there is something to say next; `None`: nothing to say.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        (self.untold > 0).then_some(self.silent_until)
    }

    /// What is to be said now.
    pub(crate) fn due(&mut self, now: Millis) -> Vec<(Told, Telling)> {
        if self.deadline().is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.silent_until = now + SILENCE_MS;
        self.all()
    }

    /// Everything that was not said yet: the end has come.
    pub(crate) fn all(&mut self) -> Vec<(Told, Telling)> {
        self.untold = 0;
        let untold = self.pairs.iter_mut().enumerate().filter(|(_, pair)| pair.events > pair.told);
        untold
            .map(|(index, pair)| {
                let count = pair.events - std::mem::replace(&mut pair.told, pair.events);
                (pair.tell(count), Telling::Pair(index, count))
            })
            .collect()
    }

    /// It could not be told after all; it comes again when the silence is over.
    pub(crate) fn take_back(&mut self, pair: usize, count: u64) {
        if let Some(pair) = self.pairs.get_mut(pair) {
            pair.told = pair.told.saturating_sub(count);
            self.untold += count;
        }
    }
}

impl Pair {
    fn tell(&self, count: u64) -> Told {
        let number = |number: u16| record_type::name(number).map_or_else(|| number.to_string(), str::to_owned);
        let what = match self.what {
            What::Record(of) => number(of),
            What::Notice(kind) => kind.to_owned(),
            What::Other => "other".to_owned(),
        };
        Told::now("OYEZ_LOSS")
            .with("where", Place::Shed.name())
            .with("count", count)
            .with("unit", Place::Shed.unit())
            .with("bound", Place::Shed.bound())
            .with("total", self.events)
            .with("type", what)
            .with_some("cause", self.cause.map(Cause::name))
            .with_some("key", (!self.key.is_empty()).then(|| plain(&self.key)))
    }
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
mod tests {
    use super::*;
    use crate::daemon::told::Say;

    fn said(shed: Vec<(Told, Telling)>) -> Vec<(String, Option<String>, u64)> {
        let text = |say: &Say| match say {
            Say::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("{other:?} is no text"),
        };
        let of = |(told, telling): (Told, Telling)| {
            let Telling::Pair(_, count) = telling else { panic!("{telling:?}") };
            assert_eq!(told.get("count"), Some(&Say::Number(count)));
            (text(told.get("type").unwrap()), told.get("key").map(text), count)
        };
        shed.into_iter().map(of).collect()
    }

    #[test]
    fn each_type_key_and_cause_has_its_own_count() {
        let mut shed = Shed::default();
        for key in [&b"\"web\""[..], b"\"db\"", b"\"web\"", b"", b"610162"] {
            shed.count(What::Record(1300), key, Cause::Output);
        }
        shed.count(What::Record(1400), b"\"web\"", Cause::Output);
        shed.count(What::Notice("OYEZ_FILTER"), b"", Cause::Output);
        shed.count(What::Record(1400), b"\"web\"", Cause::CpuLimit);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            said(shed.due(0)),
            [
                ("SYSCALL".into(), some("web"), 2),
                ("SYSCALL".into(), some("db"), 1),
                ("SYSCALL".into(), None, 1),
                ("SYSCALL".into(), some("a,b"), 1),
                ("AVC".into(), some("web"), 1),
                ("OYEZ_FILTER".into(), None, 1),
                ("AVC".into(), some("web"), 1),
            ]
        );
    }

    #[test]
    fn any_number_of_pairs_is_counted_in_bounded_room() {
        let mut shed = Shed::default();
        for key in 0..1000 {
            shed.count(What::Record(1300), key.to_string().as_bytes(), Cause::Output);
        }
        let told = said(shed.all());
        assert_eq!((told.len(), told.last().unwrap()), (PAIRS + 1, &("other".into(), None, 1000 - PAIRS as u64)));
        assert_eq!(told.iter().map(|(_, _, count)| count).sum::<u64>(), 1000);
    }

    #[test]
    fn it_is_told_at_once_then_once_a_second_and_again_if_that_failed() {
        let mut shed = Shed::default();
        assert_eq!(shed.deadline(), None);
        shed.count(What::Record(1300), b"", Cause::Output);
        assert_eq!(said(shed.due(5)).len(), 1);
        shed.count(What::Record(1300), b"", Cause::Output);
        assert_eq!((shed.due(1004), shed.deadline()), (vec![], Some(1005)));
        shed.take_back(0, 1);
        assert_eq!(said(shed.due(1005)), [("SYSCALL".into(), None, 2)]);
        assert_eq!(shed.deadline(), None);
    }
}
