//! Any bytes as a log: parse, group, and all formats.
#![no_main]

#[path = "../../crates/oyez-format/tests/any_bytes/check/mod.rs"]
#[expect(dead_code, reason = "each target uses a part of it")]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    check::log(data);
});
