//! What auditd's ENRICHED format adds behind a record: `ARCH=x86_64 AUID="alice" SADDR={ fam=inet … }` → fields, each with the
//! key that its upper-case name explains. The few names that a log has are looked up once.

use oyez_tables::key;

use super::{Field, FieldKey, Form, Span, words};
use crate::scan;

/// As many as there are names that auditd explains, and then some.
const SLOTS: usize = 64;
/// Longer names are none of a key.
const MAX_NAME: usize = 32;

/// Splits a whole tail.
pub(super) fn split(text: &[u8], keys: &mut TailKeys, out: &mut Vec<Field>) {
    let mut at = scan::skip_spaces(text, 0);
    while at < text.len() {
        let stop = scan::find_either(text, at, b'=', b' ');
        if text.get(stop) != Some(&b'=') {
            out.push(words(at, stop));
            at = scan::skip_spaces(text, stop);
            continue;
        }
        let name = Span::new(at, stop);
        let (open, close, form) = match text.get(stop + 1) {
            Some(b'"') => (stop + 2, scan::find(text, stop + 2, b'"'), Form::Quoted),
            // Braces hold a decoded socket address, and a path in it may hold a brace.
            Some(b'{') => (stop + 2, last_brace(text, stop + 2), Form::Braced),
            _ => (stop + 1, scan::find(text, stop + 1, b' '), Form::Bare),
        };
        let form = if form != Form::Bare && close >= text.len() { Form::Torn } else { form };
        out.push(Field { key: keys.of(name.of(text)), name, value: Span::new(open, close), form, is_number: false });
        at = scan::skip_spaces(text, close + usize::from(form != Form::Bare));
    }
}

fn last_brace(text: &[u8], from: usize) -> usize {
    let found = text.get(from..).and_then(|rest| memchr::memrchr(b'}', rest));
    found.map_or(text.len(), |found| from + found)
}

/// The names seen lately.
#[derive(Debug)]
pub(super) struct TailKeys {
    /// What tells a name from any other, and its key.
    slots: Box<[(Packed, FieldKey); SLOTS]>,
}

/// The first and the last bytes of a name of at most eight, and its length.
type Packed = (u64, usize);

impl TailKeys {
    pub(super) fn new() -> Self {
        // No name has this length.
        TailKeys { slots: Box::new([((0, usize::MAX), FieldKey::Unknown); SLOTS]) }
    }

    /// The key that `name` explains.
    #[inline]
    fn of(&mut self, name: &[u8]) -> FieldKey {
        let Some(packed) = packed(name) else { return looked_up(name) };
        let mixed = (packed.0 ^ packed.1 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = &mut self.slots[(mixed >> 58) as usize % SLOTS];
        if slot.0 != packed {
            *slot = (packed, looked_up(name));
        }
        slot.1
    }
}

/// What no other name has; `None` for a longer one.
#[inline]
fn packed(name: &[u8]) -> Option<Packed> {
    let word = match (name.first_chunk::<4>(), name.last_chunk::<4>(), name) {
        _ if name.len() > 8 => return None,
        (Some(first), Some(last), _) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        (_, _, short) => short.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    Some((word, name.len()))
}

fn looked_up(name: &[u8]) -> FieldKey {
    let mut lower = [0u8; MAX_NAME];
    let Some(lower) = lower.get_mut(..name.len()) else { return FieldKey::Unknown };
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    key::lookup(lower).map_or(FieldKey::Unknown, FieldKey::Known)
}

#[cfg(test)]
mod tests {
    use oyez_tables::key::Key;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_key_is_found_by_its_upper_case_name_again_and_again() {
        let mut keys = TailKeys::new();
        for _ in 0..2 {
            for key in (0..Key::COUNT).filter_map(Key::from_index) {
                let name = key.name().to_ascii_uppercase();
                assert_eq!(keys.of(name.as_bytes()), looked_up(name.as_bytes()), "{name}");
            }
        }
        assert_eq!(keys.of(b"AUID"), FieldKey::Known(Key::Auid));
    }

    proptest! {
        #[test]
        fn what_is_remembered_is_what_is_looked_up(
            names in proptest::collection::vec(proptest::collection::vec(prop_oneof![any::<u8>(), b'A'..=b'G', Just(0)], 0..12), 0..60),
        ) {
            let mut keys = TailKeys::new();
            for name in names.iter().chain(&names) {
                prop_assert_eq!(keys.of(name), looked_up(name));
            }
        }
    }
}
