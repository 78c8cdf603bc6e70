//! The output `redis` against a real redis-server, with faults on the way, and read back by a client of the tests' own.
#![cfg(feature = "redis")]
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use oyez_output::parcel::Label;
use oyez_output::redis::{Login, Settings};
use oyez_output::secret::Secret;
use oyez_output::sink::Site;
use oyez_output::stats::Stats;
use oyez_output::{Done, Failure, Kind as _, Level, Parcel, Patience, Sink, tls};
use oyez_testkit::TempDir;
use oyez_testkit::certs::{Certs, Pair};
use oyez_testkit::proxy::{Mode, Proxy};
use oyez_testkit::server::Server;

const SECONDS: Duration = Duration::from_secs(10);

/// A server that has on disk what it confirms, and what else is to be in its configuration.
fn start(more: &str) -> Option<Server> {
    start_on("port {PORT}", more)
}

/// The same; how it listens, with its port as `{PORT}`.
fn start_on(port: &str, more: &str) -> Option<Server> {
    Server::start("redis-server", "redis-server", |place| {
        let dir = place.dir.display();
        let port = port.replace("{PORT}", &place.port.to_string());
        let config =
            format!("{port}\nbind 127.0.0.1\ndir {dir}\nsave \"\"\nappendonly yes\nappendfsync always\n{more}\n");
        vec![place.write("redis.conf", config)]
    })
}

fn settings(address: SocketAddr) -> Settings {
    Settings {
        server: address.to_string().parse().unwrap(),
        stream: "audit".into(),
        max_length: None,
        replicas: 0,
        database: 0,
        login: None,
        tls: None,
    }
}

fn open(settings: &Settings) -> (Box<dyn Sink>, Arc<Stats>) {
    let stats = Arc::new(Stats::default());
    let site = Site { name: "redis".into(), host: "here".into(), stats: Arc::clone(&stats) };
    (settings.open(&site).unwrap(), stats)
}

/// Messages `FIRST` … with the ids `id-FIRST` ….
fn parcel(first: usize, count: usize) -> Parcel {
    let mut parcel = Parcel::default();
    for number in first..first + count {
        let id = format!("id-{number}");
        let label = Label { id: &id, ..Label::default() };
        parcel.push(&label, |out| out.extend_from_slice(format!("{number}\n").as_bytes()));
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
    let (mut done, mut failed) = (Done::of(parcel.len()), 0);
    let end = Instant::now() + Duration::from_secs(30);
    while !done.is_complete() {
        assert!(Instant::now() < end, "it never ends");
        failed += usize::from(sink.deliver(parcel, &mut done, &Patience::of(time)).is_err());
    }
    failed
}

/// A client for tests.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Self(BufReader::new(stream))
    }

    /// Says a command, and reads all texts and numbers of the answer, one behind the other.
    fn ask(&mut self, command: &str) -> Vec<Vec<u8>> {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        let mut found = Vec::new();
        self.read(&mut found);
        found
    }

    fn read(&mut self, found: &mut Vec<Vec<u8>>) {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let (kind, rest) = line.trim_end().split_at(1);
        match kind {
            "*" => (0..rest.parse::<i64>().unwrap()).for_each(|_| self.read(found)),
            "$" => {
                let mut text = vec![0; usize::try_from(rest.parse::<i64>().unwrap()).unwrap() + 2];
                self.0.read_exact(&mut text).unwrap();
                text.truncate(text.len() - 2);
                found.push(text);
            }
            _ => found.push(rest.as_bytes().to_vec()),
        }
    }

    /// How often each event is in the stream.
    fn count(&mut self) -> BTreeMap<String, usize> {
        let found = self.ask("XRANGE audit - +");
        let mut counts = BTreeMap::new();
        for pair in found.windows(2).filter(|pair| pair[0] == b"event") {
            *counts.entry(String::from_utf8(pair[1].clone()).unwrap()).or_default() += 1;
        }
        counts
    }
}

/// Whether each of so many messages is in the stream, once.
fn assert_once(server: &Server, count: usize) {
    let counts = Client::connect(server.address()).count();
    let doubles: Vec<_> = counts.iter().filter(|(_, times)| **times > 1).collect();
    assert!(counts.len() == count && doubles.is_empty(), "{} of {count}, doubles: {doubles:?}", counts.len());
}

