//! `cargo xtask guest`: scenarios that may not be played on the host (a locked kernel, a reboot, a full disk, the whole
//! system under a rule), each in a kernel of its own: User Mode Linux, an ordinary process.
//!
//! The scenarios are those of `guest-driver` (`crates/oyez-testkit/src/bin/guest-driver`), which runs inside and prints
//! `GUEST ok NAME` or `GUEST FAILED NAME: why` on the console. Names in, an [`Outcome`] out. A scenario that says neither,
//! because it panicked, its kernel did, or its time was up, has failed. Its lines `FIGURE text` are told below its verdict.

mod boot;
mod root;

use std::io::{Write as _, stdout};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use crate::run;
use crate::test::Outcome;

/// What is needed besides cargo, with the Debian package that has it.
const TOOLS: [(&str, &str); 5] = [
    ("linux.uml", "user-mode-linux"),
    ("busybox", "busybox-static"),
    ("cpio", "cpio"),
    ("auditctl", "auditd"),
    ("auditd", "auditd"),
];

/// A scenario, as the driver lists it.
struct Scenario {
    name: String,
    /// Words for the kernel's command line.
    kernel: Option<String>,
    /// How many times the guest is booted, one after the other, with the same shared directory.
    boots: u32,
}

/// Runs the command with the arguments after `guest`: the scenarios' names, all if there are none.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match play(arguments)? {
        Outcome::Skipped(why) => bail!("cannot run guests: {why}"),
        Outcome::Passed(..) => Ok(()),
    }
}

/// Plays all scenarios, as a part of `cargo xtask test`.
pub(crate) fn all() -> Result<Outcome> {
    play(&[])
}

fn play(wanted: &[String]) -> Result<Outcome> {
    if let Some((tool, package)) = TOOLS.into_iter().find(|(tool, _)| run::find(tool).is_none()) {
        return Ok(Outcome::Skipped(format!("{tool} is not installed (Debian package {package})")));
    }
    let programs = root::Programs::build()?;
    let scenarios = chosen(&programs.driver, wanted)?;
    let work = run::target_dir().join("guest");
    let image = root::image(&work, &programs)?;
    if let Err(why) = boot::trial(&image, &work) {
        return Ok(Outcome::Skipped(format!("User Mode Linux does not run here: {why:#}")));
    }
    let mut failed = Vec::new();
    for scenario in &scenarios {
        let start = Instant::now();
        let mut console = String::new();
        let verdict = scenario.play(&image, &work, &mut console);
        let (state, why) = verdict.map_or_else(|why| ("FAILED", format!(": {why:#}")), |()| ("ok", String::new()));
        writeln!(stdout(), "{state:<6} {} ({:.0} s){why}", scenario.name, start.elapsed().as_secs_f64())?;
        for figure in figures(&console) {
            writeln!(stdout(), "       {figure}")?;
        }
        failed.extend((state != "ok").then(|| format!("{}{why}", scenario.name)));
    }
    ensure!(failed.is_empty(), "{} of {} scenarios failed\n{}", failed.len(), scenarios.len(), failed.join("\n"));
    Ok(Outcome::Passed(format!("{} scenarios", scenarios.len()), Vec::new()))
}

/// The scenarios with these names, or all.
fn chosen(driver: &Path, wanted: &[String]) -> Result<Vec<Scenario>> {
    let output = run::output(Command::new(driver).arg("list"))?;
    let text = String::from_utf8(output.stdout).context("the driver's list is not text")?;
    let mut scenarios = text.lines().map(Scenario::parse).collect::<Result<Vec<_>>>()?;
    let is_known = |name: &&String| scenarios.iter().any(|scenario| scenario.name == **name);
    if let Some(unknown) = wanted.iter().find(|name| !is_known(name)) {
        bail!("no scenario {unknown:?}; there are:\n{}", text.trim_end());
    }
    scenarios.retain(|scenario| wanted.is_empty() || wanted.contains(&scenario.name));
    ensure!(!scenarios.is_empty(), "the driver has no scenarios");
    Ok(scenarios)
}

impl Scenario {
    /// From a line `NAME BOOTS [KERNEL-WORD]`.
    fn parse(line: &str) -> Result<Self> {
        let mut words = line.split_ascii_whitespace().map(str::to_owned);
        let (name, boots) = words.next().zip(words.next()).with_context(|| format!("not a scenario: {line:?}"))?;
        let boots = boots.parse().with_context(|| format!("no number of boots: {line:?}"))?;
        Ok(Self { name, boots, kernel: words.next() })
    }

    /// Plays all boots; `console` is left with what the last one said.
    fn play(&self, image: &Path, work: &Path, console: &mut String) -> Result<()> {
        let shared = work.join("shared");
        if shared.exists() {
            std::fs::remove_dir_all(&shared).context("cannot empty the shared directory")?;
        }
        std::fs::create_dir_all(&shared).context("cannot make the shared directory")?;
        for number in 1..=self.boots {
            let words = [format!("guest_scenario={}", self.name), format!("guest_boot={number}")];
            *console = boot::boot(image, work, words.iter().chain(&self.kernel))?;
            verdict(console, &self.name).with_context(|| format!("boot {number}"))?;
        }
        Ok(())
    }
}

/// What the console says of the scenario.
fn verdict(console: &str, name: &str) -> Result<()> {
    let mut verdicts = console.lines().filter_map(|line| line.trim_end().strip_prefix("GUEST "));
    match (verdicts.next(), verdicts.next()) {
        (Some(verdict), None) if verdict == format!("ok {name}") => Ok(()),
        (Some(verdict), None) => bail!("{}", verdict.trim_start_matches("FAILED ")),
        (Some(_), Some(_)) => bail!("the guest gave several verdicts:\n{console}"),
        (None, _) => bail!("the guest gave no verdict; its console:\n{console}"),
    }
}

/// What the scenario measured.
fn figures(console: &str) -> impl Iterator<Item = &str> {
    console.lines().filter_map(|line| line.trim_end().strip_prefix("FIGURE "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_word_ok_for_this_scenario_is_a_success() {
        assert!(verdict("Booting\r\nGUEST ok a_b\r\n", "a_b").is_ok());
        for console in [
            "",
            "GUEST ok a_bc",
            "GUEST FAILED a_b: a reason",
            "GUEST ok a_b\nGUEST FAILED a_b: after all",
            "Kernel panic - not syncing",
        ] {
            assert!(verdict(console, "a_b").is_err(), "{console}");
        }
        let why = verdict("GUEST FAILED a_b: a reason", "a_b").unwrap_err();
        assert_eq!(why.to_string(), "a_b: a reason");
    }

    #[test]
    fn figures_are_told_apart_from_all_else_on_the_console() {
        let console = "Booting\r\nFIGURE 7 opens/s\r\nGUEST ok a_b\r\n FIGURE no\n";
        assert_eq!(figures(console).collect::<Vec<_>>(), ["7 opens/s"]);
    }

    #[test]
    fn a_scenario_has_a_name_its_boots_and_maybe_a_word_for_the_kernel() {
        let scenario = Scenario::parse("a_b 2 audit=1").unwrap();
        assert_eq!((scenario.name.as_str(), scenario.boots, scenario.kernel.as_deref()), ("a_b", 2, Some("audit=1")));
        assert!(Scenario::parse("a_b 1").unwrap().kernel.is_none());
        assert!(Scenario::parse("a_b").is_err() && Scenario::parse("a_b x").is_err());
    }
}
