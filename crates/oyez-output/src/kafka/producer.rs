//! One librdkafka producer after another: made when needed, ended on a thread of its own.
//!
//! librdkafka has a thread for itself and one for each broker. To end it is to wait for all of them, and one may be asking a
//! name server that does not answer; so that is not the caller's to wait for. No second one is made meanwhile.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::config::refused;
use super::reports::{Report, Reports};
use crate::sink::{Failure, Patience};
use crate::stats::Stats;

/// How long to wait for the brokers' answer before looking whether something is wrong.
const LOOK: Duration = Duration::from_millis(200);
/// Between two looks whether a producer has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// The producer that there is, or the one that is being ended.
#[derive(Default)]
pub(super) struct Holder {
    producer: Option<Producer>,
    ending: Option<JoinHandle<()>>,
    /// Whether this one's connection was counted.
    is_counted: bool,
}

impl Holder {
    /// Makes a producer if there is none, once the last one has ended.
    pub(super) fn ready(
        &mut self,
        patience: &Patience,
        config: impl FnOnce() -> Result<ClientConfig, Failure>,
    ) -> Result<(), Failure> {
        if self.producer.is_some() {
            return Ok(());
        }
        self.wait(patience);
        if self.ending.is_some() {
            return Err(Failure::new("cannot connect to Kafka: the last connection is still being ended"));
        }
        self.producer = Some(Producer::new(&config()?)?);
        self.is_counted = false;
        Ok(())
    }

    /// The producer, if there is one.
    pub(super) fn get(&self) -> Option<&Producer> {
        self.producer.as_ref()
    }

    /// Counts the producer's first contact with its brokers.
    pub(super) fn note_contact(&mut self, stats: &Stats) {
        if !std::mem::replace(&mut self.is_counted, true) {
            stats.connects.fetch_add(1, Relaxed);
        }
    }

    /// Ends the producer, without waiting.
    pub(super) fn bury(&mut self) {
        if let Some(producer) = self.producer.take() {
            // Where there can be no thread, the producer ends here.
            self.ending = thread::Builder::new().name("kafka-end".into()).spawn(move || drop(producer)).ok();
        }
    }

    /// Waits for the end of the last one.
    pub(super) fn wait(&mut self, patience: &Patience) {
        while self.ending.as_ref().is_some_and(|thread| !thread.is_finished()) && !patience.is_over() {
            sleep(PAUSE);
        }
        if self.ending.as_ref().is_some_and(JoinHandle::is_finished) {
            self.ending = None;
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.bury();
    }
}

/// A producer and what it says.
pub(super) struct Producer {
    inner: BaseProducer<Reports>,
    has_contact: AtomicBool,
}

impl Producer {
    fn new(config: &ClientConfig) -> Result<Self, Failure> {
        let inner = config.create_with_context(Reports::default()).map_err(refused)?;
        Ok(Self { inner, has_contact: AtomicBool::new(false) })
    }

    fn reports(&self) -> &Reports {
        self.inner.context()
    }

    /// Whether a broker has answered it.
    pub(super) fn has_contact(&self) -> bool {
        self.has_contact.load(Relaxed)
    }

    /// Asks the brokers about a topic: they must be there, let us in, and know it.
    pub(super) fn meet(&self, topic: &str, patience: &Patience) -> Result<(), Failure> {
        let failed = || Failure::new(format!("cannot reach Kafka topic {topic:?}"));
        self.reports().forget();
        loop {
            let error = match self.inner.client().fetch_metadata(Some(topic), patience.slice(LOOK)) {
                Ok(metadata) => {
                    self.has_contact.store(true, Relaxed);
                    let found = metadata.topics().iter().find(|found| found.name() == topic);
                    return match found.map(|found| found.error().map(RDKafkaErrorCode::from)) {
                        Some(None) => Ok(()),
                        Some(Some(code)) => Err(failed().because(code)),
                        None => Err(failed().because("the brokers do not name it")),
                    };
                }
                Err(error) => error,
            };
            self.listen();
            if patience.is_over() || self.is_hopeless() {
                return Err(failed().because(self.words().unwrap_or_else(|| error.to_string())));
            }
        }
    }

    /// Hands a message to librdkafka, which copies it.
    pub(super) fn put(&self, record: BaseRecord<'_, [u8], [u8], usize>) -> Result<(), RDKafkaErrorCode> {
        self.inner.send(record).map_err(|(error, _)| match error {
            KafkaError::MessageProduction(code) => code,
            _ => RDKafkaErrorCode::InvalidArgument,
        })
    }

    /// Waits so long for reports, and moves them behind what is in `into`.
    pub(super) fn poll(&self, time: Duration, into: &mut Vec<Report>) {
        self.inner.poll(time);
        let before = into.len();
        self.reports().take(into);
        if into[before..].iter().any(|(_, error)| error.is_none()) {
            self.has_contact.store(true, Relaxed);
        }
    }

    /// Hears what librdkafka has to say, so that it does not pile up.
    pub(super) fn listen(&self) {
        self.inner.poll(Duration::from_millis(1));
    }

    /// Forgets what was wrong before.
    pub(super) fn forget_trouble(&self) {
        self.reports().forget();
    }

    /// Whether there is no use in waiting: it has never had contact with its brokers, and none can be had. After that
    /// librdkafka goes on trying: it is the one who can do so without making doubles.
    pub(super) fn is_hopeless(&self) -> bool {
        !self.has_contact() && self.reports().trouble().is_hopeless
    }

    /// What is wrong, in librdkafka's words.
    pub(super) fn words(&self) -> Option<String> {
        self.reports().trouble().words
    }
}
