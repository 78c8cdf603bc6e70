//! `oyez suggest` as its users see it: what is printed goes as it is into the other commands, and hides no failure and no secret.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};

use oyez_testkit::{TempDir, corpus};

fn oyez(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oyez")).args(words).stdin(Stdio::null()).output().unwrap()
}

/// What a command prints that has nothing to complain of.
fn printed(words: &[&str]) -> String {
    let output = oyez(words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn file(dir: &TempDir, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// One open, as the kernel tells it.
fn open(log: &mut String, second: usize, exe: &str, path: &str, exit: i32) {
    let stamp = format!("msg=audit({}.000:{second}):", 1_795_406_400 + second);
    let success = if exit < 0 { "no" } else { "yes" };
    writeln!(
        log,
        "type=SYSCALL {stamp} arch=c000003e syscall=257 success={success} exit={exit} a0=ffffff9c a1=7ff0 a2=0 a3=0 items=1 \
         ppid=600 pid=700 auid=1000 uid=1000 gid=0 euid=1000 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=2 comm=\"x\" \
         exe=\"{exe}\" subj=unconfined key=\"etc\"\n\
         type=PATH {stamp} item=0 name=\"{path}\" inode=59 dev=00:02 mode=0100644 nametype=NORMAL"
    )
    .unwrap();
}

const PROGRAMS: [&str; 4] = ["/usr/sbin/ntpd", "/bin/cat", "/bin/busybox", "/bin/openstorm"];

fn made() -> String {
    let mut log = String::new();
    for second in 0..400 {
        for (exe, path) in PROGRAMS.iter().zip(["/etc/ntp/keys", "/etc/hosts", "/srv/data/x", "/etc/crontab"]) {
            open(&mut log, second * 10, exe, path, 3);
        }
        let number = 40_000 + second;
        writeln!(
            log,
            "type=SYSCALL msg=audit({}.500:{number}): arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 \
             ppid=1 pid=600 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=2 comm=\"x\" \
             exe=\"/usr/sbin/ntpd\" subj=unconfined key=\"etc\"",
            1_795_406_400 + second * 10
        )
        .unwrap();
    }
    log
}

/// Opens of secrets, and opens that failed, by the programs that make most of the volume.
fn touchy() -> (String, usize) {
    let mut log = String::new();
    let mut count = 0;
    for exe in PROGRAMS.iter().chain(&["/usr/sbin/nginx", "/bin/true", "/bin/pacer"]) {
        for (path, exit) in [
            ("/etc/shadow", -13),
            ("/etc/shadow", 3),
            ("/etc/../etc/shadow", 3),
            ("/root/.ssh/id", 3),
            ("/etc/x/y", -13),
        ] {
            count += 1;
            open(&mut log, count, exe, path, exit);
        }
    }
    (log, count)
}

fn hides_nothing_of_that(dir: &TempDir, log: &str) {
    let filters = file(dir, "filters.toml", &printed(&["suggest", "--min-share", "0.1%", "--filters", log]));
    let rules = file(dir, "oyez.rules", &printed(&["suggest", "--min-share", "0.1%", "--rules", log]));
    assert!(std::fs::read_to_string(&filters).unwrap().contains("\nname = \"drop "));
    assert!(std::fs::read_to_string(&rules).unwrap().contains("\n-a never,exit "));
    printed(&["check", &filters]);
    printed(&["rules", "check", &rules]);
    let (text, count) = touchy();
    let touchy = file(dir, "touchy.log", &text);
    let table = printed(&["filter", "test", "--filter", &filters, &touchy]);
    assert!(table.contains("drop "), "{table}");
    let left = printed(&["parse", "--filter", &filters, &touchy]);
    assert_eq!(left.lines().count(), count, "{left}");
}

#[test]
fn what_is_suggested_is_pasted_whole_and_hides_no_failure_and_no_secret() {
    let dir = TempDir::new().unwrap();
    let log = file(&dir, "audit.log", &made());
    hides_nothing_of_that(&dir, &log);
}

#[test]
fn what_is_suggested_of_a_recorded_log_hides_no_failure_and_no_secret() {
    let recorded = corpus::shared("corpus").map(|corpus| corpus.join("recorded/enriched-seed.log.zst"));
    let Some(log) = recorded.filter(|log| log.is_file()) else {
        return println!("skipped: no recorded log here");
    };
    hides_nothing_of_that(&TempDir::new().unwrap(), log.to_str().unwrap());
}

#[test]
fn text_and_json_say_what_only_a_live_event_has() {
    let dir = TempDir::new().unwrap();
    let mut log = String::new();
    for number in 0..200_usize {
        for (call, pid, ppid, exe) in [(59, 600, 1, "/usr/sbin/cron"), (59, 1000 + number, 600, "/bin/sh")] {
            writeln!(
                log,
                "type=SYSCALL msg=audit({}.000:{}): arch=c000003e syscall={call} success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 \
                 ppid={ppid} pid={pid} auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=2 \
                 comm=\"x\" exe=\"{exe}\" subj=unconfined key=\"exec\"",
                1_795_406_400 + number,
                number * 2 + usize::from(pid == 600)
            )
            .unwrap();
        }
    }
    let log = file(&dir, "audit.log", &log);
    let text = printed(&["suggest", &log]);
    assert_eq!(text.matches("`oyez filter test` shows 0").count(), 1, "{text}");
    let json: serde_json::Value = serde_json::from_str(&printed(&["suggest", "--json", &log])).unwrap();
    for suggestion in json["suggestions"].as_array().unwrap() {
        assert_eq!(suggestion["live"] == true, suggestion["what"]["parent"].is_string(), "{suggestion}");
    }
    assert!(!oyez(&["suggest", "--filters", "--rules", &log]).status.success());
}
