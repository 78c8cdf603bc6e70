//! A message of the kernel: two bytes of type, then the payload, once as it is and once behind a good stamp.
#![no_main]

#[path = "../../crates/oyez-format/tests/any_bytes/check/mod.rs"]
#[expect(dead_code, reason = "each target uses a part of it")]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((number, payload)) = data.split_first_chunk::<2>() else { return };
    let number = 1000 + u16::from_le_bytes(*number) % 2000;
    check::kernel(number, payload);
    check::bodies(&[(number, payload)]);
});
