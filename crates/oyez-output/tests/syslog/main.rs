//! The output `syslog` against rsyslogd, with faults on the way.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod rsyslog;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::SocketAddr;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use oyez_output::parcel::{Label, Level};
use oyez_output::sink::Site;
use oyez_output::stats::Stats;
use oyez_output::syslog::{Framing, Protocol, Settings, Transport};
use oyez_output::{Done, Failure, Kind as _, Parcel, Patience, Sink, tls};
use oyez_testkit::TempDir;
use oyez_testkit::certs::Certs;
use oyez_testkit::proxy::{Mode, Proxy};
use serde_json::Value;

use rsyslog::{Rsyslog, Tls};

const SOON: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(400);

fn open(settings: &Settings) -> Box<dyn Sink> {
    let site = Site { name: "syslog".into(), host: "here".into(), stats: Arc::new(Stats::default()) };
    settings.open(&site).unwrap()
}

fn udp(address: SocketAddr) -> Settings {
    Settings::to(Transport::Udp(address.to_string().parse().unwrap()))
}

fn tcp(address: SocketAddr, framing: Framing, tls: Option<tls::Settings>) -> Settings {
    Settings::to(Transport::Tcp(address.to_string().parse().unwrap(), framing, tls))
}

/// Messages `FIRST` … of so many bytes each.
fn parcel(first: usize, count: usize, size: usize) -> Parcel {
    let mut parcel = Parcel::default();
    for number in first..first + count {
        let label = Label { id: "m-b-1.2-3", time_ms: 1_795_321_200_101, level: Level::Notice, ..Label::default() };
        parcel.push(&label, |out| out.extend_from_slice(format!("{number} {}\n", "x".repeat(size)).as_bytes()));
    }
    parcel
}

fn deliver(sink: &mut dyn Sink, parcel: &Parcel, time: Duration) -> (Done, Result<(), Failure>) {
    let mut done = Done::of(parcel.len());
    let begin = Instant::now();
    let result = sink.deliver(parcel, &mut done, &Patience::of(time));
    assert!(begin.elapsed() < time + Duration::from_secs(1), "{:?}", begin.elapsed());
    (done, result)
}

/// Delivers until all is done, as a courier does; how many calls failed.
fn insist(sink: &mut dyn Sink, parcel: &Parcel, time: Duration) -> usize {
    let mut done = Done::of(parcel.len());
    let end = Instant::now() + Duration::from_secs(20);
    let mut failed = 0;
    while !done.is_complete() {
        assert!(Instant::now() < end, "it never ends");
        if sink.deliver(parcel, &mut done, &Patience::of(time)).is_err() {
            failed += 1;
            thread::sleep(Duration::from_millis(20));
        }
    }
    failed
}

/// How often each number came.
fn counted(wrote: &[Value]) -> BTreeMap<usize, usize> {
    let mut counted = BTreeMap::new();
    for message in wrote {
        let number = message["msg"].as_str().unwrap().trim_start().split(' ').next().unwrap();
        *counted.entry(number.parse().unwrap()).or_default() += 1;
    }
    counted
}

fn all_once(count: usize) -> BTreeMap<usize, usize> {
    (0..count).map(|number| (number, 1)).collect()
}

