//! Lines out, gathered and written in large pieces.

use std::io::{self, Write};

/// What is gathered before it is written, in bytes.
const PIECE: usize = 128 << 10;
/// A buffer that one huge event made larger than this is given back.
const KEEP: usize = 1 << 20;

/// A buffer in front of a writer that takes what is written at once.
#[derive(Debug)]
pub(super) struct Output<W> {
    /// What is not written yet.
    pub(super) buffer: Vec<u8>,
    sink: W,
}

impl<W: Write> Output<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { buffer: Vec::with_capacity(2 * PIECE), sink }
    }

    /// Writes what is gathered, if that is enough for a piece.
    #[inline]
    pub(super) fn write_piece(&mut self) -> io::Result<()> {
        if self.buffer.len() < PIECE { Ok(()) } else { self.flush() }
    }

    /// Writes all that is gathered.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let result = self.sink.write_all(&self.buffer);
        self.buffer.clear();
        self.buffer.shrink_to(KEEP);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_large_and_nothing_stays_behind() {
        #[derive(Default)]
        struct Pieces(Vec<usize>);
        impl Write for Pieces {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.len());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut output = Output::new(Pieces::default());
        for _ in 0..300 {
            output.buffer.extend_from_slice(&[b'x'; 1000]);
            output.write_piece().unwrap();
        }
        output.buffer.resize(output.buffer.len() + 3 * KEEP, b'x');
        output.flush().unwrap();
        output.flush().unwrap();
        let pieces = &output.sink.0;
        assert_eq!(pieces.iter().sum::<usize>(), 300_000 + 3 * KEEP);
        assert_eq!(pieces.len(), 3);
        assert!(pieces[0] >= PIECE && output.buffer.capacity() <= KEEP);
    }
}
