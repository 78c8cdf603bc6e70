//! Events to try filters on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oyez_events::Event;
use oyez_events::context::{Context, Process};
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;

/// An event, and the programs of its process's parent, that one's parent and so on.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    records: Vec<String>,
    ancestors: Vec<Process>,
}

impl Sample {
    /// A message of a program.
    pub(crate) fn message(kind: &str, words: &str) -> Self {
        let record = format!("type={kind} msg=audit(1.000:1): pid=7 uid=0 auid=1000 ses=1 msg='{words} res=success'");
        Sample { records: vec![record], ancestors: Vec::new() }
    }

    /// A system call that returned `exit`, by number of `x86_64`.
    pub(crate) fn call(number: u32, exit: i32, exe: &str) -> Self {
        let success = if exit < 0 { "no" } else { "yes" };
        let record = format!(
            "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall={number} success={success} exit={exit} a0=3 a1=0 a2=0 a3=0 \
             items=0 ppid=6 pid=7 auid=4294967295 uid=0 gid=0 euid=0 tty=(none) ses=1 comm=\"x\" exe=\"{exe}\" key=(null)"
        );
        Sample { records: vec![record], ancestors: Vec::new() }
    }

    /// With another value in its first record.
    pub(crate) fn but(mut self, key: &str, value: &str) -> Self {
        let at = self.records[0].find(&format!(" {key}=")).unwrap() + key.len() + 2;
        let end = self.records[0][at..].find(' ').map_or(self.records[0].len(), |len| at + len);
        self.records[0].replace_range(at..end, value);
        self
    }

    /// With one more record.
    pub(crate) fn and(mut self, record: &str) -> Self {
        let (kind, body) = record.split_once(' ').unwrap();
        self.records.push(format!("type={kind} msg=audit(1.000:1): {body}"));
        self
    }

    /// With the path of a file.
    pub(crate) fn on(self, path: &str) -> Self {
        self.and(&format!("PATH item=0 name=\"{path}\" nametype=NORMAL"))
    }

    /// With the program of the parent, or of the next one above it.
    pub(crate) fn below(mut self, exe: &str) -> Self {
        self.ancestors.push(Process { exe: exe.as_bytes().into(), ..Process::default() });
        self
    }

    /// With the arguments of the last parent that was named.
    pub(crate) fn with_arguments(mut self, argv: &[&str]) -> Self {
        let parent = self.ancestors.last_mut().unwrap();
        parent.argv = argv.iter().flat_map(|argument| argument.bytes().chain([0])).collect();
        self
    }

    /// Hands the event on, and what is known of it.
    pub(crate) fn with(&self, mut take: impl FnMut(&Event, Context<'_>)) {
        let ancestors: Vec<_> = self.ancestors.iter().cloned().map(known).map(Arc::new).collect();
        let process = known(Process::default());
        let process = (!ancestors.is_empty()).then_some(&process);
        let mut parser = LineParser::new();
        let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
        let mut take = |event: &Event| take(event, Context { process, ancestors: &ancestors, ..Context::default() });
        for record in &self.records {
            grouper.push(&parser.line(record.as_bytes()).unwrap(), 0, &mut take);
        }
        grouper.finish(&mut take);
    }
}

/// The same with a snapshot that no other has: what is made of a process is kept by it.
fn known(process: Process) -> Process {
    static LAST: AtomicU64 = AtomicU64::new(0);
    Process { snapshot: LAST.fetch_add(1, Ordering::Relaxed) + 1, ..process }
}
