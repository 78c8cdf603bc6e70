use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::notice::{Notice, Value};
use oyez_events::parse::LineParser;

use super::*;

/// The objects for a log, one per line.
fn json_with(options: JsonOptions, log: &str) -> String {
    let (mut parser, mut clock, mut format, mut out) =
        (LineParser::new(), LogClock::default(), JsonFormat::new(options), Vec::new());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.lines() {
        let record = parser.line(line.as_bytes()).expect("a record");
        let now = clock.read(record.id);
        grouper.push(&record, now, &mut |event| format.event(event, &Context::default(), &mut out));
    }
    grouper.finish(&mut |event| format.event(event, &Context::default(), &mut out));
    String::from_utf8(out).expect("always UTF-8")
}

fn json(log: &str) -> String {
    json_with(JsonOptions::default(), log)
}

/// The object for the one event of a log, as a value.
fn value(log: &str) -> serde_json::Value {
    let text = json(log);
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).expect("valid JSON")
}

/// A `SYSCALL` line with this number, result and rest.
fn syscall(number: u32, result: &str, rest: &str) -> String {
    format!(
        "type=SYSCALL msg=audit(1763871611.360:7): arch=c000003e syscall={number} {result} a0=3 a1=7ffe a2=1c a3=0 items=0 \
         ppid=1 pid=42 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=3 comm=\"sh\" \
         exe=\"/bin/sh\" subj=unconfined key=(null)\n{rest}"
    )
}

#[test]
fn an_exec_reads_as_the_schema_says() {
    let log = r#"node=web-1 type=SYSCALL msg=audit(1763871611.360:348501): arch=c000003e syscall=59 success=yes exit=0 a0=55c0 a1=55c1 a2=55c2 a3=8 items=2 ppid=722 pid=724 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts3 ses=3 comm="perl" exe="/usr/bin/perl" subj=unconfined key="exec"
node=web-1 type=EXECVE msg=audit(1763871611.360:348501): argc=3 a0="perl" a1="-e" a2=7072696E742022781B22
node=web-1 type=CWD msg=audit(1763871611.360:348501): cwd="/root"
node=web-1 type=PATH msg=audit(1763871611.360:348501): item=0 name="/usr/bin/perl" inode=401923 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0
node=web-1 type=PROCTITLE msg=audit(1763871611.360:348501): proctitle=7065726C002D65
"#;
    let expected = concat!(
        r#"{"v":1,"time":"2025-11-23T04:20:11.360Z","serial":348501,"node":"web-1","kind":"SYSCALL","origin":"kernel","#,
        r#""action":"executed","actor":{"id":1000,"as_id":0},"object":{"kind":"file","primary":"/usr/bin/perl"},"#,
        r#""how":"/usr/bin/perl","result":"success","keys":["exec"],"session":3,"#,
        r#""user":{"auid":1000,"uid":0,"gid":0,"euid":0,"suid":0,"fsuid":0,"#,
        r#""egid":0,"sgid":0,"fsgid":0},"process":{"pid":724,"ppid":722,"comm":"perl","exe":"/usr/bin/perl","cwd":"/root","#,
        r#""proctitle":["perl","-e"],"argv":["perl","-e","print \"x\u001b\""],"tty":"pts3","subj":"unconfined"},"#,
        r#""syscall":{"arch":"x86_64","number":59,"name":"execve","args":["0x55c0","0x55c1","0x55c2","0x8"],"exit":0,"#,
        r#""items":2},"paths":[{"item":0,"name":"/usr/bin/perl","inode":401923,"dev":"fd:01","mode":"0100755","mode_name":"file,755","ouid":0,"#,
        r#""ogid":0,"rdev":"00:00","nametype":"NORMAL","cap_fp":"0","cap_fi":"0","cap_fe":0,"cap_fver":"0","#,
        r#""cap_frootid":0}],"records":["SYSCALL","EXECVE","CWD","PATH","PROCTITLE"]}"#,
        "\n"
    );
    assert_eq!(json(log), expected);
}

