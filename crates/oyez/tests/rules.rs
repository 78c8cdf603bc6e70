//! `oyez rules` as its users see it, without a kernel: what is wrong with files, in the very words, and exit codes.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fs;
use std::process::{Command, Output, Stdio};

use oyez_testkit::TempDir;
use serde_json::Value;

fn oyez(dir: &TempDir, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    command.args(words).current_dir(dir.path()).stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(dir.join(name), text).unwrap();
    }
    dir
}

const BAD: &[(&str, &str)] = &[
    ("20-second.rules", "-a always,exit -F arch=b64 -S opne,close -k x\n# fine\n-w etc/passwd -p wq\n"),
    ("3-first.rules", "-D\n-b many\n-a always,exit -F auid=nosuchuser -S all\n-a always,exit -F arch=b64 -S open\n"),
    ("README", "-x\n"),
];

/// What is said of [`BAD`].
const SAID: &str = "\
3-first.rules:2:4: error: \"many\" is no number
  -b many
     ^
3-first.rules:3:24: error: unknown user \"nosuchuser\"
  -a always,exit -F auid=nosuchuser -S all
                         ^
  hint: no source of names of this host knows it (getent shows them); a number is always taken
20-second.rules:1:31: error: unknown call \"opne\" on x86_64
  -a always,exit -F arch=b64 -S opne,close -k x
                                ^
  hint: did you mean \"open\"?
20-second.rules:3:4: error: the path \"etc/passwd\" does not start with /
  -w etc/passwd -p wq
     ^
20-second.rules:3:18: error: \"q\" is no permission
  -w etc/passwd -p wq
                   ^
  hint: any of r, w, x and a
1 rule in 2 files: 5 errors
";

#[test]
fn check_tells_every_error_of_every_file_with_its_place_and_a_hint() {
    let dir = folder(BAD);
    let output = oyez(&dir, &["rules", "check", "--arch", "x86_64", "."]);
    assert_eq!(stdout(&output).replace("./", ""), SAID);
    assert_eq!((output.status.code(), stderr(&output)), (Some(2), ""));
}

#[test]
fn check_tells_programs_the_same() {
    let dir = folder(BAD);
    let output = oyez(&dir, &["rules", "check", "--arch", "x86_64", "--json", "."]);
    let told: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&told["rules"], &told["errors"]), (&1.into(), &5.into()));
    let problem = &told["problems"][2];
    for (member, value) in [
        ("code", "unknown_syscall"),
        ("level", "error"),
        ("file", "./20-second.rules"),
        ("text", "-a always,exit -F arch=b64 -S opne,close -k x"),
        ("hint", "did you mean \"open\"?"),
    ] {
        assert_eq!(problem[member], value);
    }
    assert_eq!((&problem["line"], &problem["column"]), (&1.into(), &31.into()));
}

#[test]
fn a_rule_is_checked_for_the_architecture_it_is_for() {
    let dir = folder(&[("a.rules", "-a always,exit -F arch=b64 -S open\n")]);
    let check = |arch: &str| oyez(&dir, &["rules", "check", "--arch", arch, "a.rules"]);
    assert_eq!((check("x86_64").status.code(), stdout(&check("x86_64"))), (Some(0), "1 rule in 1 file: ok\n"));
    let other = check("aarch64");
    assert_eq!(other.status.code(), Some(2));
    assert!(stdout(&other).contains("unknown call \"open\" on aarch64"), "{}", stdout(&other));
    let none = check("aarch46");
    assert_eq!(none.status.code(), Some(2));
    assert_eq!(stderr(&none), "oyez: unknown architecture \"aarch46\"; did you mean aarch64?\n");
}

#[test]
fn a_warning_is_told_and_is_no_error() {
    let dir = folder(&[("a.rules", "-l\n-w /etc/*.conf -p wa\n")]);
    let output = oyez(&dir, &["rules", "check", "a.rules"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("a.rules:2:4: warning: wildcards in a path are not expanded\n"));
    assert!(stdout(&output).ends_with("1 rule in 1 file: 2 warnings\n"), "{}", stdout(&output));
}

#[test]
fn one_error_in_one_file_keeps_all_from_being_loaded() {
    let dir = folder(&[("a.rules", "-a always,exit -F uid=5 -S openat\n"), ("b.rules", "-b\n")]);
    for words in [&["rules", "load", "--dry-run", "."][..], &["rules", "diff", "."]] {
        let output = oyez(&dir, words);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{words:?}");
        let told = "oyez: the rules have 1 error, nothing was changed\n";
        assert!(stderr(&output).starts_with(told), "{}", stderr(&output));
        assert!(stderr(&output).contains("./b.rules:1:1: error: -b needs a value\n"), "{}", stderr(&output));
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let dir = folder(&[]);
    let output = oyez(&dir, &["rules", "check", "no.rules"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).starts_with("oyez: cannot read rules file \"no.rules\": "), "{}", stderr(&output));
}

#[test]
fn by_the_name_of_auditctl_it_is_auditctl() {
    let dir = folder(&[]);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_oyez"), dir.join("auditctl")).unwrap();
    let by_link = Command::new(dir.join("auditctl")).arg("-h").output().unwrap();
    let by_word = oyez(&dir, &["auditctl", "-h"]);
    assert_eq!(by_link.status.code(), Some(255));
    assert!(stdout(&by_link).starts_with("usage: auditctl [options]\n"), "{}", stdout(&by_link));
    assert_eq!((by_link.stdout, by_link.status.code()), (by_word.stdout, by_word.status.code()));
    assert_eq!(Command::new(dir.join("auditctl")).output().unwrap().status.code(), Some(1));
}
