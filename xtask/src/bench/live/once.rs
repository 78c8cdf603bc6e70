//! One run: a process of `bench-live`, and what it says.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::run;

/// How long others may use the host's audit system before we give up.
const PATIENCE: Duration = Duration::from_mins(30);
/// The exit code of a run for which the host could not be used.
const SKIPPED: i32 = 3;

/// The figures of a run, by name.
pub(super) type Figures = BTreeMap<String, f64>;

/// How a run ended, if it did not fail.
pub(super) enum Once {
    Figures(Figures),
    /// This host can't be used, and why.
    Skipped(String),
}

/// Runs `contender` under `load`; waits while others have their turn.
pub(super) fn run(load: &str, contender: &str, percent: u64) -> Result<Once> {
    let start = Instant::now();
    loop {
        match attempt(load, contender, percent)? {
            Once::Skipped(why) if why.contains("has the lock") && start.elapsed() < PATIENCE => {}
            other => return Ok(other),
        }
    }
}

fn attempt(load: &str, contender: &str, percent: u64) -> Result<Once> {
    let mut command = Command::new(run::target_dir().join("release/bench-live"));
    command.args(["run", load, contender, &percent.to_string(), &super::super::program()?]).stderr(Stdio::inherit());
    // What is written is to reach a disk: many a /tmp is memory.
    if std::env::var_os("TMPDIR").is_none() {
        command.env("TMPDIR", "/var/tmp");
    }
    let output = command.output().context("cannot run bench-live")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(SKIPPED) {
        return Ok(Once::Skipped(text.trim().trim_start_matches("skipped: ").to_owned()));
    }
    ensure!(output.status.success(), "{load} with {contender} failed ({})", output.status);
    figures(&text).map(Once::Figures).with_context(|| format!("not figures: {text:?}"))
}

/// Reads words `name=value`.
fn figures(text: &str) -> Option<Figures> {
    let figure = |word: &str| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    text.split_ascii_whitespace().map(figure).collect::<Option<Figures>>().filter(|figures| !figures.is_empty())
}

/// The versions of what is measured.
pub(super) fn versions(contenders: &[String]) -> Result<String> {
    let first_line = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).output().with_context(|| format!("cannot run {program}"))?;
        // nginx says it on its standard error.
        let text = [output.stdout, output.stderr].concat();
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned())
    };
    let mut versions = vec![first_line(&super::super::program()?, &["--version"])?];
    if contenders.iter().any(|contender| contender.starts_with("auditd")) {
        versions.push(first_line("auditctl", &["-v"])?.replace("auditctl version", "auditd"));
    }
    if run::find("nginx").is_some() {
        versions.push(first_line("nginx", &["-v"])?.replace("nginx version: nginx/", "nginx "));
    }
    Ok(versions.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_words_with_values() {
        let read = figures("cpu_s=0.25 lost=0\n").unwrap();
        assert_eq!(
            read.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>(),
            ["cpu_s 0.25", "lost 0"]
        );
        for wrong in ["", "cpu_s", "cpu_s=fast", "cpu_s=1 oops"] {
            assert_eq!(figures(wrong), None, "{wrong}");
        }
    }
}
