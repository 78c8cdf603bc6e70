//! What a changed member comes to in the records.

use oyez_events::context::Context;
use serde_json::{Value, json};

use crate::log::{all_formats, bodies, edited, event, json as json_of, rewritten, tree};

const EXEC: &str = r#"
SYSCALL arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=8 items=2 ppid=700 pid=701 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm="curl" exe="/usr/bin/curl" key="exec"
EXECVE argc=3 a0="curl" a1="-H" a2=546F6B656E3A20736563726574
CWD cwd="/root"
PATH item=0 name="/usr/bin/curl" inode=1 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
PATH item=1 name="/lib64/ld-linux-x86-64.so.2" inode=78 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
PROCTITLE proctitle=6375726C002D4800546F6B656E3A20736563726574
"#;

const CONNECT: &str = r#"
SYSCALL arch=c000003e syscall=42 success=no exit=-115 a0=3 a1=7f a2=10 a3=0 items=0 ppid=1 pid=7 auid=1000 uid=33 comm="curl" exe="/usr/bin/curl" key=6E65740166
SOCKADDR saddr=020001BB0A0000010000000000000000
"#;

const LOGIN: &str = r#"USER_LOGIN pid=811 uid=0 auid=1000 ses=3 msg='op=login acct="eve" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed'"#;

/// The body of the first record of this type.
fn body(records: &str, name: &str, edit: impl FnOnce(&mut Value)) -> String {
    let bodies = bodies(records, edit).unwrap();
    bodies.iter().find_map(|body| body.strip_prefix(name)?.strip_prefix(' ')).unwrap_or("none").to_owned()
}

/// What is wrong with a table.
fn refused(records: &str, edit: impl FnOnce(&mut Value)) -> String {
    edited(records, edit).map_or_else(|invalid| invalid.to_string(), |_| "is taken".to_owned())
}

#[test]
fn arguments_are_told_anew_in_one_record() {
    let body = body(EXEC, "EXECVE", |event| {
        event["process"]["argv"][2] = json!("Token: ***");
        event["process"]["argv"].as_array_mut().unwrap().push(json!("x"));
    });
    assert_eq!(body, "argc=4 a0=\"curl\" a1=\"-H\" a2=546F6B656E3A202A2A2A a3=\"x\"");
}

#[test]
fn many_and_long_arguments_are_told_in_more_records_as_the_kernel_does() {
    let long = "x".repeat(9000);
    let odd = " ".repeat(5000);
    let change = |event: &mut Value| {
        let args: Vec<Value> = (0..3000).map(|n| json!(n.to_string())).chain([json!(long), json!(odd)]).collect();
        event["process"]["argv"] = args.into();
    };
    let told = edited(EXEC, change).unwrap();
    assert_eq!(told["process"]["argv"].as_array().unwrap().len(), 3002);
    assert_eq!((&told["process"]["argv"][3000], &told["process"]["argv"][3001]), (&json!(long), &json!(odd)));
    assert_eq!(told["process"].get("argv_cut"), None);
    let bodies = bodies(EXEC, change).unwrap();
    assert!(bodies.len() > 9 && bodies.iter().all(|body| body.len() < 7600), "{}", bodies.len());
    assert!(
        bodies[1].starts_with("EXECVE argc=3002 a0=\"0\"")
            && bodies.iter().any(|body| body.contains("a3001_len=10000"))
    );
}

#[test]
fn a_secret_that_is_masked_is_in_no_format() {
    let (event, context) = (event(EXEC), Context::default());
    let mut table = json_of(&event, &context);
    for list in ["argv", "proctitle"] {
        table["process"][list][2] = json!("Token: ***");
    }
    assert!(all_formats(&event, &context).contains("secret"));
    let after = rewritten(&event, &context, &tree(&table), all_formats).unwrap();
    assert!(!after.contains("secret") && !after.contains("736563726574"), "{after}");
    assert!(after.contains("Token: ***") && after.contains("546F6B656E3A202A2A2A"));
}

