use std::collections::BTreeMap;

use oyez_tables::record_type::{
    AVC, CWD, EOE, EXECVE, KERNEL, PATH, PROCTITLE, SOCKADDR, SYSCALL, URINGOP, USER_LOGIN,
};
use proptest::prelude::*;

use super::*;
use crate::Record;

const LIVE: Timing = Timing::Live { quiet_ms: 100, incomplete_ms: 1000, title_ends: false };
const TITLES: Timing = Timing::Live { quiet_ms: 100, incomplete_ms: 1000, title_ends: true };
const LOG: Timing = Timing::Log { timeout_ms: 2000 };

fn id(serial: u32) -> EventId {
    EventId { sec: 1_626_611_363, ms: 720, serial }
}

fn raw(record_type: u16, id: EventId, body: &[u8]) -> RawRecord<'_> {
    RawRecord { record_type, name: b"", node: b"", id, body, tail: b"" }
}

/// What came out for one event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Out {
    serial: u32,
    part: u32,
    end: End,
    types: Vec<u16>,
}

/// An event that is no late part.
fn over(serial: u32, end: End, types: &[u16]) -> Out {
    Out { serial, part: 0, end, types: types.to_vec() }
}

/// A grouper and what it handed out so far.
struct Bench {
    grouper: Grouper,
    out: Vec<Out>,
}

impl Bench {
    fn new(timing: Timing) -> Self {
        Bench::bounded(timing, Limits::default())
    }

    fn bounded(timing: Timing, limits: Limits) -> Self {
        Bench { grouper: Grouper::new(timing, limits), out: Vec::new() }
    }

    fn push(&mut self, record: &RawRecord<'_>, now: Millis) -> &mut Self {
        self.grouper.push(record, now, &mut |event: &Event| self.out.push(seen(event)));
        self
    }

    /// Records of one event, all at once.
    fn records(&mut self, serial: u32, types: &[u16], now: Millis) -> &mut Self {
        for number in types {
            self.push(&raw(*number, id(serial), b"x=1"), now);
        }
        self
    }

    fn tick(&mut self, now: Millis) -> &mut Self {
        self.grouper.tick(now, &mut |event: &Event| self.out.push(seen(event)));
        self
    }

    fn finish(&mut self) -> &mut Self {
        self.grouper.finish(&mut |event: &Event| self.out.push(seen(event)));
        self
    }

    /// What came out since the last call.
    fn out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }
}

fn seen(event: &Event) -> Out {
    let types = event.records().map(|record| record.number()).collect();
    Out { serial: event.id().serial, part: event.part(), end: event.end(), types }
}

#[test]
fn an_event_is_over_with_its_eoe() {
    for timing in [LIVE, LOG] {
        let mut bench = Bench::new(timing);
        assert_eq!(bench.records(1, &[SYSCALL, CWD, PATH], 0).out(), []);
        assert_eq!(bench.records(1, &[EOE], 0).out(), [over(1, End::Eoe, &[SYSCALL, CWD, PATH])]);
        assert_eq!(bench.grouper.open_events(), 0);
    }
}

#[test]
fn what_stands_alone_is_over_at_once() {
    let mut bench = Bench::new(LIVE);
    for (serial, number) in [(1, 1005), (2, USER_LOGIN), (3, KERNEL), (4, 1200), (5, 2404)] {
        assert_eq!(bench.records(serial, &[number], 0).out(), [over(serial, End::Alone, &[number])]);
    }
    assert_eq!(bench.records(6, &[AVC], 0).out(), [], "its SYSCALL may follow");
}

#[test]
fn contexts_follow_a_subject_that_is_not_told() {
    let mut bench = Bench::new(LIVE);
    bench.push(&raw(USER_LOGIN, id(1), b"pid=1 subj=? msg='op=x'"), 0).records(1, &[1425], 10);
    assert_eq!(bench.out(), []);
    assert_eq!(bench.tick(110).out(), [over(1, End::Quiet, &[USER_LOGIN, 1425])]);
}

