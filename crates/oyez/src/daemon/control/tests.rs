use std::io::ErrorKind;
use std::sync::atomic::Ordering;

use oyez_netlink::fake::{Field, Request};
use oyez_testkit::TempDir;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::*;
use crate::daemon::fakes::{OWN_PID, Rig, event, login, storm};

mod filter;
mod filters;
mod outputs;
use crate::daemon::state::StateFile;

const RESTORE: &str = "on_exit = \"restore\"\n";

#[test]
fn a_storm_ends_with_balanced_books_and_the_host_as_it_was() {
    let (reason, after) = Rig::new(RESTORE).run(|handles| {
        for round in 0..20 {
            handles.source.give(storm(round * 1000 + 1, 1000));
            handles.source.give(event(60_000 + round, OWN_PID));
        }
        handles.until(|handles| handles.tally.received.get() > 10_000);
        handles.signal(SIGTERM);
    });
    assert!(matches!(reason, Reason::Signal));
    assert!(after.source.is_empty(), "drained before the end");
    let account = after.tally.account();
    assert!(account.balances(), "{account}");
    assert_eq!((account.received, account.lost, account.filtered), (20 * 3003, 0, 40));
    assert_eq!(after.sink.of_kind("SYSCALL").len(), 20_000);
    assert_eq!(after.sink.lines().last().unwrap()["kind"], "OYEZ_STOP", "the last word");
    let host = [Field::Enabled, Field::BacklogLimit, Field::Pid].map(|field| after.kernel.get(field));
    assert_eq!(host, [0, 64, 0]);
}

#[test]
fn the_end_is_in_the_stated_order() {
    let (_, after) = Rig::new(RESTORE).run(|handles| {
        handles.kernel.set(Field::Pid, std::process::id());
        handles.signal(SIGINT);
    });
    let sets = after.kernel.requests().into_iter().filter_map(|request| match request {
        Request::Set(field) => Some(field),
        _ => None,
    });
    let (backlog, enabled, pid) = (Field::BacklogLimit, Field::Enabled, Field::Pid);
    assert_eq!(sets.collect::<Vec<_>>(), [backlog, enabled, enabled, pid, backlog], "off, unregister, the rest");
}

#[test]
fn keep_leaves_audit_on_but_gives_up_the_registration() {
    let (_, after) = Rig::new("on_exit = \"keep\"\n").run(|handles| {
        handles.kernel.set(Field::Pid, std::process::id());
        handles.signal(SIGTERM);
    });
    let host = [Field::Enabled, Field::BacklogLimit, Field::Pid].map(|field| after.kernel.get(field));
    assert_eq!(host, [1, 8192, 0]);
}

#[test]
fn a_blocked_output_blocks_neither_the_receiver_nor_the_end() {
    let config = format!("{RESTORE}[receive]\nqueue = \"1MiB\"\n");
    let (reason, after) = Rig::new(&config).run(|handles| {
        handles.sink.block(true);
        handles.source.give(storm(1, 30_000));
        handles.until(|handles| handles.tally.received.get() == 90_000);
        handles.signal(SIGTERM);
        handles.until(|handles| handles.kernel.get(Field::BacklogLimit) == 64);
        handles.signal(SIGTERM);
    });
    assert!(matches!(reason, Reason::Signal));
    let account = after.tally.account();
    assert!(account.balances() && account.lost == after.tally.queue_lost.get(), "{account}");
    let (uneven, lines) = (after.tally.uneven(), after.tally.outputs.lines());
    assert!(uneven.is_empty() && lines[0].contains("= acked 0 + dropped ") && lines[0].contains("end "), "{lines:?}");
    after.sink.block(false);
}

