use oyez_netlink::Control;
use oyez_netlink::fake::{FakeKernel, Field, Request};
use oyez_rules::text::{NoNames, PermSyscalls, Target};
use oyez_tables::arch::Arch;
use oyez_testkit::TempDir;

use super::*;
use crate::config::Settings;
use crate::daemon::state::StateFile;
use crate::daemon::tally::Tally;
use crate::daemon::told::Say;
use crate::exit::Exit;
use crate::rules::compile::compile;
use crate::rules::files::RulesFile;

type TestRestorer = Restorer<Control<FakeKernel>>;

/// A plan of lines; a word stands for a rule with that key.
fn plan(lines: &[&str]) -> Plan {
    let line = |line: &&str| {
        if line.starts_with('-') {
            (*line).to_owned()
        } else {
            format!("-a always,exit -F arch=b64 -S openat -k {line}")
        }
    };
    let text = lines.iter().map(line).collect::<Vec<_>>().join("\n").into_bytes();
    let machine = Arch::X86_64;
    let target = Target { machine, perm_syscalls: PermSyscalls::Never, names: &NoNames, is_dir: &|_| false };
    let compiled = compile(&[RulesFile { path: "t.rules".into(), text }], &target);
    assert_eq!(compiled.problems, []);
    compiled.plan
}

/// The bytes of the rules of a plan.
fn rules(lines: &[&str]) -> Vec<Vec<u8>> {
    let acts = plan(lines).acts;
    let rule = |(act, _)| match act {
        crate::rules::compile::Act::Add(rule) => bytes::encode(&rule),
        act => panic!("{act:?} is no rule"),
    };
    acts.into_iter().map(rule).collect()
}

/// Somebody else adds rules.
fn add(kernel: &FakeKernel, lines: &[&str]) {
    for rule in rules(lines) {
        Control::over(kernel.clone()).add_rule(&rule).unwrap();
    }
}

fn delete(kernel: &FakeKernel, lines: &[&str]) {
    for rule in rules(lines) {
        Control::over(kernel.clone()).delete_rule(&rule).unwrap();
    }
}

/// The keys of the rules that the kernel holds.
fn held(kernel: &FakeKernel) -> String {
    let key = |rule: &Vec<u8>| {
        let rule = bytes::decode(rule).unwrap();
        rule.keys().next().map_or("own".to_owned(), |key| String::from_utf8(key.to_vec()).unwrap())
    };
    kernel.rules().iter().map(key).collect::<Vec<_>>().join(" ")
}

fn restorer(kernel: &FakeKernel, file: Option<&StateFile>) -> TestRestorer {
    Restorer::new(Some(Control::over(kernel.clone())), file.cloned(), Some("b".repeat(32)), |_| {})
}

fn state_file() -> (StateFile, TempDir) {
    let root = TempDir::new().unwrap();
    (StateFile::at(&root.join("run/state.json")), root)
}

fn load(restorer: &mut TestRestorer, lines: &[&str]) -> Told {
    restorer.load_rules(&plan(lines), true).unwrap().expect("something to do")
}

fn numbers(told: &Told) -> [u64; 3] {
    ["added", "deleted", "refused"].map(|key| match told.get(key) {
        Some(Say::Number(number)) => *number,
        other => panic!("{key}: {other:?} in {told:?}"),
    })
}

#[test]
fn rules_are_added_to_those_of_others_and_taken_out_again() {
    let kernel = FakeKernel::new();
    add(&kernel, &["x", "a"]);
    let mut restorer = restorer(&kernel, None);
    let told = load(&mut restorer, &["a", "b", "c"]);
    assert_eq!((told.kind(), told.get("result")), ("OYEZ_RULES", Some(&Say::from("success"))));
    assert_eq!((numbers(&told), held(&kernel)), ([2, 0, 0], "x a b c".to_owned()));
    assert_eq!(restorer.load_rules(&plan(&["a", "b", "c"]), true).unwrap(), None, "nothing to do");
    add(&kernel, &["y"]);
    delete(&kernel, &["c"]);
    restorer.restore_rules();
    assert_eq!(held(&kernel), "x a y", "what others did meanwhile is left");
}

