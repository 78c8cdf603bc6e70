//! Who keeps the helper: starts it when there is something to ask, ends it when it is idle, kills it when it misbehaves.

use std::ffi::OsStr;
use std::process::Child;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::helper::{Fault, Helper};
use super::{Answer, Work};
use crate::users::Id;

/// After how many answers a helper is taken to be well, and the next failure is the first again.
const WELL: u32 = 16;

/// How many killed helpers may be left that the kernel does not let go; none is started while there are so many.
const MAX_UNDEAD: usize = 8;

/// How long is waited for a killed helper to be gone before it is left for later.
const GRACE: Duration = Duration::from_millis(50);

/// Times of a [`Keeper`].
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long one answer may take.
    pub timeout: Duration,
    /// How long a helper lives without a question.
    pub idle: Duration,
    /// How long after its first failure a helper is started again. Each further failure doubles it.
    pub first_pause: Duration,
    /// The longest such time.
    pub longest_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            timeout: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(5),
        }
    }
}

/// Answers ids by a helper process. Needs a thread of its own: [`Keeper::run`].
#[derive(Debug)]
pub struct Keeper {
    program: Box<OsStr>,
    args: Vec<Box<OsStr>>,
    limits: Limits,
    helper: Option<Helper>,
    answers: u32,
    pause: Duration,
    not_before: Option<Instant>,
    undead: Vec<Child>,
}

impl Keeper {
    /// A keeper whose helper is `program` with `args`: something that calls [`super::serve()`] on its standard input and
    /// output. Nothing is started yet.
    pub fn new(program: impl AsRef<OsStr>, args: &[&str], limits: Limits) -> Self {
        Keeper {
            program: program.as_ref().into(),
            args: args.iter().map(|arg| OsStr::new(arg).into()).collect(),
            limits,
            helper: None,
            answers: 0,
            pause: limits.first_pause,
            not_before: None,
            undead: Vec::new(),
        }
    }

    /// Answers until the [`super::Link`] is gone, and then ends within a quarter of a second. With nothing to ask it sleeps.
    pub fn run(mut self, work: &Work) {
        loop {
            let id = match work.queries.recv_timeout(self.idle()) {
                Ok(id) => id,
                Err(RecvTimeoutError::Timeout) => {
                    self.bury();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if work.stop.load(Ordering::Relaxed) {
                break;
            }
            let answer = self.ask(id, work);
            if work.answers.send((id, answer)).is_err() {
                break;
            }
        }
        self.bury();
    }

    /// How long to wait for a question: with nothing to end, for ever (as far as a clock goes).
    fn idle(&self) -> Duration {
        if self.helper.is_some() || !self.undead.is_empty() { self.limits.idle } else { Duration::from_secs(1 << 30) }
    }

    fn ask(&mut self, id: Id, work: &Work) -> Answer {
        if !self.is_ready() {
            return Answer::Failed;
        }
        let Some(helper) = &mut self.helper else { return Answer::Failed };
        match helper.ask(id, self.limits.timeout, &work.stop) {
            Ok(answer) => {
                self.answers = self.answers.saturating_add(1);
                if self.answers >= WELL {
                    self.pause = self.limits.first_pause;
                }
                answer
            }
            Err(Fault::Stopped) => Answer::Failed,
            Err(Fault::Hung | Fault::Died | Fault::Garbage) => {
                self.fail();
                Answer::Failed
            }
        }
    }

    /// Whether there is a helper; starts one if that may be.
    fn is_ready(&mut self) -> bool {
        if self.helper.is_some() {
            return true;
        }
        self.undead.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        if self.undead.len() >= MAX_UNDEAD || self.not_before.is_some_and(|time| Instant::now() < time) {
            return false;
        }
        self.answers = 0;
        match Helper::start(&self.program, &self.args) {
            Ok(helper) => self.helper = Some(helper),
            Err(_) => self.fail(),
        }
        self.helper.is_some()
    }

    fn fail(&mut self) {
        self.bury();
        self.not_before = Instant::now().checked_add(self.pause);
        self.pause = self.pause.saturating_mul(2).min(self.limits.longest_pause);
    }

    /// Kills the helper and waits a moment for its end; the rest of its dying needs nobody.
    fn bury(&mut self) {
        self.undead.extend(self.helper.take().map(Helper::kill));
        let deadline = Instant::now() + GRACE;
        loop {
            self.undead.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
            if self.undead.is_empty() || Instant::now() >= deadline {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