#[test]
fn a_message_is_an_entry_with_what_is_known_of_it() {
    let Some(server) = start("") else { return };
    let (mut sink, stats) = open(&settings(server.address()));
    sink.connect(&Patience::of(SECONDS)).unwrap();
    let mut parcel = parcel(0, 2_000);
    let label = Label { id: "id-x", key: b"\xff\r\n", level: Level::Alert, ..Label::default() };
    parcel.push(&label, |out| out.extend_from_slice(b"two\r\nlines\n\n"));
    parcel.push(&Label::default(), |_| {});
    let (done, result) = deliver(&mut *sink, &parcel, SECONDS);
    result.unwrap();
    assert!((0..2_002).all(|index| done.is_acked(index)) && stats.connects.load(Relaxed) == 1);
    sink.tick().unwrap();
    sink.close(&Patience::of(SECONDS)).unwrap();
    let mut client = Client::connect(server.address());
    let last = client.ask("XREVRANGE audit + - COUNT 2");
    assert_eq!(last[1..5], [&b"event"[..], b"", b"level", b"info"].map(<[u8]>::to_vec));
    let expected = [&b"event"[..], b"two\r\nlines\n", b"level", b"alert", b"id", b"id-x", b"key", b"\xff\r\n"];
    assert_eq!(last[6..], expected.map(<[u8]>::to_vec));
    assert_eq!(client.count().len(), 2_002);
}

#[test]
fn a_stream_keeps_about_as_many_as_it_should() {
    let Some(server) = start("") else { return };
    let (mut sink, _) = open(&Settings { max_length: Some(500), database: 3, ..settings(server.address()) });
    insist(&mut *sink, &parcel(0, 3_000), SECONDS);
    let mut client = Client::connect(server.address());
    client.ask("SELECT 3");
    let length: usize = String::from_utf8(client.ask("XLEN audit").remove(0)).unwrap().parse().unwrap();
    assert!((500..700).contains(&length), "{length}");
}

#[test]
fn nothing_is_lost_when_connections_are_cut_anywhere() {
    let Some(server) = start("") else { return };
    let proxy = Proxy::to(server.address()).unwrap();
    let (mut sink, _) = open(&settings(proxy.address()));
    let mut failed = 0;
    for round in 0..20 {
        proxy.cut_after(50 + 400 * round);
        failed += insist(&mut *sink, &parcel(usize::try_from(round).unwrap() * 100, 100), SECONDS);
    }
    assert!(failed > 10, "{failed}");
    let counts = Client::connect(server.address()).count();
    assert!(counts.len() == 2_000 && counts.values().all(|count| *count <= 2), "{}", counts.len());
}

#[test]
fn only_what_was_added_and_not_confirmed_comes_twice() {
    let Some(server) = start("") else { return };
    let proxy = Proxy::to(server.address()).unwrap();
    let (mut sink, stats) = open(&settings(proxy.address()));
    assert_eq!(insist(&mut *sink, &parcel(0, 50), SECONDS), 0);
    proxy.set(Mode::Mute);
    let (done, result) = deliver(&mut *sink, &parcel(50, 50), Duration::from_millis(300));
    assert!(result.unwrap_err().told().contains("timed out") && !done.is_done(0));
    proxy.set(Mode::Forward);
    assert_eq!(insist(&mut *sink, &parcel(50, 50), SECONDS), 0);
    let counts = Client::connect(server.address()).count();
    let doubles: Vec<_> = (0..100).filter(|number: &usize| counts[&number.to_string()] == 2).collect();
    assert!(counts.len() == 100 && doubles == (50..100).collect::<Vec<_>>(), "{doubles:?}");
    assert_eq!(stats.connects.load(Relaxed), 2);
}

#[test]
fn a_server_that_is_killed_and_begins_again_has_all_that_it_confirmed() {
    let Some(mut server) = start("") else { return };
    let (mut sink, stats) = open(&settings(server.address()));
    assert_eq!(insist(&mut *sink, &parcel(0, 300), SECONDS), 0);
    server.kill();
    let (done, result) = deliver(&mut *sink, &parcel(300, 100), Duration::from_secs(1));
    let told = result.unwrap_err().told();
    assert!(told.contains("refused") && !done.is_done(0), "{told}");
    server.begin();
    insist(&mut *sink, &parcel(300, 100), SECONDS);
    assert_once(&server, 400);
    assert_eq!(stats.connects.load(Relaxed), 2);
}

