//! What of a batch is still to be sent: so many messages in, pieces of them out, cut further where they were not taken.
//!
//! Refuses to go on for ever: requests for one batch are bounded.

use std::ops::Range;
use std::time::Duration;

use crate::sink::Failure;

/// Requests that one batch may need beyond one for each piece it is cut into at first.
const REQUESTS: usize = 256;
/// The pieces of a batch that are still to be sent, first ones first.
pub(super) struct Work {
    /// The last is the next.
    pieces: Vec<Range<usize>>,
    left: usize,
}

impl Work {
    /// So many messages in pieces of at most `limit`.
    pub(super) fn new(messages: usize, limit: usize) -> Self {
        let limit = limit.max(1);
        let mut pieces: Vec<_> =
            (0..messages).step_by(limit).map(|start| start..start.saturating_add(limit).min(messages)).collect();
        pieces.reverse();
        let left = pieces.len() + REQUESTS;
        Self { pieces, left }
    }

    pub(super) fn next(&mut self) -> Result<Option<Range<usize>>, Failure> {
        if self.left == 0 && !self.pieces.is_empty() {
            return Err(Failure::new(format!("more than {REQUESTS} requests for one batch, the rest comes later"))
                .after(Duration::from_secs(1)));
        }
        self.left = self.left.saturating_sub(1);
        Ok(self.pieces.pop())
    }

    pub(super) fn halves(&mut self, range: &Range<usize>) {
        let middle = range.start + range.len() / 2;
        self.pieces.extend([middle..range.end, range.start..middle]);
    }

    /// What stands at this place, and before it, each alone; and the rest on both sides.
    pub(super) fn around(&mut self, range: &Range<usize>, place: usize) {
        let at = range.start.saturating_add(place);
        let inside = |place: usize| place.clamp(range.start, range.end);
        let cuts = [range.start, inside(at.saturating_sub(1)), inside(at), inside(at.saturating_add(1)), range.end];
        let pieces: Vec<_> = cuts.windows(2).map(|cut| cut[0]..cut[1]).filter(|piece| !piece.is_empty()).collect();
        match pieces.len() {
            1 => self.halves(range),
            _ => self.pieces.extend(pieces.into_iter().rev()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut work: Work) -> Vec<Range<usize>> {
        std::iter::from_fn(|| work.next().unwrap()).collect()
    }

    #[test]
    fn a_batch_is_cut_into_pieces_that_come_in_order() {
        assert_eq!(all(Work::new(5, 2)), [0..2, 2..4, 4..5]);
        assert_eq!(all(Work::new(5, usize::MAX)), all(Work::new(5, 5)));
        assert!(all(Work::new(0, 1)).is_empty());
        let mut work = Work::new(9, 9);
        let range = work.next().unwrap().unwrap();
        work.halves(&range);
        assert_eq!(all(work), [0..4, 4..9]);
    }

    #[test]
    fn what_is_said_to_be_bad_comes_alone_with_the_one_before() {
        for (place, pieces) in [
            (0, vec![0..1, 1..5]),
            (1, vec![0..1, 1..2, 2..5]),
            (3, vec![0..2, 2..3, 3..4, 4..5]),
            (5, vec![0..4, 4..5]),
            (usize::MAX, vec![0..2, 2..5]),
        ] {
            let mut work = Work::new(5, 5);
            let range = work.next().unwrap().unwrap();
            work.around(&range, place);
            assert_eq!(all(work), pieces, "{place}");
        }
    }

    #[test]
    fn a_batch_is_not_cut_for_ever() {
        let mut work = Work::new(1 << 20, usize::MAX);
        let mut requests = 0;
        while let Ok(Some(range)) = work.next() {
            requests += 1;
            work.halves(&range);
        }
        assert_eq!(requests, REQUESTS + 1);
    }
}
