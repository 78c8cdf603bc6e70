//! What frequent records are made of, read straight: the kernel writes it in one order. A call and a file are read in two parts,
//! the front that is a record's own, and what stands behind it, which is often the same in thousands.
//!
//! Input is a record, output where its values stand, as [`super::Fields::split`] would find them. Whatever is not exactly as
//! the kernel writes it is refused, and left to that.

mod call;
mod caller;
mod file_kind;
mod path;

pub(super) use call::behind_call;
pub use call::{CallFront, call_front};
pub use caller::{Caller, caller};
pub use file_kind::{FileKind, file_kind};
pub use path::{PathFront, path_front};

use super::{Form, Span};
use crate::scan;

/// A value, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where it stands, without its quotes.
    pub span: Span,
    /// [`Form::Bare`] or [`Form::Quoted`].
    pub form: Form,
    /// It is known to be printable ASCII without a blank, a quote or a backslash; `false` says nothing.
    pub is_plain: bool,
}

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

    /// Goes behind `name` and a number of at most 15 digits without a leading zero.
    #[inline]
    fn number<const N: usize>(&mut self, name: &[u8; N]) -> Option<Span> {
        let (digits, number) = self.named(name, scan::digits)?;
        ((1..16).contains(&number.len()) && (digits[0] != b'0' || number.len() == 1)).then_some(number)
    }

    /// Goes behind `name` and a number of one to 16 hex digits.
    #[inline]
    fn hexadecimal<const N: usize>(&mut self, name: &[u8; N]) -> Option<Span> {
        let (_, number) = self.named(name, scan::hex_digits)?;
        (!number.is_empty()).then_some(number)
    }

    /// Goes behind `name`, of at most 16 bytes, and as many of the 16 bytes there, which come first, as `count` says.
    #[inline]
    fn named<const N: usize>(
        &mut self,
        name: &[u8; N],
        count: impl FnOnce(&[u8; 16]) -> usize,
    ) -> Option<(&[u8; 16], Span)> {
        let (here, behind) = self.text.get(self.at..)?.first_chunk::<32>()?.split_first_chunk::<N>()?;
        let digits = behind.first_chunk::<16>()?;
        if here != name {
            return None;
        }
        let (start, len) = (self.at + N, count(digits));
        self.at = start + len;
        Some((digits, Span::new(start, start + len)))
    }

    /// Goes behind a value without quotes that begins before `end`.
    #[inline]
    fn bare(&mut self, end: usize) -> Option<Value> {
        let start = self.at;
        let first = self.text.get(start).filter(|_| start < end)?;
        if matches!(first, b'"' | b'\'') {
            return None;
        }
        let (stop, is_plain) = scan::find_plain(self.text, start, end, b' ');
        self.at = stop;
        Some(Value { span: Span::new(start, stop), form: Form::Bare, is_plain })
    }

    /// Goes behind a value that begins before `end`, and its quotes.
    #[inline]
    fn value(&mut self, end: usize) -> Option<Value> {
        if self.text.get(self.at) != Some(&b'"') {
            return self.bare(end);
        }
        let start = self.at + 1;
        let (close, is_plain) = scan::find_plain(self.text, start, end, b'"');
        self.at = close + 1;
        (close < end).then(|| Value { span: Span::new(start, close), form: Form::Quoted, is_plain })
    }

    /// Goes behind a number of one to 8 octal digits.
    #[inline]
    fn octal(&mut self) -> Option<Span> {
        self.digits(scan::octal_digits, 8)
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
