//! The calls seen lately: what is said of each whatever its record, and what the last values of its arguments came to.
//!
//! A busy host makes a few dozen different calls, each with a handful of flags. Bounded: [`SLOTS`] calls, [`WAYS`] sets of
//! values each, of at most [`MAX_WORDS`] bytes.

use oyez_interpret::args::Call;
use oyez_tables::arch::Arch;

use super::out::Out;

/// As many as a busy host makes different calls.
const SLOTS: usize = 64;
/// How many sets of values are remembered of one call.
const WAYS: usize = 8;
/// What is said of the values of most calls is far shorter.
const MAX_WORDS: usize = 512;
/// How long `,"syscall":{…,"args":["0x` may be: enough for every architecture and call.
const OPENING: usize = 96;

/// The calls seen lately, so that each is looked up once.
#[derive(Debug)]
pub(super) struct Calls {
    slots: Box<[Slot; SLOTS]>,
}

/// Up to 16 hex digits of each argument that something depends on, zeros for the others.
pub(super) type Values = [u128; 4];

/// One call.
#[derive(Debug)]
pub(super) struct Slot {
    /// Without arguments.
    pub(super) call: Call,
    /// Which of its arguments the words depend on.
    pub(super) reads: [bool; 4],
    /// All that can be said before its arguments, and bytes of no meaning up to [`OPENING`].
    opening: Vec<u8>,
    opening_len: usize,
    said: [Said; WAYS],
}

/// What some values came to.
#[derive(Debug, Default)]
struct Said {
    values: Option<Values>,
    text: Vec<u8>,
}

impl Default for Calls {
    fn default() -> Self {
        let call = Call::new(Arch::X86_64, 0, [None; 4]);
        Calls { slots: Box::new(std::array::from_fn(|_| Slot::of(call))) }
    }
}

impl Calls {
    /// What is known of call `number` of `arch`.
    #[inline]
    pub(super) fn of(&mut self, arch: Arch, number: u32) -> &mut Slot {
        let slot = &mut self.slots[number as usize % SLOTS];
        if slot.call.arch != arch || slot.call.number != number {
            *slot = Slot::of(Call::new(arch, number, [None; 4]));
        }
        slot
    }
}

impl Slot {
    fn of(call: Call) -> Self {
        let mut opening = opening(&call);
        let opening_len = opening.len();
        opening.resize(opening_len.max(OPENING), 0);
        let (reads, said) = (std::array::from_fn(|index| call.reads(index)), Default::default());
        Slot { call, reads, opening, opening_len, said }
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
        let said = &self.said[way(values)];
        (said.values.as_ref() == Some(values)).then_some(&said.text)
    }

    /// Remembers what these values came to: it is the same whenever they come.
    pub(super) fn remember(&mut self, values: &Values, text: &[u8]) {
        if text.len() <= MAX_WORDS {
            let said = &mut self.said[way(values)];
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
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61) as usize % WAYS
}

/// All names in it are plain ASCII of our own tables.
fn opening(call: &Call) -> Vec<u8> {
    let name = if call.name.is_empty() { String::new() } else { format!(",\"name\":\"{}\"", call.name) };
    let (arch, number) = (call.arch.name(), call.number);
    format!(",\"syscall\":{{\"arch\":\"{arch}\",\"number\":{number}{name},\"args\":[\"0x").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_that_of_the_last_call_in_it() {
        let mut calls = Calls::default();
        for number in [42, 42 + 64, 42, 9999] {
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
                let (slot, mut out) = (calls.of(arch, number), Out::default());
                slot.open(&mut out);
                assert_eq!(out.written(), opening(&slot.call), "{arch:?} {number}");
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
