//! What a chain is made of: a block of matchers, or one script.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::Millis;

use super::Counts;
use crate::field::Source;
use crate::tell::Told;
use crate::view::View;

/// An event, and what is known of it.
pub(super) type Known<'a> = (&'a Event, Context<'a>);

/// What is to become of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The next filter is asked.
    Pass,
    /// It goes out, whatever later filters would say.
    Keep,
    /// It is gone.
    Drop,
}

/// What a link says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// It goes on as [`Link::changed`] has it.
    pub(super) is_changed: bool,
    /// The filter could not tell.
    pub(super) is_failed: bool,
}

impl Judged {
    pub(super) const PASS: Self = Self::new(Verdict::Pass, false);
    pub(super) const DROP: Self = Self::new(Verdict::Drop, false);

    pub(super) const fn new(verdict: Verdict, is_changed: bool) -> Self {
        Judged { verdict, is_changed, is_failed: false }
    }
}

/// One or more filters that are asked at once.
pub(super) trait Link: Send {
    /// The most it needs. One that needs records alone never rewrites them.
    fn source(&self) -> Source;

    /// Judges an event, which `view` is of.
    fn judge(&mut self, view: &mut View<'_>, of: Known<'_>, now: Millis, tell: &mut dyn FnMut(Told)) -> Judged;

    /// The event that was judged last as it goes on, where it was changed: from what it was, secrets aside.
    fn changed<'a>(&'a self, known: Known<'a>) -> Known<'a>;

    /// Time went by.
    fn tick(&mut self, now: Millis, tell: &mut dyn FnMut(Told));

    /// Nothing more comes.
    fn finish(&mut self, now: Millis, tell: &mut dyn FnMut(Told));

    /// When it has something to do though nothing comes.
    fn deadline(&self) -> Option<Millis>;

    /// What each of its filters did, in their order; their time is the chain's to know.
    fn counts(&self, out: &mut Vec<Counts>);
}
