//! Without the connector, or with holes in it: events and /proc.

use super::*;

#[test]
fn a_process_that_nobody_told_of_is_read_once_with_its_parents() {
    let mut world = World::alone();
    world.proc(1, 0, "/sbin/init", &["init"]);
    world.proc(50, 1, "/usr/sbin/sshd", &["sshd", "-D"]);
    world.proc(60, 50, "/bin/bash", &["-bash"]);
    world.pass(1000);
    let shell = world.opened(60, 50, "/bin/bash", 0).unwrap();
    assert_eq!((argv(&shell).as_str(), shell.ppid), ("-bash", 50));
    assert_eq!(world.line(60), "60:/bin/bash < 50:/usr/sbin/sshd < 1:/sbin/init");
    let reads = world.reads();
    for _ in 0..100 {
        assert_eq!(world.opened(60, 50, "/bin/bash", 0).unwrap().snapshot, shell.snapshot);
    }
    assert_eq!(world.reads(), reads);
    assert_eq!(world.processes.counts().first_seen, 1);
}

#[test]
fn a_number_says_when_more_can_be_said_of_ancestors() {
    let mut world = World::connected();
    world.pass(1000);
    world.proc(60, 50, "/bin/bash", &["-bash"]);
    let shell = world.opened(60, 50, "/bin/bash", 0).unwrap();
    assert_eq!(world.line_of(&shell), "60:/bin/bash");
    let mut last = world.processes.learned();
    let mut has_changed =
        |world: &World| std::mem::replace(&mut last, world.processes.learned()) != world.processes.learned();
    world.fork(50, 60);
    assert_eq!((world.line_of(&shell).as_str(), has_changed(&world)), ("60:/bin/bash < 50:", true));
    world.opened(50, 1, "/usr/sbin/sshd", 0);
    assert_eq!((world.line_of(&shell).as_str(), has_changed(&world)), ("60:/bin/bash < 50:/usr/sbin/sshd", true));
    world.opened(60, 50, "/bin/bash", 0);
    assert!(!has_changed(&world));
}

