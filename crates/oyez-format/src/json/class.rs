//! "Are all bytes of this short value octal digits?" and the like, sixteen bytes at once and without a branch per byte.

use oyez_events::fields::Span;
use wide::i8x16;

/// A set of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `0`–`7`.
    Octal,
    /// `0`–`9`, `a`–`f`, `A`–`F`.
    Hex,
    /// [`Class::Hex`] and `:`.
    Device,
}

impl Class {
    /// Whether all bytes that `span` covers of `text` are of this class. What follows the span may be read, never judged.
    #[inline]
    pub(super) fn holds(self, text: &[u8], span: Span) -> bool {
        let chunk = text.get(span.start()..).and_then(<[u8]>::first_chunk::<16>);
        match chunk {
            Some(chunk) if span.len() <= 16 => !self.members(chunk) & first(span.len()) == 0,
            _ => span.of(text).iter().all(|byte| self.has(*byte)),
        }
    }

    fn has(self, byte: u8) -> bool {
        match self {
            Class::Octal => matches!(byte, b'0'..=b'7'),
            Class::Hex => byte.is_ascii_hexdigit(),
            Class::Device => byte.is_ascii_hexdigit() || byte == b':',
        }
    }

    /// One bit per byte of this class.
    #[inline]
    fn members(self, chunk: &[u8; 16]) -> u32 {
        let chunk = i8x16::new(chunk.map(u8::cast_signed));
        let letters = || between(chunk | i8x16::splat(0x20), b'a', b'f');
        match self {
            Class::Octal => between(chunk, b'0', b'7'),
            Class::Hex => between(chunk, b'0', b'9') | letters(),
            // `:` follows `9`.
            Class::Device => between(chunk, b'0', b':') | letters(),
        }
    }
}

/// One bit per byte from `low` to `high`; both ASCII, so that bytes above it, being negative, are never within.
#[inline]
fn between(chunk: i8x16, low: u8, high: u8) -> u32 {
    let bound = |byte: u8| i8x16::splat(byte.cast_signed());
    (chunk.simd_gt(bound(low - 1)) & chunk.simd_lt(bound(high + 1))).to_bitmask()
}

/// The lowest `len` bits, at most 16.
#[inline]
fn first(len: usize) -> u32 {
    (1u32 << len.min(16)) - 1
}

#[cfg(test)]
mod tests {
    use oyez_events::Record;
    use oyez_events::fields::Fields;

    use super::*;

    #[test]
    fn every_byte_at_every_place_is_judged_as_one_by_one() {
        let mut fields = Fields::new();
        for class in [Class::Octal, Class::Hex, Class::Device] {
            for byte in (0..=u8::MAX).filter(|byte| *byte != b' ') {
                for (place, len) in [(0, 1), (0, 7), (6, 7), (7, 8), (8, 9), (15, 16), (16, 17), (3, 30)] {
                    for behind in ["", " x=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] {
                        let mut body = vec![b'z', b'='];
                        body.extend((0..len).map(|at| if at == place { byte } else { b'7' }));
                        body.extend_from_slice(behind.as_bytes());
                        fields.split(&Record::new(1999, &body));
                        let value = fields.own()[0].value;
                        if value.len() == len {
                            assert_eq!(class.holds(&body, value), class.has(byte), "{class:?} {byte} {place} {len}");
                        }
                    }
                }
            }
        }
    }
}
