//! Any receiver of lines.

use oyez_output::http::generic::{Body, Method};
use oyez_testkit::http_stub::{Reply, Stub};

use super::common::{endpoint, event, json, once, open, parcel, parcel_of, plain};

#[test]
fn lines_are_told_by_what_they_are() {
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let mut settings = plain(endpoint(&format!("{}/in", stub.url())));
    settings.method = Method::Put;
    assert!(once(&mut *open(&settings), &parcel(2)).1.is_ok());
    let lines = ["type=SYSCALL msg=audit(1.2:3): a=b", "type=PATH\ntype=CWD"].map(str::to_owned);
    assert!(once(&mut *open(&settings), &parcel_of(&lines)).1.is_ok());
    settings.content_type = Some("application/vnd.mine".to_owned());
    assert!(once(&mut *open(&settings), &parcel(1)).1.is_ok());
    let shown: Vec<_> = stub
        .seen()
        .iter()
        .map(|request| {
            (request.method.clone(), request.path().to_owned(), request.header("content-type").unwrap().to_owned())
        })
        .collect();
    let of = |content: &str| ("PUT".to_owned(), "/in".to_owned(), content.to_owned());
    assert_eq!(shown, [of("application/x-ndjson"), of("text/plain; charset=utf-8"), of("application/vnd.mine")]);
    assert_eq!(stub.seen()[1].body, format!("{}\n{}\n", lines[0], lines[1]).as_bytes());
}

#[test]
fn an_array_is_json_whatever_messages_are() {
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let mut settings = plain(endpoint(&stub.url()));
    settings.body = Body::Array;
    assert!(once(&mut *open(&settings), &parcel_of(&[event(0), "a \"b\"\n\u{1}".to_owned()])).1.is_ok());
    let body = json(&stub.seen()[0].body);
    assert_eq!((body[0]["serial"].as_u64(), body[1].as_str()), (Some(0), Some("a \"b\"\n\u{1}")));
    assert_eq!(stub.seen()[0].header("content-type"), Some("application/json"));
}

#[test]
fn a_receiver_is_asked_before_it_is_sent_anything() {
    for (status, fits) in [(200, true), (204, true), (405, true), (404, true), (401, false)] {
        let stub = Stub::start(move |_| Reply::of(status, "")).unwrap();
        let mut sink = open(&plain(endpoint(&stub.url())));
        let patience = oyez_output::Patience::of(std::time::Duration::from_secs(2));
        assert_eq!(sink.connect(&patience).is_ok(), fits, "{status}");
        let seen = stub.seen();
        assert_eq!((seen.len(), seen[0].method.as_str(), seen[0].body.len()), (1, "OPTIONS", 0));
    }
}
