use std::cell::Cell;
use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::{Container, Context, Host, Login, LoginKind, Names, Place, Process, ProcessKey};
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use oyez_tables::record_type;

use crate::json::{JsonFormat, JsonOptions};

const CALL: &str = "arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=1 a2=0 a3=0 items=1 ppid=9 pid=10 \
                    auid=1000 uid=0 gid=7 euid=0 suid=0 fsuid=0 egid=7 sgid=7 fsgid=7 tty=pts0 ses=3 comm=\"cat\" \
                    exe=\"/usr/bin/cat\" key=\"k\"";

struct People {
    generation: Cell<u64>,
}

impl Names for People {
    fn user(&self, uid: u32) -> Option<&str> {
        match (uid, self.generation.get()) {
            (0, _) => Some("root"),
            (1000, 1) => Some("alice"),
            (1000, _) => Some("bob"),
            (2_000_000_000, _) => Some("far\"away"),
            _ => None,
        }
    }

    fn group(&self, gid: u32) -> Option<&str> {
        (gid == 7).then_some("lp")
    }

    fn generation(&self) -> u64 {
        self.generation.get()
    }
}

fn people() -> People {
    People { generation: Cell::new(1) }
}

/// Hands a context to who asks.
type Given<'g> = dyn Fn(&mut dyn FnMut(&Context<'_>)) + 'g;

