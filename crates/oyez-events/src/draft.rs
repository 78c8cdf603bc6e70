//! A changed copy of an event, made without parsing or grouping anything again.
//!
//! An [`Event`] and what becomes of each of its records in, another event with the same id, end, part and node out. A copy is
//! bounded as an event of the grouper's is ([`Limits`]), and made in the buffers of the event that it replaces: nothing is
//! allocated where these are large enough.

use std::fmt;

use crate::group::Limits;
use crate::model::{RecordSpan, SLACK};
use crate::{Event, Record};

/// A copy in the making. Records are put in the order in which they are to stand; one that is not put is left out.
#[derive(Debug)]
pub struct Draft<'d> {
    from: &'d Event,
    to: &'d mut Event,
    limits: Limits,
    is_full: bool,
}

/// The copy would be larger than an event may be; nothing of it is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The bounds it was to keep.
    pub limits: Limits,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Limits { max_event_bytes, max_event_records, .. } = self.limits;
        write!(f, "an event is at most {max_event_bytes} bytes in {max_event_records} records")
    }
}

impl std::error::Error for TooLarge {}

impl Event {
    /// Becomes a copy of `from` that has no records yet. Like [`Event::copy_from`] it keeps `from`'s id, end, part, node, and
    /// whether it is redacted.
    pub fn draft<'d>(&'d mut self, from: &'d Event, limits: Limits) -> Draft<'d> {
        (self.id, self.end, self.part) = (from.id, from.end, from.part);
        (self.is_redacted, self.node_len) = (from.is_redacted, from.node_len);
        self.bytes.clear();
        self.records.clear();
        self.bytes.extend_from_slice(from.node());
        Draft { from, to: self, limits, is_full: false }
    }
}

impl Draft<'_> {
    /// Puts the record at `index` as it is; nothing where there is none.
    pub fn keep(&mut self, index: usize) {
        if let Some(record) = self.from.record(index) {
            self.put(&record);
        }
    }

    /// Puts `record`: a new one ([`Record::new`]), or one with another body ([`Record::with_body`]).
    pub fn put(&mut self, record: &Record<'_>) {
        let name = if record.number() == 0 { record.name() } else { b"" };
        let more = name.len() + record.body().len() + record.tail().len();
        let Limits { max_event_bytes, max_event_records, .. } = self.limits;
        let is_first = self.to.records.is_empty();
        let fits = self.to.records.len() < max_event_records && self.to.bytes.len() + more <= max_event_bytes;
        // As in a grouper, the first record may be of any size that its span can tell.
        let span = if fits || is_first { span(self.to.bytes.len(), name, record) } else { None };
        let Some(span) = span else { return self.is_full = true };
        self.to.records.push(span);
        for text in [name, record.body(), record.tail()] {
            self.to.bytes.extend_from_slice(text);
        }
    }

    /// Ends the copy.
    ///
    /// # Errors
    /// [`TooLarge`] where a record had no room.
    pub fn end(self) -> Result<(), TooLarge> {
        self.to.bytes.extend_from_slice(&[0; SLACK]);
        if self.is_full { Err(TooLarge { limits: self.limits }) } else { Ok(()) }
    }
}

/// Where `record` will lie from `start` on; `None` where that cannot be told.
fn span(start: usize, name: &[u8], record: &Record<'_>) -> Option<RecordSpan> {
    Some(RecordSpan {
        record_type: record.number(),
        name_len: u16::try_from(name.len()).ok()?,
        start: u32::try_from(start).ok()?,
        body_len: u32::try_from(record.body().len()).ok()?,
        tail_len: u32::try_from(record.tail().len()).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::{Grouper, Timing};
    use crate::parse::LineParser;

    fn event() -> Event {
        let mut copy = Event::default();
        let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
        let mut out = |event: &Event| copy.copy_from(event);
        for line in [
            "node=n type=ODD msg=audit(1.0:7): x=1\x1dX=\"one\"",
            "node=n type=CWD msg=audit(1.0:7): cwd=\"/\"",
            "node=n type=PATH msg=audit(1.0:7): item=0",
        ] {
            grouper.push(&LineParser::new().line(line.as_bytes()).unwrap(), 1, &mut out);
        }
        grouper.finish(&mut out);
        copy.mark_redacted();
        copy
    }

    fn told(event: &Event) -> Vec<(String, String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        event.records().map(|record| (text(record.name()), text(record.body()), text(record.tail()))).collect()
    }

    #[test]
    fn a_draft_that_keeps_all_is_a_copy() {
        let (event, mut copy) = (event(), Event::default());
        let mut draft = copy.draft(&event, Limits::default());
        (0..4).for_each(|index| draft.keep(index));
        draft.end().unwrap();
        assert_eq!(format!("{copy:?}"), format!("{event:?}"));
    }

    #[test]
    fn records_are_replaced_left_out_and_put_between() {
        let (event, mut copy) = (event(), Event::default());
        let mut draft = copy.draft(&event, Limits::default());
        draft.put(&event.record(0).unwrap().with_body(b"x=22").with_tail(b""));
        draft.put(&Record::new(1309, b"argc=0"));
        draft.keep(2);
        draft.end().unwrap();
        let wanted = [("ODD", "x=22", ""), ("EXECVE", "argc=0", ""), ("PATH", "item=0", "")];
        assert_eq!(told(&copy), wanted.map(|(name, body, tail)| (name.into(), body.into(), tail.into())));
        assert_eq!(
            (copy.node(), copy.id(), copy.end(), copy.is_redacted()),
            (&b"n"[..], event.id(), event.end(), true)
        );
        assert!(copy.record(2).unwrap().text().len() > 6, "short texts are read in whole chunks");
    }

    #[test]
    fn a_copy_is_as_large_as_an_event_may_be_and_no_larger() {
        let (event, mut copy) = (event(), Event::default());
        let mut put = |max_event_bytes, max_event_records, records: &[&[u8]]| {
            let limits = Limits { max_event_bytes, max_event_records, ..Limits::default() };
            let mut draft = copy.draft(&event, limits);
            for body in records {
                draft.put(&Record::new(1307, body));
            }
            draft.end().is_ok()
        };
        assert!(put(5, 2, &[b"ab", b"cd"]) && !put(4, 2, &[b"ab", b"cd"]));
        assert!(!put(5, 1, &[b"ab", b"cd"]));
        assert!(put(1, 1, &[b"abcd"]) && put(1, 1, &[]));
    }
}
