//! The receiving thread: waits, drains the socket, packs records into batches, offers them. It waits for nobody but the
//! kernel, and formats, parses and allocates nothing per record.
//!
//! Messages of a [`Source`] in, [`Batch`]es to the queue out. A record that finds the queue full is dropped, the newest
//! first, and counted. Where the host is to wait instead, a full queue makes the thread fetch one record at a time, each
//! after a pause short enough for the kernel not to give us up (kernel/audit.c: five sends of HZ/10 that find no room).

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use oyez_netlink::{Batch, DataSocket, Message, Ready, ReceiveBuffer, Received, Result, Slab, Step, WaitPolicy, Wake};

use super::clock::Clock;
use super::control::Happening;
use super::pipeline::Command;
use super::queue::Feeder;
use super::tally::Tally;
use super::told::Told;

/// How long a batch is held back at most while the pipeline is behind and nothing more comes in.
const HOLD: Duration = Duration::from_millis(20);
/// How long the last drain may take, and how long what it brought may wait for room in the queue.
const LAST_DRAIN: Duration = Duration::from_secs(1);
/// How long a full queue is waited for before one more record is fetched, where the host is to wait.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the kernel's answer to a registration is waited for.
const REGISTER: Duration = Duration::from_secs(5);

/// Where messages come from: the audit socket, or a fake.
pub(crate) trait Source: Send {
    /// Waits until there is something to receive, the time is over, or somebody woke it.
    fn wait(&mut self, timeout: Option<Duration>) -> Result<Ready>;

    /// Sleeps, unless woken.
    fn nap(&mut self, time: Duration) -> Result<()>;

