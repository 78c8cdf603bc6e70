//! What one reader still has to get: messages in, as many bytes as its socket takes out. It never waits, and holds no more than
//! its queue's bound, what is being sent, and a line about what it missed.

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use super::{Full, Settings};
use crate::parcel::Label;

/// Bytes that are taken out of the queue to be sent: what is among them is not missed any more.
const PORTION: usize = 64 << 10;

/// What a message costs in the queue beside its bytes.
const ENTRY: usize = 16;

/// What a reader missed, since it was last told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Messages.
    pub messages: u64,
    /// Events among them.
    pub events: u64,
    /// When the last of them was received, in milliseconds since 1970-01-01 UTC.
    pub received_ms: u64,
}

impl Missed {
    fn add(&mut self, entry: &Entry) {
        self.messages += 1;
        self.events += u64::from(entry.events);
        self.received_ms = self.received_ms.max(entry.received_ms);
    }
}

#[derive(Debug)]
struct Entry {
    bytes: usize,
    events: u32,
    received_ms: u64,
}

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) stream: Arc<UnixStream>,
    /// Whole messages back to back, and what each is.
    queue: VecDeque<u8>,
    entries: VecDeque<Entry>,
    /// What is being sent, and how much of it was.
    portion: Vec<u8>,
    sent: usize,
    /// What it was not told yet that it missed.
    missed: Missed,
}

impl Reader {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            stream: Arc::new(stream),
            queue: VecDeque::new(),
            entries: VecDeque::new(),
            portion: Vec::new(),
            sent: 0,
            missed: Missed::default(),
        }
    }

    /// Whether it has all there is.
    pub(super) fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.sent == self.portion.len()
    }

    /// Puts a message in its queue; how many it missed by that.
    pub(super) fn offer(&mut self, bytes: &[u8], label: &Label<'_>, settings: &Settings) -> u64 {
        let entry = Entry { bytes: bytes.len(), events: label.worth.events, received_ms: label.received_ms };
        let before = self.missed.messages;
        let needed = bytes.len() + ENTRY;
        if settings.full == Full::Oldest && needed <= settings.queue {
            self.make_room(needed, settings.queue);
        }
        if self.held() + needed > settings.queue {
            self.missed.add(&entry);
        } else {
            self.queue.extend(bytes);
            self.entries.push_back(entry);
        }
        self.missed.messages - before
    }

    fn held(&self) -> usize {
        self.queue.len() + self.entries.len() * ENTRY
    }

    fn make_room(&mut self, needed: usize, limit: usize) {
        let (mut held, mut bytes, mut count) = (self.held(), 0, 0);
        while held + needed > limit {
            let Some(entry) = self.entries.get(count) else { break };
            held -= entry.bytes + ENTRY;
            bytes += entry.bytes;
            count += 1;
            self.missed.add(entry);
        }
        self.queue.drain(..bytes);
        self.entries.drain(..count);
    }

    /// Sends what its socket takes.
    pub(super) fn write(&mut self, output: &str, settings: &Settings) -> io::Result<()> {
        loop {
            if self.sent == self.portion.len() && !self.load(output, settings) {
                return Ok(());
            }
            let rest = self.portion.get(self.sent..).unwrap_or_default();
            match send(&self.stream, rest, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(count) => self.sent += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The next portion; `false` when there is none.
    fn load(&mut self, output: &str, settings: &Settings) -> bool {
        self.portion.clear();
        self.portion.shrink_to(PORTION);
        self.sent = 0;
        // The gap is in front of what waits, or behind it.
        let is_here = settings.full == Full::Oldest || self.entries.is_empty();
        if self.missed.messages > 0 && is_here {
            let missed = std::mem::take(&mut self.missed);
            if let Some(line) = settings.missed {
                line.0(output, &missed, &mut self.portion);
            }
        }
        let (mut bytes, mut count) = (0, 0);
        while let Some(entry) = self.entries.get(count)
            && (bytes == 0 || bytes + entry.bytes <= PORTION)
        {
            bytes += entry.bytes;
            count += 1;
        }
        self.entries.drain(..count);
        self.portion.extend(self.queue.drain(..bytes));
        !self.portion.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::spool::Worth;
    use crate::unix::MissedLine;

    fn settings(full: Full) -> Settings {
        let line = MissedLine(|output, missed, out| {
            out.extend_from_slice(format!("{output} missed {} {}\n", missed.messages, missed.events).as_bytes());
        });
        Settings { full, queue: 10 * (6 + ENTRY), missed: Some(line), ..Settings::at("/run/x") }
    }

    fn offer(reader: &mut Reader, number: u32, settings: &Settings) -> u64 {
        let label = Label { worth: Worth { events: 2, records: 2 }, received_ms: number.into(), ..Label::default() };
        reader.offer(format!("{number:05}\n").as_bytes(), &label, settings)
    }

    fn got(ours: Reader, mut theirs: UnixStream) -> String {
        drop(ours);
        let mut text = String::new();
        theirs.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_oldest_are_missed_and_that_is_said_in_front_of_the_rest() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut reader, settings) = (Reader::new(ours), settings(Full::Oldest));
        let missed: u64 = (0..15).map(|number| offer(&mut reader, number, &settings)).sum();
        assert_eq!((missed, reader.missed), (5, Missed { messages: 5, events: 10, received_ms: 4 }));
        reader.write("unix", &settings).unwrap();
        assert!(reader.is_idle());
        let text = got(reader, theirs);
        assert!(text.starts_with("unix missed 5 10\n00005\n") && text.ends_with("00014\n"), "{text}");
    }

    #[test]
    fn the_newest_are_missed_and_that_is_said_behind_the_others() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut reader, settings) = (Reader::new(ours), settings(Full::Newest));
        let missed: u64 = (0..15).map(|number| offer(&mut reader, number, &settings)).sum();
        assert_eq!(missed, 5);
        reader.write("unix", &settings).unwrap();
        offer(&mut reader, 15, &settings);
        reader.write("unix", &settings).unwrap();
        assert!(got(reader, theirs).ends_with("00009\nunix missed 5 10\n00015\n"));
    }

    #[test]
    fn a_message_larger_than_the_queue_is_missed_alone() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut reader, settings) = (Reader::new(ours), settings(Full::Oldest));
        offer(&mut reader, 1, &settings);
        assert_eq!(reader.offer(&[b'x'; 1000], &Label::default(), &settings), 1);
        reader.write("unix", &settings).unwrap();
        assert_eq!(got(reader, theirs), "unix missed 1 0\n00001\n");
    }

    #[test]
    fn what_a_full_socket_does_not_take_waits_in_order() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let settings = Settings { queue: 4 << 20, ..settings(Full::Oldest) };
        let mut reader = Reader::new(ours);
        assert_eq!((0..100_000).map(|number| offer(&mut reader, number, &settings)).sum::<u64>(), 0);
        let mut text = Vec::new();
        let mut bytes = [0; 7777];
        while !reader.is_idle() {
            reader.write("unix", &settings).unwrap();
            let count = theirs.read(&mut bytes).unwrap();
            text.extend_from_slice(&bytes[..count]);
        }
        drop(reader);
        theirs.read_to_end(&mut text).unwrap();
        let all: Vec<_> = (0..100_000).map(|number| format!("{number:05}\n")).collect();
        assert!(text == all.concat().as_bytes());
    }
}
