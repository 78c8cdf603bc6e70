//! Command lines on a kernel in memory; what real ones come to is compared in `tests/live/auditctl.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use oyez_netlink::Control;
use oyez_netlink::fake::{FakeKernel, Field, Request};
use oyez_testkit::TempDir;

use super::line::Session;
use super::{BAD, BAD_FILE, run};
use crate::rules::tests::{EXEC, OPEN, kernel, lines};

/// Output, errors and exit code of a command line.
fn auditctl(kernel: &FakeKernel, line: &[&str]) -> (String, String, u8) {
    let words: Vec<_> = line.iter().map(|word| word.as_bytes().to_vec()).collect();
    let mut session = Session::new(Control::over(kernel.clone()));
    let code = run(&mut session, &words);
    (String::from_utf8(session.out).unwrap(), String::from_utf8(session.err).unwrap(), code)
}

fn split(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn rules_are_added_listed_and_deleted_as_by_auditctl() {
    let kernel = kernel(&[]);
    assert_eq!(auditctl(&kernel, &["-l"]).0, "No rules\n");
    assert_eq!(auditctl(&kernel, &split(OPEN)), (String::new(), String::new(), 0));
    let again = auditctl(&kernel, &split(OPEN));
    assert_eq!((again.1.as_str(), again.2), ("Error sending add rule data request (Rule exists)\n", BAD));
    assert_eq!(auditctl(&kernel, &["-l"]).0, format!("{OPEN}\n"));
    assert_eq!(auditctl(&kernel, &["-l", "-k", "pe"]).0, format!("{OPEN}\n"));
    assert_eq!(auditctl(&kernel, &["-l", "-k", "x"]).0, "");
    assert_eq!(auditctl(&kernel, &["-D"]), ("No rules\n".to_owned(), String::new(), 0));
    let gone = auditctl(&kernel, &split(&OPEN.replacen("-a", "-d", 1)));
    assert_eq!(gone.1, "Error sending delete rule data request (No such file or directory)\n");
}

#[test]
fn the_status_is_told_whole_in_words_or_after_a_change() {
    let kernel = kernel(&[]);
    kernel.set_features(2, 2);
    kernel.set(Field::Enabled, 1);
    let rest = "pid 0\nrate_limit 0\nbacklog_limit 64\nlost 0\nbacklog 0\nbacklog_wait_time 15000\n\
                backlog_wait_time_actual 0\n";
    let whole = format!("{rest}loginuid_immutable 1 locked\n");
    assert_eq!(auditctl(&kernel, &["-s"]).0, format!("enabled 1\nfailure 1\n{whole}"));
    assert_eq!(auditctl(&kernel, &["-s", "-i"]).0, format!("enabled enabled\nfailure printk\n{whole}"));
    let set = auditctl(&kernel, &["-e", "0", "-b", "128"]);
    assert_eq!(set, (format!("enabled 0\nfailure 1\n{}", rest.replace("64", "128")), String::new(), 0));
}

#[test]
fn what_a_live_host_cannot_be_asked_is_asked_of_the_kernel() {
    let kernel = kernel(&[]);
    kernel.set(Field::Lost, 7);
    assert_eq!(auditctl(&kernel, &["--reset-lost"]), (String::new(), "lost: 7\n".to_owned(), 0));
    assert_eq!(auditctl(&kernel, &["--loginuid-immutable"]).2, 0);
    assert_eq!(auditctl(&kernel, &["-t"]).2, 0);
    assert_eq!(auditctl(&kernel, &["-q", "/mnt,/a"]).2, 0);
    assert_eq!(auditctl(&kernel, &["-m", "hello there"]).2, 0);
    assert!(kernel.payloads()[1].starts_with(b"text=hello there exe=\""), "{:?}", kernel.payloads());
    let signal = auditctl(&kernel, &["--signal", "reload"]);
    assert_eq!(signal, (String::new(), "Auditd is not running\n".to_owned(), 0));
    let asked = [Request::SetFeature, Request::Trim, Request::MakeEquivalent, Request::UserMessage];
    assert!(asked.iter().all(|request| kernel.requests().contains(request)), "{:?}", kernel.requests());
    assert_eq!(auditctl(&kernel, &["-e", "2"]).2, 0);
    let told = "The audit system is in immutable mode, no rule changes allowed\n".to_owned();
    assert_eq!(auditctl(&kernel, &split(OPEN)), (String::new(), told.clone(), 0));
    let wrong = format!("Syscall name unknown: opne\n{told}");
    assert_eq!(auditctl(&kernel, &["-a", "always,exit", "-S", "opne"]), (String::new(), wrong, 0));
    assert_eq!(auditctl(&kernel, &["-S", "opne", "-a", "always,exit"]).2, BAD);
    assert_eq!(auditctl(&kernel, &["-R", "/nonexistent"]), (String::new(), String::new(), 0));
    assert_eq!(auditctl(&kernel, &["-b", "8"]).1, "Error sending backlog limit request (Operation not permitted)\n");
}

#[test]
fn ids_that_are_unset_are_told_as_auditctl_does() {
    let kernel = kernel(&[]);
    let refused = "Error sending add rule data request (Invalid argument)\n";
    for (test, told) in [
        ("uid=-1", refused),
        ("obj_uid=unset", refused),
        ("egid=4294967295", refused),
        ("gid=-1", "Unknown group: -1\n"),
        ("obj_gid=unset", "Unknown group: unset\n"),
    ] {
        let line = ["-a", "always,exit", "-F", "arch=b64", "-S", "openat", "-F", test, "-F", "uid=5"];
        assert_eq!(auditctl(&kernel, &line), (String::new(), told.to_owned(), BAD), "{test}");
    }
    assert!(lines(&kernel).is_empty());
}

#[test]
fn nothing_is_done_after_an_error() {
    let kernel = kernel(&[]);
    let line = [&split(OPEN)[..], &["stray"]].concat();
    assert_eq!(auditctl(&kernel, &line).1, "parameter passed without an option given\n");
    assert_eq!(auditctl(&kernel, &["-a", "always,exit", "-F", "uid=5", "-F", "nope=1", "-e", "1"]).2, BAD);
    assert_eq!((lines(&kernel).len(), kernel.get(Field::Enabled)), (0, 0));
}

#[test]
fn a_user_namespace_is_no_reason_for_a_start_to_fail() {
    let refused = rustix::io::Errno::CONNREFUSED.raw_os_error();
    let all = [Request::Status, Request::AddRule, Request::ListRules, Request::UserMessage];
    let kernel = all.into_iter().fold(FakeKernel::new(), |kernel, request| kernel.refusing(request, refused));
    let disabled = "The audit system is disabled\n".to_owned();
    assert_eq!(auditctl(&kernel, &split(OPEN)), (String::new(), disabled.clone(), 0));
    assert_eq!(auditctl(&kernel, &["-s"]), (String::new(), String::new(), 0));
    for line in [&["-l"][..], &["-D"], &["-m", "x"]] {
        assert_eq!(auditctl(&kernel, line), (String::new(), disabled.clone(), BAD), "{line:?}");
    }
}

/// Outcome of a rules file, and the rules there are then.
fn of_file(text: &str, mode: u32) -> (String, u8, Vec<String>) {
    let (dir, kernel) = (TempDir::new().unwrap(), kernel(&[]));
    let path = dir.join("a.rules");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let path = path.to_str().unwrap();
    let (_, errors, code) = auditctl(&kernel, &["-R", path]);
    (errors.replace(path, "FILE"), code, lines(&kernel))
}

#[test]
fn a_file_ends_at_its_first_error_unless_it_says_otherwise() {
    let text = format!("# a comment\n\n{OPEN}\n-a always,exit -S opne\n{EXEC}\n");
    let errors = |line| format!("Syscall name unknown: opne\nThere was an error in line {line} of FILE\n");
    assert_eq!(of_file(&text, 0o600), (errors(4), BAD_FILE, vec![OPEN.to_owned()]));
    let both = vec![OPEN.to_owned(), EXEC.to_owned()];
    assert_eq!(of_file(&format!("-c\n{text}"), 0o600), (errors(5), BAD_FILE, both.clone()));
    assert_eq!(of_file(&format!("-i\n{text}"), 0o600), (errors(5), 0, both));
}

#[test]
fn a_file_that_everybody_may_write_is_refused() {
    let (errors, code, rules) = of_file(OPEN, 0o666);
    assert_eq!((errors.as_str(), code, rules.len()), ("Error - FILE: everybody may write it\n", BAD_FILE, 0));
}
