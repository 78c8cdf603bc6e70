//! Messages on a TCP connection, as they are: lines, or with their length in front; with TLS where that is wanted.
//!
//! [`Settings`] in, a [`Sink`] out. Refuses nothing. What an acknowledgement means here is told in [`net::flow`](crate::net::flow).

use std::any::Any;
use std::io::Write as _;

use crate::net::{Address, Flow, Frames, Peer};
use crate::parcel::{Message, Parcel};
use crate::sink::{Done, Failure, Kind, Patience, Sink, Site, same};
use crate::tls;

/// How the receiver knows where a message ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// By its line feed; a message of several lines is several.
    #[default]
    Lines,
    /// `LENGTH SPACE MESSAGE`, the length in decimal (octet counting; RFC 6587, 3.4.1), the message without its last line feed.
    OctetCounted,
    /// Four bytes of length, the highest first, then the message without its last line feed.
    Length32,
}

impl Framing {
    /// Appends a message.
    pub fn write(self, message: &Message<'_>, out: &mut Vec<u8>) {
        let text = message.text();
        match self {
            Self::Lines => {
                out.extend_from_slice(text);
                out.push(b'\n');
            }
            Self::OctetCounted => {
                // A `Vec` takes all.
                let _ = write!(out, "{} ", text.len());
                out.extend_from_slice(text);
            }
            Self::Length32 => {
                // No message is 4 GiB: queues are not.
                out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
                out.extend_from_slice(text);
            }
        }
    }
}

/// Where to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The receiver.
    pub address: Address,
    /// How messages are kept apart.
    pub framing: Framing,
    /// What TLS is told; `None`: no TLS.
    pub tls: Option<tls::Settings>,
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let peer = Peer::Tcp(self.address.clone(), self.tls.clone());
        let flow = Flow::new(peer, site.stats.clone());
        Ok(Box::new(Tcp { framing: self.framing, flow, frames: Frames::default() }))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// The output.
#[derive(Debug)]
struct Tcp {
    framing: Framing,
    flow: Flow,
    frames: Frames,
}

impl Sink for Tcp {
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.flow.connect(patience)
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.frames.clear();
        for (index, message) in parcel.messages().enumerate() {
            if !done.is_done(index) {
                self.frames.push(index, |out| self.framing.write(&message, out));
            }
        }
        self.flow.deliver(&self.frames, done, patience)
    }

    fn tick(&mut self) -> Result<(), Failure> {
        self.flow.tick();
        Ok(())
    }

    fn close(&mut self, _: &Patience) -> Result<(), Failure> {
        self.flow.leave();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_framing_keeps_messages_apart() {
        let mut parcel = Parcel::default();
        for lines in [&b"one\n"[..], b"two\nlines\n", b"bare", b""] {
            parcel.push(&crate::parcel::Label::default(), |out| out.extend_from_slice(lines));
        }
        let framed = |framing: Framing| {
            let mut out = Vec::new();
            parcel.messages().for_each(|message| framing.write(&message, &mut out));
            String::from_utf8(out).unwrap()
        };
        assert_eq!(framed(Framing::Lines), "one\ntwo\nlines\nbare\n\n");
        assert_eq!(framed(Framing::OctetCounted), "3 one9 two\nlines4 bare0 ");
        assert_eq!(framed(Framing::Length32), "\0\0\0\u{3}one\0\0\0\u{9}two\nlines\0\0\0\u{4}bare\0\0\0\0");
    }
}
