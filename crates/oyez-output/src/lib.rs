//! Where bytes go, and where they are kept until they are there.
//!
//! Input is bytes, and how many events and records they are worth; output is the same bytes at the other end. Nothing here
//! knows what an event is, or reads a clock. It does not format, filter or choose: whoever joins an output to the rest does.

pub mod spool;
