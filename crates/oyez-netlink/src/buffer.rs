//! How large the socket's receive buffer should be: what each drain brought in, a larger size out when there is need.
//!
//! The kernel takes memory only for what waits, so a larger buffer costs nothing until it is needed; one that is too small
//! makes the kernel hold records back, and tasks wait. So it is doubled whenever the records of one drain, at
//! [`RECORD_TRUESIZE`] each, come to more than half of it, or messages found it full; up to a stated limit, or as far as
//! the kernel lets it. It never shrinks.

use crate::policy::RECORD_TRUESIZE;

/// The size of a receive buffer, in bytes as the kernel counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiveBuffer {
    size: usize,
    limit: usize,
    /// Records in the present drain.
    drained: u64,
    drops: u64,
}

impl ReceiveBuffer {
    /// One of `size` that may grow to `limit`.
    pub fn new(size: usize, limit: usize) -> Self {
        Self { size, limit, drained: 0, drops: 0 }
    }

    /// A receive brought `datagrams`; `more` if the drain goes on. `drops` is how many messages found the buffer full so
    /// far, if that is known. The size that it should be set to now, if it should be larger.
    pub fn received(&mut self, datagrams: u64, more: bool, drops: Option<u64>) -> Option<usize> {
        self.drained += datagrams;
        if more {
            return None;
        }
        let bytes = std::mem::take(&mut self.drained).saturating_mul(RECORD_TRUESIZE as u64);
        let found_full = drops.is_some_and(|drops| std::mem::replace(&mut self.drops, drops) < drops);
        let wanted = self.size.saturating_mul(2).min(self.limit);
        (wanted > self.size && (found_full || bytes > self.size as u64 / 2)).then_some(wanted)
    }

    /// The kernel has made it so large. Where that is less than was wanted, nothing more will be asked for.
    pub fn became(&mut self, size: usize) {
        let wanted = self.size.saturating_mul(2).min(self.limit);
        if size < wanted {
            self.limit = size;
        }
        self.size = size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn it_is_doubled_when_one_drain_would_fill_more_than_half_of_it() {
        // Half of 16 MiB are 3640 records.
        for (drains, wanted) in [
            (&[(3640, false)][..], None),
            (&[(3641, false)], Some(32 * MIB)),
            (&[(2000, true), (2000, false)], Some(32 * MIB)),
            (&[(2000, false), (2000, false)], None),
            (&[(3640, false), (0, false)], None),
        ] {
            let mut buffer = ReceiveBuffer::new(16 * MIB, 64 * MIB);
            let grown: Vec<_> =
                drains.iter().filter_map(|(datagrams, more)| buffer.received(*datagrams, *more, None)).collect();
            assert_eq!(grown, Vec::from_iter(wanted), "{drains:?}");
        }
    }

    #[test]
    fn it_is_doubled_when_messages_found_it_full() {
        let mut buffer = ReceiveBuffer::new(16 * MIB, 64 * MIB);
        let asked = [0, 0, 3, 3, 4].map(|drops| buffer.received(1, false, Some(drops)));
        assert_eq!(asked, [None, None, Some(32 * MIB), None, Some(32 * MIB)], "once for each time");
    }

    #[test]
    fn it_stops_at_the_limit_or_where_the_kernel_stops_it() {
        let mut buffer = ReceiveBuffer::new(16 * MIB, 40 * MIB);
        let mut sizes = Vec::new();
        while let Some(wanted) = buffer.received(1_000_000, false, None) {
            sizes.push(wanted / MIB);
            buffer.became(wanted);
        }
        assert_eq!(sizes, [32, 40]);
        let mut refused = ReceiveBuffer::new(MIB / 4, 40 * MIB);
        assert_eq!(refused.received(1_000_000, false, None), Some(MIB / 2));
        refused.became(MIB / 4);
        assert_eq!(refused.received(1_000_000, false, None), None);
        let mut larger = ReceiveBuffer::new(64 * MIB, MIB);
        assert_eq!(larger.received(1_000_000, false, None), None, "it never shrinks");
    }
}
