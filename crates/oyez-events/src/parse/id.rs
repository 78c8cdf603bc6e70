//! The stamp of a record: `SEC.MS:SERIAL` → [`EventId`].

use crate::EventId;

/// The last second that RFC 3339 can write (9999-12-31T23:59:59Z); a stamp beyond it is no time.
const LAST_SECOND: u64 = 253_402_300_799;

/// Reads `SEC.MS:SERIAL)` at the start of `text`; returns the id and the length up to and without the `)`.
///
/// One to three digits of milliseconds are taken as a number of milliseconds: the kernel prints three, some of its
/// versions fewer for a clock near zero. Anything else is refused.
pub(super) fn read(text: &[u8]) -> Option<(EventId, usize)> {
    let (sec, at) = digits(text, 0, b'.', LAST_SECOND)?;
    let (ms, at) = digits(text, at, b':', 999)?;
    let (serial, at) = digits(text, at, b')', u64::from(u32::MAX))?;
    let id = EventId { sec, ms: u16::try_from(ms).ok()?, serial: u32::try_from(serial).ok()? };
    Some((id, at - 1))
}

/// Reads `SERIAL)` at the start of `text`; returns the serial and the length without the `)`.
pub(super) fn serial(text: &[u8]) -> Option<(u32, usize)> {
    let (serial, at) = digits(text, 0, b')', u64::from(u32::MAX))?;
    Some((u32::try_from(serial).ok()?, at - 1))
}

/// The number at `at` that ends with `stop`, at most `max`, which is below a tenth of what a `u64` holds; and where to go on behind `stop`.
fn digits(text: &[u8], at: usize, stop: u8, max: u64) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (i, byte) in text.get(at..)?.iter().enumerate().take(21) {
        match byte.wrapping_sub(b'0') {
            digit @ 0..=9 => value = value * 10 + u64::from(digit),
            _ if *byte == stop && i > 0 => return Some((value, at + i + 1)),
            _ => return None,
        }
        if value > max {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_prints_and_refuses_the_rest() {
        let ok = |text: &str, sec, ms, serial| {
            assert_eq!(read(text.as_bytes()), Some((EventId { sec, ms, serial }, text.find(')').unwrap())), "{text}");
        };
        ok("1626611363.720:348501): x", 1_626_611_363, 720, 348_501);
        ok("0.0:0)", 0, 0, 0);
        ok("253402300799.999:4294967295)", LAST_SECOND, 999, u32::MAX);
        for bad in ["", ")", ".:)", "1.2:3", "1:2.3)", "1.1000:1)", "1.1:4294967296)", "253402300800.0:1)", "1. 1:1)"] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(read(b"99999999999999999999999999.1:1)"), None);
    }
}
