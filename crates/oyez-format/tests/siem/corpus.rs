//! Every event of our own logs and of the shared ones.

use std::path::Path;

use oyez_testkit::corpus::{files, read, shared, skipped, workspace};

use crate::log::problems;

fn assert_sound(path: &Path, log: &[u8]) -> usize {
    let (problems, count) = problems(log);
    assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
    count
}

#[test]
fn our_own_logs_give_events_of_both_schemas() {
    let deeds = workspace().join("crates/oyez-interpret/tests/normal/deeds.log");
    // One event per action.
    assert!(assert_sound(&deeds, &read(&deeds).unwrap()) >= 250);
    for path in files(&workspace().join("corpus"), ".log").unwrap() {
        assert_sound(&path, &read(&path).unwrap());
    }
}

#[test]
fn logs_of_others_give_events_of_both_schemas() {
    let Some(others) = shared("corpus") else { return skipped("no logs of others here ($OYEZ_SHARED)") };
    let mut count = 0;
    for ending in [".log", ".zst", ".yaml"] {
        for path in files(&others, ending).unwrap() {
            // YAML holds records, indented.
            let log = String::from_utf8_lossy(&read(&path).unwrap()).replace("\n    ", "\n");
            count += assert_sound(&path, log.as_bytes());
        }
    }
    assert!(count > 1000, "{count}");
}
