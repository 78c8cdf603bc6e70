//! Files of a spool: whole ones, or edits of a good one. It opens, ends, stays small and can be used afterwards.
#![no_main]

#[path = "../../crates/oyez-output/src/spool/tests/any_files.rs"]
mod any_files;

use libfuzzer_sys::fuzz_target;
use oyez_output::spool::{Batch, Settings, Simulated, Spool, Sync, Worth};

fuzz_target!(|data: &[u8]| any_files::are_survived(data));
