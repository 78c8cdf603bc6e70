//! What all interfaces have in common: statuses, splitting, time, connections, secrets, TLS.

use std::fs;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use oyez_output::http::{Auth, Compression};
use oyez_output::{Done, Kind as _, Patience};
use oyez_testkit::TempDir;
use oyez_testkit::certs::Certs;
use oyez_testkit::http_stub::{Reply, Request, Stub};
use oyez_testkit::proxy::{Mode, Proxy};

use super::common::{count, endpoint, event, once, open, parcel, parcel_of, plain, secret, serials, site, until_done};

fn all(stub: &Stub) -> Vec<u64> {
    stub.seen().iter().flat_map(|request| serials(&request.lines())).collect()
}

#[test]
fn a_batch_is_one_request_on_one_connection() {
    let stub = Stub::start(|_| Reply::of(200, "ok")).unwrap();
    let mut settings = plain(endpoint(&stub.url()));
    settings.endpoint.headers = vec![("X-Team".to_owned(), "blue".to_owned())];
    let site = site();
    let mut sink = settings.open(&site).unwrap();
    for _ in 0..3 {
        let (done, result) = once(&mut *sink, &parcel(5));
        assert!(result.is_ok() && count(&done, 5) == (5, 0));
    }
    let seen = stub.seen();
    assert_eq!((seen.len(), stub.connections(), site.stats.connects.load(SeqCst)), (3, 1, 1));
    let first = &seen[0];
    assert_eq!((first.method.as_str(), first.target.as_str(), first.header("x-team")), ("POST", "/", Some("blue")));
    assert_eq!(first.lines(), (0..5).map(event).collect::<Vec<_>>());
    assert!(first.header("user-agent").unwrap().starts_with("oyez/"));
    assert!(first.header("authorization").is_none() && first.header("accept-encoding").is_none());
}

#[test]
fn a_busy_receiver_is_left_in_peace_as_long_as_it_asks() {
    for (status, wait, asked) in [
        (429, Some("7"), Some(7)),
        (503, Some("99999"), Some(3600)),
        (503, None, None),
        (500, None, None),
        (408, Some("soon"), None),
        (599, None, None),
    ] {
        let reply = Reply::of(status, "not now\nplease");
        let reply = wait.map_or(reply.clone(), |wait| reply.with("Retry-After", wait));
        let stub = Stub::start(move |_| reply.clone()).unwrap();
        let (done, result) = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel(2));
        let failure = result.unwrap_err();
        assert_eq!(failure.wait(), asked.map(Duration::from_secs), "{status}");
        assert_eq!(failure.told(), format!("the receiver does not take messages now: status {status}: not now please"));
        assert!(!done.is_done(0) && !failure.is_final() && stub.seen().len() == 1);
    }
}

#[test]
fn a_fault_of_the_set_up_keeps_messages_and_waits_long() {
    for (status, told) in [
        (401, "the receiver does not let us in: status 401"),
        (403, "the receiver does not let us in: status 403"),
        (404, "the receiver does not take messages there: status 404"),
        (415, "the receiver does not take messages there: status 415"),
        (302, "the receiver is elsewhere, and redirects are not followed: status 302: \"http://evil/\""),
        (307, "the receiver is elsewhere, and redirects are not followed: status 307: \"http://evil/\""),
    ] {
        let reply = Reply::of(status, "");
        let reply = if status < 400 { reply.with("Location", "http://evil/") } else { reply };
        let stub = Stub::start(move |_| reply.clone()).unwrap();
        let (done, result) = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel(2));
        let failure = result.unwrap_err();
        assert_eq!((failure.told().as_str(), failure.wait()), (told, Some(Duration::from_mins(1))));
        assert!(!done.is_done(0) && !failure.is_final() && stub.seen().len() == 1);
    }
}

