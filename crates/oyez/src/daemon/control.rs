//! The control thread, which is the main one: signals, the kernel's own counts, reload, and the end.
//!
//! [`Happening`]s in; commands to the pipeline, orders to the receiver and changes of the host out. Everything slow is
//! here: a request to the kernel can put its sender to sleep. It wakes every few seconds while records come in, and not at
//! all on an idle host.
//!
//! **The end**, on SIGTERM, SIGINT, a reader that has gone, or a thread that failed, is in this order:
//!
//! 1. With `restore`, where audit was found off: turn it off. Take out the rules that were loaded. Let the kernel's queue
//!    run empty into our socket.
//! 2. Unregister. From here on the kernel keeps to itself (or to its hold queue, with `audit=1`) what we would not read.
//! 3. The receiver drains the socket, for a second at most, hands on its last batch, and ends: that ends the queue.
//! 4. With `restore`, put back every setting. It does not wait for a slow output.
//! 5. The pipeline takes what stands in the queue, hands on all open events, the losses and `OYEZ_STOP`; all outputs at once
//!    bring out what they have, for `drain_time` at most, and end. What is left then is in spools, or counted as lost.
//! 6. The state file goes (`restore`) or says how far the run came (`keep`); the pid file goes.
//!
//! A second signal ends the wait in 5: outputs break off what they do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use oyez_netlink::{Kernel, Status, Wake};
use signal_hook::consts::SIGHUP;

use super::backlog::Backlog;
use super::clock;
use super::enforce::{self, Enforcer};
use super::filtering::Filtering;
use super::finale::Finale;
use super::kernel_watch::{Growth, KernelWatch};
use super::pipeline::{Command, Dormant, Watcher};
use super::proof::News;
use super::receive::Orders;
use super::reload::Reloader;
use super::restore::Restorer;
use super::switch::Order;
use super::tally::Tally;
use super::throttle;
use super::told::Told;
use crate::config::OnOverload;

/// How often the kernel is asked for its counts, and the state noted, while records come in.
const POLL: Duration = Duration::from_secs(5);
/// How soon it is asked again when its backlog was too small.
const POLL_AGAIN: Duration = Duration::from_secs(1);
/// How long to sleep when nothing is going on.
const IDLE: Duration = Duration::from_hours(24);
/// How long the pipeline may take to take a configuration.
const RELOAD: Duration = Duration::from_secs(5);
/// How long the kernel's queue may take to run empty once audit is off.
const KERNEL_QUEUE: Duration = Duration::from_millis(500);
/// How often to look whether it is empty.
const KERNEL_QUEUE_LOOK: Duration = Duration::from_millis(5);
/// How long the receiver may take to end: its last drain, and the room it waits for.
const RECEIVER_END: Duration = Duration::from_secs(3);
/// How long the pipeline may take to end once the time of its outputs is over.
const PIPELINE_END: Duration = Duration::from_secs(5);

/// What the control thread is told.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A signal came: SIGHUP, SIGTERM or SIGINT.
    Signal(i32),
    /// Records come in again.
    Active,
    /// Nobody reads standard output any more, and there is no other output.
    ReaderGone,
    /// The pipeline saw something that concerns the rules, or the filter on the socket.
    News(News),
    /// The pipeline makes do without what is to be filtered.
    Expecting,
    /// The receiver has set the filter, and by that time emptied the socket; or the kernel refused it.
    FilterSet(oyez_netlink::Result<Duration>),
    /// The receiving thread has ended.
    ReceiverEnded(Ended),
    /// The pipeline thread has ended.
    PipelineEnded(Ended),
}

/// How a thread ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// As it should.
    Done,
    /// It could not go on.
    Failed(oyez_netlink::Error),
    /// A fault in it.
    Panicked,
}

/// Why the daemon ends.
#[derive(Debug)]
pub(crate) enum Reason {
    /// It was told to.
    Signal,
    /// Nobody reads standard output any more.
    ReaderGone,
    /// The socket failed.
    Failed(oyez_netlink::Error),
    /// A thread ended that should not have.
    Fault(&'static str),
}

/// Tells the control thread what the pipeline sees.
pub(crate) struct ToControl(pub(crate) Sender<Happening>);

impl Watcher for ToControl {
    fn active(&self) {
        // Control is gone only when the process ends.
        let _ = self.0.send(Happening::Active);
    }

    fn news(&self, news: News) {
        let _ = self.0.send(Happening::News(news));
    }

    fn nobody_left(&self) {
        let _ = self.0.send(Happening::ReaderGone);
    }

