use super::*;
use crate::protocol::{self, message};

fn record(kind: u16, text: &[u8]) -> Vec<u8> {
    message(kind, 0, 0, text)
}

#[test]
fn drops_are_counted_beyond_32_bits() {
    let mut drops = Drops::default();
    for (now, total) in [(0, 0), (17, 17), (17, 17), (u32::MAX, 0xffff_ffff), (4, 0x1_0000_0004)] {
        assert_eq!(drops.advance(now), total, "the kernel says {now}");
    }
}

/// Two audit sockets that only talk with each other. Needs root, and changes nothing in the kernel.
fn two_sockets() -> Option<(Socket, DataSocket)> {
    let open = || -> std::io::Result<_> {
        let stranger = Socket::open()?;
        stranger.bind(0)?;
        let data = DataSocket::open(0, "bind").map_err(std::io::Error::other)?;
        stranger.send_to(&record(1300, b"probe"), data.port().map_err(std::io::Error::other)?, 0)?;
        Ok((stranger, data))
    };
    open().inspect_err(|error| println!("skipped: no audit sockets here: {error}")).ok()
}

#[test]
fn what_another_process_sends_is_dropped_and_counted() {
    let Some((stranger, data)) = two_sockets() else { return };
    let mut slab = Slab::new(4);
    let port = data.port().unwrap();
    stranger.send_to(&message(protocol::NLMSG_ERROR, 0, 1, &[0; 4]), port, 0).unwrap();
    let received = data.receive(&mut slab).unwrap();
    assert_eq!((received.datagrams, received.spoofed, received.records), (2, 2, 0));
    assert_eq!(slab.messages().count(), 0);
    assert_eq!(data.receive(&mut slab).unwrap(), Received::default());
}

#[test]
fn a_unicast_socket_hears_the_kernel_alone_and_who_else_sends_is_refused() {
    let Some((stranger, _)) = two_sockets() else { return };
    let data = DataSocket::unicast().unwrap();
    let refused = stranger.send_to(&record(1300, b"x"), data.port().unwrap(), 0).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::ECONNREFUSED));
    assert_eq!(data.receive(&mut Slab::new(4)).unwrap(), Received::default());
}

#[test]
fn what_came_before_a_socket_was_connected_is_discarded() {
    let Some((_, data)) = two_sockets() else { return };
    data.discard().unwrap();
    assert_eq!(data.receive(&mut Slab::new(4)).unwrap(), Received::default());
}

#[test]
fn no_two_data_sockets_of_a_process_ever_have_the_same_port() {
    let Some((_, first)) = two_sockets() else { return };
    let mut ports = vec![std::process::id(), first.port().unwrap()];
    drop(first);
    for _ in 0..20 {
        let port = DataSocket::unicast().unwrap().port().unwrap();
        assert!(!ports.contains(&port), "{port} in {ports:?}");
        ports.push(port);
    }
}

#[test]
fn a_filter_works_on_an_audit_socket() {
    let Some((stranger, data)) = two_sockets() else { return };
    let (mut slab, port) = (Slab::new(8), data.port().unwrap());
    data.attach_filter(&[1320]).unwrap();
    for kind in [1320, 1300, 1320, 2] {
        stranger.send_to(&record(kind, b"text"), port, 0).unwrap();
    }
    assert_eq!(data.receive(&mut slab).unwrap().datagrams, 3, "the probe, 1300 and 2");
}

#[test]
fn a_full_buffer_is_an_overrun_unless_silenced_and_always_counts_as_drops() {
    const NOBODYS_GROUP: u32 = 1 << 31;
    for silenced in [false, true] {
        let Some((stranger, _)) = two_sockets() else { return };
        let mut data = match DataSocket::open(NOBODYS_GROUP, "join a multicast group") {
            Ok(data) => data,
            Err(error) => return println!("skipped: {error}: {:?}", error.errno()),
        };
        let (mut slab, own) = (Slab::new(64), stranger.port().unwrap());
        let actual = data.set_receive_buffer(8192).unwrap();
        if silenced {
            data.no_enobufs().unwrap();
        }
        assert_eq!(data.drops().unwrap(), 0);
        for _ in 0..20 {
            stranger.send_to(&record(1300, &[0; 1000]), own, NOBODYS_GROUP).unwrap();
        }
        let (queued, of) = data.fill().unwrap();
        assert!(queued > 4096 && of == actual, "{queued} of {of}");
        let received = data.receive(&mut slab).unwrap();
        assert_eq!(received.overruns, u64::from(!silenced));
        assert!((1..20).contains(&received.datagrams), "{received:?}");
        assert_eq!(data.drops().unwrap(), 20 - received.datagrams);
    }
}

#[test]
fn the_receive_buffer_is_as_large_as_was_asked_where_root_asks() {
    let Some((_, data)) = two_sockets() else { return };
    assert_eq!(data.set_receive_buffer(64 << 20).unwrap(), 64 << 20);
    assert!(data.set_receive_buffer(usize::MAX).unwrap() >= 64 << 20);
}

#[test]
fn a_wait_sees_messages_and_wake_ups_apart() {
    let Some((stranger, data)) = two_sockets() else { return };
    let (wake, time) = (Wake::new().unwrap(), Some(Duration::from_millis(5)));
    assert_eq!(data.wait(time, &wake).unwrap(), Ready { readable: true, woken: false });
    data.receive(&mut Slab::new(1)).unwrap();
    assert_eq!(data.wait(time, &wake).unwrap(), Ready::default());
    wake.wake();
    assert_eq!(data.wait(None, &wake).unwrap(), Ready { readable: false, woken: true });
    stranger.send_to(&record(1300, b"x"), data.port().unwrap(), 0).unwrap();
    assert_eq!(data.wait(None, &wake).unwrap(), Ready { readable: true, woken: false }, "the wake-up was taken");
}
