//! How much something is.

use serde::Serialize;

/// Events, their records, and the bytes of their JSON, line ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Volume {
    /// Events; a late part counts as one, as it comes out as one.
    pub events: u64,
    /// Their records, end-of-event records not among them.
    pub records: u64,
    /// The bytes `oyez parse` writes of them.
    pub bytes: u64,
}

impl Volume {
    /// The share of `whole` that this is, by bytes, in hundredths of a percent, rounded down.
    pub fn share_of(self, whole: Volume) -> u64 {
        let share = u128::from(self.bytes) * 10_000 / u128::from(whole.bytes.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    pub(crate) fn add(&mut self, other: Volume) {
        self.events += other.events;
        self.records += other.records;
        self.bytes += other.bytes;
    }

    pub(crate) fn less(self, other: Volume) -> Volume {
        Volume {
            events: self.events.saturating_sub(other.events),
            records: self.records.saturating_sub(other.records),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}