#[test]
fn what_is_made_of_a_changed_member_follows_it_whatever_the_table_says() {
    let told = edited(CONNECT, |event| {
        event["syscall"]["exit"] = json!(-13);
        event["sockets"][0]["addr"] = json!("192.0.2.9");
    });
    let told = told.unwrap();
    assert_eq!((&told["syscall"]["errno"], &told["object"]["primary"]), (&json!("EACCES"), &json!("192.0.2.9")));
    let told = edited(EXEC, |event| event["paths"][0]["name"] = json!("/usr/bin/wget")).unwrap();
    assert_eq!(told["paths"][0]["name"], "/usr/bin/wget");
}

#[test]
fn what_the_table_lacks_is_taken_out() {
    let told = edited(EXEC, |event| {
        event.as_object_mut().unwrap().remove("paths");
        event["process"].as_object_mut().unwrap().retain(|name, _| matches!(&**name, "pid" | "exe"));
        event["user"].as_object_mut().unwrap().remove("auid");
    });
    let told = told.unwrap();
    assert_eq!(told["records"], json!(["SYSCALL"]));
    assert_eq!(told["process"], json!({"pid": 701, "exe": "/usr/bin/curl"}));
    assert_eq!(told["actor"]["id"], 0);
    let bodies = bodies(EXEC, |event| event["paths"] = json!({})).unwrap();
    assert!(!bodies.iter().any(|body| body.starts_with("PATH")), "an empty table is an empty list");
}

#[test]
fn an_element_taken_out_of_a_list_takes_its_own_record_along() {
    let bodies = bodies(EXEC, |event| drop(event["paths"].as_array_mut().unwrap().remove(0))).unwrap();
    let paths: Vec<_> = bodies.iter().filter(|body| body.starts_with("PATH")).collect();
    assert!(paths.len() == 1 && paths[0].starts_with("PATH item=1 name=\"/lib64/ld"), "{paths:?}");
}

#[test]
fn a_new_path_is_a_record_behind_the_others() {
    let bodies = bodies(EXEC, |event| {
        let path = json!({"name": "/etc/a b", "nametype": "NORMAL", "inode": 5});
        event["paths"].as_array_mut().unwrap().push(path);
    });
    assert_eq!(bodies.unwrap()[5], "PATH item=2 name=2F6574632F612062 inode=5 nametype=NORMAL");
    let cwd = body(CONNECT, "CWD", |event| event["process"]["cwd"] = json!("/tmp"));
    assert_eq!(cwd, "cwd=\"/tmp\"");
}

#[test]
fn keys_of_a_rule_are_one_text() {
    let key = |keys: Value| body(CONNECT, "SYSCALL", |event| event["keys"] = keys);
    assert!(key(json!(["net"])).ends_with(" key=\"net\""));
    assert!(
        key(json!(["net", "x y"]))
            .ends_with(" key=6E6574017820 79".replace(' ', "").replacen("key", " key", 1).as_str())
    );
    assert!(key(json!([])).ends_with(" key=(null)"));
    assert!(refused(CONNECT, |event| event["keys"] = json!(["a\u{1}b"])).contains("byte 1"));
}

#[test]
fn sockets_are_put_together_again() {
    let saddr = |edit: fn(&mut Value)| body(CONNECT, "SOCKADDR", |event| edit(&mut event["sockets"][0]));
    assert_eq!(saddr(|socket| socket["port"] = json!(80)), "saddr=020000500A0000010000000000000000");
    assert_eq!(
        saddr(|socket| *socket = json!({"family": "inet6", "addr": "2001:db8::1", "port": 443})),
        "saddr=0A0001BB0000000020010DB800000000000000000000000100000000"
    );
    assert_eq!(saddr(|socket| *socket = json!({"family": "unix", "path": "/run/x"})), "saddr=01002F72756E2F78");
    assert_eq!(saddr(|socket| *socket = json!({"family": "unix", "abstract": "bus"})), "saddr=010000627573");
    assert_eq!(saddr(|socket| socket["saddr"] = json!("0200")), "saddr=0200");
    assert!(refused(CONNECT, |event| event["sockets"][0]["addr"] = json!("::1")).contains("an IPv4 address"));
    assert!(
        refused(CONNECT, |event| drop(event["sockets"][0].as_object_mut().unwrap().remove("port"))).contains("removed")
    );
    let bodies = bodies(EXEC, |event| event["sockets"] = json!([{"family": "inet", "addr": "192.0.2.1", "port": 1}]));
    assert_eq!(bodies.unwrap()[2], "SOCKADDR saddr=02000001C00002010000000000000000");
}

