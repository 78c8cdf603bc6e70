//! Messages on their way: formatted events, one behind the other, each with what an output may want to know of it.
//!
//! The pipeline fills a [`Parcel`], a queue hands it on, a [`Sink`](crate::Sink) reads it. It keeps its memory when it is
//! emptied. Refuses nothing: any bytes are a message. As an entry of a spool it is [encoded](encode).

pub mod encode;

use std::ops::Range;

use crate::spool::Worth;
use crate::stats::Numbers;

/// How bad it is, as syslog ranks it (RFC 5424, 6.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// 1: somebody has to act at once.
    Alert = 1,
    /// 4: events were lost, or something else is not as it should be.
    Warning = 4,
    /// 5: of note.
    Notice = 5,
    /// 6: an event as any other.
    #[default]
    Info = 6,
}

impl Level {
    /// Its name in syslog's words (RFC 5424, 6.2.1).
    pub fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Info => "info",
        }
    }
}

/// What is known of a message beside its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Label<'a> {
    /// Names it for ever, or is empty where no output asked for it: machine, boot, time, serial, part.
    pub id: &'a str,
    /// What it is sorted by at the receiver (Kafka's key, `ZeroMQ`'s topic), or empty.
    pub key: &'a [u8],
    /// When it happened, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// When oyez took it, in the same unit.
    pub received_ms: u64,
    /// How bad it is.
    pub level: Level,
    /// What is lost with it.
    pub worth: Worth,
    /// The sender's word for it, which it gets back if the message is lost; 0 for none.
    pub ticket: u32,
}

/// One message of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// One line, or several, each with its line feed.
    pub lines: &'a [u8],
    /// What else is known.
    pub label: Label<'a>,
}

impl<'a> Message<'a> {
    /// The lines without the last line feed.
    pub fn text(&self) -> &'a [u8] {
        self.lines.strip_suffix(b"\n").unwrap_or(self.lines)
    }

    /// What it adds to the [size](Parcel::size) of a parcel.
    pub(crate) fn size(&self) -> usize {
        self.lines.len() + self.label.id.len() + self.label.key.len() + OVERHEAD
    }
}

/// Messages back to back.
#[derive(Clone, Debug, Default)]
pub struct Parcel {
    lines: Vec<u8>,
    /// Ids and keys back to back.
    words: Vec<u8>,
    marks: Vec<Mark>,
    worth: Worth,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Where its lines end.
    end: usize,
    /// Where its id and its key end in the words.
    id_end: usize,
    key_end: usize,
    time_ms: u64,
    received_ms: u64,
    worth: Worth,
    ticket: u32,
    level: Level,
}

/// What a message takes in memory beside its lines, its id and its key, in bytes.
pub const OVERHEAD: usize = size_of::<Mark>();

impl Parcel {
    /// Room for so many bytes of lines, and messages.
    pub fn with_capacity(bytes: usize, messages: usize) -> Self {
        Self {
            lines: Vec::with_capacity(bytes),
            words: Vec::new(),
            marks: Vec::with_capacity(messages),
            worth: Worth::default(),
        }
    }

    /// Adds the message whose lines `write` appends.
    pub fn push(&mut self, label: &Label<'_>, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.lines);
        self.words.extend_from_slice(label.id.as_bytes());
        let id_end = self.words.len();
        self.words.extend_from_slice(label.key);
        self.worth = plus(self.worth, label.worth);
        self.marks.push(Mark {
            end: self.lines.len(),
            id_end,
            key_end: self.words.len(),
            time_ms: label.time_ms,
            received_ms: label.received_ms,
            worth: label.worth,
            ticket: label.ticket,
            level: label.level,
        });
    }

    /// Adds a copy of a message.
    pub fn add(&mut self, message: &Message<'_>) {
        self.push(&message.label, |lines| lines.extend_from_slice(message.lines));
    }

    /// Adds copies of all messages of another parcel.
    pub fn append(&mut self, other: &Self) {
        self.append_some(other, 0..other.len());
    }

    /// Adds copies of the messages of another parcel that stand at these places; none if there are not so many.
    pub fn append_some(&mut self, other: &Self, range: Range<usize>) {
        let from = other.starts(range.start);
        let Some(marks) = other.marks.get(range) else { return };
        let to = marks.last().map_or(from, |last| (last.end, last.key_end));
        let worth = if marks.len() == other.len() { other.worth } else { worth_of(marks) };
        self.worth = plus(self.worth, worth);
        let (lines, words) = (self.lines.len(), self.words.len());
        self.lines.extend_from_slice(other.lines.get(from.0..to.0).unwrap_or_default());
        self.words.extend_from_slice(other.words.get(from.1..to.1).unwrap_or_default());
        self.marks.extend(marks.iter().map(|mark| Mark {
            end: mark.end - from.0 + lines,
            id_end: mark.id_end - from.1 + words,
            key_end: mark.key_end - from.1 + words,
            ..*mark
        }));
    }

