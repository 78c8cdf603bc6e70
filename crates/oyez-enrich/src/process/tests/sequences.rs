//! What happens to processes, in the orders in which it is told.

use super::*;

/// A shell, 100, that was there at the start, under init.
fn with_shell(mut world: World) -> World {
    world.proc(1, 0, "/sbin/init", &["init"]);
    world.proc(100, 1, "/bin/bash", &["bash", "-l"]);
    assert_eq!(world.processes.scan().unwrap(), 2);
    world.pass(1000);
    world
}

#[test]
fn what_the_scan_found_is_there_with_its_parents() {
    let mut world = with_shell(World::connected());
    assert_eq!(world.line(100), "100:/bin/bash < 1:/sbin/init");
    let shell = world.processes.current(100).unwrap();
    assert_eq!((argv(&shell).as_str(), &*shell.cwd, shell.ppid), ("bash -l", &b"/home"[..], 1));
    assert_eq!(shell.started_ms, Some(BEGIN_MS));
    assert_eq!(shell.key.start_ticks, (UP_MS * 1_000_000 + ASLEEP_NS) / 10_000_000);
}

#[test]
fn a_child_has_its_parents_program_until_it_runs_its_own() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    assert_eq!(world.line(200), "200:/bin/bash < 100:/bin/bash < 1:/sbin/init");
    let child = world.opened(200, 100, "/bin/bash", 0).unwrap();
    assert_eq!((child.key.pid, child.ppid, argv(&child).as_str()), (200, 100, "bash -l"));
    assert_eq!(child.started_ms, Some(BEGIN_MS + 1000));

    world.exec(200);
    let ran = world.told(200, 100, "/bin/ls", &["ls", "-l"], 0).unwrap();
    assert_eq!((argv(&ran).as_str(), &*ran.cwd, ran.key), ("ls -l", &b"/work"[..], child.key));
    assert!(ran.snapshot > child.snapshot);
    assert_eq!(world.line(200), "200:/bin/ls < 100:/bin/bash < 1:/sbin/init");
    assert_eq!(world.processes.counts().corrected, 0);
}

#[test]
fn a_program_whose_file_was_deleted_is_the_one_it_was() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    let ran = world.told(200, 100, "/tmp/x", &["x", "y"], 0).unwrap();
    world.fork(200, 201);
    world.pass(100);
    world.exit(201);
    world.exit(200);
    for (pid, ppid) in [(200, 100), (201, 200), (200, 100)] {
        let deleted = world.opened(pid, ppid, "/tmp/x (deleted)", 50).unwrap();
        assert_eq!((argv(&deleted).as_str(), &*deleted.cwd), ("x y", &*ran.cwd), "{pid}");
    }
    let first = world.opened(200, 100, "/tmp/x (deleted)", 50).unwrap();
    assert_eq!(exe(&first), "/tmp/x (deleted)");
    assert_eq!(world.opened(200, 100, "/tmp/x (deleted)", 50).unwrap().snapshot, first.snapshot);
    assert_eq!(argv(&world.opened(200, 100, "/tmp/x", 90).unwrap()), "x y", "an event from before");
    assert_eq!(world.processes.counts().corrected, 0);
}

#[test]
fn an_exec_that_no_event_tells_of_does_not_take_the_next_ones_event() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    // Less than the slack of stamps later.
    world.pass(5);
    world.exec(200);
    world.fork(200, 201);
    world.exit(200);
    world.told(200, 100, "/bin/sh", &["sh"], 1).unwrap();
    assert_eq!(world.line(201), "201:/bin/sh < 200:/bin/sh < 100:/bin/bash < 1:/sbin/init");
}

#[test]
fn what_was_shown_before_an_execs_event_ran_before_it() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    world.exec(200);
    world.fork(200, 201);
    // Such as a search along PATH, all in one tick.
    world.opened(200, 100, "/bin/setpriv", 0).unwrap();
    world.told(200, 100, "/bin/sh", &["sh"], 0).unwrap();
    assert_eq!(world.line(201), "201:/bin/sh < 200:/bin/sh < 100:/bin/bash < 1:/sbin/init");
    assert_eq!(exe(&world.opened(200, 100, "/bin/setpriv", 0).unwrap()), "/bin/setpriv");
    assert_eq!(argv(&world.opened(200, 100, "/bin/sh", 0).unwrap()), "sh");
    assert_eq!(world.processes.counts().corrected, 0);
}

