//! Logs in, lines out.
//!
//! Input is a file, standard input, or a file that grows and is rotated; plain, gzip or zstd, told by its first bytes.
//! Output are lines in a [`LineReader`]'s buffer. Nothing here looks into a line. Bounded: one buffer of a block, which
//! grows to [`MAX_LINE`] and a block for a long line and no further. Refused are compressions that oyez can't undo, and a
//! compressed file to follow.

pub mod follow;
mod gzip;
pub mod lines;
pub mod open;

use std::io;
use std::path::Path;
use std::time::Duration;

pub use follow::Follower;
pub use lines::{Line, LineReader, MAX_LINE};
pub use open::Input;

/// What came of asking a source for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is more in the [`LineReader`].
    More,
    /// Nothing came for as long as was allowed.
    Quiet,
    /// Another file stands at the path now, or the same one was emptied: what is left of a line in the [`LineReader`]
    /// never gets its rest, and line numbers begin anew.
    Turned,
    /// The input is over.
    End,
}

/// Where lines come from.
pub trait Source {
    /// Brings more bytes into `lines`, waiting for them no longer than `wait` where that can be helped: a compressed
    /// pipe waits until it has some.
    ///
    /// # Errors
    /// The file can't be read on, or is not what its compression says; what was read before stays in `lines`.
    fn step(&mut self, lines: &mut LineReader, wait: Duration) -> io::Result<Step>;

    /// Whether more may come later, so that what is ready should not wait for a full buffer.
    fn is_live(&self) -> bool;

    /// Whether something was passed over behind the end of the data, all of which was there.
    fn has_garbage(&self) -> bool {
        false
    }

    /// The path as it was given; `-` is standard input.
    fn path(&self) -> &Path;
}
