//! auditd's log as it writes it with `log_format = ENRICHED` (auditd.conf(5)): [`raw`](crate::raw), and behind byte 0x1d what
//! the numbers of a record meant on its host.
//!
//! ```text
//! type=CWD … ouid=0␝OUID="root" OGID="root"
//! ```
//!
//! A tail that the log already had is kept as it is: it tells of the host that wrote the record. Else `tail` makes one, with
//! the names that the context knows.

pub(crate) mod tail;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::notice::Notice;

use crate::raw::{RawFormat, RawOptions, harmless};
use tail::Tails;

/// Separates the kernel's text from what auditd adds (lib/libaudit.h, `AUDIT_INTERP_SEPARATOR`).
const MARK: u8 = 0x1d;

/// Writes events as auditd's ENRICHED log; keeps its buffers from one event to the next.
#[derive(Debug, Default)]
pub struct EnrichedFormat {
    raw: RawFormat,
    tails: Tails,
}

impl EnrichedFormat {
    /// A format with these options.
    pub fn new(options: RawOptions) -> Self {
        EnrichedFormat { raw: RawFormat::new(options), tails: Tails::default() }
    }

    /// Appends one line per record.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        let Self { raw, tails } = self;
        raw.records(event, out, |record, out| {
            let before = out.len();
            out.push(MARK);
            if record.tail().is_empty() {
                tails.write(record, context.names, out);
            } else {
                harmless(record.tail(), out);
            }
            if out.len() == before + 1 {
                out.truncate(before);
            }
        });
    }

    /// Appends one line for an event of oyez's own.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        self.raw.notice(notice, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_events::{self, Alice};

    fn enriched(context: &Context<'_>, lines: &[&str]) -> String {
        let (mut format, mut out) = (EnrichedFormat::default(), Vec::new());
        test_events::read(lines, &mut |event| format.event(event, context, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_record_is_followed_by_what_its_numbers_mean() {
        let names = Context { names: Some(&Alice), ..Context::default() };
        let line = "type=SYSCALL msg=audit(1.000:2): arch=c000003e syscall=59 auid=1000 uid=0 gid=7 euid=4294967295";
        let tail = "ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"root\" GID=\"unknown(7)\" EUID=\"unset\"";
        assert_eq!(enriched(&names, &[line]), format!("{line}\u{1d}{tail}\n"));
    }

    #[test]
    fn a_record_without_such_numbers_has_no_mark() {
        let line = "type=CWD msg=audit(1.000:2): cwd=\"/\"";
        assert_eq!(enriched(&Context::default(), &[line]), format!("{line}\n"));
    }

    #[test]
    fn a_tail_that_the_log_had_is_kept() {
        let names = Context { names: Some(&Alice), ..Context::default() };
        let line = "type=LOGIN msg=audit(1.000:2): uid=0\u{1d}UID=\"toor\"";
        assert_eq!(enriched(&names, &[line]), format!("{line}\n"));
    }

    #[test]
    fn without_names_ids_are_left_out_but_where_they_are_unset() {
        let line = "type=LOGIN msg=audit(1.000:2): uid=0 old-auid=4294967295";
        assert_eq!(enriched(&Context::default(), &[line]), format!("{line}\u{1d}OLD-AUID=\"unset\"\n"));
    }
}
