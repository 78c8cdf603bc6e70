//! Starts the threads, each with a guard that tells the control thread how it ended, a panic included.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver as Channel, Sender};

use oyez_netlink::Wake;

use super::clock;
use super::control::{Ended, Happening, ToControl};
use super::enrich::Helpers;
use super::pipeline::{Command, Pipeline};
use super::queue::Drainer;
use super::receive::{Receiver, Source};
use super::tally::Tally;

/// Starts the receiving thread.
///
/// # Errors
/// The system has no room for a thread.
pub(crate) fn receive<S: Source + 'static>(
    receiver: Receiver<S>,
    control: Sender<Happening>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("receive".into()).spawn(move || {
        let mut guard = Guard::new(control, Happening::ReceiverEnded);
        guard.ended = match receiver.run() {
            Ok(()) => Ended::Done,
            Err(error) => Ended::Failed(error),
        };
    })
}

/// Starts the pipeline thread.
///
/// # Errors
/// The system has no room for a thread.
pub(crate) fn pipeline(
    pipeline: Pipeline<ToControl>,
    drainer: Drainer,
    commands: Channel<Command>,
    control: Sender<Happening>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("pipeline".into()).spawn(move || {
        let mut guard = Guard::new(control, Happening::PipelineEnded);
        pipeline.run(&drainer, commands);
        guard.ended = Ended::Done;
    })
}

/// Starts the threads that find out what takes long, or waits for what the pipeline does not. They end when the pipeline is
/// gone; nobody waits for them.
///
/// # Errors
/// The system has no room for a thread.
pub(crate) fn helpers(
    helpers: Helpers,
    end: Option<Wake>,
    commands: Sender<Command>,
    tally: Arc<Tally>,
) -> io::Result<()> {
    let spawn =
        |name: &str, body: Box<dyn FnOnce() + Send>| thread::Builder::new().name(name.into()).spawn(body).map(drop);
    if let Some((keeper, work)) = helpers.nss {
        spawn("nss", Box::new(move || keeper.run(&work)))?;
    }
    if let Some(worker) = helpers.hash {
        spawn("hash", Box::new(move || worker.run(|| tally.hash_cpu.set(clock::thread_cpu_ns()))))?;
    }
    if let Some((watch, end)) = helpers.watch.zip(end) {
        spawn("watch", Box::new(move || watch.run(&end, &commands)))?;
    }
    Ok(())
}

/// Tells how a thread ended when it goes out of scope.
struct Guard {
    control: Sender<Happening>,
    tell: fn(Ended) -> Happening,
    ended: Ended,
}

impl Guard {
    fn new(control: Sender<Happening>, tell: fn(Ended) -> Happening) -> Self {
        Self { control, tell, ended: Ended::Panicked }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let ended = std::mem::replace(&mut self.ended, Ended::Done);
        // Without control the process is ending anyway.
        let _ = self.control.send((self.tell)(ended));
    }
}
