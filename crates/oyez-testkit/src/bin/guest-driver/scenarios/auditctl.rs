//! What auditctl answers where a host would not come back from it: on a locked kernel, and on the way there.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::oyez::path;

/// Where the first boot leaves its answers for the second.
const ANSWERS: &str = "/shared/answers";

/// Command lines, words apart by one space, in the order in which they are given. From `-e 2` on the kernel is locked.
const LINES: &str = "\
-s
--loginuid-immutable
--loginuid-immutable
-s -i
--reset-lost
--reset_backlog_wait_time_actual
-w /etc/passwd -p wa -k first
-a always,exit -F arch=b64 -S openat -F uid=7 -k second
-w /etc/passwd -p wa -k first
-W /etc/nothing -p wa
-a never,exclude -F msgtype=1000
-l
-b 100
-f 0
-r 9
-m hello
-t
-q /a,/b
-R RULES
-l
-e 2
-s
-s -i
-l
-l -i
-l -k first
-a always,exit -F arch=b64 -S openat -F uid=8
-a always,exit -F arch=b64 -S nosuch
-a always,exit -F arch=b64 -S openat -F uid=8 stray
-a always,exit -F nosuch=1
-a always,exit -F uid=-1
-a always,exit -F gid=-1
-a always,nosuch
-a never,task -S open
-d always,exit -S nosuch
-S open
-F uid=7
-k key -a always,exit -S 2
-a possible,exit -S 2
-w relative -p wa
-w /etc/group -p wz
-w /etc/group -a always,exit
-w /etc/group -k
-W /etc/group -p wz
-p wa
-C uid=gid -a always,exit
-d always,exit -F arch=b64 -S openat -F uid=7 -k second
-w /etc/group -p wa
-W /etc/passwd -p wa -k first
-D
-D -k nope
-b 200
-f 1
-r 0
-e 0
-e 1
-e 2
-b 200 -a always,exit -F arch=b64 -S openat -F uid=8
--backlog_wait_time 5
--reset-lost
--reset_backlog_wait_time_actual
--loginuid-immutable
-R RULES
-R /nonexistent
-R BROKEN
-m hello
-t
-q /a,/b
-c
-i
-v
--signal HUP";

/// Boot 1 asks auditctl and boot 2 asks oyez, each on a kernel of its own that has heard the same lines.
pub(super) fn answers_alike(boot: u32) -> Result<()> {
    let (rules, broken) = (path("rules"), path("broken"));
    fs::write(&rules, "-b 320\n-a always,exit -F arch=b64 -S execve -F uid=7 -k third\n")?;
    fs::write(&broken, "-a always,exit -S nosuch\n-b x\n")?;
    let (rules, broken) = (rules.display().to_string(), broken.display().to_string());
    let lines: Vec<_> = LINES.lines().map(|line| line.replace("RULES", &rules).replace("BROKEN", &broken)).collect();
    let program: &[&str] = if boot == 1 { &["auditctl"] } else { &["/bin/oyez", "auditctl"] };
    let answers: Vec<_> = lines.iter().map(|line| answer(program, line)).collect::<Result<_>>()?;
    let answers = answers.join("\0");
    if boot == 1 {
        return fs::write(ANSWERS, answers).context("cannot keep the answers");
    }
    let theirs = fs::read_to_string(ANSWERS).context("cannot read the answers of auditctl")?;
    let different: Vec<_> = (theirs.split('\0').zip(answers.split('\0')))
        .filter(|(theirs, ours)| theirs != ours)
        .map(|(theirs, ours)| format!("{theirs}oyez:\n{ours}"))
        .collect();
    ensure!(theirs.split('\0').count() == lines.len(), "auditctl was asked something else");
    ensure!(different.is_empty(), "{} of {} answers differ\n{}", different.len(), lines.len(), different.join("\n"));
    Ok(())
}

/// Exit code, errors and output; counts that time makes are left out.
fn answer(program: &[&str], line: &str) -> Result<String> {
    let words = program.iter().copied().skip(1).chain(line.split(' '));
    let output = Command::new(program[0]).args(words).output().context("cannot run auditctl")?;
    let (out, err) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    let counts = ["lost", "backlog", "backlog_wait_time_actual"];
    let text = |text: &str| -> String {
        let lines = text.lines().map(|line| match line.split_once(' ') {
            Some((name, _)) if counts.contains(&name.trim_end_matches(':')) => format!("{name} N\n"),
            _ => format!("{line}\n"),
        });
        lines.collect()
    };
    Ok(format!("{line}: {:?}\n{}{}", output.status.code(), text(&err), text(&out)))
}