#[test]
fn events_that_come_after_later_messages_are_of_the_program_that_ran_then() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.pass(100);
    world.exec(200);
    world.pass(100);
    world.exec(200);
    world.pass(100);
    world.exit(200);
    // All of this was told before the first event is handled.
    let before = world.opened(200, 100, "/bin/bash", 250).unwrap();
    let sh = world.told(200, 100, "/bin/sh", &["sh", "-c", "exec ls"], 200).unwrap();
    let within = world.opened(200, 100, "/bin/sh", 150).unwrap();
    let ls = world.told(200, 100, "/bin/ls", &["ls"], 100).unwrap();
    let last = world.opened(200, 100, "/bin/ls", 50).unwrap();
    let files = [&before, &sh, &within, &ls, &last].map(|process| exe(process));
    assert_eq!(files, ["/bin/bash", "/bin/sh", "/bin/sh", "/bin/ls", "/bin/ls"]);
    assert_eq!((argv(&within), argv(&last)), ("sh -c exec ls".into(), "ls".into()));
    assert_eq!((within.snapshot, last.snapshot), (sh.snapshot, ls.snapshot));
    let late = world.opened(200, 100, "/bin/sh", 150).unwrap();
    assert_eq!(late.snapshot, sh.snapshot);
    assert_eq!(world.processes.counts().corrected, 0);
}

#[test]
fn the_same_program_run_twice_is_told_apart_by_time() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.pass(100);
    world.exec(200);
    world.pass(100);
    world.exec(200);
    world.told(200, 100, "/bin/sh", &["sh", "1"], 100);
    world.told(200, 100, "/bin/sh", &["sh", "2"], 0);
    for (ago, argument) in [(100, "sh 1"), (50, "sh 1"), (0, "sh 2")] {
        assert_eq!(argv(&world.opened(200, 100, "/bin/sh", ago).unwrap()), argument, "{ago} ms ago");
    }
}

#[test]
fn an_exec_that_no_event_tells_is_read_from_proc() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.proc(200, 100, "/usr/bin/sleep", &["sleep", "9"]);
    world.exec(200);
    let reads = world.reads();
    let sleep = world.opened(200, 100, "/usr/bin/sleep", 0).unwrap();
    assert_eq!((argv(&sleep).as_str(), sleep.ppid), ("sleep 9", 100));
    assert_eq!(world.reads(), reads, "the event needs no read");
}

#[test]
fn where_events_tell_of_execs_proc_is_asked_only_for_those_that_stay_untold() {
    let mut world = with_shell(World::connected());
    for pid in 200..220 {
        world.fork(100, pid);
        world.exec(pid);
        world.told(pid, 100, "/bin/ls", &["ls"], 0).unwrap();
    }
    let reads = world.reads();
    world.fork(100, 300);
    world.proc(300, 100, "/usr/bin/sleep", &["sleep", "9"]);
    world.exec(300);
    world.pass(PATIENCE_MS - 1);
    assert_eq!(exe(&world.processes.current(300).unwrap()), "", "nobody knows yet");
    world.pass(1);
    assert_eq!(exe(&world.processes.current(300).unwrap()), "/usr/bin/sleep");
    assert!(world.reads() > reads);
}

#[test]
fn a_pid_used_again_is_another_process_and_late_events_find_the_old_one() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    let old = world.told(200, 100, "/bin/old", &["old"], 0).unwrap();
    world.pass(500);
    world.exit(200);
    world.pass(500);
    world.fork(1, 200);
    world.exec(200);
    let new = world.told(200, 1, "/bin/new", &["new"], 0).unwrap();
    assert_ne!(old.key, new.key);
    assert_eq!(world.line(200), "200:/bin/new < 1:/sbin/init");
    let late = world.opened(200, 100, "/bin/old", 600).unwrap();
    assert_eq!((late.key, late.snapshot), (old.key, old.snapshot));
    assert_eq!(world.line_of(&late), "200:/bin/old < 100:/bin/bash < 1:/sbin/init");
    assert_eq!(world.opened(200, 1, "/bin/new", 0).unwrap().key, new.key);
    assert_eq!(world.processes.counts().corrected, 0);
}

#[test]
fn a_pid_used_again_within_a_tick_of_the_clock_is_told_apart_by_the_program() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    let old = world.told(200, 100, "/bin/old", &["old"], 0).unwrap();
    world.pass(50);
    world.exit(200);
    world.fork(100, 200);
    world.exec(200);
    // Stamped with a clock that stood still for a tick.
    let new = world.told(200, 100, "/bin/new", &["new"], 5).unwrap();
    assert_ne!(old.key, new.key);
    assert_eq!(world.opened(200, 100, "/bin/old", 5).unwrap().key, old.key);
    assert_eq!(world.opened(200, 100, "/bin/new", 5).unwrap().key, new.key);
}