/// Refuses requests that have one of these numbers in them.
fn picky(bad: &'static [u64], status: u16) -> impl FnMut(&Request) -> Reply + Send + 'static {
    move |request| {
        let is_bad = serials(&request.lines()).iter().any(|serial| bad.contains(serial));
        if is_bad { Reply::of(status, "bad one") } else { Reply::of(204, "") }
    }
}

#[test]
fn one_bad_message_is_found_and_refused_alone() {
    let stub = Stub::start(picky(&[2, 61], 400)).unwrap();
    let (done, result) = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel(100));
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(count(&done, 100), (98, 2));
    assert!(done.is_refused(2) && done.is_refused(61));
    assert_eq!(done.reasons()[0], (2, "status 400: bad one".to_owned()));
    assert!(stub.seen().len() < 35, "{}", stub.seen().len());
}

#[test]
fn a_batch_with_a_bad_third_message_loses_no_other_and_doubles_none() {
    let stub = Stub::start(picky(&[2], 422)).unwrap();
    let (done, result) = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel(5));
    assert!(result.is_ok() && count(&done, 5) == (4, 1) && done.is_refused(2));
    let taken: Vec<_> = stub
        .seen()
        .iter()
        .map(|request| serials(&request.lines()))
        .filter(|serials| !serials.contains(&2))
        .flatten()
        .collect();
    assert_eq!(taken, [0, 1, 3, 4]);
}

#[test]
fn who_refuses_every_message_gets_them_later() {
    let stub = Stub::start(|_| Reply::of(400, "no such tenant")).unwrap();
    let mut sink = open(&plain(endpoint(&stub.url())));
    let (done, result) = once(&mut *sink, &parcel(100));
    let failure = result.unwrap_err();
    assert_eq!(failure.told(), "the receiver refuses every message: status 400: no such tenant");
    assert_eq!((count(&done, 100), failure.wait()), ((0, 0), Some(Duration::from_mins(1))));
    assert!(stub.seen().len() < 32);
}

#[test]
fn a_bad_first_message_does_not_hold_up_the_rest() {
    let stub = Stub::start(picky(&[0, 1, 2], 400)).unwrap();
    let (done, result) = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel(100));
    assert!(result.is_ok() && count(&done, 100) == (97, 3), "{result:?}");
    let mut sink = open(&plain(endpoint(&stub.url())));
    for _ in 0..10 {
        let (done, result) = once(&mut *sink, &parcel(1));
        assert!(result.is_err() && !done.is_done(0));
    }
    let (done, result) = once(&mut *sink, &parcel(1));
    assert!(result.is_ok() && done.is_refused(0));
}

#[test]
fn what_is_too_large_goes_in_parts_and_later_batches_are_smaller() {
    let largest = event(10).len() * 8;
    let reply = move |request: &Request| {
        let is_large = request.body.len() > largest;
        if is_large { Reply::of(413, "too large") } else { Reply::of(200, "") }
    };
    let stub = Stub::start(reply).unwrap();
    let mut sink = open(&plain(endpoint(&stub.url())));
    let (done, result) = once(&mut *sink, &parcel(64));
    assert!(result.is_ok() && count(&done, 64) == (64, 0));
    let first = stub.seen().len();
    let (done, result) = once(&mut *sink, &parcel(64));
    assert!(result.is_ok() && count(&done, 64) == (64, 0));
    let large = stub.seen().iter().skip(first).filter(|request| request.body.len() > largest).count();
    assert!(large <= 8 && stub.seen().len() - first <= 20, "{large} of {}", stub.seen().len() - first);
    let mut taken: Vec<_> = stub
        .seen()
        .iter()
        .take(first)
        .filter(|request| request.body.len() <= largest)
        .flat_map(|request| serials(&request.lines()))
        .collect();
    assert!(taken.is_sorted());
    taken.dedup();
    assert_eq!(taken.len(), 64);
}

#[test]
fn one_message_that_is_too_large_is_refused_by_name() {
    let mut texts: Vec<_> = (0..4).map(event).collect();
    texts[2] = format!("{{\"serial\":2,\"text\":\"{}\"}}", "x".repeat(4000));
    let stub = Stub::start(|request| Reply::of(if request.body.len() > 2000 { 413 } else { 200 }, "")).unwrap();
    let (done, result) = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel_of(&texts));
    assert!(result.is_ok() && count(&done, 4) == (3, 1));
    assert_eq!(done.reasons(), [(2, "status 413".to_owned())]);
}