#[test]
fn what_a_plan_deletes_is_put_back_where_it_was() {
    let kernel = FakeKernel::new();
    add(&kernel, &["x", "y", "z"]);
    let mut restorer = restorer(&kernel, None);
    let told = load(&mut restorer, &["-D", "y", "a"]);
    assert_eq!((numbers(&told), held(&kernel)), ([1, 2, 0], "y a".to_owned()));
    restorer.restore_rules();
    assert_eq!(held(&kernel), "x y z");
}

#[test]
fn a_rule_that_oyez_cannot_read_goes_with_the_rest_and_comes_back() {
    let kernel = FakeKernel::new();
    let mut unknown = rules(&["x"]).remove(0);
    // A field of a later kernel.
    unknown[12 + 256..][..4].copy_from_slice(&999_u32.to_ne_bytes());
    assert!(bytes::decode(&unknown).is_err());
    Control::over(kernel.clone()).add_rule(&unknown).unwrap();
    let mut restorer = restorer(&kernel, None);
    load(&mut restorer, &["-D", "a"]);
    assert_eq!(held(&kernel), "a");
    restorer.restore_rules();
    assert_eq!(kernel.rules(), [unknown]);
}

#[test]
fn a_refused_rule_is_told_with_its_place_and_hinders_no_other() {
    let kernel = FakeKernel::new().refusing_rule(rules(&["b"]).remove(0), libc_einval());
    let mut restorer = restorer(&kernel, None);
    let told = load(&mut restorer, &["a", "b", "c"]);
    assert_eq!((numbers(&told), held(&kernel)), ([2, 0, 1], "a c".to_owned()));
    assert_eq!(told.get("result"), Some(&Say::from("incomplete")));
    let Some(Say::Text(error)) = told.get("error") else { panic!("{told:?}") };
    let error = String::from_utf8_lossy(error);
    assert!(
        error.starts_with("t.rules:2: the kernel refused -a always,exit") && error.contains("it does not know"),
        "{error}"
    );
    restorer.restore_rules();
    assert_eq!(held(&kernel), "");
}

fn libc_einval() -> i32 {
    rustix::io::Errno::INVAL.raw_os_error()
}

#[test]
fn the_way_back_is_noted_before_the_first_rule_is_added() {
    let root = TempDir::new().unwrap();
    std::fs::write(root.join("run"), "a file where a directory is needed").unwrap();
    let file = StateFile::at(&root.join("run/state.json"));
    let kernel = FakeKernel::new();
    let error = restorer(&kernel, Some(&file)).load_rules(&plan(&["a"]), true).unwrap_err();
    assert_eq!((crate::exit::of(&error), held(&kernel)), (Exit::Io, String::new()));
    assert!(!kernel.requests().contains(&Request::AddRule));
    restorer(&kernel, Some(&file)).load_rules(&plan(&["a"]), false).unwrap();
    assert_eq!(held(&kernel), "a", "nothing to put back: only told");
}

#[test]
fn a_crash_is_put_right_by_the_next_start_whatever_that_one_is_to_load() {
    for (next, while_running) in [(&["a", "b"][..], "x a b"), (&["b", "c"], "x b c"), (&[], "x")] {
        let (file, _root) = state_file();
        let kernel = FakeKernel::new();
        add(&kernel, &["x"]);
        load(&mut restorer(&kernel, Some(&file)), &["a", "b"]);
        assert_eq!(held(&kernel), "x a b");

        let mut restorer = restorer(&kernel, Some(&file));
        restorer.take_over(&file.read().unwrap().unwrap());
        assert_eq!(restorer.rules_of_others(), Some(1));
        restorer.load_rules(&plan(next), true).unwrap();
        assert_eq!(held(&kernel), while_running);
        restorer.restore_rules();
        restorer.end(true, &Tally::default());
        assert_eq!((held(&kernel), file.read().unwrap()), ("x".to_owned(), None));
    }
}

