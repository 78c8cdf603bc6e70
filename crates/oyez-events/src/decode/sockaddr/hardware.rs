//! Link-layer addresses, written the way people of their network write them.

use std::fmt;

/// How a link-layer address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `02:00:5e:10:00:01`, in the order of the bytes.
    Colons,
    /// The same, last byte first: Bluetooth's `bdaddr_t` is little-endian.
    Reversed,
    /// `N0CALL-7`: six characters and a station number, each shifted left by one bit (AX.25, section 3.12).
    Callsign,
    /// Ten decimal digits, two to a byte (X.121).
    Digits,
}

/// A link-layer address; [`fmt::Display`] writes it, and every byte of it can be told from what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardware<'a> {
    bytes: &'a [u8],
    style: Style,
}

impl<'a> Hardware<'a> {
    pub(super) fn new(bytes: &'a [u8], style: Style) -> Self {
        Hardware { bytes, style }
    }

    /// The bytes, in the order in which they were recorded.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl fmt::Display for Hardware<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.style, callsign(self.bytes)) {
            (Style::Callsign, Some((name, station))) => {
                name.iter().try_for_each(|byte| write!(f, "{}", char::from(byte >> 1)))?;
                if station > 0 { write!(f, "-{station}") } else { Ok(()) }
            }
            (Style::Colons | Style::Callsign, _) => colons(self.bytes.iter(), f),
            (Style::Reversed, _) => colons(self.bytes.iter().rev(), f),
            (Style::Digits, _) => self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

fn colons<'b>(bytes: impl Iterator<Item = &'b u8>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, byte) in bytes.enumerate() {
        write!(f, "{}{byte:02x}", if index > 0 { ":" } else { "" })?;
    }
    Ok(())
}

/// The name, still shifted and without the spaces at its end, and the station; `None` for what no station would send.
fn callsign(bytes: &[u8]) -> Option<(&[u8], u8)> {
    let (station, name) = bytes.split_last()?;
    let len = name.iter().rposition(|byte| *byte != b' ' << 1).map_or(0, |at| at + 1);
    let name = name.get(..len).filter(|name| !name.is_empty())?;
    let is_char = |byte: &u8| byte & 1 == 0 && (byte >> 1).is_ascii_alphanumeric() && !(byte >> 1).is_ascii_lowercase();
    (name.iter().all(is_char) && station & 0xe1 == 0).then_some((name, station >> 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], style: Style) -> String {
        Hardware::new(bytes, style).to_string()
    }

    #[test]
    fn each_style_writes_its_own_way() {
        assert_eq!(shown(&[2, 0, 0x5e, 0x10, 0, 1], Style::Colons), "02:00:5e:10:00:01");
        assert_eq!(shown(&[2, 0, 0x5e, 0x10, 0, 1], Style::Reversed), "01:00:10:5e:00:02");
        assert_eq!(shown(&[0x12, 0x34, 0x56, 0x78, 0x90], Style::Digits), "1234567890");
        assert_eq!(shown(&[], Style::Colons), "");
    }

    #[test]
    fn callsigns_are_read_and_what_is_none_stays_hex() {
        let shifted: Vec<u8> = b"N0CALL".iter().map(|b| b << 1).collect();
        assert_eq!(shown(&[&shifted[..], &[7 << 1]].concat(), Style::Callsign), "N0CALL-7");
        assert_eq!(shown(&[&shifted[..], &[0]].concat(), Style::Callsign), "N0CALL");
        let short: Vec<u8> = b"AB    ".iter().map(|b| b << 1).collect();
        assert_eq!(shown(&[&short[..], &[0]].concat(), Style::Callsign), "AB");
        assert_eq!(shown(&[&shifted[..], &[0x61]].concat(), Style::Callsign), "9c:60:86:82:98:98:61");
        assert_eq!(shown(&[0; 7], Style::Callsign), "00:00:00:00:00:00:00");
    }
}