#[test]
fn quiet_events_are_over_live_after_their_last_record() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[AVC], 0).records(1, &[AVC], 60);
    assert_eq!(bench.tick(159).out(), []);
    assert_eq!(bench.tick(160).out(), [over(1, End::Quiet, &[AVC, AVC])]);
    assert_eq!(bench.grouper.counts().incomplete, 0);
}

#[test]
fn an_eoe_that_is_due_is_waited_for_longer_and_missed_aloud() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[AVC, SYSCALL], 0).records(2, &[URINGOP], 0);
    assert_eq!(bench.tick(999).out(), []);
    let late = [over(1, End::Incomplete, &[AVC, SYSCALL]), over(2, End::Incomplete, &[URINGOP])];
    assert_eq!(bench.tick(1000).out(), late);
    assert_eq!(bench.grouper.counts().incomplete, 2);
}

#[test]
fn an_eoe_may_be_due_sooner_than_quiet_comes() {
    let mut bench = Bench::new(Timing::Live { quiet_ms: 1000, incomplete_ms: 100, title_ends: false });
    bench.records(1, &[SYSCALL], 0).records(2, &[AVC], 0);
    assert_eq!(bench.grouper.next_deadline(), Some(100));
    assert_eq!(bench.tick(100).out(), [over(1, End::Incomplete, &[SYSCALL])]);
    assert_eq!(bench.tick(1000).out(), [over(2, End::Quiet, &[AVC])]);
}

#[test]
fn the_deadline_is_that_of_the_next_event_on_an_idle_clock() {
    let mut bench = Bench::new(LIVE);
    assert_eq!(bench.grouper.next_deadline(), None);
    bench.records(1, &[SYSCALL], 10).records(2, &[AVC], 20);
    assert_eq!(bench.grouper.next_deadline(), Some(120));
    assert_eq!(bench.tick(120).out().len(), 1);
    assert_eq!(bench.grouper.next_deadline(), Some(1010));
    assert_eq!(bench.tick(1010).out().len(), 1);
    assert_eq!(bench.grouper.next_deadline(), None);
    assert_eq!(bench.tick(9999).out(), []);
}

#[test]
fn events_that_stand_alone_leave_no_deadline() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[USER_LOGIN], 500);
    assert_eq!(bench.grouper.next_deadline(), None);
    bench.records(2, &[AVC], 500).tick(500);
    assert_eq!(bench.grouper.next_deadline(), Some(600));
}

#[test]
fn in_a_log_the_title_ends_an_event() {
    let mut bench = Bench::new(LOG);
    let types = [SYSCALL, EXECVE, CWD, PATH, PROCTITLE];
    assert_eq!(bench.records(1, &types, 0).out(), [over(1, End::Proctitle, &types)]);
    assert_eq!(bench.records(1, &[EOE], 0).out(), [], "its EOE opens no event");
    let mut live = Bench::new(LIVE);
    assert_eq!(live.records(1, &types, 0).out(), [], "live, the EOE is still to come");
}

#[test]
fn live_the_title_ends_an_event_where_it_is_told_to() {
    let mut bench = Bench::new(TITLES);
    let types = [AVC, SYSCALL, CWD, PATH, PROCTITLE];
    assert_eq!(bench.records(1, &types, 0).out(), [over(1, End::Proctitle, &types)]);
    assert_eq!(bench.grouper.next_deadline(), None);
    assert_eq!(bench.records(2, &[SYSCALL, EOE], 0).out(), [over(2, End::Eoe, &[SYSCALL])], "an EOE ends it too");
    assert_eq!(bench.records(1, &[EOE], 0).out(), [], "and opens nothing");
    let counts = bench.grouper.counts();
    assert_eq!((counts.records, counts.records_out, counts.late_parts), (8, 8, 0));
}

