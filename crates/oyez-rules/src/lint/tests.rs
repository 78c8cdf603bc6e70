use std::collections::BTreeSet;

use oyez_tables::arch::Arch;
use proptest::prelude::*;

use super::codes::DEFS;
use super::*;
use crate::file;
use crate::text::{NoNames, PermSyscalls, Target};

/// A host of which nothing but `/missing` and `/etc/absent` is missing, and whose `/bin/sh` is a link.
pub(super) const FACTS: Facts<'static> = Facts { machine: Arch::X86_64, path: &path, features: Some(0x6f) };

pub(super) const TARGET: Target<'static> = Target {
    machine: Arch::X86_64,
    perm_syscalls: PermSyscalls::Missing,
    names: &NoNames,
    is_dir: &|path| self::path(path) == Found::Folder,
};

fn path(path: &[u8]) -> Found {
    match path {
        path if path.starts_with(b"/missing/") => Found::NoParent,
        b"/etc/absent" => Found::Nothing,
        path if path.ends_with(b".d") => Found::Folder,
        b"/bin/sh" => Found::Link,
        _ => Found::File,
    }
}

/// What is found in one file, as `CODE LINE`; the line is 0 where there is no place.
fn found(text: &str, facts: &Facts<'_>) -> Vec<(Code, usize)> {
    let sources = [Source { name: b"a.rules", text: text.as_bytes() }];
    let merged = file::merge(&sources, &TARGET);
    let errors: Vec<_> =
        merged.problems.iter().filter(|(_, problem)| problem.level == crate::text::Level::Error).collect();
    assert!(errors.is_empty(), "{text}: {errors:?}");
    let names = ["a.rules".to_owned()];
    let entries = entries(&merged, &sources, &names);
    lint(&entries, facts).iter().map(|finding| (finding.code, finding.place.map_or(0, |place| place.line))).collect()
}

fn codes(text: &str) -> BTreeSet<Code> {
    found(text, &FACTS).into_iter().map(|(code, _)| code).collect()
}

#[test]
fn the_table_is_in_the_order_of_codes_and_names_are_unique() {
    let names: BTreeSet<_> = DEFS.iter().map(|def| def.name).collect();
    assert_eq!(names.len(), DEFS.len());
    for def in &DEFS {
        assert_eq!(def.code.def().name, def.name);
    }
    assert!(DEFS.is_sorted_by_key(|def| std::cmp::Reverse(def.level)));
}

#[test]
fn every_bad_example_shows_its_code_and_no_good_one_does() {
    for def in DEFS.iter().filter(|def| !def.bad.is_empty()) {
        // As a merge moves `-e` to the end, a file of its own shows what stands behind it.
        let bad = if def.code == Code::LockedEarly { unmerged(def.bad) } else { codes(def.bad) };
        assert!(bad.contains(&def.code), "{}: {bad:?}", def.name);
        let good: Vec<_> =
            codes(def.good).into_iter().filter(|code| ![Code::NoDeleteAll, def.code].contains(code)).collect();
        assert!(!codes(def.good).contains(&def.code), "{}", def.name);
        let told = [Code::IoUringOpen, Code::NoB32, Code::SlowFirst];
        assert!(good.iter().all(|code| told.contains(code)), "{}: {good:?}", def.name);
    }
}

/// Codes of the lines in their own order, as `auditctl -R` takes them.
fn unmerged(text: &str) -> BTreeSet<Code> {
    let parsed = crate::text::parse_file(text.as_bytes(), &TARGET);
    let entries: Vec<_> = parsed
        .lines
        .iter()
        .flat_map(|line| line.commands.iter().map(|command| (line.number, command)))
        .map(|(line, command)| Entry { place: Place { file: "a", line }, text: b"", command, above: b"" })
        .collect();
    lint(&entries, &FACTS).iter().map(|finding| finding.code).collect()
}

