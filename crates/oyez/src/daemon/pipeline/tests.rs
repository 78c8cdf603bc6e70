use std::io::ErrorKind;

use oyez_output::lane::OnFull;

use super::*;
use crate::config::{OnOverload, Settings};
use crate::daemon::fakes::{OWN_PID, Sink, common, event, faked, storm, titled, within};
use crate::daemon::finale::Finale;
use crate::daemon::outputs::{self, Wanted};
use crate::daemon::own::Own;

#[derive(Clone, Default)]
struct Seen(Arc<AtomicBool>);

impl Watcher for Seen {
    fn active(&self) {}

    fn news(&self, _: News) {}

    fn nobody_left(&self) {
        self.0.store(true, SeqCst);
    }

    fn expecting(&self) {}
}

mod cost;
mod filters;
mod limited;
mod overload;
mod several;

struct Rig {
    pipeline: Pipeline<Seen>,
    sink: Sink,
    tally: Arc<Tally>,
    seen: Seen,
    /// What the outputs' threads ask of the pipeline.
    looks: Receiver<Command>,
}

fn rig(resume: Option<u32>) -> Rig {
    rig_with(resume, &Settings::default())
}

fn rig_with(resume: Option<u32>, settings: &Settings) -> Rig {
    let sink = Sink::default();
    let mut wanted = vec![faked("out", &sink)];
    if settings.on_overload == OnOverload::Wait {
        wanted[0].lane.on_full = OnFull::Wait;
    }
    Rig { sink, ..rig_of(&wanted, Some(Own::new([OWN_PID])), resume, settings) }
}

fn rig_of(wanted: &[Wanted], own: Option<Own>, resume: Option<u32>, settings: &Settings) -> Rig {
    let (tally, seen) = (Arc::new(Tally::default()), Seen::default());
    let (look, looks) = crossbeam_channel::unbounded();
    let outputs = outputs::start(wanted, settings, &common(look)).unwrap();
    let router = Router::new(outputs, own, Finale::default(), Arc::clone(&tally));
    let watcher = (Dormant::default(), seen.clone());
    let grouping = Grouping::of(&settings.group);
    let pipeline = Pipeline::new(grouping, router, resume, Arc::clone(&tally), Clock::start(), watcher);
    Rig { pipeline, sink: Sink::default(), tally, seen, looks }
}

impl Rig {
    fn give(&mut self, records: impl IntoIterator<Item = (u16, Vec<u8>)>, at: Duration) {
        self.take(records, at);
        self.pipeline.router.settle_all();
    }

    fn take(&mut self, records: impl IntoIterator<Item = (u16, Vec<u8>)>, at: Duration) {
        let mut batch = Batch::with_bound(1 << 20);
        for (kind, payload) in records {
            self.tally.received.add(1);
            assert!(batch.push(kind, &payload, false));
        }
        batch.set_received(at);
        self.pipeline.batch(&batch);
    }

    fn command(&mut self, command: Command) {
        self.pipeline.command(command);
        self.pipeline.router.settle_all();
    }
}

#[test]
fn every_record_ends_in_one_count() {
    let mut rig = rig(None);
    rig.give(storm(1, 100), Duration::ZERO);
    rig.give(event(101, OWN_PID), Duration::ZERO);
    rig.give([(1300, b"no stamp".to_vec())], Duration::ZERO);
    rig.sink.fail(Some(ErrorKind::StorageFull));
    rig.take(storm(102, 10), Duration::ZERO);
    rig.pipeline.router.settle();
    rig.sink.fail(None);
    rig.pipeline.router.settle_all();
    rig.sink.refuse(true);
    rig.give(storm(112, 10), Duration::ZERO);
    rig.sink.refuse(false);
    rig.give([(1300, b"audit(1.000:122): left open".to_vec())], Duration::ZERO);
    rig.pipeline.finish();
    let account = rig.tally.account();
    assert!(account.balances(), "{account}");
    // EOEs hold nothing that could be filtered or lost.
    assert_eq!((account.filtered, account.lost), (2, 0));
    assert_eq!((rig.tally.events.get(), rig.tally.malformed.get()), (121, 1));
    assert_eq!((rig.sink.of_kind("SYSCALL").len(), rig.tally.uneven()), (111, vec![]));
    let malformed = &rig.sink.of_kind("OYEZ_MALFORMED")[0]["oyez"];
    assert_eq!((&malformed["type"], &malformed["text"]), (&1300.into(), &"no stamp".into()));
    let losses = rig.sink.of_kind("OYEZ_LOSS");
    let refused = |loss: &serde_json::Value| loss["where"] == "output" && loss["reason"] == "refused";
    assert!(
        losses
            .iter()
            .any(|loss| refused(&loss["oyez"]) && loss["oyez"]["count"] == 10 && loss["oyez"]["output"] == "out"),
        "{losses:?}"
    );
    let stop = &rig.sink.of_kind("OYEZ_STOP")[0]["oyez"];
    assert_eq!((&stop["received"], &stop["lost"]), (&account.received.into(), &0.into()));
}

#[test]
fn what_comes_again_is_relied_on_only_behind_the_records_that_may_lack_it() {
    let mut rig = rig(None);
    let at = Duration::from_secs;
    rig.pipeline.command(Command::Expect(Absent { eoe: true, events: false }));
    rig.pipeline.command(Command::Return(Absent::default(), at(5)));
    let without_eoe = |serial| titled(serial).into_iter().take(3);
    rig.give(without_eoe(1), at(4));
    rig.give(without_eoe(2), at(5));
    assert_eq!(rig.sink.of_kind("SYSCALL").len(), 2);
    rig.give(without_eoe(3), at(6));
    assert_eq!(rig.sink.of_kind("SYSCALL").len(), 2, "its EOE is to come");
    rig.give(titled(3).into_iter().skip(3), at(6));
    assert_eq!((rig.sink.of_kind("SYSCALL").len(), rig.tally.incomplete.get()), (3, 0));
}

