//! Starting a lane: its sink, its spool, its threads.

use std::sync::Arc;
use std::thread;

use super::shared::Shared;
use super::{Error, Setup};
use crate::courier;
use crate::sink::{Sink, Site};
use crate::stats::Stats;

pub(super) fn start(setup: Setup) -> Result<Arc<Shared>, Error> {
    let stats = Arc::new(Stats::default());
    let site = Site { name: Arc::clone(&setup.name), host: Arc::clone(&setup.host), stats: Arc::clone(&stats) };
    let sink = setup.kind.open(&site).map_err(Error::Sink)?;
    let shared = Arc::new(Shared::new(setup, None, stats));
    let courier = courier(Arc::clone(&shared), sink);
    spawn(&shared, "", courier)?;
    Ok(shared)
}

/// The body of the thread that delivers.
fn courier(shared: Arc<Shared>, sink: Box<dyn Sink>) -> impl FnOnce() + Send {
    move || courier::run(&shared, sink)
}

/// Starts a thread of a lane.
fn spawn(shared: &Arc<Shared>, what: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let running = Running(Arc::clone(shared));
    shared.enter();
    let name = format!("{}{what}", shared.name);
    let thread = thread::Builder::new().name(name).spawn(move || {
        let _running = running;
        body();
    });
    thread.map(drop).map_err(Error::Thread)
}

/// A thread that works, or is about to; it is taken for one that ended when this is dropped.
struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.leave();
    }
}