    fn expecting(&self) {
        let _ = self.0.send(Happening::Expecting);
    }
}

/// The ways to the other threads.
pub(crate) struct Ways {
    pub(crate) happenings: Receiver<Happening>,
    /// For others to answer on.
    pub(crate) happen: Sender<Happening>,
    pub(crate) commands: Sender<Command>,
    pub(crate) orders: Orders,
    pub(crate) wake: Wake,
    pub(crate) dormant: Dormant,
    pub(crate) finale: Finale,
}

/// The control thread.
pub(crate) struct Control<K> {
    restorer: Restorer<K>,
    reloader: Reloader,
    watch: KernelWatch,
    backlog: Backlog,
    filtering: Filtering,
    enforcer: Enforcer,
    tally: Arc<Tally>,
    ways: Ways,
    report: fn(&str),
    /// When to look at the kernel next; `None` while no records come in.
    next_poll: Option<Instant>,
    /// Records received by the last poll.
    seen: u64,
    receiver_ended: bool,
    pipeline_ended: bool,
    hurried: bool,
}

impl<K: Kernel> Control<K> {
    /// Takes care of the host through `restorer`.
    pub(crate) fn new(
        restorer: Restorer<K>,
        reloader: Reloader,
        (watch, filtering, enforcer): (KernelWatch, Filtering, Enforcer),
        tally: Arc<Tally>,
        ways: Ways,
        report: fn(&str),
    ) -> Self {
        let mut backlog = Backlog::default();
        backlog.start(Instant::now(), tally.received.get());
        Self {
            restorer,
            reloader,
            watch,
            backlog,
            filtering,
            enforcer,
            tally,
            ways,
            report,
            next_poll: Some(Instant::now() + POLL),
            seen: 0,
            receiver_ended: false,
            pipeline_ended: false,
            hurried: false,
        }
    }

    /// Works until there is a reason to end, and ends; everything is as it should be left then.
    pub(crate) fn run(mut self) -> Reason {
        let reason = loop {
            self.tally.control_cpu.set(clock::thread_cpu_ns());
            match self.ways.happenings.recv_timeout(self.patience()) {
                Ok(Happening::Signal(SIGHUP)) => self.reload(),
                Ok(Happening::Active) => self.wake(),
                Ok(Happening::News(News::RuleChange(change))) => self.enforcer.heard(*change, Instant::now()),
                Ok(Happening::News(News::Complaint(text))) => (self.report)(&text),
                Ok(Happening::News(news)) => self.filtering.news(&news, Instant::now()),
                Ok(Happening::Expecting) => {
                    let order = self.filtering.expecting();
                    self.carry_out(order);
                }
                Ok(Happening::FilterSet(result)) => self.filter_set(result),
                Ok(happening) => break self.reason(happening),
                Err(RecvTimeoutError::Timeout) => self.do_what_is_due(),
                Err(RecvTimeoutError::Disconnected) => break Reason::Fault("all threads are gone"),
            }
        };
        self.end();
        reason
    }

    /// Ends before it has begun.
    pub(crate) fn give_up(mut self) {
        self.end();
    }

    fn reason(&mut self, happening: Happening) -> Reason {
        match happening {
            Happening::Signal(_)
            | Happening::Active
            | Happening::News(_)
            | Happening::Expecting
            | Happening::FilterSet(_) => Reason::Signal,
            Happening::ReaderGone => Reason::ReaderGone,
            Happening::ReceiverEnded(ended) => {
                self.receiver_ended = true;
                match ended {
                    Ended::Failed(error) => Reason::Failed(error),
                    Ended::Done => Reason::Fault("the receiving thread ended on its own"),
                    Ended::Panicked => Reason::Fault("the receiving thread panicked"),
                }
            }
            Happening::PipelineEnded(Ended::Panicked) => {
                self.pipeline_ended = true;
                Reason::Fault("the pipeline thread panicked")
            }
            Happening::PipelineEnded(_) => {
                self.pipeline_ended = true;
                self.reason_of_receiver("the pipeline thread ended on its own")
            }
        }
    }

    /// The pipeline ends only when the receiver has: that one's word is on its way, unless there is a `fault`.
    fn reason_of_receiver(&mut self, fault: &'static str) -> Reason {
        let end = Instant::now() + RECEIVER_END;
        loop {
            match self.ways.happenings.recv_deadline(end) {
                Ok(ended @ Happening::ReceiverEnded(_)) => return self.reason(ended),
                Ok(panicked @ Happening::PipelineEnded(Ended::Panicked)) => return self.reason(panicked),
                Ok(Happening::PipelineEnded(_)) => self.pipeline_ended = true,
                Ok(_) => {}
                Err(_) => return Reason::Fault(fault),
            }
        }
    }

