//! Filters among the other stages: what they drop, change and tell, and whether the books balance.

use std::fs;
use std::path::Path;

use oyez_testkit::TempDir;

use super::*;
use crate::config::{EnrichSettings, Loaded, check};
use crate::daemon::fakes::{login, user_message};
use crate::daemon::priority::Priority;
use crate::filters;

fn loaded(config: &str) -> Loaded {
    check(Some((Path::new("test.toml"), config)), &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

fn compiled(config: &str) -> Filters {
    filters::of(&loaded(config), None).unwrap()
}

fn filtered(config: &str) -> Rig {
    let mut rig = rig(None);
    rig.pipeline = rig.pipeline.filtered(compiled(config));
    rig
}

/// A folder with a script, and the table that names it.
fn script(name: &str, text: &str) -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let path = dir.join(format!("{name}.lua"));
    fs::write(&path, text).unwrap();
    let table = format!("[[filter]]\nlua = {:?}\n", path.display().to_string());
    (dir, table)
}

fn changed(filters: Option<Filters>) -> Command {
    let settings = Settings::default();
    let (grouping, told) = (Grouping::of(&settings.group), Told::now("OYEZ_RELOAD"));
    Command::Change(Box::new(Change { grouping, cpu_limit: None, filters, outputs: None, told }))
}

fn counts_of<'l>(lines: &'l [serde_json::Value], filter: &str) -> Vec<&'l serde_json::Value> {
    lines.iter().map(|line| &line["oyez"]).filter(|told| told["filter"] == filter).collect()
}

const DROP_ODD: &str = "function filter(event) if event.serial % 2 == 1 then return 1 end end";

