//! Views of events: that they say what the event's JSON says, what they cost, and what changes them.

#![expect(clippy::unwrap_used, reason = "what cannot be prepared fails the test")]

mod allocations;
mod docs;
mod events;
mod oracle;
mod same;
mod source;
