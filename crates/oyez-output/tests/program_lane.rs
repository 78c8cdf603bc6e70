//! A program that ends again and again, behind a real lane: everything arrives once and in order.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use oyez_output::clock::System;
use oyez_output::lane::{Lane, Retry, Settings, Setup};
use oyez_output::parcel::{Label, Parcel};
use oyez_output::{Handed, program};
use oyez_testkit::TempDir;

#[test]
fn a_program_that_ends_every_few_messages_gets_each_once_behind_its_lane() {
    let dir = TempDir::new().unwrap();
    let out = dir.join("out");
    let text = "n=0; while [ $n -lt 29 ] && read -r a; do echo \"$a\" >> $0; n=$((n+1)); done; exit 1";
    let args = ["-c", text, out.to_str().unwrap()].map(str::to_owned).to_vec();
    let retry = Retry { first: Duration::from_millis(1), most: Duration::from_millis(5) };
    let setup = Setup {
        name: "program".into(),
        host: "host".into(),
        settings: Settings { retry, ..Settings::DEFAULT },
        kind: Arc::new(program::Settings::of("/bin/sh", args)),
        watcher: Arc::new(|_: oyez_output::lane::Change<'_>| {}),
        clock: Arc::new(System),
    };
    let lane = Lane::start(setup).unwrap();
    let all: Vec<_> = (0..1000).map(|number| format!("message {number}\n")).collect();
    for part in all.chunks(77) {
        let mut parcel = Parcel::default();
        for line in part {
            parcel.push(&Label::default(), |lines| lines.extend_from_slice(line.as_bytes()));
        }
        assert_eq!(lane.hand(&mut parcel), Handed::Taken);
    }
    assert!(lane.wait_safe(lane.handed(), Some(Duration::from_secs(30))));
    let ending = lane.end(Instant::now() + Duration::from_secs(10));
    assert!(ending.wait(Instant::now() + Duration::from_secs(10)));
    let balance = ending.stats().balance();
    assert!(balance.is_even() && balance.acked.messages == 1000, "{balance:?}");
    assert_eq!(fs::read_to_string(&out).unwrap(), all.concat());
    assert!(ending.stats().connects.load(Relaxed) >= 34);
}
