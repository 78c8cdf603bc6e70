//! Logs → events; and all that can be known of one.

use std::sync::{Arc, LazyLock};

use oyez_events::Event;
use oyez_events::context::{
    Added, Addition, Container, Context, Host, Login, LoginKind, Names, Place, Process, ProcessKey,
};
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_testkit::corpus;

/// Hands on every event of a log.
pub(crate) fn read<'l>(lines: impl IntoIterator<Item = &'l [u8]>, each: &mut dyn FnMut(&Event)) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in lines {
        let Ok(record) = parser.line(line) else { continue };
        let now = clock.read(record.id);
        grouper.push(&record, now, &mut |event: &Event| each(event));
    }
    grouper.finish(&mut |event: &Event| each(event));
}

/// The project's own logs, and the shared ones where there are some.
pub(crate) fn logs() -> Vec<Vec<u8>> {
    let mut paths = corpus::files(&corpus::workspace().join("corpus/own"), ".log").unwrap();
    paths.push(corpus::workspace().join("crates/oyez-interpret/tests/normal/deeds.log"));
    match corpus::shared("corpus") {
        Some(folder) => {
            for ending in [".log", ".log.zst", ".txt"] {
                paths.extend(corpus::files(&folder, ending).unwrap());
            }
        }
        None => corpus::skipped("there is no shared corpus"),
    }
    paths.iter().map(|path| corpus::read(path).unwrap()).collect()
}

/// Lines of one event each, of every kind that the logs have; of equal kinds a few.
pub(crate) fn samples() -> Vec<Vec<Vec<u8>>> {
    let (mut samples, mut seen) = (Vec::new(), std::collections::HashMap::new());
    for log in logs() {
        let mut last: Option<(Vec<u8>, Vec<Vec<u8>>)> = None;
        for line in log.split(|byte| *byte == b'\n') {
            let Some(stamp) = stamp(line) else { continue };
            match &mut last {
                Some((other, lines)) if other == stamp => lines.push(line.to_vec()),
                _ => {
                    let done = last.replace((stamp.to_vec(), vec![line.to_vec()]));
                    keep(done, &mut seen, &mut samples);
                }
            }
        }
        keep(last, &mut seen, &mut samples);
    }
    samples
}

fn keep(
    sample: Option<(Vec<u8>, Vec<Vec<u8>>)>,
    seen: &mut std::collections::HashMap<Vec<Vec<u8>>, usize>,
    samples: &mut Vec<Vec<Vec<u8>>>,
) {
    let Some((_, lines)) = sample.filter(|(_, lines)| lines.len() < 20) else { return };
    let kind = |line: &Vec<u8>| line.split(|byte| *byte == b' ').next().unwrap_or_default().to_vec();
    let count = seen.entry(lines.iter().map(kind).collect()).or_insert(0);
    *count += 1;
    if *count <= 4 {
        samples.push(lines);
    }
}

fn stamp(line: &[u8]) -> Option<&[u8]> {
    let at = line.windows(6).position(|window| window == b"audit(")?;
    let rest = line.get(at..)?;
    rest.get(..rest.iter().position(|byte| *byte == b')')?)
}

/// Some have names.
pub(crate) struct SomeNames;

impl Names for SomeNames {
    fn user(&self, uid: u32) -> Option<&str> {
        match uid {
            0 => Some("root"),
            1000..=1003 => Some("alice"),
            u32::MAX => Some("nobody"),
            _ => None,
        }
    }

    fn group(&self, gid: u32) -> Option<&str> {
        (gid < 2000).then_some("grüppe")
    }

    fn generation(&self) -> u64 {
        1
    }
}

static LOGIN: LazyLock<Login> = LazyLock::new(|| Login {
    snapshot: 1,
    ses: 3,
    auid: 1000,
    started_ms: Some(1_700_000_000_123),
    ended_ms: Some(1_700_000_100_000),
    by: Some("/usr/sbin/sshd".into()),
    pid: Some(4711),
    acct: Some("alice \"a\"".into()),
    terminal: Some("".into()),
    addr: Some("192.0.2.7".into()),
    kind: LoginKind::Job,
});

static LINE: LazyLock<Vec<Arc<Process>>> = LazyLock::new(|| {
    let container = Container { id: "0123".into(), runtime: Some("docker".into()), pod_uid: Some("6f1c-11".into()) };
    let place = Place { cgroup: "/x".into(), unit: Some("x.service".into()), container: Some(container) };
    let process = |pid, exe: &[u8], argv: &[u8]| Process {
        snapshot: u64::from(pid),
        key: ProcessKey { pid, start_ticks: 5 },
        ppid: 1,
        started_ms: Some(1_700_000_000_999),
        exe: exe.into(),
        comm: b"com\xffm".as_slice().into(),
        argv: argv.into(),
        argv_cut: pid % 2 == 1,
        cwd: b"/".as_slice().into(),
        script: (pid < 900).then(|| b"/root/x\n\xe4.sh".as_slice().into()),
        sha256: Some([0x5a; 32]),
        place: Some(Arc::new(place.clone())),
        labels: [Box::from("admin"), Box::from("b c")].into(),
    };
    let all = [
        process(701, b"/usr/bin/bash", b"bash\0-l\0\0x\xff\0"),
        process(501, b"/usr/bin/su\xff", b"su"),
        process(900, b"", b""),
        process(1, b"/sbin/init", b"init\0"),
    ];
    all.map(Arc::new).to_vec()
});

static HOST: LazyLock<Host> =
    LazyLock::new(|| Host { machine: Some("ab12".into()), instance: Some("i-\u{1f600}".into()) });

static TAGS: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| vec!["noise".into(), "ad min".into()]);

static ADDED: LazyLock<Vec<Addition>> = LazyLock::new(|| {
    let addition = |name: &str, value| Addition { name: name.into(), value };
    vec![
        addition("flag", Added::Flag(false)),
        addition("level", Added::Number(-7)),
        addition("list", Added::Texts([Box::from(&b"a"[..]), Box::from(&b"\xff"[..])].into())),
        addition("team", Added::Text(Box::from(&b"blue \xe4"[..]))),
    ]
});

/// All that can be known of an event.
pub(crate) fn full() -> Context<'static> {
    Context {
        names: Some(&SomeNames),
        login: Some(&LOGIN),
        process: LINE.first().map(|process| &**process),
        ancestors: LINE.get(1..).unwrap_or_default(),
        host: Some(&HOST),
        tags: &TAGS,
        added: &ADDED,
    }
}
