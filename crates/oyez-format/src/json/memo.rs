//! What was rendered lately: the same text gives the same JSON.
//!
//! A process that makes a thousand syscalls repeats its ids, command, directory and title a thousand times, word for word. A
//! text that comes twice is rendered once more and kept; from the third time on its JSON is copied. Texts that never come
//! again cost a hash each, so where hardly any comes again, only every sixteenth is looked up.
//!
//! Bounded: [`SETS`] pairs of texts of at most [`MAX_BYTES`] each; a new one takes the place of that one of its pair which did
//! not come again last, so that texts which never come again cannot drive out one that does. Texts are compared in full, so a
//! collision of hashes cannot show one text's JSON for another's.

use oyez_events::Record;

use super::hash::Hasher;
use super::out::Out;

/// As many as a byte of the hash can tell apart.
const SETS: usize = 256;
const MAX_BYTES: usize = 2048;
/// How many parts one text's JSON may be kept in.
pub(super) const PARTS: usize = 5;

/// JSON in up to [`PARTS`] parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Rendered {
    pub(super) bytes: Out,
    ends: [u32; PARTS],
    open: usize,
}

impl Rendered {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends = [0; PARTS];
        self.open = 0;
    }

    /// One part: what stands in `out` from `start` on.
    pub(super) fn take(&mut self, out: &Out, start: usize) {
        self.clear();
        self.bytes.extend_from_slice(out.written().get(start..).unwrap_or_default());
        self.end_part();
    }

    /// Ends the part that was being appended to `bytes`.
    pub(super) fn end_part(&mut self) {
        if let Some(end) = self.ends.get_mut(self.open) {
            *end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
            self.open += 1;
        }
    }

    /// Appends a part.
    #[inline]
    pub(super) fn append_part(&self, part: usize, out: &mut Out) {
        let start = part.checked_sub(1).map_or(0, |before| self.end(before));
        out.extend_from(&self.bytes, start, self.end(part));
    }

    /// Where a part ends; the start where there is none.
    #[inline]
    fn end(&self, part: usize) -> usize {
        self.ends.get(part).copied().unwrap_or_default() as usize
    }
}

#[derive(Debug, Default)]
struct Slot {
    hash: u64,
    record_type: u16,
    /// Empty while it was seen only once.
    text: Vec<u8>,
    rendered: Rendered,
}

/// Whether looking up texts of one kind of record pays.
#[derive(Clone, Copy, Debug, Default)]
struct Habit {
    /// Rises with each text that came before, falls with each that did not: a copy saves about sixteen times what a look
    /// costs.
    gain: i8,
    /// Texts since the last look.
    passed: u8,
}

/// As many as what a look saves is worth more than it costs.
const WORTH: i8 = 16;

/// The texts rendered lately.
#[derive(Debug)]
pub(super) struct Memo {
    slots: Box<[[Slot; 2]]>,
    /// By pair: which of the two came again last.
    recent: [u8; SETS],
    /// By the low bits of the record's type.
    habits: [Habit; 16],
    hasher: Hasher,
}

/// Where a text stands in the memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is there: [`Memo::rendered`].
    Known(Spot),
    /// It was seen before and is worth keeping: [`Memo::keep`].
    Again(Spot),
    /// It was not seen lately.
    New,
}

/// A pair, and which of its two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    set: u8,
    way: u8,
}

impl Default for Memo {
    fn default() -> Self {
        let slots = (0..SETS).map(|_| Default::default()).collect();
        Memo { slots, recent: [0; SETS], habits: [Habit::default(); 16], hasher: Hasher::default() }
    }
}

impl Memo {
    /// Whether a look is worth its cost: always for a while, then as long as texts of this type come again; else now and then,
    /// to notice when they do.
    #[inline]
    pub(super) fn is_worth(&mut self, record_type: u16) -> bool {
        let habit = &mut self.habits[usize::from(record_type % 16)];
        habit.passed = (habit.passed + 1) % 16;
        habit.gain > -100 || habit.passed == 0
    }

    /// Looks up `text`, of `record` or a part of it, and remembers that it was seen.
    pub(super) fn find(&mut self, record: &Record<'_>, text: &[u8]) -> Place {
        // A tail may explain any field of the record, also those outside the text: such records are rendered each time.
        if text.len() > MAX_BYTES || !record.tail().is_empty() {
            return Place::New;
        }
        let record_type = record.number();
        let hash = self.hasher.hash(record_type, text) | 1;
        let set = hash.to_le_bytes()[1];
        let habit = &mut self.habits[usize::from(record_type % 16)];
        let (pair, recent) = (&mut self.slots[usize::from(set)], &mut self.recent[usize::from(set)]);
        let Some(way) = (0..2).find(|way| pair[usize::from(*way)].hash == hash) else {
            let slot = &mut pair[usize::from(1 - *recent)];
            slot.hash = hash;
            slot.text.clear();
            habit.gain = habit.gain.saturating_sub(1);
            return Place::New;
        };
        *recent = way;
        habit.gain = habit.gain.saturating_add(WORTH);
        let spot = Spot { set, way };
        if pair[usize::from(way)].is(record_type, text) { Place::Known(spot) } else { Place::Again(spot) }
    }

