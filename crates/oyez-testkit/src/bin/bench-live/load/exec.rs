//! `/bin/true` run again and again; its number is its last argument.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{ITERATION, Pace, Played};

pub(super) fn play(count: u64, pace: &Pace) -> Result<Played> {
    for number in 0..count {
        pace.await_turn(number);
        let mut command = Command::new("/bin/true");
        let status = command.arg0("true").args([ITERATION, &number.to_string()]).status();
        let status = status.context("cannot run true")?;
        ensure!(status.success(), "true ended with {status}");
    }
    Ok(Played::default())
}