#[test]
fn a_parent_that_ended_stays_the_parent() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    world.told(200, 100, "/bin/daemonize", &["daemonize"], 0);
    world.fork(200, 201);
    world.exit(200);
    world.pass(10 * 60_000);
    // Reparented to init, which its events say.
    let orphan = world.opened(201, 1, "/bin/daemonize", 0).unwrap();
    assert_eq!(orphan.ppid, 200);
    assert_eq!(world.line(201), "201:/bin/daemonize < 200:/bin/daemonize < 100:/bin/bash < 1:/sbin/init");
    world.exit(201);
    world.pass(10 * 60_000);
    assert_eq!(world.processes.counts().processes, 2, "nobody keeps them any more");
}

#[test]
fn a_parent_is_what_it_was_when_it_forked() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    world.told(200, 100, "/bin/sh", &["sh", "-c", "x & exec y"], 0);
    world.fork(200, 201);
    world.pass(100);
    world.exec(200);
    world.told(200, 100, "/bin/y", &["y"], 0);
    assert_eq!(world.line(201), "201:/bin/sh < 200:/bin/sh < 100:/bin/bash < 1:/sbin/init");
    assert_eq!(world.line(200), "200:/bin/y < 100:/bin/bash < 1:/sbin/init");
}

#[test]
fn an_exec_by_a_thread_ends_the_first_thread_and_not_the_process() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    let before = world.told(200, 100, "/bin/threads", &["threads"], 0).unwrap();
    world.pass(100);
    // The kernel ends all other threads, the first included, and gives its number to the one that runs the program.
    world.exit(200);
    world.exec(200);
    let after = world.told(200, 100, "/bin/ls", &["ls"], 0).unwrap();
    assert_eq!(before.key, after.key);
    world.pass(60 * 60_000);
    assert_eq!(world.line(200), "200:/bin/ls < 100:/bin/bash < 1:/sbin/init");
}

#[test]
fn a_process_goes_on_when_its_first_thread_has_ended() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    world.exec(200);
    let before = world.told(200, 100, "/bin/threads", &["threads"], 0).unwrap();
    world.exit(200);
    world.pass(5000);
    let after = world.opened(200, 100, "/bin/threads", 0).unwrap();
    assert_eq!(after.snapshot, before.snapshot);
    assert_eq!((world.reads(), world.processes.counts().first_seen), (world.reads(), 0));
}

#[test]
fn a_missed_exec_is_made_up_for_by_the_next_event() {
    let mut world = with_shell(World::connected());
    world.proc(100, 1, "/bin/zsh", &["zsh"]);
    let shell = world.processes.current(100).unwrap();
    let changed = world.opened(100, 1, "/bin/zsh", 0).unwrap();
    assert_eq!(exe(&changed), "/bin/zsh");
    assert_eq!((changed.key, world.processes.counts().corrected), (shell.key, 1));
    let again = world.opened(100, 1, "/bin/zsh", 0).unwrap();
    assert_eq!((again.snapshot, world.processes.counts().corrected), (changed.snapshot, 1));
}

#[test]
fn an_execs_event_may_come_before_its_message() {
    let mut world = with_shell(World::connected());
    world.fork(100, 200);
    let ran = world.told(200, 100, "/bin/ls", &["ls"], 3).unwrap();
    world.exec(200);
    assert_eq!(world.processes.current(200).unwrap().snapshot, ran.snapshot);
    assert_eq!(world.opened(200, 100, "/bin/ls", 0).unwrap().snapshot, ran.snapshot);
}

#[test]
fn messages_keep_their_times_when_who_takes_them_was_kept_waiting() {
    let mut world = with_shell(World::connected());
    // The clock was read, and all the rest happened before it was read again.
    world.ms += 40;
    for (parent, pid) in [(100, 70), (70, 71)] {
        world.fork(parent, pid);
        world.exec(pid);
        world.ms += 20;
    }
    world.exit(71);
    let ticks = world.ticks();
    let outer = world.told(70, 100, "/bin/sh", &["sh", "outer"], 41).unwrap();
    let inner = world.told(71, 70, "/bin/true", &["true"], 21).unwrap();
    assert_eq!([&outer, &inner].map(|process| ticks - process.key.start_ticks), [4, 2]);
    let mut above = Vec::new();
    world.processes.ancestors(&inner, 2, &mut above);
    assert_eq!((argv(&above[0]).as_str(), above[1].key.pid), ("sh outer", 100));
}

