//! Few numbers for processes, so that each is had by many in turn; all run the same program file, by which nobody can tell
//! them apart. Each opens a file that is not there, whose name says who opened it.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::lines::{Line, Process};
use crate::kernel;
use crate::oyez::{Ended, Oyez};
use crate::scenarios::storms::figure;
use crate::wait::until;

/// The most that a process's number may be, less one; the kernel gives numbers from 300 on again (`RESERVED_PIDS`).
const PID_MAX: &str = "420";
/// Processes that run a program of their own.
const EXECUTED: usize = 800;
/// Shells, and the children that each forks, which run no program of their own.
const SHELLS: usize = 100;
const CHILDREN: usize = 4;
/// Processes at a time.
const TOGETHER: usize = 8;
/// What all of them may take.
const LIMIT: Duration = Duration::from_secs(100);
/// `$0` is the shell's own word. /proc/self is the child, of which `$$` does not tell.
const SCRIPT: &str =
    "for i in 1 2 3 4; do (read me rest </proc/self/stat; : </tmp/forked.$0.$$.$me) & done; wait; exit 0";

/// Who opened a file.
struct Truth {
    pid: u32,
    command: String,
    parent: u32,
    parent_command: String,
}

/// How many events told what of some kind of process.
#[derive(Debug, Default)]
struct Told {
    right: usize,
    wrong: usize,
    /// They do not tell its arguments.
    nothing: usize,
    wrong_parent: usize,
    /// They do not tell the parent, or not its arguments.
    no_parent: usize,
}

/// Rules tell of forks and exits: nobody is taken for another.
pub(in crate::scenarios) fn with_rules_for_forks_and_exits(_: u32) -> Result<()> {
    let [executed, forked] = play("execve,openat,clone,fork,vfork,exit_group", "")?;
    ensure!(executed.wrong + executed.wrong_parent == 0, "taken for another that was executed: {executed:?}");
    ensure!(forked.wrong + forked.wrong_parent == 0, "taken for another that was forked: {forked:?}");
    Ok(())
}

/// Nobody tells of forks and exits: of who was executed all is known, of who was only forked it may be wrong.
pub(in crate::scenarios) fn without_the_connector(_: u32) -> Result<()> {
    let [executed, _] = play("execve,openat", "enrich.connector = false\n")?;
    ensure!(executed.wrong + executed.wrong_parent == 0, "taken for another that was executed: {executed:?}");
    ensure!(executed.nothing == 0, "of some that were executed nothing is known: {executed:?}");
    Ok(())
}

/// What was told of those that were executed, and of those that were only forked.
fn play(calls: &str, config: &str) -> Result<[Told; 2]> {
    kernel::auditctl("-b 8192")?;
    kernel::auditctl(&format!("-a always,exit -F arch=b64 -S {calls} -k pids"))?;
    fs::write("/tmp/pids.toml", config)?;
    fs::write("/proc/sys/kernel/pid_max", PID_MAX).context("cannot set pid_max")?;
    let oyez = Oyez::start_registered(&["--config", "/tmp/pids.toml"])?;
    let truths = run_all()?;
    oyez.catch_up()?;
    let output = oyez.output.clone();
    let ended = oyez.end()?;
    is_whole(&ended)?;
    let mut holders: HashMap<u32, usize> = HashMap::new();
    let mut told = [Told::default(), Told::default()];
    Line::read_all(&output, |line| {
        let Some(name) = line.path("/tmp/executed.").or_else(|| line.path("/tmp/forked.")) else { return Ok(()) };
        let truth = truths.of(name)?;
        ensure!(line.process.pid == truth.pid, "{name} was opened by {}, not {}", line.process.pid, truth.pid);
        *holders.entry(truth.pid).or_default() += 1;
        let told = &mut told[usize::from(name.starts_with("/tmp/forked."))];
        told.take(name, &line.process, &truth)
    })?;
    let most = holders.values().max().copied().unwrap_or_default();
    figure(&format!("{} numbers, one had {most} times", holders.len()))?;
    for (kind, told) in ["executed", "forked"].iter().zip(&told) {
        figure(&format!("{kind}: {told:?}"))?;
    }
    ensure!(most > 5, "no number came again more than {most} times");
    for (told, count) in told.iter().zip([EXECUTED, SHELLS * CHILDREN]) {
        let all = told.right + told.wrong + told.nothing;
        ensure!(all == count, "{count} files were opened, {all} are told: {told:?}");
    }
    Ok(told)
}

fn is_whole(ended: &Ended) -> Result<()> {
    ended.balances()?;
    for key in ["lost", "shed", "kernel_lost"] {
        let lost = ended.events.number("OYEZ_STOP", key)?;
        ensure!(lost == 0, "{key}: {lost}");
    }
    Ok(())
}

impl Told {
    fn take(&mut self, name: &str, process: &Process, truth: &Truth) -> Result<()> {
        let is_right = process.command().map(|command| command == truth.command);
        match is_right {
            Some(true) => self.right += 1,
            Some(false) => self.wrong += 1,
            None => self.nothing += 1,
        }
        let parent = process.parent.as_ref();
        let parent_command = parent.and_then(|parent| parent.command());
        let is_parents = parent.is_none_or(|parent| parent.pid == truth.parent)
            && parent_command.as_ref().is_none_or(|command| *command == truth.parent_command);
        self.wrong_parent += usize::from(!is_parents);
        self.no_parent += usize::from(parent_command.is_none());
        if (is_right == Some(false) || !is_parents) && self.wrong + self.wrong_parent <= 3 {
            figure(&format!("wrong: {name} is told of {process:?}"))?;
        }
        Ok(())
    }
}

/// Who opened which file: the driver's children by name; of the others the names say it.
struct Truths {
    executed: HashMap<String, u32>,
    own: (u32, String),
}

impl Truths {
    fn of(&self, name: &str) -> Result<Truth> {
        if let Some(pid) = self.executed.get(name) {
            let (parent, parent_command) = self.own.clone();
            return Ok(Truth { pid: *pid, command: format!("/bin/cat {name}"), parent, parent_command });
        }
        let parts: Vec<_> = name.split('.').collect();
        let [_, word, parent, pid] = parts[..] else { bail!("nobody was to open {name}") };
        let command = format!("/bin/sh -c {SCRIPT} {word}");
        Ok(Truth { pid: pid.parse()?, parent: parent.parse()?, parent_command: command.clone(), command })
    }
}

/// Runs all processes, several at a time.
fn run_all() -> Result<Truths> {
    let own = env::args().collect::<Vec<_>>().join(" ");
    let mut truths = Truths { executed: HashMap::new(), own: (std::process::id(), own) };
    let end = Instant::now() + LIMIT;
    for round in 0..EXECUTED / TOGETHER {
        ensure!(Instant::now() < end, "in {LIMIT:?} there were only {round} rounds");
        let mut running = Vec::new();
        for number in 0..TOGETHER {
            let name = format!("/tmp/executed.{round}-{number}");
            let child = begin(Command::new("/bin/cat").arg(&name))?;
            truths.executed.insert(name, child.id());
            running.push(child);
            if number == 3 && round < SHELLS {
                running.push(begin(Command::new("/bin/sh").args(["-c", SCRIPT, &format!("shell-{round}")]))?);
            }
        }
        for mut child in running {
            until("a process has ended", || Ok(child.try_wait()?.is_some()))?;
        }
    }
    Ok(truths)
}

fn begin(command: &mut Command) -> Result<Child> {
    command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().context("cannot run a process")
}
