//! The calls seen lately: what is said of each whatever its record, and what the last values of its arguments came to.
//!
//! A busy host makes a few dozen different calls, each with a handful of flags. Bounded: [`SLOTS`] calls, [`WAYS`] sets of
//! values each, of at most [`MAX_WORDS`] bytes each.

use std::io::Write as _;

use oyez_interpret::args::Call;
use oyez_tables::arch::Arch;

use super::out::Out;

/// More than an architecture has calls, so that no two of a host's share a slot.
const SLOTS: usize = 512;
/// How many sets of values are remembered of one call.
const WAYS: usize = 4;
/// What is said of the values of most calls is far shorter.
const MAX_WORDS: usize = 512;
/// How long `,"syscall":{…,"args":["0x` may be: enough for every architecture and call.
const OPENING: usize = 96;

/// The calls seen lately, so that each is looked up once.
#[derive(Debug)]
pub(super) struct Calls {
    slots: Box<[Slot]>,
}

/// Up to 16 hex digits of each argument that something depends on, zeros for the others.
pub(super) type Values = [u128; 4];

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// Without arguments.
    pub(super) call: Call,
    /// Which of its arguments the words depend on.
    pub(super) reads: [bool; 4],
    /// All that can be said before its arguments, and bytes of no meaning up to [`OPENING`].
    opening: Vec<u8>,
    opening_len: usize,
    /// None, or [`WAYS`] of them.
    said: Vec<Said>,
}

/// What some values came to.
#[derive(Clone, Debug, Default)]
struct Said {
    values: Option<Values>,
    text: Vec<u8>,
}

impl Default for Calls {
    fn default() -> Self {
        // No call has this number.
        let none = Call::new(Arch::X86_64, u32::MAX, [None; 4]);
        let (reads, opening, opening_len) = ([false; 4], Vec::new(), 0);
        let slot = Slot { call: none, reads, opening, opening_len, said: Vec::new() };
        Calls { slots: std::iter::repeat_n(slot, SLOTS).collect() }
    }
}

impl Calls {
    /// What is known of call `number` of `arch`.
    #[inline]
    pub(super) fn of(&mut self, arch: Arch, number: u32) -> &mut Slot {
        let slot = &mut self.slots[number as usize % SLOTS];
        if slot.call.arch != arch || slot.call.number != number {
            slot.become_that_of(Call::new(arch, number, [None; 4]));
        }
        slot
    }
}

impl Slot {
    /// Is that of another call from now on; its buffers stay.
    fn become_that_of(&mut self, call: Call) {
        self.call = call;
        self.reads = std::array::from_fn(|index| call.reads(index));
        self.opening.clear();
        opening(&call, &mut self.opening);
        self.opening_len = self.opening.len();
        self.opening.resize(self.opening_len.max(OPENING), 0);
        for said in &mut self.said {
            said.values = None;
        }
    }

    /// Appends `,"syscall":{`, all that the call is, and what opens its first argument.
    #[inline]
    pub(super) fn open(&self, out: &mut Out) {
        match self.opening.first_chunk::<OPENING>() {
            Some(chunk) if self.opening_len <= OPENING => out.chunk(chunk, self.opening_len),
            _ => out.extend_from_slice(self.opening.get(..self.opening_len).unwrap_or_default()),
        }
    }

    /// What these values came to the last time, if that is known.
    #[inline]
    pub(super) fn said(&self, values: &Values) -> Option<&[u8]> {
        let said = self.said.get(way(values))?;
        (said.values.as_ref() == Some(values)).then_some(&said.text)
    }

    /// Remembers what these values came to: it is the same whenever they come.
    pub(super) fn remember(&mut self, values: &Values, text: &[u8]) {
        self.said.resize_with(WAYS, Said::default);
        let said = self.said.get_mut(way(values)).filter(|_| text.len() <= MAX_WORDS);
        if let Some(said) = said {
            said.values = Some(*values);
            said.text.clear();
            said.text.extend_from_slice(text);
        }
    }
}

/// Where what these values came to stands.
#[inline]
fn way(values: &Values) -> usize {
    let mixed = values.iter().fold(0_u128, |mixed, value| mixed.rotate_left(23) ^ value);
    #[expect(clippy::cast_possible_truncation, reason = "the halves are mixed")]
    let mixed = (mixed as u64) ^ (mixed >> 64) as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62) as usize % WAYS
}

/// Appends what is said before the arguments. All names in it are plain ASCII of our own tables.
fn opening(call: &Call, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(out, ",\"syscall\":{{\"arch\":\"{}\",\"number\":{}", call.arch.name(), call.number);
    if !call.name.is_empty() {
        let _ = write!(out, ",\"name\":\"{}\"", call.name);
    }
    out.extend_from_slice(b",\"args\":[\"0x");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_that_of_the_last_call_in_it() {
        let mut calls = Calls::default();
        for number in [42, 42 + 512, 42, 9999] {
            let slot = calls.of(Arch::X86_64, number);
            assert_eq!(slot.call.number, number);
            assert_eq!(slot.said(&[1, 0, 0, 0]), None, "{number}");
            slot.remember(&[1, 0, 0, 0], b"one");
            assert_eq!(slot.said(&[1, 0, 0, 0]), Some(&b"one"[..]));
            assert_eq!(slot.said(&[1, 1, 0, 0]), None);
            assert_eq!(calls.of(Arch::I386, 5).call.name, "open");
        }
    }

    #[test]
    fn every_call_is_opened_with_all_that_it_is() {
        let mut calls = Calls::default();
        for arch in Arch::all() {
            for number in (0..1100).chain([oyez_tables::syscall::X32_BIT + 520, 0xf_0005, 999_999_999]) {
                let (slot, mut out, mut text) = (calls.of(arch, number), Out::default(), Vec::new());
                slot.open(&mut out);
                opening(&slot.call, &mut text);
                assert_eq!(out.written(), text, "{arch:?} {number}");
                assert!(number > 1100 || text.len() <= OPENING, "{arch:?} {number}");
            }
        }
    }

    #[test]
    fn long_texts_are_not_kept() {
        let mut calls = Calls::default();
        let slot = calls.of(Arch::X86_64, 257);
        slot.remember(&[7; 4], &[b'x'; MAX_WORDS + 1]);
        assert_eq!(slot.said(&[7; 4]), None);
    }
}