#[test]
fn claims_are_changed_where_the_program_made_them() {
    let body = |edit: fn(&mut Value)| body(LOGIN, "USER_LOGIN", |event| edit(&mut event["claimed"]));
    let wanted = LOGIN.strip_prefix("USER_LOGIN ").unwrap();
    assert_eq!(body(|claimed| claimed["acct"] = json!("a b")), wanted.replace("\"eve\"", "612062"));
    assert_eq!(body(|claimed| claimed["op"] = json!("a b")), wanted.replace("op=login", "op=\"a b\""));
    assert_eq!(body(|claimed| claimed["hostname"] = json!("h")), wanted.replace("hostname=?", "hostname=h"));
    assert_eq!(body(|claimed| claimed["id"] = json!(7)), wanted.replace("msg='", "msg='id=7 "));
    assert_eq!(
        body(|claimed| drop(claimed.as_object_mut().unwrap().remove("acct"))),
        wanted.replace(" acct=\"eve\"", "")
    );
}

#[test]
fn other_records_are_changed_and_taken_out() {
    let avc = "SYSCALL arch=c000003e syscall=257 success=no exit=-13 a0=1 a1=2 a2=3 a3=4 items=0 pid=7 uid=0\nAVC avc:  denied  { read } for  pid=9 comm=\"a\" name=\"b\" tclass=file permissive=0";
    let told = body(avc, "AVC", |event| {
        event["details"][0]["seperms"] = json!("read write");
        event["details"][0]["name"] = json!("x y");
    });
    assert_eq!(told, "avc:  denied  { read write } for  pid=9 comm=\"a\" name=782079 tclass=file permissive=0");
    let bodies = bodies(avc, |event| event["details"] = json!([])).unwrap();
    assert_eq!(bodies.len(), 1);
    let odd = "SYSCALL arch=c000003e syscall=1 pid=7 uid=0 uid=1 odd=2 words\nEXECVE argc=1 a0=\"x\" odd=3";
    let told = edited(odd, |event| {
        event["details"][0]["uid"] = json!(5);
        event["details"][1]["odd"] = json!("4");
    });
    let told = told.unwrap();
    assert_eq!((&told["user"]["uid"], &told["details"][0]["uid"]), (&json!(0), &json!(5)));
    assert_eq!((&told["details"][1]["odd"], &told["process"]["argv"]), (&json!("4"), &json!(["x"])));
    let told = edited(odd, |event| drop(event.as_object_mut().unwrap().remove("details"))).unwrap();
    assert_eq!(told.get("details"), None, "{told}");
    assert_eq!(told["process"]["argv"], json!(["x"]));
}

#[test]
fn misfits_and_words_can_be_taken_out_but_not_changed() {
    let odd = "AVC avc:  denied  { read } for  pid=9 pid=8 uid=x words here a=\"torn";
    let told = edited(odd, |event| {
        let object = event["details"][0].as_object_mut().unwrap();
        assert!(object.remove("more").is_some() && object.remove("rest").is_some());
    });
    let told = told.unwrap();
    assert_eq!(told["details"], json!([{"type": "AVC", "seresult": "denied", "seperms": "read", "pid": 8}]), "{told}");
    assert_eq!(told["process"]["pid"], 9);
    assert!(refused(odd, |event| event["details"][0]["rest"] = json!("other")).contains("details[1].rest"));
}

#[test]
fn no_value_makes_another_field() {
    let value = "x\" uid=0 key=\"y";
    for (records, path) in [
        (EXEC, "/process/comm"),
        (EXEC, "/process/exe"),
        (EXEC, "/process/cwd"),
        (EXEC, "/process/argv/1"),
        (EXEC, "/process/proctitle/1"),
        (EXEC, "/keys/0"),
        (EXEC, "/paths/0/name"),
        (LOGIN, "/claimed/acct"),
        (LOGIN, "/claimed/exe"),
    ] {
        let told = edited(records, |event| *event.pointer_mut(path).unwrap() = json!(value)).unwrap();
        let mut wanted = edited(records, |_| ()).unwrap();
        *wanted.pointer_mut(path).unwrap() = json!(value);
        for made in ["object", "how"] {
            wanted[made] = told[made].clone();
        }
        assert_eq!(told, wanted, "{path}");
    }
    for (records, path) in [(EXEC, "/process/tty"), (EXEC, "/paths/0/nametype"), (LOGIN, "/claimed/terminal")] {
        for value in [value, "a\nuid=0", "a\u{1d}UID=\"root\""] {
            let invalid = refused(records, |event| *event.pointer_mut(path).unwrap() = json!(value));
            assert!(invalid.contains("does not encode it"), "{invalid}");
        }
    }
}