#[test]
fn what_the_memo_recalls_is_what_was_rendered() {
    let one = format!(
        "{}type=CWD msg=audit(1763871611.360:7): cwd=\"/\"\ntype=PATH msg=audit(1763871611.360:7): item=0 name=\"/etc/a\" inode=1 dev=fd:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 obj=x nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0\ntype=PROCTITLE msg=audit(1763871611.360:7): proctitle=2F62696E2F7368002D63\n",
        syscall(257, "success=yes exit=3", "")
    );
    let log: String = (7..20)
        .map(|serial| one.replace(":7)", &format!(":{serial})")).replace("/etc/a", &format!("/etc/{serial}")))
        .collect();
    let text = json(&log);
    let first = text.lines().next().expect("an event");
    for (line, serial) in text.lines().zip(7..) {
        let expected = first
            .replace("\"serial\":7,", &format!("\"serial\":{serial},"))
            .replace("/etc/7", &format!("/etc/{serial}"));
        assert_eq!(line, expected);
    }
    assert_eq!(text.lines().count(), 13);
}

#[test]
fn a_login_beside_a_call_says_nothing_of_later_calls() {
    let login =
        "type=LOGIN msg=audit(1763871611.360:8): pid=42 uid=0 old-auid=1000 auid=0 tty=(none) old-ses=3 ses=4 res=0\n";
    let log = [
        syscall(257, "success=yes exit=3", ""),
        syscall(1, "success=yes exit=1", login).replace(":7)", ":8)"),
        syscall(257, "success=yes exit=3", "").replace(":7)", ":9)"),
    ];
    let text = json(&log.concat());
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(lines[2], lines[0].replace("\"serial\":7", "\"serial\":9"));
    assert!(lines[2].contains(r#""actor":{"id":1000,"as_id":0}"#), "{text}");
}

#[test]
fn a_ring_that_acts_beside_a_call_says_nothing_of_later_calls() {
    let ring = "type=URINGOP msg=audit(1763871611.360:7): uring_op=18 success=yes exit=0 items=0 ppid=1 pid=42 uid=7 gid=7 \
                euid=7 suid=7 fsuid=7 egid=7 sgid=7 fsgid=7 subj=x key=\"k\"\n";
    let at = |serial: u32, log: String| log.replace(":7)", &format!(":{serial})"));
    let call = || syscall(257, "success=yes exit=3", "");
    let log = [call(), at(8, syscall(426, "success=yes exit=1", ring)), at(9, call()), at(10, call())];
    let text = json(&log.concat());
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[1].contains("\"URINGOP\"") && !lines[1].contains("\"actor\":{\"id\":1000"), "{text}");
    assert_eq!(lines[2], lines[0].replace("\"serial\":7", "\"serial\":9"));
    assert_eq!(lines[3], lines[0].replace("\"serial\":7", "\"serial\":10"));
}

#[test]
fn what_stands_behind_the_front_of_a_call_is_told_where_it_always_is() {
    let call = syscall(257, "success=yes exit=3", "");
    let odd = call.replacen(" ppid=", " ppid=1 per=8 ppid=", 1);
    assert_eq!(value(&odd)["syscall"]["per"], "8", "{odd}");
}

#[test]
fn the_result_is_that_of_the_deed() {
    let stamp = "msg=audit(1763871611.360:7):";
    let change = format!("type=CONFIG_CHANGE {stamp} auid=1000 ses=3 op=add_rule key=\"k\" list=4 res=0\n");
    let refused = value(&(change + &syscall(44, "success=yes exit=60", "")));
    assert_eq!((&refused["action"], &refused["result"]), (&"added-audit-rule".into(), &"failed".into()));
    assert_eq!((&refused["syscall"]["exit"], &refused["details"][0]["res"]), (&60.into(), &"0".into()));
    assert_eq!(refused["details"][1], serde_json::json!({"type": "SYSCALL", "success": "yes"}));
    let login = format!("type=LOGIN {stamp} pid=42 uid=0 old-auid=1001 auid=0 tty=(none) old-ses=3 ses=4 res=0\n");
    let login = value(&syscall(1, "success=yes exit=1", &login));
    assert_eq!((&login["result"], &login["actor"]), (&"failed".into(), &serde_json::json!({"id": 1001, "as_id": 0})));
    let denied = format!(
        "type=USER_AVC {stamp} pid=1 uid=81 auid=4294967295 ses=4294967295 msg='avc:  denied  {{ status }} for path=\"/x\" \
         scontext=a:b:c:s0 tclass=service permissive=0 exe=\"/bin/d\"'\n"
    );
    assert_eq!(value(&denied)["result"], "failed");
}

#[test]
fn names_of_a_tail_are_decoded() {
    let tail = "\u{1d}AUID=616C69636520736D697468 UID=\"ro\" EUID=\"ali";
    let event = value(&syscall(257, "success=yes exit=3", "").replace('\n', &format!("{tail}\n")));
    assert_eq!((&event["user"]["auid_name"], &event["user"]["uid_name"]), (&"alice smith".into(), &"ro".into()));
    assert_eq!(event["actor"], serde_json::json!({"id": 1000, "name": "alice smith", "as_id": 0}));
}

#[test]
fn what_is_known_of_the_process_goes_before_what_it_claims() {
    let claim =
        "type=USER_LOGIN msg=audit(1.000:2): pid=5 uid=0 auid=1 ses=2 msg='op=login exe=\"/bin/claimed\" res=failed'";
    assert_eq!(value(claim)["how"], "/bin/claimed");
    let process = oyez_events::context::Process { exe: b"/bin/known".to_vec().into(), ..Default::default() };
    let context = Context { process: Some(&process), ..Context::default() };
    let (mut format, mut out) = (JsonFormat::new(JsonOptions::default()), Vec::new());
    crate::test_events::read(&[claim], &mut |event| format.event(event, &context, &mut out));
    let event: serde_json::Value = serde_json::from_slice(&out).expect("valid JSON");
    assert_eq!(event["how"], "/bin/known");
}

#[test]
fn a_failed_execve_never_shows_the_callers_title_as_what_was_run() {
    let log = syscall(
        59,
        "success=no exit=-13",
        "type=PATH msg=audit(1763871611.360:7): item=0 name=\"/root/x\" nametype=NORMAL\ntype=PROCTITLE msg=audit(1763871611.360:7): proctitle=\"sh\"\n",
    );
    let event = value(&log);
    assert_eq!(event["process"]["argv"], serde_json::Value::Null);
    assert_eq!(event["process"]["proctitle"], serde_json::json!(["sh"]));
    assert_eq!(event["syscall"]["errno"], "EACCES");
    assert_eq!(event["result"], "failed");
    assert_eq!(event["paths"][0]["name"], "/root/x");
}

#[test]
fn claims_stay_apart_from_what_the_kernel_said() {
    let event = value(
        "type=USER_LOGIN msg=audit(1.000:2): pid=5 uid=1000 auid=1000 ses=2 msg='op=login uid=0 acct=\"eve\" pid=1 x=' uid=0 res=failed'",
    );
    assert_eq!(event["user"], serde_json::json!({"auid": 1000, "uid": 1000}));
    assert_eq!(event["process"], serde_json::json!({"pid": 5}));
    assert_eq!((&event["origin"], &event["result"]), (&"user".into(), &"failed".into()));
    let claimed = &event["claimed"];
    assert_eq!((&claimed["uid"], &claimed["acct"], &claimed["pid"]), (&0.into(), &"eve".into(), &1.into()));
    assert_eq!(claimed["more"], serde_json::json!([{"key": "uid", "value": "0"}]));
}

#[test]
fn the_tail_names_the_kernels_ids_and_not_the_claimed_ones() {
    let event = value(
        "type=ADD_USER msg=audit(1.000:2): pid=5 uid=0 auid=1000 ses=2 msg='op=add-user id=1001 uid=7 res=success'\u{1d}UID=\"root\" AUID=\"alice\" ID=\"bob\"",
    );
    assert_eq!(event["user"], serde_json::json!({"auid": 1000, "auid_name": "alice", "uid": 0, "uid_name": "root"}));
    assert_eq!(
        event["claimed"],
        serde_json::json!({"op": "add-user", "id": 1001, "id_name": "bob", "uid": 7, "res": "success"})
    );
}

#[test]
fn an_enriched_syscall_is_not_told_twice() {
    let log = syscall(59, "success=yes exit=0", "")
        .replace("key=(null)", "key=(null)\u{1d}ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"root\"");
    let event = value(&log);
    assert_eq!(event["syscall"]["name"], "execve");
    assert_eq!((&event["user"]["auid_name"], &event["user"]["uid_name"]), (&"alice".into(), &"root".into()));
    assert_eq!(event["details"], serde_json::Value::Null);
}

#[test]
fn an_unknown_syscall_gets_the_name_that_the_log_gives() {
    let log = syscall(99_999, "success=yes exit=0", "").replace("key=(null)", "key=(null)\u{1d}SYSCALL=novel");
    assert_eq!(value(&log)["syscall"]["name"], "novel");
}

#[test]
fn sockets_are_decoded_and_raw_bytes_kept_where_they_say_more() {
    let socket = |saddr: &str| {
        let record = format!("type=SOCKADDR msg=audit(1763871611.360:7): saddr={saddr}\n");
        value(&syscall(42, "success=yes exit=0", &record))["sockets"][0].clone()
    };
    let inet = serde_json::json!({"family": "inet", "port": 80, "addr": "10.0.0.1"});
    assert_eq!(socket("020000500A0000010000000000000000"), inet);
    let mut padded = inet;
    padded["saddr"] = "020000500A00000100000000000000AA".into();
    assert_eq!(socket("020000500A00000100000000000000AA"), padded);
    assert_eq!(socket("01002F746D702F7300"), serde_json::json!({"family": "unix", "path": "/tmp/s"}));
    assert_eq!(socket("FFFF0102"), serde_json::json!({"family": "65535", "saddr": "FFFF0102"}));
    let more = serde_json::json!({"key": "saddr", "value": "nonsense", "error": "not a hexadecimal number"});
    assert_eq!(socket("nonsense"), serde_json::json!({"more": [more]}));
}

#[test]
fn bytes_that_are_no_text_stand_beside_in_hex() {
    let event = value(&syscall(
        257,
        "success=yes exit=3",
        "type=PATH msg=audit(1763871611.360:7): item=0 name=2F746D702FFF20 nametype=NORMAL\n",
    ));
    assert_eq!(event["paths"][0]["name"], "/tmp/\u{fffd} ");
    assert_eq!(event["paths"][0]["name_hex"], "2F746D702FFF20");
    let event = value("type=EXECVE msg=audit(1.000:2): argc=2 a0=\"x\" a1=FF41");
    assert_eq!(event["process"], serde_json::json!({"argv": ["x", "\u{fffd}A"], "argv_hex": ["78", "FF41"]}));
}

#[test]
fn what_does_not_fit_is_marked_and_kept() {
    let event = value(
        "type=PATH msg=audit(1.000:2): item=zero name=\"/a\" inode=007 mode=9 item=1 Odd=x type=y name_hex=z free words",
    );
    assert_eq!(event["paths"][0]["name"], "/a");
    assert_eq!(event["paths"][0]["item"], 1);
    assert_eq!(event["paths"][0]["rest"], "free words");
    let more = event["paths"][0]["more"].to_string();
    for part in [
        r#"{"error":"not a decimal number of 64 bits","key":"item","value":"zero"}"#,
        r#"{"error":"not a decimal number of 64 bits","key":"inode","value":"007"}"#,
        r#"{"error":"not an octal number","key":"mode","value":"9"}"#,
        r#"{"key":"Odd","value":"x"}"#,
        r#"{"key":"type","value":"y"}"#,
        r#"{"key":"name_hex","value":"z"}"#,
    ] {
        let part: serde_json::Value = serde_json::from_str(part).expect("valid JSON");
        let list: Vec<serde_json::Value> = serde_json::from_str(&more).expect("a list");
        assert!(list.contains(&part), "{part} not in {more}");
    }
}

#[test]
fn what_is_cut_off_is_kept_under_its_own_key() {
    for (log, key, value) in [
        ("type=AVC msg=audit(1.000:2): avc:  denied  { read wri", "seperms", "read wri"),
        ("type=PATH msg=audit(1.000:2): item=0 name=\"/etc/sha", "name", "/etc/sha"),
    ] {
        let event = self::value(log);
        let place = if key == "name" { &event["paths"][0] } else { &event["details"][0] };
        let more =
            serde_json::json!([{"key": key, "value": value, "error": "cut off: the quote or brace is not closed"}]);
        assert_eq!(place["more"], more, "{event}");
    }
}

#[test]
fn a_message_that_is_not_closed_is_marked() {
    let more = serde_json::json!([{"key": "msg", "value": "", "error": "cut off: the quote or brace is not closed"}]);
    let event = value("type=USER_LOGIN msg=audit(1.000:2): pid=5 msg='op=login acct=\"eve\" res=suc");
    assert_eq!(event["claimed"], serde_json::json!({"op": "login", "acct": "eve", "res": "suc", "more": more}));
    let event = value("type=USER_LOGIN msg=audit(1.000:2): pid=5 msg='");
    assert_eq!(event["claimed"], serde_json::json!({"more": more}));
    let event = value("type=USER_LOGIN msg=audit(1.000:2): pid=5 msg='op=login' behind it");
    assert_eq!(event["claimed"], serde_json::json!({"op": "login", "rest": "behind it"}));
}

/// What `more` says of a piece of the tail.
fn told(key: &str, value: &str) -> serde_json::Value {
    serde_json::json!({"key": key, "value": value})
}

#[test]
fn what_a_tail_explains_without_a_field_for_it_is_kept() {
    let event = value("type=PATH msg=audit(1.000:2): name=\"a\"\u{1d}OUID=\"root\" NOVEL=\"x\" UID=\"\" two words");
    assert_eq!(event["paths"][0]["more"], serde_json::json!([told("OUID", "root"), told("NOVEL", "x")]));
    assert_eq!(event["paths"][0]["rest"], "two words");
    let event = value("type=USER_LOGIN msg=audit(1.000:2): pid=5 msg='op=x'\u{1d}UID=\"root\"");
    assert_eq!(event["details"], serde_json::json!([{"type": "USER_LOGIN", "more": [told("UID", "root")]}]));
    let event = value("type=AVC msg=audit(1.000:2): permissive=0 uid=?\u{1d}PERMISSIVE=\"no\" UID=\"root\"");
    let detail =
        serde_json::json!({"type": "AVC", "permissive": 0, "permissive_name": "no", "more": [told("UID", "root")]});
    assert_eq!(event["details"][0], detail);
}

#[test]
fn what_a_tail_says_twice_or_of_what_does_not_fit_is_kept() {
    let event =
        value("type=PATH msg=audit(1.000:2): ouid=-x ogid=0\u{1d}OUID=\"root\" OGID=\"a\" OGID=\"b\" OGID=\"torn");
    let path = &event["paths"][0];
    assert_eq!(path["ogid_name"], "a");
    let torn =
        serde_json::json!({"key": "OGID", "value": "torn", "error": "cut off: the quote or brace is not closed"});
    let unfit = serde_json::json!({"key": "ouid", "value": "-x", "error": "not a decimal number of 64 bits"});
    assert_eq!(path["more"], serde_json::json!([unfit, told("OUID", "root"), told("OGID", "b"), torn]));
    let event = value("type=PATH msg=audit(1.000:2): ouid=0\u{1d}OUID=\"ro");
    assert_eq!(event["paths"][0]["ouid_name"], serde_json::Value::Null, "it is cut off");
}

#[test]
fn a_tail_of_claims_stays_with_the_claims_it_explains() {
    let event = value(
        "type=ADD_USER msg=audit(1.000:2): pid=5 msg='id=-x sauid=7'\u{1d}ID=\"bob\" SAUID=\"eve\" OUID=\"root\"",
    );
    let unfit = serde_json::json!({"key": "id", "value": "-x", "error": "not a decimal number of 64 bits"});
    let claimed = serde_json::json!({"sauid": 7, "sauid_name": "eve", "more": [unfit, told("ID", "bob")]});
    assert_eq!(event["claimed"], claimed);
    assert_eq!(event["details"], serde_json::json!([{"type": "ADD_USER", "more": [told("OUID", "root")]}]));
}

#[test]
fn a_tail_is_kept_whatever_record_it_is_of() {
    let log = |record: &str| value(&syscall(59, "success=yes exit=0", &format!("type={record}\u{1d}OUID=\"root\"\n")));
    let stamp = "msg=audit(1763871611.360:7):";
    let event = log(&format!("CWD {stamp} cwd=\"/\""));
    assert_eq!(event["process"]["cwd"], "/");
    assert_eq!(event["details"], serde_json::json!([{"type": "CWD", "more": [told("OUID", "root")]}]));
    let event = log(&format!("EXECVE {stamp} argc=1 a0=\"x\""));
    assert_eq!(event["process"]["argv"], serde_json::json!(["x"]));
    assert_eq!(event["details"], serde_json::json!([{"type": "EXECVE", "more": [told("OUID", "root")]}]));
    let event = log(&format!("SOCKADDR {stamp} saddr=01002F746D702F7300"));
    let socket = serde_json::json!({"family": "unix", "path": "/tmp/s", "more": [told("OUID", "root")]});
    assert_eq!(event["sockets"][0], socket);
    let event = value("type=CWD msg=audit(1.000:2): cwd=\"/\"\u{1d}OUID=\"root\"");
    assert_eq!(event["process"]["cwd"], "/");
    assert_eq!(event["details"], serde_json::json!([{"type": "CWD", "more": [told("OUID", "root")]}]));
}

#[test]
fn an_explanation_of_what_oyez_decodes_stays_out_and_of_what_it_cannot_does_not() {
    let saddr = |saddr: &str, tail: &str| {
        value(&format!("type=SOCKADDR msg=audit(1.000:2): saddr={saddr}\u{1d}SADDR={tail}"))["sockets"][0].clone()
    };
    let decoded = serde_json::json!({"family": "unix", "path": "/tmp/s"});
    assert_eq!(saddr("01002F746D702F7300", "{ saddr_fam=local path=/tmp/s }"), decoded);
    assert_eq!(saddr("nonsense", "{ x=y }")["more"][1], told("SADDR", " x=y "));
    let log = syscall(59, "success=yes exit=0", "").replace("c000003e", "deadbeef");
    let event = value(&log.replace("key=(null)", "key=(null)\u{1d}ARCH=novel SYSCALL=execve"));
    assert_eq!((&event["syscall"]["arch"], &event["syscall"]["name"]), (&"deadbeef".into(), &"execve".into()));
    assert_eq!(event["details"], serde_json::json!([{"type": "SYSCALL", "more": [told("ARCH", "novel")]}]));
}

#[test]
fn paths_come_in_the_order_of_their_items() {
    let path = |item: u32| format!("type=PATH msg=audit(1.000:2): item={item} name=\"/{item}\"\n");
    let log: String = [2, 0, 11, 1].map(path).concat();
    let names: Vec<_> =
        value(&log)["paths"].as_array().expect("a list").iter().map(|path| path["name"].clone()).collect();
    assert_eq!(names, ["/0", "/1", "/2", "/11"]);
}

#[test]
fn omitted_fields_are_nowhere() {
    let omit = ["a2", "cwd", "subj", "nametype", "key", "auid"].map(str::to_owned).to_vec();
    let log = syscall(257, "success=yes exit=3", "type=CWD msg=audit(1763871611.360:7): cwd=\"/\"\ntype=PATH msg=audit(1763871611.360:7): item=0 name=\"/a\" nametype=NORMAL\n").replace("key=(null)", "key=\"k\"");
    let text = json_with(JsonOptions { omit, ..JsonOptions::default() }, &log);
    assert!(text.contains(r#""args":["0x3","0x7ffe",null,"0x0"]"#), "{text}");
    for name in ["cwd", "subj", "nametype", "keys", "\"key\"", "auid"] {
        assert!(!text.contains(name), "{name} in {text}");
    }
    let omit = vec!["ouid".to_owned()];
    let log = "type=PATH msg=audit(1.000:2): name=\"a\"\u{1d}OUID=\"root\"";
    let text = json_with(JsonOptions { omit, ..JsonOptions::default() }, log);
    assert!(!text.contains("root"), "{text}");
}

#[test]
fn several_keys_are_a_list() {
    assert_eq!(
        value(&syscall(1, "success=yes exit=1", "").replace("key=(null)", "key=6B31016B32"))["keys"],
        serde_json::json!(["k1", "k2"])
    );
}

#[test]
fn a_record_without_a_place_is_a_detail() {
    let event = value(&format!(
        "type=AVC msg=audit(1763871611.360:7): avc:  denied  {{ read write }} for  pid=42 comm=\"sh\" name=\"x\" dev=\"dm-0\" ino=5 tclass=file permissive=0\n{}",
        syscall(257, "success=no exit=-13", "")
    ));
    assert_eq!(event["kind"], "AVC");
    assert_eq!(event["process"]["pid"], 42);
    assert_eq!(
        event["details"],
        serde_json::json!([{"type": "AVC", "seresult": "denied", "seperms": "read write", "pid": 42, "comm": "sh", "name": "x", "dev": "dm-0", "ino": 5, "tclass": "file", "permissive": 0}])
    );
}

#[test]
fn an_event_of_oyezs_own_names_itself() {
    let (mut format, mut out) = (
        JsonFormat::new(JsonOptions {
            boot: Some("b00t".into()),
            ids: Some(Ids::of("cafe", "b00t")),
            ..JsonOptions::default()
        }),
        Vec::new(),
    );
    let fields = [
        ("where", Value::Text(b"kernel")),
        ("count", Value::Number(17)),
        ("exit", Value::Signed(-13)),
        ("exact", Value::Flag(false)),
        ("raw", Value::Text(b"\xff")),
    ];
    format.notice(&Notice { sec: 1, ms: 5, number: 3, kind: "OYEZ_LOSS", fields: &fields }, &mut out);
    let expected = "{\"v\":1,\"time\":\"1970-01-01T00:00:01.005Z\",\"boot\":\"b00t\",\"id\":\"cafe-b00t-1.005-n3\",\"kind\":\"OYEZ_LOSS\",\"origin\":\"oyez\",\"oyez\":{\"where\":\"kernel\",\"count\":17,\"exit\":-13,\"exact\":false,\"raw\":\"\u{fffd}\",\"raw_hex\":\"FF\"}}\n";
    assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
}

#[test]
fn an_event_and_its_late_part_have_ids_of_their_own_behind_the_boot() {
    let options =
        JsonOptions { ids: Some(Ids::of("cafe", "b00t")), boot: Some("b00t".into()), ..JsonOptions::default() };
    let log = [syscall(59, "success=yes exit=0", ""), "type=EOE msg=audit(1763871611.360:7): \n".to_owned()].concat();
    let late = "type=CWD msg=audit(1763871611.360:7): cwd=\"/\"\n";
    let text = json_with(options, &format!("{log}{late}"));
    let ids: Vec<_> =
        text.lines().map(|line| line.split("\"id\":").nth(1).unwrap().split(',').next().unwrap()).collect();
    assert_eq!(ids, ["\"cafe-b00t-1763871611.360-7\"", "\"cafe-b00t-1763871611.360-7.1\""]);
    assert!(text.contains("\"boot\":\"b00t\",\"id\":"), "{text}");
}

#[test]
fn every_mark_that_an_event_has_is_told() {
    let (mut parser, mut format, mut out) = (LineParser::new(), JsonFormat::new(JsonOptions::default()), Vec::new());
    let timing = Timing::Live { quiet_ms: 1, incomplete_ms: 5, title_ends: false };
    let mut grouper = Grouper::new(timing, Limits { max_event_records: 1, ..Limits::default() });
    let mut redacted = Event::default();
    let mut write = |event: &Event| {
        format.event(event, &Context::default(), &mut out);
        redacted.copy_from(event);
        redacted.mark_redacted();
        format.event(&redacted, &Context::default(), &mut out);
    };
    for body in ["SYSCALL msg=audit(1.0:1): pid=1", "AVC msg=audit(1.0:1): x=1", "PATH msg=audit(1.0:1): item=0"] {
        grouper.push(&parser.line(format!("type={body}").as_bytes()).expect("a record"), 0, &mut write);
    }
    grouper.finish(&mut write);
    grouper.push(&parser.line(b"type=SYSCALL msg=audit(1.0:2): pid=2").expect("a record"), 0, &mut write);
    grouper.tick(9, &mut write);
    grouper.push(&parser.line(b"type=CWD msg=audit(1.0:3): cwd=\"/\"").expect("a record"), 0, &mut write);
    grouper.finish(&mut write);
    let text = String::from_utf8(out).expect("always UTF-8");
    let marks = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("valid JSON")["marks"].to_string();
    let expected = [
        r#"["early"]"#,
        r#"["early","redacted"]"#,
        r#"["late","early"]"#,
        r#"["late","early","redacted"]"#,
        r#"["late"]"#,
        r#"["late","redacted"]"#,
        r#"["incomplete"]"#,
        r#"["incomplete","redacted"]"#,
        "null",
        r#"["redacted"]"#,
    ];
    assert_eq!(text.lines().map(marks).collect::<Vec<_>>(), expected);
}
