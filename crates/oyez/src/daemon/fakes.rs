//! A daemon without a kernel, for tests: a source, a sink, and all threads between them.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded, unbounded};
use oyez_netlink::fake::FakeKernel;
use oyez_netlink::fake::Request;
use oyez_netlink::{Control as KernelControl, Message, Ready, Received, Result, WaitPolicy, WaitSettings, Wake};
use oyez_tables::record_type::{CONFIG_CHANGE, PROCTITLE};
use signal_hook::consts::SIGTERM;

use super::clock::Clock;
use super::control::{Control, Happening, Reason, ToControl, Ways};
use super::enforce::{self, Enforcer};
use super::filter::{self, Plan as FilterPlan};
use super::filtering::Filtering;
use super::kernel_watch::KernelWatch;
use super::lines::{Lines, Room};
use super::outlet;
use super::output::Output;
use super::own::Own;
use super::pipeline::{Command, Dormant, Grouping, Pipeline};
use super::receive::{Intake, Orders, Receiver, Source};
use super::reload::{Reloader, Standing};
use super::restore::Restorer;
use super::start::tell_writers_word;
use super::state::StateFile;
use super::tally::Tally;
use super::writer::Writer;
use super::{queue, threads};
use crate::config::rules::with_starter;
use crate::config::{self, Loaded, OnOverload};
use crate::filters;
use crate::form::{self, Boot, Terminal};

/// The pid that the tests' own events have.
pub(crate) const OWN_PID: u32 = 4711;

/// A record as it comes from the kernel.
pub(crate) type Record = (u16, Vec<u8>);

/// Events of three records each, serials from `first` on.
pub(crate) fn storm(first: u32, events: u32) -> Vec<Record> {
    (first..first + events).flat_map(|serial| event(serial, 1)).collect()
}

/// One event of process `pid`: SYSCALL, CWD, EOE.
pub(crate) fn event(serial: u32, pid: u32) -> [Record; 3] {
    let stamp = format!("audit(1700000000.123:{serial}):");
    [
        (
            1300,
            format!(
                "{stamp} arch=c000003e syscall=257 success=yes exit=3 items=0 ppid=1 pid={pid} auid=0 uid=0 comm=\"x\""
            ),
        ),
        (1307, format!("{stamp} cwd=\"/\"")),
        (1320, format!("{stamp} ")),
    ]
    .map(|(kind, text)| (kind, text.into_bytes()))
}

/// A login, which stands alone.
pub(crate) fn login(serial: u32) -> Record {
    user_message(1112, serial)
}

/// A message of user space, which stands alone.
pub(crate) fn user_message(kind: u16, serial: u32) -> Record {
    let text =
        format!("audit(1700000000.123:{serial}): pid=1 uid=0 auid=0 ses=1 msg='op=login acct=\"x\" res=success'");
    (kind, text.into_bytes())
}

/// One event as the kernel makes it, title included.
pub(crate) fn titled(serial: u32) -> [Record; 4] {
    let [syscall, cwd, eoe] = event(serial, 1);
    let title = format!("audit(1700000000.123:{serial}): proctitle=\"x\"").into_bytes();
    [syscall, cwd, (PROCTITLE, title), eoe]
}

/// The record that a change of the rules makes.
pub(crate) fn rules_changed(serial: u32) -> Record {
    (CONFIG_CHANGE, format!("audit(1700000000.123:{serial}): op=add_rule key=(null) list=5 res=1").into_bytes())
}

/// A socket that holds what it is given.
#[derive(Clone)]
pub(crate) struct FakeSource {
    waiting: Arc<Mutex<VecDeque<Record>>>,
    wake: Wake,
    pub(crate) drops: Arc<AtomicU64>,
    pub(crate) registrations: Arc<AtomicU64>,
    pub(crate) broken: Arc<AtomicU64>,
    /// Every filter that was set.
    pub(crate) filters: Arc<Mutex<Vec<Vec<u16>>>>,
    /// Every size of the receive buffer that was asked for.
    pub(crate) buffers: Arc<Mutex<Vec<usize>>>,
}

impl FakeSource {
    pub(crate) fn new(wake: Wake) -> Self {
        let zero = || Arc::new(AtomicU64::new(0));
        Self {
            waiting: Arc::default(),
            wake,
            drops: zero(),
            registrations: zero(),
            broken: zero(),
            filters: Arc::default(),
            buffers: Arc::default(),
        }
    }

    /// The types that are dropped now.
    pub(crate) fn filtered(&self) -> Vec<u16> {
        self.filters.lock().unwrap().last().cloned().unwrap_or_default()
    }

    pub(crate) fn give(&self, records: impl IntoIterator<Item = Record>) {
        // As the kernel: what waits already is past the filter.
        let filtered = self.filtered();
        self.waiting.lock().unwrap().extend(records.into_iter().filter(|(kind, _)| !filtered.contains(kind)));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.lock().unwrap().is_empty()
    }

