//! Bounds hold whatever happens.

use super::*;

#[test]
fn a_storm_of_forks_stays_within_the_bounds_and_forgets_the_dead_first() {
    let settings = Settings { max_processes: 1000, max_dead: 300, ..Settings::default() };
    let mut world = World::new(&[], settings, true);
    world.proc(1, 0, "/sbin/init", &["init"]);
    world.proc(100, 1, "/bin/bash", &["bash"]);
    world.processes.scan().unwrap();
    for pid in 1000..6000 {
        world.fork(100, pid);
        world.exec(pid);
        world.told(pid, 100, "/bin/true", &["true"], 0).unwrap();
        world.exit(pid);
        if pid % 100 == 0 {
            world.pass(1);
            assert!(world.processes.counts().processes <= 302, "{:?}", world.processes.counts());
        }
    }
    assert_eq!(world.line(5999), "5999:/bin/true < 100:/bin/bash < 1:/sbin/init");
    assert_eq!(world.processes.counts().forgot_living, 0);
    world.pass(60_000);
    assert_eq!(world.processes.counts().processes, 2);
}

#[test]
fn a_bomb_of_living_processes_stays_within_the_bound_of_number() {
    let settings = Settings { max_processes: 500, ..Settings::default() };
    let mut world = World::new(&[], settings, true);
    world.proc(1, 0, "/sbin/init", &["init"]);
    world.processes.scan().unwrap();
    for pid in 2..5000 {
        world.fork(pid / 2, pid);
        assert!(world.processes.counts().processes <= 500);
    }
    assert!(world.processes.counts().forgot_living >= 4000);
    assert!(world.processes.current(4999).is_some());
}

#[test]
fn a_line_of_processes_that_each_fork_and_end_is_kept_and_then_bounded() {
    let settings = Settings { max_processes: 500, ..Settings::default() };
    let mut world = World::new(&[], settings, true);
    world.proc(1, 0, "/sbin/init", &["init"]);
    world.processes.scan().unwrap();
    for pid in 2..5000 {
        world.fork(pid - 1, pid);
        world.exit(pid - 1);
        world.pass(100);
        assert!(world.processes.counts().processes <= 500);
    }
    let last = world.processes.current(4999).unwrap();
    let mut ancestors = Vec::new();
    world.processes.ancestors(&last, 10, &mut ancestors);
    assert_eq!(ancestors.len(), 10, "the nearest ones are there");
    world.exit(4999);
    world.pass(60_000);
    assert_eq!(world.processes.counts().processes, 0, "with the last one go all who were kept for it");
}

#[test]
fn texts_stay_within_their_bytes() {
    let settings = Settings { max_bytes: 1 << 20, max_argv: 4096, ..Settings::default() };
    let mut world = World::new(&[], settings, true);
    let long = "x".repeat(10_000);
    for pid in 1000..1800 {
        world.fork(1, pid);
        let told = world.told(pid, 1, "/bin/x", &["x", &long], 0).unwrap();
        assert_eq!((told.argv.len(), told.argv_cut), (4096, true));
        assert!(world.processes.counts().bytes <= 1 << 20, "{:?}", world.processes.counts());
    }
    let counts = world.processes.counts();
    assert!(counts.forgot_living > 400 && counts.processes > 100, "{counts:?}");
}

#[test]
fn programs_of_one_process_are_bounded() {
    let mut world = World::connected();
    world.fork(1, 200);
    for number in 0..1000 {
        world.pass(20);
        world.exec(200);
        world.told(200, 1, &format!("/bin/{number}"), &["x"], 0).unwrap();
    }
    assert_eq!(exe(&world.processes.current(200).unwrap()), "/bin/999");
    assert!(world.processes.counts().bytes < 4096, "{:?}", world.processes.counts());
}

#[test]
fn an_empty_table_has_no_bytes_left() {
    let mut world = World::connected();
    world.proc(1, 0, "/sbin/init", &["init"]);
    world.processes.scan().unwrap();
    for pid in 100..400 {
        world.fork(1, pid);
        world.exec(pid);
        world.told(pid, 1, "/bin/x", &["x"], 0);
        world.opened(pid, 1, "/bin/y", 0);
        world.exit(pid);
    }
    world.exit(1);
    world.pass(60_000);
    assert_eq!((world.processes.counts().processes, world.processes.counts().bytes), (0, 0));
}
