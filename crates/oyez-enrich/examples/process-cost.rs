//! What the process table costs: `process-cost CASE ROUNDS` prints nanoseconds per event. For instructions, run it under
//! `valgrind --tool=callgrind` with two numbers of rounds and divide the difference.
//!
//! | case | one round |
//! |---|---|
//! | `known` | a SYSCALL event of one of 64 known processes |
//! | `ancestors` | the same, with 8 ancestors |
//! | `life` | a tick, messages of fork, exec and exit, and the event of the execve |
//! | `messages` | the same without the event; at most some 100,000 rounds, which are made beforehand |

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use oyez_enrich::place::Places;
use oyez_enrich::process::{LabelRules, Now, Part, ProcFs, Processes, Settings};
use oyez_events::Event;
use oyez_events::context::Place;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::kernel_message;
use oyez_netlink::connector::Message;
use oyez_netlink::connector::message::What;

/// A host that tells nothing: what is measured is the table.
struct Nothing;

impl ProcFs for Nothing {
    fn pids(&mut self, _out: &mut Vec<u32>) -> io::Result<()> {
        Ok(())
    }

    fn read(&mut self, _pid: u32, _part: Part, _limit: usize, _out: &mut Vec<u8>) -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Places for Nothing {
    fn of(&mut self, _pid: u32) -> Option<Arc<Place>> {
        None
    }
}

/// 2023-11-14.
const BEGIN_MS: u64 = 1_700_000_000_000;
/// Known processes, each the child of the one before.
const PIDS: std::ops::Range<u32> = 1001..1065;

fn event(at_ms: u64, pid: u32, more: &[(u16, &str)]) -> Option<Event> {
    let (mut grouper, mut made) = (Grouper::new(Timing::Log { timeout_ms: 1 }, Limits::default()), None);
    let mut take = |event: &Event| made = Some(event.clone());
    let body = format!(
        "arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffc4d2f1e80 a2=80000 a3=0 items=1 ppid={} pid={pid} \
         auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=3 \
         comm=\"nginx\" exe=\"/usr/sbin/nginx\" subj=unconfined key=\"open\"",
        pid - 1
    );
    let path = "item=0 name=\"/etc/passwd\" inode=1 dev=fd:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL";
    let records = [(1307, "cwd=\"/\""), (1302, path), (1327, "proctitle=\"nginx\"")];
    for (number, body) in [(1300, &*body)].iter().chain(more).chain(&records) {
        let text = format!("audit({}.{:03}:7): {body}", at_ms / 1000, at_ms % 1000);
        grouper.push(&kernel_message(*number, text.as_bytes()).ok()?, 0, &mut take);
    }
    grouper.finish(&mut take);
    made
}

/// The time `passed_ns` after the beginning.
fn now(passed_ns: u64) -> Now {
    let since_boot = 1_000_000_000 + passed_ns;
    Now { real_ms: BEGIN_MS + passed_ns / 1_000_000, monotonic_ns: since_boot, boottime_ns: since_boot }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let case = arguments.next().unwrap_or_default();
    let rounds: u32 = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1_000_000);
    let mut processes =
        Processes::new(Settings::default(), LabelRules::default(), Box::new(Nothing), Box::new(Nothing));
    processes.set_connected(true);
    processes.tick(now(0));
    let message = |pid, what| Message { at_ns: 1_000_000_000, pid, what };
    for pid in PIDS {
        processes.message(&message(pid, What::Fork { parent: pid - 1 }));
    }
    let execve: &[(u16, &str)] = &[(1309, "argc=3 a0=\"nginx\" a1=\"-g\" a2=\"daemon off;\"")];
    let told: Vec<Event> = PIDS.filter_map(|pid| event(BEGIN_MS, pid, execve)).collect();
    let events: Vec<Event> = PIDS.filter_map(|pid| event(BEGIN_MS, pid, &[])).collect();
    for event in &told {
        assert!(black_box(processes.event(event)).is_some());
    }
    // Short processes, 50 in a millisecond, as their events' stamps say.
    let lives = if case == "life" || case == "messages" { rounds } else { 0 };
    let short: Vec<Event> =
        (0..lives).filter_map(|at| event(BEGIN_MS + u64::from(at / 50), 5000 + at % 20_000, execve)).collect();
    let mut short = short.iter();
    let mut ancestors = Vec::new();
    let begin = Instant::now();
    for (round, event) in (0..rounds).zip(events.iter().cycle()) {
        match case.as_str() {
            "known" => assert!(black_box(processes.event(event)).is_some()),
            "ancestors" => {
                let Some(process) = processes.event(event).cloned() else { return };
                ancestors.clear();
                processes.ancestors(&process, 8, &mut ancestors);
                black_box(&ancestors);
            }
            "life" | "messages" => {
                let Some(event) = short.next() else { return };
                let passed_ns = (event.id().millis() - BEGIN_MS) * 1_000_000;
                let pid = 5000 + round % 20_000;
                let message = |what| Message { at_ns: 1_000_000_000 + passed_ns, pid, what };
                processes.tick(now(passed_ns));
                processes.message(&message(What::Fork { parent: 1064 }));
                processes.message(&message(What::Exec));
                if case == "life" {
                    assert!(black_box(processes.event(event)).is_some());
                }
                processes.message(&message(What::Exit { status: 0 }));
            }
            _ => return println!("process-cost known|ancestors|life|messages ROUNDS"),
        }
    }
    let each = begin.elapsed().as_nanos() / u128::from(rounds.max(1));
    println!("{case}: {each} ns each; {:?}", processes.counts());
}
