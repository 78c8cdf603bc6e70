use oyez_netlink::Control;
use oyez_netlink::fake::{FakeKernel, Field, Request};
use oyez_testkit::TempDir;

use super::*;
use crate::config::Settings;

fn wanted() -> KernelSettings {
    Settings::default().kernel
}

fn restorer(kernel: &FakeKernel, file: Option<&StateFile>) -> Restorer<Control<FakeKernel>> {
    let boot = Some("b".repeat(32));
    Restorer::new(Some(Control::over(kernel.clone())), file.cloned(), boot, |_| {})
}

fn state_file() -> (StateFile, TempDir) {
    let root = TempDir::new().unwrap();
    (StateFile::at(&root.join("run/state.json")), root)
}

fn fields(kernel: &FakeKernel) -> [u32; 3] {
    [Field::Enabled, Field::BacklogLimit, Field::Pid].map(|field| kernel.get(field))
}

#[test]
fn everything_is_put_back_and_the_state_file_goes() {
    let (file, _root) = state_file();
    let kernel = FakeKernel::new();
    let mut restorer = restorer(&kernel, Some(&file));
    restorer.change(&wanted(), true).unwrap();
    assert!(restorer.add_own_rule());
    let noted = file.read().unwrap().unwrap();
    assert_eq!((noted.changes.len(), noted.own_rule, noted.ended), (2, Some(std::process::id()), false));
    kernel.set(Field::Pid, std::process::id());
    restorer.set_registered();
    assert_eq!((fields(&kernel), kernel.rules().len()), ([1, 8192, std::process::id()], 1));

    assert!(restorer.quieten());
    assert_eq!(kernel.get(Field::Enabled), 0);
    restorer.unregister();
    restorer.put_back();
    restorer.end(true, &Tally::default());
    let left = file.read().unwrap();
    assert_eq!((fields(&kernel), kernel.rules().len(), left), ([0, 64, 0], 0, None));
}

#[test]
fn a_crash_at_any_moment_leaves_the_way_back() {
    let (file, _root) = state_file();
    let kernel = FakeKernel::new();
    let mut crashed = restorer(&kernel, Some(&file));
    crashed.change(&wanted(), true).unwrap();
    crashed.add_own_rule();
    drop(crashed);
    let left = file.read().unwrap().unwrap();

    let mut next = restorer(&kernel, Some(&file));
    next.take_over(&left);
    assert_eq!(kernel.rules().len(), 0, "the rule was for a pid that somebody else may get");
    next.change(&wanted(), true).unwrap();
    assert_eq!(kernel.get(Field::Enabled), 1, "no blind window");
    next.put_back();
    assert_eq!(fields(&kernel), [0, 64, 0]);
}

#[test]
fn the_state_is_noted_before_the_first_change() {
    let root = TempDir::new().unwrap();
    std::fs::write(root.join("run"), "a file where a directory is needed").unwrap();
    let file = StateFile::at(&root.join("run/state.json"));
    let kernel = FakeKernel::new();
    let refused = restorer(&kernel, Some(&file)).change(&wanted(), true);
    let untouched = fields(&kernel);
    let kept = restorer(&kernel, Some(&file)).change(&wanted(), false);
    assert_eq!(crate::exit::of(&refused.unwrap_err()), Exit::Io);
    assert_eq!(untouched, [0, 64, 0]);
    assert!(kept.is_ok() && kernel.get(Field::Enabled) == 1, "nothing to put back: only told");
}

#[test]
fn a_backlog_limit_that_is_raised_is_noted_and_one_that_is_refused_is_not() {
    let (file, _root) = state_file();
    let kernel = FakeKernel::new();
    let mut restorer = restorer(&kernel, Some(&file));
    restorer.change(&wanted(), true).unwrap();
    restorer.raise_backlog_limit(8192, 16384, true).unwrap();
    restorer.raise_backlog_limit(16384, 32768, true).unwrap();
    let noted = |file: &StateFile| file.read().unwrap().unwrap().changes;
    let limit = |set| Change::new(Setting::BacklogLimit, 64, set);
    assert_eq!((noted(&file)[0], kernel.get(Field::BacklogLimit)), (limit(32768), 32768));

    let _refuses = kernel.refusing(Request::Set(Field::BacklogLimit), 1);
    assert!(restorer.raise_backlog_limit(32768, 65536, true).is_err());
    assert_eq!(noted(&file)[0], limit(32768));
}