#[test]
fn what_cannot_be_set_says_what_to_change_instead() {
    let set = |path: &'static str, value: Value| {
        refused(EXEC, move |event| {
            let (above, name) = path.rsplit_once('/').unwrap();
            event.pointer_mut(above).unwrap()[name] = value;
        })
    };
    for (path, value, wanted) in [
        ("/object/primary", json!("/x"), "object.primary: cannot be set: it is made of paths[1].name; change that one"),
        ("/result", json!("failed"), "result: cannot be set"),
        ("/serial", json!(1), "serial: cannot be set: it is the kernel's stamp"),
        ("/syscall/name", json!("open"), "syscall.name: cannot be set: it is looked up for syscall.number"),
        ("/process/argc", json!(7), "process.argc: cannot be set: it is counted from process.argv"),
        ("/user/uid_name", json!("root"), "user.uid_name: cannot be set: it is looked up for the member without _name"),
        ("/paths/0/mode_name", json!("x"), "paths[1].mode_name: cannot be set: it is looked up"),
        ("/records", json!(["SYSCALL"]), "records: cannot be set"),
        (
            "/nonsense",
            json!(1),
            "nonsense: this event has no such member that could be set; what is new goes to added.nonsense",
        ),
        ("/process/unit", json!("x"), "process.unit: this event has no such member that could be set"),
        ("/paths/0/nonsense", json!("x"), "paths[1].nonsense: this event has no such member"),
        ("/user/uid", json!("0"), "user.uid: expected a whole number"),
        ("/user/uid", json!(true), "user.uid: expected a whole number"),
        ("/process/exe", json!(1), "process.exe: expected text"),
        ("/process/argv", json!("x"), "process.argv: expected a list"),
        ("/process", json!("x"), "process: expected a table with names"),
        ("/paths", json!({"a": 1}), "paths: expected a list"),
        ("/paths/0/mode", json!("x"), "paths[1].mode: expected octal digits"),
        ("/syscall/args", json!(["1", "0x2"]), "syscall.args[1]: expected 0x and at most 16 hex digits"),
        ("/login", json!({"addr": "x"}), "login.addr: this event has no such member"),
    ] {
        let invalid = set(path, value);
        assert!(invalid.starts_with(wanted), "{path}: {invalid}");
    }
    assert!(
        refused("CWD cwd=\"/\"", |event| event["process"] = json!({})).starts_with("event: no record would be left")
    );
}

#[test]
fn tags_and_additions_are_taken_over() {
    let told = edited(CONNECT, |_| ()).unwrap();
    assert_eq!(told.get("tags"), None);
    let (event, context) = (event(CONNECT), Context::default());
    let mut table = json_of(&event, &context);
    table["tags"] = json!(["a", "b", "a"]);
    table["added"] = json!({"team": "web", "n": 7, "ok": true, "many": ["x", "y"], "none": []});
    let told = rewritten(&event, &context, &tree(&table), json_of).unwrap();
    assert_eq!((&told["tags"], &told["added"]), (&json!(["a", "b"]), &table["added"]));
    for (name, value) in [
        ("tags", json!("a")),
        ("tags", json!([1])),
        ("tags", json!([""])),
        ("tags", json!(["x".repeat(257)])),
        ("tags", (0..65).map(|n| n.to_string()).collect()),
        ("added", json!({"Team": 1})),
        ("added", json!({"1": 1})),
        ("added", json!({"x_hex": 1})),
        ("added", json!({"": 1})),
        ("added", json!({"x": {"y": 1}})),
        ("added", json!({"x": [1]})),
        ("added", json!({"x": "y".repeat(65537)})),
        ("added", json!(["x"])),
    ] {
        let mut table = table.clone();
        table[name] = value;
        let invalid = rewritten(&event, &context, &tree(&table), json_of).unwrap_err();
        assert!(invalid.member.starts_with(name), "{invalid}");
    }
}
