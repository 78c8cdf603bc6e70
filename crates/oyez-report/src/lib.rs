//! Events → counts of them: the totals of `aureport`, tables of who did what how often, and counts by time.
//!
//! Input are [`Event`](oyez_events::Event)s, each looked at once; output is text, JSON or CSV ([`render`](Report::render)).
//! What each count means is what aureport of audit 3.0.9 counts; `docs/report.md` says where this one differs, and a test
//! compares the two. Nothing is refused: an event that cannot be understood is counted by its type.
//!
//! Bounded, whatever comes: a [`Table`] has at most [`MAX_KEYS`] rows and [`MAX_KEY_BYTES`] bytes of keys, and says what it
//! no longer names; totals are exact. Keys are text that others chose, so the hash is std's `SipHash`, seeded anew at each start.

mod facts;
mod render;
mod report;
mod table;
mod times;
mod topic;
mod total;

pub use render::{Format, Shown};
pub use report::{Options, Report};
pub use table::{Count, MAX_KEY, MAX_KEY_BYTES, MAX_KEYS, Table};
pub use times::{MAX_SLOTS, Step};
pub use topic::Topic;
pub use total::Total;
