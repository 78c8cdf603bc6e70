//! Brings what waits to a sink.

use crate::lane::shared::Shared;
use crate::sink::Sink;

/// Works until nothing more comes.
pub(crate) fn run(shared: &Shared, mut sink: Box<dyn Sink>) {
    while let Some(taken) = shared.queue.take() {
        let _ = sink.connect(&shared.patience(std::time::Duration::ZERO));
        drop(taken);
    }
}
