//! The splitter: every byte of a body and a tail is accounted for. Two bytes of type, then the body, 0x1d, and the tail.
#![no_main]

#[path = "../../crates/oyez-events/src/fields/tests/accounts.rs"]
mod accounts;

use libfuzzer_sys::fuzz_target;
use oyez_events::Record;
use oyez_events::fields::{Field, FieldKey, Fields, Form};

fuzz_target!(|data: &[u8]| {
    let Some((number, text)) = data.split_first_chunk::<2>() else { return };
    let number = 1000 + u16::from_le_bytes(*number) % 2000;
    let mut parts = text.splitn(2, |byte| *byte == 0x1d);
    let body = parts.next().unwrap_or_default();
    let record = Record::new(number, body).with_tail(parts.next().unwrap_or_default());
    let mut fields = Fields::new();
    fields.split(&record);
    accounts::for_every_byte(&record, &fields);
});
