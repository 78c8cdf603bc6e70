//! Examples of scripts.

use oyez_filter::chain::{Cause, Wrong};
use serde_json::json;

use super::*;

const EXECVE: u32 = 59;

/// An execution of `exe` with these arguments, of which the kernel's title has the same.
fn exec(arguments: &[&str]) -> Sample {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    let argv: Vec<_> = (0..).zip(arguments).map(|(place, text): (u32, _)| format!("a{place}={}", hex(text))).collect();
    Sample::call(EXECVE, 0, "/usr/bin/backup")
        .and(&format!("EXECVE argc={} {}", arguments.len(), argv.join(" ")))
        .on("/usr/bin/backup")
        .and("PATH item=1 name=\"/lib64/ld-linux-x86-64.so.2\" nametype=NORMAL")
        .and(&format!("PROCTITLE proctitle={}", hex(&arguments.join("\0"))))
}

/// A configuration with these options.
fn options(options: &[&str]) -> Tree {
    let options = options.iter().map(|option| Tree::Text(option.as_bytes().to_vec())).collect();
    Tree::Object(vec![(b"options".to_vec(), Tree::List(options))])
}

#[test]
fn secrets_are_masked_in_arguments_title_and_those_of_the_parent() {
    let mut filters = chain("mask-secret.lua", options(&["--db-pass", "-k"]));
    let sample = exec(&["backup", "--db-pass=a=b", "-k", "hunter2", "--db-pass", "x", "-v"])
        .below("/bin/sh")
        .with_arguments(&["sh", "-k", "hunter2"]);
    let masked = left(&mut filters, &sample).unwrap();
    let expected = json!(["backup", "--db-pass=***", "-k", "***", "--db-pass", "***", "-v"]);
    assert_eq!((&masked["process"]["argv"], &masked["process"]["proctitle"]), (&expected, &expected));
    assert_eq!(masked["process"]["parent"]["argv"], json!(["sh", "-k", "***"]));
    assert!(!masked.to_string().contains("hunter2"));
    let mut whole = whole(&sample);
    whole["process"]["argv"] = expected.clone();
    whole["process"]["proctitle"] = expected;
    whole["process"]["parent"]["argv"] = json!(["sh", "-k", "***"]);
    assert_eq!(masked, whole, "nothing else changes");
}

#[test]
fn a_configuration_that_would_mask_nothing_is_refused() {
    let text = |text: &str| Tree::Text(text.as_bytes().to_vec());
    let object = |name: &str, tree| Tree::Object(vec![(name.as_bytes().to_vec(), tree)]);
    for (config, why) in [
        (object("option", text("--token")), "unknown key option in config"),
        (object("options", text("--token")), "options has to be a list of texts"),
        (object("options", Tree::List(vec![])), "options has to be a list of texts"),
        (options(&["--token="]), "without ="),
        (options(&[""]), "options has to be a list of texts"),
        (object("options", Tree::List(vec![Tree::Number(5)])), "options has to be a list of texts"),
    ] {
        let source = std::fs::read(path("mask-secret.lua")).unwrap();
        let wrongs = Filters::compile(&[spec("mask-secret.lua", &source, config)], &Settings::default()).err().unwrap();
        let [Wrong { cause: Cause::Script { message, line: Some(_) }, .. }] = &wrongs[..] else { panic!("{wrongs:?}") };
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn an_event_without_such_an_option_is_handed_on_as_it_is() {
    let other = [
        exec(&["backup", "--db-passwd=x", "--db-pass"]),
        exec(&["backup", "db-pass=x"]),
        exec(&["backup"]).but("success", "no").but("exit", "-2"),
        Sample::message("USER_CMD", "cwd=\"/\" cmd=\"x\""),
        Sample::call(257, 3, "/bin/cat"),
    ];
    sorts("mask-secret.lua", &other, &[]);
}

#[test]
fn socket_calls_that_succeeded_go_where_they_tell_no_address() {
    let connect = |exit| Sample::call(42, exit, "/usr/bin/curl");
    sorts(
        "socket-without-address.lua",
        &[
            connect(0).and("SOCKADDR saddr=020000507F0000010000000000000000"),
            connect(0).and("SOCKADDR saddr=01002F72756E2F7800"),
            connect(-111),
            Sample::call(257, 3, "/usr/bin/curl"),
            Sample::call(41, 3, "/usr/bin/curl"),
            Sample::message("USER_LOGIN", "op=login"),
        ],
        &[connect(0), Sample::call(288, 7, "/usr/sbin/nginx"), Sample::call(45, 54, "/usr/sbin/nginx")],
    );
}

#[test]
fn an_execution_is_rewritten_and_nothing_else_is() {
    let mut filters = chain("rewrite.lua", Tree::Object(Vec::new()));
    let sample = exec(&["backup", "--all", "a b"]);
    let rewritten = left(&mut filters, &sample).unwrap();
    let mut expected = whole(&sample);
    expected["paths"].as_array_mut().unwrap().truncate(1);
    expected["added"] = json!({ "command": "backup --all a b" });
    expected["tags"] = json!(["rewritten"]);
    expected["records"] = rewritten["records"].clone();
    assert_eq!(rewritten, expected);
    assert_eq!(rewritten["records"], json!(["SYSCALL", "EXECVE", "PATH", "PROCTITLE"]));
    sorts("rewrite.lua", &[Sample::call(257, 3, "/bin/cat"), Sample::message("USER_LOGIN", "op=login")], &[]);
}
