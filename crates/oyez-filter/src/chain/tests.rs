//! The chain over fakes: what each link says is known, so that order, changes, failures and the two steps can be seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use oyez_events::EventId;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;

use super::link::Judged;
use super::script::{Says, ScriptLink, Scripted};
use super::*;
use crate::Tree;
use crate::spec::{OnError, What};
use crate::tell::Said;
use crate::view::{Read as _, View};

const CLOCK: Clock = Clock { now: || Duration::ZERO, every: 0 };

fn event(serial: u32) -> Event {
    let mut copy = Event::default();
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
    let line = format!("type=USER_CMD msg=audit(5.006:{serial}): pid={serial} uid=0 msg='cmd=x'");
    grouper.push(&LineParser::new().line(line.as_bytes()).unwrap(), 1, &mut |event: &Event| copy.copy_from(event));
    grouper.finish(&mut |event: &Event| copy.copy_from(event));
    copy
}

/// Tags every event with its own name behind all it has.
struct Tagging {
    name: Arc<str>,
    source: Source,
    verdict: Verdict,
    tags: Vec<Arc<str>>,
    seen: u64,
}

impl Tagging {
    fn slot(name: &str, source: Source, verdict: Verdict) -> Slot {
        slot(name, Tagging { name: name.into(), source, verdict, tags: Vec::new(), seen: 0 })
    }
}

impl Link for Tagging {
    fn source(&self) -> Source {
        self.source
    }

    fn judge(&mut self, view: &mut View<'_>, _: Known<'_>, _: Millis, _: &mut dyn FnMut(Told)) -> Judged {
        self.seen += 1;
        self.tags.clear();
        self.tags.extend(view.context().tags.iter().cloned());
        self.tags.push(Arc::clone(&self.name));
        Judged::new(self.verdict, true)
    }

    fn changed<'a>(&'a self, (event, context): Known<'a>) -> Known<'a> {
        (event, Context { tags: &self.tags, ..context })
    }

    fn tick(&mut self, _: Millis, _: &mut dyn FnMut(Told)) {}

    fn finish(&mut self, _: Millis, tell: &mut dyn FnMut(Told)) {
        tell(Told::new("OYEZ_REPEATS", EventId::default()).with("filter", &*self.name));
    }

    fn deadline(&self) -> Option<Millis> {
        None
    }

    fn counts(&self, out: &mut Vec<Counts>) {
        out.push(Counts { seen: self.seen, ..Counts::new(Arc::clone(&self.name)) });
    }
}

/// Says what it was given, then passes.
struct Saying {
    says: std::collections::VecDeque<Result<Says, &'static str>>,
    rewritten: Result<Event, &'static str>,
    calls: Arc<AtomicU64>,
    deadline: Option<Millis>,
    is_other: bool,
}

impl Saying {
    fn of(says: impl IntoIterator<Item = Result<Says, &'static str>>) -> Self {
        Saying {
            says: says.into_iter().collect(),
            rewritten: Ok(event(99)),
            calls: Arc::default(),
            deadline: None,
            is_other: true,
        }
    }
}

impl Scripted for Saying {
    fn call(&mut self, _: &mut View<'_>, _: Millis) -> Result<Says, String> {
        self.calls.fetch_add(1, Relaxed);
        self.says.pop_front().unwrap_or(Ok(Says::Pass)).map_err(str::to_owned)
    }

    fn rewrite(&mut self, _: &mut View<'_>, _: Known<'_>, _: &Tree) -> Result<bool, String> {
        self.rewritten.as_ref().map(|_| self.is_other).map_err(|error| (*error).to_owned())
    }

    fn rewritten<'a>(&'a self, (_, context): Known<'a>) -> Known<'a> {
        (self.rewritten.as_ref().unwrap(), context)
    }

    fn tick(&mut self, now: Millis) -> Result<(), String> {
        self.deadline = Some(now + 1000);
        Ok(())
    }

    fn finish(&mut self, _: Millis) -> Result<(), String> {
        Err("no end".to_owned())
    }

    fn deadline(&self) -> Option<Millis> {
        self.deadline
    }

    fn counters(&self) -> Vec<(Arc<str>, i64)> {
        vec![("calls".into(), -1)]
    }

    fn emitted(&mut self, _: &mut dyn FnMut(Told)) {}
}

fn slot(name: &str, link: impl Link + 'static) -> Slot {
    let what = What::Match { condition: Tree::Null, action: String::new() };
    let specs = vec![Spec { name: name.into(), what }];
    Slot { link: Box::new(link), specs, watch: Stopwatch::new(CLOCK), is_changed: false }
}

fn script(name: &str, saying: Saying, on_error: OnError, max_errors: Option<u32>) -> Slot {
    slot(name, ScriptLink::new(name.into(), saying, on_error, max_errors))
}

