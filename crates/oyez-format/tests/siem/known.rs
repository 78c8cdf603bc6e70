//! What is known beyond the records is where each schema wants it.

use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::{
    Added, Addition, Container, Context, Host, Login, LoginKind, Names, Place, Process, ProcessKey,
};
use serde_json::json;

use crate::log::{self, events, object};
use crate::{ecs, ocsf};

const LOG: &[u8] = br#"type=SYSCALL msg=audit(1795407611.360:7): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7f a2=80241 a3=1b6 items=1 ppid=11 pid=12 auid=1000 uid=1000 gid=1000 euid=0 suid=0 fsuid=0 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=3 comm="sh" exe="/usr/bin/sh" subj=u:r:t:s0-s0:c0.c1 key=6372016E
type=CWD msg=audit(1795407611.360:7): cwd="/tmp"
type=PATH msg=audit(1795407611.360:7): item=0 name=2F6574632F63726F6E2E642FFF inode=7 dev=fd:01 mode=0104640 ouid=0 ogid=0 rdev=00:00 obj=u:object_r:t:s0 nametype=NORMAL
"#;

struct Passwd;

impl Names for Passwd {
    fn user(&self, uid: u32) -> Option<&str> {
        [(0, "root"), (1000, "alice")].into_iter().find(|(id, _)| *id == uid).map(|(_, name)| name)
    }

    fn group(&self, gid: u32) -> Option<&str> {
        (gid == 1000).then_some("staff")
    }

    fn generation(&self) -> u64 {
        1
    }
}

fn process(pid: u32, comm: &str, argv: &[u8]) -> Process {
    let container = Container { id: "7f3c".into(), runtime: Some("docker".into()), pod_uid: Some("p-1".into()) };
    let place = Place { cgroup: "/x".into(), unit: Some("docker.service".into()), container: Some(container) };
    Process {
        key: ProcessKey { pid, start_ticks: 1 },
        started_ms: Some(1_795_407_600_001),
        exe: format!("/usr/bin/{comm}").into_bytes().into(),
        comm: comm.as_bytes().into(),
        argv: argv.into(),
        script: Some(b"/tmp/x.sh"[..].into()),
        sha256: Some([0xab; 32]),
        place: Some(Arc::new(place)),
        labels: [Box::from("ci")].into(),
        ..Process::default()
    }
}

