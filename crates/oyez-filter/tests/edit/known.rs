//! What is known beyond the records, changed.

use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::{
    Added, Addition, Container, Context, Host, Login, LoginKind, Names, Place, Process, ProcessKey,
};
use oyez_filter::edit::Invalid;
use serde_json::{Value, json};

use crate::log::{all_formats, event, json as json_of, rewritten, tree};

const CALL: &str = r#"SYSCALL arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=1 a2=0 a3=0 items=1 ppid=9 pid=10 auid=1000 uid=0 gid=7 euid=0 suid=0 fsuid=0 egid=7 sgid=7 fsgid=7 tty=pts0 ses=3 comm="cat" exe="/usr/bin/cat" key="k"
CWD cwd="/srv""#;
const EXEC: &str = r#"EXECVE argc=3 a0="cat" a1="" a2="/etc/x""#;

struct People;

impl Names for People {
    fn user(&self, uid: u32) -> Option<&str> {
        [(0, "root"), (1000, "alice"), (1001, "bob")].iter().find(|(id, _)| *id == uid).map(|(_, name)| *name)
    }

    fn group(&self, _: u32) -> Option<&str> {
        None
    }

    fn generation(&self) -> u64 {
        1
    }
}

/// Hands `records` over with all that could be known of them.
fn with_all<T>(records: &str, out: impl FnOnce(&Event, &Context<'_>) -> T) -> T {
    let container = Container { id: "7f3c".into(), runtime: Some("docker".into()), pod_uid: Some("p-1".into()) };
    let cgroup = "/system.slice/x.service/docker-7f3c.scope".into();
    let place = Place { cgroup, unit: Some("x.service".into()), container: Some(container) };
    let process = Process {
        snapshot: 5,
        key: ProcessKey { pid: 10, start_ticks: 77 },
        ppid: 9,
        started_ms: Some(1_000),
        exe: b"/usr/bin/cat"[..].into(),
        comm: b"cat"[..].into(),
        argv: b"cat\0\0/etc/x\0"[..].into(),
        cwd: b"/srv"[..].into(),
        script: Some(b"/tmp/\xff.sh"[..].into()),
        sha256: Some([0xa5; 32]),
        place: Some(Arc::new(place)),
        labels: Arc::from([Box::from("web"), Box::from("prod")]),
        argv_cut: false,
    };
    let parent = |pid: u32, argv: &[u8]| {
        let key = ProcessKey { pid, start_ticks: 1 };
        Arc::new(Process {
            snapshot: pid.into(),
            key,
            exe: b"/bin/sh"[..].into(),
            argv: argv.into(),
            ..Process::default()
        })
    };
    let ancestors = [parent(9, b"sh\0-c\0secret\0"), parent(8, b""), parent(1, b"")];
    let login = Login {
        ses: 3,
        auid: 1000,
        started_ms: Some(2_500),
        by: Some("/usr/sbin/sshd".into()),
        pid: Some(7),
        acct: Some("al-ice".into()),
        terminal: Some("ssh".into()),
        addr: Some("10.1.2.3".into()),
        kind: LoginKind::Job,
        ..Login::default()
    };
    let host = Host { machine: Some("m".into()), instance: Some("i-1".into()) };
    let addition = |name: &str, value| Addition { name: name.into(), value };
    let added = [addition("n", Added::Number(1)), addition("odd", Added::Text(b"\xff"[..].into()))];
    let context = Context {
        names: Some(&People),
        login: Some(&login),
        process: Some(&process),
        ancestors: &ancestors,
        host: Some(&host),
        tags: &["t".into()],
        added: &added,
    };
    out(&event(records), &context)
}

/// The JSON, and all formats, of an event with another table.
fn edited(records: &str, edit: impl FnOnce(&mut Value)) -> Result<(Value, String), Invalid> {
    with_all(records, |event, context| {
        let mut table = json_of(event, context);
        edit(&mut table);
        rewritten(event, context, &tree(&table), |event, context| {
            (json_of(event, context), all_formats(event, context))
        })
    })
}

#[test]
fn unchanged_it_stays_as_it_is() {
    let before = with_all(CALL, all_formats);
    assert_eq!(edited(CALL, |_| ()).unwrap().1, before);
}

#[test]
fn each_part_is_changed_and_nothing_else() {
    for (path, value) in [
        ("/process/started", json!("2026-11-23T04:20:11.360Z")),
        ("/process/script", json!("/x")),
        ("/process/sha256", json!("0b".repeat(32))),
        ("/process/labels", json!(["a", "b", "c"])),
        ("/process/unit", json!("y.service")),
        ("/process/argv/2", json!("***")),
        ("/process/parent/pid", json!(77)),
        ("/process/parent/exe", json!("/bin/zsh")),
        ("/process/parent/argv/2", json!("***")),
        ("/process/ancestors/0/exe", json!("/bin/zsh")),
        ("/process/ancestors/1/pid", json!(2)),
        ("/login/started", json!("2026-11-23T04:20:11.360Z")),
        ("/login/acct", json!("eve")),
        ("/login/by", json!("/x")),
        ("/login/terminal", json!("tty1")),
        ("/login/addr", json!("192.0.2.1")),
        ("/login/pid", json!(8)),
        ("/container/id", json!("abcd")),
        ("/container/runtime", json!("podman")),
        ("/container/pod_uid", json!("p-2")),
        ("/host/machine", json!("n")),
        ("/host/instance", json!("i-2")),
        ("/tags/0", json!("u")),
        ("/added/n", json!(2)),
    ] {
        let (told, all) = edited(CALL, |event| *event.pointer_mut(path).unwrap() = value.clone()).unwrap();
        let mut wanted = with_all(CALL, json_of);
        let old = std::mem::replace(wanted.pointer_mut(path).unwrap(), value.clone());
        if path.ends_with("script") {
            wanted["process"].as_object_mut().unwrap().remove("script_hex");
        }
        assert_eq!(told, wanted, "{path}");
        let is_telling = old.as_str().is_some_and(|old| old.len() > 3 && !old.starts_with("/bin/sh"));
        assert!(!is_telling || !all.contains(old.as_str().unwrap()), "{path}: {old} is in {all}");
    }
}

#[test]
fn each_part_is_taken_out() {
    for path in [
        "/process/started",
        "/process/script",
        "/process/sha256",
        "/process/labels",
        "/process/unit",
        "/process/argv",
        "/process/parent/exe",
        "/process/parent/argv",
        "/process/ancestors",
        "/process/ancestors/0/exe",
        "/login/kind",
        "/login/acct",
        "/container/runtime",
        "/login",
        "/container",
        "/host",
        "/tags",
        "/added",
        "/added/odd",
    ] {
        let (told, _) = edited(CALL, |event| {
            let (above, name) = path.rsplit_once('/').unwrap();
            event.pointer_mut(above).unwrap().as_object_mut().unwrap().remove(name);
        })
        .unwrap_or_else(|invalid| panic!("{path}: {invalid}"));
        assert_eq!(told.pointer(path), None, "{told}");
    }
}

#[test]
fn what_the_record_says_again_changes_there_too() {
    let (told, all) = edited(CALL, |event| {
        for (name, value) in
            [("exe", json!("/x/cat")), ("comm", json!("dog")), ("cwd", json!("/other")), ("pid", json!(11))]
        {
            event["process"][name] = value;
        }
    })
    .unwrap();
    assert_eq!(told["how"], "/x/cat");
    assert!(!all.contains("/usr/bin/cat") && !all.contains("/srv"), "{all}");
    let exec = format!("{CALL}\n{EXEC}");
    let (told, all) = edited(&exec, |event| event["process"]["argv"][2] = json!("***")).unwrap();
    assert_eq!(told["process"]["argv"], json!(["cat", "", "***"]));
    assert!(!all.contains("/etc/x"), "{all}");
    let (told, all) = edited(&exec, |event| drop(event["process"].as_object_mut().unwrap().remove("argv"))).unwrap();
    assert!(told["process"].get("argv").is_none() && !all.contains("/etc/x"), "{all}");
}

#[test]
fn without_a_process_nothing_is_known_of_it() {
    let (told, all) = edited(CALL, |event| drop(event.as_object_mut().unwrap().remove("process"))).unwrap();
    assert!(told.get("process").is_none() && told["container"]["id"] == "7f3c", "{told}");
    for secret in ["/usr/bin/cat", "secret", "x.service", "/srv"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    let (told, _) = edited(CALL, |event| {
        event.as_object_mut().unwrap().remove("process");
        event.as_object_mut().unwrap().remove("container");
    })
    .unwrap();
    assert!(told.get("process").is_none() && told.get("container").is_none(), "{told}");
}

#[test]
fn a_changed_id_has_the_name_of_its_own() {
    let (told, all) = edited(CALL, |event| event["user"]["auid"] = json!(1001)).unwrap();
    assert_eq!((&told["user"]["auid_name"], &told["actor"]["name"]), (&json!("bob"), &json!("bob")));
    assert!(all.contains("AUID=\"bob\""));
    let enriched = "SYSCALL arch=c000003e syscall=2 pid=1 auid=1000 uid=0 gid=0\u{1d}ARCH=x86_64 SYSCALL=open AUID=\"carol\" UID=\"zero\"";
    let (told, all) = edited(enriched, |event| event["user"]["auid"] = json!(1001)).unwrap();
    assert_eq!((&told["user"]["auid_name"], &told["user"]["uid_name"]), (&json!("bob"), &json!("zero")));
    assert!(!all.contains("carol") && all.contains("\u{1d}ARCH=x86_64 SYSCALL=open UID=\"zero\""), "{all}");
    let claims = "USER_LOGIN pid=1 uid=0 auid=1000 msg='op=login id=1001 uid=5 res=success'\u{1d}UID=\"zero\" AUID=\"carol\" ID=\"dave\"";
    let (told, all) = edited(claims, |event| event["claimed"]["id"] = json!(7)).unwrap();
    assert!(!all.contains("dave") && told["user"]["uid_name"] == "zero", "{all}");
    let (_, all) = edited(claims, |event| event["claimed"]["uid"] = json!(6)).unwrap();
    assert!(all.contains("UID=\"zero\""), "the kernel's own is what is explained: {all}");
}

#[test]
fn a_parent_stays_while_others_would_take_its_place() {
    let gone = |names: &'static [&'static str]| {
        edited(CALL, |event| {
            for name in names {
                event["process"].as_object_mut().unwrap().remove(*name);
            }
        })
    };
    assert!(gone(&["parent"]).unwrap_err().to_string().starts_with("process.parent: cannot be removed while"));
    let (told, all) = gone(&["parent", "ancestors"]).unwrap();
    assert!(told["process"].get("parent").is_none() && !all.contains("secret"), "{all}");
    let (told, _) =
        edited(CALL, |event| drop(event["process"]["ancestors"].as_array_mut().unwrap().remove(0))).unwrap();
    assert_eq!(told["process"]["ancestors"], json!([{"pid": 1, "exe": "/bin/sh"}]));
}

#[test]
fn values_of_another_type_are_refused() {
    for (path, value) in [
        ("/process/started", json!("yesterday")),
        ("/process/started", json!(5)),
        ("/process/sha256", json!("xy")),
        ("/process/labels", json!("web")),
        ("/process/labels", json!([1])),
        ("/process/unit", json!(5)),
        ("/process/argv/0", json!("a\u{0}b")),
        ("/process/parent/pid", json!(-1)),
        ("/process/parent/argv", json!([null])),
        ("/process/parent/exe", json!([])),
        ("/process/ancestors", json!({"pid": 1})),
        ("/login/pid", json!("7")),
        ("/login/kind", json!("user")),
        ("/login", json!(5)),
        ("/container/id", json!(5)),
        ("/host/machine", json!(true)),
    ] {
        let invalid = edited(CALL, |event| *event.pointer_mut(path).unwrap() = value).unwrap_err();
        let member = path.trim_start_matches('/').split('/').next().unwrap();
        assert!(invalid.member.starts_with(member) && invalid.what.starts_with("expected"), "{invalid}");
    }
}

#[test]
fn two_changed_copies_of_a_process_are_told_apart() {
    let told = |name: &str| edited(CALL, |event| event["process"]["script"] = json!(name)).unwrap().0;
    for name in ["/a", "/b", "/a"] {
        assert_eq!(told(name)["process"]["script"], name);
    }
}