fn chain(slots: impl IntoIterator<Item = Slot>) -> Filters {
    Filters::of(slots.into_iter().collect(), JsonOptions::default(), Limits::default())
}

/// The tags that an event goes out with, and its serial; with `early` in two steps.
fn run(filters: &mut Filters, serial: u32, early: bool, told: &mut Vec<Told>) -> Option<(u32, Vec<String>)> {
    let event = event(serial);
    let tell = &mut |one| told.push(one);
    if early && !filters.early(&event, 0, tell) {
        return None;
    }
    let (event, context) = filters.late(&event, Context::default(), 0, tell).left?;
    Some((event.id().serial, context.tags.iter().map(ToString::to_string).collect()))
}

#[test]
fn what_one_filter_changed_is_what_the_next_sees_in_one_step_or_two() {
    use Source::{Known, Records, Redacted};
    use Verdict::{Drop, Keep, Pass};
    let cases = [
        ([(Records, Pass), (Records, Pass), (Known, Pass)], Some("abc"), [1, 1, 1]),
        ([(Records, Pass), (Redacted, Pass), (Records, Pass)], Some("abc"), [1, 1, 1]),
        ([(Records, Keep), (Records, Drop), (Known, Drop)], Some("a"), [1, 0, 0]),
        ([(Records, Pass), (Records, Keep), (Known, Drop)], Some("ab"), [1, 1, 0]),
        ([(Records, Pass), (Records, Drop), (Known, Keep)], None, [1, 1, 0]),
        ([(Known, Pass), (Records, Keep), (Known, Drop)], Some("ab"), [1, 1, 0]),
        ([(Records, Pass), (Known, Drop), (Known, Keep)], None, [1, 1, 0]),
        ([(Records, Pass), (Records, Pass), (Records, Pass)], Some("abc"), [1, 1, 1]),
    ];
    for (links, tags, seen) in cases {
        for early in [false, true] {
            let named = ["a", "b", "c"].into_iter().zip(links);
            let mut filters = chain(named.map(|(name, (source, verdict))| Tagging::slot(name, source, verdict)));
            let out = run(&mut filters, 1, early, &mut Vec::new());
            assert_eq!(out.map(|(_, tags)| tags.concat()).as_deref(), tags, "{links:?} {early}");
            assert_eq!(
                filters.counts().iter().map(|counts| counts.seen).collect::<Vec<_>>(),
                seen,
                "{links:?} {early}"
            );
        }
    }
}

#[test]
fn what_was_said_early_of_one_event_is_not_said_of_the_next() {
    let mut filters =
        chain([Tagging::slot("a", Source::Records, Verdict::Keep), Tagging::slot("b", Source::Known, Verdict::Drop)]);
    let tell = &mut |_| {};
    // Shed in between.
    assert!(filters.early(&event(1), 0, tell));
    assert!(filters.early(&event(2), 0, tell));
    let event = event(2);
    assert!(filters.late(&event, Context::default(), 0, tell).left.is_some());
    assert_eq!(filters.late(&event, Context::default(), 0, tell).did.verdict, Verdict::Keep, "asked anew");
}

#[test]
fn a_rewritten_event_takes_the_place_of_the_one_that_came() {
    let rewriting = Saying::of([Ok(Says::Rewrite(Tree::Null))]);
    let tagging = |name| Tagging::slot(name, Source::Known, Verdict::Pass);
    let mut filters = chain([tagging("a"), script("s", rewriting, OnError::Pass, None), tagging("b")]);
    let mut out = |serial| run(&mut filters, serial, false, &mut Vec::new()).unwrap();
    assert_eq!((out(1).0, out(2).0), (99, 2));
    assert_eq!(filters.counts()[1].changed, 1);
}

#[test]
fn what_was_made_anew_and_differs_in_nothing_is_not_changed() {
    let mut same = Saying::of([Ok(Says::Rewrite(Tree::Null))]);
    same.is_other = false;
    let mut filters = chain([script("s", same, OnError::Pass, None)]);
    let event = event(1);
    let outcome = filters.late(&event, Context::default(), 0, &mut |_| {});
    assert!(!outcome.did.is_changed && outcome.left.is_some_and(|(left, _)| left.id().serial == 1));
    let counts = &filters.counts()[0];
    assert_eq!((counts.seen, counts.matched, counts.changed), (1, 0, 0));
}

#[test]
fn the_counts_of_a_script_have_its_own_and_why_it_failed_last() {
    let saying = Saying::of([Err("a"), Err("b"), Ok(Says::Pass)]);
    let mut filters = chain([script("s", saying, OnError::Pass, None)]);
    (1..=3).for_each(|serial| drop(run(&mut filters, serial, false, &mut Vec::new())));
    let counts = &filters.counts()[0];
    assert_eq!(counts.error.as_deref(), Some("b"));
    assert_eq!(counts.told().get("counter_calls"), Some(&Said::Number(-1)));
}

