//! Blocks of bytes → lines, in one buffer that is used again and again; a line is handed out where it lies.
//!
//! A line ends with LF or CR LF, which are not part of it. One longer than [`MAX_LINE`] comes out cut and the rest of it
//! is passed over, so that no input can make the buffer grow without bound.

use std::io::{self, Read};

use oyez_events::parse::TAIL_MARK;

/// The most that is kept of one line, in bytes. The kernel's records hold at most 8,970 (`MAX_AUDIT_MESSAGE_LENGTH`,
/// linux/audit.h).
pub const MAX_LINE: usize = 1 << 20;

/// How much is read at once, in bytes: it fits a core's own cache.
const BLOCK: usize = 256 << 10;

/// One line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its bytes, or the first [`MAX_LINE`] of them.
    pub bytes: &'a [u8],
    /// Whether it was longer.
    pub cut: bool,
    /// Its number in its file, from 1.
    pub number: u64,
    /// It is known not to hold byte 0x1d, before which auditd puts its names; `false` says nothing.
    pub is_unmarked: bool,
}

/// The buffer in which lines are found.
#[derive(Debug)]
pub struct LineReader {
    buffer: Vec<u8>,
    /// What lies before was handed out.
    start: usize,
    /// No line end lies between `start` and here.
    searched: usize,
    /// What lies behind is not input.
    end: usize,
    /// The start of this line was handed out as cut; its rest is passed over.
    passing_over: bool,
    number: u64,
    /// A mark lies between `start` and `searched`.
    is_marked: bool,
}

impl Default for LineReader {
    fn default() -> Self {
        LineReader {
            buffer: vec![0; BLOCK],
            start: 0,
            searched: 0,
            end: 0,
            passing_over: false,
            number: 0,
            is_marked: false,
        }
    }
}

impl LineReader {
    /// An empty one.
    pub fn new() -> Self {
        LineReader::default()
    }

    /// Reads up to a block from `source` behind what is here; returns how much, 0 at the end of `source`. Lines that were
    /// handed out are gone.
    ///
    /// # Errors
    /// Those of `source`, save [`io::ErrorKind::Interrupted`].
    pub fn fill(&mut self, source: &mut (impl Read + ?Sized)) -> io::Result<usize> {
        self.make_room();
        let stop = self.buffer.len().min(self.end + BLOCK);
        let room = &mut self.buffer[self.end..stop];
        loop {
            match source.read(room) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next whole line, if there is one.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        loop {
            let Some(stop) = self.find_end() else { return self.unfinished() };
            let start = self.start;
            (self.start, self.searched) = (stop + 1, stop + 1);
            let is_unmarked = !std::mem::take(&mut self.is_marked);
            if !std::mem::take(&mut self.passing_over) {
                return Some(Line { is_unmarked, ..self.hand_out(start, stop) });
            }
        }
    }

    /// Where the next line ends. The mark is looked for on the way: a search of its own would cost as much again.
    #[inline]
    fn find_end(&mut self) -> Option<usize> {
        let rest = &self.buffer[self.searched..self.end];
        let at = if self.is_marked { memchr::memchr(b'\n', rest)? } else { memchr::memchr2(b'\n', TAIL_MARK, rest)? };
        let stop = self.searched + at;
        if rest[at] == b'\n' {
            return Some(stop);
        }
        self.is_marked = true;
        self.searched = stop;
        Some(stop + memchr::memchr(b'\n', &rest[at..])?)
    }

    /// What is left when nothing follows: a last line without its end.
    pub fn last_line(&mut self) -> Option<Line<'_>> {
        let (start, stop) = (self.start, self.end);
        (self.start, self.searched) = (stop, stop);
        self.is_marked = false;
        let passing_over = std::mem::take(&mut self.passing_over);
        (start < stop && !passing_over).then(|| self.hand_out(start, stop))
    }

    /// Begins to count anew, for another file.
    pub fn restart_numbers(&mut self) {
        self.number = 0;
    }

