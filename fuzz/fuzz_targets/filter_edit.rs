//! A log, an empty line, and changes of a table: what comes of them is an event that every format can write, or a short error.
#![no_main]

#[path = "../../crates/oyez-filter/tests/edit/any/mod.rs"]
mod any;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    any::check(data);
});
