//! Encoded strings: what the kernel writes as hex comes back byte for byte, and nothing else is taken for hex.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oyez_events::decode::{Text, hex, untrusted};
use oyez_events::fields::Form;

fuzz_target!(|data: &[u8]| {
    let mut out = Vec::new();
    let digits: String = data.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(hex(digits.as_bytes(), &mut out), !data.is_empty());
    assert_eq!(out, data);
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
    let wanted = !data.is_empty() && data.len() % 2 == 0 && data.iter().all(is_hex);
    assert_eq!(hex(data, &mut out), wanted);
    for form in [Form::Bare, Form::Quoted, Form::Torn] {
        match untrusted(data, form, &mut out) {
            Text::Absent => assert!(data.is_empty() || matches!(data, b"?" | b"(null)")),
            Text::Bytes(bytes) => assert!(bytes == data || (wanted && form == Form::Bare)),
        }
    }
});
