//! Plans on a kernel in memory: what changes, in which order, and what is put back.

use std::path::PathBuf;

use oyez_netlink::fake::{FakeKernel, Field, Request as Asked};
use oyez_netlink::{Control, Kernel as _};
use oyez_rules::bytes;
use oyez_rules::diff::Step;
use oyez_rules::model::Rule;
use oyez_rules::text::{Code, PermSyscalls};
use oyez_tables::arch::Arch;
use rustix::io::Errno;

use super::apply::{Outcome, Refused, apply};
use super::changes::{Changes, changes};
use super::compile::{Act, Compiled, OnError, compile};
use super::files::RulesFile;
use super::held::{self, Held};
use super::host::{self, HostNames};
use super::show;

pub(crate) const OPEN: &str = "-a always,exit -F arch=b64 -S openat -F uid=5 -F key=open";
pub(crate) const EXEC: &str = "-a always,exit -F arch=b64 -S execve -F uid=5 -F key=exec";
pub(crate) const NEVER: &str = "-a never,exit -S all -F uid=5 -F pid=1";

/// The plan of files with these texts.
pub(crate) fn compiled(texts: &[&str]) -> Compiled {
    let file = |(number, text): (usize, &&str)| RulesFile {
        path: PathBuf::from(format!("{number}.rules")),
        text: text.as_bytes().to_vec(),
    };
    let files: Vec<_> = texts.iter().enumerate().map(file).collect();
    compile(&files, &host::target(Arch::X86_64, &HostNames::default(), PermSyscalls::Missing))
}

/// The rule of a line.
pub(crate) fn rule(line: &str) -> Rule {
    match compiled(&[line]).plan.acts.pop() {
        Some((Act::Add(rule), _)) => rule,
        other => panic!("{line}: {other:?}"),
    }
}

/// A kernel that holds these rules.
pub(crate) fn kernel(lines: &[&str]) -> FakeKernel {
    let kernel = FakeKernel::new();
    let mut control = Control::over(kernel.clone());
    for line in lines {
        control.add_rule(&bytes::encode(&rule(line))).unwrap();
    }
    kernel
}

/// What the kernel holds, as text.
pub(crate) fn lines(kernel: &FakeKernel) -> Vec<String> {
    held(kernel).rules.iter().map(show::text).collect()
}

fn held(kernel: &FakeKernel) -> Held {
    held::ask(&mut Control::over(kernel.clone())).unwrap()
}

fn changes_on(kernel: &FakeKernel, texts: &[&str]) -> Changes {
    let mut control = Control::over(kernel.clone());
    let (status, features) = (control.status().unwrap(), control.features().unwrap());
    changes(&compiled(texts).plan, &held(kernel), &status, features)
}

fn load(kernel: &FakeKernel, texts: &[&str], atomic: bool) -> Outcome {
    let changes = changes_on(kernel, texts);
    apply(&mut Control::over(kernel.clone()), &changes, &held(kernel), atomic).unwrap()
}

#[test]
fn a_plan_that_was_applied_changes_nothing_when_it_is_applied_again() {
    let kernel = kernel(&[NEVER]);
    let text = format!(
        "-b 8192\n-f 0\n-r 100\n--backlog_wait_time 60\n--loginuid-immutable\n-A {}\n{OPEN}\n{EXEC}\n-e 1\n",
        &NEVER[3..].replace("pid=1", "pid=2")
    );
    let outcome = load(&kernel, &[&text], false);
    assert_eq!((outcome.added, outcome.deleted, outcome.refused.len()), (3, 0, 0));
    let values = [Field::BacklogLimit, Field::Failure, Field::RateLimit, Field::BacklogWaitTime, Field::Enabled];
    assert_eq!(values.map(|field| kernel.get(field)), [8192, 0, 100, 60, 1]);
    let first = lines(&kernel);
    assert_eq!(first, [&NEVER.replace("pid=1", "pid=2"), NEVER, OPEN, EXEC]);
    assert!(changes_on(&kernel, &[&text]).is_empty());
}

#[test]
fn rules_in_no_file_stay_unless_the_files_are_the_whole_truth() {
    let kernel = kernel(&[NEVER, OPEN]);
    assert_eq!(load(&kernel, &[EXEC], false).deleted, 0);
    assert_eq!(lines(&kernel), [NEVER, OPEN, EXEC]);
    let before = kernel.requests().len();
    let outcome = load(&kernel, &[&format!("{EXEC}\n-D\n{NEVER}")], false);
    assert_eq!((outcome.added, outcome.deleted), (0, 1));
    assert_eq!(lines(&kernel), [EXEC, NEVER]);
    let asked = kernel.requests();
    assert!(asked[before..].contains(&Asked::DeleteRule));
}

#[test]
fn an_unchanged_rule_is_not_asked_about() {
    let kernel = kernel(&[OPEN]);
    let changes = changes_on(&kernel, &[&format!("-D\n{OPEN}\n{EXEC}")]);
    assert_eq!(changes.steps, [Step::Add(rule(EXEC))]);
}

#[test]
fn rules_are_deleted_by_a_key_that_holds_a_text_and_one_by_one() {
    let kernel = kernel(&[OPEN, EXEC, NEVER]);
    load(&kernel, &[&format!("-D -k xe\n{}\n", NEVER.replacen("-a", "-d", 1))], false);
    assert_eq!(lines(&kernel), [OPEN]);
    // What is to go and is not there is no error.
    assert!(changes_on(&kernel, &["-D -k xe\n"]).is_empty());
}

