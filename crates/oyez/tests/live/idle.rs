//! A host on which nothing happens is left alone.

use std::fs;
use std::time::{Duration, Instant};

use oyez_testkit::live::{Turn, auditctl};

use crate::daemon::{Daemon, Home, add_rules};
use crate::games;
use crate::latency::WITHOUT_EOE;
use crate::until::until;

/// How long nothing is to happen.
const IDLE: Duration = Duration::from_secs(10);

#[test]
#[ignore = "makes this host audit uid 5 for half a minute"]
fn ten_idle_seconds_with_an_open_event_wake_no_thread() {
    let Some(_turn) = Turn::take() else { return };
    let home = Home::new("cpu_limit = 0.5\n[group]\nincomplete = \"600s\"\n[receive]\nfilter_eoe = \"never\"");
    let daemon = home.start("out", &[]);
    add_rules();
    auditctl(WITHOUT_EOE);
    games::opens(&home.yard(), 1);

    await_idle(&daemon);
    assert!(!daemon.wrote("storm-0-0"), "the event is open all the while");
    let (end, events) = daemon.end_with_events();
    assert!(events.paths().iter().any(|path| path.ends_with(b"storm-0-0")), "it comes out at the end");
    end.assert_balanced(&events);
    assert_eq!(end.book("lost"), 0);
}

/// Waits for ten seconds without a wake-up: after the last record the daemon looks at the kernel once or twice more, then
/// at nothing.
pub(crate) fn await_idle(daemon: &Daemon) {
    let mut seen = (switches(daemon.pid()), Instant::now());
    until("ten seconds without a wake-up", || {
        let now = switches(daemon.pid());
        if now != seen.0 {
            seen = (now, Instant::now());
        }
        (seen.1.elapsed() >= IDLE).then_some(())
    });
}

/// How often each thread went to sleep (proc(5), `voluntary_ctxt_switches`).
fn switches(pid: u32) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let task = task.unwrap();
        let status = fs::read_to_string(task.path().join("status")).unwrap();
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        all.push((task.file_name().into_string().unwrap(), count.trim().to_owned()));
    }
    all.sort();
    assert!(all.len() >= 4, "threads: {all:?}");
    all
}