#[test]
fn what_comes_after_the_title_that_ended_it_is_a_late_part() {
    let mut bench = Bench::new(TITLES);
    bench.records(1, &[SYSCALL, PROCTITLE], 0).out();
    bench.records(1, &[PATH], 10);
    assert_eq!(bench.tick(110).out(), [Out { part: 1, ..over(1, End::Quiet, &[PATH]) }]);
    assert_eq!(bench.grouper.counts().late_records, 1);
}

#[test]
fn a_syscall_whose_title_never_comes_is_missed_aloud_and_an_io_uring_operation_is_not() {
    let mut bench = Bench::new(TITLES);
    bench.records(1, &[URINGOP, PATH], 0).records(2, &[SYSCALL, PATH], 0).records(3, &[URINGOP, SYSCALL], 0);
    assert_eq!(bench.tick(999).out(), [], "a SYSCALL may follow its URINGOP");
    let wanted = [
        over(1, End::Quiet, &[URINGOP, PATH]),
        over(2, End::Incomplete, &[SYSCALL, PATH]),
        over(3, End::Incomplete, &[URINGOP, SYSCALL]),
    ];
    assert_eq!(bench.tick(1000).out(), wanted);
    assert_eq!(bench.grouper.counts().incomplete, 2);
}

#[test]
fn what_has_its_title_when_titles_start_to_end_events_is_over() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[SYSCALL, PROCTITLE], 0).records(2, &[SYSCALL], 0).tick(5);
    bench.grouper.reconfigure(TITLES, Limits::default());
    assert_eq!(bench.grouper.next_deadline(), Some(0));
    assert_eq!(bench.tick(5).out(), [over(1, End::Proctitle, &[SYSCALL, PROCTITLE])]);
    bench.grouper.reconfigure(LIVE, Limits::default());
    assert_eq!(bench.records(2, &[PROCTITLE], 9).tick(9).out(), [], "from here on it needs its EOE");
    assert_eq!(bench.records(2, &[EOE], 9).out(), [over(2, End::Eoe, &[SYSCALL, PROCTITLE])]);
}

#[test]
fn in_a_log_the_time_of_later_records_ends_an_event() {
    let mut clock = LogClock::default();
    let mut bench = Bench::new(LOG);
    let mut at = |sec: u64, serial: u32| {
        let id = EventId { sec, ms: 0, serial };
        let now = clock.read(id);
        bench.tick(now).push(&raw(AVC, id, b"x=1"), now).out()
    };
    assert_eq!(at(100, 1), []);
    assert_eq!(at(101, 2), []);
    assert_eq!(at(50, 3), [], "the log's time does not run backwards");
    assert_eq!(at(102, 4), [over(1, End::LogTime, &[AVC])]);
    assert_eq!(at(103, 5), [over(2, End::LogTime, &[AVC]), over(3, End::LogTime, &[AVC])]);
}

#[test]
fn in_a_log_the_time_counts_from_the_first_record() {
    let mut bench = Bench::new(LOG);
    bench.records(1, &[AVC], 0).records(1, &[AVC], 1999);
    assert_eq!(bench.tick(2000).out(), [over(1, End::LogTime, &[AVC, AVC])]);
}

#[test]
fn the_end_of_the_input_ends_what_is_open_oldest_first() {
    let mut bench = Bench::new(LIVE);
    bench.records(2, &[SYSCALL], 0).records(1, &[AVC], 0).finish();
    assert_eq!(bench.out(), [over(2, End::EndOfInput, &[SYSCALL]), over(1, End::EndOfInput, &[AVC])]);
    assert_eq!(bench.finish().out(), []);
}

#[test]
fn interleaved_events_come_out_apart() {
    let mut bench = Bench::new(LIVE);
    for number in [SYSCALL, CWD, PATH] {
        for serial in 0..500 {
            bench.records(serial, &[number], 0);
        }
    }
    assert_eq!((bench.out(), bench.grouper.open_events()), (Vec::new(), 500));
    for serial in (0..500).rev() {
        bench.records(serial, &[EOE], 0);
    }
    let wanted: Vec<_> = (0..500).rev().map(|serial| over(serial, End::Eoe, &[SYSCALL, CWD, PATH])).collect();
    assert_eq!(bench.out(), wanted);
}