#[test]
fn how_far_it_came_is_how_far_all_was_written() {
    let mut rig = rig(None);
    rig.sink.block(true);
    rig.take(storm(1, 10), Duration::ZERO);
    assert_eq!(rig.tally.last_serial(), None, "nothing is written");
    rig.sink.block(false);
    rig.pipeline.router.settle_all();
    assert_eq!(rig.tally.last_serial(), Some(10));
    let [syscall, cwd, eoe] = event(11, 1);
    rig.give([syscall, cwd].into_iter().chain(event(12, 1)), Duration::ZERO);
    assert_eq!(rig.tally.last_serial(), Some(10), "11 is open");
    rig.give([eoe], Duration::ZERO);
    assert_eq!(rig.tally.last_serial(), Some(12));
    rig.give(event(13, OWN_PID), Duration::ZERO);
    assert_eq!(rig.tally.last_serial(), Some(13), "it is left out, and nothing waits");
}

#[test]
fn records_that_waited_in_the_queue_are_grouped_by_when_they_were_received() {
    let mut rig = rig(None);
    let [syscall, cwd, eoe] = event(1, 1);
    // Minutes of the pipeline's own time may have gone by in between.
    rig.give([syscall], Duration::from_mins(10));
    rig.give([cwd], Duration::from_secs(601));
    rig.give([eoe], Duration::from_secs(602));
    let events = rig.sink.of_kind("SYSCALL");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["records"], serde_json::json!(["SYSCALL", "CWD"]));
}

#[test]
fn an_event_without_eoe_comes_out_on_an_idle_host() {
    let mut rig = rig(None);
    rig.give([(1305, b"audit(1.000:1): op=set audit_enabled=1 old=0".to_vec())], Duration::ZERO);
    assert!(rig.pipeline.patience() < Duration::from_secs(1));
    std::thread::sleep(Duration::from_millis(80));
    rig.pipeline.idle();
    rig.pipeline.router.settle_all();
    assert_eq!(rig.sink.of_kind("CONFIG_CHANGE").len(), 1);
    assert_eq!(rig.pipeline.patience(), IDLE, "nothing to wait for");
}

#[test]
fn a_restart_tells_how_many_events_it_may_have_missed() {
    for (last, first, missed) in [(10, 11, None), (10, 15, Some(4)), (u32::MAX, 2, Some(2)), (1000, 5, None)] {
        let mut rig = rig(Some(last));
        rig.give(storm(first, 1), Duration::ZERO);
        rig.pipeline.finish();
        let losses = rig.sink.of_kind("OYEZ_LOSS");
        let told = losses.iter().find(|loss| loss["oyez"]["where"] == "restart");
        assert_eq!(told.map(|loss| loss["oyez"]["count"].as_u64().unwrap()), missed, "{last} {first}");
        assert!(told.is_none_or(|loss| loss["oyez"]["bound"] == "upper"));
    }
}

#[test]
fn losses_are_told_while_nothing_comes_in() {
    let (losses, patience) = within(Duration::from_millis(400), || {
        let mut rig = rig(None);
        rig.tally.kernel_lost.set(3);
        rig.command(Command::Look);
        rig.tally.kernel_lost.set(5);
        rig.command(Command::Look);
        (rig.sink.of_kind("OYEZ_LOSS"), rig.pipeline.patience())
    });
    assert_eq!(losses.len(), 1, "the second one is too early");
    assert_eq!(
        losses[0]["oyez"],
        serde_json::json!({"where": "kernel", "count": 3, "unit": "records", "bound": "lower", "total": 3})
    );
    assert!(patience > Duration::from_millis(500) && patience <= Duration::from_secs(1), "{patience:?}");
}

#[test]
fn a_loss_whose_telling_was_lost_is_told_again() {
    let mut rig = rig(None);
    rig.sink.refuse(true);
    for serial in 1..=3 {
        rig.give(storm(serial, 1), Duration::ZERO);
    }
    rig.command(Command::Look);
    assert!(rig.pipeline.patience() <= Duration::from_secs(1), "it is tried again though nothing comes in");
    rig.sink.refuse(false);
    rig.pipeline.finish();
    let losses = rig.sink.of_kind("OYEZ_LOSS");
    let told: Vec<_> = losses.iter().map(|loss| (&loss["oyez"]["count"], &loss["oyez"]["total"])).collect();
    assert_eq!(told, [(&3.into(), &3.into())]);
}

#[test]
fn a_reader_that_has_gone_is_told_once_and_the_rest_is_counted() {
    let mut rig = rig(None);
    rig.sink.fail(Some(ErrorKind::BrokenPipe));
    rig.give(storm(1, 1), Duration::ZERO);
    let look = rig.looks.recv_timeout(Duration::from_mins(1)).unwrap();
    rig.pipeline.command(look);
    assert!(rig.seen.0.swap(false, SeqCst));
    rig.give(storm(2, 1), Duration::ZERO);
    rig.pipeline.finish();
    assert!(!rig.seen.0.load(SeqCst));
    assert!(rig.tally.account().balances() && rig.tally.uneven().is_empty(), "{}", rig.tally);
    assert!(rig.tally.outputs.lines()[0].contains("= acked 0 + dropped "), "{}", rig.tally);
}

#[test]
fn the_way_round_of_serials_is_known() {
    assert_eq!([missed(1, 2), missed(1, 1), missed(2, 1), missed(1, 5), missed(u32::MAX, 0)], [0, 0, 0, 3, 0]);
}
