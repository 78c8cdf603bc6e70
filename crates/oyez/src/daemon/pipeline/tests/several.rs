//! Several outputs at once: what each gets, and that none of them delays or costs another.

use std::fmt::Write as _;
use std::time::Instant;

use oyez_filter::matcher::Condition;
use oyez_filter::{Field, Tree};
use oyez_format::Ids;
use oyez_output::lane::OnFull;
use oyez_output::{Kind, Needs};

use super::*;
use crate::config::Format;
use crate::daemon::fakes::{Record, login, user_message};
use crate::form::{Boot, Form};

/// The least there is room for.
const QUEUE: u64 = 1 << 20;

fn three() -> ([Sink; 3], Vec<Wanted>) {
    let sinks = [Sink::default(), Sink::default(), Sink::default()];
    let wanted = std::iter::zip(["blocked", "failing", "fine"], &sinks).map(|(name, sink)| {
        let mut wanted = faked(name, sink);
        wanted.lane.queue = QUEUE;
        wanted
    });
    let wanted = wanted.collect();
    (sinks, wanted)
}

fn rig_for(wanted: &[Wanted]) -> Rig {
    rig_of(wanted, None, None, &Settings::default())
}

impl Rig {
    /// Does what the threads of outputs ask for, until `so`.
    fn until(&mut self, so: impl Fn() -> bool) {
        let start = Instant::now();
        while !so() {
            assert!(start.elapsed() < Duration::from_mins(1), "it did not come to that: {}", self.tally);
            if let Ok(look) = self.looks.recv_timeout(Duration::from_millis(5)) {
                self.pipeline.command(look);
            }
        }
    }

    /// Everything is handed on: the rest is up to the outputs.
    fn hand_on(&mut self, records: impl IntoIterator<Item = Record>) {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            self.take(records.by_ref().take(300), Duration::ZERO);
        }
    }
}

/// All of these fields have these values.
fn condition(fields: &[(&str, &str)]) -> (Tree, Condition) {
    let member = |(name, value): &(&str, &str)| (name.as_bytes().to_vec(), Tree::Text(value.as_bytes().to_vec()));
    let tree = Tree::Object(fields.iter().map(member).collect());
    let condition = Condition::parse(&tree, &mut Vec::new()).unwrap();
    (tree, condition)
}

#[test]
fn one_output_that_stops_and_one_that_fails_cost_a_third_nothing() {
    let ([blocked, failing, fine], wanted) = three();
    let mut rig = rig_for(&wanted);
    blocked.block(true);
    failing.fail(Some(ErrorKind::ConnectionRefused));
    let start = Instant::now();
    for round in 0..40 {
        rig.hand_on(storm(round * 200 + 1, 200));
        // The third one is given the time that a kernel would leave it.
        let out = || fine.of_kind("SYSCALL").len() == (round as usize + 1) * 200;
        rig.until(out);
    }
    assert!(start.elapsed() < Duration::from_mins(1));
    assert_eq!(fine.serials(), (1..=8000).collect::<Vec<_>>());
    let account = rig.tally.account();
    assert!(account.balances() && account.shed == 0 && account.lost == 0, "{account}");
    assert_eq!(rig.tally.last_serial(), None, "two outputs have nothing yet");
    // What two lost is told by the third, with their names.
    rig.pipeline.command(Command::Look);
    std::thread::sleep(Duration::from_millis(1100));
    rig.pipeline.idle();
    rig.until(|| {
        let losses = fine.of_kind("OYEZ_LOSS");
        ["blocked", "failing"].iter().all(|name| losses.iter().any(|loss| loss["oyez"]["output"] == *name))
    });
    blocked.block(false);
    failing.fail(None);
    rig.pipeline.finish();
    assert!(rig.tally.uneven().is_empty(), "{}", rig.tally);
    for sink in [&blocked, &failing] {
        let told: u64 = sink
            .of_kind("OYEZ_LOSS")
            .iter()
            .filter(|loss| loss["oyez"]["where"] == "shed" && loss["oyez"]["output"] != "fine")
            .filter(|loss| loss["oyez"]["type"] == "SYSCALL")
            .map(|loss| loss["oyez"]["count"].as_u64().unwrap())
            .sum();
        let missing = 2 * 8000 - blocked.serials().len() - failing.serials().len();
        assert_eq!(told, missing as u64, "each is told what both lack");
        assert!(sink.serials().is_sorted_by(|a, b| a < b), "in order, and none twice");
    }
    assert_eq!(rig.tally.last_serial(), Some(8000));
}