#[test]
fn rsyslog_reads_what_was_meant() {
    let Some(server) = Rsyslog::start(None) else { return };
    let mut both = udp(server.0.address());
    both.sd_id = Some("oyez@1".to_owned());
    for settings in [
        both.clone(),
        Settings { transport: tcp(server.0.address(), Framing::OctetCounted, None).transport, ..both.clone() },
        Settings { transport: tcp(server.0.address(), Framing::Lines, None).transport, ..both.clone() },
        Settings { protocol: Some(Protocol::Rfc3164), ..both.clone() },
        Settings { transport: Transport::Local(server.socket()), ..both },
    ] {
        assert_eq!(insist(open(&settings).as_mut(), &parcel(0, 1, 3), SOON), 0, "{settings:?}");
    }
    let wrote = server.wrote(5);
    assert_eq!(wrote.len(), 5, "{wrote:?}");
    let pid = std::process::id().to_string();
    for message in &wrote {
        assert_eq!((&message["pri"], &message["app"]), (&"85".into(), &"oyez".into()), "{message}");
        assert_eq!(
            (&message["procid"], message["msg"].as_str().unwrap().trim_start()),
            (&pid.as_str().into(), "0 xxx")
        );
    }
    let new: Vec<_> = wrote.iter().filter(|message| message["msgid"] == "audit").collect();
    assert_eq!(new.len(), 3);
    for message in new {
        assert_eq!(message["time"], "2026-11-22T04:20:00.101Z");
        assert_eq!((&message["sd"], &message["host"]), (&"[oyez@1 id=\"m-b-1.2-3\"]".into(), &"here".into()));
    }
}

#[test]
fn each_line_is_a_message_and_a_message_is_done_with_its_last() {
    let Some(server) = Rsyslog::start(None) else { return };
    let mut parcel = Parcel::default();
    parcel.push(&Label::default(), |out| out.extend_from_slice("0 raw\n1 \u{1d}enriched\n\n2 last\n".as_bytes()));
    for settings in [udp(server.0.address()), tcp(server.0.address(), Framing::OctetCounted, None)] {
        assert_eq!(insist(open(&settings).as_mut(), &parcel, SOON), 0);
    }
    assert_eq!(counted(&server.wrote(6)), BTreeMap::from([(0, 2), (1, 2), (2, 2)]));
}

#[test]
fn what_is_too_long_for_a_datagram_is_cut_and_says_so() {
    let Some(server) = Rsyslog::start(None) else { return };
    let mut sink = open(&udp(server.0.address()));
    assert_eq!(insist(sink.as_mut(), &parcel(0, 1, 100_000), SOON), 0);
    let mut sink = open(&Settings { max_size: Some(1 << 20), ..udp(server.0.address()) });
    let (done, result) = deliver(sink.as_mut(), &parcel(1, 2, 65_600), SOON);
    assert!(result.is_ok() && done.is_refused(0) && done.is_refused(1));
    assert!(done.reasons()[0].1.ends_with("bytes do not fit into a datagram"), "{:?}", done.reasons());
    let wrote = server.wrote(1);
    assert!(wrote.len() == 1 && wrote[0]["msg"].as_str().unwrap().ends_with("xxx [cut]"));
    assert!((7000..8192).contains(&wrote[0]["msg"].as_str().unwrap().len()));
}

#[test]
fn a_closed_udp_port_is_told_and_messages_come_later() {
    let Some(mut server) = Rsyslog::start(None) else { return };
    server.0.end();
    let mut sink = open(&udp(server.0.address()));
    let messages = parcel(0, 50, 10);
    let (done, result) = deliver(sink.as_mut(), &messages, SOON);
    assert!(result.unwrap_err().told().contains("Connection refused"));
    assert!(!done.is_done(0));
    server.0.begin();
    assert_eq!(insist(sink.as_mut(), &messages, SOON), 0);
    assert_eq!(counted(&server.wrote(50)), all_once(50));
}

#[test]
fn a_daemon_that_restarts_loses_nothing_on_its_unix_socket() {
    let Some(mut server) = Rsyslog::start(None) else { return };
    let mut sink = open(&Settings::to(Transport::Local(server.socket())));
    assert_eq!(insist(sink.as_mut(), &parcel(0, 100, 100), SOON), 0);
    server.0.end();
    let (done, result) = deliver(sink.as_mut(), &parcel(100, 100, 100), SOON);
    assert!(result.is_err() && !done.is_done(0));
    server.0.begin();
    assert_eq!(insist(sink.as_mut(), &parcel(100, 100, 100), SOON), 0);
    assert_eq!(counted(&server.wrote(200)), all_once(200));
}

