//! `oyez import` as its users see it.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

fn import(words: &[&str]) -> Output {
    let mut oyez = Command::new(env!("CARGO_BIN_EXE_oyez"));
    oyez.args(["import", "auditd"]).args(words).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn the_exit_code_says_whether_all_is_done() {
    let dir = TempDir::new().unwrap();
    let (conf, plugins) = (dir.join("auditd.conf"), dir.join("plugins.d"));
    let words = ["--auditd-conf", conf.to_str().unwrap(), "--plugins-dir", plugins.to_str().unwrap()];
    assert_eq!(import(&words).status.code(), Some(3), "there is no auditd.conf");
    fs::write(&conf, "log_format = RAW\nfreq = 50\n").unwrap();
    assert_eq!(import(&words).status.code(), Some(3), "there is no plugins.d, though it was named");
    fs::create_dir(&plugins).unwrap();
    fs::write(plugins.join("b.conf"), "active = yes\npath = /sbin/b\n").unwrap();
    fs::write(plugins.join("a.conf"), "active = yes\npath = /sbin/a\n").unwrap();
    fs::write(plugins.join("c.conf.bak"), "active = yes\npath = /sbin/c\n").unwrap();
    let done = import(&words);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("oyez: auditd.conf:2: freq = 50: done otherwise: "));
    let commands: Vec<_> = text(&done.stdout).lines().filter(|line| line.starts_with("command")).collect();
    assert_eq!(commands, ["command = [\"/sbin/a\"]", "command = [\"/sbin/b\"]"]);
    fs::write(&conf, "disk_full_action = HALT\n").unwrap();
    let incomplete = import(&words);
    assert_eq!(incomplete.status.code(), Some(1));
    assert!(text(&incomplete.stderr).contains("disk_full_action = HALT: no counterpart"));
}

#[test]
fn a_directory_of_plugins_that_nobody_named_need_not_be_there() {
    let dir = TempDir::new().unwrap();
    let conf = dir.join("auditd.conf");
    fs::write(&conf, format!("plugin_dir = {}\n", dir.join("none").display())).unwrap();
    assert_eq!(import(&["--auditd-conf", conf.to_str().unwrap()]).status.code(), Some(0));
}

#[test]
fn what_debian_installs_is_imported_whole() {
    if !Path::new("/etc/audit/auditd.conf").exists() {
        return skipped("no auditd here");
    }
    let output = import(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("type = \"file\""));
}
