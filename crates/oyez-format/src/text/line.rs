//! One line under construction: groups two spaces apart, coloured or not.

/// The few colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// What was done: bold.
    Deed,
    /// Context: dim.
    Context,
    /// Rule keys: cyan.
    Key,
    /// It failed: red.
    Failed,
    /// Something to take with care: yellow.
    Caution,
}

impl Paint {
    /// Its SGR sequence (ECMA-48, 8.3.117).
    fn start(self) -> &'static [u8] {
        match self {
            Paint::Deed => b"\x1b[1m",
            Paint::Context => b"\x1b[2m",
            Paint::Key => b"\x1b[36m",
            Paint::Failed => b"\x1b[31m",
            Paint::Caution => b"\x1b[33m",
        }
    }
}

const END: &[u8] = b"\x1b[0m";

/// A line that is being written behind what `out` held before.
pub(super) struct Line<'o> {
    out: &'o mut Vec<u8>,
    color: bool,
    is_empty: bool,
}

impl<'o> Line<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>, color: bool) -> Self {
        Line { out, color, is_empty: true }
    }

    /// Begins a new group; what `write` appends is part of it.
    pub(super) fn group(&mut self, paint: Option<Paint>, write: impl FnOnce(&mut Vec<u8>)) {
        if !self.is_empty {
            self.out.extend_from_slice(b"  ");
        }
        self.is_empty = false;
        self.painted(paint, write);
    }

    /// Goes on in the group, behind a space.
    pub(super) fn more(&mut self, paint: Option<Paint>, write: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(b' ');
        self.painted(paint, write);
    }

    /// Ends the line.
    pub(super) fn end(self) {
        self.out.push(b'\n');
    }

    fn painted(&mut self, paint: Option<Paint>, write: impl FnOnce(&mut Vec<u8>)) {
        let paint = paint.filter(|_| self.color);
        self.out.extend_from_slice(paint.map_or(b"", Paint::start));
        write(self.out);
        self.out.extend_from_slice(paint.map_or(b"", |_| END));
    }
}
