//! The output `kafka` against librdkafka's mock brokers, which speak the protocol over TCP in this process, and are read
//! back by a consumer. What they do not speak, SASL, is spoken by a [gate] in front, written from the protocol's document.
#![cfg(feature = "kafka-tls")]
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod gate;
mod login;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use oyez_output::kafka::{Compression, Settings};
use oyez_output::parcel::Label;
use oyez_output::sink::Site;
use oyez_output::stats::Stats;
use oyez_output::{Done, Failure, Kind as _, Level, Parcel, Patience, Sink};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _, OwnedMessage};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

type Cluster = MockCluster<'static, DefaultProducerContext>;

const TOPIC: &str = "audit";
const PRODUCE: RDKafkaApiKey = RDKafkaApiKey::Produce;
const NONE: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
const TOO_LARGE: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
const INVALID: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;
const NOT_LEADER: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;

fn cluster(partitions: i32) -> Cluster {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, partitions, 1).unwrap();
    cluster
}

pub(crate) fn settings(brokers: &str) -> Settings {
    let brokers = brokers.split(',').map(str::to_owned).collect();
    Settings { brokers, topic: TOPIC.into(), ..Settings::default() }
}

pub(crate) fn open(settings: &Settings) -> (Box<dyn Sink>, Arc<Stats>) {
    let stats = Arc::new(Stats::default());
    let site = Site { name: "kafka".into(), host: "here".into(), stats: Arc::clone(&stats) };
    (settings.open(&site).unwrap(), stats)
}

/// Messages `FIRST` … with the ids `id-FIRST` ….
pub(crate) fn parcel(first: usize, count: usize) -> Parcel {
    let mut parcel = Parcel::default();
    for number in first..first + count {
        let id = format!("id-{number}");
        let label = Label { id: &id, time_ms: 1_700_000_000_000 + number as u64, ..Label::default() };
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

/// What is in the topic, once there are `count` messages with different ids.
fn read(brokers: &str, count: usize) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", "test").create().unwrap();
    let metadata = consumer.fetch_metadata(Some(TOPIC), SECONDS).unwrap();
    let mut all = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        all.add_partition_offset(TOPIC, partition.id(), Offset::Beginning).unwrap();
    }
    consumer.assign(&all).unwrap();
    let (mut found, mut quiet) = (Vec::new(), 0);
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end && quiet < 4 {
        match consumer.poll(Duration::from_millis(100)) {
            Some(message) => found.push(message.unwrap().detach()),
            None if counted(&found).len() >= count => quiet += 1,
            None => {}
        }
    }
    found
}

/// How often each text is there.
fn counted(found: &[OwnedMessage]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for message in found {
        *counts.entry(String::from_utf8_lossy(message.payload().unwrap()).into_owned()).or_default() += 1;
    }
    counts
}

const SECONDS: Duration = Duration::from_secs(10);

#[test]
fn a_message_arrives_with_its_key_headers_and_time_however_it_is_compressed() {
    for compression in Compression::ALL {
        let cluster = cluster(4);
        let brokers = cluster.bootstrap_servers();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let (mut sink, stats) = open(&Settings { compression, headers, ..settings(&brokers) });
        sink.connect(&Patience::of(SECONDS)).unwrap();
        let mut parcel = parcel(0, 300);
        let label = Label { id: "id-x", key: b"\xffkey", time_ms: 5_000, level: Level::Alert, ..Label::default() };
        parcel.push(&label, |out| out.extend_from_slice(b"two\nlines\n"));
        parcel.push(&Label::default(), |out| out.extend_from_slice(b"bare\n"));
        let (done, result) = deliver(&mut *sink, &parcel, SECONDS);
        result.unwrap();
        assert!((0..302).all(|index| done.is_acked(index)) && stats.connects.load(Relaxed) == 1);
        sink.tick().unwrap();
        sink.close(&Patience::of(SECONDS)).unwrap();

        let found = read(&brokers, 302);
        assert!(found.len() == 302 && counted(&found).values().all(|count| *count == 1), "{}", found.len());
        let find = |text: &[u8]| found.iter().find(|message| message.payload() == Some(text)).unwrap();
        let keyed = find(b"two\nlines");
        let headers = keyed.headers().unwrap();
        let headers: Vec<_> = headers.iter().map(|h| (h.key, String::from_utf8_lossy(h.value.unwrap()))).collect();
        let told = [("oyez-id", "id-x"), ("level", "alert"), ("content-type", "application/json")];
        assert!(headers.iter().map(|(key, value)| (*key, value.as_ref())).eq(told), "{headers:?}");
        assert_eq!((keyed.key(), keyed.timestamp().to_millis()), (Some(&b"\xffkey"[..]), Some(5_000)));
        assert_eq!((find(b"7").key(), find(b"bare").key()), (Some(&b"id-7"[..]), None));
    }
}

