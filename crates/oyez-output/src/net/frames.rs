//! The messages of one delivery as the bytes that go out: where each ends, and where it may be taken apart.

/// Memory that is kept from one delivery to the next, in bytes.
const KEEP: usize = 1 << 20;

/// Messages as bytes, back to back; each is one piece or several: lines, datagrams.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Where pieces end.
    cuts: Vec<usize>,
    /// Index of a message, and where its last piece ends.
    ends: Vec<(usize, usize)>,
}

impl Frames {
    /// Empties it.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEEP);
        self.cuts.clear();
        self.ends.clear();
    }

    /// Adds a piece of the message that [`end`](Self::end) will name; `write` appends its bytes.
    pub fn piece(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.cuts.push(self.bytes.len());
    }

    /// The pieces since the last end are the message with this index in its parcel.
    pub fn end(&mut self, index: usize) {
        self.ends.push((index, self.bytes.len()));
    }

    /// Adds a message of one piece.
    pub fn push(&mut self, index: usize, write: impl FnOnce(&mut Vec<u8>)) {
        self.piece(write);
        self.end(index);
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The pieces behind the first `bytes`.
    pub fn pieces(&self, bytes: usize) -> impl Iterator<Item = &[u8]> {
        let first = self.cuts.partition_point(|cut| *cut <= bytes);
        let mut begin = bytes;
        self.cuts.get(first..).unwrap_or_default().iter().map(move |cut| {
            let piece = self.bytes.get(begin..*cut).unwrap_or_default();
            begin = *cut;
            piece
        })
    }

    /// The message that the byte with this offset is of.
    pub fn message_at(&self, offset: usize) -> Option<usize> {
        let place = self.ends.partition_point(|(_, end)| *end <= offset);
        self.ends.get(place).map(|(index, _)| *index)
    }

    /// The messages whose bytes are all among the first `bytes`, and where the last of them ends.
    pub fn within(&self, bytes: usize) -> (impl Iterator<Item = usize>, usize) {
        let count = self.ends.partition_point(|(_, end)| *end <= bytes);
        let whole = self.ends.get(..count).unwrap_or_default();
        (whole.iter().map(|(index, _)| *index), whole.last().map_or(0, |(_, end)| *end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_within_when_all_of_it_is() {
        let mut frames = Frames::default();
        frames.push(0, |out| out.extend_from_slice(b"one"));
        frames.end(2);
        frames.piece(|out| out.extend_from_slice(b"thr"));
        frames.piece(|out| out.extend_from_slice(b"ee"));
        frames.end(3);
        let within = |bytes| {
            let (messages, end) = frames.within(bytes);
            (messages.collect::<Vec<_>>(), end)
        };
        assert_eq!(within(2), (vec![], 0));
        assert_eq!(within(7), (vec![0, 2], 3));
        assert_eq!(within(8), (vec![0, 2, 3], 8));
        assert!(frames.pieces(3).eq([&b"thr"[..], b"ee"]) && frames.pieces(6).eq([&b"ee"[..]]));
        assert!(frames.pieces(8).next().is_none());
        assert_eq!([0, 2, 3, 7, 8].map(|at| frames.message_at(at)), [Some(0), Some(0), Some(3), Some(3), None]);
    }
}
