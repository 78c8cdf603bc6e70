//! `oyez reload`: has the running daemon take its configuration again. A configuration that is wrong is refused here,
//! before the daemon is bothered; the daemon checks it again, with its own flags, and keeps the old one if it is bad.

use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::args::{ReloadArgs, config_file};
use super::{configuration, stdio};
use crate::exit::Exit;

/// Finds the daemon by its pid file and sends it SIGHUP.
///
/// # Errors
/// A configuration that is wrong, no daemon, no permission to signal it.
pub(super) fn run(args: &ReloadArgs) -> anyhow::Result<Exit> {
    let loaded = configuration(config_file(args.config.as_deref()), &[])?;
    let Some(pid_file) = loaded.settings.pid_file else {
        bail!(Exit::Usage.because("cannot find the daemon: the configuration's pid_file is empty"));
    };
    let pid = find_daemon(&pid_file, Path::new("/proc"))?;
    signal(pid)?;
    stdio::answer(
        format!("told oyez, process {}, to reload; its messages say what came of it\n", pid.as_raw_pid()).as_bytes(),
    )?;
    Ok(Exit::Done)
}

fn signal(pid: Pid) -> anyhow::Result<()> {
    kill_process(pid, Signal::HUP).map_err(|errno| {
        let exit = if errno == rustix::io::Errno::SRCH { Exit::NotRunning } else { Exit::Unavailable };
        let message = format!("cannot signal oyez, process {}", pid.as_raw_pid());
        anyhow::Error::new(std::io::Error::from(errno)).context(exit.because(message))
    })
}

/// The process the pid file names, if it is an oyez: the file outlives a crash, and its number may be another's by then.
fn find_daemon(pid_file: &Path, proc: &Path) -> anyhow::Result<Pid> {
    let shown = pid_file.display();
    let text = match std::fs::read_to_string(pid_file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(Exit::NotRunning.because(format!("no daemon is running: there is no {shown}")))
        }
        text => text.with_context(|| Exit::Io.because(format!("cannot find the daemon: cannot read {shown}")))?,
    };
    let pid = text.trim().parse().ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
    let pid =
        pid.with_context(|| Exit::NotRunning.because(format!("cannot find the daemon: {shown} holds no process id")))?;
    let comm = std::fs::read_to_string(proc.join(pid.as_raw_pid().to_string()).join("comm"));
    match comm {
        Ok(comm) if comm.trim_end() == "oyez" => Ok(pid),
        Ok(_) | Err(_) => bail!(
            Exit::NotRunning
                .because(format!("no daemon is running: {shown} names process {}, which is no oyez", pid.as_raw_pid()))
        ),
    }
}
