//! Against the running kernel. Tests that only read run wherever root and an audit system are; those that change the
//! host's audit state for a second are ignored unless asked for (`--ignored`), and put back what they found.
//!
//! A test that can't run here prints "skipped:" and why. Rules match uid 5 (games) only. One at a time: see
//! [`oyez_testkit::live`].

#![expect(clippy::unwrap_used, reason = "helpers of tests, as the tests themselves")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says why")]

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use oyez_netlink::connector::{self, Messages as _};
use oyez_netlink::listeners;
use oyez_netlink::{
    Batch, Control, DataSocket, Error, Kernel, Message, Received, Result, Slab, Status, WaitPolicy, Wake,
};
use oyez_netlink::{Step, WaitSettings};
use oyez_testkit::live::{Turn, auditctl};

/// The turn, with a control connection.
fn take_turn() -> Option<(Turn, Control)> {
    let turn = Turn::take()?;
    Some((turn, Control::open().unwrap()))
}

/// A control connection, if this kernel and process can have one.
fn control() -> Option<Control> {
    let open = || -> Result<Control> {
        let mut control = Control::open()?;
        control.status().map(|_| control)
    };
    open().inspect_err(|error| println!("skipped: {error} ({:?})", error.errno())).ok()
}

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Opens `path` as uid 5, `times` over.
fn open_as_games(path: &Path, times: usize) {
    let script = r#"path=$1; count=$2; while [ $count -gt 0 ]; do : < "$path"; count=$((count - 1)); done"#;
    let mut command = Command::new("setpriv");
    command.args(["--reuid=5", "--clear-groups", "sh", "-c", script, "sh"]).arg(path).arg(times.to_string());
    assert!(command.status().unwrap().success());
}

/// Receives as the daemon will, until `quiet` passed without a message.
fn drain(socket: &DataSocket, slab: &mut Slab, quiet: Duration, take: &mut dyn FnMut(&Message<'_>)) {
    let (wake, start) = (Wake::new().unwrap(), Instant::now());
    let mut policy = WaitPolicy::new(WaitSettings::default());
    loop {
        match policy.step() {
            Step::Block => {
                if !socket.wait(Some(quiet), &wake).unwrap().readable {
                    return;
                }
                policy.readable(start.elapsed());
            }
            Step::Nap(time) => {
                wake.nap(time).unwrap();
                policy.napped(start.elapsed());
            }
            Step::Receive => {
                let received = socket.receive(slab).unwrap();
                slab.messages().for_each(|message| take(&message));
                policy.received(received.datagrams, received.more, start.elapsed());
            }
        }
    }
}

fn register(socket: &mut DataSocket, batch: &mut Batch) -> Result<Received> {
    socket.register(std::process::id(), Duration::from_secs(5), &mut Slab::new(64), &mut |message| {
        assert!(batch.push_message(message));
    })
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len()).any(|window| window == part.as_bytes())
}

#[test]
fn the_kernel_tells_its_status_features_and_rules() {
    let Some(mut control) = control() else { return };
    let status = control.status().unwrap();
    assert!(status.enabled.is_some_and(|enabled| enabled <= 2), "{status:?}");
    assert!(status.backlog_wait_time.is_some() && status.feature_bitmap.is_some(), "{status:?}");
    let features = control.features().unwrap();
    let mut lengths = Vec::new();
    let rules = control.list_rules(&mut |rule| lengths.push(rule.len())).unwrap();
    assert_eq!(rules, lengths.len());
    assert!(lengths.iter().all(|&length| length >= 1040));
    println!("{status:?} {features:?} {rules} rules");
}

#[test]
fn a_refusal_of_the_real_kernel_is_an_errno() {
    let Some(mut control) = control() else { return };
    // A rule that is too short to be one: refused before anything else is looked at.
    let error = control.add_rule(&[0; 100]).unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    assert!([Some(libc::EINVAL), Some(libc::EPERM)].contains(&error.errno()), "{error:?}");
}

#[test]
fn the_kernel_registers_nobody_but_the_one_who_asks() {
    let Some(mut control) = control() else { return };
    let (before, mut socket) = (control.status().unwrap().pid, DataSocket::unicast().unwrap());
    // Refused before anything is changed: EINVAL, or EPERM without the right.
    let result = socket.register(1, Duration::from_secs(5), &mut Slab::new(4), &mut |message| panic!("{message:?}"));
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    assert!([Some(libc::EINVAL), Some(libc::EPERM)].contains(&error.errno()), "{error:?}");
    assert_eq!(control.status().unwrap().pid, before);
}

