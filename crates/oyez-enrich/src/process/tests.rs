//! Sequences of messages and events, each with what the table must say.

mod bounds;
mod model;
mod sequences;
mod sources;

use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::Process;
use oyez_netlink::connector::Message;
use oyez_netlink::connector::message::What;

use super::fakes::{FakePlaces, SharedProc, event};
use super::*;

/// 2023-11-14, when the tests' clocks begin.
const BEGIN_MS: u64 = 1_700_000_000_000;
/// The host was asleep for so long.
const ASLEEP_NS: u64 = 5_000_000_000;
/// How long it is up when the tests begin.
const UP_MS: u64 = 1_000_000;

/// A table with a /proc, places and clocks of the test's.
struct World {
    processes: Processes,
    fs: SharedProc,
    places: FakePlaces,
    /// Milliseconds since the beginning.
    ms: u64,
    /// By how much the time of day was set forward.
    ahead_ms: u64,
}

impl World {
    fn new(rules: &[LabelRule], settings: Settings, is_connected: bool) -> Self {
        let (fs, places) = (SharedProc::default(), FakePlaces::default());
        let rules = LabelRules::compile(rules).unwrap();
        let processes = Processes::new(settings, rules, Box::new(fs.clone()), Box::new(places.clone()));
        let mut world = World { processes, fs, places, ms: 0, ahead_ms: 0 };
        world.processes.set_connected(is_connected);
        world.pass(0);
        world
    }

    /// With the connector.
    fn connected() -> Self {
        World::new(&[], Settings::default(), true)
    }

    /// Events and /proc alone.
    fn alone() -> Self {
        World::new(&[], Settings::default(), false)
    }

    /// Time passes.
    fn pass(&mut self, ms: u64) {
        self.ms += ms;
        let monotonic_ns = (UP_MS + self.ms) * 1_000_000;
        let now =
            Now { real_ms: BEGIN_MS + self.ms + self.ahead_ms, monotonic_ns, boottime_ns: monotonic_ns + ASLEEP_NS };
        self.processes.tick(now);
    }

    /// The start, in ticks, of what starts now.
    fn ticks(&self) -> u64 {
        (UP_MS + self.ms) / 10 + ASLEEP_NS / 10_000_000
    }

    /// /proc has a process that starts now.
    fn proc(&self, pid: u32, ppid: u32, exe: &str, argv: &[&str]) {
        self.fs.0.lock().unwrap().add(pid, ppid, self.ticks(), exe, argv);
    }

    fn unproc(&self, pid: u32) {
        self.fs.0.lock().unwrap().remove(pid);
    }

    fn reads(&self) -> usize {
        self.fs.0.lock().unwrap().reads
    }

    fn message(&mut self, pid: u32, what: What) {
        self.processes.message(&Message { at_ns: (UP_MS + self.ms) * 1_000_000, pid, what });
    }

    fn fork(&mut self, parent: u32, pid: u32) {
        self.message(pid, What::Fork { parent });
    }

    fn exec(&mut self, pid: u32) {
        self.message(pid, What::Exec);
        self.processes.read_wanted();
    }

    fn exit(&mut self, pid: u32) {
        self.message(pid, What::Exit { status: 0 });
    }

    /// An event stamped `ago` milliseconds ago: an open.
    fn opened(&mut self, pid: u32, ppid: u32, exe: &str, ago: u64) -> Option<Arc<Process>> {
        let body = syscall(257, "success=yes exit=3 a0=0", pid, ppid, exe);
        self.handle(&event(BEGIN_MS + self.ms + self.ahead_ms - ago, &[(1300, &body)]))
    }

    /// A call that made or ended something, stamped now.
    fn called(&mut self, number: u32, result: &str, pid: u32, ppid: u32, exe: &str) -> Option<Arc<Process>> {
        let body = syscall(number, result, pid, ppid, exe);
        self.handle(&event(BEGIN_MS + self.ms + self.ahead_ms, &[(1300, &body)]))
    }

    /// The event of an execve, stamped `ago` milliseconds ago.
    fn told(&mut self, pid: u32, ppid: u32, exe: &str, argv: &[&str], ago: u64) -> Option<Arc<Process>> {
        let body = syscall(59, "success=yes exit=0 a0=0", pid, ppid, exe);
        let args: Vec<String> = argv.iter().enumerate().map(|(at, arg)| format!(" a{at}=\"{arg}\"")).collect();
        let execve = format!("argc={}{}", argv.len(), args.concat());
        self.handle(&event(
            BEGIN_MS + self.ms + self.ahead_ms - ago,
            &[(1300, &body), (1309, &execve), (1307, "cwd=\"/work\"")],
        ))
    }

    fn handle(&mut self, event: &Event) -> Option<Arc<Process>> {
        self.processes.event(event).cloned()
    }

    /// Program files of a process and its ancestors, as far as they are known.
    fn line(&mut self, pid: u32) -> String {
        let Some(process) = self.processes.current(pid) else { return "nobody".into() };
        self.line_of(&process)
    }

    fn line_of(&mut self, process: &Process) -> String {
        let mut ancestors = Vec::new();
        self.processes.ancestors(process, 100, &mut ancestors);
        let all = std::iter::once(process).chain(ancestors.iter().map(|process| &**process));
        all.map(|process| format!("{}:{}", process.key.pid, exe(process))).collect::<Vec<_>>().join(" < ")
    }
}

fn exe(process: &Process) -> String {
    String::from_utf8_lossy(&process.exe).into_owned()
}

fn argv(process: &Process) -> String {
    String::from_utf8_lossy(&process.argv).trim_end_matches('\0').replace('\0', " ")
}

/// As the kernel writes a text that programs choose: one with a space in hex.
fn untrusted(text: &str) -> String {
    let hex = || text.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    if text.contains(' ') { hex() } else { format!("\"{text}\"") }
}

fn syscall(number: u32, result: &str, pid: u32, ppid: u32, exe: &str) -> String {
    let comm: String = exe.rsplit('/').next().unwrap_or(exe).chars().take(15).collect();
    format!(
        "arch=c000003e syscall={number} {result} a1=0 a2=0 a3=0 items=1 ppid={ppid} pid={pid} auid=1000 uid=0 gid=0 \
         euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm={} exe={} key=\"k\"",
        untrusted(&comm),
        untrusted(exe),
    )
}
