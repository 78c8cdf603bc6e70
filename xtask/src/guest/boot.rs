//! One boot of a User Mode Linux: an image and words for the kernel in, what the console said out.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::run;

/// What one boot may take, in seconds; the usual one takes 5 to 30.
const LIMIT: &str = "180";

/// Boots once with a scenario that only says that it is there.
pub(super) fn trial(image: &Path, work: &Path) -> Result<()> {
    let console = boot(image, work, &["guest_scenario=none".to_owned()])?;
    ensure!(console.contains("the guest is up"), "{}", console.lines().last().unwrap_or("it says nothing"));
    Ok(())
}

/// Boots, and waits for the end. The directory `shared` of `work` is the guest's `/shared`.
pub(super) fn boot<'w>(image: &Path, work: &Path, words: impl IntoIterator<Item = &'w String>) -> Result<String> {
    // It ends the guest with all its processes; a kernel that hangs does not hear a gentle signal.
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", LIMIT, "linux.uml", "mem=1024M", "con=null", "con0=null,fd:1", "quiet"]);
    command.arg(format!("initrd={}", image.display())).arg(format!("guest_shared={}", work.join("shared").display()));
    // Else it makes a directory in the user's home.
    command.arg(format!("uml_dir={}", work.display()));
    command.args(words).stdin(Stdio::null());
    // The guest's memory is a file there, and a disk would write all of it.
    if Path::new("/dev/shm").is_dir() {
        command.env("TMPDIR", "/dev/shm");
    }
    let output = command.output().context("cannot run timeout")?;
    // Where it can't boot it may say so on standard error alone.
    let console = String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned();
    run::write(&work.join("console"), &console)?;
    ensure!(output.status.code() != Some(124), "no end within {LIMIT} s; the console:\n{console}");
    Ok(console)
}