#[test]
fn who_never_answers_is_waited_for_no_longer_than_told() {
    let stub = Stub::start(|_| Reply::Nothing).unwrap();
    let mut sink = open(&plain(endpoint(&stub.url())));
    let mut done = Done::of(1);
    let start = Instant::now();
    let failure = sink.deliver(&parcel(1), &mut done, &Patience::of(Duration::from_millis(400))).unwrap_err();
    assert!((Duration::from_millis(300)..Duration::from_millis(1400)).contains(&start.elapsed()));
    assert!(failure.told().starts_with(&format!("cannot send to \"{}\": ", stub.url())), "{}", failure.told());
    let hurry = Arc::new(AtomicBool::new(false));
    let patience = Patience::new(Instant::now() + Duration::from_mins(1), Arc::clone(&hurry));
    let start = Instant::now();
    let asked = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        hurry.store(true, SeqCst);
    });
    assert!(sink.deliver(&parcel(1), &mut done, &patience).is_err());
    asked.join().unwrap();
    assert!(start.elapsed() < Duration::from_millis(1200) && !done.is_done(0));
}

#[test]
fn a_slow_receiver_gets_everything_once() {
    let stub = Stub::start(|_| Reply::After(Duration::from_millis(300), Box::new(Reply::of(200, "")))).unwrap();
    let mut sink = open(&plain(endpoint(&stub.url())));
    let (done, told) = until_done(&mut *sink, &parcel(10), 1);
    assert_eq!((count(&done, 10), told.len(), all(&stub)), ((10, 0), 0, (0..10).collect()));
}

#[test]
fn a_refused_connection_is_told_and_tried_again() {
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let proxy = Proxy::to(stub.address()).unwrap();
    let mut sink = open(&plain(endpoint(&format!("http://{}", proxy.address()))));
    proxy.set(Mode::Refuse);
    let (done, result) = once(&mut *sink, &parcel(3));
    assert!(!done.is_done(0));
    let told = result.unwrap_err().told();
    assert!(told.contains(&format!("cannot connect to \"{}\": Connection refused", proxy.address())), "{told}");
    proxy.set(Mode::Forward);
    let (done, _) = until_done(&mut *sink, &parcel(3), 1);
    assert_eq!((count(&done, 3), all(&stub)), ((3, 0), vec![0, 1, 2]));
}

#[test]
fn a_connection_cut_in_a_request_makes_doubles_at_most() {
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let proxy = Proxy::to(stub.address()).unwrap();
    let mut sink = open(&plain(endpoint(&format!("http://{}", proxy.address()))));
    let (_, told) = until_done(&mut *sink, &parcel(20), 1);
    assert!(told.is_empty());
    proxy.cut_after(300);
    let (done, told) = until_done(&mut *sink, &parcel(20), 3);
    assert_eq!((count(&done, 20), told.len()), ((20, 0), 1), "{told:?}");
    proxy.set(Mode::Mute);
    let (done, result) = once(&mut *sink, &parcel(20));
    assert!(result.is_err() && count(&done, 20) == (0, 0));
    proxy.set(Mode::Forward);
    until_done(&mut *sink, &parcel(20), 3);
    let mut seen = all(&stub);
    // The answer that did not come through was to a request that had arrived.
    assert!((61..=80).contains(&seen.len()), "{}", seen.len());
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (0..20).collect::<Vec<_>>());
}

#[test]
fn who_closes_the_connection_on_large_requests_gets_smaller_ones() {
    let stub = Stub::start(|request| if request.body.len() > 500 { Reply::Close } else { Reply::of(200, "") }).unwrap();
    let mut sink = open(&plain(endpoint(&stub.url())));
    let (done, told) = until_done(&mut *sink, &parcel(64), 12);
    assert_eq!(count(&done, 64), (64, 0));
    assert!((3..8).contains(&told.len()), "{told:?}");
}

