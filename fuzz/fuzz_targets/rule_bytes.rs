//! A rule as a kernel lists it.
#![no_main]

#[path = "../../crates/oyez-rules/tests/round_trip/check.rs"]
#[expect(dead_code, reason = "each target uses a part of it")]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| check::bytes(data));
