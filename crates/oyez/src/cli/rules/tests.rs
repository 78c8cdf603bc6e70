//! The commands on a kernel in memory.

use std::ffi::OsString;
use std::fs;

use oyez_netlink::Control;
use oyez_netlink::fake::{FakeKernel, Field};
use oyez_rules::bytes;
use oyez_testkit::TempDir;
use rustix::io::Errno;

use super::args::{ClearArgs, DiffArgs, Files, ListArgs, LoadArgs, RuleArgs, SaveArgs};
use super::{Answer, add, clear, delete, diff, list, load, save};
use crate::exit::{self, Exit};
use crate::rules::tests::{EXEC, NEVER, OPEN, compiled, kernel, lines, rule};

fn loading(kernel: &FakeKernel, text: &str, atomic: bool, dry_run: bool) -> anyhow::Result<Answer> {
    let args = LoadArgs { files: Files::default(), atomic, dry_run };
    load::on_kernel(&compiled(&[text]).plan, &mut Control::over(kernel.clone()), &args)
}

#[test]
fn a_second_load_says_that_nothing_changes() {
    let kernel = kernel(&[NEVER]);
    let text = format!("-D\n-b 8192\n{OPEN}\n{EXEC}\n");
    let first = loading(&kernel, &text, false, false).unwrap();
    let expected = "added 2 rules, deleted 1, changed 1 setting: the kernel holds 2 rules\n";
    assert_eq!((first.text.as_str(), first.exit), (expected, Exit::Done));
    let second = loading(&kernel, &text, false, false).unwrap();
    let expected = "nothing to change: the kernel holds 2 rules, as the files say\n";
    assert_eq!((second.text.as_str(), second.exit), (expected, Exit::Done));
}

#[test]
fn an_order_that_is_not_the_files_is_told() {
    let kernel = kernel(&[OPEN, EXEC]);
    let answer = loading(&kernel, &format!("{NEVER}\n{EXEC}\n{OPEN}\n"), false, false).unwrap();
    assert_eq!(lines(&kernel), [OPEN, EXEC, NEVER]);
    let told = "0.rules:2: warning: it stands behind 0.rules:3 in the kernel, where it was before: with -D in a file all \
                rules have the order of the files";
    assert_eq!(answer.notes, [told]);
    let again = loading(&kernel, &format!("{OPEN}\n{EXEC}\n"), false, false).unwrap();
    assert_eq!((again.notes.len(), again.text.starts_with("nothing to change")), (0, true));
    assert!(loading(&kernel, &format!("-D\n{NEVER}\n{OPEN}\n"), false, false).unwrap().notes.is_empty());
}

#[test]
fn a_refused_rule_is_named_with_its_place_and_the_end_is_as_the_files_ask() {
    let refusing = || kernel(&[]).refusing_rule(bytes::encode(&rule(OPEN)), Errno::NOENT.raw_os_error());
    let text = format!("{EXEC}\n{OPEN}\n");
    let answer = loading(&refusing(), &text, false, false).unwrap();
    assert_eq!(answer.exit, Exit::Unavailable);
    assert!(answer.notes[0].starts_with(&format!("0.rules:2: the kernel refused {OPEN}: ")), "{:?}", answer.notes);
    let kernel = refusing();
    let answer = loading(&kernel, &text, true, false).unwrap();
    assert_eq!(answer.text, "everything was put back: the kernel holds 0 rules\n");
    assert_eq!((answer.exit, lines(&kernel).len()), (Exit::Unavailable, 0));
    assert_eq!(loading(&refusing(), &format!("-i\n{text}"), false, false).unwrap().exit, Exit::Done);
    assert_eq!(loading(&refusing(), &format!("-c\n{text}"), false, false).unwrap().exit, Exit::Incomplete);
}

#[test]
fn a_locked_kernel_says_so_and_what_differs_unless_nothing_does() {
    let kernel = kernel(&[OPEN]);
    kernel.set(Field::Enabled, 2);
    let error = loading(&kernel, &format!("-D\n{EXEC}\n-b 128\n"), false, false).unwrap_err();
    assert_eq!(exit::of(&error), Exit::Unavailable);
    let told = error.to_string();
    assert!(told.contains("locked until the next boot"), "{told}");
    assert!(told.ends_with(&format!("\n- {OPEN}\n+ {EXEC}\n~ backlog_limit 64 -> 128")), "{told}");
    assert_eq!(loading(&kernel, &format!("-D\n{OPEN}\n-e 2"), false, false).unwrap().exit, Exit::Done);
}