#[test]
fn a_host_that_is_to_wait_is_read_slowly_and_loses_nothing() {
    let config =
        "on_overload = \"wait\"\n[receive]\nqueue = \"1MiB\"\n[[output]]\ntype = \"stdout\"\nqueue = \"1MiB\"\n";
    let (_, after) = Rig::new(config).run(|handles| {
        handles.sink.block(true);
        handles.source.give(storm(1, 20_000));
        // One record in 50 ms, once what there is room for is full.
        let is_slow = || {
            let (from, start) = (handles.tally.received.get(), Instant::now());
            std::thread::sleep(Duration::from_secs(1));
            let came = handles.tally.received.get() - from;
            came > 0 && u128::from(came) <= start.elapsed().as_millis() / 50 + 1
        };
        handles.until(|_| is_slow());
        assert!(handles.tally.received.get() < 60_000);
        handles.sink.block(false);
        handles.until(|handles| handles.source.is_empty() && handles.tally.account().open() == 0);
        handles.signal(SIGTERM);
    });
    let account = after.tally.account();
    assert!(account.balances() && account.lost + account.shed == 0, "{account}");
    assert_eq!(after.sink.of_kind("SYSCALL").len(), 20_000);
}

#[test]
fn a_host_that_is_to_wait_does_not_hold_up_the_end() {
    let config = format!(
        "{RESTORE}on_overload = \"wait\"\n[receive]\nqueue = \"1MiB\"\n[[output]]\ntype = \"stdout\"\nqueue = \"1MiB\"\n"
    );
    let (_, after) = Rig::new(&config).run(|handles| {
        handles.sink.block(true);
        handles.source.give(storm(1, 20_000));
        handles.until(|handles| handles.tally.received.get() > 5_000);
        handles.signal(SIGTERM);
        handles.until(|handles| handles.kernel.get(Field::BacklogLimit) == 64);
        handles.signal(SIGTERM);
    });
    assert!(after.source.is_empty(), "drained all the same");
    let account = after.tally.account();
    assert!(account.balances() && account.received == 60_000, "{account}");
    // What could not be waited for is told as what it is: not handed on, or not taken.
    assert!(account.lost + account.shed > 0 && after.tally.uneven().is_empty(), "{}", after.tally);
    after.sink.block(false);
}

#[test]
fn logins_come_out_of_a_storm_that_the_output_cannot_take() {
    let (_, after) = Rig::new("[[output]]\ntype = \"stdout\"\nqueue = \"1MiB\"\n").run(|handles| {
        handles.sink.block(true);
        for round in 0..20 {
            handles.source.give(storm(round * 2000 + 1, 1000));
            handles.source.give([login(round * 2000 + 1001)]);
        }
        handles.until(|handles| handles.source.is_empty() && handles.tally.shed.get() > 0);
        handles.until(|handles| handles.tally.received.get() == 20 * 3001);
        handles.sink.block(false);
        handles.signal(SIGTERM);
    });
    let (account, tally) = (after.tally.account(), &after.tally);
    assert!(account.balances() && account.shed > 0 && account.lost == 0, "{account}");
    assert_eq!(after.sink.of_kind("USER_LOGIN").len(), 20);
    let losses = after.sink.of_kind("OYEZ_LOSS");
    let shed = losses.iter().filter(|loss| loss["oyez"]["where"] == "shed");
    assert!(shed.clone().all(|loss| loss["oyez"]["type"] == "SYSCALL"), "{losses:?}");
    assert_eq!(shed.map(|loss| loss["oyez"]["count"].as_u64().unwrap()).sum::<u64>(), tally.shed_events.get());
    assert_eq!(after.sink.of_kind("SYSCALL").len() as u64 + tally.shed_events.get(), 20_000);
}

