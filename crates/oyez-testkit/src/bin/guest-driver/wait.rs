//! Waiting for something to come true, for so long and no longer.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long anything may take: a syscall costs a guest many times what it costs the host.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

/// Waits until `is_true`.
///
/// # Errors
/// It did not come true in time (`what` says what), or could not be asked.
pub(crate) fn until(what: &str, mut is_true: impl FnMut() -> Result<bool>) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !is_true()? {
        if Instant::now() > end {
            bail!("waited in vain until {what}");
        }
        sleep(LOOK);
    }
    Ok(())
}
