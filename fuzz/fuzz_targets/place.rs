//! The text of a `/proc/PID/cgroup`, or a path of one: the place it tells is bounded, and all of it stands there.
#![no_main]

#[path = "../../crates/oyez-enrich/src/place/tests/found.rs"]
mod found;

use libfuzzer_sys::fuzz_target;
use oyez_enrich::place::{ProcPlaces, of_file, of_path};
use oyez_events::context::Place;

fuzz_target!(|data: &[u8]| found::everywhere(data));
