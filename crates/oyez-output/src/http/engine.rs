//! A batch's way to a receiver that speaks HTTP: as one request, or as several where one is too large or has something bad in it.
//!
//! What is the same for all interfaces: `2xx` is an acknowledgement; 408, 425, 429 and `5xx` come again, after `Retry-After`
//! where it is given; 413, 400 and 422 are looked for by halves until one message stands alone, which is refused; any other
//! status is a fault of the set-up, and messages are kept until it is mended. What is not: [`Api`].

use std::ops::Range;

use super::client::{Answer, Ask, Client, Endpoint};
use super::trust::{Refusal, Trust};
use super::verdict::{Fate, Verdict};
use super::work::Work;
use crate::parcel::{Message, Parcel};
use crate::sink::{Done, Failure, Patience, Sink, Site};

/// Messages that were refused alone before any was taken; with so many, the receiver is not asked further.
const SUSPECTS: usize = 8;
/// Bytes of an answer that are read where nothing else is said.
pub(crate) const ANSWER: usize = 64 << 10;

/// What a receiver's interface has of its own.
pub(crate) trait Api: Send {
    /// Why this message cannot be sent at all.
    fn unfit(&self, message: &Message<'_>) -> Option<String> {
        let _ = message;
        None
    }

    /// Appends the body of a request with these messages.
    fn encode(&mut self, messages: &[Message<'_>], body: &mut Vec<u8>);

    /// The request but for its body, which is put in later.
    fn request(&mut self, messages: &[Message<'_>]) -> Ask<'_>;

    /// What an answer says of the messages of its request.
    fn judge(&mut self, answer: &Answer, messages: usize) -> Verdict {
        let _ = messages;
        Verdict::by_status(answer)
    }

    /// What is asked to see whether the receiver is there and lets us in.
    fn probe(&mut self) -> Ask<'_>;

    /// What the answer to that says.
    fn judge_probe(&mut self, answer: &Answer) -> Result<(), Failure>;

    /// After all requests of a batch: what is still to be asked before messages are acknowledged.
    fn settle(&mut self, client: &mut Client, parcel: &mut Pending<'_>, patience: &Patience) -> Result<(), Failure> {
        let _ = (client, parcel, patience);
        Ok(())
    }
}

/// Messages that the receiver has and may lose yet.
pub(crate) struct Pending<'a> {
    /// The number by which it is asked, and the messages' places in the parcel.
    pub(crate) tickets: Vec<(u64, Vec<usize>)>,
    pub(crate) done: &'a mut Done,
    /// Refused, and not yet believed.
    suspects: Vec<(usize, Refusal)>,
}

/// A sink for one interface.
pub(crate) struct Engine<A> {
    api: A,
    client: Client,
    /// Messages in one request, at most; less than a batch where receivers do not take so much.
    limit: usize,
    trust: Trust,
    body: Vec<u8>,
    is_known: bool,
}

impl<A: Api> Engine<A> {
    pub(crate) fn new(api: A, endpoint: &Endpoint, site: &Site) -> Result<Self, Failure> {
        let client = Client::new(endpoint, site)?;
        Ok(Self { api, client, limit: usize::MAX, trust: Trust::new(), body: Vec::new(), is_known: false })
    }

    /// Brings out all that are open. What has a ticket is noted in `pending`.
    fn send(&mut self, parcel: &Parcel, pending: &mut Pending<'_>, patience: &Patience) -> Result<(), Failure> {
        let open = self.open(parcel, pending.done);
        let mut work = Work::new(open.len(), self.limit);
        while let Some(range) = work.next()? {
            if patience.is_over() {
                return Err(Failure::new("there was no time for all messages of a batch"));
            }
            let part = open.get(range.clone()).unwrap_or_default();
            let verdict = self.request(parcel, part, patience)?;
            self.take(verdict, part, &range, &mut work, pending)?;
        }
        self.decide(pending)
    }

    /// Refuses a message, or puts it aside until others were tried.
    fn refuse(&mut self, pending: &mut Pending<'_>, index: usize, refusal: Refusal) -> Result<(), Failure> {
        if self.trust.believes(&refusal) {
            return self.trust.refuse(pending.done, index, refusal);
        }
        pending.suspects.push((index, refusal));
        if pending.suspects.len() < SUSPECTS { Ok(()) } else { self.decide(pending) }
    }

    /// Refuses what was put aside, if anything was taken meanwhile.
    fn decide(&mut self, pending: &mut Pending<'_>) -> Result<(), Failure> {
        for (index, refusal) in pending.suspects.drain(..) {
            self.trust.refuse(pending.done, index, refusal)?;
        }
        Ok(())
    }

    /// The places of messages that are to be sent; what cannot be is refused.
    fn open(&self, parcel: &Parcel, done: &mut Done) -> Vec<usize> {
        let mut open = Vec::with_capacity(parcel.len());
        for (index, message) in parcel.messages().enumerate() {
            if done.is_done(index) {
                continue;
            }
            match self.api.unfit(&message) {
                Some(why) => done.refuse(index, why),
                None => open.push(index),
            }
        }
        open
    }

    fn request(&mut self, parcel: &Parcel, part: &[usize], patience: &Patience) -> Result<Verdict, Failure> {
        let messages: Vec<_> = part.iter().filter_map(|index| parcel.get(*index)).collect();
        self.body.clear();
        self.api.encode(&messages, &mut self.body);
        let ask = Ask { body: &self.body, ..self.api.request(&messages) };
        match self.client.ask(&ask, patience) {
            Ok(answer) => Ok(self.api.judge(&answer, part.len())),
            Err(silence) => {
                if silence.is_cut {
                    // Some receivers, and what stands before them, close the connection where others say 413.
                    self.limit = (part.len() / 2).max(1);
                }
                Err(silence.failure)
            }
        }
    }

    fn take(
        &mut self,
        verdict: Verdict,
        part: &[usize],
        range: &Range<usize>,
        work: &mut Work,
        pending: &mut Pending<'_>,
    ) -> Result<(), Failure> {
        match verdict {
            Verdict::Taken => {
                self.grow();
                for index in part {
                    pending.done.ack(*index);
                }
            }
            Verdict::Ticket(ticket) => {
                self.grow();
                pending.tickets.push((ticket, part.to_vec()));
            }
            Verdict::Bad(refusal) => match part {
                [index] => self.refuse(pending, *index, refusal)?,
                _ => work.halves(range),
            },
            Verdict::BadAt(place, refusal) => match part {
                [index] => self.refuse(pending, *index, refusal)?,
                _ => work.around(range, place),
            },
            Verdict::TooLarge(reason) => {
                if let [index] = part {
                    return self.refuse(pending, *index, Refusal { reason, is_sure: false });
                }
                self.limit = (part.len() / 2).max(1);
                work.halves(range);
            }
            Verdict::Each(fates) => self.take_each(fates, part, pending)?,
            Verdict::Later(failure) => return Err(failure),
        }
        Ok(())
    }

    fn take_each(&mut self, fates: Vec<Fate>, part: &[usize], pending: &mut Pending<'_>) -> Result<(), Failure> {
        let mut later = 0;
        for (index, fate) in part.iter().zip(&fates) {
            match fate {
                Fate::Taken => {
                    self.trust.taken();
                    pending.done.ack(*index);
                }
                Fate::Later => later += 1,
                Fate::Bad(_) => {}
            }
        }
        // Behind those that were taken: whoever takes some is believed.
        for (index, fate) in part.iter().zip(fates) {
            if let Fate::Bad(refusal) = fate {
                self.refuse(pending, *index, refusal)?;
            }
        }
        if later > 0 {
            return Err(Failure::new(format!("the receiver has no room for {later} of {} messages now", part.len())));
        }
        Ok(())
    }

    /// The receiver took a request: the next may be a little larger.
    fn grow(&mut self) {
        self.trust.taken();
        self.limit = self.limit.saturating_add(self.limit / 16 + 1);
    }
}

impl<A: Api> Sink for Engine<A> {
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        if self.is_known {
            return Ok(());
        }
        let answer = self.client.ask(&self.api.probe(), patience)?;
        self.api.judge_probe(&answer)?;
        self.is_known = true;
        Ok(())
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        let mut pending = Pending { tickets: Vec::new(), done, suspects: Vec::new() };
        let sent = self.send(parcel, &mut pending, patience);
        let settled = self.api.settle(&mut self.client, &mut pending, patience);
        self.is_known = sent.is_ok() && settled.is_ok();
        sent.and(settled)
    }
}
