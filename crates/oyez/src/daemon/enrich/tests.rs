use std::io;
use std::process::{Child, Command as Program, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, unbounded};
use oyez_enrich::process::{Part, ProcFs};
use oyez_events::context::Process;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::kernel_message;
use oyez_netlink::connector::Message;
use oyez_netlink::connector::message::What;
use oyez_testkit::corpus::skipped;

use super::*;
use crate::config::Settings;
use crate::daemon::pipeline::Command;

/// The settings, all that looks at other processes off.
fn off() -> EnrichSettings {
    let mut settings = Settings::default().enrich;
    let flags = [
        &mut settings.names,
        &mut settings.nss,
        &mut settings.logins,
        &mut settings.processes,
        &mut settings.connector,
    ];
    for flag in flags {
        *flag = false;
    }
    (settings.host, settings.hash, settings.redact) = (false, false, false);
    settings
}

/// Hands an event of these records to `look`.
fn with_event<T>(records: &[(u16, &str)], look: impl FnOnce(&Event) -> T) -> T {
    let timing = Timing::Live { quiet_ms: 10, incomplete_ms: 10, title_ends: false };
    let mut grouper = Grouper::new(timing, Limits::default());
    let (stamp, mut look, mut seen) = (clock::wall_ms(), Some(look), None);
    let mut take = |event: &Event| seen = look.take().map(|look| look(event));
    for (kind, body) in records.iter().copied().chain([(record_type::EOE, "")]) {
        let text = format!("audit({}.{:03}:7): {body}", stamp / 1000, stamp % 1000);
        grouper.push(&kernel_message(kind, text.as_bytes()).unwrap(), 0, &mut take);
    }
    grouper.finish(&mut take);
    seen.unwrap()
}

fn syscall(number: u32, pid: u32, exe: &str) -> String {
    format!(
        "arch=c000003e syscall={number} success=yes exit=0 items=1 ppid={} pid={pid} auid=0 uid=0 gid=0 euid=0 suid=0 \
         fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=7 comm=\"x\" exe=\"{exe}\" key=(null)",
        std::process::id()
    )
}

/// A child of this process, which is killed with this.
struct Living(Child);

