//! `guest-driver`: plays one scenario with a real oyez in a guest of which it may do as it likes, and prints
//! `GUEST ok NAME` or `GUEST FAILED NAME: why`. `guest-driver list` prints the scenarios, one per line: name, how many
//! boots, and a word for the kernel's command line.
//!
//! `cargo xtask guest` boots the guests and reads the verdicts. Refuses to play anywhere else: it locks the audit system,
//! puts the whole system under rules, and fills what it finds.

mod events;
mod kernel;
mod load;
mod oyez;
mod scenarios;
mod wait;

use std::env;
use std::io::{Write as _, stdout};
use std::process::ExitCode;

use anyhow::{Result, bail, ensure};

use scenarios::Scenario;

fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_default();
    let (line, code) = match name.as_str() {
        "list" => (scenarios::ALL.iter().map(Scenario::line).collect::<Vec<_>>().join("\n"), ExitCode::SUCCESS),
        _ => match play(&name) {
            Ok(()) => (format!("GUEST ok {name}"), ExitCode::SUCCESS),
            // On one line: the console's reader takes the verdict by lines.
            Err(why) => {
                (format!("GUEST FAILED {name}: {}", format!("{why:#}").replace('\n', " | ")), ExitCode::FAILURE)
            }
        },
    };
    // Without a console nobody hears the verdict, which is a verdict too.
    let _ = writeln!(stdout(), "{line}");
    code
}

fn play(name: &str) -> Result<()> {
    let Some(scenario) = scenarios::ALL.iter().find(|scenario| scenario.name == name) else {
        bail!("there is no such scenario");
    };
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    ensure!(cpu.contains("User Mode Linux"), "this is no guest; use cargo xtask guest");
    let boot = env::var("guest_boot").ok().and_then(|number| number.parse().ok()).unwrap_or(1);
    (scenario.run)(boot)
}