    fn receive_up_to(&mut self, most: u64, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received> {
        if self.broken.load(Ordering::SeqCst) > 0 {
            let source = ErrorKind::NotConnected.into();
            return Err(oyez_netlink::Error::System { action: "receive audit records", source });
        }
        let mut received = Received::default();
        while received.datagrams < most {
            let Some((kind, payload)) = self.waiting.lock().unwrap().pop_front() else { break };
            take(&Message::Record { kind, payload: &payload, truncated: false });
            received.datagrams += 1;
            received.records += 1;
        }
        received.more = received.datagrams == most;
        Ok(received)
    }
}

impl Source for FakeSource {
    fn wait(&mut self, timeout: Option<Duration>) -> Result<Ready> {
        let start = Instant::now();
        loop {
            if !self.is_empty() || self.broken.load(Ordering::SeqCst) > 0 {
                return Ok(Ready { readable: true, woken: false });
            }
            if self.wake.nap(Duration::from_millis(1))? {
                return Ok(Ready { readable: false, woken: true });
            }
            if timeout.is_some_and(|timeout| start.elapsed() > timeout) {
                return Ok(Ready::default());
            }
        }
    }

    fn nap(&mut self, time: Duration) -> Result<()> {
        self.wake.nap(time).map(drop)
    }

