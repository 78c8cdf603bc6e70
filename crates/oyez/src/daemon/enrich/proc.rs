//! /proc without secrets: what the process table reads is redacted as events are, so that the two can be compared.
//!
//! Arguments are looked at as command lines are; program file, working directory and name as paths are. Lengths stay.

use std::io;
use std::ops::Range;

use memchr::{memchr, memrchr};
use oyez_enrich::process::{Part, ProcFs};
use oyez_enrich::redact::Redactor;

/// A /proc that is redacted where there is a redactor.
pub(super) struct Redacting<P> {
    proc: P,
    redactor: Option<Redactor>,
}

impl<P> Redacting<P> {
    /// Reads `proc` through `redactor`.
    pub(super) fn new(proc: P, redactor: Option<Redactor>) -> Self {
        Self { proc, redactor }
    }
}

impl<P: ProcFs> ProcFs for Redacting<P> {
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
        self.proc.pids(out)
    }

    fn read(&mut self, pid: u32, part: Part, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        self.proc.read(pid, part, limit, out)?;
        let Some(redactor) = &mut self.redactor else { return Ok(()) };
        let is_cut = out.len() >= limit;
        match part {
            Part::Cmdline => redactor.arguments(out, is_cut),
            Part::Exe | Part::Cwd => redactor.path(out),
            Part::Stat => redactor.path(name(out).and_then(|name| out.get_mut(name)).unwrap_or_default()),
            // Only its numbers are taken.
            Part::Status => false,
        };
        Ok(())
    }
}

/// Where in a `stat` file the name is: between the first and the last parenthesis (`proc_pid_stat(5)`).
fn name(stat: &[u8]) -> Option<Range<usize>> {
    Some(memchr(b'(', stat)? + 1..memrchr(b')', stat)?)
}

#[cfg(test)]
mod tests {
    use oyez_enrich::redact::{Pattern, Target};

    use super::*;

    struct Fixed;

    impl ProcFs for Fixed {
        fn pids(&mut self, _: &mut Vec<u32>) -> io::Result<()> {
            Ok(())
        }

        fn read(&mut self, _: u32, part: Part, _: usize, out: &mut Vec<u8>) -> io::Result<()> {
            out.clear();
            out.extend_from_slice(match part {
                Part::Stat => b"7 (alice) x) S 1 7",
                Part::Status => b"Name:\talice\nNSpid:\t7\n",
                Part::Cmdline => b"cat\0/home/alice/x\0--token\0abc\0",
                Part::Exe => b"/home/alice/bin/cat",
                Part::Cwd => b"/home/alice",
            });
            Ok(())
        }
    }

    #[test]
    fn every_text_of_a_process_is_redacted_as_events_are() {
        let pattern = Pattern { name: "own".to_owned(), regex: "(alice)".to_owned(), target: Target::Path };
        let redactor = Redactor::new(true, &[pattern]).unwrap();
        let mut proc = Redacting::new(Fixed, Some(redactor));
        let mut read = |part| {
            let mut out = Vec::new();
            proc.read(7, part, 4096, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(read(Part::Stat), "7 (*****) x) S 1 7");
        assert_eq!(read(Part::Exe), "/home/*****/bin/cat");
        assert_eq!(read(Part::Cwd), "/home/*****");
        assert_eq!(read(Part::Cmdline), "cat\0/home/*****/x\0--token\0***\0");
    }

    #[test]
    fn a_stat_file_without_a_name_is_left() {
        assert_eq!([name(b""), name(b"7 ("), name(b")"), name(b"7 (a) (b)")], [None, None, None, Some(3..8)]);
    }
}