#[test]
fn a_broker_that_errs_for_a_while_gets_each_message_once() {
    let cluster = cluster(1);
    let brokers = cluster.bootstrap_servers();
    let (mut sink, _) = open(&settings(&brokers));
    cluster.request_errors(PRODUCE, &[NOT_LEADER, NOT_LEADER]);
    let (done, result) = deliver(&mut *sink, &parcel(0, 50), SECONDS);
    result.unwrap();
    assert!(done.is_complete());
    let found = read(&brokers, 50);
    assert!(found.len() == 50 && counted(&found).len() == 50, "{}", found.len());
}

#[test]
fn an_invalid_third_message_is_refused_by_name_and_the_others_arrive() {
    let cluster = cluster(1);
    let brokers = cluster.bootstrap_servers();
    let options = [("batch.num.messages", "1"), ("max.in.flight", "1")];
    let options = options.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let (mut sink, _) = open(&Settings { idempotent: false, options, ..settings(&brokers) });
    // Sent again by itself, it is found at fault once more.
    cluster.request_errors(PRODUCE, &[NONE, NONE, INVALID, NONE, NONE, INVALID]);
    let (done, result) = deliver(&mut *sink, &parcel(0, 5), SECONDS);
    result.unwrap();
    let fates: Vec<_> = (0..5).map(|index| done.is_acked(index)).collect();
    assert_eq!(fates, [true, true, false, true, true], "{:?}", done.reasons());
    assert!(done.is_refused(2) && done.reasons()[0].1.contains("InvalidRecord"), "{:?}", done.reasons());
    assert_eq!(counted(&read(&brokers, 4)).into_keys().collect::<Vec<_>>(), ["0", "1", "3", "4"]);
}

#[test]
fn a_batch_too_large_for_the_broker_goes_message_by_message() {
    let cluster = cluster(1);
    let brokers = cluster.bootstrap_servers();
    let (mut sink, _) = open(&settings(&brokers));
    sink.connect(&Patience::of(SECONDS)).unwrap();
    cluster.request_errors(PRODUCE, &[TOO_LARGE, NONE, TOO_LARGE]);
    let (done, result) = deliver(&mut *sink, &parcel(0, 4), SECONDS);
    result.unwrap();
    let refused: Vec<_> = (0..4).filter(|index| done.is_refused(*index)).collect();
    assert_eq!(refused.len(), 1, "{:?}", done.reasons());
    let found = read(&brokers, 3);
    assert!(found.len() == 3 && counted(&found).len() == 3, "{:?}", counted(&found));
}

#[test]
fn a_message_longer_than_allowed_is_refused_and_the_others_arrive() {
    let cluster = cluster(1);
    let brokers = cluster.bootstrap_servers();
    let (mut sink, _) = open(&Settings { max_message: 2_000, ..settings(&brokers) });
    let mut parcel = parcel(0, 2);
    parcel.push(&Label::default(), |out| out.resize(out.len() + 5_000, b'x'));
    let (done, result) = deliver(&mut *sink, &parcel, SECONDS);
    result.unwrap();
    assert!(done.is_acked(0) && done.is_acked(1) && done.is_refused(2));
    assert_eq!(done.reasons(), [(2, "its 5000 bytes, with key and headers, are more than 2000".to_owned())]);
}

#[test]
fn more_than_librdkafka_may_hold_is_delivered_all_the_same() {
    let cluster = cluster(2);
    let brokers = cluster.bootstrap_servers();
    let options = [("queue.buffering.max.messages".to_owned(), "100".to_owned())].into();
    let (mut sink, _) = open(&Settings { options, ..settings(&brokers) });
    let (done, result) = deliver(&mut *sink, &parcel(0, 3_000), SECONDS);
    result.unwrap();
    assert!(done.is_complete());
    let found = read(&brokers, 3_000);
    assert!(found.len() == 3_000 && counted(&found).len() == 3_000);
}

#[test]
fn where_nobody_listens_it_fails_at_once_and_says_so() {
    let port = oyez_testkit::server::free_port().unwrap();
    let (mut sink, stats) = open(&settings(&format!("127.0.0.1:{port}")));
    for _ in 0..2 {
        let begin = Instant::now();
        let (done, result) = deliver(&mut *sink, &parcel(0, 3), SECONDS);
        let told = result.unwrap_err().told();
        assert!(told.starts_with("cannot deliver to Kafka topic") && told.contains("refused"), "{told}");
        assert!(begin.elapsed() < SECONDS / 2 && (0..3).all(|index| !done.is_done(index)));
    }
    let told = sink.connect(&Patience::of(SECONDS)).unwrap_err().told();
    assert!(told.starts_with("cannot reach Kafka topic") && told.contains("refused"), "{told}");
    assert_eq!(stats.connects.load(Relaxed), 0);
}