impl Living {
    /// Runs `program`, and waits until /proc shows its arguments: `spawn` returns once the old memory is gone, which is
    /// before the kernel has written them to the new one (`exec_mmap` and `create_elf_tables` of the kernel).
    fn run(program: &str, arguments: &[&str]) -> Self {
        let child = Program::new(program).args(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let until = Instant::now() + Duration::from_mins(1);
        while std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap().is_empty() {
            assert!(Instant::now() < until, "{program} shows no arguments");
            thread::yield_now();
        }
        Self(child)
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks anew until all arguments that are looked for are known: what a busy machine does not tell in time is not
/// (`patience.rs`).
fn until_told(mut look: impl FnMut() -> Option<()>) {
    let is_told = (0..100).any(|_| look().is_some());
    assert!(is_told, "arguments are not known");
}

/// The arguments of a process; none where they are not known.
fn argv(process: &Process) -> Option<&[u8]> {
    Some(&*process.argv).filter(|argv| !argv.is_empty())
}

fn session_of(records: &[(u16, &str)]) -> Option<u32> {
    with_event(records, |event| {
        let actor = Actors::default().of(event);
        Session::default().of(event, actor.as_ref())
    })
}

#[test]
fn a_session_is_the_one_that_the_kernel_wrote() {
    assert_eq!(session_of(&[(1300, &syscall(2, 1, "/x"))]), Some(7));
    assert_eq!(session_of(&[(1302, "item=0 name=\"/ ses=9\""), (1300, &syscall(2, 1, "/x"))]), Some(7));
    assert_eq!(
        session_of(&[(1006, "pid=5 uid=0 old-auid=4294967295 auid=2 tty=(none) old-ses=4294967295 ses=3 res=1")]),
        Some(3)
    );
    assert_eq!(session_of(&[(1112, "pid=1 uid=0 auid=0 ses=4 msg='op=login ses=8 res=success'")]), Some(4));
    assert_eq!(session_of(&[(1112, "pid=1 uid=0 auid=0 ses=4294967295 msg='x'")]), Some(u32::MAX));
    for odd in ["uid=0", "uid=0 ses=", "uid=0 ses=x", "uid=0 ses=4294967296", "uid=0 ses=-1"] {
        assert_eq!(session_of(&[(1112, odd)]), None, "{odd}");
    }
}

#[test]
fn with_all_settings_off_nothing_is_known_and_the_event_stays() {
    let (mut enricher, helpers) = Enricher::new(&off()).unwrap();
    assert!(
        helpers.nss.is_none() && helpers.hash.is_none() && helpers.watch.is_none() && helpers.complaints.is_empty()
    );
    enricher.look_around();
    let own = std::process::id();
    with_event(&[(1300, &syscall(257, own, "/x")), (1327, "proctitle=\"--password=hunter\"")], |event| {
        let (after, context) = enricher.event(event);
        assert!(std::ptr::eq(after, event));
        assert!(context.names.is_none() && context.login.is_none() && context.process.is_none());
        assert!(context.ancestors.is_empty() && context.host.is_none());
    });
    assert_eq!(enricher.attend(), 0);
}

#[test]
fn without_the_connector_there_is_nothing_to_attend_to_and_nobody_to_watch() {
    let settings = EnrichSettings { processes: true, ancestors: 4, ..off() };
    until_told(|| {
        let (mut enricher, helpers) = Enricher::new(&settings).unwrap();
        assert!(helpers.watch.is_none() && helpers.complaints.is_empty());
        enricher.look_around();
        let child = Living::run("cat", &[]);
        assert_eq!(enricher.attend(), 0);
        with_event(&[(1300, &syscall(257, child.0.id(), "/usr/bin/cat"))], |event| {
            let (_, context) = enricher.event(event);
            assert_eq!(argv(context.process.unwrap())?, b"cat\0");
            assert_eq!(context.ancestors[0].key.pid, std::process::id());
            Some(())
        })
    });
}

#[test]
fn what_an_execve_shows_is_redacted_in_it_in_the_process_and_in_its_children() {
    let settings = EnrichSettings { processes: true, redact: true, ancestors: 4, ..off() };
    let (mut enricher, _helpers) = Enricher::new(&settings).unwrap();
    enricher.look_around();
    let shows = |bytes: &[u8]| memchr::memmem::find(bytes, b"hunter").is_some();
    let records = [(1300, &*syscall(59, 4_000_001, "/bin/x")), (1309, "argc=2 a0=\"x\" a1=\"--password=hunter\"")];
    with_event(&records, |event| {
        let (event, context) = enricher.event(event);
        assert!(event.records().all(|record| !shows(record.body())));
        assert_eq!(&*context.process.unwrap().argv, b"x\0--password=******\0");
    });
    let child = syscall(257, 4_000_002, "/bin/y").replace(&format!("ppid={}", std::process::id()), "ppid=4000001");
    with_event(&[(1300, &child)], |event| {
        let (_, context) = enricher.event(event);
        assert_eq!(&*context.ancestors[0].argv, b"x\0--password=******\0");
    });
}

#[test]
fn what_proc_shows_of_arguments_is_redacted() {
    let child = Living::run("sh", &["-c", "read line; :", "sh", "--password=hunter"]);
    let settings = EnrichSettings { processes: true, redact: true, ancestors: 4, ..off() };
    until_told(|| {
        let (mut enricher, _helpers) = Enricher::new(&settings).unwrap();
        enricher.look_around();
        with_event(&[(1300, &syscall(257, child.0.id(), "/usr/bin/dash"))], |event| {
            let (_, context) = enricher.event(event);
            assert_eq!(argv(context.process.unwrap())?, b"sh\0-c\0read line; :\0sh\0--password=******\0");
            Some(())
        })
    });
}

#[test]
fn a_hash_is_told_once_it_is_known_and_makes_another_snapshot() {
    let child = Living::run("cat", &[]);
    let settings = EnrichSettings { processes: true, hash: true, hash_max_size: 1 << 30, ..off() };
    let (mut enricher, helpers) = Enricher::new(&settings).unwrap();
    enricher.look_around();
    let mut look = || {
        with_event(&[(1300, &syscall(257, child.0.id(), "/usr/bin/cat"))], |event| {
            let process = enricher.event(event).1.process.unwrap().clone();
            (process.snapshot, process.sha256)
        })
    };
    let before = look();
    assert_eq!((before.1, look()), (None, before), "nobody hashes yet");
    let worker = helpers.hash.unwrap();
    thread::spawn(move || worker.run(|| {}));
    let start = Instant::now();
    let after = loop {
        let after = look();
        if after.1.is_some() || start.elapsed() > Duration::from_mins(1) {
            break after;
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert!(after.1.is_some() && after.0 != before.0);
    assert_eq!(look(), after, "it stays one");
}

/// A shell and the number of what it runs.
fn shell_and_child() -> (Living, u32) {
    let shell = Living::run("sh", &["-c", "cat; :"]);
    let pid = shell.0.id();
    loop {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        // Its arguments are there last of all: see `Living::run`.
        let is_cat = |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|argv| argv == b"cat\0");
        if let Some(child) = children.trim().parse().ok().filter(is_cat) {
            return (shell, child);
        }
    }
}

/// An enricher with the connector, and who watches that; nothing where there is none.
fn connected() -> Option<(Enricher, watch::Watch)> {
    let (enricher, helpers) =
        Enricher::new(&EnrichSettings { processes: true, connector: true, ancestors: 4, ..off() }).unwrap();
    helpers.complaints.iter().for_each(|complaint| skipped(complaint));
    Some((enricher, helpers.watch?))
}

#[test]
fn attending_counts_the_messages_of_the_connector() {
    let Some((mut enricher, _watch)) = connected() else { return };
    enricher.look_around();
    enricher.attend();
    drop(Living::run("cat", &[]));
    // A fork, an exec and an end, at the least: others start programs, too.
    assert!(enricher.attend() >= 3);
}

#[test]
fn what_was_started_just_before_the_look_around_is_known_with_its_parent() {
    until_told(|| {
        let Some((mut enricher, _watch)) = connected() else { return Some(()) };
        let (child, inner) = shell_and_child();
        enricher.look_around();
        enricher.attend();
        with_event(&[(1300, &syscall(257, inner, "/usr/bin/cat"))], |event| {
            let (_, context) = enricher.event(event);
            let above: Vec<_> = context.ancestors.iter().map(|of| of.key.pid).take(2).collect();
            assert_eq!(above, [child.0.id(), std::process::id()]);
            assert_eq!(argv(context.process.unwrap())?, b"cat\0");
            assert_eq!(argv(&context.ancestors[0])?, b"sh\0-c\0cat; :\0");
            argv(&context.ancestors[1]).map(drop)
        })
    });
}

/// A /proc without processes.
struct Empty;

impl ProcFs for Empty {
    fn pids(&mut self, _: &mut Vec<u32>) -> io::Result<()> {
        Ok(())
    }

    fn read(&mut self, _: u32, _: Part, _: usize, _: &mut Vec<u8>) -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }
}

#[test]
fn an_ancestor_that_is_known_later_stands_in_later_events() {
    let places = Box::new(ProcPlaces::new("/proc"));
    let mut processes = Processes::new(Bounds::default(), LabelRules::default(), Box::new(Empty), places);
    processes.set_connected(true);
    processes.tick(now());
    let at_ns = now().monotonic_ns;
    for what in [What::Fork { parent: 4_000_001 }, What::Exec] {
        processes.message(&Message { at_ns, pid: 4_000_002, what });
    }
    let mut lineages = Lineages::new(4);
    let mut parent = |processes: &mut Processes| {
        with_event(&[(1300, &syscall(257, 4_000_002, "/bin/true"))], |event| {
            let actor = Actors::default().of(event).unwrap();
            let (_, ancestors) = lineages.of((event, &actor), processes, None).unwrap();
            (ancestors[0].key.pid, ancestors[0].exe.clone())
        })
    };
    assert_eq!(parent(&mut processes), (4_000_001, [].into()));
    with_event(&[(1300, &syscall(257, 4_000_001, "/bin/sh"))], |event| assert!(processes.event(event).is_some()));
    assert_eq!(parent(&mut processes), (4_000_001, b"/bin/sh".as_slice().into()));
}

#[test]
fn what_was_started_just_before_the_look_around_is_there_once() {
    const CHILDREN: u64 = 50;
    let is_pid = |entry: &std::fs::DirEntry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok());
    let mut seen = Vec::new();
    // Others start and end, too: at some time not that many at once.
    for _ in 0..50 {
        let Some((mut enricher, _watch)) = connected() else { return };
        let children: Vec<_> = (0..CHILDREN).map(|_| Living::run("cat", &[])).collect();
        enricher.look_around();
        enricher.attend();
        let known = enricher.processes.as_ref().unwrap().1.counts().processes;
        let living =
            std::fs::read_dir("/proc").unwrap().filter(|entry| entry.as_ref().is_ok_and(is_pid)).count() as u64;
        drop(children);
        if (living - CHILDREN / 2..living + CHILDREN / 2).contains(&known) {
            return;
        }
        seen.push((known, living));
        thread::sleep(Duration::from_millis(200));
    }
    panic!("known and living: {seen:?}");
}

#[test]
fn who_watches_ends_when_the_enricher_goes() {
    let Some((enricher, watch)) = connected() else { return };
    let (end, (commands, _kept)) = (enricher.end().unwrap(), unbounded());
    let watching = thread::spawn(move || watch.run(&end, &commands));
    drop(enricher);
    let start = Instant::now();
    while !watching.is_finished() {
        assert!(start.elapsed() < Duration::from_mins(1), "it goes on");
        thread::sleep(Duration::from_millis(5));
    }
    watching.join().unwrap();
}

#[test]
fn who_watches_ends_when_nobody_takes_commands_and_not_when_all_are_busy() {
    let Some((enricher, watch)) = connected() else { return };
    let (end, (commands, taken)) = (enricher.end().unwrap(), bounded(1));
    let watching = thread::spawn(move || watch.run(&end, &commands));
    drop(Living::run("cat", &[]));
    let first = taken.recv_timeout(Duration::from_mins(1)).unwrap();
    assert!(matches!(first, Command::Attend));
    drop(taken);
    // Nothing was drained, so there is a message all the while.
    let start = Instant::now();
    while !watching.is_finished() {
        assert!(start.elapsed() < Duration::from_mins(1), "it goes on");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_host_on_which_nothing_is_started_is_not_asked_to_drain() {
    let Some((mut enricher, watch)) = connected() else { return };
    let (end, (commands, taken)) = (enricher.end().unwrap(), unbounded());
    enricher.attend();
    let start = Instant::now();
    let watching = thread::spawn(move || watch.run(&end, &commands));
    thread::sleep(Duration::from_millis(1500));
    // Others start programs, too: one command for all of them, after a pause of a second at the least.
    let (asked, messages) = (taken.len(), enricher.attend());
    let is_seldom = asked as u64 <= start.elapsed().as_secs();
    assert!(is_seldom && (asked == 0 || messages > 0), "{asked} commands for {messages} messages");
    drop(enricher);
    watching.join().unwrap();
}

#[test]
fn clocks_between_which_time_passed_are_read_again() {
    for (took_ms, taken) in [([0, 9, 9, 9], 0), ([200, 0, 9, 9], 1), ([200, 90, 150, 80], 3), ([200, 90, 150, 95], 1)] {
        let mut reading = 0;
        let now = at_once(|| {
            let begin = Now { real_ms: reading, monotonic_ns: reading * 1_000_000_000, boottime_ns: 0 };
            let end = begin.monotonic_ns + took_ms[usize::try_from(reading).unwrap()] * 1_000_000;
            reading += 1;
            (begin, end)
        });
        assert_eq!(now.real_ms, taken, "{took_ms:?}");
    }
}
