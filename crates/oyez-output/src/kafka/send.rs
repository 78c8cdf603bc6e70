//! One parcel: handed to librdkafka whole, then waited for.
//!
//! A broker that finds fault with a batch may fault all of its messages for one. Those are sent again, each by itself, and
//! what is then found at fault is refused by name.

use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;

use super::Settings;
use super::producer::Producer;
use super::reports::Report;
use crate::parcel::{Message, Parcel};
use crate::sink::{Done, Failure, Patience};

/// So many messages are handed over between two looks at what became of earlier ones.
const STRIDE: usize = 256;
/// The first wait for reports, and the longest; each doubles the one before.
const FIRST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(16);

/// A parcel on its way.
struct Sending<'a> {
    producer: &'a Producer,
    settings: &'a Settings,
    parcel: &'a Parcel,
    done: &'a mut Done,
    patience: &'a Patience,
    reports: Vec<Report>,
    /// Messages that librdkafka has and has not reported.
    open: usize,
    /// Messages that are at fault, or were in one batch with one that is.
    suspects: Vec<usize>,
    /// The last error that is nobody's fault here.
    error: Option<RDKafkaErrorCode>,
}

/// Brings a parcel to the brokers.
///
/// # Errors
/// Not all of it is there, and the producer may still be at it.
pub(super) fn parcel(
    producer: &Producer,
    settings: &Settings,
    parcel: &Parcel,
    done: &mut Done,
    patience: &Patience,
) -> Result<(), Failure> {
    producer.forget_trouble();
    let (reports, suspects) = (Vec::new(), Vec::new());
    let mut sending = Sending { producer, settings, parcel, done, patience, reports, open: 0, suspects, error: None };
    sending.all()?;
    let suspects = std::mem::take(&mut sending.suspects);
    suspects.into_iter().try_for_each(|index| sending.alone(index))
}

impl Sending<'_> {
    /// Sends all that are not done, and waits for them.
    fn all(&mut self) -> Result<(), Failure> {
        for index in 0..self.parcel.len() {
            if !self.done.is_done(index) {
                self.put(index)?;
            }
            if index % STRIDE == STRIDE - 1 {
                self.hear(Duration::ZERO);
            }
        }
        self.wait()
    }

    /// Sends one by itself; if that is at fault, nobody else is.
    fn alone(&mut self, index: usize) -> Result<(), Failure> {
        self.put(index)?;
        self.wait()?;
        if self.suspects.pop().is_some() {
            let why = self.error.map_or_else(|| "the broker refuses it".to_owned(), |code| code.to_string());
            self.done.refuse(index, why);
        }
        Ok(())
    }

    /// Hands one over, when there is room.
    fn put(&mut self, index: usize) -> Result<(), Failure> {
        let Some(message) = self.parcel.get(index) else { return Ok(()) };
        let mut pause = FIRST;
        loop {
            match self.producer.put(record(self.settings, index, &message)) {
                Ok(()) => {
                    self.open += 1;
                    return Ok(());
                }
                Err(RDKafkaErrorCode::QueueFull) if !self.is_over() => self.hear(pause),
                Err(RDKafkaErrorCode::MessageSizeTooLarge) => {
                    let (long, most) = (message.text().len(), self.settings.max_message);
                    self.done.refuse(index, format!("its {long} bytes, with key and headers, are more than {most}"));
                    return Ok(());
                }
                Err(code) => {
                    self.error = Some(code);
                    return Err(self.failure());
                }
            }
            pause = (pause * 2).min(LONGEST);
        }
    }

    /// Waits until librdkafka has reported all that it has.
    fn wait(&mut self) -> Result<(), Failure> {
        let mut pause = FIRST;
        while self.open > 0 {
            if self.is_over() {
                return Err(self.failure());
            }
            self.hear(self.patience.slice(pause));
            pause = (pause * 2).min(LONGEST);
        }
        // What was reported as failed is not at librdkafka any more.
        if self.error.is_some_and(|code| !is_fault(code)) { Err(self.failure()) } else { Ok(()) }
    }

    fn is_over(&self) -> bool {
        self.patience.is_over() || self.producer.is_hopeless()
    }

    fn hear(&mut self, time: Duration) {
        self.producer.poll(time, &mut self.reports);
        for (index, error) in std::mem::take(&mut self.reports) {
            self.open = self.open.saturating_sub(1);
            match error {
                None => self.done.ack(index),
                Some(code) if is_fault(code) => {
                    self.suspects.push(index);
                    self.error = self.error.filter(|code| !is_fault(*code)).or(Some(code));
                }
                Some(code) => self.error = Some(code),
            }
        }
    }

    fn failure(&self) -> Failure {
        let failure = Failure::new(format!("cannot deliver to Kafka topic {:?}", self.settings.topic));
        match (self.error.filter(|code| !is_fault(*code)), self.producer.words()) {
            (_, Some(words)) => failure.because(words),
            (Some(code), None) => failure.because(code),
            (None, None) => failure.because("no broker has confirmed it in time"),
        }
    }
}

/// Whether an error is about the message itself, or one in its batch: waiting does not help.
fn is_fault(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::InvalidMessageSize
            | Code::MessageSizeTooLarge
            | Code::MessageBatchTooLarge
            | Code::InvalidTimestamp
            | Code::InvalidRecord
            | Code::InvalidDifferentRecord
    )
}

fn record<'a>(settings: &'a Settings, index: usize, message: &Message<'a>) -> BaseRecord<'a, [u8], [u8], usize> {
    let label = &message.label;
    let key = if label.key.is_empty() { label.id.as_bytes() } else { label.key };
    let mut headers = OwnedHeaders::new_with_capacity(settings.headers.len() + 2);
    if !label.id.is_empty() {
        headers = headers.insert(Header { key: "oyez-id", value: Some(label.id) });
    }
    headers = headers.insert(Header { key: "level", value: Some(label.level.name()) });
    for (name, value) in &settings.headers {
        headers = headers.insert(Header { key: name, value: Some(value) });
    }
    let mut record = BaseRecord::with_opaque_to(&settings.topic, index).payload(message.text()).headers(headers);
    if !key.is_empty() {
        record = record.key(key);
    }
    if let Some(time) = i64::try_from(label.time_ms).ok().filter(|time| *time > 0) {
        record = record.timestamp(time);
    }
    record
}
