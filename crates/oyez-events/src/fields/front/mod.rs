//! The fronts of frequent records, and what stands behind that of a call, read straight: the kernel writes them in one order, and they are what a record has of its
//! own where the rest is the same in thousands.
//!
//! Input is a record, output where its values stand, as [`super::Fields::split`] would find them. Whatever is not exactly as
//! the kernel writes it is refused, and left to that.

mod call;
mod caller;
mod path;

pub(super) use call::behind_call;
pub use call::{CallFront, call_front};
pub use caller::{Caller, Value, caller};
pub use path::{PathFront, path_front};

use super::Span;
use crate::scan;

/// Goes on from value to value.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// Goes behind `name`, which stands here.
    #[inline]
    fn literal<const N: usize>(&mut self, name: &[u8; N]) -> Option<()> {
        let here = self.text.get(self.at..)?.first_chunk::<N>()?;
        (here == name).then(|| self.at += N)
    }

    /// Goes behind a number of one to 16 hex digits.
    #[inline]
    fn hexadecimal(&mut self) -> Option<Span> {
        self.digits(scan::hex_digits, 16)
    }

    /// Goes behind a number of at most 15 digits without a leading zero.
    #[inline]
    fn decimal(&mut self) -> Option<Span> {
        let start = self.at;
        let number = self.digits(scan::digits, 15)?;
        (number.len() == 1 || self.text.get(start) != Some(&b'0')).then_some(number)
    }

    /// Goes behind a number that may be negative. `-0` is none.
    #[inline]
    fn signed(&mut self) -> Option<Span> {
        let start = self.at;
        if self.text.get(start) != Some(&b'-') {
            return self.decimal();
        }
        self.at += 1;
        let number = self.decimal()?;
        let number = Span::new(start, number.start() + number.len());
        (self.text.get(start + 1) != Some(&b'0')).then_some(number)
    }

    /// Goes behind a device's number: at most 16 hex digits and colons.
    #[inline]
    fn device(&mut self) -> Option<Span> {
        self.digits(scan::device_digits, 16)
    }

    #[inline]
    fn digits(&mut self, count: impl FnOnce(&[u8; 16]) -> usize, most: usize) -> Option<Span> {
        let chunk = self.text.get(self.at..)?.first_chunk::<16>()?;
        let (start, len) = (self.at, count(chunk));
        self.at += len;
        (1..=most).contains(&len).then(|| Span::new(start, start + len))
    }
}
