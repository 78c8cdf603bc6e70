//! /proc that nobody can make us wait for long: `cmdline`, which can be held up, is read by threads of its own.
//!
//! A process that is changing its own address space holds the lock that reading its arguments needs (fs/proc/base.c,
//! `get_mm_cmdline`; `mmap_lock`), for as long as that takes: hung network files can make it for ever. So each read is waited for
//! [`PATIENCE`] at most, and reads that were too late for [`ALLOWANCE`] a second altogether; what does not come by then is not
//! known, and counted. Only a thread that runs, or waits for its turn on a busy host, is waited for longer, up to [`TURN`]: no
//! process can make it do that. A thread that hangs is left to itself until it answers, another one takes its place, up to [`READERS`];
//! when all hang, arguments are not read. All else is read at once: nothing of it waits for the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use memchr::memrchr;
use oyez_enrich::process::{HostProc, Part, ProcFs};
use rustix::thread::{Pid, gettid};

/// How long one read is waited for: short enough for the queue to hold what comes meanwhile.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long altogether, where the reading thread does not wait for anything but a processor.
const TURN: Duration = Duration::from_secs(1);
/// How long all reads of a second that were too late may have been waited for.
const ALLOWANCE: Duration = Duration::from_millis(100);
/// Threads that may hang at once.
const READERS: usize = 4;

/// A /proc whose `cmdline` is read elsewhere.
pub(super) struct Patient<P = HostProc> {
    proc: P,
    /// Another one, for a thread.
    another: fn() -> P,
    readers: Vec<Reader>,
    patience: Duration,
    allowance: Allowance,
    /// Reads that did not come in time, or that nobody was free for.
    late: Arc<AtomicU64>,
}

impl Default for Patient {
    fn default() -> Self {
        Patient::new(HostProc::default, PATIENCE)
    }
}

impl<P: ProcFs + Send + 'static> Patient<P> {
    /// Reads what `another` gives.
    fn new(another: fn() -> P, patience: Duration) -> Self {
        let (readers, allowance) = (Vec::new(), Allowance::default());
        Patient { proc: another(), another, readers, patience, allowance, late: Arc::default() }
    }

    /// How many reads did not come in time so far; to be looked at from elsewhere.
    pub(super) fn late(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.late)
    }

    fn cmdline(&mut self, pid: u32, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        let start = Instant::now();
        let patience = self.allowance.at(start).min(self.patience);
        let Some(reader) = self.free_reader().filter(|_| !patience.is_zero()) else { return self.give_up() };
        let Some((result, bytes)) = reader.read(Request { pid, limit, out: std::mem::take(out) }, patience) else {
            // A thread that lacks a processor is not held up by what it reads.
            self.allowance.spend(start.elapsed().min(PATIENCE));
            return self.give_up();
        };
        *out = bytes;
        result
    }

    fn give_up(&self) -> io::Result<()> {
        self.late.fetch_add(1, Ordering::Relaxed);
        Err(io::ErrorKind::TimedOut.into())
    }

    /// A thread that does not hang.
    fn free_reader(&mut self) -> Option<&mut Reader> {
        let place = match self.readers.iter_mut().position(Reader::is_free) {
            Some(place) => place,
            None if self.readers.len() < READERS => {
                self.readers.push(Reader::start((self.another)()).ok()?);
                self.readers.len() - 1
            }
            None => return None,
        };
        self.readers.get_mut(place)
    }
}

impl<P: ProcFs + Send + 'static> ProcFs for Patient<P> {
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
        self.proc.pids(out)
    }

    fn read(&mut self, pid: u32, part: Part, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        match part {
            Part::Cmdline => self.cmdline(pid, limit, out),
            Part::Stat | Part::Status | Part::Exe | Part::Cwd => self.proc.read(pid, part, limit, out),
        }
    }
}

struct Request {
    pid: u32,
    limit: usize,
    out: Vec<u8>,
}

type Answer = (io::Result<()>, Vec<u8>);

/// A thread that reads; it ends when this is dropped, once it does not hang.
struct Reader {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
    /// The thread, as /proc numbers it.
    thread: Pid,
    /// An answer is still to come.
    hangs: bool,
}

impl Reader {
    fn start(mut proc: impl ProcFs + Send + 'static) -> io::Result<Self> {
        let (requests, asked) = bounded::<Request>(1);
        let (answer, answers) = bounded::<Answer>(1);
        let (tell, told) = bounded(1);
        thread::Builder::new().name("proc".into()).spawn(move || {
            // Nobody waits for it any more only if it was never started.
            let _ = tell.send(gettid());
            for Request { pid, limit, mut out } in asked {
                let result = proc.read(pid, Part::Cmdline, limit, &mut out);
                if answer.send((result, out)).is_err() {
                    return;
                }
            }
        })?;
        let thread = told.recv_timeout(TURN).map_err(io::Error::other)?;
        Ok(Reader { requests, answers, thread, hangs: false })
    }

    /// Whether nothing is to come any more; an answer that came too late is thrown away.
    fn is_free(&mut self) -> bool {
        if self.hangs && self.answers.try_recv().is_ok() {
            self.hangs = false;
        }
        !self.hangs
    }

