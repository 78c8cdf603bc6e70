//! The output `tcp` against receivers of the tests' own, with faults on the way.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod server;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use oyez_output::parcel::Label;
use oyez_output::sink::Site;
use oyez_output::stats::Stats;
use oyez_output::tcp::{Framing, Settings};
use oyez_output::{Done, Failure, Kind as _, Parcel, Patience, Sink, tls};
use oyez_testkit::certs::{Certs, Pair};
use oyez_testkit::proxy::{Mode, Proxy};
use oyez_testkit::server::Server as Program;

use server::{Server, config};

fn settings(address: SocketAddr) -> Settings {
    Settings { address: address.to_string().parse().unwrap(), framing: Framing::Lines, tls: None }
}

fn open(settings: &Settings) -> (Box<dyn Sink>, Arc<Stats>) {
    let stats = Arc::new(Stats::default());
    let site = Site { name: "tcp".into(), host: "here".into(), stats: Arc::clone(&stats) };
    (settings.open(&site).unwrap(), stats)
}

/// Messages `FIRST` … of so many bytes each.
fn parcel(first: usize, count: usize, size: usize) -> Parcel {
    let mut parcel = Parcel::default();
    for number in first..first + count {
        parcel.push(&Label::default(), |out| {
            out.extend_from_slice(format!("{number} {}\n", "x".repeat(size)).as_bytes());
        });
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
        failed += usize::from(sink.deliver(parcel, &mut done, &Patience::of(time)).is_err());
    }
    failed
}

/// How often each whole message was heard.
fn counted(heard: &[Vec<u8>]) -> BTreeMap<usize, usize> {
    let mut counted = BTreeMap::new();
    for connection in heard {
        for line in connection.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
            let line = str::from_utf8(line).unwrap();
            *counted.entry(line.split(' ').next().unwrap().parse().unwrap()).or_default() += 1;
        }
    }
    counted
}

const SOON: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(400);

