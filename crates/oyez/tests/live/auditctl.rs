//! `oyez auditctl` beside auditctl 3.0.9: the same command lines on the same rules, compared byte for byte.
//!
//! Lines that only ask, that fail, or whose rules are for uid 5. What differs on purpose is told in
//! `oyez::cli::auditctl` and is not in the tables.

use std::fs;
use std::process::Command;

use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;
use oyez_testkit::live::{Turn, auditctl};

/// What each line finds in the kernel.
const BASE: [&str; 2] =
    ["-a always,exit -F arch=b64 -S openat -F uid=5 -k abc", "-a never,exit -F uid=5 -F pid=1 -S close -k zabcz -k k"];

/// Command lines, words apart by one space.
const LINES: &str = "\
-s
-s -i
-s -x
-s -i x
-si
-is
-i -s
-i
-c
-c -l
-v
-v x
-vl
-l
-l -i
-l -k abc
-l -k ab
-l -k nope
-l -k
-l -i x
-l -i -k abc
-l x
-li
-D
-D -k zabc
-D -k abc
-D -k nope
-D x
-D -k
-D x y
-R
-R /nonexistent/x y
-m
-m two words
-x
--help
--frob
--signal
--signal nosuch
--signal HUP
--signal=HUP
--signal HUP x
-t
-t x
-q a
-q a,b,c
-q /nonexistent/a,/nonexistent/b
-e
-e 3
-e 1x
-e 0
-e 0 x
-e 0 -f 1
-f 7
-f 1
-b x
-b -1
-b 64 -r 0
-r x
-r 0
--backlog_wait_time x
--backlog_wait_time 99999999
-a
-a always
-a always,nope -F uid=5
-a exit,exit -F uid=5
-A foo,bar -F uid=5
-d foo,bar -F uid=5
-a exit,possible -F uid=5
-d exit,possible -F uid=5
-a possible,exit -F uid=5
-a always,exit -F uid=5 -a always,exit
-a always,exit -F uid=5 -A always,exit
-a always,exit -F uid=5 -d always,exit
-a always,exit -F uid=5 -w /x
-a always,exit -F uid=5 -W /x
-a always,exit -F uid=5 -l
-a always,exit -F uid=5 -s
-a always,exit -F uid=5 -D
-a always,exit -F uid=5 -v
-a always,exit -F uid=5 -R /x
-a always,exit -F uid=5 -m x
-a always,exit -F uid=5 -c
-a always,exit -F uid=5 -e 0
-a always,exit -F uid=5 extra
-F uid=5
-S open
-k abc
-p r
-C uid=euid
-W rel
-W /nonexistent/a
-W /nonexistent/../a
-W /nonexistent/*
-W /x -p q
-W /x -W /y
-a always,exit -F uid=5
-a exit,always -F uid=5 -S close -k x
-A never,user -F uid=5
-a never,task -F uid=5
-a always,exclude -F uid=5 -F msgtype=LOGIN
-a always,exit -F arch=b64 -S openat -F uid=5 -k abc
-a always,exit -F uid=5 -S open
-a always,exit -F uid=5 -S open,nosuch
-a always,exit -F uid=5 -S 5
-a always,exit -F uid=5 -S -1
-a always,exit -F uid=5 -S 2048
-a always,exit -F arch=aarch64 -F uid=5 -S open
-a always,exit -F arch=aarch64 -F uid=5 -S openat
-a always,exit -F arch=b99 -F uid=5
-a always,exit -F uid=5 -S open -F arch=b64
-a always,exit -F uid=5 -F arch>b64
-a always,user -F uid=5 -S open
-a always,task -F uid=5 -S open
-a always,exclude -F uid=5 -S open
-a always,exit -F uid=5 -F
-a always,exit -F uid=5 -F uid
-a always,exit -F uid=5 -F =1
-a always,exit -F uid=5 -F nosuch
-a always,exit -F uid=5 -F nosuch=1
-a always,exit -F uid=5 -F gid=
-a always,exit -F uid=5 -F uid=nosuchuser
-a always,exit -F uid=5 -F uid==
-a always,exit -F uid=5 -F uid=!5
-a always,exit -F uid=5 -F gid=nosuchgroup
-a always,exit -F uid=5 -F obj_gid=nosuchgroup
-a always,exit -F uid=5 -F auid=games -F obj_uid=games -F gid=games
-a always,exit -F uid=5 -F auid=unset -F auid=-1 -F auid=4294967295
-a always,exit -F uid=5 -F uid=-2
-a always,exit -F uid=5 -F pid=x
-a always,exit -F uid=5 -F exit=foo
-a always,exit -F uid=5 -F exit=-EFOO
-a always,exit -F uid=5 -F exit=-EPERM -F a0=5 -F a1&0xff
-a always,exit -F uid=5 -F a0=zz
-a always,exit -F uid=5 -F a4=1
-a always,exit -F uid=5 -F perm=
-a always,exit -F uid=5 -F perm=z
-a always,exit -F uid=5 -F perm=rwxar
-a always,exit -F uid=5 -p r
-a always,exit -F uid=5 -F inode>5
-a always,exit -F uid=5 -F inode=x
-a always,exit -F uid=5 -F uid&5
-a always,exit -F uid=5 -F filetype=zz
-a always,exit -F uid=5 -F filetype=dir
-a always,exit -F uid=5 -F success=maybe
-a always,exit -F uid=5 -F saddr_fam=99 -S connect
-a always,exit -F uid=5 -F saddr_fam=2 -S connect
-a always,exit -F uid=5 -F sessionid=unset
-a always,exit -F uid=5 -F path=rel
-a always,exit -F uid=5 -F path=/a -F path=/b
-a always,exit -F uid=5 -F path!=/x
-a always,exit -F uid=5 -F path=/nonexistent/x -F perm=wa
-a always,exit -F uid=5 -F path=/tmp/x -F perm=wa -k foo
-a always,exit -F uid=5 -F dir=/nonexistent
-a always,exit -F uid=5 -F exe=rel
-a always,exit -F uid=5 -F exe=/bin/nosuch -k x
-a always,exit -F uid=5 -F msgtype=LOGIN
-a always,exclude -F uid=5 -F msgtype=NOSUCH
-a always,exclude -F uid=5 -F exit=1
-a always,task -F uid=5 -F exit=1
-a always,user -F uid=5 -F path=/x
-a always,exit -F uid=5 -F fstype=tracefs
-a always,filesystem -F uid=5 -F fstype=zz
-a always,filesystem -F fstype=tracefs -F uid=5
-a always,exit -F uid=5 -F subj_type>x
-a always,exit -F uid=5 -F subj_type=x -F subj_user=y
-a always,exit -F uid=5 -k x
-a always,exit -F uid=5 -F key=x
-a always,exit -F uid=5 -k x -S close
-a always,exit -F uid=5 -C uid
-a always,exit -F uid=5 -C uid>euid
-a always,exit -F uid=5 -C uid=
-a always,exit -F uid=5 -C foo=bar
-a always,exit -F uid=5 -C uid=nosuch
-a always,exit -F uid=5 -C pid=uid
-a always,exit -F uid=5 -C uid=uid
-a always,exit -F uid=5 -C auid!=euid
-a always,task -F uid=5 -C uid=euid
-w rel -F uid=5
-w /tmp/x -F uid=5 -F uid=nosuchuser
-w /tmp/x -F uid=5
-d always,exit -F uid=5 -S open
-d always,exit -F arch=b64 -S openat -F uid=5 -k abc
-d always,exit -F arch=b64 -S openat -F uid=5";

/// Rules files; the first rule of each is good, since auditctl keeps silent up to there.
const FILES: [&str; 6] = [
    "-D\n\n# c\n-a always,exit -F arch=b64 -F uid=5 -S open\n-b 64\n-a always,exit -F uid=5 -S close\n",
    "-D\n-a always,exit -F arch=b64 -F uid=5 -S open\n-a always,exit -F uid=5 -S nosuch\n-b 64\n",
    "-c\n-D\n-a always,exit -F arch=b64 -F uid=5 -S open\n-a always,exit -F arch=b64 -F uid=5 -S open\n-b x\n-x\nfoo\n\
     -w rel -F uid=5\n-l x\n-a always,exit -F uid=5 -F gid=nosuch\n-s\n-l\n-v\n",
    "-i\n-a always,exit -F uid=5 -S all\n-a always,exit -F uid=5 -F nosuch=5\n-R x\n-m a b\n-a always,exit -F uid=5 x\n",
    "-a always,exit -F uid=5 -F path=/tmp/a\\ b -F perm=wa -k x\n-D -k x\n-l\n",
    "",
];

/// What a command line came to: output, errors, exit code, and the rules it left.
type Came = (String, String, Option<i32>, String);

fn run(mut command: Command, words: &[&str]) -> Came {
    auditctl("-D");
    for rule in BASE {
        auditctl(rule);
    }
    let output = command.args(words).output().unwrap();
    let rules = Command::new("auditctl").arg("-l").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (without_counts(&text(&output.stdout)), text(&output.stderr), output.status.code(), text(&rules.stdout))
}

/// The status without the counts that rise by themselves.
fn without_counts(text: &str) -> String {
    let count = |line: &&str| !line.starts_with("lost ") && !line.starts_with("backlog_wait_time_actual ");
    text.split_inclusive('\n').filter(count).collect()
}

fn compare(words: &[&str]) -> Option<String> {
    let adds = words.iter().any(|word| ["-a", "-A", "-w"].contains(word));
    // One that reached the kernel without its scope would be about every process.
    let harmless = !adds || words.contains(&"uid=5") || words.len() == 1 || words == ["-a", "always"];
    assert!(harmless, "{words:?}");
    let theirs = run(Command::new("auditctl"), words);
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    command.arg("auditctl");
    let ours = run(command, words);
    (theirs != ours).then(|| format!("{}\n  auditctl: {theirs:?}\n      oyez: {ours:?}", words.join(" ")))
}

fn is_of_version_3_0_9() -> bool {
    let output = Command::new("auditctl").arg("-v").output();
    let same = output.is_ok_and(|output| output.stdout == b"auditctl version 3.0.9\n");
    if !same {
        skipped("auditctl is not of version 3.0.9");
    }
    same
}

#[test]
#[ignore = "puts rules for uid 5 into this host's kernel for some seconds"]
fn command_lines_come_to_the_same_as_with_auditctl() {
    let Some(turn) = Turn::take() else { return };
    if !is_of_version_3_0_9() {
        return;
    }
    let different: Vec<_> = LINES.lines().filter_map(|line| compare(&line.split(' ').collect::<Vec<_>>())).collect();
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    auditctl("-D");
    turn.assert_as_found();
}

#[test]
#[ignore = "puts rules for uid 5 into this host's kernel for some seconds"]
fn rules_files_come_to_the_same_as_with_auditctl() {
    let Some(turn) = Turn::take() else { return };
    if !is_of_version_3_0_9() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let path = dir.join("test.rules");
    let mut different = Vec::new();
    for text in FILES {
        assert!(text.lines().all(|line| !line.starts_with("-a") || line.contains("uid=5")), "{text}");
        fs::write(&path, text).unwrap();
        different.extend(compare(&["-R", path.to_str().unwrap()]));
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    auditctl("-D");
    turn.assert_as_found();
}
