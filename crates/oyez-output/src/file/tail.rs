//! The end of a log: whole messages in, and nothing but whole messages in the file, whatever fails in between.
//!
//! A write that stops within a message (a full disk, a failing one) is taken back at once, for the message stays with its
//! owner and comes again. What cannot be taken back (append-only files) is finished before anything else is written. What a
//! crash left torn at the end is cut off before the first write; of an append-only file it is ended with a line feed.

use std::io;

use super::runs::Run;
use super::torn::{Torn, write_all};
use crate::parcel::Parcel;
use crate::sink::Done;

/// The end of a file.
pub(super) trait End {
    fn size(&mut self) -> io::Result<u64>;
    /// Writes some bytes at the end.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    fn cut(&mut self, size: u64) -> io::Result<()>;
    fn read_at(&mut self, into: &mut [u8], offset: u64) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
}

/// A torn line is looked for in so many bytes at the end; it is left, and ended, when it is longer.
const LOOK: u64 = 16 << 20;
/// Bytes that are read at once for it.
const BLOCK: u64 = 64 << 10;

/// What is known of the end.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The file's length.
    pub(super) size: u64,
    torn: Torn,
}

impl Tail {
    /// Looks how long the file is: others may have cut it or written to it. Brings it to the end of a message, and
    /// says which of the parcel that was, if it was one.
    pub(super) fn begin(&mut self, end: &mut impl End, parcel: &Parcel, done: &Done) -> io::Result<Option<usize>> {
        if self.torn.is_some() {
            let size = end.size()?;
            self.untear(end, size);
        }
        if !self.torn.is_some() {
            self.size = end.size()?;
            return Ok(None);
        }
        let finished = self.torn.finish(parcel, done, |bytes| end.write(bytes));
        self.size = end.size()?;
        finished
    }

    /// Writes messages. What of them the file has now, as places in the parcel.
    pub(super) fn append(
        &mut self,
        end: &mut impl End,
        parcel: &Parcel,
        run: &Run,
    ) -> (std::ops::Range<usize>, io::Result<()>) {
        let (written, result) = write_all(run.lines(parcel), |bytes| end.write(bytes));
        self.size += written as u64;
        let (whole, bytes) = run.whole(parcel, written);
        self.torn.keep(run, parcel, written, (whole.end, bytes));
        if self.torn.is_some()
            && let Ok(size) = end.size()
        {
            self.untear(end, size);
        }
        (whole, result)
    }

    /// Nothing more is written to this file; takes back what is torn if that can be done.
    pub(super) fn leave(&mut self, end: &mut impl End) {
        if self.torn.is_some()
            && let Ok(size) = end.size()
        {
            self.untear(end, size);
        }
        *self = Self::default();
    }

    /// Takes a torn message back if nobody else has changed the file since.
    fn untear(&mut self, end: &mut impl End, size: u64) {
        if !self.torn.is_some() {
            return;
        }
        let start = self.size.saturating_sub(self.torn.written() as u64);
        if size < self.size {
            // Somebody cut the file, and what was torn with it.
            self.torn.forget();
        } else if size == self.size && end.cut(start).is_ok() {
            self.torn.forget();
            self.size = start;
        }
    }
}

/// What was done about a line that a crash tore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mended {
    /// There was none.
    Whole,
    /// So many bytes were cut off.
    Cut(u64),
    /// It got its line feed.
    Ended,
}

/// Cuts off what a crash left of a line at the end, or ends it.
pub(super) fn mend(end: &mut impl End) -> io::Result<Mended> {
    let size = end.size()?;
    let mut last = [0];
    // A file that may be written and not read is taken as it is.
    if size == 0 || end.read_at(&mut last, size - 1).is_err() || last == *b"\n" {
        return Ok(Mended::Whole);
    }
    if let Some(start) = line_start(end, size)?
        && end.cut(start).is_ok()
    {
        return Ok(Mended::Cut(size - start));
    }
    write_all(b"\n", |bytes| end.write(bytes)).1?;
    Ok(Mended::Ended)
}

