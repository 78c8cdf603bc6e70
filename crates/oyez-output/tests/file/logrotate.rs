//! The three ways of `logrotate`, with the real one: move and tell, copy and cut, move and make.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oyez_output::file::Settings;
use oyez_output::sink::Sink as _;
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

use super::help::{Log, text};

/// Rotates once, as told; `None` where there is no logrotate.
fn rotate(directory: &Path, how: &str) -> Option<()> {
    let (config, log) = (directory.join("conf"), directory.join("events"));
    fs::write(&config, format!("\"{}\" {{\n rotate 5\n {how}\n}}\n", log.display())).unwrap();
    let output =
        Command::new("logrotate").arg("-f").arg("-s").arg(directory.join("state")).arg(&config).output().ok()?;
    assert!(output.status.success(), "{how}: {}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

#[test]
fn logrotate_takes_nothing_away_in_any_of_its_ways() {
    for (how, is_told) in [
        ("nocreate", true),
        ("nocreate", false),
        ("copytruncate", false),
        ("create 0600", false),
        ("create 0600", true),
    ] {
        let directory = TempDir::new().unwrap();
        let path = directory.join("events");
        let mut log = Log::open(&Settings::at(&path));
        for round in 0..3 {
            log.write(&[&format!("{round} before")]);
            if rotate(directory.path(), how).is_none() {
                return skipped("there is no logrotate here");
            }
            if is_told {
                log.sink.reopen().unwrap();
            }
            log.write(&[&format!("{round} after")]);
            log.wait(Duration::from_secs(1));
            log.wait(Duration::from_secs(1));
        }
        log.write(&["end"]);
        let found = ["events.3", "events.2", "events.1", "events"].map(|name| text(&directory.join(name))).concat();
        assert_eq!(found, "0 before\n0 after\n1 before\n1 after\n2 before\n2 after\nend\n", "{how}, {is_told}");
        assert_eq!(text(&path).lines().last(), Some("end"));
        assert!(text(&path).lines().count() <= 2, "{how}, {is_told}");
    }
}
