//! Filters of the configuration over a running daemon's life.

use oyez_testkit::TempDir;
use signal_hook::consts::{SIGHUP, SIGTERM};

use crate::daemon::fakes::{Handles, Rig, storm};

fn reload(handles: &Handles, config: String, times: usize) {
    *handles.config.lock().unwrap() = config;
    handles.signal(SIGHUP);
    handles.until(|handles| handles.sink.of_kind("OYEZ_RELOAD").len() == times);
}

#[test]
fn filters_are_swapped_between_two_events_and_what_does_not_compile_leaves_all_as_it_was() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("tag.lua");
    let tag = |name: &str| format!("function filter(event) return event:with{{ tags = {{ '{name}' }} }} end");
    let table = format!("[[filter]]\nlua = {:?}\n", path.display().to_string());
    std::fs::write(&path, tag("one")).unwrap();
    let rig = Rig::new(&table);
    let (_, after) = rig.run(move |handles| {
        handles.source.give(storm(1, 3000));
        std::fs::write(&path, tag("two")).unwrap();
        reload(&handles, table.clone(), 1);
        handles.source.give(storm(3001, 1000));
        std::fs::write(&path, "function filter(event) return event. end").unwrap();
        reload(&handles, format!("node = \"never\"\n{table}"), 2);
        handles.source.give(storm(4001, 1000));
        let drop = "[[filter]]\nmatch = { kind = \"SYSCALL\" }\naction = \"drop\"\n";
        reload(&handles, drop.to_owned(), 3);
        handles.source.give(storm(5001, 1000));
        handles.until(|handles| handles.source.is_empty());
        handles.signal(SIGTERM);
    });
    let account = after.tally.account();
    assert!(account.balances() && account.lost == 0, "{account}");
    let events = after.sink.of_kind("SYSCALL");
    let mut tags: Vec<_> = events.iter().map(|event| event["tags"][0].as_str().unwrap()).collect();
    tags.dedup();
    assert_eq!(tags, ["one", "two"], "each from one event on");
    assert_eq!(account.filtered, 1000 * 2);
    assert_eq!(events.len(), 5000);
    assert!(events.iter().all(|event| event.get("node").is_none()), "the whole configuration was refused");
    let told = after.sink.of_kind("OYEZ_RELOAD");
    let results: Vec<_> = told.iter().map(|told| told["oyez"]["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["success", "failed", "success"]);
    assert!(told[1]["oyez"]["error"].as_str().unwrap().contains("tag.lua:1:1: error: "), "{}", told[1]);
    let lines = after.sink.lines();
    let kinds: Vec<_> = lines.iter().rev().take(2).map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["OYEZ_STOP", "OYEZ_FILTER_COUNTS"]);
}