    fn patience(&self) -> Duration {
        let look = self.enforcer.due().filter(|_| self.enforces());
        let next = [self.next_poll, self.filtering.due(), look].into_iter().flatten().min();
        next.map_or(IDLE, |at| at.saturating_duration_since(Instant::now()))
    }

    fn do_what_is_due(&mut self) {
        let now = Instant::now();
        if self.filtering.due().is_some_and(|at| at <= now) {
            let order = self.filtering.check(self.reloader.settings(), &mut self.restorer, now);
            self.carry_out(order);
        }
        if self.enforces() && self.enforcer.due().is_some_and(|at| at <= now) {
            self.enforce(now);
        }
        if self.next_poll.is_some_and(|at| at <= now) {
            self.poll();
        }
    }

    fn enforces(&self) -> bool {
        self.reloader.settings().enforce
    }

    /// Puts the rules back as they are to be, and says so.
    fn enforce(&mut self, now: Instant) {
        let heard = self.enforcer.look();
        let from = clock::wall_ms();
        let put_back = self.restorer.put_rules_back();
        self.enforcer.did(from, clock::wall_ms());
        let differed = !matches!(put_back, Ok(None));
        let fight = self.enforcer.looked(differed, now);
        match put_back {
            Ok(None) => {}
            Ok(Some(put_back)) => {
                let (told, lines) = enforce::tell(&heard, &put_back, fight);
                self.command(Command::Tell(told));
                for line in lines {
                    (self.report)(&line);
                }
            }
            Err(error) => (self.report)(&format!("cannot enforce the rules: {error}")),
        }
    }

    /// Has the filter on the socket changed, by one step.
    fn carry_out(&mut self, order: Option<Order>) {
        let given = match order {
            None => return,
            Some(Order::Expect(absent)) => self.command(Command::Expect(absent)),
            Some(Order::Return(absent, after)) => self.command(Command::Return(absent, after)),
            Some(Order::Set(types)) => {
                self.ways.orders.filter(types, self.ways.happen.clone());
                self.ways.wake.wake();
                true
            }
        };
        if !given {
            self.filtering.not_told();
        }
    }

    fn filter_set(&mut self, result: oyez_netlink::Result<Duration>) {
        let emptied = result.map_err(|error| (self.report)(&format!("{error}"))).ok();
        let order = self.filtering.set(emptied);
        self.restorer.note_filter(self.filtering.types());
        self.command(Command::Tell(self.filtering.told()));
        if let Some(complaint) = self.filtering.complaint() {
            (self.report)(&complaint);
        }
        self.carry_out(order);
    }

    /// Looks at the kernel's counts, notes the state, and goes to sleep if nothing came in since the last time.
    fn poll(&mut self) {
        let raised = self.look_at_kernel();
        self.restorer.note_progress(&self.tally);
        if self.enforces() {
            self.enforcer.want(Instant::now());
        }
        let received = self.tally.received.get();
        self.next_poll = Some(Instant::now() + if raised { POLL_AGAIN } else { POLL });
        if received == self.seen {
            self.ways.dormant.set();
            // What came in before that would not wake us.
            if self.tally.received.get() == received || !self.ways.dormant.end() {
                self.next_poll = None;
            }
        }
        self.seen = received;
    }

    /// Records come in again: the kernel is looked at, from now on.
    fn wake(&mut self) {
        let now = Instant::now();
        self.next_poll = Some(now + POLL);
        self.backlog.start(now, self.tally.received.get());
    }

    /// Takes the kernel's counts; says how far they grew, and tells when tasks were made to wait.
    fn count(&mut self, status: &Status) -> Growth {
        let grown = self.watch.look(status, &self.tally);
        if grown.waited > 0 {
            let cause = match self.reloader.settings().on_overload {
                _ if !self.reloader.tunes() => throttle::Cause::Other,
                OnOverload::Wait => throttle::Cause::Asked,
                OnOverload::Shed => throttle::Cause::Backlog,
            };
            let (told, line) = throttle::tell(grown, self.tally.waited.get(), status, cause);
            self.command(Command::Tell(told));
            (self.report)(&line);
        }
        grown
    }

