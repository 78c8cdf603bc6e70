//! What every stage speaks of: an event, its id, its records.
//!
//! An [`Event`] owns one buffer with the raw text of all its records, in the order of arrival; a [`Record`] is a view into
//! it. Nothing is decoded here.

use oyez_tables::record_type;

/// What the kernel stamps on every record: `audit(SEC.MS:SERIAL)` (kernel/audit.c, `audit_log_start`).
///
/// Records with equal node and id belong to one event. The time is that of the syscall's *entry*, so events may come out
/// of order; serials rise by one per event, start again at each boot, and roll over after `u32::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// Whole seconds since 1970-01-01 UTC.
    pub sec: u64,
    /// Milliseconds within the second, 0–999.
    pub ms: u16,
    /// The event's serial number.
    pub serial: u32,
}

impl EventId {
    /// Milliseconds since 1970-01-01 UTC.
    pub fn millis(self) -> u64 {
        self.sec.saturating_mul(1000).saturating_add(u64::from(self.ms))
    }
}

/// Why an event was taken to be over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Its end-of-event record (`EOE`) came.
    #[default]
    Eoe,
    /// Its `PROCTITLE` came, which the kernel writes last before `EOE`.
    Proctitle,
    /// Its type always stands alone.
    Alone,
    /// Nothing came for it for the quiet time (live).
    Quiet,
    /// Its `EOE` (or `PROCTITLE`, where that ends events) was due and did not come in time (live).
    Incomplete,
    /// The log's own time moved on (offline).
    LogTime,
    /// The input ended.
    EndOfInput,
    /// Too many events were open; the oldest had to go.
    TooManyEvents,
    /// It reached the bound of bytes or records of one event.
    TooLarge,
}

impl End {
    /// Whether a bound, not the event itself, ended it: more of it may follow as a late part.
    pub fn is_early(self) -> bool {
        matches!(self, End::TooManyEvents | End::TooLarge)
    }
}

/// Where a record lies in its event's buffer: name, then body, then tail, back to back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecordSpan {
    pub(crate) record_type: u16,
    pub(crate) name_len: u16,
    pub(crate) start: u32,
    pub(crate) body_len: u32,
    pub(crate) tail_len: u32,
}

/// How many bytes can be read behind the last record's text, so that short texts are read in whole chunks.
pub(crate) const SLACK: usize = 32;

/// All records that share node, time and serial.
#[derive(Clone, Debug, Default)]
pub struct Event {
    pub(crate) id: EventId,
    pub(crate) end: End,
    pub(crate) part: u32,
    pub(crate) is_redacted: bool,
    pub(crate) node_len: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: Vec<RecordSpan>,
}

impl Event {
    /// The kernel's stamp.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The `node=` in front of its records; empty where there is none.
    pub fn node(&self) -> &[u8] {
        self.bytes.get(..self.node_len as usize).unwrap_or_default()
    }

    /// Why it was taken to be over.
    pub fn end(&self) -> End {
        self.end
    }

    /// 0 for the event itself; 1, 2, … for parts whose records came after it was over.
    pub fn part(&self) -> u32 {
        self.part
    }

    /// How many records it has; `EOE` is not one of them.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it has no record at all.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Its records, in the order of arrival.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> + Clone {
        self.records.iter().map(|span| self.view(*span))
    }

    /// The types of its records ([`Record::number`]), in the order of arrival.
    pub fn numbers(&self) -> impl ExactSizeIterator<Item = u16> + Clone {
        self.records.iter().map(|span| span.record_type)
    }

    /// The record at `index` in the order of arrival.
    pub fn record(&self, index: usize) -> Option<Record<'_>> {
        self.records.get(index).map(|span| self.view(*span))
    }

    /// Whether parts of its text were made unreadable ([`Event::body_mut`]) because they are nobody's business.
    pub fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    /// Says that parts of its text were made unreadable.
    pub fn mark_redacted(&mut self) {
        self.is_redacted = true;
    }

    /// The body of the record at `index`, to be rewritten in place: its length stays. Every format is made from it.
    pub fn body_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        let span = self.records.get(index)?;
        let start = span.start as usize + usize::from(span.name_len);
        self.bytes.get_mut(start..start + span.body_len as usize)
    }

    /// Becomes a copy of `other`, without an allocation where its own buffers are large enough.
    pub fn copy_from(&mut self, other: &Event) {
        let Event { id, end, part, is_redacted, node_len, bytes, records } = other;
        (self.id, self.end, self.part) = (*id, *end, *part);
        (self.is_redacted, self.node_len) = (*is_redacted, *node_len);
        self.bytes.clone_from(bytes);
        self.records.clone_from(records);
    }

    /// The index of its main record: the first `SYSCALL`, else the first of all.
    pub fn main(&self) -> usize {
        self.numbers().position(|number| number == record_type::SYSCALL).unwrap_or(0)
    }

    fn view(&self, span: RecordSpan) -> Record<'_> {
        let rest = self.bytes.get(span.start as usize..).unwrap_or_default();
        let (name, rest) = rest.split_at_checked(usize::from(span.name_len)).unwrap_or_default();
        let text = rest;
        let (body, rest) = rest.split_at_checked(span.body_len as usize).unwrap_or_default();
        let tail = rest.get(..span.tail_len as usize).unwrap_or_default();
        Record { record_type: span.record_type, name, text, body, tail }
    }
}

