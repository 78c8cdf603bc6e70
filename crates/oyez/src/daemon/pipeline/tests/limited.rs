//! A limit on CPU time: what is left out, what is waited for, and that it is kept.

use std::time::Instant;

use super::*;
use crate::config::OnOverload;
use crate::daemon::fakes::{Record, login, user_message};

const SHARE: Share = Share::of_thousandths(50);

fn limited(share: Share, on_overload: OnOverload) -> Rig {
    let settings = Settings { on_overload, ..Settings::default() };
    let mut rig = rig_with(None, &settings);
    rig.pipeline = rig.pipeline.limited(Some(share), Ending::default());
    rig
}

/// Batches of 300 records each.
fn batches(records: &[Record]) -> Vec<Vec<Record>> {
    records.chunks(300).map(<[_]>::to_vec).collect()
}

impl Rig {
    /// The most CPU time that one of them took: so much may be used before the limit is looked at.
    fn take_batches(&mut self, batches: Vec<Vec<Record>>) -> Duration {
        let mut most = Duration::ZERO;
        for batch in batches {
            let before = clock::thread_cpu();
            self.take(batch, Duration::ZERO);
            most = most.max(clock::thread_cpu().saturating_sub(before));
        }
        most
    }

    /// Events shed for want of time, as it was told, by type.
    fn told_for_want_of_time(&self, kind: &str) -> u64 {
        let losses = self.sink.of_kind("OYEZ_LOSS");
        let told = losses.iter().map(|loss| &loss["oyez"]).filter(|loss| loss["cause"] == "cpu_limit");
        told.filter(|loss| loss["type"] == kind).map(|loss| loss["count"].as_u64().unwrap()).sum()
    }
}

#[test]
fn routine_events_are_left_out_first_and_logins_come_out_of_any_storm() {
    let mut rig = limited(SHARE, OnOverload::Shed);
    let mut records = Vec::new();
    for round in 0..20 {
        records.extend(storm(round * 1000, 300));
        records.extend((round * 1000 + 300..round * 1000 + 400).map(|serial| user_message(1107, serial)));
        records.push(login(round * 1000 + 400));
    }
    let batches = batches(&records);
    // The shares of the time until now are not at issue.
    rig.pipeline.idle();
    let (start, before) = (Instant::now(), clock::thread_cpu());
    let one = rig.take_batches(batches);
    let (took, used) = (start.elapsed(), clock::thread_cpu().saturating_sub(before));
    rig.pipeline.finish();

    let used = used + Duration::from_nanos(rig.tally.outputs.cpu_ns());
    let most = SHARE.of_time(took + Duration::from_secs(1)) + 2 * one + Duration::from_millis(20);
    assert!(used <= most, "{used:?} of {took:?}, {one:?} at once");
    let (account, out) = (rig.tally.account(), |kind| rig.sink.of_kind(kind).len() as u64);
    assert!(account.balances() && account.lost == 0, "{account}");
    assert_eq!(out("USER_LOGIN"), 20);
    let (routine, rest) = (rig.told_for_want_of_time("SYSCALL"), rig.told_for_want_of_time("USER_AVC"));
    assert!(routine > rest, "{routine} {rest}");
    assert_eq!((out("SYSCALL") + routine, out("USER_AVC") + rest), (6000, 2000));
    assert_eq!((rig.tally.shed_events.get(), rig.tally.cpu_shed.get()), (routine + rest, routine + rest));
}

#[test]
fn a_host_that_is_to_wait_loses_nothing_and_oyez_waits() {
    let share = Share::of_thousandths(20);
    let mut rig = limited(share, OnOverload::Wait);
    let batches = batches(&storm(1, 6000));
    let (start, before) = (Instant::now(), clock::thread_cpu());
    let one = rig.take_batches(batches);
    let (took, used) = (start.elapsed(), clock::thread_cpu().saturating_sub(before));
    rig.pipeline.finish();
    assert_eq!((rig.tally.shed.get(), rig.sink.of_kind("SYSCALL").len()), (0, 6000));
    assert!(rig.tally.cpu_waited_us.get() > 0, "{used:?} of {took:?}");
    let most = share.of_time(took + Duration::from_secs(1)) + 2 * one + Duration::from_millis(20);
    assert!(used <= most, "{used:?} of {took:?}, {one:?} at once");
}

#[test]
fn the_limit_is_lifted_when_the_end_comes_and_when_the_configuration_says() {
    let (mut rig, ending) = (rig(None), Ending::default());
    rig.pipeline = rig.pipeline.limited(Some(Share::of_thousandths(10)), ending.clone());
    rig.pipeline.idle();
    rig.take_batches(batches(&storm(1, 1000)));
    let shed = rig.tally.cpu_shed.get();
    assert!(shed > 0);
    ending.begin();
    let before = rig.tally.cpu_waited_us.get();
    rig.take_batches(batches(&storm(1001, 1000)));
    assert_eq!((rig.tally.cpu_shed.get(), rig.tally.cpu_waited_us.get()), (shed, before));

    let mut rig = limited(Share::of_thousandths(10), OnOverload::Shed);
    rig.pipeline.idle();
    rig.take_batches(batches(&storm(1, 1000)));
    let shed = rig.tally.cpu_shed.get();
    assert!(shed > 0);
    let grouping = Grouping::of(&Settings::default().group);
    let change = Change { grouping, cpu_limit: None, filters: None, outputs: None, told: Told::now("OYEZ_RELOAD") };
    rig.pipeline.command(Command::Change(Box::new(change)));
    rig.take_batches(batches(&storm(1001, 1000)));
    assert_eq!(rig.tally.cpu_shed.get(), shed);
    rig.pipeline.finish();
    assert!(rig.tally.account().balances());
}

#[test]
fn an_event_of_a_quiet_host_comes_out_however_busy_it_was() {
    let mut rig = limited(Share::of_thousandths(10), OnOverload::Shed);
    rig.pipeline.idle();
    rig.take_batches(batches(&storm(1, 1000)));
    let (shed, quiet) = (rig.tally.cpu_shed.get(), rig.pipeline.clock.now());
    assert!(shed > 0);
    rig.give([(1307, b"audit(1.000:5000): cwd=\"/quiet\"".to_vec())], quiet);
    std::thread::sleep(Duration::from_millis(1100));
    rig.pipeline.idle();
    rig.pipeline.router.settle_all();
    assert_eq!((rig.sink.of_kind("CWD").len(), rig.tally.cpu_shed.get()), (1, shed));
}
