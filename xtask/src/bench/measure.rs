//! The CPU time and memory of one program.
//!
//! A process of its own runs it and asks the kernel for the resources of its children (`getrusage(2)`): that counts to the
//! microsecond, all threads, and this one program alone.

use std::io::{Write as _, stdout};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};

use crate::run;

/// What a program used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Usage {
    /// Seconds of CPU, user and system.
    pub(crate) cpu_s: f64,
    /// The most memory it had resident, in KiB.
    pub(crate) max_rss_kib: u64,
}

/// Runs `words`, with no input and its output thrown away, and says what it used.
pub(crate) fn usage(words: &[&str]) -> Result<Usage> {
    let own = std::env::current_exe().context("cannot find this program")?;
    let output = run::output(Command::new(own).arg(super::MEASURE).args(words))?;
    read(&String::from_utf8_lossy(&output.stdout)).with_context(|| format!("cannot measure {words:?}"))
}

fn read(text: &str) -> Option<Usage> {
    let (cpu, rss) = text.trim().split_once(' ')?;
    Some(Usage { cpu_s: cpu.parse().ok()?, max_rss_kib: rss.parse().ok()? })
}

/// The measuring process: runs the program that `words` say and prints its usage.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let (program, arguments) = words.split_first().context("nothing to measure")?;
    let null = Stdio::null;
    let mut command = Command::new(program);
    let status = command.args(arguments).stdin(null()).stdout(null()).stderr(null()).status();
    let status = status.with_context(|| format!("cannot run {program}"))?;
    ensure!(status.success(), "{program} ended with {status}");
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot read the usage of children")?;
    let seconds = |time: nix::sys::time::TimeVal| {
        Ok::<_, anyhow::Error>(
            f64::from(i32::try_from(time.tv_sec())?) + f64::from(i32::try_from(time.tv_usec())?) / 1e6,
        )
    };
    let cpu = seconds(used.user_time())? + seconds(used.system_time())?;
    writeln!(stdout(), "{cpu:.6} {}", used.max_rss())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_back() {
        assert_eq!(read("1.500000 2048\n"), Some(Usage { cpu_s: 1.5, max_rss_kib: 2048 }));
        assert_eq!(read("1.5"), None);
    }
}
