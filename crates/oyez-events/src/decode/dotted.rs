//! An IPv4 address → `192.0.2.1`, without the machinery of formatting: most addresses are of this kind.

use std::net::Ipv4Addr;

/// Four octets of up to three digits and three dots, and the room that the last octet is copied into.
const ROOM: usize = 16;

/// An address as text.
#[derive(Clone, Copy, Debug)]
pub struct Dotted {
    text: [u8; ROOM],
    len: usize,
}

impl Dotted {
    /// The text of `ip`, as its `Display` has it.
    #[inline]
    pub fn new(ip: Ipv4Addr) -> Self {
        let (mut text, mut at) = ([0; ROOM], 0);
        for octet in ip.octets() {
            let (digits, len) = OCTETS[usize::from(octet)];
            // At most four times four bytes.
            if let Some(place) = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
                *place = digits;
            }
            at += usize::from(len);
        }
        Dotted { text, len: at - 1 }
    }

    /// The text, and bytes of no meaning behind it.
    #[inline]
    pub fn chunk(&self) -> &[u8; ROOM] {
        &self.text
    }

    /// How many bytes of [`Dotted::chunk`] are the text.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "no address is empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

/// By octet: its digits and a dot, and how many bytes these are.
static OCTETS: [([u8; 4], u8); 256] = octets();

const fn octets() -> [([u8; 4], u8); 256] {
    let mut all = [([b'.'; 4], 0); 256];
    let mut octet = 0_u8;
    loop {
        let [high, middle, low] = [b'0' + octet / 100, b'0' + octet / 10 % 10, b'0' + octet % 10];
        all[octet as usize] = match octet {
            0..10 => ([low, b'.', 0, 0], 2),
            10..100 => ([middle, low, b'.', 0], 3),
            _ => ([high, middle, low, b'.'], 4),
        };
        if octet == u8::MAX {
            return all;
        }
        octet += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_at_every_place_is_written_as_display_writes_it() {
        for octet in 0..=u8::MAX {
            for octets in [[octet, 0, 255, 10], [255, octet, 255, 255], [1, 100, octet, 9], [255, 255, 255, octet]] {
                let (ip, dotted) = (Ipv4Addr::from(octets), Dotted::new(octets.into()));
                assert_eq!(dotted.as_bytes(), ip.to_string().as_bytes());
                assert_eq!(dotted.chunk().get(..dotted.len()), Some(dotted.as_bytes()));
            }
        }
    }
}