#[test]
fn a_halted_server_is_left_in_time() {
    let Some(server) = start("") else { return };
    let (mut sink, _) = open(&settings(server.address()));
    sink.connect(&Patience::of(SECONDS)).unwrap();
    server.halt();
    for _ in 0..2 {
        let (done, result) = deliver(&mut *sink, &parcel(0, 50), Duration::from_millis(300));
        assert!(result.unwrap_err().told().contains("timed out") && !done.is_done(0));
    }
    server.resume();
    insist(&mut *sink, &parcel(0, 50), SECONDS);
    let counts = Client::connect(server.address()).count();
    assert!(counts.len() == 50 && counts.values().all(|count| *count <= 2), "{counts:?}");
}

#[test]
fn a_slow_way_gets_each_message_once() {
    let Some(server) = start("") else { return };
    let proxy = Proxy::to(server.address()).unwrap();
    proxy.set(Mode::Slow(20_000));
    let (mut sink, _) = open(&settings(proxy.address()));
    let (_, result) = deliver(&mut *sink, &parcel(0, 200), SECONDS);
    result.unwrap();
    assert_once(&server, 200);
}

#[test]
fn what_keeps_a_server_from_adding_is_told_and_refuses_no_message() {
    let Some(server) = start("") else { return };
    let mut client = Client::connect(server.address());
    let (mut sink, stats) = open(&settings(server.address()));
    for (begin, end, part) in [
        ("SET audit x", "DEL audit", "WRONGTYPE"),
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "OOM"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "READONLY"),
    ] {
        client.ask(begin);
        let (done, result) = deliver(&mut *sink, &parcel(0, 1_000), SECONDS);
        let told = result.unwrap_err().told();
        assert!(told.contains(part) && (0..1_000).all(|index| !done.is_done(index)), "{told}");
        client.ask(end);
    }
    insist(&mut *sink, &parcel(0, 1_000), SECONDS);
    assert_once(&server, 1_000);
    // A server that became a replica is asked for by name anew.
    assert_eq!(stats.connects.load(Relaxed), 2);
}

#[test]
fn a_third_message_that_the_server_never_takes_is_refused_and_the_others_arrive() {
    let Some(server) = start("proto-max-bulk-len 1mb") else { return };
    let (mut sink, _) = open(&settings(server.address()));
    let mut parcel = parcel(0, 2);
    parcel.push(&Label { id: "long", ..Label::default() }, |out| out.resize(out.len() + (3 << 20), b'x'));
    parcel.push(&Label { id: "last", ..Label::default() }, |out| out.extend_from_slice(b"last\n"));
    let mut done = Done::of(4);
    let mut told = Vec::new();
    for _ in 0..5 {
        told.extend(sink.deliver(&parcel, &mut done, &Patience::of(SECONDS)).err().map(|failure| failure.told()));
    }
    assert!(done.is_complete() && done.is_refused(2) && done.is_acked(3), "{told:?}");
    assert!(done.reasons()[0].1.contains("invalid bulk length"), "{:?}", done.reasons());
    let counts = Client::connect(server.address()).count();
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["0", "1", "last"]);
}

#[test]
fn where_replicas_are_wanted_a_message_is_done_when_they_have_it() {
    let Some(server) = start("repl-diskless-sync yes\nrepl-diskless-sync-delay 0") else { return };
    let good = Settings { replicas: 1, ..settings(server.address()) };
    let (mut sink, _) = open(&good);
    let (done, result) = deliver(&mut *sink, &parcel(0, 3), Duration::from_millis(500));
    let told = result.unwrap_err().told();
    assert!(told.ends_with("0 replicas have it, and not 1") && !done.is_done(0), "{told}");
    let Some(replica) = start(&format!("replicaof 127.0.0.1 {}", server.port())) else { return };
    insist(&mut *sink, &parcel(10, 200), SECONDS);
    let counts = Client::connect(replica.address()).count();
    assert!((10..210).all(|number: usize| counts.contains_key(&number.to_string())), "{}", counts.len());
}

