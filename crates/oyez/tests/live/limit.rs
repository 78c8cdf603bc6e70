//! A limit on CPU time holds on the running kernel, and what matters comes out all the same.

use std::fs;
use std::time::{Duration, Instant};

use oyez_testkit::live::{Turn, auditctl};

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::games;
use crate::truth::count_missing;
use crate::until::until;

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn a_storm_costs_no_more_cpu_than_it_may_and_logins_come_out_of_it() {
    const OPENS: u64 = 60_000;
    const SHARE: f64 = 0.05;
    let Some(turn) = Turn::take() else { return };
    let home = Home::new(&format!("cpu_limit = {SHARE}\n[receive]\nqueue = \"256MiB\""));
    let daemon = home.start("out", &[]);
    add_rules();
    let (start, before) = (Instant::now(), used(daemon.pid()));
    let mut done = Vec::new();
    for part in 0..4 {
        done.extend(games::opens(&home.yard().join(part.to_string()), OPENS / 4));
        // Only root may say such a thing, as login does.
        auditctl(&format!("-m login-{part}"));
    }
    let in_force = || home.state().filter(|state| state["cpu_limit"]["in_force"] == true);
    let state = until("the limit in force", in_force);
    assert!(state["cpu_limit"]["shed"].as_u64().unwrap() > 0, "{state}");
    until("the last login", || daemon.wrote("login-3").then_some(()));
    let (used, time) = (used(daemon.pid()).saturating_sub(before), start.elapsed());
    let most = (time + Duration::from_secs(1)).mul_f64(SHARE) + Duration::from_millis(50);
    assert!(used <= most, "{used:?} of {time:?}");

    let (end, events) = daemon.end_with_events();
    end.assert_balanced(&events);
    assert_eq!((end.book("lost"), end.book("kernel lost")), (0, 0), "{}", end.errors);
    for part in 0..4 {
        let is = |event: &&serde_json::Value| event.to_string().contains(&format!("login-{part}"));
        assert_eq!(events.of("USER").filter(is).count(), 1, "login-{part}: {}", end.errors);
    }
    let missing = count_missing(&done, &events.paths());
    assert!(missing > 0 && missing == end.book("events shed"), "{missing} missing: {}", end.errors);
    assert_eq!(events.told_lost("shed"), missing);
    for loss in events.of("OYEZ_LOSS").map(|loss| &loss["oyez"]).filter(|loss| loss["where"] == "shed") {
        assert_eq!((&loss["type"], &loss["cause"]), (&"SYSCALL".into(), &"cpu_limit".into()));
    }
    assert_as_found(&turn);
}

/// What all threads but the receiving one have used of the CPU (`/proc/PID/task/TID/schedstat`: the first number, in
/// nanoseconds; Documentation/scheduler/sched-stats.rst).
fn used(pid: u32) -> Duration {
    let mut used = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let task = task.unwrap().path();
        if fs::read_to_string(task.join("comm")).unwrap().trim() != "receive" {
            let times = fs::read_to_string(task.join("schedstat")).unwrap();
            used += Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap());
        }
    }
    used
}
