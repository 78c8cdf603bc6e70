//! The filter on the socket over a running daemon's life: rules that change, titles that fail to come, a reload.

use oyez_netlink::fake::FakeKernel;
use oyez_netlink::{Control as KernelControl, Kernel as _};
use oyez_rules::bytes;
use oyez_rules::model::{Action, Field as RuleField, FieldTest, List, Op, Rule};
use oyez_tables::record_type::{AVC, CWD, EOE, PROCTITLE};
use signal_hook::consts::{SIGHUP, SIGTERM};

use crate::daemon::fakes::{Handles, Record, Rig, event, rules_changed, titled};

fn without_titles() -> Vec<u8> {
    let mut rule = Rule::new(List::Exclude, Action::Always);
    assert!(rule.push(FieldTest::number(RuleField::MsgType, Op::Equal, PROCTITLE.into()).unwrap()));
    bytes::encode(&rule)
}

fn until_filtered(handles: &Handles, types: &[u16]) {
    handles.until(|handles| handles.source.filtered() == types);
    // It is told once the pipeline may rely on it.
    let sets = handles.source.filters.lock().unwrap().len() - 1;
    handles.until(|handles| handles.sink.of_kind("OYEZ_FILTER").len() >= sets);
}

/// `serials` as whole events; what the filter drops is not received.
fn events(serials: std::ops::Range<u32>) -> impl Iterator<Item = Record> {
    serials.flat_map(titled)
}

fn assert_whole(after: &Handles, events: usize) {
    let seen = after.sink.of_kind("SYSCALL");
    assert_eq!(seen.len(), events);
    assert!(seen.iter().all(|event| event.get("marks").is_none()), "none incomplete, none in parts");
    let account = after.tally.account();
    assert!(account.balances() && account.lost == 0, "{account}");
    assert_eq!((after.tally.late.get(), after.tally.incomplete.get()), (0, 0));
}

#[test]
fn eoe_is_filtered_from_the_start_and_titles_end_events() {
    let (_, after) = Rig::on(FakeKernel::new(), "").run(|handles| {
        assert_eq!(handles.source.filtered(), [EOE]);
        handles.source.give(events(1..1001));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 1000);
        handles.signal(SIGTERM);
    });
    assert_whole(&after, 1000);
    assert_eq!(after.tally.received.get(), 3000);
}

#[test]
fn a_rule_that_excludes_titles_brings_eoe_back_and_its_end_takes_it_away_again() {
    let (_, after) = Rig::on(FakeKernel::new(), "").run(|handles| {
        handles.source.give(events(1..500));
        let mut kernel = KernelControl::over(handles.kernel.clone());
        kernel.add_rule(&without_titles()).unwrap();
        handles.source.give([rules_changed(500)]);
        // Those on their way still have titles, and no EOE.
        handles.source.give(events(501..1000));
        until_filtered(&handles, &[]);
        handles.source.give((1000..1500).flat_map(|serial| event(serial, 1)));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 1498);
        kernel.delete_rule(&without_titles()).unwrap();
        handles.source.give([rules_changed(1500)]);
        handles.source.give(events(1501..2000));
        until_filtered(&handles, &[EOE]);
        handles.source.give(events(2000..2500));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 2497);
        handles.signal(SIGTERM);
    });
    assert_whole(&after, 2497);
    let told = after.sink.of_kind("OYEZ_FILTER");
    assert_eq!(
        (&told[0]["oyez"]["eoe_fetched"], told[0]["oyez"].get("filtered")),
        (&"a rule excludes PROCTITLE".into(), None)
    );
    assert_eq!((&told[1]["oyez"]["filtered"], told[1]["oyez"].get("eoe_fetched")), (&"EOE".into(), None));
}

#[test]
fn titles_that_fail_to_come_bring_eoe_back_for_good() {
    let (_, after) = Rig::on(FakeKernel::new(), "[group]\nincomplete = \"20ms\"\nquiet = \"10ms\"\n").run(|handles| {
        handles.source.give((1..9).flat_map(|serial| event(serial, 1)));
        until_filtered(&handles, &[]);
        handles.source.give([rules_changed(9)]);
        handles.source.give((10..20).flat_map(|serial| event(serial, 1)));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 18);
        handles.signal(SIGTERM);
    });
    assert_eq!(after.tally.incomplete.get(), 8, "those that proved it");
    assert_eq!(after.source.filtered(), Vec::<u16>::new());
    assert_eq!(after.sink.of_kind("OYEZ_FILTER")[0]["oyez"]["eoe_fetched"], "events came without PROCTITLE");
    assert!(after.tally.account().balances());
}

#[test]
fn an_io_uring_operation_brings_eoe_back() {
    let (_, after) = Rig::on(FakeKernel::new(), "").run(|handles| {
        handles.source.give([(1336, b"audit(1700000000.123:1): uring_op=18 success=yes".to_vec())]);
        until_filtered(&handles, &[]);
        handles.signal(SIGTERM);
    });
    assert_eq!(after.sink.of_kind("OYEZ_FILTER")[0]["oyez"]["eoe_fetched"], "io_uring operations are recorded");
}

#[test]
fn a_reload_takes_other_types_to_ignore_and_serials_say_nothing_then() {
    let (_, after) = Rig::on(FakeKernel::new(), "[receive]\nfilter_eoe = \"never\"\n").run(|handles| {
        assert_eq!(handles.source.filtered(), Vec::<u16>::new());
        handles.source.give(events(1..100));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 99);
        *handles.config.lock().unwrap() = "ignore_types = [\"AVC\", \"CWD\"]\n".to_owned();
        handles.signal(SIGHUP);
        until_filtered(&handles, &[CWD, EOE, AVC]);
        // Every other event is an AVC alone, which is not received.
        handles.source.give((100..5000).filter(|serial| serial % 2 == 0).flat_map(titled));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 99 + 2450);
        *handles.config.lock().unwrap() = "ignore_types = [\"CWD\"]\n".to_owned();
        handles.signal(SIGHUP);
        until_filtered(&handles, &[CWD, EOE]);
        // Serials count again from the second batch on: the first may have been filtered.
        handles.source.give(events(5000..5050));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 99 + 2450 + 50);
        handles.source.give(events(5050..5100));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 99 + 2450 + 100);
        handles.source.give(events(5110..5120));
        handles.until(|handles| handles.sink.of_kind("SYSCALL").len() == 99 + 2450 + 110);
        handles.signal(SIGTERM);
    });
    assert_whole(&after, 99 + 2450 + 110);
    assert_eq!(after.tally.serial_gaps.get(), 10, "only those after it was over");
    let with_cwd = |event: &serde_json::Value| event["records"].as_array().unwrap().iter().any(|name| name == "CWD");
    assert_eq!(after.sink.of_kind("SYSCALL").iter().filter(|event| with_cwd(event)).count(), 99);
}

#[test]
fn what_is_filtered_stands_in_the_state_file() {
    let root = oyez_testkit::TempDir::new().unwrap();
    let file = crate::daemon::state::StateFile::at(&root.join("state.json"));
    let mut rig = Rig::on(FakeKernel::new(), "ignore_types = [\"CWD\"]\n");
    rig.state_file = Some(file.clone());
    rig.run(move |handles| {
        KernelControl::over(handles.kernel.clone()).add_rule(&without_titles()).unwrap();
        handles.source.give([rules_changed(1)]);
        until_filtered(&handles, &[CWD]);
        let noted = file.read().unwrap().unwrap().filtered;
        handles.signal(SIGTERM);
        assert_eq!(noted, [CWD]);
    });
}
