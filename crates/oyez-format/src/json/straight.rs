//! Members written straight from where their values stand in a record, each in a few copies of fixed length.

use oyez_events::fields::Span;

use super::out::{Out, Row};

/// Appends `opening` and a number of at most fifteen digits.
#[inline]
pub(super) fn number<const N: usize, const M: usize>(
    row: &mut Row<'_, M>,
    opening: &[u8; N],
    text: &[u8],
    value: Span,
) {
    row.chunk(opening, N);
    match text.get(value.start()..).and_then(<[u8]>::first_chunk::<16>) {
        Some(chunk) => row.chunk(chunk, value.len()),
        None => value.of(text).iter().for_each(|digit| row.chunk(&[*digit], 1)),
    }
}

/// Appends `opening`, a value that can stand in a string as it is, and the quote that closes it.
#[inline]
pub(super) fn plain<const N: usize>(out: &mut Out, opening: &[u8; N], text: &[u8], value: Span) {
    out.chunk(opening, N);
    match text.get(value.start()..).and_then(<[u8]>::first_chunk::<64>) {
        Some(chunk) if value.len() <= 64 => out.chunk(chunk, value.len()),
        _ => out.extend_from_slice(value.of(text)),
    }
    out.push(b'"');
}