#[test]
fn messages_arrive_once_in_order_and_are_done() {
    let server = Server::plain();
    let (mut sink, stats) = open(&settings(server.address));
    let mut sent = Vec::new();
    for round in 0..20 {
        let parcel = parcel(round * 50, 50, 200);
        let (done, result) = deliver(sink.as_mut(), &parcel, SOON);
        assert!(result.is_ok() && done.is_complete() && done.is_acked(49));
        sent.extend_from_slice(parcel.lines());
    }
    sink.close(&Patience::of(SOON)).unwrap();
    assert_eq!(server.heard(sent.len()), [sent]);
    assert_eq!(stats.connects.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn a_refused_connection_is_told_and_made_later() {
    let server = Server::plain();
    let proxy = Proxy::to(server.address).unwrap();
    proxy.set(Mode::Refuse);
    let (mut sink, _) = open(&settings(proxy.address()));
    let messages = parcel(0, 3, 10);
    let (done, result) = deliver(sink.as_mut(), &messages, SOON);
    let told = result.unwrap_err().told();
    assert!(told.starts_with("cannot connect to \"127.0.0.1:") && told.contains("Connection refused"), "{told}");
    assert!(!done.is_done(0));
    proxy.set(Mode::Forward);
    let (done, _) = deliver(sink.as_mut(), &messages, SOON);
    assert!(done.is_complete());
    assert_eq!(server.heard(messages.lines().len()), [messages.lines()]);
}

#[test]
fn a_receiver_that_stalls_gets_the_rest_later_and_nothing_twice() {
    let server = Server::plain();
    let proxy = Proxy::to(server.address).unwrap();
    proxy.set(Mode::Stall);
    let (mut sink, stats) = open(&settings(proxy.address()));
    let messages = parcel(0, 400, 64 << 10);
    let mut done = Done::of(messages.len());
    // The first call fills what the kernels hold; in the second nothing moves.
    sink.deliver(&messages, &mut done, &Patience::of(SHORT)).unwrap();
    assert!(!done.is_complete());
    proxy.set(Mode::Forward);
    while !done.is_complete() {
        sink.deliver(&messages, &mut done, &Patience::of(SOON)).unwrap();
    }
    assert_eq!(server.heard(messages.lines().len()), [messages.lines()]);
    assert_eq!(stats.connects.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn a_receiver_that_takes_nothing_for_a_whole_call_is_left() {
    let server = Server::plain();
    let proxy = Proxy::to(server.address).unwrap();
    proxy.set(Mode::Stall);
    let (mut sink, _) = open(&settings(proxy.address()));
    let messages = parcel(0, 400, 64 << 10);
    let mut done = Done::of(messages.len());
    sink.deliver(&messages, &mut done, &Patience::of(SHORT)).unwrap();
    let told = sink.deliver(&messages, &mut done, &Patience::of(SHORT)).unwrap_err().told();
    assert!(told.ends_with("it takes nothing"), "{told}");
    proxy.set(Mode::Forward);
    insist(sink.as_mut(), &messages, SOON);
    let counted = counted(&server.heard(usize::MAX));
    assert!(counted.keys().copied().eq(0..400), "lost: {} of 400 arrived", counted.len());
}

#[test]
fn a_slow_receiver_gets_all_once() {
    let server = Server::plain();
    let proxy = Proxy::to(server.address).unwrap();
    proxy.set(Mode::Slow(8 << 20));
    let (mut sink, _) = open(&settings(proxy.address()));
    let messages = parcel(0, 100, 100 << 10);
    assert_eq!(insist(sink.as_mut(), &messages, Duration::from_millis(200)), 0);
    assert_eq!(server.heard(messages.lines().len()), [messages.lines()]);
}

#[test]
fn what_a_dying_receiver_had_not_read_comes_again() {
    let server = Server::plain();
    let (mut sink, _) = open(&settings(server.address));
    let messages = parcel(0, 200, 64 << 10);
    // In the middle of the third message, with more behind it than kernels hold.
    server.die_after(3 * (64 << 10) - 100);
    let failed = insist(sink.as_mut(), &messages, SOON);
    assert_eq!(failed, 1);
    let counted = counted(&server.heard(messages.lines().len() + 2 * (64 << 10)));
    assert!(counted.keys().copied().eq(0..200), "lost: {} of 200 arrived", counted.len());
    assert_eq!(counted.values().filter(|times| **times > 1).count(), 2, "the first two came whole, then all");
}

#[test]
fn a_receiver_that_went_away_between_deliveries_is_noticed() {
    for restarts in [false, true] {
        let server = Server::plain();
        let address = server.address;
        let (mut sink, stats) = open(&settings(address));
        assert_eq!(insist(sink.as_mut(), &parcel(0, 3, 10), SOON), 0);
        server.heard(3 * 13);
        drop(server);
        let server = Server::start(address, None);
        if restarts {
            sink.tick().unwrap();
        }
        assert_eq!(insist(sink.as_mut(), &parcel(3, 3, 10), SOON), 0);
        assert_eq!(counted(&server.heard(3 * 13)), BTreeMap::from([(3, 1), (4, 1), (5, 1)]));
        assert_eq!(stats.connects.load(std::sync::atomic::Ordering::Relaxed), 2);
    }
}

#[test]
fn a_receiver_that_talks_without_end_and_reads_nothing_is_not_waited_for_without_end() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        while std::io::Write::write_all(&mut stream, &vec![b'x'; 1 << 16]).is_ok() {}
    });
    let (mut sink, _) = open(&settings(address));
    let messages = parcel(0, 400, 64 << 10);
    let (done, _) = deliver(sink.as_mut(), &messages, SHORT);
    assert!(!done.is_complete());
    deliver(sink.as_mut(), &messages, SHORT).1.unwrap_err();
}

#[test]
fn all_addresses_of_a_name_are_tried() {
    let server = Server::plain();
    // ::1 too, where the host's name says so, where nobody listens.
    let address = oyez_output::net::Address::new("localhost", server.address.port());
    let (mut sink, _) = open(&Settings { address, ..settings(server.address) });
    assert_eq!(insist(sink.as_mut(), &parcel(0, 3, 10), SOON), 0);
    assert_eq!(counted(&server.heard(3 * 13)).len(), 3);
    drop(server);
    let told = sink.connect(&Patience::of(SOON)).unwrap_err().told();
    assert!(told.starts_with("cannot connect to \"localhost:") && told.contains("Connection refused"), "{told}");
}

#[test]
fn other_messages_never_follow_half_of_one() {
    let server = Server::plain();
    let proxy = Proxy::to(server.address).unwrap();
    proxy.set(Mode::Stall);
    let (mut sink, _) = open(&settings(proxy.address()));
    let (done, _) = deliver(sink.as_mut(), &parcel(0, 400, 64 << 10), SHORT);
    assert!(!done.is_complete());
    proxy.set(Mode::Forward);
    assert_eq!(insist(sink.as_mut(), &parcel(1000, 5, 10), SOON), 0);
    let heard = server.heard(usize::MAX);
    assert_eq!(heard.last().unwrap(), parcel(1000, 5, 10).lines());
}

fn with_tls(address: SocketAddr, ca: PathBuf, own: Option<&Pair>) -> Settings {
    let tls = tls::Settings {
        ca: Some(ca),
        cert: own.map(|pair| pair.cert.clone()),
        key: own.map(|pair| pair.key.clone()),
        server_name: None,
    };
    Settings { tls: Some(tls), ..settings(address) }
}

#[test]
fn tls_with_certificates_on_both_sides() {
    let certs = Certs::new().unwrap();
    let server = Server::start(([127, 0, 0, 1], 0).into(), Some(config(&certs.server, Some(&certs.ca))));
    let (mut sink, _) = open(&with_tls(server.address, certs.ca.clone(), Some(&certs.client)));
    let mut sent = Vec::new();
    for (round, size) in [10, 100_000, 0].into_iter().enumerate() {
        let parcel = parcel(round * 30, 30, size);
        assert_eq!(insist(sink.as_mut(), &parcel, SOON), 0);
        sent.extend_from_slice(parcel.lines());
    }
    assert!(server.heard(sent.len()) == [sent], "what arrived is not what was sent");
}

#[test]
fn what_is_wrong_with_a_certificate_is_told() {
    let certs = Certs::new().unwrap();
    let own = Some(&certs.client);
    for (shown, clients, trusted, ours, why) in [
        (&certs.expired, None, &certs.ca, own, "its certificate expired on 2021-01-01"),
        (&certs.misnamed, None, &certs.ca, own, "is not for \"127.0.0.1\", but for elsewhere.example"),
        (&certs.stranger, None, &certs.ca, own, "signed by an authority that is not trusted here"),
        (&certs.server, None, &certs.wrong_ca, own, "signed by an authority that is not trusted here"),
        (&certs.server, Some(&certs.ca), &certs.ca, None, "it wants a certificate of ours"),
        (&certs.server, Some(&certs.ca), &certs.ca, Some(&certs.stranger), "our certificate"),
    ] {
        let server = Server::start(([127, 0, 0, 1], 0).into(), Some(config(shown, clients.map(PathBuf::as_path))));
        let (mut sink, _) = open(&with_tls(server.address, trusted.clone(), ours));
        let (done, result) = deliver(sink.as_mut(), &parcel(0, 3, 10), SOON);
        let told = result.unwrap_err().told();
        assert!(told.starts_with("cannot speak TLS with \"127.0.0.1:") && told.contains(why), "{told}");
        assert!((0..3).all(|index| !done.is_done(index)), "{why}");
        assert!(server.heard(0).is_empty());
    }
}

#[test]
fn a_renewed_certificate_counts_from_the_next_connection_on() {
    let certs = Certs::new().unwrap();
    let server = Server::start(([127, 0, 0, 1], 0).into(), Some(config(&certs.server, Some(&certs.ca))));
    let proxy = Proxy::to(server.address).unwrap();
    let mine = Pair { cert: certs.path().join("mine.pem"), key: certs.path().join("mine.key") };
    let take = |from: &Pair| {
        std::fs::copy(&from.cert, &mine.cert).unwrap();
        std::fs::copy(&from.key, &mine.key).unwrap();
    };
    take(&certs.stranger);
    let (mut sink, _) = open(&with_tls(proxy.address(), certs.ca.clone(), Some(&mine)));
    assert!(sink.connect(&Patience::of(SOON)).is_err());
    take(&certs.client);
    sink.connect(&Patience::of(SOON)).unwrap();
    assert_eq!(insist(sink.as_mut(), &parcel(0, 3, 10), SOON), 0);
}

#[test]
fn a_handshake_that_never_ends_ends_with_patience() {
    let certs = Certs::new().unwrap();
    let server = Server::plain();
    let proxy = Proxy::to(server.address).unwrap();
    proxy.set(Mode::Mute);
    let (mut sink, _) = open(&with_tls(proxy.address(), certs.ca.clone(), None));
    let (_, result) = deliver(sink.as_mut(), &parcel(0, 3, 10), SHORT);
    let told = result.unwrap_err().told();
    assert!(told.ends_with("timed out"), "{told}");
}

#[test]
fn an_answer_that_is_not_tls_is_told() {
    let certs = Certs::new().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"220 mail.example ESMTP\r\n").unwrap();
        std::thread::sleep(SOON);
    });
    let (mut sink, _) = open(&with_tls(address, certs.ca.clone(), None));
    let told = sink.connect(&Patience::of(SOON)).unwrap_err().told();
    assert!(told.ends_with("what it answers is not TLS"), "{told}");
}