#[test]
fn hot_operations_of_rings_are_hot_and_a_scope_cools_what_is() {
    for (rule, hot) in [
        ("-a always,io_uring -S read -k k", true),
        ("-a always,io_uring -S connect -k k", false),
        ("-a always,exit -S all -k k", true),
        ("-a always,exit -F arch=b32 -S all -k k", false),
        ("-a always,exit -F arch=b64 -S read -F uid=5 -k k", false),
        ("-a always,exit -F arch=b64 -S read -F uid!=5 -k k", true),
        ("-a always,exit -F arch=b64 -S read -F success=1 -k k", true),
        ("-a always,exit -F arch=b64 -S read -F success!=1 -k k", false),
        ("-a always,exit -F arch=b64 -S read -F auid!=unset -k k", true),
        ("-a always,exit -F arch=b64 -F dir=/etc/a.d -F perm=r -k k", false),
        ("-a always,exit -F arch=b64 -F perm=r -k k", true),
        // Tests that nearly every call passes.
        ("-a always,exit -F arch=b64 -S read -F pid>1 -k k", true),
        ("-a always,exit -F arch=b64 -S read -F ppid=7 -k k", false),
        ("-a always,exit -F arch=b64 -S read -F sessionid!=unset -k k", true),
        ("-a always,exit -F arch=b64 -S read -F devmajor!=8 -k k", true),
        ("-a always,exit -F arch=b64 -S read -F a0!=0 -k k", true),
        ("-a always,exit -F arch=b64 -S openat -F a2&3 -k k", false),
        ("-a always,exit -F arch=b64 -S read -F subj_type!=cron_t -k k", true),
        ("-a always,exit -F arch=b64 -S read -C uid=euid -k k", true),
        ("-a always,exit -F arch=b64 -S read -C uid!=euid -k k", false),
        ("-a always,exit -F arch=b64 -S read -F uid=0 -k k", true),
        ("-a always,exit -F arch=b64 -S read -F auid=0 -k k", false),
        ("-a always,exit -F arch=b64 -S read -F auid=unset -k k", true),
        ("-a always,exit -F arch=b64 -S openat -F dir=/ -F perm=r -k k", true),
    ] {
        assert_eq!(codes(rule).contains(&Code::HotCall), hot, "{rule}");
    }
}

#[test]
fn the_rule_that_a_hint_proposes_can_be_loaded() {
    let sources = [Source { name: b"a.rules", text: b"-w \"/srv/a b\" -p wa -k k" }];
    let (merged, names) = (file::merge(&sources, &TARGET), ["a.rules".to_owned()]);
    let entries = entries(&merged, &sources, &names);
    let found = lint(&entries, &FACTS);
    let hint = found.iter().find(|finding| finding.code == Code::WatchFile).and_then(|finding| finding.hint.as_deref());
    let hint = hint.expect("a hint");
    assert_eq!(hint, r"-a always,exit -F path=/srv/a\ b -F perm=wa");
    assert!(crate::text::parse_line(hint.as_bytes(), 1, &TARGET).problems.is_empty());
}

#[test]
fn numbers_are_compared_without_sign() {
    for (test, dead) in [
        ("exit<0", true),
        ("exit<=0", false),
        ("exit>4294967295", true),
        ("a0&0", true),
        ("exit<0 -F exit!=5", true),
        ("exit>=0", false),
        ("obj_uid<0", true),
    ] {
        let rule = format!("-a always,exit -F arch=b32 -S swapon -F {test} -k k");
        assert_eq!(codes(&rule).contains(&Code::NeverMatches), dead, "{rule}");
    }
}

#[test]
fn many_rules_are_told_of_once() {
    let line = |n: usize| format!("-a always,exit -F arch=b32 -S swapon -F a0={n} -k k{n}");
    let lines = |n: usize| (0..n).map(line).collect::<Vec<_>>().join("\n");
    assert!(!codes(&lines(weight::MANY)).contains(&Code::ManyRules));
    let many = found(&lines(weight::MANY + 1), &FACTS);
    assert_eq!(many.iter().filter(|(code, _)| *code == Code::ManyRules).count(), 1);
}

