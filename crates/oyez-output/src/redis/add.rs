//! One parcel: added message by message, without waiting for each, and what the server says of them, in the same order.
//!
//! At most [`WINDOW`] messages wait for its word.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use super::Settings;
use super::reply::{Reply, command};
use super::session::Session;
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Patience};

/// Messages that wait for the server's word, at most.
const WINDOW: usize = 512;
/// Bytes that are sent before what was heard is looked at; one message may be longer.
const CHUNK: usize = 64 << 10;
/// What every server takes, in bytes: less cannot be set as its `proto-max-bulk-len` (redis.conf).
const SHORT: usize = 1 << 20;
/// How long the server is given to say how many replicas there are, of the time there is for all.
const ANSWER: Duration = Duration::from_millis(200);

/// A parcel on its way.
pub(super) struct Adding<'a> {
    session: &'a mut Session,
    settings: &'a Settings,
    parcel: &'a Parcel,
    patience: &'a Patience,
    words: Words<'a>,
    can_go_on: bool,
}

/// What is said of messages.
struct Words<'a> {
    parcel: &'a Parcel,
    done: &'a mut Done,
    /// Messages that wait for a word, in order; `None` for how many replicas have all before.
    open: VecDeque<Option<usize>>,
    /// Messages that the server has.
    added: Vec<usize>,
    /// How many replicas have them.
    replicas: Option<i64>,
    /// Why the first that was not added was not.
    wrong: Option<String>,
}

impl<'a> Adding<'a> {
    pub(super) fn new(
        session: &'a mut Session,
        settings: &'a Settings,
        parcel: &'a Parcel,
        done: &'a mut Done,
        patience: &'a Patience,
    ) -> Self {
        let (open, added) = (VecDeque::new(), Vec::new());
        let words = Words { parcel, done, open, added, replicas: None, wrong: None };
        Self { session, settings, parcel, patience, words, can_go_on: true }
    }

    /// Whether the connection can be used again: the server owes us nothing, and nothing is wrong with it.
    pub(super) fn can_go_on(&self) -> bool {
        self.can_go_on
    }

    /// Adds all that are not done, and waits until the server has them.
    pub(super) fn all(&mut self) -> Result<(), Failure> {
        let result = self.add().and_then(|()| self.confirm());
        let failed = Failure::new(format!("cannot deliver to Redis at \"{}\"", self.session.name()));
        match (self.words.wrong.take(), result) {
            (Some(words), result) => {
                // A server that became a replica, or lost our name, is to be looked for anew.
                self.can_go_on = result.is_ok() && is_ours(&words);
                Err(failed.because(words))
            }
            (None, Err(error)) => {
                self.can_go_on = false;
                Err(failed.because(error))
            }
            (None, Ok(())) => Ok(()),
        }
    }

    fn add(&mut self) -> io::Result<()> {
        let (mut next, mut out) = (0, Vec::new());
        loop {
            out.clear();
            while next < self.parcel.len()
                && self.words.wrong.is_none()
                && self.words.open.len() < WINDOW
                && out.len() < CHUNK
            {
                if self.put(next, &mut out) {
                    self.words.open.push_back(Some(next));
                }
                next += 1;
            }
            if !out.is_empty() {
                let sent = self.session.send(&out, self.patience);
                // What the server said before it closed the connection counts, too.
                self.hear()?;
                sent?;
            } else if self.words.open.is_empty() {
                return Ok(());
            } else {
                self.wait()?;
            }
        }
    }

    /// Says done of what was added; where replicas are wanted, once these have it.
    fn confirm(&mut self) -> io::Result<()> {
        let wanted = self.settings.replicas;
        if wanted > 0 && !self.words.added.is_empty() {
            let time = self.patience.left().saturating_sub(ANSWER).as_millis().max(1);
            let mut out = Vec::new();
            command(&[b"WAIT", wanted.to_string().as_bytes(), time.to_string().as_bytes()], &mut out);
            self.words.open.push_back(None);
            self.session.send(&out, self.patience)?;
            while !self.words.open.is_empty() {
                self.wait()?;
            }
            let found = self.words.replicas.unwrap_or(0);
            if found < i64::from(wanted) {
                let words = format!("{found} replicas have it, and not {wanted}");
                self.words.wrong = self.words.wrong.take().or(Some(words));
                return Ok(());
            }
        }
        for index in std::mem::take(&mut self.words.added) {
            self.words.done.ack(index);
        }
        Ok(())
    }

    fn wait(&mut self) -> io::Result<()> {
        let waited = self.session.wait(self.patience);
        self.hear()?;
        waited
    }

    fn hear(&mut self) -> io::Result<()> {
        let words = &mut self.words;
        self.session.replies(&mut |reply| words.one(reply))?;
        if self.settings.replicas == 0 {
            for index in std::mem::take(&mut self.words.added) {
                self.words.done.ack(index);
            }
        }
        Ok(())
    }

    /// Appends one message, unless it is done.
    fn put(&self, index: usize, out: &mut Vec<u8>) -> bool {
        let Some(message) = self.parcel.get(index).filter(|_| !self.words.done.is_done(index)) else { return false };
        let length = self.settings.max_length.map(|length| length.to_string());
        let mut words: Vec<&[u8]> = vec![b"XADD", self.settings.stream.as_bytes()];
        if let Some(length) = &length {
            words.extend([&b"MAXLEN"[..], b"~", length.as_bytes()]);
        }
        let label = &message.label;
        words.extend([&b"*"[..], b"event", message.text(), b"level", label.level.name().as_bytes()]);
        for (name, value) in [(&b"id"[..], label.id.as_bytes()), (b"key", label.key)] {
            if !value.is_empty() {
                words.extend([name, value]);
            }
        }
        command(&words, out);
        true
    }
}

impl Words<'_> {
    /// What is said of the first that waits.
    fn one(&mut self, reply: Reply<'_>) {
        let Some(first) = self.open.pop_front() else {
            self.wrong = self.wrong.take().or(Some("it answers what nobody asked".into()));
            return;
        };
        match (first, reply) {
            (Some(index), Reply::Done(_)) => self.added.push(index),
            (None, Reply::Number(replicas)) => self.replicas = Some(replicas),
            (Some(index), Reply::Error(words)) if self.is_too_long(index, &words) => {
                self.done.refuse(index, words.clone());
                self.wrong = self.wrong.take().or(Some(words));
            }
            (_, Reply::Error(words)) => self.wrong = self.wrong.take().or(Some(words)),
            (_, _) => self.wrong = self.wrong.take().or(Some("it answers something else than it was asked".into())),
        }
    }

    /// Whether the server will never take this message. It says so at its length, and closes the connection.
    fn is_too_long(&self, index: usize, words: &str) -> bool {
        let is_long = self.parcel.get(index).is_some_and(|message| message.text().len() >= SHORT);
        is_long && words.contains("invalid bulk length")
    }
}

/// Whether an error is about what we do, and not about the server or the connection.
fn is_ours(words: &str) -> bool {
    ["OOM", "WRONGTYPE", "NOPERM"].iter().any(|code| words.starts_with(code)) || words.contains("replicas have it")
}