#[test]
fn a_dry_run_tells_the_steps_and_takes_none() {
    let kernel = kernel(&[OPEN, EXEC]);
    let answer = loading(&kernel, &format!("-D\n{EXEC}\n{OPEN}\n-f 0\n-e 1\n"), false, true).unwrap();
    assert!(answer.text.starts_with("set failure 0 (it is 1)\nadd "), "{}", answer.text);
    assert!(answer.text.contains("# stands in for one that moves"), "{}", answer.text);
    assert!(answer.text.ends_with("set enabled 1 (it is 0)\n"), "{}", answer.text);
    assert_eq!((lines(&kernel), kernel.get(Field::Failure)), (vec![OPEN.to_owned(), EXEC.to_owned()], 1));
}

#[test]
fn diff_tells_what_load_would_change_and_ends_with_1() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("a.rules");
    let kernel = kernel(&[OPEN, NEVER]);
    let run = |text: &str, json| {
        fs::write(&path, text).unwrap();
        let args = DiffArgs { files: Files { named: vec![path.clone()] }, json };
        diff::run(&args, || Ok(Control::over(kernel.clone()))).unwrap()
    };
    let answer = run(&format!("-D\n{NEVER}\n{EXEC}\n-b 128\n"), false);
    let expected = format!("- {OPEN}\n+ {EXEC}\n~ backlog_limit 64 -> 128\n");
    assert_eq!((answer.text, answer.exit), (expected, Exit::Incomplete));
    let answer = run(&format!("-D\n{NEVER}\n{OPEN}\n"), false);
    assert_eq!((answer.text.as_str(), answer.exit), ("~ rules change their order\n", Exit::Incomplete));
    let answer = run(OPEN, true);
    assert_eq!(answer.exit, Exit::Done);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.data).unwrap()["same"], true);
}

fn words(lines: &[&str]) -> RuleArgs {
    RuleArgs { words: lines.iter().map(OsString::from).collect() }
}

#[test]
fn rules_are_added_and_deleted_as_lines_or_word_by_word() {
    let kernel = kernel(&[]);
    let open = || Ok(Control::over(kernel.clone()));
    assert_eq!(add::run(&words(&[OPEN, EXEC]), open).unwrap().text, "added 2 rules\n");
    let one_by_one: Vec<_> = NEVER.split(' ').collect();
    assert_eq!(add::run(&words(&one_by_one), open).unwrap().text, "added 1 rule\n");
    let again = add::run(&words(&[OPEN]), open).unwrap();
    assert_eq!((again.text.as_str(), again.notes.len(), again.exit), ("added 0 rules\n", 1, Exit::Done));
    assert_eq!(lines(&kernel), [OPEN, EXEC, NEVER]);
    assert_eq!(delete::run(&words(&[EXEC, &NEVER.replacen("-a", "-d", 1)]), open).unwrap().text, "deleted 2 rules\n");
    let gone = delete::run(&words(&[EXEC]), open).unwrap();
    assert_eq!((gone.exit, gone.notes[0].ends_with("it holds no such rule")), (Exit::Unavailable, true));
    assert_eq!(lines(&kernel), [OPEN]);
}

#[test]
fn one_wrong_rule_keeps_all_from_being_added() {
    let kernel = kernel(&[]);
    for wrong in [&[OPEN, "-a always,exit -S opne"][..], &["-D"], &["-e", "1"]] {
        let error = add::run(&words(wrong), || Ok(Control::over(kernel.clone()))).unwrap_err();
        assert_eq!(exit::of(&error), Exit::Usage, "{wrong:?}");
    }
    assert_eq!(lines(&kernel).len(), 0);
}

#[test]
fn rules_go_by_their_exact_key_or_all_at_once() {
    let kernel = kernel(&[OPEN, EXEC, NEVER]);
    let mut control = Control::over(kernel.clone());
    let mut run =
        |key: Option<&str>| clear::run(&ClearArgs { key: key.map(str::to_owned) }, &mut control).unwrap().text;
    assert_eq!(run(Some("ope")), "deleted 0 rules\n");
    assert_eq!(run(Some("open")), "deleted 1 rule\n");
    assert_eq!(run(None), "deleted 2 rules\n");
    assert_eq!(lines(&kernel).len(), 0);
}

#[test]
fn what_list_prints_and_save_writes_loads_back() {
    let dir = TempDir::new().unwrap();
    let (from, file) = (kernel(&[NEVER, OPEN, EXEC]), dir.join("saved.rules"));
    let args = ListArgs { interpret: false, key: None, json: false };
    let listed = list::run(&args, &mut Control::over(from.clone())).unwrap().data;
    assert_eq!(listed, format!("{NEVER}\n{OPEN}\n{EXEC}\n").into_bytes());
    let args = ListArgs { key: Some("exec".to_owned()), ..args };
    assert_eq!(list::run(&args, &mut Control::over(from.clone())).unwrap().data, format!("{EXEC}\n").into_bytes());
    save::run(&SaveArgs { file: file.clone() }, &mut Control::over(from.clone())).unwrap();
    let to = kernel(&[OPEN]);
    loading(&to, &fs::read_to_string(file).unwrap(), false, false).unwrap();
    assert_eq!(lines(&to), lines(&from));
}
