//! What an event's records do not say: users, logins, processes, containers, the host.
//!
//! Input are events ([`oyez_events::Event`]) and what files and the kernel tell of processes; output is the
//! [`oyez_events::context`] of an event. All that is read comes through traits, so that each part is tested with fakes;
//! nothing here waits for anybody, and every table has a stated bound.

mod deleted;
pub mod hash;
pub mod host;
pub mod logins;
pub mod place;
pub mod process;
mod recent;
pub mod redact;
#[cfg(test)]
mod test_events;
pub mod users;
