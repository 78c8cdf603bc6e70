//! Real nginx and haproxy in front of a stub: TLS on both sides, limits of bodies, restarts, halts, and slow back ends.

use std::time::{Duration, Instant};

use oyez_output::http::generic;
use oyez_output::{Done, Patience};
use oyez_testkit::certs::Certs;
use oyez_testkit::http_stub::{Reply, Stub};
use oyez_testkit::server::{Place, Server};

use super::common::{count, endpoint, once, open, parcel, plain, serials, until_done};

/// nginx with TLS, which wants a client's certificate and lets connections go after a few requests.
fn nginx(certs: &Certs, stub: &Stub) -> Option<Server> {
    let (cert, key, ca) = (certs.server.cert.display(), certs.server.key.display(), certs.ca.display());
    let to = stub.address();
    Server::start("nginx", "nginx-light", |place: &Place| {
        let port = place.port;
        let text = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr;\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f;\n\
               uwsgi_temp_path u; scgi_temp_path s;\n\
               server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key};\n\
                 ssl_client_certificate {ca}; ssl_verify_client on; client_max_body_size 1k; keepalive_requests 5;\n\
                 location / {{ proxy_pass http://{to}; proxy_read_timeout 1s; }} }} }}\n"
        );
        let path = place.write("nginx.conf", text);
        vec!["-p".to_owned(), place.dir.display().to_string(), "-c".to_owned(), path]
    })
}

fn secured(certs: &Certs, port: u16) -> generic::Settings {
    let mut settings = plain(endpoint(&format!("https://localhost:{port}")));
    settings.endpoint.tls.ca = Some(certs.ca.clone());
    settings.endpoint.tls.cert = Some(certs.client.cert.clone());
    settings.endpoint.tls.key = Some(certs.client.key.clone());
    settings
}

fn arrived(stub: &Stub) -> Vec<u64> {
    stub.seen().iter().flat_map(|request| serials(&request.lines())).collect()
}

#[test]
fn nginx_takes_large_batches_in_parts() {
    let certs = Certs::new().unwrap();
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let Some(server) = nginx(&certs, &stub) else { return };
    let mut sink = open(&secured(&certs, server.port()));
    for _ in 0..4 {
        let (done, told) = until_done(&mut *sink, &parcel(200), 6);
        assert_eq!(count(&done, 200), (200, 0), "{told:?}");
    }
    let mut seen = arrived(&stub);
    assert_eq!(seen.len(), 800, "doubles");
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 200);
}

#[test]
fn without_a_certificate_nginx_says_no_and_messages_are_kept() {
    let certs = Certs::new().unwrap();
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let Some(server) = nginx(&certs, &stub) else { return };
    let mut settings = secured(&certs, server.port());
    (settings.endpoint.tls.cert, settings.endpoint.tls.key) = (None, None);
    let mut sink = open(&settings);
    for _ in 0..3 {
        // nginx says it with status 400, and says so to every request.
        let (done, result) = once(&mut *sink, &parcel(20));
        assert!(result.is_err() && count(&done, 20) == (0, 0));
    }
    assert!(stub.seen().is_empty());
}

#[test]
fn nginx_may_start_anew_and_nothing_is_lost() {
    let certs = Certs::new().unwrap();
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let Some(mut server) = nginx(&certs, &stub) else { return };
    let mut sink = open(&secured(&certs, server.port()));
    for round in 0..6 {
        let (done, told) = match round {
            1 => {
                server.end();
                assert!(once(&mut *sink, &parcel(10)).1.is_err());
                server.begin();
                until_done(&mut *sink, &parcel(10), 2)
            }
            3 => {
                server.kill();
                server.begin();
                until_done(&mut *sink, &parcel(10), 2)
            }
            _ => until_done(&mut *sink, &parcel(10), 1),
        };
        assert_eq!(count(&done, 10), (10, 0), "{told:?}");
    }
    let seen = arrived(&stub);
    assert!((60..=70).contains(&seen.len()), "{}", seen.len());
    assert!((0..10).all(|serial| seen.iter().filter(|other| **other == serial).count() >= 6));
}

#[test]
fn a_halted_nginx_holds_nothing_up_for_long() {
    let certs = Certs::new().unwrap();
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let Some(server) = nginx(&certs, &stub) else { return };
    let settings = secured(&certs, server.port());
    let mut sink = open(&settings);
    until_done(&mut *sink, &parcel(10), 1);
    server.halt();
    // On the connection that stands, and on a new one, of which the kernel says that it stands.
    for mut sink in [sink, open(&settings)] {
        let (start, mut done) = (Instant::now(), Done::of(10));
        assert!(sink.deliver(&parcel(10), &mut done, &Patience::of(Duration::from_millis(300))).is_err());
        assert!(start.elapsed() < Duration::from_millis(1300) && count(&done, 10) == (0, 0));
    }
    server.resume();
    let (done, _) = until_done(&mut *open(&settings), &parcel(10), 1);
    assert_eq!(count(&done, 10), (10, 0));
}

#[test]
fn haproxy_says_when_what_stands_behind_it_is_slow_or_gone() {
    let certs = Certs::new().unwrap();
    let mut calls = 0;
    let stub = Stub::start(move |_| {
        calls += 1;
        match calls {
            1 => Reply::After(Duration::from_secs(9), Box::new(Reply::of(200, ""))),
            2 => Reply::Close,
            _ => Reply::of(200, ""),
        }
    })
    .unwrap();
    let pem = certs.joined(&certs.server).unwrap();
    let (pem, ca, to) = (pem.display().to_string(), certs.ca.display().to_string(), stub.address());
    let server = Server::start("haproxy", "haproxy", |place: &Place| {
        let port = place.port;
        let text = format!(
            "defaults\n mode http\n timeout connect 1s\n timeout client 5s\n timeout server 400ms\n retries 0\n\
             frontend f\n bind 127.0.0.1:{port} ssl crt {pem} ca-file {ca} verify required\n default_backend b\n\
             backend b\n server s {to}\n"
        );
        vec!["-db".to_owned(), "-f".to_owned(), place.write("haproxy.cfg", text)]
    });
    let Some(server) = server else { return };
    let mut sink = open(&secured(&certs, server.port()));
    let (done, told) = until_done(&mut *sink, &parcel(10), 3);
    assert_eq!(count(&done, 10), (10, 0));
    assert!(told[0].starts_with("the receiver does not take messages now: status 504"), "{told:?}");
    // It says 502, or closes the connection as what stands behind it did.
    assert!(told.len() == 2 && (told[1].contains("status 502") || told[1].contains("disconnected")), "{told:?}");
}
