//! What events are told apart by: some of what they say, in few bytes.
//!
//! Events of one shape count as one row of the table. A shape is written as bytes, so that looking one up allocates nothing, and
//! read again at the end. Parts can be forgotten, the most various first ([`forget`]).

use crate::stays::Stays;

/// A part of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The type of the first record; of events without a system call alone it is a condition.
    Kind,
    /// The keys of the rules that matched, a list.
    Keys,
    /// The system call's name.
    Call,
    /// Its architecture.
    Arch,
    /// The program, behind a byte of [`Who`].
    Who,
    /// What a program names, behind the place of its field in [`CLAIMS`].
    What,
    /// The folders of all paths, three names deep at most, a list.
    Dirs,
    /// The parent's program.
    Parent,
    /// Who logged in, in decimal.
    Auid,
}

/// The fields a [`Part::What`] may be of, the first that is there.
pub(crate) const CLAIMS: [&str; 2] = ["claimed.unit", "claimed.op"];

/// How many parts there are.
pub(crate) const PARTS: usize = 9;

/// How a program is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    /// Its file, as the kernel says.
    Exe,
    /// Its file, as it says itself.
    ClaimedExe,
    /// Its name, as the kernel says.
    Comm,
    /// Its name, as it says itself.
    ClaimedComm,
}

impl Who {
    pub(crate) const ALL: [Who; 4] = [Who::Exe, Who::ClaimedExe, Who::Comm, Who::ClaimedComm];

    /// The field it is in.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Who::Exe => "exe",
            Who::ClaimedExe => "claimed.exe",
            Who::Comm => "comm",
            Who::ClaimedComm => "claimed.comm",
        }
    }
}

/// What an event says beside the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Why it must stay, if it must.
    pub(crate) stays: Option<Stays>,
    /// Its `result` is `success`.
    pub(crate) succeeded: bool,
    /// One of its paths is a name that drops below a folder leave alone.
    pub(crate) is_guarded: bool,
}

/// The most bytes of one text: `PATH_MAX` (linux/limits.h). A part with a longer one is forgotten from the start.
const MAX_TEXT: usize = 4096;
/// The length that stands for a part that was forgotten.
const FORGOTTEN: u16 = u16::MAX;
/// The most bytes of a part.
const MAX_PART: usize = 16 << 10;

/// Writes a shape.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    at: usize,
}

impl Writer {
    /// Begins a new one.
    pub(crate) fn begin(&mut self) {
        self.bytes.clear();
        self.bytes.extend_from_slice(&[0, 0]);
    }

    /// Begins the next part; parts come in their order, each once.
    pub(crate) fn open(&mut self) {
        self.at = self.bytes.len();
        self.bytes.extend_from_slice(&[0, 0]);
    }

    /// Appends to the open part.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends an element to the open part, a list.
    pub(crate) fn element(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(MAX_PART);
        self.push(&u16::try_from(len).unwrap_or(0).to_le_bytes());
        self.push(bytes.get(..len).unwrap_or_default());
    }

    /// What the open part holds.
    pub(crate) fn part(&self) -> &[u8] {
        self.bytes.get(self.at + 2..).unwrap_or_default()
    }

    /// What was written so far, the open part included.
    pub(crate) fn so_far(&self) -> &[u8] {
        self.bytes.get(2..).unwrap_or_default()
    }

    /// Forgets the open part.
    pub(crate) fn forget(&mut self) {
        self.bytes.truncate(self.at + 2);
        self.set_len(FORGOTTEN);
    }

    /// Ends the open part; one that is too long is forgotten.
    pub(crate) fn close(&mut self) {
        let len = self.part().len();
        match u16::try_from(len) {
            Ok(len) if usize::from(len) <= MAX_PART => self.set_len(len),
            _ => self.forget(),
        }
    }

    /// Writes a part of one text.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.open();
        if text.len() > MAX_TEXT {
            return self.forget();
        }
        self.push(text);
        self.close();
    }

    /// Ends the shape.
    pub(crate) fn end(&mut self, flags: Flags) -> &[u8] {
        let bits = u8::from(flags.succeeded) | u8::from(flags.is_guarded) << 1;
        if let Some(head) = self.bytes.get_mut(..2) {
            head.copy_from_slice(&[flags.stays.map_or(0, Stays::number), bits]);
        }
        &self.bytes
    }

    fn set_len(&mut self, len: u16) {
        if let Some(place) = self.bytes.get_mut(self.at..self.at + 2) {
            place.copy_from_slice(&len.to_le_bytes());
        }
    }
}

/// A shape that was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'a> {
    pub(crate) flags: Flags,
    /// `None` for what was forgotten; empty for what the event does not say.
    parts: [Option<&'a [u8]>; PARTS],
}

