//! A daemon without a kernel, for tests: a source, a sink, and all threads between them.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded, unbounded};
use oyez_netlink::fake::FakeKernel;
use oyez_netlink::fake::Request;
use oyez_netlink::{Control as KernelControl, Message, Ready, Received, Result, WaitPolicy, WaitSettings, Wake};
use oyez_output::lane::Retry;
use oyez_output::sink::Site;
use oyez_output::{self as output, Done, Failure, Kind, Parcel, Patience};
use oyez_tables::record_type::{CONFIG_CHANGE, PROCTITLE};
use signal_hook::consts::SIGTERM;

use super::clock::Clock;
use super::control::{Control, Happening, Reason, ToControl, Ways};
use super::enforce::{self, Enforcer};
use super::filter::{self, Plan as FilterPlan};
use super::filtering::Filtering;
use super::finale::Finale;
use super::kernel_watch::KernelWatch;
use super::outputs::{self, Common, Wanted};
use super::own::Own;
use super::pipeline::{Command, Dormant, Grouping, Pipeline};
use super::receive::{Intake, Orders, Receiver, Source};
use super::reload::{Reloader, Standing};
use super::restore::Restorer;
use super::router::Router;
use super::state::StateFile;
use super::tally::Tally;
use super::{queue, threads};
use crate::config::rules::with_starter;
use crate::config::{self, Loaded, OnOverload};
use crate::filters;
use crate::form::{Boot, Terminal};

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
    ids: Vec<String>,
    keys: Vec<Vec<u8>>,
    blocked: bool,
    failure: Option<ErrorKind>,
    /// It takes nothing, and will not.
    refuses: bool,
    /// It cannot even be made.
    is_unusable: bool,
    reopened: u32,
}

impl Sink {
    fn lock(&self) -> MutexGuard<'_, SinkState> {
        self.0.0.lock().unwrap()
    }

    pub(crate) fn block(&self, blocked: bool) {
        self.lock().blocked = blocked;
        self.0.1.notify_all();
    }

    pub(crate) fn fail(&self, failure: Option<ErrorKind>) {
        self.lock().failure = failure;
    }

    pub(crate) fn refuse(&self, refuses: bool) {
        self.lock().refuses = refuses;
    }

    pub(crate) fn make_unusable(&self) {
        self.lock().is_unusable = true;
    }

    /// How often its target was opened anew.
    pub(crate) fn reopened(&self) -> u32 {
        self.lock().reopened
    }

    /// The ids of all messages so far.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.lock().ids.clone()
    }

    /// The keys of all messages so far.
    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        self.lock().keys.clone()
    }

    /// The serials of all events so far.
    pub(crate) fn serials(&self) -> Vec<u64> {
        self.lines().iter().filter_map(|line| line["serial"].as_u64()).collect()
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

/// The settings of an output that is a [`Sink`].
#[derive(Clone)]
pub(crate) struct Faked(pub(crate) Sink);

impl fmt::Debug for Faked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faked")
    }
}

impl Kind for Faked {
    fn open(&self, _: &Site) -> std::result::Result<Box<dyn output::Sink>, Failure> {
        if self.0.lock().is_unusable {
            return Err(Failure::new("cannot read the certificate"));
        }
        Ok(Box::new(self.clone()))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| Arc::ptr_eq(&self.0.0, &other.0.0))
    }
}

impl Faked {
    fn failure(state: &SinkState) -> std::result::Result<(), Failure> {
        let Some(kind) = state.failure else { return Ok(()) };
        let failure = Failure::new("cannot write").because(io::Error::from(kind));
        Err(if kind == ErrorKind::BrokenPipe { failure.for_good() } else { failure })
    }
}

