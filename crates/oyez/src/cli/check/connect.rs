//! `oyez check --connect`: each output's receiver is looked for, connected to and told who we are. No event is sent.

use std::fmt::Write as _;
use std::sync::Arc;

use oyez_output::sink::{Patience, Site};

use crate::config::Loaded;
use crate::config::outputs::OutputSpec;

/// A line for each output, and whether all of them were reached. Every one is tried, for as long as its `timeout` says.
pub(super) fn all(loaded: &Loaded) -> (String, bool) {
    let (mut text, mut is_good) = (String::new(), true);
    for spec in loaded.outputs.specs() {
        let told = match reach(spec) {
            Ok(()) => "ok".to_owned(),
            Err(why) => {
                is_good = false;
                why
            }
        };
        // A `String` takes everything.
        let _ = writeln!(text, "output {:?} ({}): {told}", &*spec.name, spec.of.name);
    }
    (text, is_good)
}

fn reach(spec: &OutputSpec) -> Result<(), String> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let site = Site { name: Arc::clone(&spec.name), host: host.into(), stats: Arc::default() };
    let patience = Patience::of(spec.lane.timeout);
    let mut sink = spec.kind.open(&site).map_err(|failure| failure.told())?;
    sink.connect(&patience).map_err(|failure| failure.told())?;
    sink.close(&patience).map_err(|failure| failure.told())
}
