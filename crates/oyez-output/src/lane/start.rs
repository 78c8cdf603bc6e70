//! Starting a lane: its sink, its spool, its threads.

use std::sync::Arc;
use std::thread;

use super::mover::Mover;
use super::settings::Spooling;
use super::shared::{Shared, Shelf};
use super::store::Store;
use super::{Error, Setup};
use crate::courier;
use crate::sink::{Sink, Site};
use crate::spool::{Disk, Recovered, Spool};
use crate::stats::Stats;

/// Starts a lane, with its spool in the directory that the settings name.
pub(super) fn start(setup: Setup) -> Result<Arc<Shared>, Error> {
    let (stats, sink) = prepare(&setup)?;
    let Some(spooling) = setup.settings.spool.clone() else {
        let shared = Arc::new(Shared::new(setup, None, stats));
        let of_courier = Arc::clone(&shared);
        spawn(&shared, "", move || courier::run(&of_courier, sink))?;
        return Ok(shared);
    };
    let opened = Spool::open(&spooling.path, spooling.settings).map_err(Error::Spool)?;
    start_spooled(setup, (stats, sink), opened, &spooling)
}

/// Makes the sink, and what it counts in.
pub(super) fn prepare(setup: &Setup) -> Result<(Arc<Stats>, Box<dyn Sink>), Error> {
    let stats = Arc::new(Stats::default());
    let site = Site { name: Arc::clone(&setup.name), host: Arc::clone(&setup.host), stats: Arc::clone(&stats) };
    let sink = setup.kind.open(&site).map_err(Error::Sink)?;
    Ok((stats, sink))
}

/// Starts a lane with a spool that was opened.
pub(super) fn start_spooled<D: Disk + Send + 'static>(
    setup: Setup,
    (stats, sink): (Arc<Stats>, Box<dyn Sink>),
    opened: (Spool<D>, Recovered),
    spooling: &Spooling,
) -> Result<Arc<Shared>, Error>
where
    D::File: Send,
{
    let store = Arc::new(Store::new(opened, spooling, Arc::clone(&stats), Arc::clone(&setup.watcher)));
    let shelf = Arc::clone(&store) as Arc<dyn Shelf>;
    let shared = Arc::new(Shared::new(setup, Some(shelf), stats));
    let mover = Mover::new(Arc::clone(&shared), Arc::clone(&store));
    let of_courier = Arc::clone(&shared);
    spawn(&shared, "", move || courier::run_spooled(&of_courier, sink, &store))?;
    if let Err(error) = spawn(&shared, "-spool", || mover.run()) {
        shared.begin_end(shared.clock.now());
        return Err(error);
    }
    Ok(shared)
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
