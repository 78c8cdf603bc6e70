//! One file opened and closed, again and again. Its number is the mode, which is recorded as `a3` and means nothing to the
//! kernel when no file is made (open(2)).

use std::time::Instant;

use anyhow::{Context as _, Result};
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::{OPENED, Pace, Played};

pub(super) fn play(count: u64, pace: &Pace) -> Result<Played> {
    let mut played = Played::default();
    for number in 0..count {
        pace.await_turn(number);
        let mode = Mode::from_bits_retain(u32::try_from(number)?);
        drop(openat(CWD, OPENED, OFlags::RDONLY, mode).with_context(|| format!("cannot open {OPENED}"))?);
        played.done.extend((pace.rate > 0).then(Instant::now));
    }
    Ok(played)
}