#[test]
fn who_never_answers_or_does_not_speak_redis_is_left() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut sink, stats) = open(&settings(silent.local_addr().unwrap()));
    let (_, result) = deliver(&mut *sink, &parcel(0, 3), Duration::from_millis(300));
    assert!(result.unwrap_err().told().contains("timed out"));
    for words in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"$99999999\r\n", &vec![b'+'; 70_000], b"+OK\r\n+OK\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let words = words.to_vec();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 100]);
                let _ = stream.write_all(&words);
                let _ = stream.read(&mut [0; 100]);
            }
        });
        let (done, result) = deliver(&mut *open(&settings(address)).0, &parcel(0, 3), Duration::from_secs(1));
        assert!(result.is_err() && !done.is_done(0));
    }
    assert_eq!(stats.connects.load(Relaxed), 0);
}

fn secret(dir: &TempDir, name: &str, content: &str) -> Secret {
    let path = dir.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    Secret::at(path)
}

fn connect(settings: &Settings) -> Result<(), String> {
    open(settings).0.connect(&Patience::of(SECONDS)).map_err(|failure| failure.told())
}

#[test]
fn passwords_let_us_in_and_wrong_ones_are_told() {
    let dir = TempDir::new().unwrap();
    let users = "requirepass general\nuser oyez on >s3cret ~audit +xadd +select\n";
    let Some(server) = start(users) else { return };
    let login = |user: Option<&str>, password: &str| {
        Some(Login { user: user.map(str::to_owned), password: secret(&dir, password, password) })
    };
    for (login, part) in [
        (login(Some("oyez"), "s3cret"), ""),
        (login(None, "general"), ""),
        (login(Some("oyez"), "guess"), "WRONGPASS"),
        (login(None, "s3cret"), "WRONGPASS"),
        (None, "NOAUTH"),
    ] {
        let result = connect(&Settings { login, ..settings(server.address()) });
        assert_eq!(result.is_ok(), part.is_empty(), "{result:?}");
        assert!(result.err().unwrap_or_default().contains(part), "{part}");
    }
    let stream = "other".to_owned();
    let (mut sink, _) = open(&Settings { stream, login: login(Some("oyez"), "s3cret"), ..settings(server.address()) });
    let (done, result) = deliver(&mut *sink, &parcel(0, 3), SECONDS);
    let told = result.unwrap_err().told();
    assert!(told.contains("NOPERM") && !done.is_done(0), "{told}");
}

fn with_tls(address: SocketAddr, ca: &Path, client: Option<&Pair>) -> Settings {
    let (cert, key) = client.map(|pair| (pair.cert.clone(), pair.key.clone())).unzip();
    let tls = tls::Settings { ca: Some(ca.to_owned()), cert, key, server_name: None };
    Settings { tls: Some(tls), ..settings(address) }
}

#[test]
fn a_server_is_known_by_its_certificate_and_knows_us_by_ours() {
    let certs = Certs::new().unwrap();
    for (pair, ca, client, part) in [
        (&certs.server, &certs.ca, Some(&certs.client), ""),
        (&certs.server, &certs.ca, None, "certificate"),
        (&certs.server, &certs.ca, Some(&certs.stranger), "cannot"),
        (&certs.server, &certs.wrong_ca, Some(&certs.client), "authority"),
        (&certs.expired, &certs.ca, Some(&certs.client), "expired"),
        (&certs.misnamed, &certs.ca, Some(&certs.client), "elsewhere.example"),
    ] {
        let (cert, key, authority) = (pair.cert.display(), pair.key.display(), certs.ca.display());
        let more = format!("tls-cert-file {cert}\ntls-key-file {key}\ntls-ca-cert-file {authority}");
        let Some(server) = start_on("port 0\ntls-port {PORT}", &more) else { return };
        let (mut sink, _) = open(&with_tls(server.address(), ca, client));
        let (done, result) = deliver(&mut *sink, &parcel(0, 2_000), SECONDS);
        let told = result.err().map(|failure| failure.told());
        assert_eq!((told.is_none(), done.is_complete()), (part.is_empty(), part.is_empty()), "{told:?}");
        assert!(told.as_deref().unwrap_or_default().contains(part), "{part}: {told:?}");
    }
}

#[test]
fn settings_that_do_not_differ_give_the_same_sink() {
    let one = settings(([127, 0, 0, 1], 6379).into());
    assert!(one.is_same(&one.clone()) && !one.is_same(&Settings { database: 1, ..one.clone() }));
    assert!(one.needs().ids && !one.is_same(&1));
}
