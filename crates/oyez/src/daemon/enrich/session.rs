//! The login session that an event is of: an [`Event`] in, the number in its `ses=` out.

use memchr::memmem::Finder;
use oyez_enrich::process::Actor;
use oyez_events::Event;

/// Finds an event's session.
pub(super) struct Session(Finder<'static>);

impl Default for Session {
    fn default() -> Self {
        Self(Finder::new(b" ses="))
    }
}

impl Session {
    /// The `ses=` that the kernel wrote. Nothing that others chose stands before it. Where a `SYSCALL` says who acted it was
    /// read with that.
    pub(super) fn of(&self, event: &Event, actor: Option<&Actor<'_>>) -> Option<u32> {
        if let Some(actor) = actor.filter(|actor| actor.is_syscall()) {
            return actor.ses();
        }
        let body = event.record(event.main())?.body();
        let digits = body.get(self.0.find(body)? + b" ses=".len()..)?;
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
    }
}
