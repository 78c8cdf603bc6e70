//! Filters on the running kernel's events.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use oyez_testkit::live::Turn;
use rustix::process::Signal;
use serde_json::Value;

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::games;
use crate::until::until;

/// Scripts are read by root, from where others cannot write.
fn script(home: &Home, name: &str, text: &str) -> String {
    let path = home.yard().parent().unwrap().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    format!("[[filter]]\nlua = {:?}\n", path.display().to_string())
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_dropping_filter_and_a_tagging_one_leave_every_record_in_one_count() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let odd = "local n = 0
        function filter(event)
          local names = event:get('paths.name')
          if not names or not names[1]:find('storm-', 1, true) then return end
          n = n + 1
          if n % 2 == 1 then return 1 end
        end";
    let odd = script(&home, "odd.lua", odd);
    let tag = "[[filter]]\nname = \"games\"\nmatch = { uid = 5, syscall = \"openat\" }\naction = \"tag:games\"\n";
    home.configure(&format!("{odd}{tag}"));
    let daemon = home.start("out", &[]);
    add_rules();
    let yard = home.yard();
    let done = games::opens(&yard, 1000);
    daemon.catch_up(&home.yard());
    let events = daemon.events();
    let opens: Vec<_> = events.calls("openat").collect();
    let is_of_storm = |event: &&&Value| event["paths"][0]["name"].as_str().is_some_and(|name| name.contains("storm-"));
    assert_eq!(opens.iter().filter(is_of_storm).count(), done.len() / 2);
    assert!(opens.iter().all(|event| event["tags"][0] == "games"), "{}", opens[0]);

    home.configure(tag);
    daemon.signal(Signal::HUP);
    let told = until("the reload", || daemon.events_of("OYEZ_RELOAD").first().cloned());
    assert_eq!(told["oyez"]["result"], "success", "{told}");
    let before = daemon.events().calls("openat").count();
    let yard = home.yard();
    let done = games::opens(&yard, 1000);
    let more = || daemon.events().calls("openat").count() - before;
    until("all of them", || (more() >= done.len()).then_some(()));

    let (end, events) = daemon.end_with_events();
    let counts: Vec<_> = events.of("OYEZ_FILTER_COUNTS").map(|counts| &counts["oyez"]).collect();
    assert_eq!(counts.iter().map(|counts| counts["filter"].as_str().unwrap()).collect::<Vec<_>>(), ["odd", "games"]);
    assert!(counts[0]["dropped"].as_u64().unwrap() >= 500 && counts[0]["errors"] == 0, "{counts:?}");
    end.assert_balanced(&events);
    end.assert_nothing_lost();
    assert_as_found(&turn);
}