#[test]
fn a_broker_that_takes_connections_and_never_answers_is_left_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut sink, _) = open(&settings(&listener.local_addr().unwrap().to_string()));
    let time = Duration::from_millis(700);
    let (done, result) = deliver(&mut *sink, &parcel(0, 3), time);
    assert!(result.is_err() && !done.is_done(0));
    let begin = Instant::now();
    assert!(sink.connect(&Patience::of(time)).is_err());
    sink.close(&Patience::of(time)).unwrap();
    assert!(begin.elapsed() < 2 * time + Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn what_was_on_its_way_when_time_was_over_comes_again_and_may_be_there_twice() {
    let cluster = cluster(1);
    let brokers = cluster.bootstrap_servers();
    let (mut sink, _) = open(&settings(&brokers));
    insist(&mut *sink, &parcel(0, 10), SECONDS);
    cluster.broker_round_trip_time(1, Duration::from_millis(900)).unwrap();
    let (done, result) = deliver(&mut *sink, &parcel(10, 10), Duration::from_millis(300));
    let told = result.unwrap_err().told();
    assert!(told.contains("cannot deliver") && (0..10).all(|index| !done.is_done(index)), "{told}");
    cluster.broker_round_trip_time(1, Duration::ZERO).unwrap();
    insist(&mut *sink, &parcel(10, 10), SECONDS);
    let counts = counted(&read(&brokers, 20));
    assert!(counts.len() == 20 && counts.values().all(|count| (1..=2).contains(count)), "{counts:?}");
}

#[test]
fn a_slow_broker_gets_each_message_once() {
    let cluster = cluster(1);
    let brokers = cluster.bootstrap_servers();
    cluster.broker_round_trip_time(1, Duration::from_millis(400)).unwrap();
    let (mut sink, _) = open(&settings(&brokers));
    let (_, result) = deliver(&mut *sink, &parcel(0, 20), SECONDS);
    result.unwrap();
    cluster.broker_round_trip_time(1, Duration::ZERO).unwrap();
    let found = read(&brokers, 20);
    assert!(found.len() == 20 && counted(&found).len() == 20, "{}", found.len());
}

#[test]
fn nothing_is_lost_when_a_broker_goes_down_in_the_middle() {
    let cluster = cluster(2);
    let brokers = cluster.bootstrap_servers();
    let (mut sink, _) = open(&settings(&brokers));
    insist(&mut *sink, &parcel(0, 100), SECONDS);
    cluster.broker_down(1).unwrap();
    let (done, result) = deliver(&mut *sink, &parcel(100, 100), Duration::from_millis(500));
    assert!(result.is_err() && !done.is_complete());
    let (_, result) = deliver(&mut *sink, &parcel(100, 100), Duration::from_millis(500));
    assert!(result.is_err());
    cluster.broker_up(1).unwrap();
    insist(&mut *sink, &parcel(100, 100), SECONDS);
    let counts = counted(&read(&brokers, 200));
    assert!(counts.len() == 200 && counts.values().all(|count| *count <= 3), "{counts:?}");
}

#[test]
fn a_broker_that_is_away_for_less_than_the_time_there_is_gets_each_message_once() {
    let cluster = cluster(1);
    let brokers = cluster.bootstrap_servers();
    let (mut sink, stats) = open(&settings(&brokers));
    insist(&mut *sink, &parcel(0, 10), SECONDS);
    cluster.broker_down(1).unwrap();
    let sending = std::thread::spawn(move || deliver(&mut *sink, &parcel(10, 10), SECONDS));
    std::thread::sleep(Duration::from_millis(500));
    cluster.broker_up(1).unwrap();
    let (done, result) = sending.join().unwrap();
    result.unwrap();
    assert!(done.is_complete() && stats.connects.load(Relaxed) == 1);
    let found = read(&brokers, 20);
    assert!(found.len() == 20 && counted(&found).len() == 20, "{:?}", counted(&found));
}

#[test]
fn settings_that_do_not_differ_give_the_same_sink() {
    let one = settings("a:1");
    assert!(one.is_same(&settings("a:1")) && !one.is_same(&settings("a:2")) && !one.is_same(&1));
    assert!(one.needs().ids);
    let options = [("no.such".to_owned(), "1".to_owned())].into();
    let site = Site { name: "kafka".into(), host: "here".into(), stats: Arc::default() };
    let told = Settings { options, ..one }.open(&site).err().unwrap().told();
    assert!(told.contains("No such configuration property"), "{told}");
}