#[test]
fn only_what_is_open_when_another_begins_is_entered_and_is_found_all_the_same() {
    let mut bench = Bench::new(LIVE);
    for serial in 1..=3 {
        bench.records(serial, &[SYSCALL, CWD, EOE], 0);
    }
    assert_eq!(bench.grouper.slots.entered(), 0);
    bench.records(4, &[SYSCALL], 0).records(5, &[SYSCALL], 0);
    assert_eq!(bench.grouper.slots.entered(), 1);
    // By turns; the newest ends first, then comes another, then the elder ends.
    bench.records(4, &[CWD], 0).records(5, &[CWD], 0).records(4, &[PATH], 0).records(5, &[EOE], 0);
    bench.records(6, &[SYSCALL], 0).records(4, &[EOE], 0);
    assert_eq!(bench.grouper.slots.entered(), 0);
    bench.records(6, &[CWD, EOE], 0);
    let types: Vec<_> = bench.out.split_off(3).into_iter().map(|out| (out.serial, out.part, out.types)).collect();
    assert_eq!(types, [(5, 0, vec![SYSCALL, CWD]), (4, 0, vec![SYSCALL, CWD, PATH]), (6, 0, vec![SYSCALL, CWD])]);
    assert_eq!((bench.grouper.open_events(), bench.grouper.open_serials().count()), (0, 0));
}

#[test]
fn what_comes_late_is_a_late_part() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[SYSCALL, EOE], 0).out();
    bench.records(1, &[PATH, PATH], 10).records(1, &[EOE], 20);
    assert_eq!(bench.out(), [Out { part: 1, ..over(1, End::Eoe, &[PATH, PATH]) }]);
    bench.records(1, &[PATH], 30);
    assert_eq!(bench.tick(130).out(), [Out { part: 2, ..over(1, End::Quiet, &[PATH]) }]);
    let counts = bench.grouper.counts();
    assert_eq!((counts.late_parts, counts.late_records, counts.events), (2, 3, 3));
    assert_eq!((counts.records, counts.records_out), (6, 6));
}

#[test]
fn an_eoe_alone_opens_no_event() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[SYSCALL, EOE, EOE], 0).records(2, &[EOE], 0).out();
    assert_eq!(bench.finish().out(), []);
    assert_eq!(bench.grouper.counts().records_out, 4);
}

#[test]
fn a_late_record_of_a_kind_that_stands_alone_is_a_late_part() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[USER_LOGIN], 0).out();
    bench.records(1, &[USER_LOGIN], 10);
    assert_eq!(bench.tick(110).out(), [Out { part: 1, ..over(1, End::Quiet, &[USER_LOGIN]) }]);
}

#[test]
fn too_many_events_push_the_oldest_out() {
    let limits = Limits { max_events: 2, ..Limits::default() };
    let mut bench = Bench::bounded(LIVE, limits);
    bench.records(1, &[SYSCALL], 0).records(2, &[SYSCALL], 0).records(1, &[CWD], 5);
    assert_eq!(bench.records(3, &[SYSCALL], 6).out(), [over(1, End::TooManyEvents, &[SYSCALL, CWD])]);
    assert_eq!((bench.grouper.open_events(), bench.grouper.counts().early), (2, 1));
    assert_eq!(bench.records(1, &[PATH], 7).out(), [over(2, End::TooManyEvents, &[SYSCALL])]);
    assert_eq!(bench.records(1, &[EOE], 8).out(), [Out { part: 1, ..over(1, End::Eoe, &[PATH]) }]);
}

#[test]
fn a_lower_bound_holds_from_the_next_event_on() {
    let mut bench = Bench::new(LIVE);
    for serial in 0..10 {
        bench.records(serial, &[SYSCALL], 0);
    }
    bench.grouper.reconfigure(LIVE, Limits { max_events: 3, ..Limits::default() });
    assert_eq!(bench.grouper.open_events(), 10);
    bench.records(10, &[SYSCALL], 0);
    assert_eq!((bench.grouper.open_events(), bench.out().len()), (3, 8));
}

