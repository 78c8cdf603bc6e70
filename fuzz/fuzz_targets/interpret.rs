//! A record type, a key, how its value was written, the value, 0x1d, and the value of every other field: what is said of it
//! is one harmless line of bounded length.
#![no_main]

#[path = "../../crates/oyez-interpret/src/fields/tests/harmless.rs"]
mod harmless;

use libfuzzer_sys::fuzz_target;
use oyez_events::fields::Form;
use oyez_interpret::fields::{field, in_record, label, socket_address};
use oyez_tables::key::Key;

fuzz_target!(|data: &[u8]| {
    let [first, second, third, fourth, form, text @ ..] = data else { return };
    let number = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    let (value, other) = match text.iter().position(|byte| *byte == 0x1d) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &b""[..]),
    };
    harmless::field(1000 + number(*first, *second) % 2000, number(*third, *fourth).into(), *form, value, other);
    harmless::address(value);
});
