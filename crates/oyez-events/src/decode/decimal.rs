//! A number → its decimal digits, without the machinery of formatting.

/// As many digits as a number of 64 bits has.
const LEN: usize = 20;

/// A number as text.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    /// The digits from the right, and room for a chunk from wherever they begin.
    digits: [u8; 2 * LEN],
    at: usize,
}

impl Decimal {
    /// The text of `value`, as its `Display` has it.
    #[inline]
    pub fn new(mut value: u64) -> Self {
        let (mut digits, mut at) = ([0; 2 * LEN], LEN);
        loop {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                return Decimal { digits, at };
            }
        }
    }

    /// The text, and bytes of no meaning behind it.
    #[inline]
    pub fn chunk(&self) -> Option<&[u8; LEN]> {
        self.digits.get(self.at..).and_then(<[u8]>::first_chunk)
    }

    /// How many bytes of [`Decimal::chunk`] are the text.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "no number is empty")]
    pub fn len(&self) -> usize {
        LEN - self.at
    }

    /// The text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.get(self.at..LEN).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_display_writes_them() {
        for value in [0, 7, 10, 99, 1000, u64::from(u32::MAX), 10_000_000_000_000_000_000, u64::MAX] {
            let (text, expected) = (Decimal::new(value), value.to_string());
            assert_eq!(text.as_bytes(), expected.as_bytes());
            assert_eq!(&text.chunk().unwrap()[..text.len()], expected.as_bytes());
        }
    }
}
