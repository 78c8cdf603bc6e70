//! On a pair of Unix sockets, which take batched reads and filters as netlink sockets do, without any right.

use std::os::unix::net::UnixDatagram;

use super::mailbox::{Mailbox, Senders};
use super::*;
use crate::filter;
use crate::protocol::message;

fn pair() -> (UnixDatagram, Socket) {
    let (sender, receiver) = UnixDatagram::pair().unwrap();
    (sender, Socket(receiver.into()))
}

fn received(mailbox: &Mailbox) -> Vec<(Vec<u8>, bool)> {
    let datagrams = (0..mailbox.filled()).filter_map(|index| mailbox.datagram(index));
    datagrams.map(|datagram| (datagram.bytes.to_vec(), datagram.truncated)).collect()
}

#[test]
fn datagrams_come_in_order_as_many_as_there_are_slots() {
    let (sender, socket) = pair();
    let mut mailbox = Mailbox::new(2, 16);
    for text in ["one", "", "three"] {
        sender.send(text.as_bytes()).unwrap();
    }
    assert_eq!(mailbox.receive(&socket, Senders::Any).unwrap(), 2);
    assert_eq!(received(&mailbox), [(b"one".to_vec(), false), (Vec::new(), false)]);
    assert_eq!(mailbox.receive(&socket, Senders::Any).unwrap(), 1);
    assert_eq!(received(&mailbox), [(b"three".to_vec(), false)]);
    assert!(mailbox.datagram(1).is_none(), "nothing is left of the receive before");
}

#[test]
fn a_datagram_longer_than_its_slot_is_cut_and_says_so() {
    let (sender, socket) = pair();
    let mut mailbox = Mailbox::new(3, 16);
    for length in [16, 17, 3] {
        sender.send(&vec![b'x'; length]).unwrap();
    }
    mailbox.receive(&socket, Senders::Any).unwrap();
    let lengths: Vec<_> = received(&mailbox).iter().map(|(bytes, truncated)| (bytes.len(), *truncated)).collect();
    assert_eq!(lengths, [(16, false), (16, true), (3, false)]);
}

#[test]
fn an_empty_socket_is_would_block_and_leaves_no_datagrams() {
    let (sender, socket) = pair();
    let mut mailbox = Mailbox::new(2, 16);
    sender.send(b"x").unwrap();
    mailbox.receive(&socket, Senders::Any).unwrap();
    assert_eq!(mailbox.receive(&socket, Senders::Any).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(mailbox.filled(), 0);
}

#[test]
fn a_sender_without_a_netlink_port_is_not_the_kernel() {
    let (sender, socket) = pair();
    let mut mailbox = Mailbox::new(1, 16);
    sender.send(b"x").unwrap();
    mailbox.receive(&socket, Senders::Any).unwrap();
    assert_ne!(mailbox.datagram(0).unwrap().sender, 0);
}

#[test]
fn the_kernel_runs_the_filter_as_it_was_meant_and_a_new_one_replaces_it() {
    let (sender, socket) = pair();
    let mut mailbox = Mailbox::new(8, 64);
    let mut kinds = |dropped: &[u16]| {
        socket.attach_filter(&filter::program(dropped).unwrap()).unwrap();
        for kind in [1300, 1320, 1327, 2, 1000, 1329, 10240] {
            // A refused datagram is an error for the sender of a Unix socket only.
            let _refused = sender.send(&message(kind, 0, 0, b"text"));
        }
        mailbox.receive(&socket, Senders::Any).unwrap();
        received(&mailbox).iter().map(|(bytes, _)| u16::from_ne_bytes([bytes[4], bytes[5]])).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&[1320]), [1300, 1327, 2, 1000, 1329, 10240]);
    assert_eq!(kinds(&[1320, 1327, 10240]), [1300, 2, 1000, 1329]);
    assert_eq!(kinds(&[]), [1300, 1320, 1327, 2, 1000, 1329, 10240]);
}

#[test]
fn the_kernel_takes_the_longest_filter_that_is_allowed() {
    let (_, socket) = pair();
    let types: Vec<u16> = (1400..2400).collect();
    socket.attach_filter(&filter::program(&types).unwrap()).unwrap();
}

#[test]
fn a_mailbox_may_be_sent_to_another_thread() {
    let (sender, socket) = pair();
    let mut mailbox = Mailbox::new(2, 16);
    sender.send(b"here").unwrap();
    mailbox.receive(&socket, Senders::Any).unwrap();
    sender.send(b"there").unwrap();
    let thread = std::thread::spawn(move || {
        mailbox.receive(&socket, Senders::Any).unwrap();
        received(&mailbox)
    });
    assert_eq!(thread.join().unwrap(), [(b"there".to_vec(), false)]);
}

#[test]
fn a_wait_ends_for_what_is_readable_and_for_time() {
    let (sender, socket) = pair();
    let counter = event_counter().unwrap();
    let wait = || wait_readable([socket.as_fd(), counter.as_fd()], Some(Duration::from_millis(5))).unwrap();
    assert_eq!(wait(), [false, false]);
    sender.send(b"x").unwrap();
    assert_eq!(wait(), [true, false]);
    event_add(counter.as_fd());
    assert_eq!(wait(), [true, true]);
    assert!(event_take(counter.as_fd()) && !event_take(counter.as_fd()));
}
