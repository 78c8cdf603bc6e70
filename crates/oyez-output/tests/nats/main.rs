//! The output `nats` against a real nats-server, with faults on the way, and read back by a client of the tests' own.
#![cfg(feature = "nats")]
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod client;
mod login;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use oyez_output::nats::Settings;
use oyez_output::parcel::Label;
use oyez_output::sink::Site;
use oyez_output::stats::Stats;
use oyez_output::{Done, Failure, Kind as _, Parcel, Patience, Sink};
use oyez_testkit::proxy::{Mode, Proxy};
use oyez_testkit::server::{Place, Server, free_port};
use serde_json::json;

use client::Client;

const SECONDS: Duration = Duration::from_secs(10);

/// A server with `JetStream` on disk, and what else is to be in its configuration.
pub(crate) fn start(more: &str) -> Option<Server> {
    Server::start("nats-server", "nats-server", |place| vec!["-c".into(), configured(place, more)])
}

fn configured(place: &Place, more: &str) -> String {
    let (port, dir) = (place.port, place.dir.display());
    place.write("nats.conf", format!("listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{dir}\" }}\n{more}\n"))
}

pub(crate) fn settings(address: SocketAddr) -> Settings {
    Settings { servers: vec![address.to_string().parse().unwrap()], subject: "audit".into(), ..Settings::default() }
}

pub(crate) fn open(settings: &Settings) -> (Box<dyn Sink>, Arc<Stats>) {
    let stats = Arc::new(Stats::default());
    let site = Site { name: "nats".into(), host: "here".into(), stats: Arc::clone(&stats) };
    (settings.open(&site).unwrap(), stats)
}

/// Messages `FIRST` … with the ids `id-FIRST` ….
pub(crate) fn parcel(first: usize, count: usize) -> Parcel {
    let mut parcel = Parcel::default();
    for number in first..first + count {
        let id = format!("id-{number}");
        let label = Label { id: &id, ..Label::default() };
        parcel.push(&label, |out| out.extend_from_slice(format!("{number}\n").as_bytes()));
    }
    parcel
}

pub(crate) fn deliver(sink: &mut dyn Sink, parcel: &Parcel, time: Duration) -> (Done, Result<(), Failure>) {
    let mut done = Done::of(parcel.len());
    let begin = Instant::now();
    let result = sink.deliver(parcel, &mut done, &Patience::of(time));
    assert!(begin.elapsed() < time + Duration::from_secs(1), "{:?}", begin.elapsed());
    (done, result)
}

/// Delivers until all is done, as a courier does; how many calls failed.
fn insist(sink: &mut dyn Sink, parcel: &Parcel, time: Duration) -> usize {
    let (mut done, mut failed) = (Done::of(parcel.len()), 0);
    let end = Instant::now() + Duration::from_secs(30);
    while !done.is_complete() {
        assert!(Instant::now() < end, "it never ends");
        failed += usize::from(sink.deliver(parcel, &mut done, &Patience::of(time)).is_err());
    }
    failed
}

/// A server with the stream `AUDIT` for `audit` and all below it.
fn with_stream(more: &serde_json::Value) -> Option<Server> {
    let server = start("")?;
    Client::connect(server.address()).make_stream("AUDIT", &["audit", "audit.>"], more);
    Some(server)
}

/// Whether each of so many messages is in the stream, once.
fn assert_once(server: &Server, count: usize) {
    let counts = Client::connect(server.address()).count("AUDIT");
    let doubles: Vec<_> = counts.iter().filter(|(_, times)| **times > 1).collect();
    assert!(counts.len() == count && doubles.is_empty(), "{} of {count}, doubles: {doubles:?}", counts.len());
}