#[test]
fn a_pipe_that_was_slow_loses_only_what_the_queue_could_not_hold() {
    let (_, after) = Rig::new("[receive]\nqueue = \"1MiB\"\n").run(|handles| {
        handles.sink.block(true);
        handles.source.give(storm(1, 30_000));
        handles.until(|handles| handles.tally.received.get() == 90_000);
        handles.sink.block(false);
        handles.source.give(storm(30_001, 10));
        handles.until(|handles| handles.tally.account().open() < 100 && handles.source.is_empty());
        handles.signal(SIGTERM);
    });
    let (account, tally) = (after.tally.account(), &after.tally);
    assert!(account.balances() && account.lost == tally.queue_lost.get() && account.lost > 0, "{account}");
    let told: u64 = after
        .sink
        .of_kind("OYEZ_LOSS")
        .iter()
        .filter(|loss| loss["oyez"]["where"] == "queue")
        .map(|loss| loss["oyez"]["count"].as_u64().unwrap())
        .sum();
    assert_eq!(told, account.lost, "told in full");
}

#[test]
fn a_good_configuration_is_taken_between_two_events_and_loses_none() {
    let (_, after) = Rig::new("node = \"before\"\n").run(|handles| {
        handles.source.give(storm(1, 5000));
        *handles.config.lock().unwrap() =
            "on_exit = \"restore\"\nnode = \"after\"\n[kernel]\nbacklog_wait_time = 7\n[receive]\nbatch = 9\n"
                .to_owned();
        handles.signal(SIGHUP);
        handles.until(|handles| !handles.sink.of_kind("OYEZ_RELOAD").is_empty());
        handles.source.give(storm(5001, 5000));
        handles.signal(SIGTERM);
    });
    assert_eq!(after.sink.of_kind("SYSCALL").len(), 10_000);
    let nodes: Vec<_> =
        after.sink.of_kind("SYSCALL").iter().map(|event| event["node"].as_str().unwrap().to_owned()).collect();
    assert!(nodes.is_sorted_by(|a, b| !(a == "after" && b == "before")), "once and for all");
    assert_eq!(nodes.last().unwrap(), "after");
    let told = &after.sink.of_kind("OYEZ_RELOAD")[0]["oyez"];
    assert_eq!((&told["result"], &told["next_start"]), (&"success".into(), &"receive.batch".into()));
    assert_eq!(after.kernel.get(Field::BacklogWaitTime), 15_000, "put back");
    assert!(after.kernel.requests().contains(&Request::Set(Field::BacklogWaitTime)), "the kernel's settings too");
}

#[test]
fn when_an_event_is_over_and_how_large_it_may_grow_is_taken_at_once() {
    let before = "[group]\nquiet = \"1m\"\nincomplete = \"10m\"\n";
    let (_, after) = Rig::new(before).run(|handles| {
        let record = |number| (1305, format!("audit(1.000:1): op=set old={number}").into_bytes());
        handles.source.give([record(0)].into_iter().chain(storm(2, 1)));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 1);
        assert!(handles.sink.of_kind("CONFIG_CHANGE").is_empty(), "open for a minute");
        *handles.config.lock().unwrap() = "[group]\nquiet = \"10ms\"\nmax_event_records = 16\n".to_owned();
        handles.signal(SIGHUP);
        handles.until(|handles| handles.sink.of_kind("CONFIG_CHANGE").len() == 1);
        let record = |number| (1300, format!("audit(1.000:9): pid={number}").into_bytes());
        handles.source.give((1..=17).map(record));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 2);
        handles.signal(SIGTERM);
    });
    assert_eq!(after.sink.of_kind("OYEZ_RELOAD")[0]["oyez"], serde_json::json!({"result": "success"}));
    let sizes: Vec<_> =
        after.sink.of_kind("SYSCALL").iter().map(|event| event["records"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [2, 16, 1], "one record more than fits");
    assert!(after.tally.account().balances());
}

