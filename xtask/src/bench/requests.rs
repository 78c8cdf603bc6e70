//! How many instructions an event of `oyez run` takes, from the batch of records that was received to its line: recorded requests
//! to a web server, with all that is found out about them. Counted by callgrind, without a kernel and without the writing.
//!
//! It is a test of the daemon's, since only there its parts can be put together; this runs it under callgrind.

use anyhow::{Context as _, Result, ensure};

use super::instructions::collected;
use crate::run;

/// The test, which is ignored but for this.
const TEST: &str = "daemon::pipeline::tests::cost::requests_cost";
/// The function of it that is counted, with all that it calls.
const COUNTED: &str = "*cost::counted*";

/// Counts, and says in Markdown what came of it.
pub(crate) fn run() -> Result<String> {
    if run::find("valgrind").is_none() {
        return Ok("- requests, live: instructions were not counted, valgrind is not installed\n".to_owned());
    }
    if run::shared().is_none() {
        return Ok("- requests, live: instructions were not counted, there is no recorded log\n".to_owned());
    }
    let runner = format!(
        "target.'cfg(all())'.runner = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', \
         '--toggle-collect={COUNTED}']"
    );
    let test = ["test", "--config", &runner, "--release", "--package", "oyez", "--lib", "--"];
    let output = run::output(run::cargo(&test).args(["--ignored", "--nocapture", "--exact", TEST]))?;
    let count =
        collected(&String::from_utf8_lossy(&output.stderr)).context("callgrind does not say what it counted")?;
    let events = events(&String::from_utf8_lossy(&output.stdout)).context("the test does not say how many events")?;
    // Under another name it would not be called, and all would be well.
    ensure!(count > events, "callgrind counted nothing in {COUNTED}");
    let each = count / events.max(1);
    Ok(format!("- requests, live: {each} instructions for an event, from its records to its line (callgrind)\n"))
}

/// The number before `events`.
fn events(words: &str) -> Option<u64> {
    words.lines().find_map(|line| line.trim().strip_suffix(" events"))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_are_found_among_what_the_test_says() {
        assert_eq!(events("\nrunning 1 test\n60005 events\ntest x ... ok\n"), Some(60_005));
        assert_eq!(events("\nrunning 0 tests\n"), None);
    }
}
