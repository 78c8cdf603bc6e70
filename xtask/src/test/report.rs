//! How the parts ended, and the table that says so.

use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::parts::Part;

/// What a part has to say when it did not fail.
pub(crate) enum Outcome {
    /// It passed; what it ran, in few words, and what in it was skipped.
    Passed(String, Vec<String>),
    /// It could not run here, and why.
    Skipped(String),
}

impl Outcome {
    /// Passed, with nothing to add.
    pub(crate) fn passed() -> Self {
        Self::Passed(String::new(), Vec::new())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Passed,
    Failed,
    Skipped,
}

struct Row {
    state: State,
    name: String,
    words: String,
    took: Option<Duration>,
}

/// The rows so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Runs a part and notes how it ended.
    pub(crate) fn run(&mut self, part: &Part) -> Result<()> {
        writeln!(stdout(), "\n== {}", part.name)?;
        let start = Instant::now();
        let outcome = (part.run)();
        self.note(part.name, outcome, start.elapsed());
        Ok(())
    }

    fn note(&mut self, name: &str, outcome: Result<Outcome>, took: Duration) {
        let (state, words, skipped) = match outcome {
            Ok(Outcome::Passed(words, skipped)) => (State::Passed, words, skipped),
            Ok(Outcome::Skipped(why)) => (State::Skipped, why, Vec::new()),
            Err(error) => (State::Failed, format!("{error:#}"), Vec::new()),
        };
        self.rows.push(Row { state, name: name.to_owned(), words, took: Some(took) });
        let within = |why| Row { state: State::Skipped, name: format!("  in {name}"), words: why, took: None };
        self.rows.extend(skipped.into_iter().map(within));
    }

    /// Whether any part failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.count(State::Failed) > 0
    }

    /// Prints the table and the closing line.
    pub(crate) fn print(&self) -> Result<()> {
        writeln!(stdout(), "\n{}", self.text())?;
        Ok(())
    }

    fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let state = match row.state {
                State::Passed => "ok",
                State::Failed => "FAILED",
                State::Skipped => "skipped",
            };
            let took = row.took.map_or_else(String::new, |took| format!("{:.0} s", took.as_secs_f64()));
            let words = row.words.replace('\n', "\n                                      ");
            text.push_str(format!("{state:<8} {:<20} {took:>6}  {words}", row.name).trim_end());
            text.push('\n');
        }
        let [passed, failed, skipped] = [State::Passed, State::Failed, State::Skipped].map(|state| self.count(state));
        text + &format!("{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn each_part_and_each_thing_skipped_is_told_and_counted() {
        let mut report = Report::default();
        let passed = Outcome::Passed("7 tests".into(), vec!["no kernel".into()]);
        report.note("unit tests", Ok(passed), Duration::from_secs(61));
        assert!(!report.has_failed());
        report.note("deny", Ok(Outcome::Skipped("not installed".into())), Duration::ZERO);
        report.note("lint", Err(anyhow!("cargo ended with 1")), Duration::from_secs(2));
        assert!(report.has_failed());
        let expected = "ok       unit tests             61 s  7 tests\n\
                        skipped    in unit tests              no kernel\n\
                        skipped  deny                    0 s  not installed\n\
                        FAILED   lint                    2 s  cargo ended with 1\n\
                        1 passed, 1 failed, 2 skipped";
        assert_eq!(report.text(), expected);
    }
}
