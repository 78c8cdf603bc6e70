//! What became of every line, for the end of standard error.

use std::fmt;

use oyez_events::group::GroupCounts;

/// Totals of a [`Pipeline`](super::Pipeline).
///
/// At the end `lines = records + malformed + skipped` and `records = records handed out in events + EOEs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines read, empty and torn ones included.
    pub lines: u64,
    /// Lines that speak of audit and hold no readable record; each came out as an `OYEZ_MALFORMED` event.
    pub malformed: u64,
    /// Lines that are not audit's.
    pub skipped: u64,
    /// Events whose serial number never came, an upper bound; `None` where several nodes, each with numbers of its own,
    /// share the input.
    pub lost: Option<u64>,
    /// Of the records: what the grouper did with them.
    pub group: GroupCounts,
}

impl Counts {
    /// Whether no record was malformed, and none is known to be lost.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.malformed == 0 && self.lost.is_none_or(|lost| lost == 0)
    }

    /// Lines that are in no other count, and records that went into the grouper and never came out: 0 at the end, or
    /// there is a fault in oyez.
    #[must_use]
    pub fn unaccounted(&self) -> u64 {
        let lines = self.group.records + self.malformed + self.skipped;
        self.lines.abs_diff(lines) + self.group.records.abs_diff(self.group.records_out)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GroupCounts { records, events, late_records, early, incomplete, .. } = self.group;
        write!(f, "{} lines, {records} records, {events} events; ", self.lines)?;
        write!(f, "{} malformed, {} skipped, {late_records} late, ", self.malformed, self.skipped)?;
        match self.lost {
            Some(0) => f.write_str("0 lost")?,
            Some(lost) => write!(f, "at most {lost} lost")?,
            None => f.write_str("lost unknown (several nodes)")?,
        }
        for (count, word) in [(early, "early"), (incomplete, "incomplete"), (self.unaccounted(), "unaccounted for")] {
            if count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Counts {
        let group = GroupCounts { records: 7, records_out: 7, events: 2, late_records: 1, ..GroupCounts::default() };
        Counts { lines: 10, malformed: 1, skipped: 2, lost: Some(0), group }
    }

    #[test]
    fn counts_are_one_line_and_zeros_of_the_rare_are_left_out() {
        let shown = |counts: Counts| counts.to_string();
        let usual = "10 lines, 7 records, 2 events; 1 malformed, 2 skipped, 1 late, 0 lost";
        assert_eq!(shown(counts()), usual);
        assert_eq!(shown(Counts { lost: Some(3), ..counts() }), usual.replace("0 lost", "at most 3 lost"));
        assert!(shown(Counts { lost: None, ..counts() }).ends_with("lost unknown (several nodes)"));
        let group = GroupCounts { early: 4, incomplete: 5, ..counts().group };
        assert_eq!(shown(Counts { group, ..counts() }), format!("{usual}, 4 early, 5 incomplete"));
    }

    #[test]
    fn what_is_in_no_count_shows() {
        assert_eq!(counts().unaccounted(), 0);
        let group = GroupCounts { records_out: 5, ..counts().group };
        let counts = Counts { lines: 11, group, ..counts() };
        assert_eq!(counts.unaccounted(), 3);
        assert!(counts.to_string().ends_with(", 3 unaccounted for"));
    }

    #[test]
    fn malformed_and_lost_are_not_clean_and_unknown_is() {
        let clean = Counts { malformed: 0, ..counts() };
        assert!(clean.is_clean() && Counts { lost: None, ..clean }.is_clean());
        assert!(!counts().is_clean() && !Counts { lost: Some(1), ..clean }.is_clean());
    }
}