#[test]
fn a_bad_configuration_changes_nothing_and_is_told() {
    let (_, after) = Rig::new("node = \"before\"\n").run(|handles| {
        *handles.config.lock().unwrap() = "nod = \"after\"\n[kernel]\nbacklog_limit = -1\n".to_owned();
        handles.signal(SIGHUP);
        handles.until(|handles| !handles.sink.of_kind("OYEZ_RELOAD").is_empty());
        handles.source.give(storm(1, 1));
        handles.signal(SIGTERM);
    });
    let told = &after.sink.of_kind("OYEZ_RELOAD")[0]["oyez"];
    assert_eq!(told["result"], "failed");
    let error = told["error"].as_str().unwrap();
    assert!(error.contains("unknown key nod") && error.contains("backlog_limit"), "{error}");
    assert_eq!(after.sink.of_kind("SYSCALL")[0]["node"], "before");
}

#[test]
fn what_the_kernel_lost_is_told_at_the_end_at_the_latest() {
    let (_, after) = Rig::new(RESTORE).run(|handles| {
        handles.kernel.set(Field::Lost, 17);
        handles.kernel.set(Field::BacklogWaitTimeActual, 3);
        handles.signal(SIGTERM);
    });
    let loss = &after.sink.of_kind("OYEZ_LOSS")[0]["oyez"];
    assert_eq!((&loss["where"], &loss["count"]), (&"kernel".into(), &17.into()));
    assert_eq!(after.sink.of_kind("OYEZ_THROTTLE")[0]["oyez"]["jiffies"], 3);
}

#[test]
fn a_backlog_that_is_too_small_is_raised_while_records_come_and_put_back_at_the_end() {
    let config = format!("{RESTORE}[kernel]\nbacklog_max = 20000\n");
    let (_, after) = Rig::new(&config).run(|handles| {
        handles.kernel.set(Field::BacklogWaitTimeActual, 7);
        handles.source.give(storm(1, 10));
        handles.until(|handles| handles.kernel.get(Field::BacklogLimit) == 16384);
        handles.kernel.set(Field::Backlog, 9000);
        handles.source.give(storm(11, 10));
        handles.until(|handles| handles.kernel.get(Field::BacklogLimit) == 20_000);
        handles.signal(SIGTERM);
    });
    let told: Vec<_> = after.sink.of_kind("OYEZ_BACKLOG").iter().map(|told| told["oyez"].clone()).collect();
    let raised = |limit, was, reason| serde_json::json!({"backlog_limit": limit, "was": was, "reason": reason});
    assert_eq!(told, [raised(16384, 8192, "waited"), raised(20_000, 16384, "full")]);
    let throttle = &after.sink.of_kind("OYEZ_THROTTLE")[0]["oyez"];
    assert_eq!((&throttle["jiffies"], &throttle["lever"]), (&7.into(), &"kernel.backlog_max".into()));
    assert_eq!(after.kernel.get(Field::BacklogLimit), 64);
}

#[test]
fn a_backlog_whose_bound_is_its_start_is_left() {
    let config = format!("{RESTORE}[kernel]\nbacklog_max = 8192\n");
    let (_, after) = Rig::new(&config).run(|handles| {
        handles.kernel.set(Field::BacklogWaitTimeActual, 7);
        handles.kernel.set(Field::Backlog, 8192);
        handles.source.give(storm(1, 10));
        // By the second look at the latest it would be.
        handles.until(|handles| !handles.sink.of_kind("OYEZ_THROTTLE").is_empty());
        handles.signal(SIGTERM);
    });
    assert!(after.sink.of_kind("OYEZ_BACKLOG").is_empty());
    let sets = after.kernel.requests().iter().filter(|request| **request == Request::Set(Field::BacklogLimit)).count();
    assert_eq!(sets, 2, "at the start and at the end");
}

#[test]
fn a_kernel_that_answers_as_4_18_does_is_served() {
    let mut rig = Rig::new(RESTORE);
    rig.handles.kernel = rig.handles.kernel.with_status_bytes(40);
    let (_, after) = rig.run(|handles| {
        handles.source.give(storm(1, 10));
        handles.signal(SIGTERM);
    });
    assert!(after.tally.account().balances());
    assert_eq!([Field::Enabled, Field::BacklogLimit].map(|field| after.kernel.get(field)), [0, 64]);
}