    /// Receives what is there, without waiting, and hands it to `take`.
    fn receive(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received>;

    /// The same for one message at most.
    fn receive_one(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received>;

    /// Messages that found it full so far; `None` where nobody counts.
    fn drops(&mut self) -> Option<u64>;

    /// Has records of these types dropped before they get here; nothing else is dropped any more.
    fn filter(&mut self, types: &[u16]) -> Result<()>;

    /// Makes room for so many bytes, as the kernel counts them, and says for how many there is.
    fn set_buffer(&mut self, bytes: usize) -> Result<usize>;

    /// Makes the kernel send its records here, and hands what pours in meanwhile to `take`.
    fn register(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received>;
}

/// The kernel's audit socket as a [`Source`].
pub(crate) struct Kernel {
    socket: DataSocket,
    slab: Slab,
    /// Room for one message.
    single: Slab,
    wake: Wake,
    /// The process to register; `None` on multicast, where nobody is.
    pid: Option<u32>,
}

impl Kernel {
    /// Reads `socket`, up to `batch` messages in one system call, until `wake` is used. Registers as `pid`, if told.
    pub(crate) fn new(socket: DataSocket, batch: u32, wake: Wake, pid: Option<u32>) -> Self {
        let slots = usize::try_from(batch).unwrap_or(usize::MAX);
        Self { socket, slab: Slab::new(slots), single: Slab::new(1), wake, pid }
    }
}

impl Source for Kernel {
    fn wait(&mut self, timeout: Option<Duration>) -> Result<Ready> {
        self.socket.wait(timeout, &self.wake)
    }

    fn nap(&mut self, time: Duration) -> Result<()> {
        self.wake.nap(time).map(drop)
    }

    fn receive(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received> {
        let received = self.socket.receive(&mut self.slab)?;
        self.slab.messages().for_each(|message| take(&message));
        Ok(received)
    }

    fn receive_one(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received> {
        let received = self.socket.receive(&mut self.single)?;
        self.single.messages().for_each(|message| take(&message));
        Ok(received)
    }

    fn drops(&mut self) -> Option<u64> {
        self.socket.drops().ok()
    }

    fn filter(&mut self, types: &[u16]) -> Result<()> {
        self.socket.attach_filter(types)
    }

    fn set_buffer(&mut self, bytes: usize) -> Result<usize> {
        self.socket.set_receive_buffer(bytes)
    }

    fn register(&mut self, take: &mut dyn FnMut(&Message<'_>)) -> Result<Received> {
        let Some(pid) = self.pid else { return Ok(Received::default()) };
        self.socket.register(pid, REGISTER, &mut self.slab, take)
    }
}

/// What the receiving thread is asked to do; given by another thread, followed by a [`Wake`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders(Arc<AtomicU8>, Arc<Filtering>);

/// What to filter next. The lock is held for the time of a move.
#[derive(Debug, Default)]
struct Filtering {
    ordered: AtomicBool,
    order: Mutex<Option<FilterOrder>>,
}

/// Drop these types and nothing else; answer with the time by which the socket was emptied after that.
#[derive(Debug)]
struct FilterOrder {
    types: Vec<u16>,
    answer: Sender<Happening>,
}

const GO_ON: u8 = 0;
const REGISTER_AGAIN: u8 = 1;
const STOP: u8 = 2;

impl Orders {
    /// Drain what is there, then end.
    pub(crate) fn stop(&self) {
        self.0.store(STOP, Ordering::Release);
    }

    /// Register once more: the kernel has let go of us.
    pub(crate) fn register_again(&self) {
        // A stop that was given already stays.
        let _ = self.0.compare_exchange(GO_ON, REGISTER_AGAIN, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Set this filter, and answer with [`Happening::FilterSet`].
    pub(crate) fn filter(&self, types: Vec<u16>, answer: Sender<Happening>) {
        *self.1.order.lock().unwrap_or_else(PoisonError::into_inner) = Some(FilterOrder { types, answer });
        self.1.ordered.store(true, Ordering::Release);
    }

    fn take_filter(&self) -> Option<FilterOrder> {
        if !self.1.ordered.swap(false, Ordering::Acquire) {
            return None;
        }
        self.1.order.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn take(&self) -> u8 {
        let order = self.0.load(Ordering::Acquire);
        if order == REGISTER_AGAIN {
            let _ = self.0.compare_exchange(REGISTER_AGAIN, GO_ON, Ordering::AcqRel, Ordering::Relaxed);
        }
        order
    }
}

/// Packs messages into batches and hands those on.
pub(crate) struct Intake {
    feeder: Feeder,
    batch: Batch,
    tally: Arc<Tally>,
    commands: Sender<Command>,
    own_pid: u32,
    /// Whether the host is to wait for a full queue, and how much longer one drain may.
    waits: bool,
    patience: Duration,
    /// Records of the present drain, not yet in the tally.
    records: u64,
    lost: u64,
}

impl Intake {
    /// Feeds `feeder`; tells of others' attempts to take the registration, which are not those of `own_pid`.
    pub(crate) fn new(feeder: Feeder, tally: Arc<Tally>, commands: Sender<Command>, own_pid: u32) -> Self {
        let batch = feeder.empty();
        Self { feeder, batch, tally, commands, own_pid, waits: false, patience: Duration::ZERO, records: 0, lost: 0 }
    }

    /// The same; if `waits`, a full queue is waited for.
    pub(crate) fn waiting(self, waits: bool) -> Self {
        Self { waits, ..self }
    }

    /// Has the kernel send its records to `source`, and takes what pours in.
    pub(crate) fn register(&mut self, source: &mut impl Source, clock: Clock) -> Result<()> {
        let received = source.register(&mut |message| self.take(message))?;
        self.drained(&received, None, clock.now());
        Ok(())
    }

    /// Takes one message.
    fn take(&mut self, message: &Message<'_>) {
        match message {
            Message::Record { .. } => {
                self.records += 1;
                let taken = self.batch.push_message(message) || (self.offer() && self.batch.push_message(message));
                self.lost += u64::from(!taken);
            }
            Message::Replace { pid } if *pid != Some(self.own_pid) => {
                let told = Told::now("OYEZ_REPLACE").with_some("pid", *pid);
                // With so much to say already, this is said by what the control thread sees in the status.
                let _ = self.commands.try_send(Command::Tell(told));
            }
            _ => {}
        }
    }

    /// Notes what a drain brought, and when it ended.
    fn drained(&mut self, received: &Received, drops: Option<u64>, now: Duration) {
        self.note_records();
        self.tally.truncated.add(received.truncated);
        self.tally.spoofed.add(received.spoofed);
        self.tally.torn.add(received.malformed);
        if let Some(drops) = drops {
            self.tally.socket_drops.set(drops);
        }
        self.batch.set_received(now);
    }

    /// Brings the tally up to date: before a batch is handed on, so that nobody accounts for what was not yet received.
    fn note_records(&mut self) {
        self.tally.received.add(std::mem::take(&mut self.records));
        self.tally.queue_lost.add(std::mem::take(&mut self.lost));
    }

    /// Hands on what there is, unless the pipeline is behind: then a fuller batch serves it better.
    fn hand_on(&mut self) {
        if !self.batch.is_empty() && !self.feeder.is_behind() {
            self.offer();
        }
    }

    /// Hands on the batch if there is room for it.
    fn offer(&mut self) -> bool {
        self.note_records();
        let received = self.batch.received();
        let batch = std::mem::replace(&mut self.batch, self.feeder.empty());
        let offered = match self.feeder.offer(batch) {
            Err(batch) if !self.patience.is_zero() => {
                let start = Instant::now();
                let offered = self.feeder.offer_within(batch, self.patience);
                self.patience = self.patience.saturating_sub(start.elapsed());
                offered
            }
            offered => offered,
        };
        match offered {
            Ok(()) => {
                self.batch.set_received(received);
                true
            }
            Err(batch) => {
                self.batch = batch;
                false
            }
        }
    }

    /// Whether the host has to be slowed down: the queue is full. Waits a little for room in it first.
    fn must_slow_down(&mut self) -> bool {
        if !self.waits {
            return false;
        }
        self.patience = PAUSE;
        self.feeder.is_full() && (self.batch.is_empty() || !self.offer())
    }

    /// Nobody can be made to wait any more: what is left is taken, and dropped if there is no room for it soon.
    fn hurry(&mut self) {
        self.feeder.ending.begin();
        if std::mem::take(&mut self.waits) {
            self.patience = LAST_DRAIN / 2;
        }
    }

    /// Hands on the last batch; what finds no room in time is lost. Nothing more comes then.
    fn finish(mut self) {
        self.note_records();
        self.feeder.ending.begin();
        if self.batch.is_empty() {
            return;
        }
        if let Err(batch) = self.feeder.offer_within(self.batch, LAST_DRAIN) {
            self.tally.queue_lost.add(batch.len() as u64);
        }
    }
}

/// The body of the receiving thread.
pub(crate) struct Receiver<S> {
    source: S,
    intake: Intake,
    policy: WaitPolicy,
    orders: Orders,
    clock: Clock,
    buffer: ReceiveBuffer,
    /// Who waits for the socket to be emptied once.
    filter_set: Option<Sender<Happening>>,
}

impl<S: Source> Receiver<S> {
    /// Receives from `source` as `policy` says.
    pub(crate) fn new(source: S, intake: Intake, policy: WaitPolicy, orders: Orders, clock: Clock) -> Self {
        let settings = policy.settings();
        let buffer = ReceiveBuffer::new(settings.receive_buffer, settings.buffer_limit);
        Self { source, intake, policy, orders, clock, buffer, filter_set: None }
    }

    /// Receives until told to stop, then takes what is left. When the source fails, what was received is handed on too.
    pub(crate) fn run(mut self) -> Result<()> {
        let result = self.receive_until_stopped().and_then(|()| self.last_drain());
        self.intake.finish();
        result
    }

    fn receive_until_stopped(&mut self) -> Result<()> {
        loop {
            match self.orders.take() {
                STOP => return Ok(()),
                REGISTER_AGAIN => self.intake.register(&mut self.source, self.clock)?,
                _ => {}
            }
            if let Some(order) = self.orders.take_filter() {
                self.filter(order);
            }
            self.step()?;
        }
    }

    fn step(&mut self) -> Result<()> {
        match self.policy.step() {
            Step::Block => {
                self.intake.hand_on();
                let held = !self.intake.batch.is_empty();
                if self.source.wait(held.then_some(HOLD))?.readable {
                    self.policy.readable(self.clock.now());
                }
            }
            Step::Nap(time) => {
                self.intake.hand_on();
                self.source.nap(time)?;
                self.policy.napped(self.clock.now());
            }
            Step::Receive => {
                let received = self.drain()?;
                self.policy.received(received.datagrams, received.more, self.clock.now());
            }
        }
        Ok(())
    }

    /// Sets the filter; what waited before that is received next.
    fn filter(&mut self, order: FilterOrder) {
        if let Err(error) = self.source.filter(&order.types) {
            // Control is gone only when the process ends.
            let _ = order.answer.send(Happening::FilterSet(Err(error)));
            return;
        }
        self.filter_set = Some(order.answer);
        self.policy.napped(self.clock.now());
    }

    fn drain(&mut self) -> Result<Received> {
        let intake = &mut self.intake;
        let received = if intake.must_slow_down() {
            self.source.receive_one(&mut |message| intake.take(message))?
        } else {
            self.source.receive(&mut |message| intake.take(message))?
        };
        let drops = if received.more { None } else { self.source.drops() };
        let now = self.clock.now();
        self.intake.drained(&received, drops, now);
        if let Some(wanted) = self.buffer.received(received.datagrams, received.more, drops) {
            self.grow(wanted);
        }
        if let Some(answer) = self.filter_set.take_if(|_| !received.more) {
            let _ = answer.send(Happening::FilterSet(Ok(now)));
        }
        Ok(received)
    }

    /// Makes room for what comes so fast. A kernel that refuses is not asked again.
    fn grow(&mut self, wanted: usize) {
        let size = self.source.set_buffer(wanted).unwrap_or(self.policy.settings().receive_buffer);
        self.buffer.became(size);
        self.policy.set_receive_buffer(size);
    }

    /// Empties the source, which nothing more should reach; gives up after a second.
    fn last_drain(&mut self) -> Result<()> {
        self.intake.hurry();
        let end = self.clock.now() + LAST_DRAIN;
        while self.drain()?.datagrams > 0 && self.clock.now() < end {}
        Ok(())
    }
}

#[cfg(test)]
mod tests;
