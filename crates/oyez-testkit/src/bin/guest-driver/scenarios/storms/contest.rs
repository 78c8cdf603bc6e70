//! The speed of the load: rounds of the same storm, under an oyez in trouble and under one that has nothing in its way.
//!
//! Not against a program that only copies records, as `cargo xtask bench live` does: the guest has one processor and a build
//! with debug assertions, so that what would be told apart there are their prices, not what the trouble does.

use std::io::{Write as _, stdout};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::oyez::Oyez;
use crate::{kernel, load};

/// Opens in most storms, which take the guest about a second.
pub(super) const OPENS: u32 = 10_000;
/// Where an oyez that has nothing in its way mostly writes.
pub(super) const NOWHERE: &str = "/dev/null";
/// Rounds: one and the same storm takes the guest up to twice as long as another time, by what else its host does.
const ROUNDS: RangeInclusive<usize> = 3..=5;
/// The load's speed under the oyez in trouble by that under the other, at least: each in its fastest round, or in the median
/// of the rounds, whichever is more. What halves the speed is below it both ways.
const LEAST: f64 = 0.9;

/// Plays rounds in which `storm` says how long so many `opens` took it, under a rule for all opens; the other oyez writes to
/// `output`. After the first few rounds it is over as soon as the load was fast enough.
///
/// # Errors
/// A storm fails, or the load is too slow in all rounds.
pub(super) fn contest(opens: u32, output: &str, mut storm: impl FnMut(usize) -> Result<Duration>) -> Result<()> {
    // As oyez has it, so that nothing is lost while it starts.
    kernel::auditctl("-b 8192")?;
    kernel::watch_opens()?;
    let per_second = |took: Duration| f64::from(opens) / took.as_secs_f64();
    let (mut troubled, mut free, mut rounds) = (0.0_f64, 0.0_f64, Vec::new());
    let (mut round, mut share) = (0, 0.0);
    while round < *ROUNDS.start() || (round < *ROUNDS.end() && share < LEAST) {
        let this = per_second(storm(round).with_context(|| format!("round {}", round + 1))?);
        let other = per_second(unhindered(opens, Path::new(output))?);
        (troubled, free) = (troubled.max(this), free.max(other));
        rounds.push(this / other);
        share = median(&rounds).max(troubled / free);
        round += 1;
    }
    let rounds: Vec<_> = rounds.iter().map(|ratio| format!("{ratio:.2}")).collect();
    let rounds = rounds.join(", ");
    figure(&format!("{troubled:.0} opens/s, {free:.0} without trouble: {share:.2}; round by round {rounds}"))?;
    ensure!(share >= LEAST, "the load kept {share:.2} of its speed");
    Ok(())
}

/// The middle one; of an even number, the lower of the two in the middle.
fn median(ratios: &[f64]) -> f64 {
    let mut sorted = ratios.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() - 1) / 2]
}

/// Prints what was measured, for `cargo xtask guest` to tell.
pub(in crate::scenarios) fn figure(text: &str) -> Result<()> {
    writeln!(stdout(), "FIGURE {text}").context("cannot print")
}

fn unhindered(opens: u32, output: &Path) -> Result<Duration> {
    let mut oyez = Oyez::spawn(output, &[])?;
    oyez.await_registration()?;
    let (_, took) = load::storm("free", opens);
    // What it wrote is of no interest here.
    oyez.output = NOWHERE.into();
    oyez.end()?;
    Ok(took)
}
