//! The messages of one delivery as the bytes that go out, and where each ends.

/// Memory that is kept from one delivery to the next, in bytes.
const KEEP: usize = 1 << 20;

/// Messages as bytes, back to back.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Index of a message, and where its last byte is behind us.
    ends: Vec<(usize, usize)>,
}

impl Frames {
    /// Empties it.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEEP);
        self.ends.clear();
    }

    /// Adds the message with this index in its parcel; `write` appends its bytes.
    pub fn push(&mut self, index: usize, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push((index, self.bytes.len()));
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
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
        for (index, bytes) in [(0, &b"one"[..]), (2, b""), (3, b"three")] {
            frames.push(index, |out| out.extend_from_slice(bytes));
        }
        let within = |bytes| {
            let (messages, end) = frames.within(bytes);
            (messages.collect::<Vec<_>>(), end)
        };
        assert_eq!(within(2), (vec![], 0));
        assert_eq!(within(7), (vec![0, 2], 3));
        assert_eq!(within(8), (vec![0, 2, 3], 8));
    }
}