    fn receive(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received> {
        self.receive_up_to(256, take)
    }

    fn receive_one(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received> {
        self.receive_up_to(1, take)
    }

    fn drops(&mut self) -> Option<u64> {
        Some(self.drops.load(Ordering::SeqCst))
    }

    fn filter(&mut self, types: &[u16]) -> Result<()> {
        self.filters.lock().unwrap().push(types.to_vec());
        Ok(())
    }

    fn set_buffer(&mut self, bytes: usize) -> Result<usize> {
        self.buffers.lock().unwrap().push(bytes);
        Ok(bytes)
    }

    fn register(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received> {
        self.registrations.fetch_add(1, Ordering::SeqCst);
        self.receive(take)
    }
}

/// An output that can be blocked, or made to fail.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<(Mutex<SinkState>, Condvar)>);

#[derive(Default)]
struct SinkState {
    bytes: Vec<u8>,
    blocked: bool,
    failure: Option<ErrorKind>,
}

impl Sink {
    pub(crate) fn block(&self, blocked: bool) {
        self.0.0.lock().unwrap().blocked = blocked;
        self.0.1.notify_all();
    }

    pub(crate) fn fail(&self, failure: Option<ErrorKind>) {
        self.0.0.lock().unwrap().failure = failure;
    }

    /// The lines so far, as JSON.
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let bytes = self.0.0.lock().unwrap().bytes.clone();
        assert!(bytes.is_empty() || bytes.ends_with(b"\n"), "a line is torn");
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// The lines of one kind.
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<serde_json::Value> {
        self.lines().into_iter().filter(|line| line["kind"] == kind).collect()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.0.lock().unwrap();
        while state.blocked {
            state = self.0.1.wait(state).unwrap();
        }
        if let Some(failure) = state.failure {
            return Err(failure.into());
        }
        state.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a test holds of a running daemon.
#[derive(Clone)]
pub(crate) struct Handles {
    pub(crate) source: FakeSource,
    pub(crate) sink: Sink,
    pub(crate) kernel: FakeKernel,
    pub(crate) tally: Arc<Tally>,
    pub(crate) happen: Sender<Happening>,
    pub(crate) config: Arc<Mutex<String>>,
}

impl Handles {
    pub(crate) fn new(kernel: FakeKernel, config: &str) -> (Self, crossbeam_channel::Receiver<Happening>) {
        let (happen, happenings) = unbounded();
        let handles = Self {
            source: FakeSource::new(Wake::new().unwrap()),
            sink: Sink::default(),
            kernel,
            tally: Arc::default(),
            happen,
            config: Arc::new(Mutex::new(config.to_owned())),
        };
        (handles, happenings)
    }

    pub(crate) fn signal(&self, signal: i32) {
        self.happen.send(Happening::Signal(signal)).unwrap();
    }

    /// Waits until `so`, for a minute at most.
    pub(crate) fn until(&self, so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !so(self) {
            assert!(start.elapsed() < Duration::from_mins(1), "it did not come to that: {}", self.tally);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Does `attempt` until one took less than `limit`, and hands that out: a busy machine may hold a thread up at any place.
pub(crate) fn within<T>(limit: Duration, mut attempt: impl FnMut() -> T) -> T {
    for _ in 0..100 {
        let start = Instant::now();
        let result = attempt();
        if start.elapsed() < limit {
            return result;
        }
    }
    panic!("a hundred times it took longer than {limit:?}");
}

/// A whole daemon over fakes.
pub(crate) struct Rig {
    pub(crate) handles: Handles,
    pub(crate) registered: bool,
    pub(crate) resume: Option<u32>,
    pub(crate) state_file: Option<StateFile>,
    pub(crate) starter: bool,
    happenings: crossbeam_channel::Receiver<Happening>,
}

impl Rig {
    /// One configured by the text of a file, on a kernel that does not list its rules: every `EOE` is fetched.
    pub(crate) fn new(config: &str) -> Self {
        Self::on(FakeKernel::new().refusing(Request::ListRules, 1), config)
    }

    /// One on this kernel.
    pub(crate) fn on(kernel: FakeKernel, config: &str) -> Self {
        let (handles, happenings) = Handles::new(kernel, config);
        Self { handles, registered: true, resume: None, state_file: None, starter: false, happenings }
    }

    /// Runs it while `script` acts from another thread; `script` must give it a reason to end.
    pub(crate) fn run(self, script: impl FnOnce(Handles) + Send + 'static) -> (Reason, Handles) {
        let Self { handles, registered, resume, state_file, starter, happenings } = self;
        let read =
            move |text: &str| load(text).and_then(|loaded| if starter { with_starter(loaded) } else { Ok(loaded) });
        let loaded = read(&handles.config.lock().unwrap()).unwrap();
        let Handles { tally, happen, source, .. } = handles.clone();
        let (clock, orders, dormant) = (Clock::start(), Orders::default(), Dormant::default());
        let (commands, commands_out) = bounded(64);
        let (feeder, drainer) = queue::new(loaded.settings.receive.queue);
        let report: fn(&str) = |_| {};
        let terminal = Terminal { stdout: false, no_color: true };
        let kernel = KernelControl::over(handles.kernel.clone());
        let mut restorer = Restorer::new(Some(kernel), state_file, None, report);
        restorer.change(&loaded.settings.kernel, true).unwrap();
        if registered {
            restorer.set_registered();
        }
        let watch = KernelWatch::from(restorer.status().as_ref());
        let objection = filter::read_rules(Some(&mut KernelControl::over(handles.kernel.clone())));
        let plan = FilterPlan::choose(&loaded.settings, objection, None);
        source.filters.lock().unwrap().push(plan.types.clone());
        let filtering = Filtering::started(plan);
        let output = Output::to(Box::new(handles.sink.clone()));
        let formatter = form::formatter(&loaded.settings, terminal, &Boot::default());
        let (outlet, inlet) = outlet::new();
        let room = Room::of(&loaded.settings);
        let lines = Lines::new(formatter, outlet, room, Some(Own::new([OWN_PID])), Arc::clone(&tally));
        let tell = tell_writers_word(happen.clone(), commands.clone());
        let writer = Writer::new(inlet, output, Arc::clone(&tally), report, tell);
        let watcher = (dormant.clone(), ToControl(happen.clone()));
        let grouping = Grouping::of(&loaded.settings.group);
        let pipeline = Pipeline::new(grouping, lines, resume, Arc::clone(&tally), clock, watcher)
            .filtered(filters::of(&loaded, None).unwrap())
            .without(filtering.absent())
            .limited(loaded.settings.cpu_limit, drainer.ending.clone());
        let intake = Intake::new(feeder, Arc::clone(&tally), commands.clone(), OWN_PID)
            .waiting(loaded.settings.on_overload == OnOverload::Wait);
        let settings = WaitSettings { batch_delay: Duration::from_millis(2), ..WaitSettings::default() };
        let wake = source.wake.clone();
        let receiver = Receiver::new(source, intake, WaitPolicy::new(settings), orders.clone(), clock);
        threads::writer(writer, happen.clone()).unwrap();
        threads::pipeline(pipeline, drainer, commands_out, happen.clone()).unwrap();
        threads::receive(receiver, happen.clone()).unwrap();
        let config = Arc::clone(&handles.config);
        let again = Box::new(move || read(&config.lock().unwrap()));
        let standing = Standing { service: false, tunes: true, loads: true };
        let reloader = Reloader::new(again, loaded.clone(), terminal, Boot::default(), standing, report);
        let told = reloader.load_rules(&loaded, &mut restorer).unwrap();
        if let Some(told) = told {
            commands.try_send(Command::Tell(told)).unwrap();
        }
        let enforcer = Enforcer::new(enforce::Own { pids: vec![OWN_PID], auid: Some(0), ses: Some(1) });
        let ways = Ways { happenings, happen, commands, orders, wake, dormant };
        let control = Control::new(restorer, reloader, (watch, filtering, enforcer), tally, ways, report);
        let for_script = handles.clone();
        let script = std::thread::spawn(move || {
            let _end = EndOnPanic(for_script.clone());
            script(for_script);
        });
        let reason = control.run();
        script.join().unwrap();
        (reason, handles)
    }
}

/// Has the daemon end when its script fails: nobody else would give it a reason to.
struct EndOnPanic(Handles);

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.happen.send(Happening::Signal(SIGTERM));
        }
    }
}

fn load(text: &str) -> std::result::Result<Loaded, config::Problems> {
    config::check(Some((Path::new("test.toml"), text)), &[])
}
