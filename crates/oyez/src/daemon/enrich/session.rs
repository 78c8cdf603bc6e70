//! The login session that an event is of: an [`Event`] in, the number in its `ses=` out.

use memchr::memmem::Finder;
use oyez_events::Event;

/// Finds an event's session.
pub(super) struct Session(Finder<'static>);

impl Default for Session {
    fn default() -> Self {
        Self(Finder::new(b" ses="))
    }
}

impl Session {
    /// The `ses=` that the kernel wrote. Nothing that others chose stands before it.
    pub(super) fn of(&self, event: &Event) -> Option<u32> {
        let body = event.record(event.main())?.body();
        let digits = body.get(self.0.find(body)? + b" ses=".len()..)?;
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
    }
}
