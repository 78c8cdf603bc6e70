//! Events of oyez's own: what the daemon has to say, in the stream in which people look for it.

/// Something oyez itself reports, for instance a loss. It has no serial: no kernel record stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice<'a> {
    /// Seconds since 1970-01-01 UTC at which it happened.
    pub sec: u64,
    /// Milliseconds within the second.
    pub ms: u16,
    /// The how manieth it is of its run; 0 where nobody counts.
    pub number: u64,
    /// The event's kind: `OYEZ_LOSS`, `OYEZ_START`, …
    pub kind: &'static str,
    /// What there is to say, in a fixed order; keys are lower-case words with `_`, or full names of an
    /// event's fields, with dots.
    pub fields: &'a [(&'a str, Value<'a>)],
}

/// A value in a [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A count.
    Number(u64),
    /// A whole number that may be below 0.
    Signed(i64),
    /// Yes or no.
    Flag(bool),
    /// Text, or bytes that may not be text.
    Text(&'a [u8]),
}