#[test]
fn an_output_fails_and_works_again_in_two_words_however_often_it_is_tried() {
    let ([failing, _, fine], wanted) = three();
    let mut rig = rig_for(&wanted);
    failing.fail(Some(ErrorKind::ConnectionRefused));
    rig.hand_on(storm(1, 10));
    let states = || -> Vec<String> {
        let told = fine.of_kind("OYEZ_OUTPUT");
        told.iter().map(|told| format!("{} {}", told["oyez"]["output"], told["oyez"]["state"])).collect()
    };
    rig.until(|| !states().is_empty());
    // Tried again, every 20 ms at most.
    let end = Instant::now() + Duration::from_millis(300);
    rig.until(|| Instant::now() > end);
    failing.fail(None);
    rig.until(|| failing.serials().len() == 10);
    std::thread::sleep(Duration::from_millis(2100));
    rig.pipeline.idle();
    rig.until(|| states().len() > 1);
    assert_eq!(states(), ["\"blocked\" \"failing\"", "\"blocked\" \"working\""]);
    let error = &fine.of_kind("OYEZ_OUTPUT")[0]["oyez"]["error"];
    assert_eq!(error, "cannot write: connection refused");
    assert_eq!(failing.of_kind("OYEZ_OUTPUT").len(), 2, "it is told itself, late");
    rig.pipeline.finish();
}

#[test]
fn a_reader_that_has_gone_ends_its_output_and_not_the_run() {
    let ([gone, _, fine], wanted) = three();
    let mut rig = rig_for(&wanted);
    rig.hand_on(storm(1, 10));
    gone.fail(Some(ErrorKind::BrokenPipe));
    rig.hand_on(storm(11, 10));
    rig.until(|| !fine.of_kind("OYEZ_OUTPUT").is_empty());
    assert!(!rig.seen.0.load(SeqCst), "two are left");
    let told = &fine.of_kind("OYEZ_OUTPUT")[0]["oyez"];
    assert_eq!((&told["output"], &told["state"]), (&"blocked".into(), &"ended".into()));
    rig.hand_on(storm(21, 10));
    rig.pipeline.finish();
    assert_eq!(fine.serials(), (1..=30).collect::<Vec<_>>());
    assert!(rig.tally.account().balances() && rig.tally.uneven().is_empty(), "{}", rig.tally);
    assert_eq!(rig.tally.last_serial(), Some(30), "who is gone holds up nothing");
}

#[test]
fn each_output_has_the_events_of_its_filter_and_what_none_wants_is_filtered() {
    let ([logins, opens, notices], mut wanted) = three();
    wanted[0].filter = Some(condition(&[("kind", "USER_LOGIN")]));
    wanted[1].filter = Some(condition(&[("syscall.name", "openat"), ("how", "x")]));
    wanted[1].notices = false;
    wanted[2].filter = Some(condition(&[("kind", "CWD")]));
    let mut rig = rig_for(&wanted);
    rig.give(
        storm(1, 3).into_iter().chain([login(4), (1307, b"audit(1.000:5): cwd=\"/\"".to_vec()), user_message(1107, 6)]),
        Duration::ZERO,
    );
    rig.pipeline.finish();
    assert_eq!((logins.serials(), opens.serials(), notices.serials()), (vec![4], vec![1, 2, 3], vec![5]));
    let stops = [&logins, &opens, &notices].map(|sink| sink.of_kind("OYEZ_STOP").len());
    assert_eq!(stops, [1, 0, 1], "whatever the filter says");
    let account = rig.tally.account();
    assert!(account.balances() && (account.filtered, account.shed) == (1, 0), "{account}");
    assert_eq!((rig.tally.events.get(), rig.tally.last_serial()), (5, Some(6)));
}