#[test]
fn a_refused_rule_is_named_with_its_reason_and_the_rest_is_done() {
    let kernel = kernel(&[]).refusing_rule(bytes::encode(&rule(OPEN)), Errno::INVAL.raw_os_error());
    let outcome = load(&kernel, &[&format!("-b 8192\n{OPEN}\n{EXEC}\n-e 1")], false);
    let [Refused::Add(refused, reason)] = &outcome.refused[..] else { panic!("{outcome:?}") };
    assert!(refused.same(&rule(OPEN)) && reason.contains("does not know"), "{reason}");
    assert_eq!(
        (lines(&kernel), kernel.get(Field::BacklogLimit), kernel.get(Field::Enabled)),
        (vec![EXEC.to_owned()], 8192, 1)
    );
}

#[test]
fn all_or_nothing_puts_rules_their_order_and_settings_back() {
    let kernel = kernel(&[NEVER, OPEN]).refusing_rule(bytes::encode(&rule(EXEC)), Errno::INVAL.raw_os_error());
    let third = OPEN.replace("openat", "close");
    let outcome = load(&kernel, &[&format!("-D\n-b 8192\n-f 0\n{OPEN}\n{third}\n{EXEC}\n-e 1")], true);
    assert_eq!((outcome.refused.len(), outcome.put_back), (1, Some(Vec::new())));
    assert_eq!((outcome.added, outcome.deleted), (0, 0));
    assert_eq!(lines(&kernel), [NEVER, OPEN]);
    let values = [Field::BacklogLimit, Field::Failure, Field::Enabled].map(|field| kernel.get(field));
    assert_eq!(values, [64, 1, 0]);
}

#[test]
fn all_or_nothing_ends_at_the_first_refusal() {
    let kernel = kernel(&[OPEN]).refusing_rule(bytes::encode(&rule(EXEC)), Errno::INVAL.raw_os_error());
    let kernel = kernel.refusing(Asked::Set(Field::Failure), Errno::PERM.raw_os_error());
    let outcome = load(&kernel, &[&format!("-b 8192\n-f 0\n{EXEC}")], true);
    // The first refusal ends it: the rule was not tried any more.
    assert!(matches!(outcome.refused[..], [Refused::Set(..)]), "{outcome:?}");
    assert_eq!((outcome.put_back, kernel.get(Field::BacklogLimit)), (Some(Vec::new()), 64));
}

#[test]
fn what_cannot_be_put_back_is_told() {
    let kernel = kernel(&[OPEN]).refusing(Asked::DeleteRule, Errno::PERM.raw_os_error());
    let outcome = load(&kernel, &[&format!("-D\n{EXEC}")], true);
    assert!(matches!(outcome.refused[..], [Refused::Delete(..)]), "{outcome:?}");
    assert!(matches!(outcome.put_back.as_deref(), Some([Refused::Delete(..)])), "{outcome:?}");
    assert_eq!((outcome.added, lines(&kernel).len()), (1, 2));
}

#[test]
fn the_lock_comes_last() {
    let kernel = kernel(&[]);
    let outcome = load(&kernel, &[&format!("-e 2\n-b 8192\n{OPEN}\n--loginuid-immutable")], false);
    assert_eq!(outcome.refused, []);
    assert_eq!((kernel.get(Field::Enabled), lines(&kernel).len()), (2, 1));
}

#[test]
fn a_rule_that_cannot_be_read_goes_with_d_and_only_then() {
    let kernel = kernel(&[OPEN]);
    let mut strange = bytes::encode(&rule(EXEC));
    // The first field of a kernel to come.
    strange[4 * (3 + 64)..][..4].copy_from_slice(&77_u32.to_ne_bytes());
    Control::over(kernel.clone()).add_rule(&strange).unwrap();
    assert!(changes_on(&kernel, &[OPEN]).is_empty());
    let outcome = load(&kernel, &[&format!("-D\n{OPEN}")], false);
    assert_eq!((outcome.deleted, held(&kernel).len()), (1, 1));
}

#[test]
fn a_rule_asked_for_twice_counts_once_and_is_told() {
    let changes = changes_on(&kernel(&[]), &[OPEN, &format!("# again\n{OPEN}")]);
    assert_eq!(changes.steps.len(), 1);
    let [(again, first)] = &changes.repeated[..] else { panic!("{changes:?}") };
    assert_eq!((again.line, first.line, again.file == first.file), (2, 1, false));
}

#[test]
fn lines_with_errors_are_left_out_of_a_plan_and_counted() {
    let compiled = compiled(&[&format!("-i\n{OPEN}\n-a always,exit -S opne -F gid=nogroup-x\n")]);
    assert_eq!((compiled.errors(), compiled.plan.lines_left_out, compiled.plan.acts.len()), (2, 1, 1));
    assert_eq!(compiled.plan.on_error, OnError::Ignore);
    let unknown = compiled.problems.iter().find(|placed| placed.problem.code == Code::UnknownUser).unwrap();
    assert!(unknown.problem.hint.as_ref().is_some_and(|hint| hint.contains("getent")), "{unknown:?}");
}

#[test]
fn questions_have_no_place_in_a_plan() {
    let compiled = compiled(&["-l\n-s\n-v\n-m hello\n--signal HUP\n-t\n--reset-lost\n"]);
    assert_eq!((compiled.problems.len(), compiled.errors(), compiled.plan.requests.len()), (5, 0, 2));
}
