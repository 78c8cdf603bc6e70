//! At most so many events in so long, for each of the values of some fields.

use std::sync::Arc;

use oyez_events::group::Millis;

use super::per::Per;
use super::table::Table;
use crate::field::Field;
use crate::view::View;

/// Lets through what comes not too often: a token bucket per value, which holds as many as are let through in one unit of time.
///
/// Of more values than [`super::table::MAX_KEPT`] the one that was not seen longest begins anew.
#[derive(Debug)]
pub(crate) struct Limit {
    /// Time is counted in units of a millisecond divided by this.
    count: u128,
    unit: u128,
    per: Per,
    /// When each bucket is full again.
    full_at: Table<u128>,
}

impl Limit {
    pub(crate) fn new(count: u32, unit: Millis, per: Vec<Field>) -> Self {
        Limit { count: count.into(), unit: unit.into(), per: Per::new(per), full_at: Table::default() }
    }

    /// Whether an event can pass.
    pub(crate) fn admits(&mut self, view: &mut View<'_>, tags: &[Arc<str>], now: Millis) -> bool {
        let now = u128::from(now) * self.count;
        let key = self.per.key(view, tags);
        let Some((place, full_at)) = self.full_at.find(key) else {
            self.full_at.insert(key, now + self.unit);
            return true;
        };
        // One event takes `unit` to come back; an empty bucket is full after `count` of them.
        let next = now.max(*full_at) + self.unit;
        let admits = next <= now + self.count * self.unit;
        if admits {
            *full_at = next;
        }
        self.full_at.renew(place);
        admits
    }
}
