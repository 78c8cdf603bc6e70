//! Whole events; single values are tested where they are written.

use std::sync::Arc;

use oyez_events::context::{Container, Context, Place, Process, ProcessKey};
use oyez_events::notice::{Notice, Value};

use super::*;
use crate::test_events::{self, Alice};

fn laurel(context: &Context<'_>, node: &str, lines: &[&str]) -> String {
    let (mut format, mut out) = (LaurelFormat::new(LaurelOptions { node: node.into() }), Vec::new());
    test_events::read(lines, &mut |event| format.event(event, context, &mut out));
    String::from_utf8(out).unwrap()
}

const EXEC: &[&str] = &[
    "type=SYSCALL msg=audit(1795407611.360:7): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=0 a2=55f a3=8 items=2 \
     ppid=700 pid=724 auid=1000 uid=0 gid=0 euid=0 tty=pts1 ses=3 comm=\"ls\" exe=\"/usr/bin/ls\" subj==unconfined key=(null)",
    "type=EXECVE msg=audit(1795407611.360:7): argc=3 a0=\"ls\" a1=\"-l\" a2=2F746D702FE4",
    "type=CWD msg=audit(1795407611.360:7): cwd=\"/root\"",
    "type=PATH msg=audit(1795407611.360:7): item=0 name=\"/usr/bin/ls\" inode=77 dev=fd:01 mode=0100755 ouid=0 ogid=0 \
     rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0",
    "type=PATH msg=audit(1795407611.360:7): item=1 name=(null) inode=78 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00",
    "type=PROCTITLE msg=audit(1795407611.360:7): proctitle=6C73002D6C",
];

#[test]
fn an_execve_is_one_object_of_its_records() {
    let names = Context { names: Some(&Alice), ..Context::default() };
    let syscall = r#"{"arch":"0xc000003e","syscall":59,"success":"yes","exit":0,"items":2,"ppid":700,"pid":724,"auid":1000,"uid":0,"gid":0,"euid":0,"tty":"pts1","ses":3,"comm":"ls","exe":"/usr/bin/ls","subj":"=unconfined","key":null,"ARCH":"x86_64","SYSCALL":"execve","AUID":"alice","UID":"root","GID":"root","EUID":"root","ARGV":["0x55d0","0x0","0x55f","0x8"]}"#;
    let first = r#"{"item":0,"name":"/usr/bin/ls","inode":77,"dev":"fd:01","mode":"0o100755","ouid":0,"ogid":0,"rdev":"00:00","nametype":"NORMAL","cap_fp":"0x0","cap_fi":"0x0","cap_fe":0,"cap_fver":"0x0","cap_frootid":"0","OUID":"root","OGID":"root"}"#;
    let second = r#"{"item":1,"name":null,"inode":78,"dev":"fd:01","mode":"0o100755","ouid":0,"ogid":0,"rdev":"00:00","OUID":"root","OGID":"root"}"#;
    let wanted = format!(
        r#"{{"NODE":"web-1","ID":"1795407611.360:7","SYSCALL":{syscall},"EXECVE":{{"argc":3,"ARGV":["ls","-l","/tmp/%e4"]}},"CWD":{{"cwd":"/root"}},"PATH":[{first},{second}],"PROCTITLE":{{"ARGV":["ls","-l"]}}}}"#
    );
    assert_eq!(laurel(&names, "web-1", EXEC), wanted + "\n");
}