/// One kernel message: a type and its text.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    record_type: u16,
    name: &'a [u8],
    text: &'a [u8],
    body: &'a [u8],
    tail: &'a [u8],
}

impl<'a> Record<'a> {
    /// A record that is not part of an [`Event`], for tests and tools.
    pub fn new(record_type: u16, body: &'a [u8]) -> Self {
        Record { record_type, name: b"", text: body, body, tail: b"" }
    }

    /// The same with only the first `len` bytes of its body.
    #[must_use]
    pub fn front(self, len: usize) -> Self {
        Record { body: self.body.get(..len).unwrap_or(self.body), ..self }
    }

    /// The same with another body.
    #[must_use]
    pub fn with_body(self, body: &'a [u8]) -> Self {
        Record { text: body, body, ..self }
    }

    /// The same with the tail that auditd adds in its ENRICHED format.
    #[must_use]
    pub fn with_tail(self, tail: &'a [u8]) -> Self {
        Record { tail, ..self }
    }

    /// Its number (linux/audit.h); 0 where the log gave a name that no table knows.
    #[inline]
    pub fn number(&self) -> u16 {
        self.record_type
    }

    /// The name the log gave where [`Record::number`] is 0, else the table's name; empty for an unknown number.
    pub fn name(&self) -> &'a [u8] {
        if self.record_type == 0 {
            return self.name;
        }
        record_type::name(self.record_type).unwrap_or_default().as_bytes()
    }

    /// What follows `audit(…): `, as it came.
    #[inline]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Its body and whatever lies behind that in memory, of no meaning: lets a short value near the end be read in a whole
    /// chunk. Spans of the body are spans of it.
    #[inline]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// What auditd's ENRICHED format adds behind byte 0x1d (`UID="root" …`); empty where there is none.
    #[inline]
    pub fn tail(&self) -> &'a [u8] {
        self.tail
    }

    /// Whether user space wrote it (`msg='…'`): its claims are not the kernel's.
    pub fn is_user_space(&self) -> bool {
        record_type::is_user_space(self.record_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::{Grouper, Limits, Timing};
    use crate::parse::LineParser;

    fn event() -> Event {
        let mut copy = Event::default();
        let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
        let mut out = |event: &Event| copy.copy_from(event);
        for line in [
            "node=n type=ODD msg=audit(1.0:7): x=secret y=1\x1dX=\"secret\"",
            "node=n type=CWD msg=audit(1.0:7): cwd=\"/\"",
        ] {
            grouper.push(&LineParser::new().line(line.as_bytes()).unwrap(), 1, &mut out);
        }
        grouper.finish(&mut out);
        copy
    }

    #[test]
    fn a_copy_is_what_it_was_made_from() {
        let (event, mut copy) = (event(), Event::default());
        copy.copy_from(&event);
        assert_eq!(format!("{copy:?}"), format!("{event:?}"));
        assert_eq!((copy.len(), copy.node()), (2, &b"n"[..]));
    }

    #[test]
    fn only_the_body_of_one_record_is_rewritten() {
        let mut event = event();
        assert_eq!(event.body_mut(0).unwrap(), b"x=secret y=1");
        event.body_mut(0).unwrap()[2..8].fill(b'*');
        let record = event.record(0).unwrap();
        assert_eq!(
            (record.name(), record.body(), record.tail()),
            (&b"ODD"[..], &b"x=****** y=1"[..], &b"X=\"secret\""[..])
        );
        assert_eq!(event.record(1).unwrap().body(), b"cwd=\"/\"");
        assert!(event.body_mut(2).is_none());
    }

    #[test]
    fn an_event_is_redacted_only_once_that_is_said() {
        let mut event = event();
        assert!(!event.is_redacted());
        event.mark_redacted();
        assert!(event.is_redacted());
    }
}