#[test]
fn a_daemon_that_hangs_gets_all_once_when_it_goes_on() {
    let Some(server) = Rsyslog::start(None) else { return };
    for transport in [Transport::Local(server.socket()), tcp(server.0.address(), Framing::OctetCounted, None).transport]
    {
        let first = server.wrote(0).len();
        server.0.halt();
        let mut sink = open(&Settings::to(transport));
        let messages = parcel(first, 300, 60_000);
        let mut done = Done::of(messages.len());
        let _ = sink.deliver(&messages, &mut done, &Patience::of(SHORT));
        assert!(!done.is_complete());
        server.0.resume();
        while !done.is_complete() {
            sink.deliver(&messages, &mut done, &Patience::of(SOON)).unwrap();
        }
        assert_eq!(counted(&server.wrote(first + 300)), all_once(first + 300));
    }
}

#[test]
fn a_daemon_killed_while_it_hangs_on_unread_messages_gets_them_again() {
    let Some(mut server) = Rsyslog::start(None) else { return };
    let mut sink = open(&Settings::to(Transport::Local(server.socket())));
    server.0.halt();
    let messages = parcel(0, 300, 1000);
    let mut done = Done::of(messages.len());
    let _ = sink.deliver(&messages, &mut done, &Patience::of(SHORT));
    server.0.kill();
    assert!(sink.deliver(&messages, &mut done, &Patience::of(SHORT)).is_err());
    assert!((0..300).all(|index| !done.is_acked(index)));
    server.0.begin();
    insist(sink.as_mut(), &messages, SOON);
    assert_eq!(counted(&server.wrote(300)), all_once(300));
}

#[test]
fn a_connection_cut_in_the_third_message_loses_nothing() {
    let Some(server) = Rsyslog::start(None) else { return };
    // One each: what a proxy has still to pass on would be cut with the next round's connection.
    let proxies = [Proxy::to(server.0.address()).unwrap(), Proxy::to(server.0.address()).unwrap()];
    for (round, framing) in [Framing::OctetCounted, Framing::Lines].into_iter().enumerate() {
        let proxy = &proxies[round];
        let mut sink = open(&tcp(proxy.address(), framing, None));
        proxy.cut_after(150_000);
        let messages = parcel(round * 300, 300, 60_000);
        assert_eq!(insist(sink.as_mut(), &messages, SOON), 1);
    }
    let wrote = server.wrote(604);
    let whole: Vec<_> = wrote.into_iter().filter(|message| message["msg"].as_str().unwrap().len() > 60_000).collect();
    let counted = counted(&whole);
    assert!(counted.keys().copied().eq(0..600), "lost: {} of 600 arrived", counted.len());
    assert!(counted.values().filter(|times| **times > 1).count() <= 4, "{counted:?}");
}

#[test]
fn a_restart_between_deliveries_is_noticed() {
    let Some(mut server) = Rsyslog::start(None) else { return };
    let mut sink = open(&tcp(server.0.address(), Framing::OctetCounted, None));
    for round in 0..3 {
        assert_eq!(insist(sink.as_mut(), &parcel(round * 20, 20, 100), SOON), 0);
        server.wrote(round * 20 + 20);
        server.0.end();
        let (done, result) = deliver(sink.as_mut(), &parcel(0, 1, 1), SHORT);
        assert!(result.is_err() && !done.is_done(0));
        server.0.begin();
    }
    assert_eq!(counted(&server.wrote(60)), all_once(60));
}

#[test]
fn a_refused_and_a_stalled_connection_end_with_patience() {
    let Some(server) = Rsyslog::start(None) else { return };
    let proxy = Proxy::to(server.0.address()).unwrap();
    let mut sink = open(&tcp(proxy.address(), Framing::OctetCounted, None));
    proxy.set(Mode::Refuse);
    assert!(deliver(sink.as_mut(), &parcel(0, 3, 10), SOON).1.unwrap_err().told().contains("Connection refused"));
    proxy.set(Mode::Stall);
    let messages = parcel(0, 300, 60_000);
    let mut done = Done::of(messages.len());
    while sink.deliver(&messages, &mut done, &Patience::of(SHORT)).is_ok() {}
    assert!(!done.is_complete());
    proxy.set(Mode::Slow(20 << 20));
    insist(sink.as_mut(), &messages, SHORT);
    let wrote = server.wrote(300);
    let counted = counted(&wrote);
    assert!(counted.keys().copied().eq(0..300), "lost: {} of 300 arrived", counted.len());
}

