//! What an answer says of the messages of its request; and what statuses mean where nothing else is said.

use super::client::Answer;
use super::trust::{Refusal, SLOW};
use crate::sink::Failure;

/// What became of the messages of one request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The receiver has them all.
    Taken,
    /// It has them all, but may lose them yet; the number by which it is asked.
    Ticket(u64),
    /// One of them, or all together, cannot be taken.
    Bad(Refusal),
    /// So too; it is the one at this place, or the one before.
    BadAt(usize, Refusal),
    /// Too large; the reason.
    TooLarge(String),
    /// Each for itself, in order.
    Each(Vec<Fate>),
    /// They come again.
    Later(Failure),
}

/// What became of one message.
#[derive(Debug)]
pub(crate) enum Fate {
    Taken,
    Bad(Refusal),
    Later,
}

impl Verdict {
    /// What a status means where the body says no more.
    pub(crate) fn by_status(answer: &Answer) -> Self {
        match answer.status {
            200..=299 => Self::Taken,
            400 | 422 => Self::Bad(Refusal { reason: answer.told(), is_sure: false }),
            413 => Self::TooLarge(answer.told()),
            408 | 425 | 429 | 500..=599 => Self::Later(busy(answer)),
            _ => Self::Later(set_up_wrongly(answer)),
        }
    }
}

/// The receiver has no time, or is broken.
pub(crate) fn busy(answer: &Answer) -> Failure {
    let failure = Failure::new("the receiver does not take messages now").because(answer.told());
    match answer.wait() {
        Some(wait) => failure.after(wait),
        None => failure,
    }
}

/// Somebody has to do something before it works.
pub(crate) fn set_up_wrongly(answer: &Answer) -> Failure {
    let what = match answer.status {
        401 | 403 | 407 => "the receiver does not let us in",
        300..=399 => "the receiver is elsewhere, and redirects are not followed",
        _ => "the receiver does not take messages there",
    };
    let to = answer.headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
    let told = if to.is_empty() { answer.told() } else { format!("{}: {to:?}", answer.told()) };
    Failure::new(what).because(told).after(answer.wait().unwrap_or(SLOW))
}