impl output::Sink for Faked {
    fn connect(&mut self, _: &Patience) -> std::result::Result<(), Failure> {
        Ok(())
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> std::result::Result<(), Failure> {
        let mut state = self.0.lock();
        while state.blocked {
            if patience.is_over() {
                return Err(Failure::new("it takes nothing"));
            }
            state = self.0.0.1.wait_timeout(state, patience.slice(Duration::from_millis(10))).unwrap().0;
        }
        Self::failure(&state)?;
        if state.refuses {
            (0..parcel.len()).for_each(|index| done.refuse(index, "not wanted"));
        } else {
            state.bytes.extend(parcel.lines());
            state.ids.extend(parcel.messages().map(|message| message.label.id.to_owned()));
            state.keys.extend(parcel.messages().map(|message| message.label.key.to_owned()));
            done.ack_all();
        }
        Ok(())
    }

    fn tick(&mut self) -> std::result::Result<(), Failure> {
        Self::failure(&self.0.lock())
    }

    fn reopen(&mut self) -> std::result::Result<(), Failure> {
        self.0.lock().reopened += 1;
        Ok(())
    }
}

/// An output to `sink` that is tried again soon, with nothing configured of it.
pub(crate) fn faked(name: &str, sink: &Sink) -> Wanted {
    faked_as(name, sink, &config::check(None, &[]).unwrap())
}

/// The same, but for its sink as the first output of a configuration.
pub(crate) fn faked_as(name: &str, sink: &Sink, loaded: &Loaded) -> Wanted {
    let terminal = Terminal { stdout: false, no_color: true };
    let mut wanted = outputs::of(loaded, terminal).remove(0);
    (wanted.name, wanted.kind) = (name.into(), Arc::new(Faked(sink.clone())));
    wanted.lane.retry = Retry { first: Duration::from_millis(2), most: Duration::from_millis(20) };
    wanted
}

/// What outputs of tests have in common.
pub(crate) fn common(look: Sender<Command>) -> Common {
    Common { boot: Boot::default(), host: "host".into(), look }
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
    /// The outputs, when the configuration is read.
    pub(crate) outputs: Arc<Mutex<Want>>,
}

/// Which outputs there are to be: made of the test's sink and settings.
pub(crate) type Want = Box<dyn Fn(&Sink, &Loaded) -> Vec<Wanted> + Send>;

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
            outputs: Arc::new(Mutex::new(Box::new(|sink, loaded| vec![faked_as("out", sink, loaded)]))),
        };
        (handles, happenings)
    }

    /// From the next reading on there are these outputs.
    pub(crate) fn want(&self, want: impl Fn(&Sink, &Loaded) -> Vec<Wanted> + Send + 'static) {
        *self.outputs.lock().unwrap() = Box::new(want);
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
        let (common, finale) = (common(commands.clone()), Finale::default());
        let want = {
            let (outputs, sink) = (Arc::clone(&handles.outputs), handles.sink.clone());
            move |loaded: &Loaded| outputs.lock().unwrap()(&sink, loaded)
        };
        let wanted = want(&loaded);
        let outputs = outputs::start(&wanted, &loaded.settings, &common).unwrap();
        let router = Router::new(outputs, Some(Own::new([OWN_PID])), finale.clone(), Arc::clone(&tally));
        let watcher = (dormant.clone(), ToControl(happen.clone()));
        let grouping = Grouping::of(&loaded.settings.group);
        let pipeline = Pipeline::new(grouping, router, resume, Arc::clone(&tally), clock, watcher)
            .filtered(filters::of(&loaded, None).unwrap())
            .without(filtering.absent())
            .limited(loaded.settings.cpu_limit, drainer.ending.clone());
        let intake = Intake::new(feeder, Arc::clone(&tally), commands.clone(), OWN_PID)
            .waiting(loaded.settings.on_overload == OnOverload::Wait);
        let settings = WaitSettings { batch_delay: Duration::from_millis(2), ..WaitSettings::default() };
        let wake = source.wake.clone();
        let receiver = Receiver::new(source, intake, WaitPolicy::new(settings), orders.clone(), clock);
        threads::pipeline(pipeline, drainer, commands_out, happen.clone()).unwrap();
        threads::receive(receiver, happen.clone()).unwrap();
        let config = Arc::clone(&handles.config);
        let again = Box::new(move || read(&config.lock().unwrap()));
        let standing = Standing { service: false, tunes: true, loads: true };
        let reloader = Reloader::new((again, Box::new(want)), loaded.clone(), (wanted, common), standing, report);
        let told = reloader.load_rules(&loaded, &mut restorer).unwrap();
        if let Some(told) = told {
            commands.try_send(Command::Tell(told)).unwrap();
        }
        let enforcer = Enforcer::new(enforce::Own { pids: vec![OWN_PID], auid: Some(0), ses: Some(1) });
        let ways = Ways { happenings, happen, commands, orders, wake, dormant, finale };
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