#[test]
fn order_is_that_of_the_kernel() {
    for (text, expected) in [
        // Prepended: it comes first, so the one before it in the file is late.
        (
            "-a never,exit -F arch=b32 -S swapon -F uid=7\n-A always,exit -F arch=b32 -S swapon -k k",
            Some((Code::LateNever, 1)),
        ),
        // Deleted again, and cleared: nothing shadows.
        (
            "-a never,exit -F arch=b32 -S swapon\n-d never,exit -F arch=b32 -S swapon\n-a always,exit -F arch=b32 -S swapon -k k",
            None,
        ),
        // A rule of another list, and one for other programs.
        ("-a never,user -F uid=7\n-a always,exit -F arch=b32 -S swapon -F uid=7 -k k", None),
        ("-a never,exit -F arch=b64 -S swapon\n-a always,exit -F arch=b32 -S swapon -k k", None),
        // A file below a folder, whatever the end of its name.
        (
            "-a never,exit -F arch=b32 -F dir=/srv/cron.d/ -F perm=wa\n-a always,exit -F arch=b32 -F path=/srv/cron.d/a -F perm=w -k k",
            Some((Code::Shadowed, 2)),
        ),
        // Of the exclude list the action does not count.
        ("-a never,exclude -F msgtype=1327\n-a always,exclude -F msgtype=1327 -F uid=0", Some((Code::Unreachable, 2))),
    ] {
        let order = [Code::Shadowed, Code::LateNever, Code::Unreachable, Code::Duplicate];
        let told: Vec<_> = found(text, &FACTS).into_iter().filter(|(code, _)| order.contains(code)).collect();
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn findings_say_what_to_do_by_place() {
    let one = "-a never,exit -F arch=b32 -S swapon";
    let two = "# a comment\n-a always,exit -F arch=b32 -S swapon -k k\n";
    let sources =
        [Source { name: b"10.rules", text: one.as_bytes() }, Source { name: b"20.rules", text: two.as_bytes() }];
    let merged = file::merge(&sources, &TARGET);
    let names = ["10.rules".to_owned(), "20.rules".to_owned()];
    let entries = entries(&merged, &sources, &names);
    let findings = lint(&entries, &FACTS);
    assert_eq!(
        findings[0].to_string(),
        "20.rules:2: error[shadowed]: it never records: all it matches is left out by 10.rules:1 (put it before 10.rules:1, or take it out)"
    );
    assert_eq!(findings[0].rule, "-a always,exit -F arch=b32 -S swapon -k k");
}

#[test]
fn a_comment_above_a_line_allows_what_it_names_and_no_more() {
    let rule = "-a always,exit -F arch=b64 -S init_module";
    let both = [(Code::NoB32, 2), (Code::NoKey, 2), (Code::NoDeleteAll, 0)];
    for (above, expected) in [
        ("# meant so", &both[..]),
        ("# lint: allow no-b32", &both[1..]),
        ("# lint: allow no-b32, no-key\r", &both[2..]),
        ("# lint: allow no-b32x", &both[..]),
    ] {
        assert_eq!(found(&format!("{above}\n{rule}"), &FACTS), expected, "{above}");
    }
}

#[test]
fn other_machines_have_other_twins() {
    let rules = "-a always,exit -F arch=b64 -S init_module -k modules";
    let arm = Facts { machine: Arch::Aarch64, ..FACTS };
    let riscv = Facts { machine: Arch::Riscv64, ..FACTS };
    let told = |facts, target| {
        let sources = [Source { name: b"a", text: rules.as_bytes() }];
        let merged = file::merge(&sources, &target);
        let names = ["a".to_owned()];
        let entries = entries(&merged, &sources, &names);
        lint(&entries, &facts).iter().any(|finding| finding.code == Code::NoB32)
    };
    assert!(told(arm, Target { machine: Arch::Aarch64, ..TARGET }));
    assert!(!told(riscv, Target { machine: Arch::Riscv64, ..TARGET }));
}

#[test]
fn the_page_names_every_code() {
    let page = markdown();
    for def in &DEFS {
        assert!(page.contains(&format!("\n### {}\n", def.name)), "{}", def.name);
    }
    assert!(!page.contains('@'), "a figure is missing");
}

#[test]
fn the_committed_page_is_what_the_table_says() {
    let path = oyez_testkit::corpus::workspace().join("docs/lint.md");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(committed == markdown(), "run: cargo xtask docs");
}

/// Lines of rules files, many of them with something to find.
fn line() -> impl Strategy<Value = String> {
    let list = prop::sample::select(vec!["exit", "user", "task", "exclude", "filesystem", "io_uring"]);
    let action = prop::sample::select(vec!["always", "never"]);
    let option = prop::sample::select(vec![
        "-F arch=b64",
        "-F arch=b32",
        "-S openat",
        "-S all",
        "-S swapon,read",
        "-F auid>=1000",
        "-F auid!=unset",
        "-F uid=0",
        "-F path=/etc/passwd",
        "-F dir=/etc",
        "-F exe=/bin/sh",
        "-F perm=wa",
        "-F success=1",
        "-F exit=-EACCES",
        "-F a0&1",
        "-F msgtype=PATH",
        "-C uid!=euid",
        "-F sessionid=3",
        "-F obj_uid<5",
        "-F subj_type=a",
        "-F inode=7",
        "-k a",
        "-F f24=1",
    ]);
    let rule = (list, action, prop::collection::vec(option, 0..6))
        .prop_map(|(list, action, options)| format!("-a {action},{list} {}", options.join(" ")));
    let other = prop::sample::select(vec![
        "-D",
        "-e 2",
        "-f 2",
        "-b 8",
        "-r 9",
        "-w /etc/cron.d -p x",
        "-w /etc/group",
        "# none",
        "-W /etc/group",
    ]);
    prop_oneof![4 => rule, 1 => other.prop_map(str::to_owned)]
}

proptest! {
    #[test]
    fn any_rules_are_judged_without_a_panic_and_at_places_that_exist(lines in prop::collection::vec(line(), 0..12)) {
        let text = lines.join("\n");
        let sources = [Source { name: b"a", text: text.as_bytes() }];
        let merged = file::merge(&sources, &TARGET);
        let names = ["a".to_owned()];
        let entries = entries(&merged, &sources, &names);
        for finding in lint(&entries, &FACTS) {
            prop_assert!(!finding.message.is_empty());
            if let Some(place) = finding.place {
                prop_assert_eq!(finding.rule, lines[place.line - 1].trim());
            }
        }
        prop_assert!(costs(&entries, &FACTS).len() <= entries.len());
    }
}
