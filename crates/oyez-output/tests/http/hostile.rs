//! Whatever a receiver answers: no panic, and nothing is acknowledged that it did not say it has.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use oyez_output::http::{clickhouse, elasticsearch, loki, splunk};
use oyez_output::{Kind, Sink, otlp};
use oyez_testkit::http_stub::{Reply, Stub};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::common::{count, endpoint, once, open, parcel, plain};

fn sinks(url: &str) -> Vec<Box<dyn Sink>> {
    let end = || endpoint(url);
    let mut acked = splunk::Settings::new(end());
    acked.ack = true;
    let kinds: [&dyn Kind; 7] = [
        &plain(end()),
        &elasticsearch::Settings { endpoint: end(), index: "a".parse().unwrap(), pipeline: None, timestamp: true },
        &splunk::Settings::new(end()),
        &acked,
        &loki::Settings { endpoint: end(), labels: BTreeMap::new(), level: true, tenant: None },
        &clickhouse::Settings::new(end(), "t".to_owned()),
        &otlp::Settings { endpoint: end(), resource: Vec::new() },
    ];
    kinds.into_iter().map(open).collect()
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![Just(0_u64), Just(2), Just(3), Just(u64::MAX)];
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        number.clone().prop_map(|n| format!("{{\"code\":6,\"invalid-event-number\":{n},\"text\":\"x\"}}").into_bytes()),
        number.clone().prop_map(|n| format!("total ignored: {n} out of 3, entry too far behind").into_bytes()),
        number.prop_map(|n| format!("Code: {n}. DB::Exception: x").into_bytes()),
        proptest::collection::vec(prop_oneof![Just(201), Just(400), Just(409), Just(429), Just(503)], 0..5).prop_map(
            |statuses| {
                let items: Vec<_> =
                    statuses.iter().map(|status| serde_json::json!({"create": {"status": status}})).collect();
                serde_json::json!({ "items": items }).to_string().into_bytes()
            }
        ),
    ]
}

#[test]
fn any_answer_is_borne() {
    let reply = Arc::new(Mutex::new(Reply::of(200, "")));
    let said = Arc::clone(&reply);
    let stub = Stub::start(move |_| said.lock().unwrap().clone()).unwrap();
    let sinks = Mutex::new(sinks(&stub.url()));
    let status = prop_oneof![Just(200_u16), Just(400), Just(413), 200_u16..600];
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(status, body()), |(status, body)| {
        // A receiver of HTTP sends no body with these (RFC 9110, 6.4.1).
        prop_assume!(!matches!(status, 204 | 205 | 304));
        *reply.lock().unwrap() = Reply::of(status, body);
        for sink in &mut *sinks.lock().unwrap() {
            let (done, result) = once(&mut **sink, &parcel(3));
            let (acked, refused) = count(&done, 3);
            prop_assert!(acked == 0 || (200..300).contains(&status));
            prop_assert!(acked + refused == 3 || result.is_err());
        }
        Ok(())
    });
    outcome.unwrap();
}