#[test]
fn new_times_hold_for_what_is_open() {
    let mut bench = Bench::new(LIVE);
    bench.records(1, &[AVC], 0).tick(50);
    bench.grouper.reconfigure(Timing::Live { quiet_ms: 20, incomplete_ms: 1000, title_ends: false }, Limits::default());
    assert_eq!(bench.tick(50).out(), [over(1, End::Quiet, &[AVC])]);
}

#[test]
fn an_event_of_too_many_records_goes_on_in_a_part() {
    let limits = Limits { max_event_records: 2, ..Limits::default() };
    let mut bench = Bench::bounded(LIVE, limits);
    bench.records(1, &[SYSCALL, PATH, PATH, PATH, PATH, EOE], 0);
    let part = |part, end, types: &[u16]| Out { part, ..over(1, end, types) };
    let wanted =
        [part(0, End::TooLarge, &[SYSCALL, PATH]), part(1, End::TooLarge, &[PATH, PATH]), part(2, End::Eoe, &[PATH])];
    assert_eq!(bench.out(), wanted);
    let counts = bench.grouper.counts();
    assert_eq!((counts.early, counts.late_parts, counts.late_records), (2, 0, 0));
}

#[test]
fn an_event_of_too_many_bytes_goes_on_in_a_part() {
    let limits = Limits { max_event_bytes: 100, ..Limits::default() };
    let mut bench = Bench::bounded(LIVE, limits);
    let (small, huge) = ([b'x'; 60], [b'x'; 500]);
    bench.push(&raw(SYSCALL, id(1), &small), 0).push(&raw(PATH, id(1), &small), 0).push(&raw(PATH, id(1), &huge), 0);
    bench.push(&raw(CWD, id(1), b"x"), 0).records(1, &[EOE], 0);
    let parts: Vec<_> = bench.out().into_iter().map(|out| (out.part, out.end, out.types)).collect();
    let wanted = [
        (0, End::TooLarge, vec![SYSCALL]),
        (1, End::TooLarge, vec![PATH]),
        (2, End::TooLarge, vec![PATH]),
        (3, End::Eoe, vec![CWD]),
    ];
    assert_eq!(parts, wanted);
}

#[test]
fn bounds_of_nothing_still_let_each_record_through() {
    let limits = Limits { max_events: 0, max_event_bytes: 0, max_event_records: 0 };
    let mut bench = Bench::bounded(LIVE, limits);
    bench.records(1, &[SYSCALL, PATH], 0).records(2, &[SYSCALL], 0).finish();
    assert_eq!(bench.out().iter().map(|out| out.types.len()).sum::<usize>(), 3);
}

#[test]
fn node_and_time_make_events_of_one_serial_different() {
    let mut bench = Bench::new(LIVE);
    let base = raw(SYSCALL, id(7), b"x=1");
    let other_time = EventId { ms: 721, ..base.id };
    let other_second = EventId { sec: 1, ..base.id };
    let records = [
        base,
        RawRecord { node: b"a", ..base },
        RawRecord { node: b"b", ..base },
        RawRecord { id: other_time, ..base },
        RawRecord { id: other_second, ..base },
    ];
    for number in [SYSCALL, CWD] {
        for record in &records {
            bench.push(&RawRecord { record_type: number, ..*record }, 0);
        }
    }
    assert_eq!(bench.grouper.open_events(), 5);
    for record in &records {
        assert_eq!(
            bench.push(&RawRecord { record_type: EOE, ..*record }, 0).out(),
            [over(7, End::Eoe, &[SYSCALL, CWD])]
        );
    }
}