fn with_context(out: impl Fn(&Event, &Context<'_>)) {
    let acting = process(12, "sh", b"sh\0/tmp/x.sh\0");
    let ancestors = [Arc::new(process(11, "bash", b"-bash\0")), Arc::new(process(9, "sshd", b"sshd\0"))];
    let login = Login {
        ses: 3,
        auid: 1000,
        started_ms: Some(1_795_407_500_000),
        by: Some("/usr/sbin/sshd".into()),
        terminal: Some("ssh".into()),
        addr: Some("10.1.2.3".into()),
        kind: LoginKind::User,
        ..Login::default()
    };
    let host = Host { machine: Some("m-1".into()), instance: Some("i-1".into()) };
    let context = Context {
        names: Some(&Passwd),
        login: Some(&login),
        process: Some(&acting),
        ancestors: &ancestors,
        host: Some(&host),
        ..Context::default()
    };
    events(LOG, |event| out(event, &context));
}

#[test]
fn ecs_has_names_process_ancestors_login_container_and_host() {
    with_context(|event, context| {
        let told = object(&mut log::ecs(), event, context);
        assert_eq!(ecs::problems(&told), [""; 0]);
        let message = told["message"].as_str().unwrap();
        assert!(message.starts_with("alice, as root, in session 3, tried to open "), "{message}");
        for (path, value) in [
            ("/event/outcome", json!("failure")),
            ("/event/category", json!(["file"])),
            ("/event/id", json!(format!("web-1:{}:1795407611.360:7", log::BOOT))),
            ("/user/name", json!("alice")),
            ("/user/effective/name", json!("root")),
            ("/user/group/name", json!("staff")),
            ("/user/selinux/category", json!("c0.c1")),
            ("/process/args", json!(["sh", "/tmp/x.sh"])),
            ("/process/start", json!("2026-11-23T04:20:00.001Z")),
            ("/process/hash/sha256", json!("ab".repeat(32))),
            ("/process/parent/name", json!("bash")),
            ("/file/mode", json!("4640")),
            ("/file/owner", json!("root")),
            ("/file/selinux/role", json!("object_r")),
            ("/container/id", json!("7f3c")),
            ("/orchestrator/resource/id", json!("p-1")),
            ("/host/id", json!("m-1")),
            ("/cloud/instance/id", json!("i-1")),
            ("/tags", json!(["cr", "n"])),
            ("/auditd/data/exit", json!("EACCES")),
            ("/auditd/data/syscall", json!("openat")),
            ("/auditd/login/addr", json!("10.1.2.3")),
            ("/auditd/ancestors/0/name", json!("sshd")),
            ("/auditd/hex/0", json!("file.path=2F6574632F63726F6E2E642FFF")),
        ] {
            let found = told.pointer(path).unwrap_or(&serde_json::Value::Null);
            assert_eq!(*found, value, "{path} of {told}");
        }
    });
}

#[test]
fn ocsf_has_names_process_parent_session_container_and_device() {
    with_context(|event, context| {
        let told = object(&mut log::ocsf(), event, context);
        assert_eq!(ocsf::problems(&told), [""; 0]);
        for (path, value) in [
            ("/type_uid", json!(100_114)),
            ("/status_code", json!("EACCES")),
            ("/time", json!(1_795_407_611_360_u64)),
            ("/metadata/labels", json!(["cr", "n"])),
            ("/metadata/uid", json!(format!("web-1:{}:1795407611.360:7", log::BOOT))),
            ("/actor/user", json!({"name": "alice", "uid": "1000"})),
            ("/actor/process/cmd_line", json!("sh /tmp/x.sh")),
            ("/actor/process/file/hashes/0/value", json!("ab".repeat(32))),
            ("/actor/process/euid", json!(0)),
            ("/actor/process/container", json!({"uid": "7f3c", "runtime": "docker", "pod_uuid": "p-1"})),
            ("/actor/process/parent_process/name", json!("bash")),
            ("/actor/session/terminal", json!("ssh")),
            ("/actor/session/is_remote", json!(true)),
            ("/device/uid", json!("m-1")),
            ("/device/instance_uid", json!("i-1")),
            ("/file/owner/name", json!("root")),
            ("/unmapped/cwd", json!("/tmp")),
            ("/unmapped/data/suid", json!("0")),
            ("/unmapped/labels", json!(["ci"])),
            ("/unmapped/paths/0/mode", json!("0104640")),
        ] {
            assert_eq!(*told.pointer(path).unwrap_or(&serde_json::Value::Null), value, "{path} of {told}");
        }
        let hex = told["unmapped"]["hex"].as_array().unwrap();
        assert!(hex.contains(&json!("file.path=2F6574632F63726F6E2E642FFF")), "{hex:?}");
    });
}

#[test]
fn what_filters_said_is_in_both() {
    let tags = ["cr".into(), "odd one".into()];
    let addition = |name: &str, value| Addition { name: name.into(), value };
    let added = [
        addition("many", Added::Texts([&b"a"[..], b"\xfe"].map(Box::from).into())),
        addition("ok", Added::Flag(true)),
        addition("team", Added::Text(b"\xff"[..].into())),
        addition("ticket", Added::Number(-7)),
    ];
    let context = Context { tags: &tags, added: &added, ..Context::default() };
    events(LOG, |event| {
        let [elastic, open] = [log::ecs(), log::ocsf()].map(|mut format| object(&mut format, event, &context));
        assert_eq!((ecs::problems(&elastic), ocsf::problems(&open)), (Vec::new(), Vec::new()));
        assert_eq!(elastic["tags"], json!(["cr", "n", "cr", "odd one"]));
        assert_eq!(
            elastic["labels"],
            json!({"many": ["a", "\u{fffd}"], "ok": "true", "team": "\u{fffd}", "ticket": "-7"})
        );
        assert_eq!(open["metadata"]["labels"], elastic["tags"]);
        let wanted = json!({"many": ["a", "\u{fffd}"], "ok": true, "team": "\u{fffd}", "ticket": -7});
        assert_eq!(open["unmapped"]["added"], wanted);
        for (hex, path) in [(&elastic["auditd"]["hex"], "labels"), (&open["unmapped"]["hex"], "unmapped.added")] {
            let has = |what: &str| hex.as_array().unwrap().contains(&json!(format!("{path}.{what}")));
            assert!(has("team=FF") && has("many=FE"), "{hex}");
        }
    });
}

#[test]
fn a_late_part_has_an_id_of_its_own() {
    let late = b"type=SYSCALL msg=audit(1.000:7): pid=1\ntype=EOE msg=audit(1.000:7): \ntype=CWD msg=audit(1.000:7): cwd=\"/\"\n";
    let (mut elastic, mut open, mut ids) = (log::ecs(), log::ocsf(), Vec::new());
    events(late, |event| {
        let told = [object(&mut elastic, event, &Context::default()), object(&mut open, event, &Context::default())];
        let [id, uid] =
            [&told[0]["event"]["id"], &told[1]["metadata"]["uid"]].map(|id| id.as_str().unwrap().to_owned());
        assert_eq!(id, uid);
        ids.push(id);
        if event.part() > 0 {
            assert_eq!((&told[0]["auditd"]["marks"], &told[1]["unmapped"]["part"]), (&json!(["late"]), &json!(1)));
        }
    });
    assert_eq!(ids, ["", ":1"].map(|end| format!("web-1:{}:1.000:7{end}", log::BOOT)));
}