#[test]
fn what_a_full_output_does_not_want_is_no_loss() {
    let ([stopped, fine, _], mut wanted) = three();
    wanted.truncate(2);
    wanted[0].filter = Some(condition(&[("kind", "USER_LOGIN")]));
    wanted[1].filter = Some(condition(&[("kind", "SYSCALL")]));
    wanted[1].lane.on_full = OnFull::Wait;
    let mut rig = rig_for(&wanted);
    stopped.block(true);
    rig.hand_on((1..=6000).map(login));
    let shed = rig.tally.shed_events.get();
    assert!(shed > 0);
    rig.hand_on(storm(6001, 1000));
    assert_eq!(rig.tally.shed_events.get(), shed, "nobody else wants them");
    stopped.block(false);
    rig.pipeline.finish();
    assert_eq!((fine.serials().len(), stopped.serials().len() as u64 + shed), (1000, 6000));
    assert!(rig.tally.account().balances() && rig.tally.uneven().is_empty(), "{}", rig.tally);
}

#[test]
fn the_oldest_go_where_that_is_asked_for_and_nothing_is_torn_out_of_its_order() {
    let ([stopped, ..], mut wanted) = three();
    wanted.truncate(1);
    wanted[0].lane.on_full = OnFull::DropOldest;
    let mut rig = rig_for(&wanted);
    stopped.block(true);
    rig.hand_on(storm(1, 8000));
    let account = rig.tally.account();
    assert_eq!((account.shed, account.emitted), (0, 8000 * 3));
    assert!(rig.pipeline.router.waiting() <= QUEUE + (1 << 20), "{}", rig.pipeline.router.waiting());
    stopped.block(false);
    rig.pipeline.finish();
    let serials = stopped.serials();
    assert!(serials.is_sorted_by(|a, b| a < b) && serials.len() < 8000 && serials.last() == Some(&8000));
    let losses = stopped.of_kind("OYEZ_LOSS");
    let told = losses.iter().filter(|loss| loss["oyez"]["reason"] == "queue");
    let told: u64 = told.map(|loss| loss["oyez"]["count"].as_u64().unwrap()).sum();
    assert_eq!(told + serials.len() as u64, 8000, "{losses:?}");
    assert!(rig.tally.uneven().is_empty(), "{}", rig.tally);
}

/// An output that asks for ids.
#[derive(Clone, Debug)]
struct Asking(Arc<dyn Kind>);

impl Kind for Asking {
    fn open(&self, site: &oyez_output::sink::Site) -> Result<Box<dyn oyez_output::Sink>, oyez_output::Failure> {
        self.0.open(site)
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, _: &dyn std::any::Any) -> bool {
        false
    }
}

#[test]
fn outputs_of_one_format_have_the_same_lines_and_each_its_own_ids_and_keys() {
    let ([one, other, text], mut wanted) = three();
    wanted[0].kind = Arc::new(Asking(Arc::clone(&wanted[0].kind)));
    wanted[1].key = Some(Field::find("process.comm").unwrap());
    wanted[2].form = Form { format: Format::Laurel, color: false };
    let (look, looks) = crossbeam_channel::unbounded();
    let mut common = common(look);
    common.boot = Boot { id: Some("b".repeat(32)), ids: Some(Ids::of("cafecafecafe", &"b".repeat(32))) };
    let settings = Settings::default();
    let outputs = outputs::start(&wanted, &settings, &common).unwrap();
    let mut rig = rig_for(&[]);
    rig.looks = looks;
    rig.pipeline.router = Router::new(outputs, None, Finale::default(), Arc::clone(&rig.tally));
    rig.give(storm(1, 2), Duration::ZERO);
    rig.pipeline.finish();
    assert_eq!(one.lines(), other.lines());
    let ids: Vec<_> = one.lines().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((one.ids(), &ids[0]), (ids.clone(), &"cafecafecafe-bbbbbbbbbbbb-1700000000.123-1".to_owned()));
    assert!(ids[2].ends_with("-n1") && ids.len() == 3, "{ids:?}");
    assert_eq!((other.ids(), one.keys()), (vec![String::new(); 3], vec![vec![]; 3]));
    assert_eq!(other.keys(), [b"x".to_vec(), b"x".to_vec(), vec![]]);
    assert!(text.lines().iter().all(|line| line.get("v").is_none()), "it is another format");
}

#[test]
fn no_output_wants_anything_where_there_is_none() {
    let mut rig = rig_for(&[]);
    rig.hand_on(storm(1, 10));
    rig.pipeline.finish();
    let account = rig.tally.account();
    assert!(account.balances() && (account.filtered, account.emitted) == (20, 10), "{account}");
    assert_eq!(rig.tally.last_serial(), Some(10));
    let mut shown = String::new();
    write!(shown, "{}", rig.tally).unwrap();
    assert!(!shown.contains("output \""), "{shown}");
}