#[test]
fn what_is_known_of_the_process_stands_where_laurel_has_it() {
    let parent = Process {
        key: ProcessKey { pid: 700, start_ticks: 1 },
        started_ms: Some(1_795_400_000_005),
        comm: (*b"bash").into(),
        exe: (*b"/bin/bash").into(),
        ..Process::default()
    };
    let place = Place {
        cgroup: "/system.slice/docker.service/x".into(),
        container: Some(Container { id: "7f3c".into(), ..Container::default() }),
        ..Place::default()
    };
    let process = Process {
        key: ProcessKey { pid: 724, start_ticks: 2 },
        started_ms: Some(1_795_407_611_360),
        script: Some((*b"/tmp/x.sh").into()),
        sha256: Some([0xab; 32]),
        place: Some(Arc::new(place)),
        labels: Arc::new(["web".into()]),
        ..Process::default()
    };
    let ancestors = [Arc::new(parent)];
    let context = Context { process: Some(&process), ancestors: &ancestors, ..Context::default() };
    let line = laurel(&context, "", EXEC);
    let wanted = format!(
        r#""ARGV":["0x55d0","0x0","0x55f","0x8"],"PID":{{"START_TIME":"1795407611.360","container":{{"id":"7f3c"}},"systemd_service":["docker"]}},"PPID":{{"START_TIME":"1795400000.005"}},"EXE_HASH":"{}","SCRIPT":"/tmp/x.sh","SPAWNED_BY":{{"START_TIME":"1795400000.005","pid":700,"comm":"bash","exe":"/bin/bash"}},"LABELS":["web"]}},"EXECVE""#,
        "ab".repeat(32)
    );
    assert!(line.contains(&wanted), "{line}");
    let other = Process { key: ProcessKey { pid: 9, start_ticks: 0 }, ..process.clone() };
    let line = laurel(&Context { process: Some(&other), ..Context::default() }, "", EXEC);
    assert!(!line.contains("\"PID\"") && !line.contains("PPID"), "{line}");
}

#[test]
fn records_of_the_kernel_are_lists_and_those_of_user_space_objects() {
    let one = |line: &str| laurel(&Context::default(), "", &[line]);
    for (line, wanted) in [
        (
            "type=LOGIN msg=audit(1.000:2): pid=7 uid=0 old-auid=4294967295 auid=0 tty=(none) res=1",
            r#""LOGIN":[{"pid":7,"uid":0,"old-auid":4294967295,"auid":0,"tty":"(none)","res":1,"OLD-AUID":"unset"}]"#,
        ),
        (
            "type=USER_LOGIN msg=audit(1.000:2): pid=7 uid=0 msg='op=login acct=\"eve\" res=failed'\u{1d}UID=\"root\"",
            r#""USER_LOGIN":{"pid":7,"uid":0,"msg":{"op":"login","acct":"eve","res":"failed"},"UID":"root"}"#,
        ),
        (
            "type=AVC msg=audit(1.000:2): avc:  denied  { read write } for  pid=9 comm=\"a\" tclass=file permissive=0",
            r#""AVC":[{"pid":9,"comm":"a","tclass":"file","permissive":0,"denied":["read","write"]}]"#,
        ),
        (
            "type=SOCKADDR msg=audit(1.000:2): saddr=01002F7800",
            r#""SOCKADDR":[{"saddr":"%01%00/x%00","SADDR":"{saddr_fam=local path=/x}"}]"#,
        ),
        ("type=UNKNOWN[1999] msg=audit(1.000:2): a=1 b c", r#""UNKNOWN[1999]":[{"a":"1","WORDS":["b c"]}]"#),
        ("type=ID msg=audit(1.000:2): a=1", r#""UNKNOWN":[{"type":"ID","a":"1"}]"#),
        ("type=TTY msg=audit(1.000:2): tty pid=1 data=6C73", r#""TTY":[{"pid":1,"data":"ls"}]"#),
        ("type=PROCTITLE msg=audit(1.000:2): proctitle=(null)", r#""PROCTITLE":{"proctitle":null}"#),
    ] {
        assert_eq!(one(line), format!("{{\"ID\":\"1.000:2\",{wanted}}}\n"));
    }
}

#[test]
fn a_tail_of_the_log_is_handed_on() {
    let names = Context { names: Some(&Alice), ..Context::default() };
    let line = "type=OBJ_PID msg=audit(1.000:2): opid=1 ouid=0\u{1d}OUID=\"toor\"";
    let wanted = r#"{"ID":"1.000:2","OBJ_PID":[{"opid":1,"ouid":0,"OUID":"toor"}]}"#;
    assert_eq!(laurel(&names, "", &[line]), format!("{wanted}\n"));
}

#[test]
fn oyezs_own_events_are_members_of_their_kind() {
    let fields = [("where", Value::Text(&b"queue"[..])), ("count", Value::Number(3)), ("late", Value::Flag(false))];
    let notice = Notice { sec: 1, ms: 20, number: 0, kind: "OYEZ_LOSS", fields: &fields };
    let mut out = Vec::new();
    LaurelFormat::new(LaurelOptions::default()).notice(&notice, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\"ID\":\"1.020:0\",\"OYEZ_LOSS\":{\"where\":\"queue\",\"count\":3,\"late\":false}}\n"
    );
}