#[test]
fn a_crash_between_any_two_requests_leaves_the_way_back() {
    // The second plan has rules that change places, with others in their stead for a moment.
    for lines in [&["-d always,exit -F arch=b64 -S openat -k y", "z", "a"][..], &["-D", "a", "z", "y", "x"]] {
        for made in 0.. {
            let (file, _root) = state_file();
            let kernel = FakeKernel::new();
            add(&kernel, &["x", "y", "z"]);
            let mut crashed = restorer(&kernel, Some(&file));
            let (changes, held_rules, _) = crashed.find_changes(&plan(lines)).unwrap().unwrap();
            crashed.state.rules.note(&held_rules.rules, &changes.steps, &[]);
            crashed.note().unwrap();
            changes.steps.iter().take(made).for_each(|step| make_step(&kernel, step));

            let mut next = restorer(&kernel, Some(&file));
            next.take_over(&file.read().unwrap().unwrap());
            next.restore_rules();
            assert_eq!(held(&kernel), "x y z", "after {made} of {:?}", changes.steps);
            if made == changes.steps.len() {
                assert!(made > 1);
                break;
            }
        }
    }
}

fn make_step(kernel: &FakeKernel, step: &Step) {
    let mut kernel = Control::over(kernel.clone());
    match step {
        Step::Add(rule) => kernel.add_rule(&bytes::encode(rule)).unwrap(),
        Step::Delete(rule) => kernel.delete_rule(&bytes::encode(rule)).unwrap(),
    }
}

#[test]
fn rules_that_are_kept_are_replaced_by_the_next_run_and_found_by_one_that_restores() {
    let (file, _root) = state_file();
    let kernel = FakeKernel::new();
    add(&kernel, &["x"]);
    let mut first = restorer(&kernel, Some(&file));
    first.load_rules(&plan(&["a", "b"]), false).unwrap();
    first.keep_rules();
    first.end(false, &Tally::default());
    assert_eq!(held(&kernel), "x a b");
    let left = file.read().unwrap().unwrap();
    assert!(left.ended);

    let mut restoring = restorer(&kernel, None);
    restoring.take_over_kept_rules(&left);
    load(&mut restoring, &["b", "c"]);
    assert_eq!(held(&kernel), "x b c");
    restoring.restore_rules();
    assert_eq!(held(&kernel), "x a b");

    let mut keeping = restorer(&kernel, None);
    keeping.take_over_kept_rules(&left);
    load(&mut keeping, &["c"]);
    keeping.keep_rules();
    assert_eq!(held(&kernel), "x c");
    assert_eq!(keeping.rules_of_others(), Some(2), "kept rules are in the kernel");
}

#[test]
fn another_configuration_touches_only_what_differs() {
    let kernel = FakeKernel::new();
    let mut restorer = restorer(&kernel, None);
    load(&mut restorer, &["a", "b", "c"]);
    let before = kernel.requests().len();
    let told = load(&mut restorer, &["a", "c", "d"]);
    let changes: Vec<_> = kernel.requests()[before..]
        .iter()
        .copied()
        .filter(|request| matches!(request, Request::AddRule | Request::DeleteRule))
        .collect();
    assert_eq!(changes, [Request::AddRule, Request::DeleteRule], "the new one is there before the old one goes");
    assert_eq!((numbers(&told), held(&kernel)), ([1, 1, 0], "a c d".to_owned()));
    load(&mut restorer, &[]);
    assert_eq!(held(&kernel), "");
}

