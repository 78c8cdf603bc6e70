//! Rules in the running kernel: oyez and auditctl see each other's, and a change of rules hides nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use oyez_testkit::TempDir;
use oyez_testkit::live::{Turn, auditctl};

use crate::daemon::Home;
use crate::games::Storm;
use crate::truth::assert_each_once;

/// Rules of many kinds, none for another process than those of uid 5.
const RULES: &str = "\
# lists and actions
-a never,user -F uid=5 -F msgtype=USER_LOGIN
-a never,task -F uid=5 -F gid=5
-a always,exclude -F uid=5 -F msgtype=CWD -F subj_type=nobody_t
# calls
-a always,exit -F arch=b64 -S openat,open,connect -F uid=5 -k one -k two
-a exit,always -F arch=b32 -S open -S 5 -F uid=5 -F exit=-EACCES
-a always,exit -F uid=5 -F auid!=unset -F auid>=1000 -C uid!=euid -S all -k c
-A never,exit -F uid=5 -F pid=1
# values
-a always,exit -F arch=b64 -S openat -F uid=5 -F a0=-100 -F a1&0x3 -F success=0 -F sessionid!=-1
-a always,exit -F arch=b64 -S mknodat -F uid=5 -F filetype=fifo -F inode!=5 -F devmajor=8 -F obj_uid=root
-a always,exit -F path=/etc/passwd -F perm=wa -F uid=5 -k passwd
-a always,exit -F dir=/etc -F perm=x -F uid=5 -k folder
-a always,exit -F exe=/bin/true -F uid=5 -S execve
-a always,exit -F arch=b64 -S connect -F saddr_fam=10 -F uid=5 -F pers=0 -F obj_lev_low=s0
";

/// A rules file in a folder of its own.
struct File {
    _dir: TempDir,
    path: PathBuf,
}

fn file(text: &str) -> File {
    let scoped = |line: &str| !line.starts_with("-a") && !line.starts_with("-A") || line.contains("uid=5");
    assert!(text.lines().all(scoped), "a rule that others could match");
    let dir = TempDir::new().unwrap();
    let path = dir.join("test.rules");
    fs::write(&path, text).unwrap();
    File { _dir: dir, path }
}

fn oyez(words: &[&str], path: Option<&Path>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oyez")).arg("rules").args(words).args(path).output().unwrap()
}

fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What `auditctl -l` says.
fn listed() -> String {
    done(&Command::new("auditctl").arg("-l").output().unwrap())
}

#[test]
#[ignore = "puts rules for uid 5 into this host's kernel for a second"]
fn what_one_loads_the_other_lists_the_same() {
    let Some(turn) = Turn::take() else { return };
    let file = file(RULES);
    let count = RULES.lines().filter(|line| line.starts_with('-')).count();

    let first = done(&oyez(&["load", "--atomic"], Some(&file.path)));
    assert_eq!(first, format!("added {count} rules, deleted 0: the kernel holds {count} rules\n"));
    let (by_oyez, own) = (listed(), done(&oyez(&["list"], None)));
    let second = done(&oyez(&["load"], Some(&file.path)));
    assert_eq!(second, format!("nothing to change: the kernel holds {count} rules, as the files say\n"));
    assert_eq!(done(&oyez(&["clear"], None)), format!("deleted {count} rules\n"));

    auditctl(&format!("-R {}", file.path.display()));
    assert_eq!(listed(), by_oyez);
    assert_eq!(done(&oyez(&["list"], None)), own);
    assert_eq!(done(&oyez(&["diff"], Some(&file.path))), "");

    // What list prints loads back, and auditctl takes it as well.
    auditctl("-D");
    let again = self::file(&own);
    auditctl(&format!("-R {}", again.path.display()));
    assert_eq!(listed(), by_oyez);
    auditctl("-D");
    turn.assert_as_found();
}

#[test]
#[ignore = "puts rules for uid 5 into this host's kernel for a second"]
fn a_rule_that_the_kernel_refuses_is_named_and_atomic_leaves_nothing() {
    let Some(turn) = Turn::take() else { return };
    let file =
        file("-a always,exit -F arch=b64 -S openat -F uid=5\n-a always,exit -F dir=/nonexistent -F uid=5 -S all\n");
    let told = format!("oyez: {}:2: the kernel refused ", file.path.display());
    for (words, rules) in [(&["load", "--atomic"][..], 0), (&["load"], 1)] {
        let output = oyez(words, Some(&file.path));
        assert_eq!(output.status.code(), Some(4));
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.starts_with(&told) && errors.ends_with("the folder does not exist\n"), "{errors}");
        assert_eq!(listed().lines().filter(|line| line.starts_with('-')).count(), rules);
    }
    auditctl("-D");
    turn.assert_as_found();
}

/// Sets of rules that all record what the workload does, by rules that move, come and go.
const SETS: [&str; 4] = [
    "-D\n-a always,exit -F arch=b64 -S openat -F uid=5 -k oyez\n-a always,exit -F arch=b64 -S connect -F uid=5\n",
    "-D\n-a never,exit -F arch=b64 -S openat -F uid=5 -F pid=1\n-a always,exit -F arch=b64 -S connect -F uid=5\n\
     -a always,exit -F arch=b64 -S openat -F uid=5 -k oyez\n",
    "-D\n-a always,exit -F arch=b64 -S openat,execve -F uid=5 -k other\n",
    "-D\n-a always,exit -F arch=b64 -S execve -F uid=5\n-a always,exit -F arch=b64 -S openat -F uid=5 -k oyez\n\
     -a always,exit -F arch=b64 -S openat,execve -F uid=5 -k other\n",
];

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn no_event_that_old_and_new_rules_record_is_lost_while_they_change() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    let files = SETS.map(file);
    done(&oyez(&["load"], Some(&files[0].path)));
    let storm = Storm::start(&home.yard(), 2, Duration::from_micros(50));
    for round in 0..60 {
        let output = oyez(&["load", "--atomic"], Some(&files[(round * 3 + 1) % SETS.len()].path));
        assert!(!done(&output).starts_with("nothing"));
    }
    let opened: Vec<_> = storm.stop().into_iter().flatten().collect();
    daemon.catch_up(&home.yard());
    assert!(opened.len() > 2000, "{} opens", opened.len());
    assert_each_once(&opened, &daemon.events().paths());
    daemon.end().assert_nothing_lost();
    done(&oyez(&["clear"], None));
    turn.assert_as_found();
}
