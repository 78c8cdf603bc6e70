//! The parts of a security context, beside the context: `,"subj_parts":{"user":"system_u",…}`.
//!
//! A host has a few dozen contexts, and one stands in most of its records: the lately seen are remembered. Bounded: [`SLOTS`]
//! contexts of at most [`MAX_BYTES`] each.

use oyez_interpret::fields;
use oyez_tables::key::Key;

use super::object::text_member;
use super::out::Out;
use super::parts::section;

/// As many as a busy host uses at a time.
const SLOTS: usize = 64;
/// Longer ones are taken apart each time.
const MAX_BYTES: usize = 256;

/// The contexts seen lately.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// None, or [`SLOTS`] of them.
    slots: Vec<Slot>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    text: Vec<u8>,
    parts: Out,
}

impl Labels {
    /// Appends the parts of the context `text`, the value of `key`; nothing for what is none.
    pub(super) fn write(&mut self, out: &mut Out, key: Key, text: &[u8]) {
        if !(16..=MAX_BYTES).contains(&text.len()) {
            return write(out, key, text);
        }
        self.slots.resize_with(SLOTS, Slot::default);
        let Some(slot) = self.slots.get_mut(place(text)) else { return };
        if slot.text != text {
            slot.text.clear();
            slot.text.extend_from_slice(text);
            slot.parts.clear();
            parts(&mut slot.parts, text);
        }
        if slot.parts.len() > 0 {
            open(out, key);
            out.extend(&slot.parts);
        }
    }
}

/// Where a context of at least sixteen bytes is remembered: its ends tell most from each other.
#[inline]
fn place(text: &[u8]) -> usize {
    let (first, last) = (text.first_chunk::<16>(), text.last_chunk::<16>());
    let word = |chunk: Option<&[u8; 16]>| chunk.map_or(0, |chunk| u128::from_le_bytes(*chunk));
    let mixed = word(first).rotate_left(29) ^ word(last);
    #[expect(clippy::cast_possible_truncation, reason = "the halves are mixed")]
    let mixed = (mixed as u64).rotate_left(32) ^ (mixed >> 64) as u64 ^ text.len() as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % SLOTS
}

/// Appends the parts of a context, taken apart anew.
pub(super) fn write(out: &mut Out, key: Key, text: &[u8]) {
    let before = out.len();
    open(out, key);
    let start = out.len();
    parts(out, text);
    if out.len() == start {
        out.truncate(before);
    }
}

/// Appends what opens the member, up to where the parts begin.
#[inline]
fn open(out: &mut Out, key: Key) {
    match key {
        Key::Subj => return out.chunk(b",\"subj", 6),
        Key::Obj => return out.chunk(b",\"obj", 5),
        _ => {}
    }
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.name().as_bytes());
}

/// Appends `_parts":{…}`; nothing for what is no context.
fn parts(out: &mut Out, text: &[u8]) {
    let Some(label) = fields::label(text) else { return };
    section(out, b"_parts\":", |out| {
        let parts = [
            ("user", label.user),
            ("role", label.role),
            ("type", label.type_),
            ("sensitivity", label.sensitivity),
            ("categories", label.categories),
        ];
        for (name, part) in parts.into_iter().filter(|(_, part)| !part.is_empty()) {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            text_member(out, name.as_bytes(), part);
        }
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn anew(key: Key, text: &[u8]) -> Vec<u8> {
        let mut out = Out::default();
        write(&mut out, key, text);
        out.written().to_vec()
    }

    #[test]
    fn a_context_is_taken_apart() {
        let parts = anew(Key::Subj, b"system_u:system_r:httpd_t:s0:c1,c2");
        let wanted = r#","subj_parts":{"user":"system_u","role":"system_r","type":"httpd_t","sensitivity":"s0","categories":"c1,c2"}"#;
        assert_eq!(String::from_utf8(parts).unwrap(), wanted);
        assert_eq!(anew(Key::Subj, b"unconfined and no context"), b"");
    }

    proptest! {
        #[test]
        fn what_is_remembered_is_what_is_taken_apart(
            texts in proptest::collection::vec(("[a-z]{1,9}_u:[a-z_]{0,9}(:[a-z_]{1,9}(:s[0-9](-s[0-9])?(:c[0-9])?)?)?", any::<bool>()), 1..90),
        ) {
            let mut labels = Labels::default();
            for (text, is_object) in texts.iter().chain(&texts) {
                let (key, mut out) = (if *is_object { Key::Obj } else { Key::Subj }, Out::default());
                labels.write(&mut out, key, text.as_bytes());
                prop_assert_eq!(out.written(), anew(key, text.as_bytes()));
            }
        }
    }
}