/// Where the last line begins, if it is not too long.
fn line_start(end: &mut impl End, size: u64) -> io::Result<Option<u64>> {
    let (least, mut to, mut block) = (size.saturating_sub(LOOK), size, Vec::new());
    while to > least {
        let from = to.saturating_sub(BLOCK).max(least);
        block.resize(usize::try_from(to - from).unwrap_or_default(), 0);
        end.read_at(&mut block, from)?;
        if let Some(place) = memchr::memrchr(b'\n', &block) {
            return Ok(Some(from + place as u64 + 1));
        }
        to = from;
    }
    Ok((least == 0).then_some(0))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::ErrorKind;

    use proptest::prelude::*;

    use super::super::runs::Runs;
    use super::*;
    use crate::parcel::Label;

    /// A file in memory that fails as told.
    #[derive(Default)]
    struct Fake {
        bytes: Vec<u8>,
        writes: VecDeque<Result<usize, ErrorKind>>,
        cuts: VecDeque<bool>,
    }

    impl End for Fake {
        fn size(&mut self) -> io::Result<u64> {
            Ok(self.bytes.len() as u64)
        }

        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.writes.pop_front().unwrap_or(Ok(usize::MAX))?.min(bytes.len());
            self.bytes.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn cut(&mut self, size: u64) -> io::Result<()> {
            if !self.cuts.pop_front().unwrap_or(true) {
                return Err(ErrorKind::PermissionDenied.into());
            }
            self.bytes.truncate(usize::try_from(size).unwrap());
            Ok(())
        }

        fn read_at(&mut self, into: &mut [u8], offset: u64) -> io::Result<()> {
            let offset = usize::try_from(offset).unwrap();
            into.copy_from_slice(&self.bytes[offset..offset + into.len()]);
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn parcel(texts: &[String]) -> Parcel {
        let mut parcel = Parcel::default();
        for text in texts {
            parcel.push(&Label::default(), |lines| lines.extend_from_slice(text.as_bytes()));
        }
        parcel
    }

    /// One delivery, as the sink makes it.
    fn deliver(tail: &mut Tail, file: &mut Fake, parcel: &Parcel, done: &mut Done) -> io::Result<()> {
        if let Some(finished) = tail.begin(file, parcel, done)? {
            done.ack(finished);
        }
        let mut runs = Runs::of(parcel);
        while let Some(run) = runs.next(done, 64) {
            let (whole, result) = tail.append(file, parcel, &run);
            whole.for_each(|index| done.ack(index));
            result?;
        }
        Ok(())
    }

    #[test]
    fn a_line_that_was_torn_by_a_crash_is_cut_off() {
        for (text, left, torn) in [
            ("", "", Mended::Whole),
            ("one\n", "one\n", Mended::Whole),
            ("one\ntw", "one\n", Mended::Cut(2)),
            ("one\ntw\0\0", "one\n", Mended::Cut(4)),
            ("on", "", Mended::Cut(2)),
        ] {
            let mut file = Fake { bytes: text.into(), ..Fake::default() };
            assert_eq!(mend(&mut file).unwrap(), torn, "{text:?}");
            assert_eq!(file.bytes, left.as_bytes());
        }
        let mut file = Fake { bytes: b"one\ntw".to_vec(), cuts: [false].into(), ..Fake::default() };
        assert_eq!((mend(&mut file).unwrap(), file.bytes), (Mended::Ended, b"one\ntw\n".to_vec()));
    }

    #[test]
    fn a_torn_line_is_found_however_long_and_left_when_it_is_too_long() {
        for (long, expected) in [(200_000, 5), (usize::try_from(LOOK).unwrap() + 5, usize::MAX)] {
            let mut file = Fake { bytes: [b"head\n".to_vec(), vec![b'x'; long]].concat(), ..Fake::default() };
            mend(&mut file).unwrap();
            assert_eq!(file.bytes.len(), expected.min(long + 6));
            assert!(file.bytes.ends_with(b"\n"));
        }
    }

    proptest! {
        /// Whatever fails, and whenever the process dies, each line of the file is a whole message, in order, each that was
        /// acknowledged is there, and none is there twice unless the process died or could not take back what was torn.
        #[test]
        fn a_log_has_whole_messages_only(
            lens in proptest::collection::vec(0..40_usize, 1..25),
            writes in proptest::collection::vec(prop_oneof![
                (1..90_usize).prop_map(Ok), Just(Err(ErrorKind::StorageFull)), Just(Err(ErrorKind::Interrupted))
            ], 0..60),
            cuts in proptest::collection::vec(any::<bool>(), 0..20),
            deaths in proptest::collection::vec(0..8_u8, 0..60),
        ) {
            let texts: Vec<String> = lens.iter().enumerate().map(|(n, len)| format!("{n}{}\n", "x".repeat(*len))).collect();
            let (mut file, mut tail) = (Fake { writes: writes.into(), cuts: cuts.into(), ..Fake::default() }, Tail::default());
            let (mut left, mut deaths, mut acked, mut died) = (texts.clone(), deaths.into_iter(), Vec::new(), false);
            while !left.is_empty() {
                let (parcel, mut done) = (parcel(&left), Done::of(left.len()));
                let result = deliver(&mut tail, &mut file, &parcel, &mut done);
                let (gone, rest): (Vec<_>, Vec<_>) = left.drain(..).enumerate().partition(|(n, _)| done.is_acked(*n));
                acked.extend(gone.into_iter().map(|(_, text)| text));
                left = rest.into_iter().map(|(_, text)| text).collect();
                if result.is_err() && deaths.next() == Some(0) {
                    (tail, died) = (Tail::default(), true);
                    file.cuts.clear();
                    mend(&mut file).ok();
                    while !file.bytes.is_empty() && !file.bytes.ends_with(b"\n") {
                        mend(&mut file).ok();
                    }
                }
            }
            let lines: Vec<String> = file.bytes.split_inclusive(|b| *b == b'\n').map(|l| String::from_utf8(l.to_vec()).unwrap()).collect();
            prop_assert_eq!(&acked, &texts);
            if died {
                let mut seen = lines.clone();
                seen.dedup();
                prop_assert_eq!(seen, texts);
            } else {
                prop_assert_eq!(lines, texts);
            }
        }
    }
}