#[test]
fn a_tls_connection_that_breaks_loses_nothing() {
    let certs = Certs::new().unwrap();
    let server = Server::start(([127, 0, 0, 1], 0).into(), Some(config(&certs.server, None)));
    let (mut sink, _) = open(&with_tls(server.address, certs.ca.clone(), None));
    let messages = parcel(0, 200, 64 << 10);
    server.die_after(3 * (64 << 10) - 100);
    assert_eq!(insist(sink.as_mut(), &messages, SOON), 1);
    let counted = counted(&server.heard(messages.lines().len() + 2 * (64 << 10)));
    assert!(counted.keys().copied().eq(0..200), "lost: {} of 200 arrived", counted.len());
}

/// haproxy, which takes TLS off and passes on to `to`; clients have to show a certificate.
fn haproxy(certs: &Certs, to: SocketAddr) -> Option<Program> {
    let (cert, ca) = (certs.joined(&certs.server).unwrap(), certs.ca.clone());
    Program::start("haproxy", "haproxy", |place| {
        let (port, cert, ca) = (place.port, cert.display(), ca.display());
        let config = format!(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n\
             listen tls\n bind 127.0.0.1:{port} ssl crt {cert} ca-file {ca} verify required\n server plain {to}\n"
        );
        vec!["-db".to_owned(), "-f".to_owned(), place.write("haproxy.cfg", config)]
    })
}