    /// Raises the kernel's backlog limit if it is too small; says whether it was.
    fn mind_backlog(&mut self, status: &Status, grown: Growth) -> bool {
        let (max, received) = (self.reloader.settings().kernel.backlog_max, self.tally.received.get());
        let raise = self.backlog.look(Instant::now(), received, status, grown, max);
        let Some(raise) = raise.filter(|_| self.reloader.tunes()) else { return false };
        if let Err(error) = self.restorer.raise_backlog_limit(raise.from, raise.to, self.reloader.restores()) {
            self.backlog.refuse();
            (self.report)(&format!("{error:#}"));
            return false;
        }
        self.command(Command::Tell(raise.tell()));
        (self.report)(&raise.to_string());
        true
    }

    /// Looks at the kernel's counts and whether it still knows us; says whether its backlog was too small.
    fn look_at_kernel(&mut self) -> bool {
        let Some(status) = self.restorer.status() else { return false };
        let grown = self.count(&status);
        let raised = self.mind_backlog(&status, grown);
        self.command(Command::Look);
        if self.restorer.is_registered() && status.pid == Some(0) {
            (self.report)("the kernel has ended the registration; registering again");
            self.command(Command::Tell(Told::now("OYEZ_DETACHED")));
            self.ways.orders.register_again();
            self.ways.wake.wake();
        }
        raised
    }

    fn reload(&mut self) {
        let from = clock::wall_ms();
        let (command, rules) = self.reloader.reload(&mut self.restorer);
        self.enforcer.did(from, clock::wall_ms());
        // What was done before counts no more: the rules that are to stay are those of now.
        self.enforcer.look();
        // What was refused may be allowed now.
        self.backlog = Backlog::default();
        if self.ways.commands.send_timeout(command, RELOAD).is_err() {
            (self.report)(
                "an output that is waited for is blocked: the configuration was not taken, reload again later",
            );
        }
        if let Some(told) = rules {
            self.command(Command::Tell(told));
        }
        self.filtering.reloaded(Instant::now());
    }

    fn command(&self, command: Command) -> bool {
        self.ways.commands.try_send(command).is_ok()
    }

    /// See the module's "The end".
    fn end(&mut self) {
        let restores = self.reloader.restores();
        let quiet = restores && self.restorer.quieten();
        if self.reloader.restores_rules() {
            self.restorer.restore_rules();
        } else {
            self.restorer.keep_rules();
        }
        if quiet {
            self.await_kernel_queue();
        }
        self.look_at_kernel_for_the_last_time();
        self.restorer.unregister();
        self.ways.orders.stop();
        self.ways.wake.wake();
        self.await_end(RECEIVER_END, |control| control.receiver_ended);
        if restores {
            self.restorer.put_back();
        } else {
            self.restorer.delete_own_rule();
        }
        self.await_pipeline();
        if !self.pipeline_ended {
            let records = self.tally.abandon();
            (self.report)(&format!("the pipeline does not end: {records} records were not handed on"));
        }
        self.restorer.end(restores, &self.tally);
    }

    fn look_at_kernel_for_the_last_time(&mut self) {
        if let Some(status) = self.restorer.status() {
            self.count(&status);
        }
    }

    fn await_kernel_queue(&mut self) {
        let end = Instant::now() + KERNEL_QUEUE;
        while Instant::now() < end && self.restorer.status().is_some_and(|status| status.backlog.is_some_and(|n| n > 0))
        {
            std::thread::sleep(KERNEL_QUEUE_LOOK);
        }
    }

    /// Waits until all outputs have had their time, and a little longer: the pipeline sees to it that it ends.
    fn await_pipeline(&mut self) {
        let time = self.reloader.settings().drain_time;
        let finale = self.ways.finale.clone();
        finale.begin(time);
        if !self.hurried {
            self.await_end(time, |control| control.pipeline_ended || control.hurried);
        }
        if self.hurried {
            finale.hurry();
        }
        self.await_end(PIPELINE_END, |control| control.pipeline_ended);
    }

    fn await_end(&mut self, time: Duration, is_over: impl Fn(&Self) -> bool) {
        let end = Instant::now() + time;
        while !is_over(self) {
            match self.ways.happenings.recv_deadline(end) {
                Ok(Happening::ReceiverEnded(_)) => self.receiver_ended = true,
                Ok(Happening::PipelineEnded(_)) => self.pipeline_ended = true,
                Ok(Happening::Signal(signal)) => self.hurried |= signal != SIGHUP,
                Ok(Happening::News(News::Complaint(text))) => (self.report)(&text),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod tests;