#[test]
fn a_receiver_that_closes_between_requests_is_connected_to_again() {
    let stub = Stub::start(|_| Reply::of(200, "").with("Connection", "close")).unwrap();
    let mut sink = open(&plain(endpoint(&stub.url())));
    for _ in 0..3 {
        assert!(once(&mut *sink, &parcel(1)).1.is_ok());
    }
    assert_eq!(stub.connections(), 3);
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let proxy = Proxy::to(stub.address()).unwrap();
    let mut sink = open(&plain(endpoint(&format!("http://{}", proxy.address()))));
    for _ in 0..3 {
        assert!(once(&mut *sink, &parcel(1)).1.is_ok());
        proxy.close();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(stub.connections(), 3);
}

#[test]
fn an_answer_without_end_is_not_read_to_the_end() {
    let stub = Stub::start(|_| Reply::of(503, vec![b'x'; 50 << 20])).unwrap();
    let failure = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel(1)).1.unwrap_err();
    assert!(failure.told().len() < 500);
    let stub = Stub::start(|_| Reply::of(200, "").with("X-Long", "x".repeat(1 << 20))).unwrap();
    let (done, result) = once(&mut *open(&plain(endpoint(&stub.url()))), &parcel(1));
    assert!(result.is_err() && !done.is_done(0));
}

#[test]
fn what_is_not_http_is_a_failure() {
    for answer in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 999999 x\r\n\r\n",
        "\0\0\0\0",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            use std::io::Write as _;
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let (done, result) = once(&mut *open(&plain(endpoint(&format!("http://{address}")))), &parcel(1));
        assert!(result.is_err() && !done.is_done(0), "{answer:?}");
        server.join().unwrap();
    }
}

#[test]
fn requests_are_packed_and_come_out_the_same() {
    for (compression, coding) in [(Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")] {
        let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
        let mut settings = plain(endpoint(&stub.url()));
        settings.endpoint.compression = compression;
        assert!(once(&mut *open(&settings), &parcel(50)).1.is_ok());
        let seen = stub.seen();
        assert_eq!(seen[0].header("content-encoding"), Some(coding));
        let mut plain = Vec::new();
        match compression {
            Compression::Gzip => flate2::read::GzDecoder::new(&*seen[0].body).read_to_end(&mut plain).unwrap(),
            _ => zstd::stream::Decoder::new(&*seen[0].body).unwrap().read_to_end(&mut plain).unwrap(),
        };
        assert_eq!(plain, (0..50).map(|index| event(index) + "\n").collect::<String>().into_bytes());
    }
}

#[test]
fn a_secret_that_was_changed_is_read_again_when_the_old_one_is_not_taken() {
    let dir = TempDir::new().unwrap();
    let token = dir.join("token");
    let wanted = Arc::new(AtomicUsize::new(1));
    let now = Arc::clone(&wanted);
    let stub = Stub::start(move |request| {
        let is_known = request.header("authorization") == Some(&format!("Bearer token-{}", now.load(SeqCst)));
        Reply::of(if is_known { 200 } else { 401 }, "")
    })
    .unwrap();
    let mut settings = plain(endpoint(&stub.url()));
    settings.endpoint.auth = Auth::Scheme("Bearer", secret(&token, "token-1\n"));
    let mut sink = open(&settings);
    assert!(once(&mut *sink, &parcel(1)).1.is_ok());
    // The file is not read while its content is taken.
    fs::remove_file(&token).unwrap();
    assert!(once(&mut *sink, &parcel(1)).1.is_ok());
    secret(&token, "token-2");
    wanted.store(2, SeqCst);
    assert!(once(&mut *sink, &parcel(1)).1.is_ok());
    assert_eq!(stub.seen().len(), 4);
    wanted.store(3, SeqCst);
    let failure = once(&mut *sink, &parcel(1)).1.unwrap_err();
    assert_eq!((failure.told().as_str(), stub.seen().len()), ("the receiver does not let us in: status 401", 5));
    assert_eq!(stub.connections(), 1);
}

#[test]
fn a_secret_file_that_others_may_read_is_told_and_nothing_is_sent() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new().unwrap();
    let path = dir.join("token");
    let token = secret(&path, "s3cret");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let mut settings = plain(endpoint(&stub.url()));
    settings.endpoint.auth = Auth::Basic("oyez".to_owned(), token);
    let told = once(&mut *open(&settings), &parcel(1)).1.unwrap_err().told();
    assert!(told.contains("chmod 600") && stub.seen().is_empty(), "{told}");
}