impl<'a> Shape<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        let (head, mut rest) = bytes.split_at_checked(2).unwrap_or_default();
        let (stays, bits) = (head.first().copied().unwrap_or(0), head.get(1).copied().unwrap_or(0));
        let flags = Flags { stays: Stays::from_number(stays), succeeded: bits & 1 != 0, is_guarded: bits & 2 != 0 };
        let parts = std::array::from_fn(|_| {
            let (len, behind) = length(rest)?;
            if len == FORGOTTEN {
                rest = behind;
                return None;
            }
            let (part, behind) = behind.split_at_checked(usize::from(len))?;
            rest = behind;
            Some(part)
        });
        Shape { flags, parts }
    }

    /// A part; `None` for one that was forgotten, empty for one that the event does not say.
    pub(crate) fn part(&self, part: Part) -> Option<&'a [u8]> {
        self.parts.get(part as usize).copied().flatten()
    }

    /// Whether anything was forgotten.
    pub(crate) fn is_coarse(&self) -> bool {
        self.parts.iter().any(Option::is_none)
    }

    /// The elements of a part that is a list.
    pub(crate) fn list(&self, part: Part) -> Option<Elements<'a>> {
        self.part(part).map(Elements)
    }

    /// The program.
    pub(crate) fn who(&self) -> Option<(Who, &'a [u8])> {
        let (tag, text) = self.part(Part::Who)?.split_first()?;
        Some((Who::ALL.into_iter().find(|who| *who as u8 == *tag)?, text))
    }

    /// What a program names, and the field it does so in.
    pub(crate) fn claim(&self) -> Option<(&'static str, &'a [u8])> {
        let (tag, text) = self.part(Part::What)?.split_first()?;
        Some((CLAIMS.get(usize::from(*tag))?, text))
    }
}

/// The elements of a list.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (len, behind) = length(self.0)?;
        let (element, rest) = behind.split_at_checked(usize::from(len))?;
        self.0 = rest;
        Some(element)
    }
}

fn length(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    Some((u16::from_le_bytes(*len), rest))
}

/// What is forgotten one after the other, the most various first. The flags never are.
pub(crate) const STEPS: [&[Part]; 5] = [
    &[Part::Dirs],
    &[Part::Dirs, Part::Parent, Part::What, Part::Auid],
    &[Part::Dirs, Part::Parent, Part::What, Part::Auid, Part::Who],
    &[Part::Dirs, Part::Parent, Part::What, Part::Auid, Part::Who, Part::Call, Part::Arch],
    &[Part::Dirs, Part::Parent, Part::What, Part::Auid, Part::Who, Part::Call, Part::Arch, Part::Keys, Part::Kind],
];

/// The same shape without `parts`.
pub(crate) fn forget(bytes: &[u8], parts: &[Part]) -> Box<[u8]> {
    let shape = Shape::read(bytes);
    let mut writer = Writer::default();
    writer.begin();
    for (index, part) in shape.parts.iter().enumerate() {
        match part {
            Some(text) if !parts.iter().any(|gone| *gone as usize == index) => {
                writer.open();
                writer.push(text);
                writer.close();
            }
            _ => {
                writer.open();
                writer.forget();
            }
        }
    }
    writer.end(shape.flags).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(writer: &mut Writer) -> Vec<u8> {
        writer.begin();
        writer.text(b"SYSCALL");
        writer.open();
        writer.element(b"net");
        writer.element(b"");
        writer.close();
        for text in [&b"openat"[..], b"x86_64", b"\0/bin/true", b"", b"", b"/bin/sh", &[b'x'; MAX_TEXT + 1]] {
            writer.text(text);
        }
        let flags = Flags { stays: Some(Stays::Login), succeeded: true, is_guarded: false };
        writer.end(flags).to_vec()
    }

    #[test]
    fn a_shape_is_read_as_it_was_written() {
        let bytes = shape(&mut Writer::default());
        let shape = Shape::read(&bytes);
        assert_eq!(shape.part(Part::Kind), Some(&b"SYSCALL"[..]));
        assert_eq!(shape.list(Part::Keys).unwrap().collect::<Vec<_>>(), [&b"net"[..], b""]);
        assert_eq!(shape.who(), Some((Who::Exe, &b"/bin/true"[..])));
        assert_eq!((shape.part(Part::Dirs), shape.part(Part::Auid)), (Some(&b""[..]), None));
        assert_eq!(shape.flags, Flags { stays: Some(Stays::Login), succeeded: true, is_guarded: false });
        assert!(shape.is_coarse());
    }

    #[test]
    fn what_is_forgotten_is_gone_and_the_rest_stays() {
        let mut bytes: Box<[u8]> = shape(&mut Writer::default()).into();
        for step in STEPS {
            bytes = forget(&bytes, step);
            let shape = Shape::read(&bytes);
            assert!(step.iter().all(|part| shape.part(*part).is_none()));
            assert_eq!(shape.part(Part::Kind).is_some(), !step.contains(&Part::Kind));
            assert_eq!(shape.flags.stays, Some(Stays::Login));
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        for len in 0..40 {
            let shape = Shape::read(&[7; 40][..len]).list(Part::Keys).into_iter().flatten().count();
            assert!(shape < 40);
        }
    }
}