    /// No line end is in sight: hands the line out cut once it is too long, and forgets it.
    fn unfinished(&mut self) -> Option<Line<'_>> {
        let (start, stop) = (self.start, self.end);
        self.searched = stop;
        if self.passing_over {
            self.start = stop;
            return None;
        }
        if stop - start <= MAX_LINE {
            return None;
        }
        self.start = stop;
        self.passing_over = true;
        Some(self.hand_out(start, stop))
    }

    fn hand_out(&mut self, start: usize, stop: usize) -> Line<'_> {
        self.number += 1;
        let (line, number) = (&self.buffer[start..stop], self.number);
        if line.len() > MAX_LINE {
            return Line { bytes: &line[..MAX_LINE], cut: true, number, is_unmarked: false };
        }
        Line { bytes: line.strip_suffix(b"\r").unwrap_or(line), cut: false, number, is_unmarked: false }
    }

    /// Moves what is unfinished to the front; makes the buffer larger where that leaves too little room to read well.
    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.searched -= self.start;
        self.start = 0;
        if self.end > self.buffer.len() / 2 {
            self.buffer.resize((2 * self.buffer.len()).min(MAX_LINE + BLOCK), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most so many bytes at once.
    struct Sips<'a>(&'a [u8], usize);

    impl Read for Sips<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(room.len());
            self.0.read(&mut room[..count])
        }
    }

    fn lines(input: &[u8], sip: usize) -> Vec<(Vec<u8>, bool)> {
        let (mut reader, mut source, mut found) = (LineReader::new(), Sips(input, sip), Vec::new());
        while reader.fill(&mut source).unwrap() > 0 {
            while let Some(line) = reader.next_line() {
                found.push((line.bytes.to_vec(), line.cut));
            }
        }
        found.extend(reader.last_line().map(|line| (line.bytes.to_vec(), line.cut)));
        assert!(reader.buffer.len() <= MAX_LINE + BLOCK);
        assert_eq!(reader.number, found.len() as u64);
        found
    }

    fn whole(texts: &[&str]) -> Vec<(Vec<u8>, bool)> {
        texts.iter().map(|text| (text.as_bytes().to_vec(), false)).collect()
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        for sip in [1, 2, 3, 7, BLOCK] {
            assert_eq!(lines(b"", sip), []);
            assert_eq!(lines(b"one\ntwo\n\nthree", sip), whole(&["one", "two", "", "three"]));
            assert_eq!(lines(b"one\r\ntwo\rx\r\n\r\n", sip), whole(&["one", "two\rx", ""]));
            assert_eq!(lines(b"torn\r", sip), whole(&["torn"]));
        }
    }

    #[test]
    fn lines_are_unmarked_only_where_they_hold_no_mark() {
        for sip in [1, 2, 3, 7, BLOCK] {
            let input = b"one\ntwo\x1d\nthree\n\x1d\x1d\n\n\x1dsix\nseven";
            let (mut reader, mut source, mut found) = (LineReader::new(), Sips(input, sip), Vec::new());
            while reader.fill(&mut source).unwrap() > 0 {
                while let Some(line) = reader.next_line() {
                    found.push(line.is_unmarked);
                }
            }
            assert_eq!(found, [true, false, true, false, true, false], "{sip}");
            assert!(!reader.last_line().unwrap().is_unmarked);
        }
    }

    #[test]
    fn a_line_of_the_longest_length_is_whole() {
        let mut input = vec![b'x'; MAX_LINE];
        input.extend_from_slice(b"\nnext\n");
        let found = lines(&input, 100_000);
        assert_eq!((found[0].0.len(), found[0].1), (MAX_LINE, false));
        assert_eq!(found[1..], whole(&["next"]));
    }

    #[test]
    fn a_longer_line_is_cut_and_its_rest_passed_over() {
        for length in [MAX_LINE + 1, 3 * MAX_LINE, MAX_LINE + BLOCK, 9 * MAX_LINE + 5] {
            for sip in [99_991, BLOCK] {
                let mut input = b"first\n".to_vec();
                input.resize(input.len() + length, b'x');
                let torn = lines(&input, sip);
                input.extend_from_slice(b"\nnext\nlast");
                let found = lines(&input, sip);
                assert_eq!((found[1].0.len(), found[1].1), (MAX_LINE, true));
                assert_eq!(torn[1], found[1]);
                assert_eq!(found[2..], whole(&["next", "last"]));
            }
        }
    }

    #[test]
    fn an_error_leaves_what_was_read() {
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
        let mut reader = LineReader::new();
        reader.fill(&mut &b"one\ntw"[..]).unwrap();
        assert!(reader.fill(&mut Breaks).is_err());
        assert_eq!(reader.next_line().unwrap().bytes, b"one");
        assert_eq!(reader.last_line().unwrap().bytes, b"tw");
        assert_eq!(reader.last_line(), None);
    }

    #[test]
    fn numbers_begin_anew_when_told() {
        let mut reader = LineReader::new();
        reader.fill(&mut &b"a\nb\n"[..]).unwrap();
        assert_eq!([reader.next_line().unwrap().number, reader.next_line().unwrap().number], [1, 2]);
        reader.restart_numbers();
        reader.fill(&mut &b"c\n"[..]).unwrap();
        assert_eq!(reader.next_line().unwrap().number, 1);
    }
}