#[test]
fn a_socket_that_fails_ends_the_run_in_order() {
    let (reason, after) = Rig::new(RESTORE).run(|handles| {
        handles.source.give(storm(1, 10));
        handles.until(|handles| handles.tally.received.get() == 30);
        handles.source.broken.store(1, Ordering::SeqCst);
    });
    assert!(matches!(reason, Reason::Failed(_)), "{reason:?}");
    assert!(after.tally.account().balances());
    assert_eq!((after.sink.of_kind("SYSCALL").len(), after.kernel.get(Field::Enabled)), (10, 0));
}

#[test]
fn a_socket_that_fails_is_the_reason_whichever_thread_is_heard_of_first() {
    let (reason, after) = Rig::new(RESTORE).run(|handles| {
        handles.happen.send(Happening::PipelineEnded(Ended::Done)).unwrap();
        handles.source.broken.store(1, Ordering::SeqCst);
    });
    assert!(matches!(reason, Reason::Failed(_)), "{reason:?}");
    assert!(after.tally.account().balances());
}

#[test]
fn a_reader_that_has_gone_ends_the_run_in_order() {
    let (reason, after) = Rig::new(RESTORE).run(|handles| {
        handles.sink.fail(Some(ErrorKind::BrokenPipe));
        handles.source.give(storm(1, 10));
    });
    assert!(matches!(reason, Reason::ReaderGone), "{reason:?}");
    assert!(after.tally.account().balances());
    assert_eq!(after.kernel.get(Field::Enabled), 0);
}

#[test]
fn a_restart_after_a_crash_tells_the_gap_and_puts_back_what_was_there_before() {
    let root = TempDir::new().unwrap();
    let file = StateFile::at(&root.join("state.json"));
    let mut rig = Rig::new(RESTORE);
    (rig.resume, rig.state_file) = (Some(90), Some(file.clone()));
    let (_, after) = rig.run(|handles| {
        handles.source.give(storm(101, 1));
        handles.until(|handles| handles.tally.restart_gap.get() == 10);
        handles.signal(SIGTERM);
    });
    let left = file.read().unwrap();
    assert!(left.is_none() && after.tally.account().balances());
    assert!(
        after
            .sink
            .of_kind("OYEZ_LOSS")
            .iter()
            .any(|loss| loss["oyez"]["where"] == "restart" && loss["oyez"]["count"] == 10)
    );
}

#[test]
fn a_limit_on_cpu_time_keeps_logins_balances_the_books_and_does_not_hold_up_the_end() {
    let config = format!("{RESTORE}cpu_limit = 0.01\n");
    let (_, after) = Rig::new(&config).run(|handles| {
        for round in 0..20 {
            handles.source.give(storm(round * 2000 + 1, 1000));
            handles.source.give([login(round * 2000 + 1001)]);
        }
        handles.until(|handles| handles.tally.cpu_shed.get() > 0);
        handles.until(|handles| handles.tally.received.get() == 20 * 3001);
        handles.signal(SIGTERM);
    });
    let (account, tally) = (after.tally.account(), &after.tally);
    assert!(account.balances() && account.shed > 0 && account.lost == 0, "{account}");
    assert_eq!(after.sink.of_kind("USER_LOGIN").len(), 20);
    let shed: u64 = after
        .sink
        .of_kind("OYEZ_LOSS")
        .iter()
        .filter(|loss| loss["oyez"]["cause"] == "cpu_limit")
        .map(|loss| loss["oyez"]["count"].as_u64().unwrap())
        .sum();
    assert_eq!((shed, shed), (tally.shed_events.get(), tally.cpu_shed.get()));
    assert_eq!(after.sink.of_kind("SYSCALL").len() as u64 + shed, 20_000);
}
