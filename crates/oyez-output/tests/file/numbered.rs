//! `ausearch` reads raw logs that were rotated by number, as it reads auditd's.

use std::process::Command;

use oyez_output::file::{Names, Rotate, Settings};
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

use super::help::{Log, names};

#[test]
fn ausearch_reads_every_log_that_was_rotated_by_number() {
    let directory = TempDir::new().unwrap();
    let rotate = Rotate { size: Some(4096), names: Names::Number, ..Rotate::default() };
    let mut log = Log::open(&Settings { rotate, ..Settings::at(directory.join("audit.log")) });
    let texts: Vec<String> = (0..500)
        .map(|number| {
            format!(
                "type=USER_CMD msg=audit(17954784{:02}.{:03}:{}): pid={number} uid=0 auid=1000 ses=1 msg='cwd=\"/root\" \
                 cmd=\"id\" terminal=pts/0 res=success'",
                number / 100,
                number % 1000,
                1000 + number
            )
        })
        .collect();
    for text in &texts {
        log.write(&[text]);
    }
    let asides = names(directory.path()).len() - 1;
    assert!(asides > 9, "{asides}");
    let ausearch = Command::new("ausearch").arg("-if").arg(directory.path()).args(["--raw", "-m", "USER_CMD"]).output();
    let Ok(output) = ausearch else { return skipped("there is no ausearch here (auditd)") };
    let found = String::from_utf8(output.stdout).unwrap();
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, texts, "{}", String::from_utf8_lossy(&output.stderr));
}
