//! Once a process is known, its events cost no allocation.

#![expect(clippy::unwrap_used, reason = "helpers of tests, as the tests themselves")]

use std::io;
use std::sync::Arc;

use allocation_counter::measure;
use oyez_enrich::place::Places;
use oyez_enrich::process::labels::Subject;
use oyez_enrich::process::{LabelRule, LabelRules, Now, Part, ProcFs, Processes, Settings};
use oyez_events::Event;
use oyez_events::context::Place;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::kernel_message;
use oyez_netlink::connector::Message;
use oyez_netlink::connector::message::What;

/// A host that tells nothing.
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

fn event(pid: u32, exe: &str, more: &[(u16, &str)]) -> Event {
    let (mut grouper, mut made) = (Grouper::new(Timing::Log { timeout_ms: 1 }, Limits::default()), None);
    let mut take = |event: &Event| made = Some(event.clone());
    let body = format!(
        "arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7f a2=0 a3=0 items=1 ppid={} pid={pid} auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm=\"x\" exe={exe} subj=unconfined key=\"open\"",
        pid - 1
    );
    for (number, body) in [(1300, &*body)].iter().chain(more) {
        let text = format!("audit(1700000000.000:7): {body}");
        grouper.push(&kernel_message(*number, text.as_bytes()).unwrap(), 0, &mut take);
    }
    grouper.finish(&mut take);
    made.unwrap()
}

#[test]
fn events_of_known_processes_cost_no_allocation() {
    let rule =
        |subject, pattern: &str| LabelRule { subject, pattern: pattern.into(), label: "label".into(), is_taken: false };
    for is_connected in [true, false] {
        let compiled = LabelRules::compile(&[rule(Subject::Key, "open"), rule(Subject::Exe, "bash")]).unwrap();
        let mut processes = Processes::new(Settings::default(), compiled, Box::new(Nothing), Box::new(Nothing));
        processes.set_connected(is_connected);
        processes.tick(Now { real_ms: 1_700_000_000_000, monotonic_ns: 1_000_000_000, boottime_ns: 1_000_000_000 });
        for pid in 101..110 {
            processes.message(&Message { at_ns: 1_000_000_000, pid, what: What::Fork { parent: pid - 1 } });
        }
        let execve = [(1309, "argc=2 a0=\"x\" a1=\"y\""), (1307, "cwd=\"/\"")];
        let told: Vec<Event> = (101..110).map(|pid| event(pid, "\"/bin/bash\"", &execve)).collect();
        let events: Vec<Event> = (101..110)
            .map(|pid| event(pid, "\"/bin/bash\"", &[]))
            .chain([event(109, "2F62696E2F62617368", &[]), event(105, "(null)", &[])])
            .collect();
        let mut ancestors = Vec::with_capacity(32);
        let mut handle = |event: &Event| {
            let process = Arc::clone(processes.event(event).unwrap());
            ancestors.clear();
            processes.ancestors(&process, 8, &mut ancestors);
            ancestors.len()
        };
        told.iter().chain(&events).for_each(|event| assert!(handle(event) > 0));
        let mut found = 0;
        let info = measure(|| {
            for _ in 0..1000 {
                found += events.iter().map(&mut handle).sum::<usize>();
            }
        });
        assert!(found > 40_000, "{found}");
        assert_eq!(info.count_total, 0, "connected: {is_connected}");
    }
}