#[test]
fn an_event_keeps_what_its_records_said() {
    let mut grouper = Grouper::new(LIVE, Limits::default());
    let record = RawRecord { name: b"", node: b"web-1", ..raw(SYSCALL, id(1), b"syscall=59") };
    let named = RawRecord { record_type: 0, name: b"NEW_TYPE", tail: b"UID=\"root\"", body: b"uid=0", ..record };
    let mut told = Vec::new();
    let mut out = |event: &Event| {
        let show = |record: Record<'_>| [record.name(), record.body(), record.tail()].map(<[u8]>::to_vec);
        told.push((event.node().to_vec(), event.records().map(show).collect::<Vec<_>>()));
    };
    for record in [record, named, RawRecord { record_type: EOE, ..record }] {
        grouper.push(&record, 0, &mut out);
    }
    let text = |texts: [&str; 3]| texts.map(|text| text.as_bytes().to_vec());
    let records = vec![text(["SYSCALL", "syscall=59", ""]), text(["NEW_TYPE", "uid=0", "UID=\"root\""])];
    assert_eq!(told, [(b"web-1".to_vec(), records)]);
}

#[test]
fn a_name_of_any_length_shifts_no_body() {
    let name = vec![b'N'; 70_000];
    let mut grouper = Grouper::new(LIVE, Limits::default());
    let record = RawRecord { name: &name, ..raw(0, id(1), b"uid=0") };
    grouper.push(&record, 0, &mut |_: &Event| {});
    let mut bodies = Vec::new();
    grouper.finish(&mut |event: &Event| bodies.extend(event.records().map(|record| record.body().to_vec())));
    assert_eq!(bodies, [b"uid=0"]);
}

#[test]
fn serials_that_roll_over_are_new_events() {
    let mut bench = Bench::new(LIVE);
    for serial in [u32::MAX - 1, u32::MAX, 0, 1] {
        bench.records(serial, &[SYSCALL, PATH, EOE], 0);
        assert_eq!(bench.out(), [over(serial, End::Eoe, &[SYSCALL, PATH])]);
    }
    assert_eq!(bench.grouper.counts().late_parts, 0);
}

#[test]
fn a_serial_that_comes_again_after_a_restart_is_no_late_part() {
    let mut bench = Bench::new(LIVE);
    bench.records(9, &[SYSCALL, EOE], 0).out();
    let again = EventId { sec: id(9).sec + 60, ..id(9) };
    bench.push(&raw(SYSCALL, again, b"x"), 0).push(&raw(EOE, again, b""), 0);
    assert_eq!(bench.out(), [over(9, End::Eoe, &[SYSCALL])]);
}

