//! A message whose start was written and whose rest was not: its rest goes first, before anything else is written behind it.
//!
//! The message stays open at its owner, and comes again. When it does it is finished where it was torn; when another comes
//! in its place (the message was given up meanwhile) it is finished all the same, for what follows a torn line is torn too.

use std::io;

use super::runs::{Run, Runs};
use crate::parcel::Parcel;
use crate::sink::Done;

/// The message that was torn, if one was. Takes as much memory as that message.
#[derive(Debug, Default)]
pub(crate) struct Torn {
    message: Vec<u8>,
    written: usize,
}

impl Torn {
    /// Whether one was.
    pub(crate) fn is_some(&self) -> bool {
        self.written < self.message.len()
    }

    /// How many bytes of it were written.
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// Forgets it: where its start was written nothing will follow.
    pub(crate) fn forget(&mut self) {
        (self.message, self.written) = (Vec::new(), 0);
    }

    /// Keeps what a run left unfinished after its first `written` bytes, `whole` of which are whole messages.
    pub(crate) fn keep(&mut self, run: &Run, parcel: &Parcel, written: usize, whole: (usize, usize)) {
        let (next, bytes) = whole;
        if let Some(message) = parcel.get(next).filter(|_| written > bytes && next < run.messages.end) {
            self.message.extend_from_slice(message.lines);
            self.written = written - bytes;
        }
    }

    /// Writes its rest. Its place in the parcel, if it is the first open message there.
    pub(crate) fn finish(
        &mut self,
        parcel: &Parcel,
        done: &Done,
        write: impl FnMut(&[u8]) -> io::Result<usize>,
    ) -> io::Result<Option<usize>> {
        let (written, result) = write_all(self.message.get(self.written..).unwrap_or_default(), write);
        self.written += written;
        result?;
        let first = Runs::of(parcel).next(done, 0).map(|run| run.messages.start);
        let first = first.filter(|first| parcel.get(*first).is_some_and(|message| message.lines == self.message));
        self.forget();
        Ok(first)
    }

    /// Writes all open messages of a parcel to a stream, which nothing can be taken back from.
    pub(crate) fn deliver(
        &mut self,
        parcel: &Parcel,
        done: &mut Done,
        mut write: impl FnMut(&[u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        if self.is_some()
            && let Some(finished) = self.finish(parcel, done, &mut write)?
        {
            done.ack(finished);
        }
        let mut runs = Runs::of(parcel);
        while let Some(run) = runs.next(done, u64::MAX) {
            let (written, result) = write_all(run.lines(parcel), &mut write);
            let (whole, bytes) = run.whole(parcel, written);
            whole.clone().for_each(|index| done.ack(index));
            self.keep(&run, parcel, written, (whole.end, bytes));
            result?;
        }
        Ok(())
    }
}

/// Writes until all is written or an error comes; how much was.
pub(crate) fn write_all(bytes: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match write(rest) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::ErrorKind;

    use proptest::prelude::*;

    use super::*;
    use crate::parcel::Label;

    /// Takes as many bytes as each step allows, or fails; when the steps are used up it takes all.
    #[derive(Default)]
    struct Fake {
        steps: VecDeque<Result<usize, ErrorKind>>,
        got: Vec<u8>,
    }

    impl Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.steps.pop_front().unwrap_or(Ok(usize::MAX))?.min(bytes.len());
            self.got.extend_from_slice(&bytes[..count]);
            Ok(count)
        }
    }

    fn parcel(texts: &[&str]) -> Parcel {
        let mut parcel = Parcel::default();
        for text in texts {
            parcel.push(&Label::default(), |lines| lines.extend_from_slice(text.as_bytes()));
        }
        parcel
    }

    #[test]
    fn a_torn_message_is_finished_when_it_comes_again() {
        let full = Err(ErrorKind::StorageFull);
        let mut fake = Fake { steps: [Ok(1), Err(ErrorKind::Interrupted), Ok(4), full].into(), ..Fake::default() };
        let (mut torn, parcel, mut done) = (Torn::default(), parcel(&["one\n", "two\n", "three\n"]), Done::of(3));
        assert!(torn.deliver(&parcel, &mut done, |bytes| fake.write(bytes)).is_err());
        assert!(done.is_acked(0) && !done.is_done(1) && torn.is_some());
        fake.steps = [Ok(1), full].into();
        assert!(torn.deliver(&parcel, &mut done, |bytes| fake.write(bytes)).is_err());
        assert!(!done.is_done(1) && fake.got == b"one\ntw");
        torn.deliver(&parcel, &mut done, |bytes| fake.write(bytes)).unwrap();
        assert!(done.is_complete() && !torn.is_some());
        assert_eq!(fake.got, b"one\ntwo\nthree\n");
    }

    #[test]
    fn a_torn_message_that_was_given_up_is_finished_before_others() {
        let mut fake = Fake { steps: [Ok(2), Err(ErrorKind::StorageFull)].into(), ..Fake::default() };
        let mut torn = Torn::default();
        assert!(torn.deliver(&parcel(&["one\n"]), &mut Done::of(1), |bytes| fake.write(bytes)).is_err());
        let mut done = Done::of(1);
        torn.deliver(&parcel(&["two\n"]), &mut done, |bytes| fake.write(bytes)).unwrap();
        assert!(done.is_acked(0));
        assert_eq!(fake.got, b"one\ntwo\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_whole_messages_in_order(
            lens in proptest::collection::vec(1..20_usize, 1..20),
            steps in proptest::collection::vec(prop_oneof![(0..9_usize).prop_map(Ok), Just(Err(ErrorKind::WouldBlock))], 0..40),
        ) {
            let texts: Vec<String> = lens.iter().enumerate().map(|(n, len)| format!("{n}{}\n", "x".repeat(*len))).collect();
            let parcel = parcel(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            let (mut fake, mut torn, mut done) = (Fake { steps: steps.into(), ..Fake::default() }, Torn::default(), Done::of(parcel.len()));
            while torn.deliver(&parcel, &mut done, |bytes| fake.write(bytes)).is_err() {
                let acked: usize = (0..texts.len()).filter(|n| done.is_acked(*n)).map(|n| texts[n].len()).sum();
                prop_assert!(acked <= fake.got.len(), "acked before it was written");
            }
            prop_assert!(done.is_complete());
            prop_assert_eq!(String::from_utf8(fake.got).unwrap(), texts.concat());
        }
    }
}
