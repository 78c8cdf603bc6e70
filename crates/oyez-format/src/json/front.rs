//! The member `syscall` of a call whose record begins as the kernel writes it, and that alone says what was done: nearly every
//! call of a busy host. It comes out as [`super::call`] writes it, without a list of fields.

use oyez_events::fields::{CallFront, Span, call_front};
use oyez_events::{Event, Record};
use oyez_interpret::normal::Deed;
use oyez_tables::arch::Arch;
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::calls::{Slot, Values};
use super::keys::ARGS;
use super::names::Names;
use super::out::Out;
use super::words::Words;
use super::{JsonFormat, call, number};

/// A front, and which call that is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Front {
    pub(super) read: CallFront,
    arch: Arch,
    number: u32,
}

/// Whether all that a front says is written as it is.
pub(super) fn is_wanted(names: &Names) -> bool {
    names.are_plain(&[Key::Arch, Key::Syscall, Key::Success, Key::Exit, Key::Items]) && names.are_plain(&ARGS)
}

/// The front of the event's main record, where that is a call and decides alone what the event is.
pub(super) fn read(format: &mut JsonFormat, event: &Event, deed: &Deed) -> Option<Front> {
    if !format.is_front_wanted || deed.record() != event.main() {
        return None;
    }
    let record = event.record(deed.record()).filter(|record| record.number() == record_type::SYSCALL)?;
    let read = call_front(&record)?;
    let arch = Arch::from_audit(format.last_arch.number(read.arch.of(record.text()))?)?;
    let number = number::small(read.syscall.of(record.text()))?;
    // A tail may name a call that no table knows.
    let is_known = record.tail().is_empty() || !format.calls.of(arch, number).call.name.is_empty();
    is_known.then_some(Front { read, arch, number })
}

/// Appends the member.
pub(super) fn write(format: &mut JsonFormat, front: &Front, main: &Record<'_>, words: Words<'_>, out: &mut Out) {
    let (Front { read, arch, number }, text) = (front, main.text());
    let slot = format.calls.of(*arch, *number);
    slot.open(out);
    for key in [Key::Arch, Key::Syscall] {
        format.main.explain(key);
    }
    let [first, others @ ..] = read.args;
    member(out, b"", text, first);
    for arg in others {
        member(out, b"\",\"0x", text, arg);
    }
    if slot.reads.contains(&true) {
        out.chunk(b"\"]", 2);
        in_words(slot, &read.args, text, words, &mut format.scratch, out);
        member(out, b",\"exit\":", text, read.exit);
    } else {
        member(out, b"\"],\"exit\":", text, read.exit);
    }
    if let Some(error) = read.exit.of(text).strip_prefix(b"-") {
        call::errno(error, out);
    }
    member(out, b",\"items\":", text, read.items);
    out.push(b'}');
}

/// Appends `opening` and a value, of at most sixteen bytes each.
#[inline]
fn member<const N: usize>(out: &mut Out, opening: &[u8; N], text: &[u8], value: Span) {
    let mut padded = [0; 16];
    for (place, byte) in padded.iter_mut().zip(opening) {
        *place = *byte;
    }
    if let Some(chunk) = text.get(value.start()..).and_then(<[u8]>::first_chunk::<16>) {
        out.member((&padded, N), (chunk, value.len()), None);
    } else {
        out.extend_from_slice(opening);
        out.extend_from_slice(value.of(text));
    }
}

/// Appends what the arguments mean. Values that mean the same for every host are remembered.
fn in_words(slot: &mut Slot, args: &[Span; 4], text: &[u8], words: Words<'_>, scratch: &mut Vec<u8>, out: &mut Out) {
    let values: Values = std::array::from_fn(|place| if slot.reads[place] { digits(text, args[place]) } else { 0 });
    if let Some(said) = slot.said(&values) {
        return out.extend_from_slice(said);
    }
    let mut call = slot.call;
    // Nothing depends on the others.
    call.args = std::array::from_fn(|place| {
        Some(if slot.reads[place] { number::hexadecimal(args[place].of(text)) } else { 0 })
    });
    let before = out.len();
    if !call::in_words(&call, words, scratch, out) {
        slot.remember(&values, out.written().get(before..).unwrap_or_default());
    }
}

/// One to 16 digits as one number, which other digits do not have.
#[inline]
fn digits(text: &[u8], value: Span) -> u128 {
    let unused = 8 * (16 - value.len().clamp(1, 16));
    match text.get(value.start()..).and_then(<[u8]>::first_chunk::<16>) {
        Some(chunk) => u128::from_le_bytes(*chunk) << unused >> unused,
        None => value.of(text).iter().rev().fold(0, |digits, digit| digits << 8 | u128::from(*digit)),
    }
}
