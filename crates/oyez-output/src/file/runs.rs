//! Which bytes of a parcel to write next: messages that lie side by side and are not done yet, as many as fit.
//!
//! A parcel and what is done of it in, [`Run`]s out, each written with as few calls as possible.

use std::ops::Range;

use crate::parcel::Parcel;
use crate::sink::Done;

/// Messages side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Their places in the parcel.
    pub(crate) messages: Range<usize>,
    /// Their bytes in the parcel's lines.
    pub(crate) bytes: Range<usize>,
}

/// Goes through a parcel once.
pub(crate) struct Runs<'a> {
    parcel: &'a Parcel,
    index: usize,
    offset: usize,
}

impl<'a> Runs<'a> {
    pub(crate) fn of(parcel: &'a Parcel) -> Self {
        Self { parcel, index: 0, offset: 0 }
    }

    /// The next messages that are not done, of at most so many bytes: at least one, however long, if there is one.
    pub(crate) fn next(&mut self, done: &Done, most: u64) -> Option<Run> {
        while done.is_done(self.index) {
            self.step(self.len_at(self.index)?);
        }
        let (first, start) = (self.index, self.offset);
        while let Some(len) = self.len_at(self.index).filter(|_| !done.is_done(self.index)) {
            if self.index > first && (self.offset - start + len) as u64 > most {
                break;
            }
            self.step(len);
        }
        (self.index > first).then_some(Run { messages: first..self.index, bytes: start..self.offset })
    }

    fn len_at(&self, index: usize) -> Option<usize> {
        self.parcel.get(index).map(|message| message.lines.len())
    }

    fn step(&mut self, len: usize) {
        self.index += 1;
        self.offset += len;
    }
}

impl Run {
    /// What is written.
    pub(crate) fn lines<'a>(&self, parcel: &'a Parcel) -> &'a [u8] {
        parcel.lines().get(self.bytes.clone()).unwrap_or_default()
    }

    /// Of its first `written` bytes: the messages that are whole, and the bytes of these.
    pub(crate) fn whole(&self, parcel: &Parcel, written: usize) -> (Range<usize>, usize) {
        if written >= self.bytes.len() {
            return (self.messages.clone(), self.bytes.len());
        }
        let (mut end, mut bytes) = (self.messages.start, 0);
        while let Some(message) = parcel.get(end).filter(|message| bytes + message.lines.len() <= written) {
            bytes += message.lines.len();
            end += 1;
        }
        (self.messages.start..end, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Label;

    #[test]
    fn runs_leave_out_what_is_done_and_never_split_a_message() {
        let mut parcel = Parcel::default();
        for text in ["a\n", "bb\n", "c\n", "long long\n", "d\n"] {
            parcel.push(&Label::default(), |lines| lines.extend_from_slice(text.as_bytes()));
        }
        let mut done = Done::of(5);
        done.ack(1);
        let mut runs = Runs::of(&parcel);
        let mut found = Vec::new();
        while let Some(run) = runs.next(&done, 6) {
            found.push((run.messages.clone(), run.lines(&parcel)));
        }
        assert_eq!(found, [(0..1, &b"a\n"[..]), (2..3, &b"c\n"[..]), (3..4, &b"long long\n"[..]), (4..5, &b"d\n"[..])]);
        let all = Runs::of(&parcel).next(&Done::of(5), u64::MAX).unwrap();
        assert_eq!((all.whole(&parcel, 0), all.whole(&parcel, 4)), ((0..0, 0), (0..1, 2)));
        assert_eq!((all.whole(&parcel, 5), all.whole(&parcel, 99)), ((0..2, 5), (0..5, 19)));
    }
}