    /// Where the lines, and the id, of the message at this place start.
    fn starts(&self, index: usize) -> (usize, usize) {
        let before = index.checked_sub(1).and_then(|before| self.marks.get(before));
        before.map_or((0, 0), |before| (before.end, before.key_end))
    }

    /// All lines of all messages, one behind the other.
    pub fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The message at this place.
    pub fn get(&self, index: usize) -> Option<Message<'_>> {
        let mark = self.marks.get(index)?;
        let (start, words) = self.starts(index);
        Some(Message {
            lines: self.lines.get(start..mark.end)?,
            label: Label {
                // It was a `str` when it came in.
                id: str::from_utf8(self.words.get(words..mark.id_end)?).unwrap_or_default(),
                key: self.words.get(mark.id_end..mark.key_end)?,
                time_ms: mark.time_ms,
                received_ms: mark.received_ms,
                level: mark.level,
                worth: mark.worth,
                ticket: mark.ticket,
            },
        })
    }

    /// All messages, in order.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Message<'_>> {
        (0..self.len()).map(|index| self.get(index).unwrap_or(Message { lines: b"", label: Label::default() }))
    }

    /// What the messages at these places come to: numbers, worth, and [size](Self::size).
    pub(crate) fn sum(&self, range: Range<usize>) -> (Numbers, Worth, usize) {
        let (from, to) = (self.starts(range.start), self.starts(range.end));
        let worth = worth_of(self.marks.get(range.clone()).unwrap_or_default());
        let (lines, words) = (to.0.saturating_sub(from.0), to.1.saturating_sub(from.1));
        (Numbers::of(range.len(), worth, lines), worth, lines + words + range.len() * OVERHEAD)
    }

    /// What all of them are worth.
    pub fn worth(&self) -> Worth {
        self.worth
    }

    /// What it takes in memory, in bytes: its lines, ids and keys, and [`OVERHEAD`] for each message.
    pub fn size(&self) -> usize {
        self.lines.len() + self.words.len() + self.marks.len() * OVERHEAD
    }

    /// When each message was received; 0 where that is not known.
    pub(crate) fn received_ms(&self) -> impl Iterator<Item = u64> {
        self.marks.iter().map(|mark| mark.received_ms)
    }

    /// The tickets of all messages that have one.
    pub(crate) fn tickets(&self) -> impl Iterator<Item = u32> {
        self.tickets_from(0)
    }

    /// The tickets of messages from this place on.
    pub(crate) fn tickets_from(&self, index: usize) -> impl Iterator<Item = u32> {
        let marks = self.marks.get(index..).unwrap_or_default();
        marks.iter().map(|mark| mark.ticket).filter(|ticket| *ticket != 0)
    }

    /// Empties it; it keeps at most `keep` bytes of its memory for lines.
    pub fn clear(&mut self, keep: usize) {
        self.lines.clear();
        self.lines.shrink_to(keep);
        self.words.clear();
        self.words.shrink_to(keep);
        self.marks.clear();
        self.worth = Worth::default();
    }
}

fn worth_of(marks: &[Mark]) -> Worth {
    marks.iter().fold(Worth::default(), |sum, mark| plus(sum, mark.worth))
}

fn plus(one: Worth, other: Worth) -> Worth {
    Worth { events: one.events.saturating_add(other.events), records: one.records.saturating_add(other.records) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label<'a>(id: &'a str, key: &'a [u8]) -> Label<'a> {
        Label {
            id,
            key,
            time_ms: 7,
            received_ms: 8,
            level: Level::Notice,
            worth: Worth { events: 1, records: 3 },
            ticket: 9,
        }
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let mut parcel = Parcel::default();
        let mut other = Parcel::default();
        parcel.push(&label("a", b"k"), |lines| lines.extend_from_slice(b"one\n"));
        other.push(&label("", b""), |lines| lines.extend_from_slice(b"two\nlines\n"));
        other.push(&label("b", b""), |_| {});
        parcel.append(&other);
        let shown: Vec<_> = parcel.messages().map(|m| (m.lines, m.text(), m.label)).collect();
        assert_eq!(
            shown,
            [
                (&b"one\n"[..], &b"one"[..], label("a", b"k")),
                (b"two\nlines\n", b"two\nlines", label("", b"")),
                (b"", b"", label("b", b"")),
            ]
        );
        assert_eq!((parcel.lines(), parcel.worth()), (&b"one\ntwo\nlines\n"[..], Worth { events: 3, records: 9 }));
        let mut copy = Parcel::default();
        parcel.messages().for_each(|message| copy.add(&message));
        assert!(copy.messages().eq(parcel.messages()));
        copy.clear(0);
        assert!(copy.is_empty() && copy.get(0).is_none() && copy.lines().is_empty());
    }
}