#[test]
fn a_message_is_stored_with_its_id_on_the_subject_of_its_key() {
    let Some(server) = with_stream(&json!({})) else { return };
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    let subject = "audit.{key}".into();
    let (mut sink, stats) =
        open(&Settings { subject, headers, stream: Some("AUDIT".into()), ..settings(server.address()) });
    sink.connect(&Patience::of(SECONDS)).unwrap();
    let mut parcel = parcel(0, 2_000);
    let label = Label { id: "id-x", key: b"web 1.example", ..Label::default() };
    parcel.push(&label, |out| out.extend_from_slice(b"two\nlines\r\n\n"));
    let (done, result) = deliver(&mut *sink, &parcel, SECONDS);
    result.unwrap();
    assert!((0..2_001).all(|index| done.is_acked(index)) && stats.connects.load(Relaxed) == 1);
    sink.tick().unwrap();
    sink.close(&Patience::of(SECONDS)).unwrap();
    let found = Client::connect(server.address()).read_stream("AUDIT");
    let last = found.last().unwrap();
    assert_eq!((found.len(), last.payload.as_slice()), (2_001, &b"two\nlines\r\n"[..]));
    assert_eq!(last.subject, "audit.web_1_example");
    assert!(last.headers.contains("Nats-Msg-Id: id-x\r\n"), "{}", last.headers);
    assert!(last.headers.contains("Content-Type: application/json\r\n"), "{}", last.headers);
    assert_eq!((found[7].subject.as_str(), found[7].payload.as_slice()), ("audit._", &b"7"[..]));
}

#[test]
fn what_was_stored_and_not_confirmed_before_a_cut_is_stored_once() {
    let Some(server) = with_stream(&json!({})) else { return };
    let proxy = Proxy::to(server.address()).unwrap();
    let (mut sink, stats) = open(&settings(proxy.address()));
    sink.connect(&Patience::of(SECONDS)).unwrap();
    proxy.set(Mode::Mute);
    let (done, result) = deliver(&mut *sink, &parcel(0, 300), Duration::from_millis(500));
    let told = result.unwrap_err().told();
    assert!(told.starts_with("cannot deliver to NATS") && told.contains("timed out"), "{told}");
    assert!((0..300).all(|index| !done.is_done(index)));
    assert_eq!(Client::connect(server.address()).count("AUDIT").len(), 300, "nothing was stored: nothing is tested");
    proxy.set(Mode::Forward);
    assert_eq!(insist(&mut *sink, &parcel(0, 300), SECONDS), 0);
    assert_once(&server, 300);
    assert_eq!(stats.connects.load(Relaxed), 2);
}

#[test]
fn nothing_is_lost_or_doubled_when_connections_are_cut_anywhere() {
    let Some(server) = with_stream(&json!({})) else { return };
    let proxy = Proxy::to(server.address()).unwrap();
    let (mut sink, _) = open(&settings(proxy.address()));
    let mut failed = 0;
    for round in 0..20 {
        proxy.cut_after(50 + 997 * round);
        failed += insist(&mut *sink, &parcel(usize::try_from(round).unwrap() * 100, 100), SECONDS);
    }
    assert!(failed > 10, "{failed}");
    assert_once(&server, 2_000);
}

#[test]
fn a_server_that_is_killed_and_begins_again_gets_each_message_once() {
    let Some(mut server) = with_stream(&json!({})) else { return };
    let (mut sink, stats) = open(&settings(server.address()));
    assert_eq!(insist(&mut *sink, &parcel(0, 100), SECONDS), 0);
    server.kill();
    let (done, result) = deliver(&mut *sink, &parcel(100, 100), Duration::from_secs(1));
    let told = result.unwrap_err().told();
    assert!(told.contains("refused") && !done.is_done(0), "{told}");
    server.begin();
    insist(&mut *sink, &parcel(100, 100), SECONDS);
    server.end();
    server.begin();
    insist(&mut *sink, &parcel(200, 100), SECONDS);
    assert_once(&server, 300);
    assert_eq!(stats.connects.load(Relaxed), 3);
}