#[test]
fn a_crash_before_or_after_the_limit_was_raised_leaves_the_way_back() {
    for limit in [8192, 16384] {
        let (file, _root) = state_file();
        let kernel = FakeKernel::new();
        let mut crashed = restorer(&kernel, Some(&file));
        crashed.change(&wanted(), true).unwrap();
        // What is on disk at the moment of the change.
        let change = &mut crashed.state.changes[0];
        *change = change.then(16384);
        file.write(&crashed.state).unwrap();
        kernel.set(Field::BacklogLimit, limit);

        let mut next = restorer(&kernel, Some(&file));
        next.take_over(&file.read().unwrap().unwrap());
        next.change(&wanted(), true).unwrap();
        assert_eq!(kernel.get(Field::BacklogLimit), limit, "never smaller while it runs");
        next.put_back();
        assert_eq!(fields(&kernel), [0, 64, 0], "{limit}");
    }
}

#[test]
fn a_limit_that_was_found_larger_is_raised_and_put_back_too_and_none_without_a_note() {
    let (file, root) = state_file();
    let kernel = FakeKernel::new();
    kernel.set(Field::BacklogLimit, 10_000);
    let mut restorer = restorer(&kernel, Some(&file));
    restorer.change(&wanted(), true).unwrap();
    restorer.raise_backlog_limit(10_000, 20_000, true).unwrap();
    assert_eq!(kernel.get(Field::BacklogLimit), 20_000);
    std::fs::remove_dir_all(root.join("run")).unwrap();
    std::fs::write(root.join("run"), "a file where a directory is needed").unwrap();
    assert!(restorer.raise_backlog_limit(20_000, 40_000, true).is_err());
    assert_eq!(kernel.get(Field::BacklogLimit), 20_000);
    restorer.put_back();
    assert_eq!(fields(&kernel), [0, 10_000, 0]);
}

#[test]
fn keep_leaves_audit_on_and_says_how_far_it_came() {
    let (file, _root) = state_file();
    let kernel = FakeKernel::new();
    let mut restorer = restorer(&kernel, Some(&file));
    restorer.change(&wanted(), false).unwrap();
    restorer.add_own_rule();
    let tally = Tally::default();
    tally.see_serial(41);
    restorer.delete_own_rule();
    restorer.end(false, &tally);
    let left = file.read().unwrap().unwrap();
    assert_eq!((fields(&kernel), kernel.rules().len()), ([1, 8192, 0], 0));
    assert!(left.ended && left.changes.is_empty() && left.own_rule.is_none());
    assert_eq!(left.last_serial, Some(41));
}

#[test]
fn another_living_daemons_settings_are_left() {
    let kernel = FakeKernel::new();
    let mut restorer = restorer(&kernel, None);
    restorer.change(&wanted(), true).unwrap();
    kernel.set(Field::Pid, 1);
    assert!(!restorer.quieten());
    restorer.put_back();
    assert_eq!(fields(&kernel), [1, 8192, 1]);
}

#[test]
fn a_locked_kernel_is_attached_to_as_it_is() {
    let kernel = FakeKernel::new();
    kernel.set(Field::Enabled, 2);
    let mut restorer = restorer(&kernel, None);
    restorer.change(&wanted(), true).unwrap();
    assert_eq!(fields(&kernel), [2, 64, 0]);
    assert!(!restorer.quieten());
    restorer.put_back();
    assert_eq!(kernel.get(Field::Enabled), 2);
}

#[test]
fn without_control_nothing_is_asked_and_nothing_changed() {
    let mut restorer: Restorer<Control<FakeKernel>> = Restorer::new(None, None, None, |_| {});
    restorer.change(&wanted(), true).unwrap();
    assert!(!restorer.add_own_rule() && !restorer.quieten() && restorer.status().is_none());
    restorer.put_back();
    restorer.end(true, &Tally::default());
}
