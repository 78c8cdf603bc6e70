//! A /proc in memory whose processes can change between two reads, and events made of text.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use oyez_events::Event;
use oyez_events::context::Place;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::kernel_message;

use super::{Part, Places, ProcFs};

/// One process as /proc shows it.
#[derive(Clone, Debug)]
struct FakeProcess {
    ppid: u32,
    start: u64,
    comm: String,
    exe: String,
    argv: Vec<u8>,
}

type Step = Box<dyn FnOnce(&mut FakeProc) + Send>;

/// A /proc in memory.
#[derive(Default)]
pub(super) struct FakeProc {
    processes: BTreeMap<u32, FakeProcess>,
    after: Option<(usize, Step)>,
    pub(super) reads: usize,
}

impl FakeProc {
    /// Adds a process, or puts it in another's place.
    pub(super) fn add(&mut self, pid: u32, ppid: u32, start: u64, exe: &str, argv: &[&str]) {
        let comm: String = exe.rsplit('/').next().unwrap_or(exe).chars().take(15).collect();
        let argv = argv.iter().flat_map(|arg| arg.bytes().chain([0])).collect();
        self.processes.insert(pid, FakeProcess { ppid, start, comm, exe: exe.into(), argv });
    }

    pub(super) fn remove(&mut self, pid: u32) {
        self.processes.remove(&pid);
    }

    /// Does something after so many reads.
    pub(super) fn after(&mut self, reads: usize, step: impl FnOnce(&mut FakeProc) + Send + 'static) {
        self.after = Some((reads, Box::new(step)));
    }
}

impl ProcFs for FakeProc {
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
        out.extend(self.processes.keys());
        Ok(())
    }

    fn read(&mut self, pid: u32, part: Part, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        out.clear();
        if let Some((reads, step)) = self.after.take() {
            if self.reads >= reads { step(self) } else { self.after = Some((reads, step)) }
        }
        self.reads += 1;
        let process = self.processes.get(&pid).ok_or(io::ErrorKind::NotFound)?;
        let text = match part {
            Part::Stat => format!(
                "{pid} ({}) S {} 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 {} 1 2\n",
                process.comm, process.ppid, process.start
            )
            .into_bytes(),
            Part::Status => format!("Name:\tx\nNSpid:\t{pid}\n").into_bytes(),
            Part::Cmdline => process.argv.clone(),
            Part::Exe => process.exe.clone().into_bytes(),
            Part::Cwd => b"/home".to_vec(),
        };
        out.extend_from_slice(&text[..limit.min(text.len())]);
        Ok(())
    }
}

/// The same, shared with a test that changes it meanwhile.
#[derive(Clone, Default)]
pub(super) struct SharedProc(pub(super) Arc<Mutex<FakeProc>>);

impl ProcFs for SharedProc {
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
        self.0.lock().unwrap().pids(out)
    }

    fn read(&mut self, pid: u32, part: Part, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        self.0.lock().unwrap().read(pid, part, limit, out)
    }
}

/// Where processes run, by pid.
#[derive(Clone, Default)]
pub(super) struct FakePlaces(pub(super) Arc<Mutex<BTreeMap<u32, &'static str>>>);

impl Places for FakePlaces {
    fn of(&mut self, pid: u32) -> Option<Arc<Place>> {
        let cgroup = *self.0.lock().unwrap().get(&pid)?;
        Some(Arc::new(Place { cgroup: cgroup.into(), ..Place::default() }))
    }
}

/// One event, of records with these types and bodies.
pub(super) fn event(at_ms: u64, records: &[(u16, &str)]) -> Event {
    let timing = Timing::Live { quiet_ms: 1, incomplete_ms: 1, title_ends: false };
    let (mut grouper, mut made) = (Grouper::new(timing, Limits::default()), Vec::new());
    let mut take = |event: &Event| made.push(event.clone());
    for (number, body) in records {
        let text = format!("audit({}.{:03}:7): {body}", at_ms / 1000, at_ms % 1000);
        grouper.push(&kernel_message(*number, text.as_bytes()).unwrap(), 0, &mut take);
    }
    grouper.finish(&mut take);
    assert_eq!(made.len(), 1, "{records:?}");
    made.remove(0)
}