#[test]
fn a_message_of_what_the_scan_found_adds_nothing() {
    let mut world = World::connected();
    world.proc(1, 0, "/sbin/init", &["init"]);
    world.proc(200, 1, "/bin/child", &["child"]);
    world.processes.scan().unwrap();
    let found = world.processes.current(200).unwrap();
    world.fork(1, 200);
    assert_eq!(world.processes.current(200).unwrap().snapshot, found.snapshot);
    assert_eq!(world.processes.counts().processes, 2);
}

#[test]
fn a_place_is_asked_at_an_exec_and_inherited_by_those_who_are_gone() {
    let mut world = with_shell(World::connected());
    let cgroup = |process: &Process| process.place.as_ref().map(|place| place.cgroup.to_string());
    world.fork(100, 200);
    world.places.0.lock().unwrap().insert(200, "/docker/7f3c");
    world.exec(200);
    let runc = world.told(200, 100, "/usr/bin/nginx", &["nginx"], 0).unwrap();
    assert_eq!(cgroup(&runc).as_deref(), Some("/docker/7f3c"));
    world.fork(200, 201);
    world.exec(201);
    world.exit(201);
    let short = world.told(201, 200, "/bin/date", &["date"], 0).unwrap();
    assert_eq!(cgroup(&short).as_deref(), Some("/docker/7f3c"));
}

#[test]
fn children_inherit_labels_and_keep_them_over_an_exec() {
    let rule = |subject, pattern: &str, label: &str, is_taken| LabelRule {
        subject,
        pattern: pattern.into(),
        label: label.into(),
        is_taken,
    };
    let rules = [
        rule(labels::Subject::Exe, "/sshd$", "ssh", false),
        rule(labels::Subject::Argv, "^sudo ", "ssh", true),
        rule(labels::Subject::Key, "^k$", "seen", false),
    ];
    let mut world = World::new(&rules, Settings::default(), true);
    world.proc(50, 1, "/usr/sbin/sshd", &["sshd"]);
    world.proc(60, 50, "/bin/bash", &["-bash"]);
    world.processes.scan().unwrap();
    let labels = |process: &Process| process.labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(labels(&world.processes.current(60).unwrap()), "ssh", "inherited in the scan");
    world.fork(60, 200);
    world.exec(200);
    let child = world.told(200, 60, "/bin/ls", &["ls"], 0).unwrap();
    assert_eq!(labels(&child), "ssh seen");
    assert_eq!(labels(&world.processes.current(60).unwrap()), "ssh");
    world.fork(200, 201);
    assert_eq!(labels(&world.processes.current(201).unwrap()), "ssh seen");
    world.exec(201);
    assert_eq!(labels(&world.told(201, 200, "/usr/bin/sudo", &["sudo", "id"], 0).unwrap()), "seen");
    let before = world.processes.current(201).unwrap().snapshot;
    world.opened(201, 200, "/usr/bin/sudo", 0).unwrap();
    assert_eq!(world.processes.current(201).unwrap().snapshot, before, "a label is given once");
}

#[test]
fn events_stay_with_who_has_the_pid_when_the_clock_is_set() {
    const HOUR_MS: u64 = 3_600_000;
    for is_forward in [true, false] {
        let mut world = World::connected();
        world.ahead_ms = if is_forward { 0 } else { HOUR_MS };
        world.pass(20_000);
        world.proc(5, 0, "/sbin/init", &["init"]);
        world.processes.scan().unwrap();
        world.fork(5, 70);
        world.told(70, 5, "/bin/sh", &["sh", "1"], 0);
        world.pass(1000);
        world.exit(70);
        world.pass(1000);
        world.fork(5, 70);
        world.pass(50);
        let now = world.told(70, 5, "/bin/sh", &["sh", "2"], 0).unwrap();
        world.pass(1000);
        world.ahead_ms = HOUR_MS - world.ahead_ms;
        world.pass(10);
        // Stamped by the clock as it was, and as it is.
        let before = if is_forward {
            world.opened(70, 5, "/bin/sh", HOUR_MS + 20)
        } else {
            world.ahead_ms = HOUR_MS;
            let event = world.opened(70, 5, "/bin/sh", 20);
            world.ahead_ms = 0;
            event
        };
        assert_eq!(before.map(|process| process.snapshot), Some(now.snapshot), "forward: {is_forward}");
        assert_eq!(world.opened(70, 5, "/bin/sh", 0).map(|process| process.snapshot), Some(now.snapshot));
        // The one before is told from it again, once all is settled.
        world.pass(11_000);
        let former = world.opened(70, 5, "/bin/sh", 13_550).unwrap();
        assert_eq!((argv(&former).as_str(), former.key != now.key), ("sh 1", true), "forward: {is_forward}");
    }
}