#[test]
fn oyezs_own_rule_outlives_all_others() {
    let kernel = FakeKernel::new();
    let mut restorer = restorer(&kernel, None);
    assert!(restorer.add_own_rule());
    let told = load(&mut restorer, &["-D", "a"]);
    assert_eq!((numbers(&told), held(&kernel)), ([1, 0, 0], "own a".to_owned()));
    let own = kernel.rules().remove(0);
    Control::over(kernel.clone()).delete_rule(&own).unwrap();
    assert_eq!(restorer.put_rules_back().unwrap().unwrap().added, 1);
    assert_eq!(held(&kernel), "own a", "and is kept where it was");
    restorer.restore_rules();
    assert_eq!(held(&kernel), "own");
    restorer.delete_own_rule();
    assert_eq!(held(&kernel), "");
}

#[test]
fn a_locked_kernel_is_left_and_what_differs_is_told() {
    let kernel = FakeKernel::new();
    add(&kernel, &["x", "a"]);
    kernel.set(Field::Enabled, 2);
    let mut restorer = restorer(&kernel, None);
    let told = load(&mut restorer, &["-D", "a", "b"]);
    assert_eq!((told.get("result"), held(&kernel)), (Some(&Say::from("failed")), "x a".to_owned()));
    let Some(Say::Text(differs)) = told.get("differs") else { panic!("{told:?}") };
    let differs = String::from_utf8_lossy(differs);
    assert!(differs.contains("missing: -a always,exit -F arch=b64 -S openat -F key=b"), "{differs}");
    assert!(differs.contains("too many: -a always,exit -F arch=b64 -S openat -F key=x"), "{differs}");
    assert_eq!(restorer.put_rules_back().unwrap(), None);
    restorer.restore_rules();
    assert!(!kernel.requests()[2..].iter().any(|request| matches!(request, Request::AddRule | Request::DeleteRule)));
}

#[test]
fn settings_in_rules_files_are_put_back_with_those_of_the_configuration() {
    let kernel = FakeKernel::new();
    let mut restorer = restorer(&kernel, None);
    restorer.change(&Settings::default().kernel, true).unwrap();
    load(&mut restorer, &["-b 16384", "-f 0", "a"]);
    let set = [Field::BacklogLimit, Field::Failure].map(|field| kernel.get(field));
    restorer.change(&Settings::default().kernel, true).unwrap();
    restorer.restore_rules();
    restorer.put_back();
    assert_eq!(set, [16384, 0]);
    assert_eq!([Field::Enabled, Field::BacklogLimit, Field::Failure].map(|field| kernel.get(field)), [0, 64, 1]);
}

#[test]
fn changes_of_others_are_put_back_and_oyezs_own_are_none() {
    let kernel = FakeKernel::new();
    add(&kernel, &["x"]);
    let mut restorer = restorer(&kernel, None);
    load(&mut restorer, &["a", "b"]);
    assert_eq!(restorer.put_rules_back().unwrap(), None);
    delete(&kernel, &["x", "a"]);
    add(&kernel, &["y"]);
    assert_eq!(restorer.put_rules_back().unwrap(), Some(PutBack { added: 2, deleted: 1, refused: vec![] }));
    assert_eq!(held(&kernel), "x a b", "in the old order");
    assert_eq!(restorer.put_rules_back().unwrap(), None);
    restorer.restore_rules();
    assert_eq!(held(&kernel), "x");
}

#[test]
fn without_control_the_rules_are_told_not_to_be_loaded() {
    let mut restorer: TestRestorer = Restorer::new(None, None, None, |_| {});
    let told = restorer.load_rules(&plan(&["a"]), true).unwrap().unwrap();
    assert_eq!(told.get("result"), Some(&Say::from("failed")));
    assert_eq!(restorer.load_rules(&Plan::default(), true).unwrap(), None);
    assert_eq!((restorer.put_rules_back().unwrap(), restorer.rules_of_others()), (None, None));
    restorer.restore_rules();
    restorer.keep_rules();
}