/// Writes the event of these records, as often as there are contexts.
fn written(records: &[(u16, &str)], contexts: &[&Given<'_>]) -> Vec<String> {
    let mut format = JsonFormat::new(JsonOptions::default());
    let mut lines = Vec::new();
    let mut write = |event: &Event| {
        for context in contexts {
            context(&mut |context| {
                let mut out = Vec::new();
                format.event(event, context, &mut out);
                lines.push(String::from_utf8(out).unwrap());
            });
        }
    };
    let (mut parser, timing) = (LineParser::new(), Timing::Log { timeout_ms: 1 });
    let mut grouper = Grouper::new(timing, Limits::default());
    for (kind, body) in records {
        let line = format!("type={} msg=audit(1.002:3): {body}", record_type::name(*kind).unwrap());
        grouper.push(&parser.line(line.as_bytes()).unwrap(), 0, &mut write);
    }
    grouper.finish(&mut write);
    lines
}

fn one(records: &[(u16, &str)], context: &Context<'_>) -> String {
    written(records, &[&|write| write(context)]).remove(0)
}

fn process() -> Process {
    Process {
        snapshot: 5,
        key: ProcessKey { pid: 10, start_ticks: 77 },
        ppid: 9,
        started_ms: Some(1_000),
        exe: b"/usr/bin/cat"[..].into(),
        comm: b"cat"[..].into(),
        argv: b"cat\0\0/etc/x\0"[..].into(),
        script: Some(b"/tmp/x.sh"[..].into()),
        sha256: Some([0xa5; 32]),
        labels: Arc::from([Box::from("web"), Box::from("prod")]),
        ..Process::default()
    }
}

fn parent(pid: u32, argv: &[u8]) -> Arc<Process> {
    let key = ProcessKey { pid, start_ticks: 1 };
    Arc::new(Process { snapshot: pid.into(), key, exe: b"/bin/sh"[..].into(), argv: argv.into(), ..Process::default() })
}

#[test]
fn names_stand_beside_ids_and_new_ones_take_their_place() {
    let people = people();
    let context = || Context { names: Some(&people), ..Context::default() };
    let same: &Given<'_> = &|write| write(&context());
    let renamed: &Given<'_> = &|write| {
        people.generation.set(2);
        write(&context());
    };
    let path =
        "item=0 name=\"/etc/x\" inode=1 dev=fd:01 mode=0100644 ouid=2000000000 ogid=7 rdev=00:00 nametype=NORMAL";
    let lines = written(&[(1300, CALL), (1302, path)], &[same, same, same, renamed, renamed]);
    let user = r#""user":{"auid":1000,"auid_name":"alice","uid":0,"uid_name":"root","gid":7,"gid_name":"lp","euid":0,"#;
    for line in &lines[..3] {
        assert!(line.contains(user), "{line}");
        assert!(line.contains(r#""ouid":2000000000,"ouid_name":"far\"away","ogid":7,"ogid_name":"lp""#), "{line}");
    }
    for line in &lines[3..] {
        assert!(line.contains(r#""auid":1000,"auid_name":"bob""#), "{line}");
    }
}

#[test]
fn an_unset_login_is_nobody() {
    let people = people();
    let call = CALL.replace("auid=1000", "auid=4294967295");
    let line = one(&[(1300, &call)], &Context { names: Some(&people), ..Context::default() });
    assert!(line.contains(r#""auid":4294967295,"auid_name":"unset","uid":0"#), "{line}");
}

#[test]
fn the_name_that_the_log_gives_is_the_one_told() {
    let people = people();
    let records = [(1300, format!("{CALL}\u{1d}AUID=\"carol\" UID=\"zero\""))];
    let records: Vec<_> = records.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    let line = one(&records, &Context { names: Some(&people), ..Context::default() });
    assert!(line.contains(r#""auid_name":"carol","uid":0,"uid_name":"zero""#), "{line}");
}

#[test]
fn a_process_is_told_with_its_parent_and_ancestors() {
    let mut process = process();
    process.place = Some(Arc::new(Place { unit: Some("nginx.service".into()), ..Place::default() }));
    let ancestors = [parent(9, b"sh\0-c\0x\0"), parent(8, b""), parent(1, b"")];
    let context = Context { process: Some(&process), ancestors: &ancestors, ..Context::default() };
    let line = one(&[(1300, CALL)], &context);
    let expected = format!(
        r#""process":{{"pid":10,"ppid":9,"comm":"cat","exe":"/usr/bin/cat","argv":["cat","","/etc/x"],"tty":"pts0","started":"1970-01-01T00:00:01.000Z","script":"/tmp/x.sh","sha256":"{}","labels":["web","prod"],"unit":"nginx.service","parent":{{"pid":9,"exe":"/bin/sh","argv":["sh","-c","x"]}},"ancestors":[{{"pid":8,"exe":"/bin/sh"}},{{"pid":1,"exe":"/bin/sh"}}]}}"#,
        "a5".repeat(32)
    );
    assert!(line.contains(&expected), "{line}\n{expected}");
}

#[test]
fn arguments_that_a_record_tells_are_not_told_again() {
    let process = process();
    let context = Context { process: Some(&process), ..Context::default() };
    let line = one(&[(1300, CALL), (1309, "argc=1 a0=\"run\"")], &context);
    assert!(line.contains(r#""argv":["run"]"#) && line.matches("argv").count() == 1, "{line}");
}

#[test]
fn what_was_kept_of_a_process_is_not_told_of_its_next_program_or_other_parent() {
    let (first, mut second) = (process(), process());
    (second.snapshot, second.script) = (5 + 256, Some(b"/tmp/\xff"[..].into()));
    let (old, new) = ([parent(9, b"")], [parent(1, b"")]);
    let contexts: [(&Process, &[Arc<Process>]); 4] = [(&first, &old), (&second, &old), (&first, &new), (&first, &old)];
    let write: Vec<_> = contexts
        .map(|(process, ancestors)| {
            move |write: &mut dyn FnMut(&Context<'_>)| {
                write(&Context { process: Some(process), ancestors, ..Context::default() });
            }
        })
        .into();
    let write: Vec<&Given<'_>> = write.iter().map(|one| one as _).collect();
    let lines = written(&[(1300, CALL)], &write);
    let tells = |line: &str| (line.contains("/tmp/x.sh"), line.contains(r#""parent":{"pid":9"#));
    assert_eq!(
        lines.iter().map(|line| tells(line)).collect::<Vec<_>>(),
        [(true, true), (false, true), (true, false), (true, true)]
    );
    assert!(lines[1].contains(r#""script":"/tmp/�","script_hex":"2F746D702FFF""#), "{}", lines[1]);
}

#[test]
fn login_container_and_host_stand_behind_the_records() {
    let mut process = process();
    let container = Container { id: "7f3c".into(), runtime: Some("docker".into()), pod_uid: Some("p-1".into()) };
    process.place = Some(Arc::new(Place { container: Some(container), ..Place::default() }));
    let login = Login {
        ses: 3,
        auid: 1000,
        started_ms: Some(2_500),
        by: Some("/usr/sbin/sshd".into()),
        pid: Some(7),
        acct: Some("alice".into()),
        terminal: Some("ssh".into()),
        addr: Some("10.1.2.3".into()),
        ..Login::default()
    };
    let host = Host { machine: Some("m".into()), instance: Some("i-1".into()) };
    let context = Context { process: Some(&process), login: Some(&login), host: Some(&host), ..Context::default() };
    let line = one(&[(1300, CALL)], &context);
    let expected = r#","login":{"started":"1970-01-01T00:00:02.500Z","acct":"alice","by":"/usr/sbin/sshd","terminal":"ssh","addr":"10.1.2.3","pid":7},"container":{"id":"7f3c","runtime":"docker","pod_uid":"p-1"},"host":{"machine":"m","instance":"i-1"},"records":["#;
    assert!(line.contains(expected), "{line}");
    let job = Login { kind: LoginKind::Job, ..login };
    let line = one(&[(1300, CALL)], &Context { login: Some(&job), ..Context::default() });
    assert!(line.contains(r#""kind":"job","acct""#), "{line}");
}
