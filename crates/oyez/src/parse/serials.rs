//! Which serial numbers never came, while the records of one node alone are read.

use oyez_events::gaps::GapCounter;
use oyez_events::parse::RawRecord;

/// Record types that auditd numbers itself, beside the kernel (`DAEMON_START` …, lib/audit-records.h).
const AUDITD_TYPES: std::ops::Range<u16> = 1200..1300;

/// A [`GapCounter`] that gives up when a second node appears.
#[derive(Debug, Default)]
pub(super) struct Serials {
    node: Option<Vec<u8>>,
    mixed: bool,
    gaps: GapCounter,
}

impl Serials {
    /// Takes a record in the order of the log.
    pub(super) fn see(&mut self, record: &RawRecord<'_>) {
        if self.mixed || AUDITD_TYPES.contains(&record.record_type) {
            return;
        }
        let node = self.node.get_or_insert_with(|| record.node.to_vec());
        self.mixed = !is_same(node, record.node);
        if !self.mixed {
            self.gaps.see(record.id.serial);
        }
    }

    /// Events that never came, an upper bound; `None` for several nodes.
    pub(super) fn missing(&self) -> Option<u64> {
        (!self.mixed).then(|| self.gaps.missing_at_end())
    }
}

/// Equality that does not compare nothing with nothing: an empty vector points nowhere, and a masked load from there, as
/// glibc's memcmp makes one with AVX-512, takes longer (130 ns) than all else that is done with a record.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}

#[cfg(test)]
mod tests {
    use oyez_events::EventId;

    use super::*;

    fn missing(records: &[(u16, &str, u32)]) -> Option<u64> {
        let mut serials = Serials::default();
        for (record_type, node, serial) in records {
            let id = EventId { sec: 1, ms: 0, serial: *serial };
            let (node, record_type) = (node.as_bytes(), *record_type);
            serials.see(&RawRecord { record_type, name: b"", node, id, body: b"", tail: b"" });
        }
        serials.missing()
    }

    #[test]
    fn gaps_count_for_one_node_only() {
        assert_eq!(missing(&[]), Some(0));
        assert_eq!(missing(&[(1300, "", 1), (1300, "", 4)]), Some(2));
        assert_eq!(missing(&[(1300, "a", 1), (1300, "a", 4)]), Some(2));
        assert_eq!(missing(&[(1300, "a", 1), (1300, "b", 4), (1300, "a", 5)]), None);
        assert_eq!(missing(&[(1300, "", 1), (1300, "b", 2)]), None);
    }

    #[test]
    fn numbers_of_auditd_itself_are_left_out() {
        assert_eq!(missing(&[(1300, "", 1), (1200, "", 9000), (1299, "x", 1), (1300, "", 2)]), Some(0));
    }
}
