//! The filters of the configuration in their place among the stages: before an event is enriched, where records are enough, and
//! behind that.
//!
//! Events in, what is left of them out; what filters have to say besides goes to the [`Router`] as oyez's own events, which no
//! filter sees, and for which there is only the room that is kept for those. Records of events that were dropped are counted
//! as filtered here, by how many the event came with.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::Millis;
use oyez_events::notice::Notice;
use oyez_filter::chain::Counts;
use oyez_filter::{Filters, Told};

use super::clock;
use super::router::Router;
use crate::filters;

/// The chain of the running pipeline.
pub(crate) struct Chain(Filters);

impl Chain {
    pub(crate) fn new(filters: Filters) -> Self {
        Self(filters)
    }

    /// Whether an event goes on, as far as its records say.
    pub(crate) fn early(&mut self, event: &Event, now: Millis, router: &mut Router) -> bool {
        self.0.early(event, now, &mut |told| tell(&told, router)) || router.drop_filtered(event.len())
    }

    /// An event as it goes on with what is known of it, if it does; `records` are those it came with.
    pub(crate) fn late<'a>(
        &'a mut self,
        (event, context): (&'a Event, Context<'a>),
        records: usize,
        now: Millis,
        router: &mut Router,
    ) -> Option<(&'a Event, Context<'a>)> {
        if self.0.is_empty() {
            return Some((event, context));
        }
        let left = self.0.late(event, context, now, &mut |told| tell(&told, router)).left;
        if left.is_none() {
            router.drop_filtered(records);
        }
        left
    }

    /// When there is something to do though nothing comes.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.0.deadline()
    }

    pub(crate) fn tick(&mut self, now: Millis, router: &mut Router) {
        self.0.tick(now, &mut |told| tell(&told, router));
    }

    /// Goes on with other filters; those that are the same keep what they hold, the others tell what they held, and what they
    /// did.
    pub(crate) fn replace(&mut self, newer: Filters, now: Millis, router: &mut Router) {
        let ended = self.0.replace(newer, now, &mut |told| tell(&told, router));
        tell_counts(&ended, router);
    }

    /// Nothing more comes: what is held back is told, then what each filter did.
    pub(crate) fn finish(&mut self, now: Millis, router: &mut Router) {
        self.0.finish(now, &mut |told| tell(&told, router));
        tell_counts(&self.0.counts(), router);
    }
}

fn tell_counts(counts: &[Counts], router: &mut Router) {
    for counts in counts {
        tell(&counts.told(), router);
    }
}

/// What has no event behind it happened now.
fn tell(told: &Told, router: &mut Router) {
    let (sec, ms) = if told.sec == 0 { clock::wall() } else { (told.sec, told.ms) };
    let is_chatter = matches!(told.kind, "OYEZ_EMIT" | "OYEZ_FILTER_LOG");
    filters::show(told, |notice| {
        let notice = Notice { sec, ms, ..*notice };
        if is_chatter { router.chatter(&notice) } else { router.notice(&notice) }
    });
}
