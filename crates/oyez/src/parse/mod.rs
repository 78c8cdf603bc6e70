//! `oyez parse` without its command line: logs in, events out, and counts of what became of every line.
//!
//! [`Session`] reads one source after the other and hands their lines to a [`Pipeline`], which parses and groups them for
//! whoever takes events ([`Take`]): [`Formatted`] formats and writes them, `oyez report` counts them. One thread; memory is bounded by the buffers of the parts, whatever the size of the input. Grouping goes on across files, so
//! that rotated logs are read as one stream: oldest first, for the log's own time runs forward.
//!
//! Nothing vanishes: a line is a record of an event, or comes out as an `OYEZ_MALFORMED` event, or is not audit's and is
//! counted ([`Counts`]).

mod counts;
mod formatted;
mod output;
mod pipeline;
mod serials;
mod session;
mod stop;
mod take;

pub use counts::Counts;
pub use formatted::Formatted;
pub use pipeline::{Options, Pipeline};
pub use session::Session;
pub use stop::Stop;
pub use take::Take;