    fn read(&mut self, request: Request, patience: Duration) -> Option<Answer> {
        let start = Instant::now();
        self.requests.try_send(request).ok()?;
        let mut answer = self.answers.recv_timeout(patience).ok();
        while answer.is_none() && start.elapsed() < TURN && runs(self.thread) {
            answer = self.answers.recv_timeout(PATIENCE).ok();
        }
        // It may have answered and gone to sleep meanwhile.
        let answer = answer.or_else(|| self.answers.try_recv().ok());
        self.hangs = answer.is_none();
        answer
    }
}

/// Whether this thread runs, or would if it had a processor (`proc_pid_stat(5)`, state `R`).
fn runs(thread: Pid) -> bool {
    let stat = std::fs::read(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    memrchr(b')', &stat).is_some_and(|name| stat.get(name..).is_some_and(|rest| rest.starts_with(b") R")))
}

/// How much longer may be waited in vain: [`ALLOWANCE`], which comes back within a second.
#[derive(Debug, Default)]
struct Allowance {
    spent: Duration,
    then: Option<Instant>,
}

impl Allowance {
    fn at(&mut self, now: Instant) -> Duration {
        let passed = self.then.map_or(Duration::ZERO, |then| now.saturating_duration_since(then));
        self.then = Some(now);
        self.spent = self.spent.saturating_sub(passed.mul_f64(ALLOWANCE.as_secs_f64()));
        ALLOWANCE.saturating_sub(self.spent)
    }

    fn spend(&mut self, time: Duration) {
        self.spent += time;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Processes whose arguments cannot be read; others have their number for an argument.
    static HUNG: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    /// Reading its arguments takes longer than anybody is waited for, though the thread works all the time.
    const SLOW: u32 = 9;

    struct Fake;

    impl ProcFs for Fake {
        fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
            out.push(7);
            Ok(())
        }

        fn read(&mut self, pid: u32, part: Part, _: usize, out: &mut Vec<u8>) -> io::Result<()> {
            while part == Part::Cmdline && HUNG.lock().unwrap().contains(&pid) {
                thread::sleep(Duration::from_millis(1));
            }
            let start = Instant::now();
            while part == Part::Cmdline && pid == SLOW && start.elapsed() < 3 * PATIENCE {
                std::hint::spin_loop();
            }
            out.clear();
            out.extend_from_slice(pid.to_string().as_bytes());
            Ok(())
        }
    }

    fn hang(pids: &[u32]) {
        *HUNG.lock().unwrap() = pids.to_vec();
    }

    fn read(proc: &mut Patient<Fake>, pid: u32, part: Part) -> Option<Vec<u8>> {
        let mut out = b"before".to_vec();
        proc.read(pid, part, 100, &mut out).ok().map(|()| out)
    }

    fn late(proc: &Patient<Fake>) -> (u64, usize) {
        (proc.late().load(Ordering::Relaxed), proc.readers.len())
    }

    /// One test, since the processes that hang are the same for all.
    #[test]
    fn a_process_that_hangs_holds_up_its_own_arguments_alone_and_not_for_long() {
        let long = Duration::from_mins(1);
        let mut proc = Patient::new(|| Fake, long);
        let patient = |proc: &mut Patient<Fake>, time| (proc.patience, proc.allowance) = (time, Allowance::default());
        patient(&mut proc, PATIENCE);
        hang(&[2]);
        assert_eq!(read(&mut proc, 2, Part::Cmdline), None);
        assert_eq!(read(&mut proc, 2, Part::Exe), Some(b"2".to_vec()), "all else is read");
        assert_eq!(late(&proc), (1, 1));
        proc.allowance.spend(long);
        assert_eq!(read(&mut proc, 3, Part::Cmdline), None, "the allowance is spent");
        assert_eq!(late(&proc), (2, 2));

        hang(&[2, 4, 5, 6]);
        for pid in [4, 5, 6] {
            patient(&mut proc, PATIENCE);
            assert_eq!(read(&mut proc, pid, Part::Cmdline), None, "another thread hangs");
        }
        patient(&mut proc, PATIENCE);
        assert_eq!(read(&mut proc, 3, Part::Cmdline), None, "all threads hang");
        assert_eq!(late(&proc), (6, READERS));
        hang(&[]);
        let until = Instant::now() + long;
        while read(&mut proc, 3, Part::Cmdline) != Some(b"3".to_vec()) {
            assert!(Instant::now() < until, "the threads are of use again");
        }
        assert_eq!(proc.readers.len(), READERS);
    }

    #[test]
    fn a_thread_that_only_lacks_a_processor_is_waited_for() {
        let mut proc = Patient::new(|| Fake, PATIENCE);
        assert_eq!(read(&mut proc, SLOW, Part::Cmdline), Some(b"9".to_vec()));
        assert_eq!(late(&proc), (0, 1));
    }

    #[test]
    fn what_was_waited_in_vain_comes_back_within_a_second() {
        let (mut allowance, start) = (Allowance::default(), Instant::now());
        let mut at = |ms| {
            let left = allowance.at(start + Duration::from_millis(ms));
            allowance.spend(left);
            left.as_millis()
        };
        assert_eq!([at(0), at(0), at(500), at(1000), at(9000)], [100, 0, 50, 50, 100]);
    }
}
