//! The kernel's untrusted strings (kernel/audit.c, `audit_log_untrustedstring`): quoted, or bare upper-case hex when they
//! hold a quote, a byte below 0x21 or one above 0x7e. `(null)` and `?`, bare, stand for nothing at all.

use faster_hex::{CheckCase, hex_decode_with_case};

use crate::fields::Form;

/// What an untrusted string says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// There is no value: `(null)`, `?`, or nothing.
    Absent,
    /// These bytes, exactly.
    Bytes(&'a [u8]),
}

/// Decodes `value`, which was written in `form`. Decoded hex goes to `scratch`, whose content is lost. What is neither quoted
/// nor hex is taken as it is: older tools write plain words where the kernel would not.
pub fn untrusted<'a>(value: &'a [u8], form: Form, scratch: &'a mut Vec<u8>) -> Text<'a> {
    if form != Form::Bare {
        return if value.is_empty() { Text::Absent } else { Text::Bytes(value) };
    }
    if is_absent(value) {
        return Text::Absent;
    }
    if hex(value, scratch) { Text::Bytes(scratch) } else { Text::Bytes(value) }
}

/// Whether a bare value stands for nothing.
pub(crate) fn is_absent(value: &[u8]) -> bool {
    matches!(value, b"" | b"?" | b"(null)")
}

/// Decodes upper-case hex of even length into `out`, whose content is lost; `false`, with `out` empty, for anything else.
pub fn hex(value: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    if value.is_empty() || !value.len().is_multiple_of(2) {
        return false;
    }
    out.resize(value.len() / 2, 0);
    let done = hex_decode_with_case(value, out, CheckCase::Upper).is_ok();
    if !done {
        out.clear();
    }
    done
}

/// Decodes upper-case hex of even length into the front of `room`; returns how many bytes that are, and `None` for anything
/// else and for what does not fit.
#[inline]
pub fn hex_within(value: &[u8], room: &mut [u8]) -> Option<usize> {
    let len = value.len() / 2;
    let place = room.get_mut(..len).filter(|place| !place.is_empty() && value.len().is_multiple_of(2))?;
    hex_decode_with_case(value, place, CheckCase::Upper).is_ok().then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_decoded_only_where_it_is_hex() {
        let mut scratch = Vec::new();
        let mut bare = |value: &'static str| match untrusted(value.as_bytes(), Form::Bare, &mut scratch) {
            Text::Absent => "absent".to_owned(),
            Text::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        };
        assert_eq!(bare("2F746D702F6120622F"), "/tmp/a b/");
        assert_eq!(bare("deadbeef"), "deadbeef");
        assert_eq!(bare("ABC"), "ABC");
        assert_eq!(bare("root"), "root");
        for absent in ["(null)", "?", ""] {
            assert_eq!(bare(absent), "absent");
        }
    }

    #[test]
    fn hex_within_room_is_the_same_hex() {
        let (mut room, mut out) = ([0; 4], Vec::new());
        for value in ["", "4", "41", "4G", "4a", "41424344", "4142434445", "00FF"] {
            let is_hex = hex(value.as_bytes(), &mut out) && out.len() <= room.len();
            let len = hex_within(value.as_bytes(), &mut room);
            assert_eq!(len.map(|len| &room[..len]), is_hex.then_some(out.as_slice()), "{value}");
        }
    }

    #[test]
    fn quoted_text_is_literal() {
        let mut scratch = Vec::new();
        assert_eq!(untrusted(b"4142", Form::Quoted, &mut scratch), Text::Bytes(b"4142"));
        assert_eq!(untrusted(b"(null)", Form::Quoted, &mut scratch), Text::Bytes(b"(null)"));
        assert_eq!(untrusted(b"", Form::Quoted, &mut scratch), Text::Absent);
    }
}