#[test]
fn a_halted_server_is_left_in_time_and_gets_each_message_once_when_it_goes_on() {
    let Some(server) = with_stream(&json!({})) else { return };
    let (mut sink, _) = open(&settings(server.address()));
    sink.connect(&Patience::of(SECONDS)).unwrap();
    server.halt();
    let (done, result) = deliver(&mut *sink, &parcel(0, 50), Duration::from_millis(400));
    assert!(result.is_err() && !done.is_done(0));
    let (_, result) = deliver(&mut *sink, &parcel(0, 50), Duration::from_millis(400));
    assert!(result.unwrap_err().told().contains("timed out"));
    server.resume();
    insist(&mut *sink, &parcel(0, 50), SECONDS);
    assert_once(&server, 50);
}

#[test]
fn a_slow_way_gets_each_message_once() {
    let Some(server) = with_stream(&json!({})) else { return };
    let proxy = Proxy::to(server.address()).unwrap();
    proxy.set(Mode::Slow(20_000));
    let (mut sink, _) = open(&settings(proxy.address()));
    let (_, result) = deliver(&mut *sink, &parcel(0, 200), SECONDS);
    result.unwrap();
    assert_once(&server, 200);
}

#[test]
fn who_never_greets_or_does_not_speak_nats_is_left() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut sink, stats) = open(&settings(silent.local_addr().unwrap()));
    let (_, result) = deliver(&mut *sink, &parcel(0, 3), Duration::from_millis(300));
    assert!(result.unwrap_err().told().contains("timed out"));

    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = web.local_addr().unwrap();
    thread::spawn(move || {
        for stream in web.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            let _ = stream.read(&mut [0; 100]);
        }
    });
    let told = open(&settings(address)).0.connect(&Patience::of(SECONDS)).unwrap_err().told();
    assert!(told.contains("it says no operation of NATS"), "{told}");
    assert_eq!(stats.connects.load(Relaxed), 0);
}

#[test]
fn a_server_that_says_far_too_much_is_left() {
    let loud = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = loud.local_addr().unwrap();
    thread::spawn(move || {
        for stream in loud.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || while stream.write_all(&[b'x'; 4096]).is_ok() {});
        }
    });
    let told = open(&settings(address)).0.connect(&Patience::of(SECONDS)).unwrap_err().told();
    assert!(told.contains("it says a line without end"), "{told}");
}

#[test]
fn without_a_stream_it_fails_and_goes_on_when_there_is_one() {
    let Some(server) = start("") else { return };
    let (mut sink, stats) = open(&settings(server.address()));
    let (done, result) = deliver(&mut *sink, &parcel(0, 1_000), SECONDS);
    let told = result.unwrap_err().told();
    assert!(told.contains("no stream takes this subject") && !done.is_done(0), "{told}");
    let mut client = Client::connect(server.address());
    client.make_stream("AUDIT", &["audit"], &json!({"max_msgs": 700, "discard": "new"}));
    let (done, result) = deliver(&mut *sink, &parcel(0, 1_000), SECONDS);
    let told = result.unwrap_err().told();
    assert!(told.contains("maximum messages exceeded"), "{told}");
    let acked: Vec<_> = (0..1_000).filter(|index| done.is_acked(*index)).collect();
    assert!(acked == (0..700).collect::<Vec<_>>() && done.reasons().is_empty());
    assert_eq!(stats.connects.load(Relaxed), 1);
    drop(sink);

    let stream = Some("OTHER".to_owned());
    let (mut sink, _) = open(&Settings { stream, ..settings(server.address()) });
    let (done, result) = deliver(&mut *sink, &parcel(0, 3), SECONDS);
    let told = result.unwrap_err().told();
    assert!(told.contains("expected stream does not match") && !done.is_done(0), "{told}");
}