/// One thing that can happen to a grouper.
#[derive(Clone, Debug)]
enum Step {
    Record { number: u16, serial: u32, node: bool, body: Vec<u8> },
    Wait(Millis),
    Tick,
    Bound(usize),
    Titles(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number =
        prop::sample::select(vec![SYSCALL, URINGOP, CWD, PATH, AVC, PROCTITLE, EOE, EOE, USER_LOGIN, KERNEL, SOCKADDR]);
    let body = prop_oneof![Just(b"subj=?".to_vec()), prop::collection::vec(any::<u8>(), 0..60)];
    let serial = prop_oneof![4 => 0..6u32, 1 => Just(u32::MAX), 1 => 4096..4099u32];
    let record = (number, serial, any::<bool>(), body);
    let record = record.prop_map(|(number, serial, node, body)| Step::Record { number, serial, node, body });
    let step = prop_oneof![
        20 => record,
        3 => (0..1500u64).prop_map(Step::Wait),
        3 => Just(Step::Tick),
        1 => (0..5usize).prop_map(Step::Bound),
        1 => any::<bool>().prop_map(Step::Titles)
    ];
    prop::collection::vec(step, 0..120)
}

/// Records by event, each event's in no order.
type Told = BTreeMap<(Vec<u8>, EventId), Vec<(u16, Vec<u8>)>>;

fn tell(told: &mut Told, event: &Event) {
    let records = event.records().map(|record| (record.number(), record.body().to_vec()));
    told.entry((event.node().to_vec(), event.id())).or_default().extend(records);
}

fn sorted(mut told: Told) -> Told {
    for records in told.values_mut() {
        records.sort();
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_every_record_comes_out_once(steps in steps(), is_live in any::<bool>()) {
        let mut timing = if is_live { LIVE } else { LOG };
        let limits = Limits { max_events: 3, max_event_bytes: 100, max_event_records: 4 };
        let mut grouper = Grouper::new(timing, limits);
        let (mut now, mut most, mut taken, mut came) = (0, 3, 0, 0);
        let (mut given, mut told) = (Told::new(), Told::new());
        for step in steps {
            let mut out = |event: &Event| {
                came += event.len();
                tell(&mut told, event);
            };
            match step {
                Step::Wait(time) => now += time,
                Step::Tick => {
                    grouper.tick(now, &mut out);
                    prop_assert!(grouper.next_deadline().is_none_or(|at| at > now), "what is due is out");
                }
                Step::Bound(events) => {
                    most = most.max(events);
                    grouper.reconfigure(timing, Limits { max_events: events, ..limits });
                }
                Step::Titles(end) if is_live => {
                    timing = if end { TITLES } else { LIVE };
                    grouper.reconfigure(timing, limits);
                }
                Step::Titles(_) => {}
                Step::Record { number, serial, node, body } => {
                    let node: &[u8] = if node { b"n" } else { b"" };
                    let record = RawRecord { node, ..raw(number, id(serial), &body) };
                    grouper.push(&record, now, &mut out);
                    if number != EOE {
                        taken += 1;
                        given.entry((node.to_vec(), record.id)).or_default().push((number, body));
                    }
                }
            }
            let counts = grouper.counts();
            let open = taken - came;
            prop_assert_eq!(counts.records - counts.records_out, open as u64);
            prop_assert!(grouper.open_events() <= most && grouper.open_events() <= open);
            prop_assert_eq!(grouper.next_deadline().is_some(), open > 0);
        }
        grouper.finish(&mut |event: &Event| tell(&mut told, event));
        let counts = grouper.counts();
        prop_assert_eq!((counts.records, grouper.open_events()), (counts.records_out, 0));
        prop_assert_eq!(sorted(told), sorted(given));
    }

    #[test]
    fn with_titles_events_are_the_same_with_and_without_their_eoe(order in prop::collection::vec(0..6u32, 0..80)) {
        // Events of the kernel's own order, interleaved; each name in `order` gives the next record of that event.
        let kinds = [AVC, SYSCALL, CWD, PATH, PROCTITLE, EOE];
        let events = |eoe: bool| {
            let mut bench = Bench::new(TITLES);
            let mut given = [0_usize; 6];
            for serial in &order {
                let at = &mut given[*serial as usize];
                if let Some(kind) = kinds.get(*at).filter(|kind| eoe || **kind != EOE) {
                    bench.records(*serial, &[*kind], 0);
                }
                *at += 1;
            }
            (bench.finish().out(), bench.grouper.counts().late_parts)
        };
        prop_assert_eq!(events(true), events(false));
        prop_assert_eq!(events(true).1, 0);
    }

    #[test]
    fn the_order_of_the_input_changes_no_events_records(
        records in prop::collection::vec((0..8u32, 0..100u8), 0..60).prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle()))
    ) {
        let events = |records: &[(u32, u8)]| {
            let (mut told, mut clock) = (Told::new(), LogClock::default());
            let mut grouper = Grouper::new(LOG, Limits::default());
            let mut out = |event: &Event| tell(&mut told, event);
            for (serial, body) in records {
                let number = [SYSCALL, PATH, PROCTITLE, AVC][usize::from(body % 4)];
                let id = EventId { sec: u64::from(*serial), ms: 0, serial: *serial };
                let now = clock.read(id);
                grouper.tick(now, &mut out);
                grouper.push(&raw(number, id, &[*body]), now, &mut out);
            }
            grouper.finish(&mut out);
            sorted(told)
        };
        prop_assert_eq!(events(&records.0), events(&records.1));
    }
}
