//! Events → bytes: one file per format.
//!
//! Input is an [`oyez_events::Event`] with what is known of it besides, or a [`Notice`] of oyez's own; output is appended to a
//! buffer of the caller's, as whole lines: one each, or one per record in auditd's own formats. No format reads a clock, a
//! file or a terminal; what it needs to know comes in through its options. Any bytes are accepted. [`raw`] and [`enriched`] hand
//! on the kernel's bytes; output of all others is always valid UTF-8, and no byte of it can move a cursor.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::notice::Notice;

mod document;
pub mod ecs;
pub mod enriched;
mod gather;
pub mod id;
pub mod json;
pub mod laurel;
mod number;
pub mod ocsf;
mod out;
pub mod raw;
pub mod sentence;
mod string;
#[cfg(test)]
mod test_events;
pub mod text;
mod time;

pub use id::{IdWriter, Ids};

/// Appends `bytes` as a JSON string, and where they are not UTF-8 a member `NAME_hex` with them behind it: as in events.
pub fn json_text(out: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    json::text(out, name.as_bytes(), bytes);
}

/// Appends the time `sec` seconds and `ms` milliseconds after 1970-01-01 UTC, as in events: `2026-11-23T04:20:11.360Z`.
pub fn rfc3339(out: &mut Vec<u8>, sec: u64, ms: u16) {
    out.extend_from_slice(time::Clock::default().text(sec, ms));
}

/// A format that was chosen and set up.
#[derive(Debug)]
pub enum Formatter {
    /// One JSON object per event and line, for machines.
    Json(Box<json::JsonFormat>),
    /// One readable line per event, for people.
    Text(Box<text::TextFormat>),
    /// One English sentence per event, for people.
    Sentence(Box<sentence::SentenceFormat>),
    /// auditd's log, for its tools.
    Raw(Box<raw::RawFormat>),
    /// auditd's log with names, for its tools on other hosts.
    Enriched(Box<enriched::EnrichedFormat>),
    /// One JSON object per event and line, as laurel writes it.
    Laurel(Box<laurel::LaurelFormat>),
    /// One object of the Elastic Common Schema per event and line.
    Ecs(Box<ecs::EcsFormat>),
    /// One object of the Open Cybersecurity Schema Framework per event and line.
    Ocsf(Box<ocsf::OcsfFormat>),
}

impl Formatter {
    /// Appends the line, or the lines, of `event`, of which `context` is known besides, to `out`.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        match self {
            Formatter::Json(format) => format.event(event, context, out),
            Formatter::Text(format) => format.event(event, context, out),
            Formatter::Sentence(format) => format.event(event, context, out),
            Formatter::Raw(format) => format.event(event, out),
            Formatter::Enriched(format) => format.event(event, context, out),
            Formatter::Laurel(format) => format.event(event, context, out),
            Formatter::Ecs(format) => format.event(event, context, out),
            Formatter::Ocsf(format) => format.event(event, context, out),
        }
    }

    /// Appends one line for `notice` to `out`.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        match self {
            Formatter::Json(format) => format.notice(notice, out),
            Formatter::Text(format) => format.notice(notice, out),
            Formatter::Sentence(format) => format.notice(notice, out),
            Formatter::Raw(format) => format.notice(notice, out),
            Formatter::Enriched(format) => format.notice(notice, out),
            Formatter::Laurel(format) => format.notice(notice, out),
            Formatter::Ecs(format) => format.notice(notice, out),
            Formatter::Ocsf(format) => format.notice(notice, out),
        }
    }
}