#[test]
fn tls_with_certificates_on_both_sides() {
    let certs = Certs::new().unwrap();
    let tls = Tls { shows: &certs.server, ca: certs.ca.clone(), wants: true };
    let Some(mut server) = Rsyslog::start(Some(&tls)) else { return };
    let own = tls::Settings {
        ca: Some(certs.ca.clone()),
        cert: Some(certs.client.cert.clone()),
        key: Some(certs.client.key.clone()),
        server_name: Some("localhost".to_owned()),
    };
    let mut sink = open(&tcp(server.0.address(), Framing::OctetCounted, Some(own.clone())));
    assert_eq!(insist(sink.as_mut(), &parcel(0, 100, 5000), SOON), 0);
    server.wrote(100);
    server.0.end();
    server.0.begin();
    assert_eq!(insist(sink.as_mut(), &parcel(100, 100, 5000), SOON), 0);
    assert_eq!(counted(&server.wrote(200)), all_once(200));

    for (ours, why) in [
        (tls::Settings { cert: None, key: None, ..own.clone() }, "want one"),
        (
            tls::Settings {
                cert: Some(certs.stranger.cert.clone()),
                key: Some(certs.stranger.key.clone()),
                ..own.clone()
            },
            "",
        ),
        (tls::Settings { ca: Some(certs.wrong_ca.clone()), ..own.clone() }, "an authority that is not trusted here"),
        (tls::Settings { server_name: Some("siem".to_owned()), ..own }, "is not for \"siem\", but for localhost"),
    ] {
        let mut sink = open(&tcp(server.0.address(), Framing::OctetCounted, Some(ours)));
        let (done, result) = deliver(sink.as_mut(), &parcel(0, 1, 1), SOON);
        let told = result.unwrap_err().told();
        assert!(told.contains(why) && !done.is_done(0), "{told}");
    }
    assert_eq!(server.wrote(201).len(), 200);
}

#[test]
fn an_expired_certificate_is_told() {
    let certs = Certs::new().unwrap();
    let tls = Tls { shows: &certs.expired, ca: certs.ca.clone(), wants: false };
    let Some(server) = Rsyslog::start(Some(&tls)) else { return };
    let own = tls::Settings { ca: Some(certs.ca.clone()), ..tls::Settings::default() };
    let mut sink = open(&tcp(server.0.address(), Framing::OctetCounted, Some(own)));
    let told = sink.connect(&Patience::of(SOON)).unwrap_err().told();
    assert!(told.ends_with("its certificate expired on 2021-01-01"), "{told}");
}

#[test]
fn a_stream_socket_gets_lines() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("log");
    let listener = UnixListener::bind(&path).unwrap();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        text
    });
    let mut sink = open(&Settings::to(Transport::Local(path.clone())));
    assert_eq!(insist(sink.as_mut(), &parcel(0, 2, 1), SOON), 0);
    sink.close(&Patience::of(SOON)).unwrap();
    let pid = std::process::id();
    let expected = format!("<85>Nov 22 04:20:00 oyez[{pid}]: 0 x\n<85>Nov 22 04:20:00 oyez[{pid}]: 1 x\n");
    assert_eq!(reader.join().unwrap(), expected);
    // Another daemon, of the other kind, at the same path.
    std::fs::remove_file(&path).unwrap();
    let socket = UnixDatagram::bind(&path).unwrap();
    let reader = thread::spawn(move || (socket.recv(&mut [0; 100]).unwrap(), socket));
    assert_eq!(insist(sink.as_mut(), &parcel(0, 1, 1), SOON), 0);
    assert_eq!(reader.join().unwrap().0 * 2, expected.len() - 2);
}
