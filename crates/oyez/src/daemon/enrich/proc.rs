//! /proc without secrets: what the process table reads of arguments is redacted as events are.

use std::io;

use oyez_enrich::process::{HostProc, Part, ProcFs};
use oyez_enrich::redact::Redactor;

/// This host's /proc, its `cmdline`s redacted where there is a redactor.
pub(super) struct Redacting {
    proc: HostProc,
    redactor: Option<Redactor>,
}

impl Redacting {
    /// Reads through `redactor`.
    pub(super) fn new(redactor: Option<Redactor>) -> Self {
        Self { proc: HostProc::default(), redactor }
    }
}

impl ProcFs for Redacting {
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
        self.proc.pids(out)
    }

    fn read(&mut self, pid: u32, part: Part, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        self.proc.read(pid, part, limit, out)?;
        if let Some(redactor) = self.redactor.as_mut().filter(|_| part == Part::Cmdline) {
            redactor.arguments(out);
        }
        Ok(())
    }
}
