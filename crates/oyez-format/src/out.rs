//! The buffer that an object is written into.
//!
//! Like a vector, but short texts are copied as whole chunks of fixed length and the place to go on is moved by their real
//! length: a few instructions where a copy of unknown length is a call. What lies behind that place is of no meaning.

/// A growing buffer; made to be used again for the next object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Out {
    bytes: Vec<u8>,
    at: usize,
}

/// The front of some room in a buffer that is large enough for all that is to be written: nothing grows.
#[derive(Debug)]
pub(crate) struct Row<'o, const N: usize> {
    room: &'o mut [u8; N],
    at: usize,
}

impl<const N: usize> Row<'_, N> {
    /// Appends the first `len` bytes of `chunk`; there has to be room for all of it.
    #[inline]
    pub(crate) fn chunk<const M: usize>(&mut self, chunk: &[u8; M], len: usize) {
        let place = self.room.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut::<M>);
        debug_assert!(place.is_some() && len <= M, "{} of {N}", self.at);
        if let Some(place) = place {
            *place = *chunk;
            self.at += len;
        }
    }
}

/// Up to this length one copy of fixed length costs less than one of the right length.
const SHORT: usize = 64;
/// What the buffer grows by at least.
const STEP: usize = 4096;

impl Out {
    /// What was written.
    #[inline]
    pub(crate) fn written(&self) -> &[u8] {
        self.bytes.get(..self.at).unwrap_or_default()
    }

    /// Forgets all; a buffer that one huge object made large is given back.
    pub(crate) fn clear(&mut self) {
        self.at = 0;
        self.bytes.truncate(64 * STEP);
        self.bytes.shrink_to(64 * STEP);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.at
    }

    /// Takes back what was written from `len` on.
    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        self.at = self.at.min(len);
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut u8> {
        self.bytes.get_mut(..self.at)?.get_mut(at)
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.chunk(&[byte], 1);
    }

    /// Appends the first `len` bytes of `chunk`.
    #[inline]
    pub(crate) fn chunk<const N: usize>(&mut self, chunk: &[u8; N], len: usize) {
        match self.bytes.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut::<N>) {
            Some(place) => {
                *place = *chunk;
                self.at += len.min(N);
            }
            None => self.append(chunk.get(..len).unwrap_or(chunk)),
        }
    }

    /// Appends the first `len` bytes of `opening`, then the first `value_len` of `value`, and `closing`, where there is one, in
    /// one step.
    #[inline]
    pub(crate) fn member<const N: usize>(
        &mut self,
        (opening, len): (&[u8; N], usize),
        (value, value_len): (&[u8; N], usize),
        closing: Option<u8>,
    ) {
        let (len, value_len) = (len.min(N), value_len.min(N));
        let Some(place) = self.bytes.get_mut(self.at..).and_then(|rest| rest.get_mut(..2 * N + 1)) else {
            self.extend_from_slice(opening.get(..len).unwrap_or_default());
            self.extend_from_slice(value.get(..value_len).unwrap_or_default());
            return self.extend_from_slice(closing.as_slice());
        };
        if let Some(place) = place.first_chunk_mut::<N>() {
            *place = *opening;
        }
        if let Some(place) = place.get_mut(len..).and_then(<[u8]>::first_chunk_mut::<N>) {
            *place = *value;
        }
        if let (Some(closing), Some(place)) = (closing, place.get_mut(len + value_len)) {
            *place = closing;
        }
        self.at += len + value_len + usize::from(closing.is_some());
    }

    /// Appends what `write` puts into room for `N` bytes.
    #[inline]
    pub(crate) fn row<const N: usize>(&mut self, write: impl FnOnce(&mut Row<'_, N>)) {
        if self.bytes.len() < self.at + N {
            self.grow(N);
        }
        let Some(room) = self.bytes.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut::<N>) else { return };
        let mut row = Row { room, at: 0 };
        write(&mut row);
        self.at += row.at;
    }

    #[inline]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        match self.bytes.get_mut(self.at..self.at + bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.at += bytes.len();
            }
            None => self.append(bytes),
        }
    }

    /// Appends all that `other` holds.
    #[inline]
    pub(crate) fn extend(&mut self, other: &Out) {
        self.extend_from(other, 0, other.len());
    }

    /// Appends what `other` holds from `start` up to `end`; nothing where that is not in order.
    #[inline]
    pub(crate) fn extend_from(&mut self, other: &Out, start: usize, end: usize) {
        let len = end.saturating_sub(start);
        match other.bytes.get(start..).and_then(<[u8]>::first_chunk::<SHORT>) {
            Some(chunk) if len <= SHORT => self.chunk(chunk, len),
            _ => self.extend_from_slice(other.written().get(start..end).unwrap_or_default()),
        }
    }

    #[cold]
    fn append(&mut self, bytes: &[u8]) {
        self.grow(bytes.len());
        self.extend_from_slice(bytes);
    }

    /// Makes room for `more` bytes.
    #[cold]
    fn grow(&mut self, more: usize) {
        self.bytes.resize((self.at + more + STEP).max(self.bytes.len() * 2), 0);
    }
}

impl std::io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_a_vector_would() {
        let (mut out, mut vector) = (Out::default(), Vec::new());
        for step in 0..5000usize {
            let text = step.to_string();
            out.extend_from_slice(text.as_bytes());
            vector.extend_from_slice(text.as_bytes());
            out.chunk(b"0123456789abcdef", step % 17);
            vector.extend_from_slice(&b"0123456789abcdef"[..step % 17]);
            out.push(b',');
            vector.push(b',');
            let other = Out { bytes: vec![b'y'; 200], at: 150 };
            for (start, end) in [(step % 90, step % 150), (step % 150, 150), (step % 150, step % 150 + 64)] {
                out.extend_from(&other, start, end.min(150));
                vector.resize(vector.len() + end.min(150).saturating_sub(start), b'y');
            }
            if step % 7 == 0 {
                let len = vector.len() - 2;
                out.truncate(len);
                vector.truncate(len);
            }
        }
        assert_eq!(out.written(), vector);
        assert_eq!(out.len(), vector.len());
        assert_eq!(out.get_mut(vector.len()), None);
    }

    #[test]
    fn clearing_gives_a_huge_buffer_back() {
        let mut out = Out::default();
        out.extend_from_slice(&vec![1; 64 * STEP * 2]);
        out.clear();
        assert!(out.written().is_empty() && out.bytes.capacity() <= 64 * STEP);
    }
}
