//! Views of events: that they say what the event's JSON says, what they cost, and what changes them.

mod allocations;
mod docs;
mod events;
mod oracle;
mod same;
mod source;
