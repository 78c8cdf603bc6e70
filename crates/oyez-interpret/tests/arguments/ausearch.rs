//! Debian's `ausearch`: runs it on made records and takes `exit=` and `a0=` to `a3=` out of what it prints.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use oyez_testkit::TempDir;

use crate::cases::Case;

/// What it says of one record.
#[derive(Default, Clone)]
pub(crate) struct Said {
    pub(crate) exit: String,
    pub(crate) args: [String; 4],
}

/// Its reading of every case, in order; `None` where there is no `ausearch`.
pub(crate) fn interpreted(cases: &[Case]) -> Option<Vec<Said>> {
    let folder = TempDir::new().expect("a temporary directory");
    let log = folder.join("audit.log");
    std::fs::write(&log, records(cases)).expect("the log is written");
    let mut command = Command::new("ausearch");
    command.args(["-i", "-if"]).arg(&log).env("TZ", "UTC").env("LC_ALL", "C").stdin(Stdio::null());
    let output = match command.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.expect("ausearch runs"),
    };
    let mut said = vec![Said::default(); cases.len()];
    let mut found = 0;
    for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with("type=SYSCALL")) {
        let serial = line.split_once(") :").and_then(|(head, _)| head.rsplit(':').next()?.parse::<usize>().ok());
        let serial = serial.unwrap_or_else(|| panic!("{line}"));
        said[serial - 1] = taken(line).unwrap_or_else(|| panic!("{line}"));
        found += 1;
    }
    assert_eq!(found, cases.len(), "ausearch finds every record");
    Some(said)
}

fn taken(line: &str) -> Option<Said> {
    let between = |from: &str, to: &str| Some(line.split_once(from)?.1.split_once(to)?.0.to_owned());
    let exit = between(" exit=", " a0=")?;
    let args =
        [between(" a0=", " a1=")?, between(" a1=", " a2=")?, between(" a2=", " a3=")?, between(" a3=", " items=")?];
    Some(Said { exit, args })
}

fn records(cases: &[Case]) -> String {
    let mut text = String::new();
    for (at, case) in cases.iter().enumerate() {
        let [a0, a1, a2, a3] = case.args;
        let success = if case.exit < 0 { "no" } else { "yes" };
        let _ = writeln!(
            text,
            "type=SYSCALL msg=audit({}.250:{}): arch={:x} syscall={} success={success} exit={} a0={a0:x} a1={a1:x} \
             a2={a2:x} a3={a3:x} items=0 ppid=1 pid=2 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 \
             tty=(none) ses=1 comm=\"x\" exe=\"/bin/x\" key=(null)",
            // Seconds apart, so that ausearch takes each event for complete and holds none.
            1_000_000_000 + 4 * at,
            at + 1,
            case.arch.audit(),
            case.number,
            case.exit,
        );
    }
    text
}