#[test]
fn our_own_socket_is_among_the_listeners_and_ours() {
    let data = match DataSocket::unicast() {
        Ok(data) => data,
        Err(error) => return println!("skipped: {error}"),
    };
    let port = data.port().unwrap();
    let text = std::fs::read_to_string("/proc/net/netlink").unwrap();
    let listener = listeners::parse(&text).into_iter().find(|listener| listener.port == port).unwrap();
    assert!(!listener.multicast);
    let owners = listeners::owners(Path::new("/proc"), &[listener.inode]).unwrap();
    assert_eq!(owners[&listener.inode].pid, std::process::id());
}

#[test]
fn obstacles_are_named_in_namespaces_and_without_capabilities() {
    if control().is_none() {
        return;
    }
    let test = std::env::current_exe().unwrap();
    let why = test.parent().and_then(Path::parent).unwrap().join("examples/why");
    for (wrapper, control, multicast) in [
        ("env", "works", "works"),
        ("unshare --user --map-root-user", "user namespace", "user namespace"),
        ("unshare --pid --fork --mount-proc", "pid namespace", "works"),
        ("unshare --net", "works", "network namespace"),
        ("setpriv --bounding-set -audit_control", "CAP_AUDIT_CONTROL", "works"),
        ("setpriv --bounding-set -audit_read", "works", "CAP_AUDIT_READ"),
        ("setpriv --reuid=5 --clear-groups", "CAP_AUDIT_CONTROL", "CAP_AUDIT_READ"),
    ] {
        let mut words = wrapper.split(' ');
        let output = Command::new(words.next().unwrap()).args(words).arg(&why).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        if text.is_empty() {
            println!("skipped: {wrapper}: {}", String::from_utf8_lossy(&output.stderr));
            continue;
        }
        let mut lines = text.lines();
        for (what, expected) in [("control: ", control), ("multicast: ", multicast)] {
            let line = lines.next().unwrap_or_default();
            assert!(line.starts_with(what) && line.contains(expected), "{wrapper}: {line}");
        }
    }
}

#[test]
#[ignore = "registers as this host's audit daemon for a moment"]
fn a_second_registration_is_refused_and_the_first_is_told() {
    let Some((_turn, mut control)) = take_turn() else { return };
    let (mut first, mut second) = (DataSocket::unicast().unwrap(), DataSocket::unicast().unwrap());
    let mut batch = Batch::with_bound(1 << 20);
    register(&mut first, &mut batch).unwrap();
    assert_eq!(control.status().unwrap().pid, Some(std::process::id()));

    let error = register(&mut second, &mut batch).unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && error.errno() == Some(libc::EEXIST), "{error:?}");
    let mut replacers = Vec::new();
    let mut note = |message: &Message<'_>| {
        if let Message::Replace { pid } = *message {
            replacers.push(pid);
        }
    };
    drain(&first, &mut Slab::new(16), Duration::from_millis(50), &mut note);
    assert_eq!(replacers, [Some(std::process::id())]);

    control.unregister().unwrap();
    assert_eq!(control.status().unwrap().pid, Some(0));
    register(&mut second, &mut batch).unwrap();
    let sequence = second.send_unregister().unwrap();
    let mut answers = Vec::new();
    drain(&second, &mut Slab::new(16), Duration::from_millis(50), &mut |message| {
        if let Message::Ack { sequence, code } = *message {
            answers.push((sequence, code));
        }
    });
    assert_eq!(answers, [(sequence, 0)]);
    assert_eq!(control.status().unwrap().pid, Some(0));
}

#[test]
#[ignore = "registers as this host's audit daemon for a moment"]
fn a_registration_ends_with_its_socket() {
    let Some((_turn, mut control)) = take_turn() else { return };
    let mut batch = Batch::with_bound(1 << 20);
    let mut first = DataSocket::unicast().unwrap();
    register(&mut first, &mut batch).unwrap();
    drop(first);
    // Nobody reads any more: the kernel finds out when it asks (AUDIT_REPLACE), and gives the place away.
    let mut second = DataSocket::unicast().unwrap();
    register(&mut second, &mut batch).unwrap();
    assert_eq!(control.status().unwrap().pid, Some(std::process::id()));
}

