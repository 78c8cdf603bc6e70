//! What an event is called for ever: machine, boot, time, serial and part in one word, so that receivers can drop doubles.
//!
//! [`Ids`] and an event's stamp in, `1f2e3d4c5b6a-0123456789ab-1795321211.360-348501` out; a late part has `.N` behind it, an
//! event of oyez's own `nN` for the serial. Only letters, digits, `-` and `.`: it needs no escape anywhere. Refuses nothing.

use std::sync::Arc;

use oyez_events::notice::Notice;
use oyez_events::{Event, EventId};

use crate::number;
use crate::out::Out;

/// Room for all before the serial, and a power of two: it is copied in one step.
const LEN: usize = 64;
/// Bytes of a machine's and a boot's names that count.
const HALF: usize = 12;

/// What all ids of one machine since one boot begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids(Arc<str>);

impl Ids {
    /// For the machine and the boot with these names, of which the first twelve letters and digits count.
    pub fn of(machine: &str, boot: &str) -> Self {
        let short = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).take(HALF).collect::<String>();
        Self(format!("{}-{}-", short(machine), short(boot)).into())
    }
}

/// Writes ids; remembers the last second, since events mostly share it.
#[derive(Clone, Debug)]
pub struct IdWriter {
    text: [u8; LEN],
    /// Where the second begins.
    start: usize,
    /// Where it ends.
    end: usize,
    sec: Option<u64>,
    scratch: Out,
}

impl IdWriter {
    /// Writes those of this machine and boot.
    pub fn new(ids: &Ids) -> Self {
        let (mut text, start) = ([0; LEN], ids.0.len().min(2 * HALF + 2));
        for (place, byte) in text.iter_mut().zip(ids.0.bytes().take(start)) {
            *place = byte;
        }
        Self { text, start, end: start, sec: None, scratch: Out::default() }
    }

    /// Appends the id of `event`.
    pub fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        self.written(out, |ids, written| ids.stamp(event.id(), event.part(), written));
    }

    /// Appends the id of `notice`.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        self.written(out, |ids, written| ids.stamp_of(notice, written));
    }

    fn written(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut Self, &mut Out)) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        write(self, &mut scratch);
        out.extend_from_slice(scratch.written());
        self.scratch = scratch;
    }

    /// Appends the id of `notice`.
    pub(crate) fn stamp_of(&mut self, notice: &Notice<'_>, out: &mut Out) {
        let (text, len) = self.front(notice.sec, notice.ms);
        out.chunk(text, len);
        out.push(b'n');
        number::decimal(out, notice.number);
    }

    /// Appends the id of the event with this stamp, or of a late part of it.
    pub(crate) fn stamp(&mut self, id: EventId, part: u32, out: &mut Out) {
        let (text, len) = self.front(id.sec, id.ms);
        out.chunk(text, len);
        number::decimal(out, id.serial.into());
        if part > 0 {
            out.push(b'.');
            number::decimal(out, part.into());
        }
    }

    /// All before the serial, and how long that is.
    fn front(&mut self, sec: u64, ms: u16) -> (&[u8; LEN], usize) {
        if self.sec != Some(sec) {
            let mut digits = Out::default();
            number::decimal(&mut digits, sec);
            for (place, digit) in self.text.iter_mut().skip(self.start).zip(digits.written()) {
                *place = *digit;
            }
            (self.end, self.sec) = (self.start + digits.len(), Some(sec));
        }
        let digit = |value: u16| b'0' + (value % 10) as u8;
        if let Some(place) = self.text.get_mut(self.end..).and_then(<[u8]>::first_chunk_mut::<5>) {
            *place = [b'.', digit(ms / 100), digit(ms / 10), digit(ms), b'-'];
        }
        (&self.text, self.end + 5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_machine_boot_time_serial_and_part() {
        let ids = Ids::of("1f2e3d4c5b6a7988", "01234567-89ab-cdef-0123-456789abcdef");
        let (mut writer, mut out) = (IdWriter::new(&ids), Out::default());
        for (sec, ms, serial, part) in
            [(1, 7, 0, 0), (1, 70, 1, 2), (1_795_321_211, 360, u32::MAX, 0), (9, 999, 1, 1), (u64::MAX, 0, 7, u32::MAX)]
        {
            writer.stamp(EventId { sec, ms, serial }, part, &mut out);
            out.push(b' ');
        }
        let shown = [(1, 1), (1_795_321_211, u64::MAX)].map(|(sec, number)| {
            let (notice, mut text) = (Notice { sec, ms: 5, number, kind: "OYEZ_START", fields: &[] }, Vec::new());
            writer.notice(&notice, &mut text);
            String::from_utf8(text).unwrap()
        });
        let all = String::from_utf8(out.written().to_vec()).unwrap().replace("1f2e3d4c5b6a-0123456789ab-", "@");
        assert_eq!(
            all,
            "@1.007-0 @1.070-1.2 @1795321211.360-4294967295 @9.999-1.1 @18446744073709551615.000-7.4294967295 "
        );
        assert_eq!(shown[0], "1f2e3d4c5b6a-0123456789ab-1.005-n1");
        assert_eq!(shown[1], "1f2e3d4c5b6a-0123456789ab-1795321211.005-n18446744073709551615");
    }

    #[test]
    fn names_that_are_none_make_ids_that_are_some() {
        let (mut writer, mut out) = (IdWriter::new(&Ids::of("\u{fc}\"\n", "")), Out::default());
        writer.stamp(EventId { sec: 1, ms: 2, serial: 3 }, 0, &mut out);
        assert_eq!(out.written(), b"--1.002-3");
    }
}