#[test]
fn a_message_too_long_for_the_stream_or_the_server_is_refused_and_the_others_arrive() {
    let Some(server) = start("max_payload: 4096") else { return };
    Client::connect(server.address()).make_stream("AUDIT", &["audit"], &json!({"max_msg_size": 1000}));
    let (mut sink, stats) = open(&settings(server.address()));
    let mut parcel = parcel(0, 2);
    for size in [2_000, 4_090] {
        parcel.push(&Label { id: "long", ..Label::default() }, |out| out.resize(out.len() + size, b'x'));
    }
    parcel.push(&Label { id: "last", ..Label::default() }, |out| out.extend_from_slice(b"last\n"));
    let (done, result) = deliver(&mut *sink, &parcel, SECONDS);
    result.unwrap();
    let refused: Vec<_> = (0..5).filter(|index| done.is_refused(*index)).collect();
    assert!(refused == [2, 3] && done.is_complete(), "{done:?}");
    let reasons: Vec<_> = done.reasons().iter().map(|(index, why)| (*index, why.as_str())).collect();
    assert!(reasons.contains(&(2, "message size exceeds maximum allowed")), "{reasons:?}");
    assert!(reasons.contains(&(3, "4121 bytes with its headers are more than 4096")), "{reasons:?}");
    assert_once(&server, 3);
    assert_eq!(stats.connects.load(Relaxed), 1);
}

#[test]
fn without_jetstream_who_listens_has_them_when_they_are_done() {
    let Some(server) = start("") else { return };
    let mut client = Client::connect(server.address());
    client.subscribe("audit");
    let (mut sink, _) = open(&Settings { jetstream: false, ..settings(server.address()) });
    let (done, result) = deliver(&mut *sink, &parcel(0, 3_000), SECONDS);
    result.unwrap();
    assert!(done.is_complete());
    for number in 0..3_000 {
        let received = client.receive();
        assert_eq!(String::from_utf8(received.payload).unwrap(), number.to_string());
        assert!(received.headers.contains(&format!("Nats-Msg-Id: id-{number}\r\n")));
    }
}

#[test]
fn a_server_that_pings_is_answered_while_there_is_nothing_to_do() {
    let Some(server) = start("ping_interval: \"200ms\"\nping_max: 1") else { return };
    Client::connect(server.address()).make_stream("AUDIT", &["audit"], &json!({}));
    let (mut sink, stats) = open(&settings(server.address()));
    for round in 0..2 {
        insist(&mut *sink, &parcel(round * 10, 10), SECONDS);
        for _ in 0..15 {
            thread::sleep(Duration::from_millis(100));
            sink.tick().unwrap();
        }
    }
    assert_eq!(stats.connects.load(Relaxed), 1);
    // One that is not listened to is given up by the server, which is noticed before anything is sent.
    thread::sleep(Duration::from_secs(1));
    assert_eq!(insist(&mut *sink, &parcel(20, 10), SECONDS), 0);
    assert_eq!(stats.connects.load(Relaxed), 2);
    assert_once(&server, 30);
}

#[test]
fn the_first_server_that_takes_us_is_used() {
    let Some(server) = with_stream(&json!({})) else { return };
    let dead = format!("127.0.0.1:{}", free_port().unwrap());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let servers = [dead, silent, server.address().to_string()].map(|text| text.parse().unwrap()).to_vec();
    let (mut sink, stats) = open(&Settings { servers, ..settings(server.address()) });
    let (_, result) = deliver(&mut *sink, &parcel(0, 10), Duration::from_secs(2));
    result.unwrap();
    assert_eq!(stats.connects.load(Relaxed), 1);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let good = settings(([127, 0, 0, 1], 4222).into());
    assert!(good.check().is_ok() && good.needs().ids && good.is_same(&good.clone()));
    let told = |change: fn(&mut Settings)| {
        let mut settings = good.clone();
        change(&mut settings);
        assert!(!good.is_same(&settings));
        settings.check().unwrap_err().told()
    };
    assert!(told(|s| s.servers.clear()).contains("no server"));
    assert!(told(|s| s.subject = "a.*".into()).contains("subject"));
    assert!(told(|s| s.inbox = "a b".into()).contains("inbox"));
    assert!(told(|s| s.stream = Some("a\r\nb".into())).contains("header"));
    assert!(told(|s| s.headers = vec![("a b".into(), String::new())]).contains("header"));
    assert!(told(|s| (s.jetstream, s.stream) = (false, Some("A".into()))).contains("without JetStream"));
    assert!(told(|s| s.tls_first = true).contains("TLS"));
}
