//! Very many processes that end at once, several at a time: they are run, and each says in its arguments which one it is.
//!
//! A number and a time in; out comes which were run, and as which process. One in [`SHELL`] is run by a shell of its own, all
//! others by this program. Refused is a process that fails.

use std::collections::HashMap;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};

/// Where it is set, so many processes are run instead of the few of an ordinary test.
const VARIABLE: &str = "OYEZ_PROCESSES";
/// Threads that run them.
const TOGETHER: usize = 4;
/// Of so many one is run by a shell.
pub const SHELL: usize = 10;
/// What the shell runs. `$0` is the word behind it; what follows keeps the shell from becoming the program.
pub const SCRIPT: &str = "/bin/true $0.$$; exit $?";

/// How many processes to run: `$OYEZ_PROCESSES`, else `usual`.
pub fn wanted(usual: usize) -> usize {
    std::env::var(VARIABLE).ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}

/// Runs processes with the numbers from 0 on, until there are `wanted` or it is `end`; for each number the process that this
/// program began.
///
/// # Errors
/// One can't be run, or fails; the rest are not run.
pub fn run(wanted: usize, end: Instant) -> Result<HashMap<usize, u32>> {
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut done = Vec::new();
        while Instant::now() < end && !has_failed.load(Relaxed) {
            let number = next.fetch_add(1, Relaxed);
            if number >= wanted {
                break;
            }
            done.push((number, one(number).inspect_err(|_| has_failed.store(true, Relaxed))?));
        }
        Ok(done)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..TOGETHER).map(|_| scope.spawn(work)).collect();
        let mut all = HashMap::new();
        for thread in threads {
            let done: Result<_> = thread.join().map_err(|_| anyhow!("who runs them panicked"))?;
            all.extend(done?);
        }
        Ok(all)
    })
}

fn one(number: usize) -> Result<u32> {
    let word = format!("short-{number}");
    let child = match number % SHELL {
        0 => Command::new("/bin/sh").args(["-c", SCRIPT, &word]).spawn(),
        _ => Command::new("/bin/true").arg(&word).spawn(),
    };
    let mut child = child.context("cannot run a process")?;
    let status = child.wait().context("cannot wait for a process")?;
    ensure!(status.success(), "{word} ended with {status}");
    Ok(child.id())
}

/// What the arguments of a process say, joined by spaces: its number, and the shell that ran it. `None` for any other process,
/// such as that shell.
pub fn told(command: &str) -> Option<(usize, Option<u32>)> {
    let word = command.strip_prefix("/bin/true short-")?;
    let (number, shell) = word.split_once('.').map_or((word, None), |(number, shell)| (number, Some(shell)));
    Some((number.parse().ok()?, shell.map(str::parse).transpose().ok()?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_number_is_run_once_and_told() {
        let done = run(23, Instant::now() + Duration::from_mins(1)).unwrap();
        let mut numbers: Vec<_> = done.into_keys().collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..23).collect::<Vec<_>>());
        assert!(run(23, Instant::now()).unwrap().is_empty());
    }

    #[test]
    fn a_command_tells_its_number_and_its_shell() {
        assert_eq!(told("/bin/true short-7"), Some((7, None)));
        assert_eq!(told("/bin/true short-10.42"), Some((10, Some(42))));
        for other in ["/bin/true", "/bin/sh -c x short-10", "/bin/true short-", "/bin/true short-1.x"] {
            assert_eq!(told(other), None);
        }
    }
}
