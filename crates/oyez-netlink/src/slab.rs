//! The messages of one receive, and the count of what came and what was refused.
//!
//! Datagrams in (filled by [`DataSocket::receive`](crate::DataSocket::receive)), [`Message`]s and [`Received`] out, with
//! nothing allocated after construction. Leaves out, and counts, what the kernel did not send or cut short.

use std::ops::AddAssign;

use crate::message::{Class, Message, classify};
use crate::sys::mailbox::Mailbox;

/// Bytes of one slot: more than any record has (`MAX_AUDIT_MESSAGE_LENGTH` is 8970, libaudit.h), header included.
pub const SLOT_BYTES: usize = 9 * 1024;

/// Room for the messages of one receive. Nothing is allocated after construction.
pub struct Slab(pub(crate) Mailbox);

impl Slab {
    /// Room for `messages` at once (at least one), [`SLOT_BYTES`] each; memory is touched as slots are first filled.
    pub fn new(messages: usize) -> Self {
        Self(Mailbox::new(messages.max(1), SLOT_BYTES))
    }

    /// The messages of the last receive. What was refused is left out; [`Received`] has counted it.
    pub fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.classes().filter_map(|class| match class {
            Class::Message(message) => Some(message),
            _ => None,
        })
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        let datagrams = (0..self.0.filled()).filter_map(|index| self.0.datagram(index));
        datagrams.map(|datagram| classify(datagram.bytes, datagram.sender, datagram.truncated))
    }
}

/// What one receive brought, or with `+=` what several did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Datagrams of any sort: records, answers, and what was refused.
    pub datagrams: u64,
    /// Records among them.
    pub records: u64,
    /// Records whose end is missing, because they were longer than a slot.
    pub truncated: u64,
    /// Datagrams that another process sent; dropped.
    pub spoofed: u64,
    /// Datagrams shorter than their header; dropped.
    pub malformed: u64,
    /// The kernel's messages that are neither records nor answers; dropped.
    pub ignored: u64,
    /// Times the kernel said that the receive buffer was full (ENOBUFS): on unicast an attempt that it will repeat, on
    /// multicast one record or more that are gone. See
    /// [`DataSocket::drops`](crate::DataSocket::drops) for how many.
    pub overruns: u64,
    /// The slab was filled: there may be more.
    pub more: bool,
}

impl Received {
    pub(crate) fn count(&mut self, class: &Class<'_>) {
        self.datagrams += 1;
        match class {
            Class::Message(Message::Record { truncated, .. }) => {
                self.records += 1;
                self.truncated += u64::from(*truncated);
            }
            Class::Message(_) => {}
            Class::Spoofed => self.spoofed += 1,
            Class::Malformed => self.malformed += 1,
            Class::Ignored => self.ignored += 1,
        }
    }
}

impl AddAssign for Received {
    fn add_assign(&mut self, other: Self) {
        self.datagrams += other.datagrams;
        self.records += other.records;
        self.truncated += other.truncated;
        self.spoofed += other.spoofed;
        self.malformed += other.malformed;
        self.ignored += other.ignored;
        self.overruns += other.overruns;
        self.more = other.more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{self, message};

    fn record(kind: u16, text: &[u8]) -> Vec<u8> {
        message(kind, 0, 0, text)
    }

    #[test]
    fn every_sort_of_datagram_is_counted_where_it_belongs() {
        let bytes = [
            record(1300, b"a"),
            record(1320, b""),
            message(protocol::NLMSG_ERROR, 0, 1, &[0; 4]),
            message(protocol::AUDIT_REPLACE, 0, 0, &[0; 4]),
            message(protocol::NLMSG_DONE, 0, 0, &[]),
            vec![0; 15],
        ];
        let mut received = Received::default();
        for bytes in &bytes {
            received.count(&classify(bytes, 0, false));
        }
        received.count(&classify(&bytes[0], 0, true));
        received.count(&classify(&bytes[0], 99, false));
        let expected = Received {
            datagrams: 8,
            records: 3,
            truncated: 1,
            spoofed: 1,
            malformed: 1,
            ignored: 1,
            ..Received::default()
        };
        assert_eq!(received, expected);
        let mut sum = received;
        sum += Received { overruns: 2, more: true, ..received };
        assert_eq!((sum.datagrams, sum.records, sum.overruns, sum.more), (16, 6, 2, true));
    }

    #[test]
    fn a_slab_that_received_nothing_has_no_messages() {
        assert_eq!(Slab::new(0).messages().count(), 0);
        assert_eq!(Slab::new(256).messages().count(), 0);
    }

    #[test]
    fn a_slab_can_be_made_here_and_filled_there() {
        fn may_be_sent<T: Send>(_: &T) {}
        may_be_sent(&Slab::new(1));
    }
}
