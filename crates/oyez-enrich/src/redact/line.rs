//! A text that is spread over the fields of records, decoded, and the way back from its bytes to theirs.

use std::ops::Range;

use oyez_events::Event;
use oyez_events::decode::hex;
use oyez_events::fields::{Field, FieldKey, Form};

/// One field's share of a [`Line`].
#[derive(Clone, Copy, Debug)]
struct Piece {
    record: usize,
    /// Where the value starts in the record's body.
    at: usize,
    is_hex: bool,
    /// Of an argument list: which argument, and which piece of it.
    arg: (u32, u32),
    /// Where its bytes are in the text.
    start: usize,
    end: usize,
}

/// A decoded text and where it came from; made to be used again for the next.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: Vec<u8>,
    pieces: Vec<Piece>,
    scratch: Vec<u8>,
}

/// Bytes of a record that are secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Secret {
    record: usize,
    at: usize,
    /// How many bytes the text has there; a hexadecimal record has twice as many.
    len: usize,
    is_hex: bool,
}

impl Line {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
    }

    /// Adds a field of the record at `record` with this body; of an argument list only arguments.
    pub(super) fn add(&mut self, record: usize, body: &[u8], field: &Field) {
        let arg = match field.key {
            FieldKey::Arg(arg) => (arg, 0),
            FieldKey::ArgPiece(arg, piece) => (arg, piece),
            FieldKey::ArgLen(_) => return,
            _ => (0, 0),
        };
        let value = field.value.of(body);
        let is_hex = field.form == Form::Bare && hex(value, &mut self.scratch);
        let start = self.text.len();
        self.text.extend_from_slice(if is_hex { &self.scratch } else { value });
        self.pieces.push(Piece { record, at: field.value.start(), is_hex, arg, start, end: self.text.len() });
    }

    /// Puts the arguments in order, whatever the order in which they came, with a zero byte between them.
    pub(super) fn join(&mut self) {
        self.pieces.sort_by_key(|piece| piece.arg);
        self.scratch.clear();
        let mut last = None;
        for piece in &mut self.pieces {
            if last.is_some_and(|last| last != piece.arg.0) {
                self.scratch.push(0);
            }
            last = Some(piece.arg.0);
            let start = self.scratch.len();
            self.scratch.extend_from_slice(self.text.get(piece.start..piece.end).unwrap_or_default());
            (piece.start, piece.end) = (start, self.scratch.len());
        }
        std::mem::swap(&mut self.text, &mut self.scratch);
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where `ranges` of the text, which are in order and apart, are in the records.
    pub(super) fn secrets(&self, ranges: &[Range<usize>], out: &mut Vec<Secret>) {
        let mut ranges = ranges.iter().peekable();
        for piece in &self.pieces {
            while let Some(range) = ranges.peek() {
                let (start, end) = (range.start.max(piece.start), range.end.min(piece.end));
                if start < end {
                    let offset = (start - piece.start) * if piece.is_hex { 2 } else { 1 };
                    let Piece { record, at, is_hex, .. } = *piece;
                    out.push(Secret { record, at: at + offset, len: end - start, is_hex });
                }
                if range.end > piece.end {
                    break;
                }
                ranges.next();
            }
        }
    }
}

impl Secret {
    /// Writes a `*` over every byte but a quote, in the way the record has it.
    pub(super) fn replace(self, event: &mut Event) {
        let Some(body) = event.body_mut(self.record) else { return };
        if !self.is_hex {
            let text = body.get_mut(self.at..self.at + self.len).unwrap_or_default();
            // A quote stands in no value that is well made; of others it decides where they and their neighbours end.
            return text.iter_mut().filter(|byte| **byte != b'"').for_each(|byte| *byte = b'*');
        }
        let digits = body.get_mut(self.at..self.at + 2 * self.len).unwrap_or_default();
        for pair in digits.chunks_exact_mut(2) {
            pair.copy_from_slice(b"2A");
        }
    }
}
