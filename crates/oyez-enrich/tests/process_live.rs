//! The process table on the running kernel, fed by its process connector and by /proc; no audit rule is needed.
//!
//! Runs where the connector is (root in the initial namespaces); elsewhere it prints "skipped:" and why.

#![expect(clippy::unwrap_used, reason = "helpers of tests, as the tests themselves")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use oyez_enrich::place::Places;
use oyez_enrich::process::{HostProc, LabelRules, Now, Processes, Settings};
use oyez_events::context::{Place, Process};
use oyez_netlink::Result;
use oyez_netlink::connector::message::What;
use oyez_netlink::connector::{Drained, Listener, Message, Messages};
use oyez_testkit::corpus::skipped;
use oyez_testkit::short;
use rustix::time::{ClockId, clock_gettime};

struct Nowhere;

impl Places for Nowhere {
    fn of(&mut self, _pid: u32) -> Option<Arc<Place>> {
        None
    }
}

/// A listener that remembers what it told.
struct Heard {
    listener: Listener,
    parents: HashMap<u32, u32>,
    execs: Vec<u32>,
    lost: u64,
}

impl Messages for Heard {
    fn drain(&mut self, take: &mut dyn FnMut(&Message)) -> Result<Drained> {
        let Heard { listener, parents, execs, lost } = self;
        let drained = listener.drain(&mut |message| {
            match message.what {
                What::Fork { parent } => drop(parents.insert(message.pid, parent)),
                What::Exec => execs.push(message.pid),
                What::Exit { .. } => {}
            }
            take(message);
        })?;
        *lost += drained.lost;
        Ok(drained)
    }
}

/// The table and what feeds it; nothing where there is no connector.
fn start() -> Option<(Processes, Heard)> {
    let listener = Listener::open().inspect_err(|error| skipped(&format!("{error} ({:?})", error.errno()))).ok()?;
    let settings = Settings { reads_per_second: 20_000, reads_burst: 20_000, ..Settings::default() };
    let mut processes = Processes::new(settings, LabelRules::default(), Box::<HostProc>::default(), Box::new(Nowhere));
    processes.tick(now());
    assert!(processes.scan().unwrap() > 1);
    Some((processes, Heard { listener, parents: HashMap::new(), execs: Vec::new(), lost: 0 }))
}

fn now() -> Now {
    let ns = |clock| {
        let time = clock_gettime(clock);
        u64::try_from(time.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap()
    };
    Now {
        real_ms: ns(ClockId::Realtime) / 1_000_000,
        monotonic_ns: ns(ClockId::Monotonic),
        boottime_ns: ns(ClockId::Boottime),
    }
}

fn ancestors(processes: &mut Processes, process: &Process) -> Vec<Arc<Process>> {
    let mut all = Vec::new();
    processes.ancestors(process, 64, &mut all);
    all
}

fn argv(process: &Process) -> String {
    String::from_utf8_lossy(&process.argv).replace('\0', " ")
}

#[test]
fn a_tree_ten_deep_is_known_with_every_argument() {
    const SCRIPT: &str = r#"if [ "$1" -gt 0 ]; then sh -c "$2" tree $(($1 - 1)) "$2" unique-$(($1 - 1)); else echo $$; read -r end; fi; :"#;
    let Some((mut processes, mut heard)) = start() else { return };
    let mut child = Command::new("sh")
        .args(["-c", SCRIPT, "tree", "10", SCRIPT, "unique-10"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // All of them end when this is closed.
    let input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = std::thread::spawn(move || lines.next().unwrap().unwrap().parse::<u32>().unwrap());
    while !told.is_finished() {
        processes.tick(now());
        processes.drain(&mut heard).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    let deepest = told.join().unwrap();
    processes.tick(now());
    processes.drain(&mut heard).unwrap();
    let process = processes.current(deepest).unwrap();
    let above = ancestors(&mut processes, &process);
    assert!(argv(&process).ends_with("unique-0 "), "{:?}", argv(&process));
    for (depth, ancestor) in (1..=10).zip(&above) {
        assert!(argv(ancestor).ends_with(&format!("unique-{depth} ")), "{depth}: {:?}", argv(ancestor));
    }
    assert_eq!(above[10].key.pid, std::process::id(), "and above them this test");
    let start: Vec<u64> = above.iter().map(|process| process.key.start_ticks).collect();
    assert!(start.is_sorted_by(|child, parent| child >= parent) && start[10] > 0, "{start:?}");
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(heard.lost, 0);
}

#[test]
fn the_parent_of_each_of_many_short_processes_is_known() {
    let count = short::wanted(5000);
    let Some((mut processes, mut heard)) = start() else { return };
    let script = format!("i=0; while [ $i -lt {count} ]; do /bin/true $i; i=$((i + 1)); done");
    let mut child = Command::new("sh").args(["-c", &script, "many"]).spawn().unwrap();
    let (shell, begin) = (child.id(), Instant::now());
    let (mut known, mut named, mut is_over) = (0, 0, false);
    while !is_over {
        is_over = child.try_wait().unwrap().is_some();
        std::thread::sleep(Duration::from_millis(if is_over { 100 } else { 2 }));
        processes.tick(now());
        processes.drain(&mut heard).unwrap();
        for pid in std::mem::take(&mut heard.execs) {
            if heard.parents.get(&pid) != Some(&shell) {
                continue;
            }
            let process = processes.current(pid).unwrap();
            let above = ancestors(&mut processes, &process);
            let is_known = above[0].key.pid == shell && argv(&above[0]).ends_with("many ");
            known += usize::from(is_known && process.ppid == shell && process.key.start_ticks > 0);
            named += usize::from(!process.exe.is_empty());
        }
    }
    let counts = processes.counts();
    assert!(child.wait().unwrap().success());
    println!("{count} in {} ms, {named} read while they ran; {counts:?}", begin.elapsed().as_millis());
    assert_eq!((known, heard.lost), (count, 0));
}

#[test]
fn the_start_that_the_connector_tells_is_mostly_that_of_proc_or_a_tick_later() {
    let Some((mut processes, mut heard)) = start() else { return };
    let mut starts = [0; 3];
    for _ in 0..100 {
        let mut child = Command::new("sleep").arg("9").spawn().unwrap();
        processes.tick(now());
        processes.drain(&mut heard).unwrap();
        let told = processes.current(child.id()).unwrap().key.start_ticks;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let start: u64 = stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().parse().unwrap();
        assert!(told >= start, "{told} ticks, and not {start}");
        // The kernel takes the one, and later the other: a busy machine may keep the process waiting in between.
        starts[usize::try_from(told - start).unwrap().min(2)] += 1;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let [same, next, later] = starts;
    println!("{same} starts are the same, {next} a tick later, {later} later than that");
    assert!(same + next > 80);
}
