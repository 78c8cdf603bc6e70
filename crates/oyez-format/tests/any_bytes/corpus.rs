//! Every event of our own logs and of the shared ones, one log after the other: what came before changes no line.

use std::path::Path;

use oyez_testkit::corpus::{files, read, shared, skipped, workspace};

use super::check;

/// As much of one log is looked at: the rest of a recorded log says nothing new.
const BYTES_PER_LOG: usize = 100_000;

fn check_file(path: &Path) {
    let log = read(path).expect("a log");
    // YAML holds records, indented.
    let log = String::from_utf8_lossy(log.get(..BYTES_PER_LOG).unwrap_or(&log)).replace("\n    ", "\n");
    check::log(log.as_bytes());
}

#[test]
fn our_own_logs_give_good_lines_whatever_came_before() {
    check_file(&workspace().join("crates/oyez-interpret/tests/normal/deeds.log"));
    files(&workspace().join("corpus"), ".log").expect("our corpus").iter().for_each(|path| check_file(path));
}

#[test]
fn logs_of_others_give_good_lines_whatever_came_before() {
    let Some(others) = shared("corpus") else { return skipped("no logs of others here ($OYEZ_SHARED)") };
    for ending in [".log", ".zst", ".yaml"] {
        files(&others, ending).expect("their corpus").iter().for_each(|path| check_file(path));
    }
}