#[test]
fn of_a_process_that_is_gone_the_event_itself_is_known() {
    let mut world = World::alone();
    world.proc(50, 0, "/usr/sbin/sshd", &["sshd"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    let gone = world.told(777, 50, "/bin/true", &["true", "x"], 5).unwrap();
    assert_eq!((exe(&gone).as_str(), argv(&gone).as_str(), gone.ppid), ("/bin/true", "true x", 50));
    assert_eq!((gone.key.start_ticks, &*gone.comm), (0, &b"true"[..]));
    assert_eq!(world.line_of(&gone), "777:/bin/true < 50:/usr/sbin/sshd");
    let bare = world.opened(778, 50, "/bin/x", 5).unwrap();
    assert_eq!((exe(&bare).as_str(), argv(&bare).as_str(), &*bare.comm), ("/bin/x", "", &b"x"[..]));
    let events: Vec<u64> = (0..5).map(|_| world.opened(778, 50, "/bin/x", 4).unwrap().snapshot).collect();
    assert_eq!(events, [bare.snapshot; 5]);
}

#[test]
fn what_proc_shows_of_a_later_process_is_not_believed() {
    let mut world = World::alone();
    world.pass(10_000);
    world.proc(60, 9, "/bin/later", &["later"]);
    world.pass(1000);
    let earlier = world.opened(60, 1, "/bin/later", 5000).unwrap();
    assert_eq!((earlier.key.start_ticks, earlier.ppid, argv(&earlier).as_str()), (0, 1, ""));
    let later = world.opened(60, 9, "/bin/later", 500).unwrap();
    assert_eq!((argv(&later).as_str(), later.ppid), ("later", 9));
    assert_ne!(later.key, earlier.key);
}

#[test]
fn a_pid_used_again_unseen_is_found_out_by_its_start() {
    let mut world = World::alone();
    world.proc(60, 1, "/bin/old", &["old"]);
    world.processes.scan().unwrap();
    let old = world.processes.current(60).unwrap();
    world.pass(60_000);
    world.proc(60, 7, "/bin/new", &["new"]);
    world.pass(100);
    let new = world.opened(60, 7, "/bin/new", 0).unwrap();
    assert_ne!(old.key, new.key);
    assert_eq!((argv(&new).as_str(), new.ppid), ("new", 7));
}

#[test]
fn a_pid_used_again_unseen_for_the_same_program_is_found_out_by_its_parent() {
    let mut world = World::alone();
    world.proc(60, 7, "/bin/sh", &["sh", "old"]);
    world.processes.scan().unwrap();
    let old = world.opened(60, 7, "/bin/sh", 0).unwrap();
    world.pass(60_000);
    world.proc(60, 9, "/bin/sh", &["sh", "new"]);
    let new = world.opened(60, 9, "/bin/sh", 0).unwrap();
    assert_ne!(old.key, new.key);
    assert_eq!((argv(&new).as_str(), new.ppid), ("sh new", 9));
}

#[test]
fn a_process_that_was_taken_over_is_asked_about_once_and_stays_itself() {
    let mut world = World::alone();
    world.proc(60, 7, "/bin/sh", &["sh"]);
    world.processes.scan().unwrap();
    let before = world.opened(60, 7, "/bin/sh", 0).unwrap();
    let after = world.opened(60, 33, "/bin/sh", 0).unwrap();
    assert_eq!((after.key, after.ppid), (before.key, 7));
    let reads = world.reads();
    for _ in 0..10 {
        assert_eq!(world.opened(60, 33, "/bin/sh", 0).unwrap().key, before.key);
    }
    assert_eq!(world.reads(), reads);
}

#[test]
fn a_pid_used_again_unseen_by_one_that_is_gone_is_found_out_by_its_parent() {
    let mut world = World::alone();
    world.proc(50, 1, "/bin/sh", &["sh", "a"]);
    world.proc(51, 1, "/bin/sh", &["sh", "b"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    let old = world.told(60, 50, "/bin/sh", &["sh", "old"], 0).unwrap();
    world.pass(1000);
    let gone = world.opened(60, 51, "/bin/sh", 0).unwrap();
    assert_eq!((argv(&gone).as_str(), gone.ppid), ("", 51));
    assert_eq!(world.line_of(&gone), "60:/bin/sh < 51:/bin/sh");
    assert_ne!(gone.snapshot, old.snapshot);
    world.pass(1000);
    let told = world.told(60, 50, "/bin/sh", &["sh", "new"], 0).unwrap();
    assert_eq!(world.line_of(&told), "60:/bin/sh < 50:/bin/sh");
    assert_eq!((argv(&told).as_str(), told.ppid), ("sh new", 50));
}

#[test]
fn a_start_that_clocks_make_later_than_its_events_is_still_its_own() {
    let mut world = World::alone();
    world.proc(50, 1, "/bin/sh", &["sh"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    world.proc(60, 50, "/bin/cat", &["cat", "a"]);
    let told = world.told(60, 50, "/bin/cat", &["cat", "a"], 15).unwrap();
    assert_ne!(told.key.start_ticks, 0);
    for ago in [15, 0] {
        assert_eq!(argv(&world.opened(60, 50, "/bin/cat", ago).unwrap()), "cat a", "{ago} ms ago");
    }
    world.pass(1000);
    assert_eq!(argv(&world.opened(60, 50, "/bin/cat", 0).unwrap()), "cat a");
}

#[test]
fn the_sweep_finds_who_ended_or_was_replaced_unseen() {
    for is_connected in [true, false] {
        let mut world = World::new(&[], Settings::default(), is_connected);
        world.proc(1, 0, "/sbin/init", &["init"]);
        for pid in 100..200 {
            world.proc(pid, 1, "/bin/x", &["x"]);
        }
        world.processes.scan().unwrap();
        world.pass(1000);
        (100..150).for_each(|pid| world.unproc(pid));
        (150..160).for_each(|pid| world.proc(pid, 1, "/bin/x", &["y"]));
        (0..600).for_each(|_| world.pass(100));
        assert_eq!(world.processes.counts().processes, 41, "connected: {is_connected}");
        let new = world.opened(155, 1, "/bin/x", 0).unwrap();
        assert_eq!(argv(&new), "y");
    }
}

#[test]
fn forks_and_ends_are_followed_by_events_where_namespaces_allow() {
    let mut world = World::alone();
    world.proc(60, 1, "/bin/bash", &["bash"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    // clone without CLONE_THREAD, and a thread of the same look.
    world.called(56, "success=yes exit=200 a0=1200011", 60, 1, "/bin/bash");
    world.called(56, "success=yes exit=201 a0=3d0f00", 60, 1, "/bin/bash");
    world.called(435, "success=yes exit=202 a0=7ffc", 60, 1, "/bin/bash");
    world.called(57, "success=no exit=-11 a0=0", 60, 1, "/bin/bash");
    assert_eq!(world.line(200), "200:/bin/bash < 60:/bin/bash");
    assert_eq!([201, 202, 11].map(|pid| world.line(pid)), ["nobody", "nobody", "nobody"]);
    world.told(200, 60, "/bin/ls", &["ls"], 0);
    world.called(231, "a0=0", 200, 60, "/bin/ls");
    world.pass(100);
    world.called(56, "success=yes exit=200 a0=1200011", 60, 1, "/bin/bash");
    assert_eq!(world.line(200), "200:/bin/bash < 60:/bin/bash");
}

#[test]
fn a_fork_is_not_followed_where_the_number_may_be_of_another_namespace() {
    let mut world = World::alone();
    world.pass(1000);
    // Not in /proc: nobody knows its namespaces.
    world.called(56, "success=yes exit=200 a0=1200011", 60, 1, "/bin/bash");
    assert_eq!(world.line(200), "nobody");
}

#[test]
fn a_childs_events_may_come_before_the_event_of_its_fork() {
    let mut world = World::alone();
    world.proc(60, 1, "/bin/bash", &["bash"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    let vforked = world.told(200, 60, "/bin/ls", &["ls"], 0).unwrap();
    world.called(58, "success=yes exit=200 a0=0", 60, 1, "/bin/bash");
    let after = world.opened(200, 60, "/bin/ls", 0).unwrap();
    assert_eq!((after.key, after.snapshot), (vforked.key, vforked.snapshot));
    assert_eq!(world.line(200), "200:/bin/ls < 60:/bin/bash");
}

#[test]
fn a_program_under_another_root_is_called_as_its_events_call_it() {
    let mut world = World::alone();
    world.proc(60, 1, "/jail/bin/sh", &["sh"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    let jailed = world.opened(60, 1, "/bin/sh", 0).unwrap();
    assert_eq!((exe(&jailed).as_str(), argv(&jailed).as_str()), ("/bin/sh", "sh"));
    let again = world.opened(60, 1, "/bin/sh", 0).unwrap();
    assert_eq!((again.snapshot, world.processes.counts().corrected), (jailed.snapshot, 0));
}

#[test]
fn threads_that_see_one_program_under_two_names_do_not_make_new_ones() {
    let mut world = World::connected();
    world.proc(60, 1, "/bin/sh", &["sh"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    world.opened(60, 1, "/other/sh", 0).unwrap();
    let corrected = world.processes.counts().corrected;
    for _ in 0..10 {
        world.pass(100);
        assert_eq!(exe(&world.opened(60, 1, "/bin/sh", 0).unwrap()), "/bin/sh");
        assert_eq!(exe(&world.opened(60, 1, "/other/sh", 0).unwrap()), "/other/sh");
    }
    assert_eq!((corrected, world.processes.counts().corrected), (1, 1));
}

#[test]
fn reads_are_bounded_and_each_one_not_made_is_counted() {
    let settings = Settings { reads_per_second: 10, reads_burst: 20, ..Settings::default() };
    let mut world = World::new(&[], settings, false);
    (1000..2000).for_each(|pid| world.proc(pid, 1, "/bin/x", &["x"]));
    world.pass(0);
    for pid in 1000..2000 {
        assert_eq!(exe(&world.opened(pid, 0, "/bin/x", 0).unwrap()), "/bin/x");
    }
    let counts = world.processes.counts();
    assert_eq!(counts.reads, 20);
    assert!(counts.reads_spared >= 980, "{counts:?}");
}

#[test]
fn events_without_a_program_are_of_who_has_the_pid() {
    let mut world = World::connected();
    world.proc(60, 1, "/usr/sbin/sshd", &["sshd"]);
    world.processes.scan().unwrap();
    world.pass(1000);
    let login = "pid=60 uid=0 auid=1000 ses=3 msg='op=login acct=\"eve\" exe=\"/evil\" hostname=? res=failed'";
    let process = world.handle(&event(BEGIN_MS + 900, &[(1112, login)])).unwrap();
    assert_eq!((exe(&process).as_str(), process.key.pid), ("/usr/sbin/sshd", 60));
    assert_eq!(world.handle(&event(BEGIN_MS + 900, &[(1334, "prog-id=3 op=LOAD")])), None);
}

#[test]
fn an_event_older_than_the_process_of_its_pid_is_of_nobody_known() {
    let mut world = World::connected();
    world.fork(1, 200);
    world.pass(1000);
    assert_eq!(world.opened(200, 1, "/bin/x", 1500).map(|process| exe(&process)), None);
}
