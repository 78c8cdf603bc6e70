//! Key → how its member opens, `,"auid":` and so on, and whether it is wanted; made once.

use oyez_tables::key::{self, Key, Kind};

use super::out::Out;
use super::words::Beside;

/// Names that an object of ours uses for itself; a kernel key of that name goes to `more`.
const RESERVED: [&str; 5] = ["type", "more", "rest", "claimed", "records"];
/// Endings that oyez gives to names.
const ENDINGS: [&str; 3] = ["_hex", "_name", "_parts"];
/// What a short copy moves at once: copying a fixed number of bytes costs less than copying the right number.
pub(super) const CHUNK: usize = 32;
/// What a copy of a number moves at once.
pub(super) const SHORT: usize = 16;

/// One key's member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// `,"auid":"`: the last quote is for values that are strings.
    opening: [u8; CHUNK],
    /// Without that quote.
    len: u8,
    /// The operator does not want it.
    pub(super) is_omitted: bool,
    /// It is wanted, has a place, and its value is decimal in records of every type.
    pub(super) is_decimal: bool,
    /// What its value is; `None` where that depends on the record's type.
    kind: Option<Kind>,
    /// What is said beside its values.
    pub(super) beside: Beside,
    key: Key,
}

impl Member {
    /// Appends `,"key":`. Nothing for a key whose name is taken: see [`Member::is_placeable`].
    #[inline]
    pub(super) fn open(&self, out: &mut Out) {
        out.chunk(&self.opening, usize::from(self.len));
    }

    /// Appends the whole member with a value of at most [`SHORT`] bytes that needs no quotes; `false`, and nothing appended,
    /// where the key is longer than that.
    #[inline]
    pub(super) fn short(&self, out: &mut Out, value: &[u8; SHORT], value_len: usize) -> bool {
        let len = usize::from(self.len);
        let Some(opening) = self.opening.first_chunk::<SHORT>().filter(|_| len <= SHORT) else { return false };
        out.member((opening, len), (value, value_len), None);
        true
    }

    /// Appends the whole member with a value that needs no quotes.
    #[inline]
    pub(super) fn bare(&self, out: &mut Out, value: &[u8; CHUNK], value_len: usize) {
        out.member((&self.opening, usize::from(self.len)), (value, value_len), None);
    }

    /// Appends the whole member with a value in quotes that needs no escape.
    #[inline]
    pub(super) fn quoted(&self, out: &mut Out, value: &[u8; CHUNK], value_len: usize) {
        out.member((&self.opening, usize::from(self.len) + 1), (value, value_len), Some(b'"'));
    }

    /// Whether the key can be a member of its own.
    #[inline]
    pub(super) fn is_placeable(&self) -> bool {
        self.len > 0
    }

    /// What its value is in records of this type.
    #[inline]
    pub(super) fn kind(&self, record_type: u16) -> Kind {
        match self.kind {
            Some(kind) => kind,
            None => self.key.kind(record_type),
        }
    }

    fn of(key: Key, is_omitted: bool) -> Self {
        let kind = key.kind(0);
        let kind = (1000..3000).all(|record_type| key.kind(record_type) == kind).then_some(kind);
        let mut member =
            Member { opening: [0; CHUNK], len: 0, is_omitted, is_decimal: false, kind, beside: Beside::of(key), key };
        let text = format!(",\"{}\":\"", key.name());
        if has_place(key.name())
            && let Some(opening) = member.opening.get_mut(..text.len())
        {
            opening.copy_from_slice(text.as_bytes());
            member.len = u8::try_from(text.len() - 1).unwrap_or_default();
            member.is_decimal = !is_omitted && kind == Some(Kind::Decimal);
        }
        member
    }
}

/// The members of all known keys.
#[derive(Debug)]
pub(super) struct Names {
    members: Box<[Member; Key::COUNT]>,
}

impl Names {
    /// The table; keys named in `omit` are marked. Names that no table knows are the configuration's to refuse.
    pub(super) fn new<S: AsRef<str>>(omit: &[S]) -> Self {
        let omit: Vec<_> = omit.iter().filter_map(|name| key::lookup(name.as_ref().as_bytes())).collect();
        let member = |index| {
            let key = Key::from_index(index).unwrap_or(Key::Type);
            Member::of(key, omit.contains(&key))
        };
        Names { members: Box::new(std::array::from_fn(member)) }
    }

    #[inline]
    pub(super) fn of(&self, key: Key) -> &Member {
        &self.members[key as usize]
    }

    /// Whether values of all these keys are written, and nothing ever beside them.
    pub(super) fn are_plain(&self, keys: &[Key]) -> bool {
        keys.iter().map(|key| self.of(*key)).all(|member| !member.is_omitted && member.beside == Beside::Nothing)
    }

    #[inline]
    pub(super) fn omits(&self, key: Key) -> bool {
        self.of(key).is_omitted
    }
}

/// Whether an unknown key of this name can be a member beside oyez's own: not taken, nor like what oyez puts beside one.
pub(super) fn is_placeable(name: &[u8]) -> bool {
    (1..=64).contains(&name.len()) && is_free(name) && !ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

/// Whether fields with this key are members of that name; else they stand in `more`.
pub fn is_member(key: Key) -> bool {
    has_place(key.name())
}

/// What [`is_placeable`] says, for a known key: the kernel has names that end like oyez's, which is harmless where none is put beside another.
fn has_place(name: &str) -> bool {
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    is_free(name.as_bytes()) && stem.is_none_or(|stem| key::lookup(stem.as_bytes()).is_none())
}

/// Lower-case, so that no two names differ by case alone, and not one of oyez's own.
fn is_free(name: &[u8]) -> bool {
    let is_plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
    name.iter().all(is_plain) && !RESERVED.iter().any(|reserved| reserved.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_key_has_a_member_but_for_the_taken_names() {
        let names = Names::new(&["a2"]);
        let mut without = Vec::new();
        for key in (0..Key::COUNT).filter_map(Key::from_index) {
            let mut out = Out::default();
            names.of(key).open(&mut out);
            assert_eq!(names.omits(key), key == Key::A2);
            if out.written() != format!(",\"{}\":", key.name()).as_bytes() {
                assert!(out.written().is_empty() && !names.of(key).is_placeable());
                without.push(key.name());
            }
        }
        // auditd's upper-case keys stand for names beside the kernel's own.
        without.retain(|name| !name.bytes().any(|b| b.is_ascii_uppercase()));
        assert_eq!(without, ["type", "error_name"]);
    }
}