#[test]
fn haproxy_takes_our_certificate_and_no_other() {
    let certs = Certs::new().unwrap();
    let server = Server::plain();
    let Some(mut front) = haproxy(&certs, server.address) else { return };
    for (ours, why) in [(None, "it wants a certificate of ours"), (Some(&certs.stranger), "our certificate")] {
        let (mut sink, _) = open(&with_tls(front.address(), certs.ca.clone(), ours));
        let (done, result) = deliver(sink.as_mut(), &parcel(0, 1, 1), SOON);
        let told = result.unwrap_err().told();
        assert!(told.contains(why) && !done.is_done(0), "{told}");
    }
    let (mut sink, _) = open(&with_tls(front.address(), certs.ca.clone(), Some(&certs.client)));
    assert_eq!(insist(sink.as_mut(), &parcel(0, 50, 5000), SOON), 0);
    let bytes = parcel(0, 50, 5000).lines().len();
    server.heard(bytes);
    front.kill();
    assert!(deliver(sink.as_mut(), &parcel(50, 50, 5000), SHORT).1.is_err());
    front.begin();
    assert_eq!(insist(sink.as_mut(), &parcel(50, 50, 5000), SOON), 0);
    let counted = counted(&server.heard(2 * bytes));
    assert!(counted.keys().copied().eq(0..100) && counted.values().all(|times| *times == 1), "{counted:?}");
}