#[test]
fn failures_pass_or_drop_and_an_answer_that_is_no_event_is_one() {
    let failing = || {
        let mut saying = Saying::of([Err("odd"), Ok(Says::Rewrite(Tree::Null)), Ok(Says::Pass)]);
        saying.rewritten = Err("no event");
        saying
    };
    for (on_error, out) in [(OnError::Pass, [true, true, true]), (OnError::Drop, [false, false, true])] {
        let mut filters = chain([script("s", failing(), on_error, None)]);
        let mut told = Vec::new();
        let went =
            [1, 2, 3].map(|serial| run(&mut filters, serial, false, &mut told).is_some_and(|(at, _)| at == serial));
        assert_eq!(went, out);
        let counts = &filters.counts()[0];
        assert_eq!((counts.seen, counts.errors, counts.changed, counts.is_off), (3, 2, 0, false));
        assert_eq!(counts.dropped, if on_error == OnError::Drop { 2 } else { 0 });
        assert_eq!(told.len(), 1, "the second one within a minute is counted only");
        assert_eq!((told[0].kind, told[0].get("error")), ("OYEZ_FILTER_ERROR", Some(&Said::from("odd"))));
        assert_eq!((told[0].sec, told[0].ms), (5, 6), "the time of its event");
    }
}

#[test]
fn so_many_failures_in_a_row_switch_a_script_off_and_that_is_told() {
    let saying = Saying::of([Err("a"), Err("b"), Ok(Says::Pass), Err("c"), Err("d"), Err("e"), Err("f")]);
    let calls = Arc::clone(&saying.calls);
    let mut filters = chain([script("s", saying, OnError::Drop, Some(3))]);
    let mut told = Vec::new();
    let went: Vec<_> = (1..=8).map(|serial| run(&mut filters, serial, false, &mut told).is_some()).collect();
    assert_eq!(went, [false, false, true, false, false, false, true, true]);
    assert_eq!(calls.load(Relaxed), 6, "it is not asked any more");
    let off = told.last().unwrap();
    assert_eq!((off.kind, off.get("error")), ("OYEZ_FILTER_OFF", Some(&Said::from("e"))));
    assert_eq!((off.get("filter"), off.get("in_row")), (Some(&Said::from("s")), Some(&Said::Number(3))));
    let counts = &filters.counts()[0];
    assert_eq!((counts.seen, counts.errors, counts.is_off), (6, 5, true));
    assert_eq!(counts.told().get("off"), Some(&Said::Flag(true)));
    told.clear();
    filters.finish(0, &mut |one| told.push(one));
    assert!(told.is_empty(), "nor at the end: {told:?}");
}

#[test]
fn zero_as_the_bound_never_switches_off() {
    let mut filters = chain([script("s", Saying::of((0..1000).map(|_| Err("x"))), OnError::Pass, None)]);
    let mut told = Vec::new();
    assert!((1..=1000).all(|serial| run(&mut filters, serial, false, &mut told).is_some()));
    assert!(!filters.counts()[0].is_off);
}

#[test]
fn time_is_told_when_it_is_asked_for_and_there_is_a_deadline_for_that_only() {
    assert_eq!(chain([script("s", Saying::of([]), OnError::Pass, None)]).deadline(), None);
    let mut saying = Saying::of([]);
    saying.deadline = Some(500);
    let mut filters =
        chain([Tagging::slot("a", Source::Known, Verdict::Pass), script("s", saying, OnError::Pass, None)]);
    filters.tick(499, &mut |_| {});
    assert_eq!(filters.deadline(), Some(500));
    filters.tick(700, &mut |_| {});
    assert_eq!(filters.deadline(), Some(1700));
}

#[test]
fn filters_that_stay_keep_what_they_hold_and_those_that_go_tell_it() {
    let tagging = |name| Tagging::slot(name, Source::Known, Verdict::Pass);
    let mut filters = chain([tagging("a"), tagging("b"), tagging("c")]);
    assert!(run(&mut filters, 1, false, &mut Vec::new()).is_some());
    let mut told = Vec::new();
    let ended = filters.replace(chain([tagging("c"), tagging("d"), tagging("a")]), 0, &mut |one| told.push(one));
    assert_eq!(told.iter().map(|told| told.get("filter").unwrap().clone()).collect::<Vec<_>>(), [Said::from("b")]);
    assert_eq!(ended.iter().map(|counts| (&*counts.name, counts.seen)).collect::<Vec<_>>(), [("b", 1)]);
    let held: Vec<_> = filters.counts().iter().map(|counts| (counts.name.to_string(), counts.seen)).collect();
    assert_eq!(held, [("c".to_owned(), 1), ("d".to_owned(), 0), ("a".to_owned(), 1)]);
    assert_eq!(run(&mut filters, 2, false, &mut Vec::new()).unwrap().1.concat(), "cda", "in their new order");
}

#[test]
fn a_chain_can_be_given_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Filters>();
}
