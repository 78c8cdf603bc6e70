//! `oyez status`: the state of the kernel's audit system and who listens to it.

mod report;
mod text;

use std::path::Path;

use oyez_netlink::environment::explain;
use oyez_netlink::{Attempt, Control, Error, Facts};

use super::args::StatusArgs;
use super::stdio;
use crate::exit::Exit;

/// Asks the kernel and prints what it says.
///
/// # Errors
/// [`Exit::Unavailable`] with the cause and the way out when the kernel does not answer.
pub(super) fn run(args: &StatusArgs) -> anyhow::Result<Exit> {
    let proc = Path::new("/proc");
    let mut kernel = Control::open().map_err(|error| refusal(Attempt::Open, error))?;
    let report = report::gather(&mut kernel, proc).map_err(|error| refusal(Attempt::Control, error))?;
    let answer = if args.json { serde_json::to_string(&report)? + "\n" } else { text::render(&report) };
    stdio::answer(answer.as_bytes())?;
    Ok(Exit::Done)
}

fn refusal(attempt: Attempt, error: Error) -> anyhow::Error {
    let Some(errno) = error.errno() else {
        return anyhow::Error::new(error).context(Exit::Unavailable.because("cannot get the audit status"));
    };
    let obstacle = explain(attempt, errno, &Facts::read(Path::new("/proc")));
    anyhow::Error::new(obstacle).context(Exit::Unavailable.because("cannot get the audit status"))
}