#[test]
fn books_balance_with_events_dropped_rewritten_and_told() {
    let rewriting = "function filter(event)
        if event.kind ~= 'SYSCALL' then return end
        emit{ serial = event.serial }
        local copy = event:copy()
        copy.process.cwd = nil
        copy.added = { seen = true }
        return copy
    end";
    let (_one, drop_odd) = script("odd", DROP_ODD);
    let (_two, rewriting) = script("rewriting", rewriting);
    let early = "[[filter]]\nname = \"early\"\nmatch = { kind = \"USER_LOGIN\" }\naction = \"drop\"\n";
    let mut rig = filtered(&format!("{early}{drop_odd}{rewriting}"));
    rig.give(storm(1, 10), Duration::ZERO);
    rig.give([login(11), user_message(1105, 12)], Duration::ZERO);
    rig.give(event(13, OWN_PID), Duration::ZERO);
    rig.pipeline.finish();
    let account = rig.tally.account();
    assert!(account.balances(), "{account}");
    // Five events of two records, a login, oyez's own; the rewritten ones count what they came with.
    assert_eq!((account.filtered, account.lost, account.shed), (5 * 2 + 1 + 2, 0, 0));
    let events = rig.sink.of_kind("SYSCALL");
    assert_eq!(events.iter().map(|event| event["serial"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 4, 6, 8, 10]);
    assert!(events.iter().all(|event| event["added"]["seen"] == true && event["process"].get("cwd").is_none()));
    assert_eq!(
        rig.sink.of_kind("USER_AUTH").len()
            + rig.sink.of_kind("USER_ACCT").len()
            + rig.sink.of_kind("USER_START").len(),
        1
    );
    let lines = rig.sink.lines();
    assert_eq!(lines.last().unwrap()["kind"], "OYEZ_STOP", "the counts stand in front of it");
    let counts = rig.sink.of_kind("OYEZ_FILTER_COUNTS");
    let told = |filter: &str| counts_of(&counts, filter)[0].clone();
    assert_eq!((&told("early")["dropped"], &told("early")["seen"]), (&1.into(), &12.into()));
    assert_eq!((&told("odd")["dropped"], &told("odd")["seen"]), (&5.into(), &11.into()));
    assert_eq!((&told("rewriting")["changed"], &told("rewriting")["errors"]), (&5.into(), &0.into()));
    assert!(lines.iter().filter(|line| line["oyez"]["serial"].is_u64()).count() == 5, "what it emitted");
}

#[test]
fn new_filters_count_from_one_event_on_and_the_same_ones_keep_what_they_hold() {
    let counting = "local n = 0
        function filter(event) n = n + 1; local copy = event:copy(); copy.added = { n = n }; return copy end
        function finish() emit{ n = n } end";
    let (_dir, counting) = script("counting", counting);
    let (_odd, odd) = script("odd", DROP_ODD);
    let mut rig = filtered(&format!("{odd}{counting}"));
    rig.give(storm(1, 4), Duration::ZERO);
    rig.command(changed(Some(compiled(&counting))));
    rig.give(storm(5, 4), Duration::ZERO);
    // A refused configuration.
    rig.command(changed(None));
    rig.give(storm(9, 1), Duration::ZERO);
    rig.command(changed(Some(compiled(&format!("{counting}config = {{ x = 1 }}\n")))));
    rig.give(storm(10, 1), Duration::ZERO);
    rig.pipeline.finish();
    let numbers: Vec<_> =
        rig.sink.of_kind("SYSCALL").iter().map(|event| event["added"]["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 1], "another configuration is another filter");
    let counts = rig.sink.of_kind("OYEZ_FILTER_COUNTS");
    assert_eq!(counts_of(&counts, "odd").len(), 1, "told when it went");
    let seen: Vec<_> = counts_of(&counts, "counting").iter().map(|told| told["seen"].as_u64().unwrap()).collect();
    assert_eq!(seen, [7, 1]);
    let ends: Vec<_> = rig.sink.lines().iter().filter_map(|line| line["oyez"]["n"].as_u64()).collect();
    assert_eq!(ends, [7, 1], "each was told that it ends");
    assert!(rig.tally.account().balances());
}

#[test]
fn a_script_that_fails_is_switched_off_loudly_and_its_events_go_on() {
    let (_dir, table) = script("bad", "function filter(event) return event.nothing.at_all end");
    let mut rig = filtered(&format!("{table}max_errors = 3\n"));
    rig.give(storm(1, 10), Duration::ZERO);
    rig.pipeline.finish();
    assert_eq!(rig.sink.of_kind("SYSCALL").len(), 10);
    let off = rig.sink.of_kind("OYEZ_FILTER_OFF");
    assert_eq!((off.len(), &off[0]["oyez"]["filter"], &off[0]["oyez"]["in_row"]), (1, &"bad".into(), &3.into()));
    assert!(off[0]["oyez"]["error"].as_str().unwrap().starts_with("bad:1: "), "{off:?}");
    let counts = rig.sink.of_kind("OYEZ_FILTER_COUNTS");
    assert_eq!((&counts[0]["oyez"]["errors"], &counts[0]["oyez"]["off"]), (&3.into(), &true.into()));
}

#[test]
fn repeats_are_told_when_their_time_is_over_and_an_idle_host_stays_idle_but_for_that() {
    let table = "[[filter]]\nname = \"once\"\nmatch = { kind = \"SYSCALL\" }\naction = \"suppress:1s per exe\"\n";
    let mut rig = filtered(table);
    rig.pipeline.idle();
    assert_eq!(rig.pipeline.patience(), IDLE, "nothing is held back");
    let now = rig.pipeline.clock.now();
    rig.give(storm(1, 5), now);
    assert_eq!(rig.sink.of_kind("SYSCALL").len(), 1);
    assert!(rig.pipeline.patience() <= Duration::from_secs(1));
    for _ in 0..100 {
        std::thread::sleep(rig.pipeline.patience().min(Duration::from_millis(100)));
        rig.pipeline.idle();
        rig.pipeline.router.settle_all();
        if rig.pipeline.patience() == IDLE {
            break;
        }
    }
    assert_eq!(rig.pipeline.patience(), IDLE);
    let told = rig.sink.of_kind("OYEZ_REPEATS");
    assert_eq!((told.len(), &told[0]["oyez"]["filter"]), (1, &"once".into()), "{told:?}");
    assert_eq!(rig.tally.filtered.get(), 4 * 2);
    rig.pipeline.finish();
    assert!(rig.tally.account().balances());
}

#[test]
fn what_holds_repeats_back_tells_them_when_it_goes() {
    let table = "[[filter]]\nmatch = { kind = \"SYSCALL\" }\naction = \"suppress:1h per exe\"\n";
    let mut rig = filtered(table);
    rig.give(storm(1, 5), Duration::ZERO);
    rig.command(changed(Some(compiled(table))));
    rig.give(storm(6, 5), Duration::ZERO);
    assert_eq!((rig.sink.of_kind("SYSCALL").len(), rig.sink.of_kind("OYEZ_REPEATS").len()), (1, 0), "the same goes on");
    rig.command(changed(Some(compiled(""))));
    assert_eq!(rig.sink.of_kind("OYEZ_REPEATS").len(), 1);
    rig.give(storm(11, 1), Duration::ZERO);
    assert_eq!(rig.sink.of_kind("SYSCALL").len(), 2);
}

/// An `openat` of a file, and a program that is executed with a secret in its arguments.
fn acts(serial: u32) -> Vec<(u16, Vec<u8>)> {
    let stamp = |serial: u32| format!("audit(1700000000.123:{serial}):");
    let (open, exec) = (stamp(serial), stamp(serial + 1));
    let syscall = |at: &str, call: u32, exe: &str| {
        format!(
            "{at} arch=c000003e syscall={call} success=yes exit=3 items=1 ppid=1 pid=7 auid=1000 uid=0 gid=0 euid=0 suid=0 \
             fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=2 comm=\"x\" exe=\"{exe}\" key=\"k{serial}\""
        )
    };
    [
        (1300, syscall(&open, 257, "/usr/bin/x")),
        (1307, format!("{open} cwd=\"/srv/token=abc\"")),
        (1302, format!("{open} item=0 name=\"/srv/token=abc/f\" inode=1 dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL")),
        (1320, format!("{open} ")),
        (1300, syscall(&exec, 59, "/usr/bin/curl")),
        (1309, format!("{exec} argc=3 a0=\"curl\" a1=\"--password\" a2=\"hunter2\"")),
        (1320, format!("{exec} ")),
    ]
    .map(|(kind, text)| (kind, text.into_bytes()))
    .into()
}

/// All lines of events that come out of a chain, early where that may be, or not.
fn lines(config: &str, enrich: &EnrichSettings, early: bool) -> (Vec<String>, u64) {
    let mut rig = filtered(config);
    let (enricher, _) = Enricher::new(enrich).unwrap();
    rig.pipeline = rig.pipeline.enriched(enricher, Arc::default());
    rig.pipeline.is_early &= early;
    for serial in 1..50 {
        rig.give(acts(serial * 2), Duration::from_millis(u64::from(serial)));
        rig.give([login(1000 + serial)], Duration::from_millis(u64::from(serial)));
    }
    rig.pipeline.finish();
    assert!(rig.tally.account().balances());
    let is_event = |line: &serde_json::Value| line["serial"].is_u64();
    (rig.sink.lines().iter().filter(|line| is_event(line)).map(ToString::to_string).collect(), rig.tally.filtered.get())
}

#[test]
fn a_chain_gives_the_same_whether_it_begins_before_enrichment_or_behind_it() {
    let table = |matches: &str, action: &str| format!("[[filter]]\nmatch = {{ {matches} }}\naction = \"{action}\"\n");
    let (_dir, odd) = script("odd", DROP_ODD);
    let all = EnrichSettings { connector: false, nss: false, hash: false, redact: true, ..Settings::default().enrich };
    let with_paths =
        loaded("[enrich]\nconnector = false\nnss = false\nredact_paths = [\"token=(\\\\w+)\"]\n").settings.enrich;
    let first = [
        table("kind = \"USER_LOGIN\"", "drop"),
        table("exe = \"/usr/bin/curl\"", "keep"),
        table("key = \"k4\"", "tag:four"),
        table("kind = \"SYSCALL\"", "sample:1/3"),
        table("cwd = \"/srv/token=abc\"", "drop"),
        table("kind = \"SYSCALL\"", "suppress:1h per exe"),
    ];
    let behind = [
        table("tag = \"four\"", "drop"),
        table("argv = \"hunter2\"", "drop"),
        table("uid_name = \"root\"", "tag:root"),
        odd,
    ];
    for enrich in [&all, &with_paths] {
        for (index, first) in first.iter().enumerate() {
            for behind in &behind {
                let config = format!("{first}{}{behind}", table("key = \"k6\"", "tag:six"));
                assert!(lines(&config, enrich, true) == lines(&config, enrich, false), "{index}: {config}");
            }
        }
    }
    let secret = table("argv = \"hunter2\"", "drop");
    assert_eq!(lines(&secret, &all, true).1, 0, "filters do not see secrets");
}

#[test]
fn an_event_that_is_shed_is_not_the_one_whose_repeats_are_held_back() {
    let config = "[[filter]]\nmatch = { kind = \"SYSCALL\" }\naction = \"suppress:1h per kind\"\n";
    let mut rig = filtered(config);
    let [syscall, cwd, _] = event(1, 1);
    rig.give([syscall, cwd], Duration::ZERO);
    rig.pipeline.router.leave_out(Some(Priority::Routine));
    rig.pipeline.tick(clock::millis(Duration::from_mins(1)));
    rig.pipeline.router.leave_out(None);
    rig.give(storm(2, 5), Duration::from_secs(61));
    rig.pipeline.finish();
    assert_eq!((rig.tally.shed_events.get(), rig.sink.of_kind("SYSCALL").len()), (1, 1));
    assert_eq!(rig.sink.of_kind("OYEZ_REPEATS")[0]["oyez"]["count"], 4);
    assert!(rig.tally.account().balances());
}

#[test]
fn what_a_script_emits_takes_no_more_room_than_routine_events_and_no_more_than_its_share_of_a_second() {
    let text = "function filter(event)
        for _ = 1, 16 do
            local fields = {}
            for field = 1, 31 do fields['f' .. field] = ('x'):rep(8000) end
            emit(fields)
        end
    end";
    let (_dir, table) = script("noisy", text);
    let mut rig = filtered(&table);
    rig.sink.block(true);
    rig.take(storm(1, 300), Duration::ZERO);
    assert!(rig.pipeline.router.waiting() < 2 << 20, "{}", rig.pipeline.router.waiting());
    rig.sink.block(false);
    rig.pipeline.finish();
    let emitted = rig.sink.of_kind("OYEZ_EMIT").len();
    assert!((1..=4).contains(&emitted), "a MiB at once: {emitted}");
    assert_eq!(rig.sink.of_kind("SYSCALL").len(), 300, "{}", rig.tally.account());
}