#[test]
#[ignore = "changes this host's audit settings for a moment"]
fn settings_and_rules_are_changed_one_by_one() {
    let Some((_turn, mut control)) = take_turn() else { return };
    control.set_backlog_limit(8192).unwrap();
    control.set_backlog_wait_time(1234).unwrap();
    control.set_rate_limit(0).unwrap();
    control.set_failure(0).unwrap();
    let status = control.status().unwrap();
    assert_eq!((status.backlog_limit, status.backlog_wait_time, status.failure), (Some(8192), Some(1234), Some(0)));
    let lost = status.lost.unwrap();
    assert_eq!(control.reset_lost().unwrap(), lost);
    assert_eq!(control.status().unwrap().lost, Some(0));
    control.reset_backlog_wait_time_actual().unwrap();
    let error = control.set_backlog_wait_time(u32::MAX).unwrap_err();
    assert_eq!(error.errno(), Some(libc::EINVAL));

    auditctl("-a always,exit -F arch=b64 -S openat -F uid=5 -k oyez");
    let mut rules = Vec::new();
    assert_eq!(control.list_rules(&mut |rule| rules.push(rule.to_vec())).unwrap(), 1);
    control.delete_rule(&rules[0]).unwrap();
    assert_eq!(control.list_rules(&mut |_| ()).unwrap(), 0);
    assert_eq!(control.delete_rule(&rules[0]).unwrap_err().errno(), Some(libc::ENOENT));
    control.add_rule(&rules[0]).unwrap();
    assert_eq!(control.add_rule(&rules[0]).unwrap_err().errno(), Some(libc::EEXIST));
    let mut prepended = rules[0].clone();
    prepended[0] |= 0x10;
    control.delete_rule(&prepended).unwrap();
    assert_eq!(control.list_rules(&mut |_| ()).unwrap(), 0);
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn unicast_brings_every_open_once_and_whole_and_no_filtered_type() {
    const OPENS: usize = 2000;
    let Some((_turn, mut control)) = take_turn() else { return };
    let mut socket = DataSocket::unicast().unwrap();
    socket.set_receive_buffer(32 << 20).unwrap();
    socket.attach_filter(&[1320]).unwrap();
    let mut batch = Batch::with_bound(64 << 20);
    let meanwhile = register(&mut socket, &mut batch).unwrap();
    assert_eq!(meanwhile.records, batch.len() as u64);
    assert!(meanwhile.datagrams > meanwhile.records, "the kernel's answer counts as a datagram");
    control.set_backlog_limit(8192).unwrap();
    let lost = control.status().unwrap().lost;
    auditctl("-a always,exit -F arch=b64 -S openat -F uid=5 -k oyez");
    control.set_enabled(1).unwrap();

    let path = std::env::temp_dir().join(format!("oyez-netlink-{}", std::process::id()));
    File::create(&path).unwrap().write_all(b"x").unwrap();
    let mut slab = Slab::new(256);
    let load = std::thread::spawn({
        let path = path.clone();
        move || open_as_games(&path, OPENS)
    });
    let mut take = |message: &Message<'_>| assert!(batch.push_message(message));
    while !load.is_finished() {
        drain(&socket, &mut slab, Duration::from_millis(100), &mut take);
    }
    load.join().unwrap();
    std::fs::remove_file(&path).unwrap();
    let name = format!("name=\"{}\"", path.display());
    let paths =
        |batch: &Batch| batch.iter().filter(|record| record.kind == 1302 && contains(record.payload, &name)).count();
    let start = Instant::now();
    loop {
        let mut take = |message: &Message<'_>| assert!(batch.push_message(message));
        drain(&socket, &mut slab, Duration::from_millis(500), &mut take);
        // The kernel's thread that sends them may be kept waiting, too.
        if paths(&batch) >= OPENS || start.elapsed() > PATIENCE {
            break;
        }
    }
    let paths = paths(&batch);
    let syscalls = batch.iter().filter(|record| record.kind == 1300);
    let whole = syscalls.clone().filter(|record| record.payload.ends_with(b"key=\"oyez\"")).count();
    let of = |kind| batch.iter().filter(|record| record.kind == kind).count();
    println!("{} records, {} SYSCALL, {} PROCTITLE, {} EOE", batch.len(), of(1300), of(1327), of(1320));
    assert_eq!(paths, OPENS);
    assert!(whole >= OPENS && whole == syscalls.count(), "a SYSCALL record ends with its key");
    assert_eq!(of(1320), 0, "EOE was filtered");
    assert_eq!((control.status().unwrap().lost, socket.drops().unwrap()), (lost, 0));
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn multicast_hears_without_being_registered() {
    let Some((_turn, mut control)) = take_turn() else { return };
    let socket = DataSocket::multicast().unwrap();
    socket.set_receive_buffer(16 << 20).unwrap();
    auditctl("-a always,exit -F arch=b64 -S openat -F uid=5 -k oyez");
    control.set_enabled(1).unwrap();
    open_as_games(Path::new("/dev/null"), 20);
    let mut count = 0;
    let start = Instant::now();
    while count < 20 && start.elapsed() < PATIENCE {
        drain(&socket, &mut Slab::new(256), Duration::from_millis(300), &mut |message| {
            if let Message::Record { kind: 1302, payload, truncated } = *message {
                assert!(!truncated);
                count += usize::from(contains(payload, "name=\"/dev/null\""));
            }
        });
    }
    assert_eq!(count, 20);
    let status: Status = control.status().unwrap();
    assert_eq!(status.pid, Some(0));
    let text = std::fs::read_to_string("/proc/net/netlink").unwrap();
    let port = socket.port().unwrap();
    assert!(listeners::parse(&text).iter().any(|listener| listener.port == port && listener.multicast));
}

/// A listener of the process connector, if this kernel and process can have one.
fn connector() -> Option<connector::Listener> {
    connector::Listener::open().inspect_err(|error| println!("skipped: {error} ({:?})", error.errno())).ok()
}

#[test]
fn every_process_is_told_from_its_fork_to_its_exit_and_threads_are_not() {
    const CHILDREN: usize = 300;
    let Some(mut listener) = connector() else { return };
    let mut told: HashMap<u32, Vec<connector::message::What>> = HashMap::new();
    let mut pids = Vec::new();
    let mut lost = 0;
    for _ in 0..CHILDREN {
        let mut child = Command::new("true").spawn().unwrap();
        pids.push(child.id());
        assert!(child.wait().unwrap().success());
        std::thread::spawn(|| ()).join().unwrap();
        lost += listener.drain(&mut |message| told.entry(message.pid).or_default().push(message.what)).unwrap().lost;
    }
    let is_over = |what: &connector::message::What| matches!(what, connector::message::What::Exit { .. });
    let start = Instant::now();
    // A process can be waited for before its exit is told (kernel/exit.c, `do_exit`).
    while !pids.iter().all(|pid| told.get(pid).is_some_and(|told| told.iter().any(is_over))) {
        assert!(start.elapsed() < PATIENCE, "an exit is not told");
        std::thread::sleep(Duration::from_millis(10));
        lost += listener.drain(&mut |message| told.entry(message.pid).or_default().push(message.what)).unwrap().lost;
    }
    let own = std::process::id();
    for pid in pids {
        use connector::message::What::{Exec, Exit, Fork};
        let told = told.get(&pid).map(Vec::as_slice);
        let expected = [Fork { parent: own }, Exec, Exit { status: 0 }];
        assert_eq!(told, Some(&expected[..]), "{pid}");
    }
    assert_eq!(lost, 0);
    assert_eq!(told.get(&own), None, "threads are no messages");
}

#[test]
fn what_does_not_fit_the_connectors_buffer_is_counted() {
    let Some(mut listener) = connector() else { return };
    // Room for about 10,900 messages; 6,000 processes fork and exit.
    let script = "i=0; while [ $i -lt 6000 ]; do (:); i=$((i+1)); done";
    assert!(Command::new("sh").args(["-c", script]).status().unwrap().success());
    let drained = listener.drain(&mut |_| ()).unwrap();
    assert!(drained.lost > 0 && drained.messages > 5000, "{drained:?}");
    assert!(drained.messages + drained.lost >= 12_000, "{drained:?}");
    let after = listener.drain(&mut |_| ()).unwrap();
    assert_eq!(after.lost, 0, "told once: {after:?}");
}
