//! `oyez status`: the state of the kernel's audit system, who listens to it, and what a running oyez leaves out.

mod report;
mod text;

use std::path::Path;

use oyez_netlink::environment::explain;
use oyez_netlink::{Attempt, Control, Error, Facts};

use super::args::{StatusArgs, config_file};
use super::{configuration, stdio};
use crate::daemon::Running;
use crate::exit::Exit;

/// Asks the kernel and prints what it says.
///
/// # Errors
/// [`Exit::Unavailable`] with the cause and the way out when the kernel does not answer.
pub(super) fn run(args: &StatusArgs) -> anyhow::Result<Exit> {
    let proc = Path::new("/proc");
    let mut kernel = Control::open().map_err(|error| refusal(Attempt::Open, error))?;
    let mut report = report::gather(&mut kernel, proc).map_err(|error| refusal(Attempt::Control, error))?;
    report.oyez = running(args.config.as_deref());
    let answer = if args.json { serde_json::to_string(&report)? + "\n" } else { text::render(&report) };
    stdio::answer(answer.as_bytes())?;
    Ok(Exit::Done)
}

/// The oyez that runs with this configuration. One that can't be found out about is not told of: the kernel's part is
/// what was asked for.
fn running(config: Option<&Path>) -> Option<report::Oyez> {
    let state_file = configuration(config_file(config), &[]).ok()?.settings.state_file?;
    let running = Running::find(&state_file).ok()??;
    let cpu_limit = running.cpu_limit.map(|note| report::CpuLimit {
        cores: note.share.cores(),
        in_force: note.in_force,
        shed: note.shed,
        waited_ms: note.waited_us / 1000,
    });
    Some(report::Oyez { pid: running.pid, filtered: running.filtered, cpu_limit })
}

fn refusal(attempt: Attempt, error: Error) -> anyhow::Error {
    let Some(errno) = error.errno() else {
        return anyhow::Error::new(error).context(Exit::Unavailable.because("cannot get the audit status"));
    };
    let obstacle = explain(attempt, errno, &Facts::read(Path::new("/proc")));
    anyhow::Error::new(obstacle).context(Exit::Unavailable.because("cannot get the audit status"))
}
