//! Outputs of a running daemon: how they come, go and change, and how they end.

use std::time::Instant;

use oyez_output::lane::{OnFull, Spooling};
use oyez_output::spool;

use super::*;
use crate::daemon::fakes::{Sink, faked};

#[test]
fn outputs_come_go_and_change_in_a_stream_and_none_that_stays_loses_or_doubles_an_event() {
    let [gone, late, other] = [Sink::default(), Sink::default(), Sink::default()];
    let sinks = [gone.clone(), late.clone(), other.clone()];
    let rig = Rig::new(RESTORE);
    let first = sinks[0].clone();
    rig.handles.want(move |sink, _| vec![faked("stays", sink), faked("goes", &first)]);
    let (_, after) = rig.run(move |handles| {
        let feeder = handles.clone();
        let feed = std::thread::spawn(move || {
            for round in 0..200 {
                feeder.source.give(storm(round * 50 + 1, 50));
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let reload = |count: usize| {
            handles.signal(SIGHUP);
            handles.until(|handles| handles.sink.of_kind("OYEZ_RELOAD").len() == count);
        };
        let (late, other) = (sinks[1].clone(), sinks[2].clone());
        handles.until(|handles| handles.tally.events.get() > 1000);
        let new = late.clone();
        handles.want(move |sink, _| {
            // It changes, but not its place nor what it holds.
            let mut stays = faked("stays", sink);
            (stays.lane.queue, stays.lane.on_full) = (4 << 20, OnFull::Wait);
            vec![faked("comes", &new), stays]
        });
        reload(1);
        handles.until(|handles| handles.tally.events.get() > 5000);
        handles.want(move |sink, _| vec![faked("stays", sink), faked("comes", &other)]);
        reload(2);
        feed.join().unwrap();
        handles.until(|handles| handles.tally.events.get() == 10_000);
        handles.signal(SIGTERM);
    });
    assert!(after.tally.account().balances() && after.tally.uneven().is_empty(), "{}", after.tally);
    assert_eq!(after.sink.serials(), (1..=10_000).collect::<Vec<_>>(), "who stays has all, once, in order");
    let (gone, late, other) = (gone.serials(), late.serials(), other.serials());
    // Each has all from when it came to when it went; a sink that another takes the place of hands on to it.
    assert_eq!(gone, (1..=gone.len() as u64).collect::<Vec<_>>());
    assert_eq!([late, other].concat(), (gone.len() as u64 + 1..=10_000).collect::<Vec<_>>());
    let told: Vec<_> = after.sink.of_kind("OYEZ_RELOAD").iter().map(|told| told["oyez"].clone()).collect();
    assert_eq!(
        (&told[0]["outputs_added"], &told[0]["outputs_removed"], &told[0]["outputs_changed"]),
        (&"comes".into(), &"goes".into(), &"stays".into())
    );
    assert_eq!(
        (told[1].get("outputs_added"), told[1].get("outputs_removed"), &told[1]["outputs_changed"]),
        (None, None, &"stays,comes".into())
    );
    assert_eq!(after.sink.reopened(), 2, "with every configuration that is read");
}

#[test]
fn an_output_that_cannot_be_made_has_the_whole_configuration_refused() {
    let (_, after) = Rig::new("node = \"before\"\n").run(|handles| {
        handles.source.give(storm(1, 10));
        handles.until(|handles| handles.sink.serials().len() == 10);
        *handles.config.lock().unwrap() = "node = \"after\"\n".to_owned();
        handles.want(|sink, _| {
            let broken = Sink::default();
            broken.make_unusable();
            vec![faked("out", sink), faked("broken", &broken)]
        });
        handles.signal(SIGHUP);
        handles.until(|handles| !handles.sink.of_kind("OYEZ_RELOAD").is_empty());
        handles.source.give(storm(11, 10));
        handles.until(|handles| handles.sink.serials().len() == 20);
        handles.signal(SIGTERM);
    });
    let told = &after.sink.of_kind("OYEZ_RELOAD")[0]["oyez"];
    assert_eq!(told["result"], "failed");
    let error = told["error"].as_str().unwrap();
    assert!(error.contains("cannot start output \"broken\"") && error.contains("certificate"), "{error}");
    assert!(after.sink.of_kind("SYSCALL").iter().all(|event| event["node"] == "before"));
    assert_eq!((after.sink.serials(), after.sink.reopened()), ((1..=20).collect(), 1), "a log may have been rotated");
}

#[test]
fn what_a_dead_output_has_at_the_end_is_in_its_spool_and_comes_out_of_the_next_run() {
    let root = TempDir::new().unwrap();
    let [dead, fine] = [Sink::default(), Sink::default()];
    let rig = |dead: &Sink, fine: &Sink| {
        let (dead, fine, path) = (dead.clone(), fine.clone(), root.join("spool"));
        let rig = Rig::new("on_exit = \"restore\"\ndrain_time = \"300ms\"\n");
        rig.handles.want(move |_, _| {
            let mut spooled = faked("dead", &dead);
            let spool = spool::Settings { compression: None, ..spool::Settings::DEFAULT };
            spooled.lane.on_full = OnFull::Spool;
            spooled.lane.spool =
                Some(Spooling { path: path.clone(), settings: spool, sync_every: Duration::from_secs(1) });
            vec![spooled, faked("fine", &fine)]
        });
        rig
    };
    dead.fail(Some(ErrorKind::ConnectionRefused));
    let (_, first) = rig(&dead, &fine).run(|handles| {
        handles.source.give(storm(1, 2000));
        handles.until(|handles| handles.tally.events.get() == 2000);
        handles.until(|handles| handles.tally.last_serial() == Some(2000));
        handles.signal(SIGTERM);
    });
    assert_eq!((dead.serials().len(), fine.serials().len()), (0, 2000));
    assert!(first.tally.uneven().is_empty(), "{}", first.tally);
    let lines = first.tally.outputs.lines();
    assert!(lines[0].contains("= acked 0 + dropped 0 + held 20"), "{lines:?}");
    dead.fail(None);
    let (_, second) = rig(&dead, &fine).run(|handles| {
        handles.source.give(storm(2001, 10));
        handles.until(|handles| handles.tally.events.get() == 10);
        handles.signal(SIGTERM);
    });
    assert_eq!(dead.serials(), (1..=2010).collect::<Vec<_>>(), "at least once, and here just once");
    assert_eq!(dead.of_kind("OYEZ_STOP").len(), 2, "of both runs");
    assert!(second.tally.uneven().is_empty() && second.tally.outputs.lines()[0].contains(" + carried 20"));
}

#[test]
fn outputs_have_their_time_at_the_end_all_at_once_and_a_second_signal_ends_it() {
    let run = |config: &'static str, again: bool| {
        let [one, other] = [Sink::default(), Sink::default()];
        let rig = Rig::new(config);
        let sinks = [one.clone(), other.clone()];
        rig.handles.want(move |sink, _| {
            let two = [("one", &sinks[0]), ("other", &sinks[1])];
            let two = two.map(|(name, sink)| faked(name, sink));
            [faked("out", sink)].into_iter().chain(two).collect()
        });
        let start = Arc::new(std::sync::Mutex::new(Instant::now()));
        let begun = Arc::clone(&start);
        let (_, after) = rig.run(move |handles| {
            one.block(true);
            other.block(true);
            handles.source.give(storm(1, 100));
            handles.until(|handles| handles.sink.serials().len() == 100);
            *begun.lock().unwrap() = Instant::now();
            handles.signal(SIGTERM);
            if again {
                handles.until(|handles| !handles.sink.of_kind("OYEZ_STOP").is_empty());
                handles.signal(SIGTERM);
            }
        });
        let took = start.lock().unwrap().elapsed();
        assert!(after.tally.account().balances() && after.tally.uneven().is_empty(), "{}", after.tally);
        let lines = after.tally.outputs.lines();
        assert!(lines[0].contains(" + dropped 0 + held 0"), "{lines:?}");
        assert!(
            lines[1..].iter().all(|line| line.contains("= acked 0 + dropped 10") && line.contains("end 10")),
            "{lines:?}"
        );
        took
    };
    let took = run("drain_time = \"3s\"\n", false);
    assert!((Duration::from_secs(3)..Duration::from_secs(8)).contains(&took), "{took:?}");
    let took = run("drain_time = \"1h\"\n", true);
    assert!(took < Duration::from_secs(30), "{took:?}");
}
