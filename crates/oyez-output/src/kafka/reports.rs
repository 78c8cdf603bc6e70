//! What librdkafka says while it is polled: what became of messages, and what is wrong.
//!
//! Callbacks in, lists out. Each producer has its own, which goes with it: nothing that an ended one says is heard.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};

/// What was said and not yet asked for.
#[derive(Debug, Default)]
pub(super) struct Reports {
    fates: Mutex<Vec<Report>>,
    trouble: Mutex<Trouble>,
}

/// Of one message: its place in the parcel, and the error if it did not arrive.
pub(super) type Report = (usize, Option<RDKafkaErrorCode>);

/// What is wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    /// librdkafka's last words on it.
    pub(super) words: Option<String>,
    /// Whether no broker can be reached, or none lets us in.
    pub(super) is_hopeless: bool,
}

/// What is kept of librdkafka's words, in bytes.
const WORDS: usize = 500;

impl Reports {
    /// Moves what became of messages behind what is in `into`.
    pub(super) fn take(&self, into: &mut Vec<Report>) {
        into.append(&mut lock(&self.fates));
    }

    /// What is wrong, if anything.
    pub(super) fn trouble(&self) -> Trouble {
        lock(&self.trouble).clone()
    }

    /// Forgets what was wrong before.
    pub(super) fn forget(&self) {
        *lock(&self.trouble) = Trouble::default();
    }
}

impl ClientContext for Reports {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {
        // What matters comes as an error too.
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        use RDKafkaErrorCode::{AllBrokersDown, Authentication, Fatal, SSL, SaslAuthenticationFailed};
        let code = error.rdkafka_error_code();
        let mut trouble = lock(&self.trouble);
        trouble.is_hopeless |=
            matches!(code, Some(AllBrokersDown | Authentication | SaslAuthenticationFailed | SSL | Fatal));
        // It only counts the others' errors.
        if code != Some(AllBrokersDown) || trouble.words.is_none() {
            trouble.words = Some(reason.chars().filter(|c| !c.is_control()).take(WORDS).collect());
        }
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        let error =
            result.as_ref().err().map(|(error, _)| error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail));
        lock(&self.fates).push((index, error));
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