#[test]
fn certificates_are_checked_on_both_sides() {
    let certs = Certs::new().unwrap();
    let stub = Stub::start_tls(&certs.server, Some(&certs.ca), |_| Reply::of(200, "")).unwrap();
    let mut settings = plain(endpoint(&stub.url()));
    settings.endpoint.tls.ca = Some(certs.ca.clone());
    settings.endpoint.tls.cert = Some(certs.client.cert.clone());
    settings.endpoint.tls.key = Some(certs.client.key.clone());
    let mut sink = open(&settings);
    for _ in 0..2 {
        let (done, result) = once(&mut *sink, &parcel(3));
        assert!(result.is_ok() && count(&done, 3) == (3, 0), "{result:?}");
    }
    assert_eq!((stub.connections(), all(&stub)), (1, vec![0, 1, 2, 0, 1, 2]));
    settings.endpoint.tls.cert = Some(certs.stranger.cert.clone());
    settings.endpoint.tls.key = Some(certs.stranger.key.clone());
    let told = once(&mut *open(&settings), &parcel(1)).1.unwrap_err().told();
    assert!(told.contains(&stub.url()), "{told}");
    settings.endpoint.tls.ca = Some(certs.wrong_ca.clone());
    let told = once(&mut *open(&settings), &parcel(1)).1.unwrap_err().told();
    assert!(told.contains("signed by an authority that is not trusted here"), "{told}");
    assert_eq!(all(&stub).len(), 6);
}

#[test]
fn a_wrong_certificate_is_told_in_words_and_its_name_can_be_said() {
    let certs = Certs::new().unwrap();
    for (pair, words) in [(&certs.expired, "expired on 2021-01-01"), (&certs.misnamed, "is not for \"localhost\"")] {
        let stub = Stub::start_tls(pair, None, |_| Reply::of(200, "")).unwrap();
        let mut settings = plain(endpoint(&stub.url()));
        settings.endpoint.tls.ca = Some(certs.ca.clone());
        let (done, result) = once(&mut *open(&settings), &parcel(1));
        let told = result.unwrap_err().told();
        assert!(told.contains(words) && !done.is_done(0) && stub.seen().is_empty(), "{told}");
        settings.endpoint.tls.server_name = Some("elsewhere.example".to_owned());
        let is_named = std::ptr::eq(pair, &raw const certs.misnamed);
        assert_eq!(once(&mut *open(&settings), &parcel(1)).1.is_ok(), is_named);
    }
}

#[test]
fn plain_http_to_a_tls_port_and_the_other_way_round_are_failures() {
    let certs = Certs::new().unwrap();
    let tls = Stub::start_tls(&certs.server, None, |_| Reply::of(200, "")).unwrap();
    let clear = Stub::start(|_| Reply::of(200, "")).unwrap();
    let (done, result) = once(&mut *open(&plain(endpoint(&format!("http://{}", tls.address())))), &parcel(1));
    assert!(result.is_err() && !done.is_done(0));
    let mut settings = plain(endpoint(&format!("https://{}", clear.address())));
    settings.endpoint.tls.ca = Some(certs.ca.clone());
    let (done, result) = once(&mut *open(&settings), &parcel(1));
    assert!(result.is_err() && !done.is_done(0));
}

#[test]
fn an_hour_without_a_receiver_loses_nothing() {
    // The clock is the courier's: to a sink an outage is calls that fail, however long the time between them.
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let proxy = Proxy::to(stub.address()).unwrap();
    let mut sink = open(&plain(endpoint(&format!("http://{}", proxy.address()))));
    proxy.set(Mode::Refuse);
    for _ in 0..120 {
        let (done, result) = once(&mut *sink, &parcel(10));
        assert!(result.is_err() && count(&done, 10) == (0, 0));
    }
    proxy.set(Mode::Forward);
    let (done, told) = until_done(&mut *sink, &parcel(10), 1);
    assert_eq!((count(&done, 10), told.len(), all(&stub)), ((10, 0), 0, (0..10).collect()));
}