    /// Forgets all texts.
    pub(super) fn forget(&mut self) {
        for slot in self.slots.iter_mut().flatten() {
            (slot.hash, slot.record_type) = (0, 0);
            slot.text.clear();
        }
    }

    /// What a known text was rendered to.
    #[inline]
    pub(super) fn rendered(&self, spot: Spot) -> &Rendered {
        &self.slots[usize::from(spot.set)][usize::from(spot.way)].rendered
    }

    /// Takes the JSON of a text that came again.
    pub(super) fn keep(&mut self, spot: Spot, record_type: u16, text: &[u8], rendered: &Rendered) {
        if rendered.bytes.len() > 4 * MAX_BYTES {
            return;
        }
        let slot = &mut self.slots[usize::from(spot.set)][usize::from(spot.way)];
        slot.text.clear();
        slot.record_type = record_type;
        slot.text.extend_from_slice(text);
        slot.rendered.clear();
        slot.rendered.bytes.extend_from_slice(rendered.bytes.written());
        slot.rendered.ends = rendered.ends;
    }
}

impl Slot {
    fn is(&self, record_type: u16, text: &[u8]) -> bool {
        self.record_type == record_type && !self.text.is_empty() && self.text == text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(memo: &mut Memo, number: u16, body: &[u8]) -> Place {
        memo.find(&Record::new(number, body), body)
    }

    fn rendered(text: &str) -> Rendered {
        let mut rendered = Rendered::default();
        rendered.bytes.extend_from_slice(text.as_bytes());
        rendered.end_part();
        rendered
    }

    #[test]
    fn a_text_is_kept_when_it_comes_twice() {
        let mut memo = Memo::default();
        assert_eq!(find(&mut memo, 1307, b"cwd"), Place::New);
        let Place::Again(place) = find(&mut memo, 1307, b"cwd") else { panic!("seen before") };
        memo.keep(place, 1307, b"cwd", &rendered("json"));
        assert_eq!(find(&mut memo, 1307, b"cwd"), Place::Known(place));
        for (part, text) in [(0, &b"json"[..]), (1, b""), (PARTS, b"")] {
            let mut out = Out::default();
            memo.rendered(place).append_part(part, &mut out);
            assert_eq!(out.written(), text, "{part}");
        }
    }

    #[test]
    fn texts_that_never_come_again_do_not_drive_out_one_that_does() {
        let mut memo = Memo::default();
        find(&mut memo, 1307, b"same");
        let Place::Again(spot) = find(&mut memo, 1307, b"same") else { panic!("seen before") };
        memo.keep(spot, 1307, b"same", &rendered("json"));
        for n in 0..4 * SETS {
            find(&mut memo, 1307, n.to_string().as_bytes());
            assert_eq!(find(&mut memo, 1307, b"same"), Place::Known(spot), "{n}");
        }
    }

    #[test]
    fn texts_that_never_come_again_are_rarely_looked_up_until_they_do() {
        let mut memo = Memo::default();
        let mut looks = |text: &dyn Fn(usize) -> String| {
            (0..1600)
                .filter(|n| {
                    memo.is_worth(1307) && {
                        find(&mut memo, 1307, text(*n).as_bytes());
                        true
                    }
                })
                .count()
        };
        assert_eq!(looks(&|_| "same".into()), 1600);
        let other = looks(&|n| n.to_string());
        assert!((300..500).contains(&other), "{other}");
        assert!(looks(&|_| "same".into()) > 1500);
    }

    #[test]
    fn other_types_bodies_and_tails_are_other_texts() {
        let mut memo = Memo::default();
        find(&mut memo, 1307, b"ab");
        let Place::Again(place) = find(&mut memo, 1307, b"ab") else { panic!("seen before") };
        memo.keep(place, 1307, b"ab", &rendered("json"));
        for (number, body, tail) in [(1302, &b"ab"[..], &b""[..]), (1307, b"ab", b"d"), (1307, b"abc", b"")] {
            assert!(
                !matches!(memo.find(&Record::new(number, body).with_tail(tail), body), Place::Known(_)),
                "{number} {body:?} {tail:?}"
            );
        }
    }

    #[test]
    fn huge_texts_are_not_kept() {
        let mut memo = Memo::default();
        let body = vec![b'x'; MAX_BYTES + 1];
        assert_eq!([find(&mut memo, 1, &body), find(&mut memo, 1, &body)], [Place::New; 2]);
    }
}
