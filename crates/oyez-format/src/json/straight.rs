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

/// Appends `opening`, of at most 16 bytes, a value that can stand in a string as it is, and the quote that closes it.
#[inline]
pub(super) fn plain<const N: usize>(out: &mut Out, opening: &[u8; N], text: &[u8], value: Span) {
    let (rest, len) = (text.get(value.start()..).unwrap_or_default(), value.len());
    match rest.first_chunk::<64>() {
        Some(chunk) if len <= 16 => short::<N, 16, 48>(out, opening, chunk, len),
        Some(chunk) if len <= 64 => short::<N, 64, 96>(out, opening, chunk, len),
        _ => {
            out.chunk(opening, N);
            out.extend_from_slice(value.of(text));
            out.push(b'"');
        }
    }
}

/// What [`plain`] does with a value of at most `M` bytes.
#[inline]
fn short<const N: usize, const M: usize, const ROOM: usize>(
    out: &mut Out,
    opening: &[u8; N],
    chunk: &[u8; 64],
    len: usize,
) {
    let Some(chunk) = chunk.first_chunk::<M>() else { return };
    out.row::<ROOM>(|row| {
        row.chunk(opening, N);
        row.chunk(chunk, len);
        row.chunk(b"\"", 1);
    });
}
