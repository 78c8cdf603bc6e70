//! A socket address in both byte orders: the parts say what is there, and the object that holds them is good.
#![no_main]

#[path = "../../crates/oyez-format/tests/any_bytes/check/mod.rs"]
#[expect(dead_code, reason = "each target uses a part of it")]
mod check;

use libfuzzer_sys::fuzz_target;
use oyez_events::decode::sockaddr::{Part, decode};
use oyez_tables::record_type::{SOCKADDR, SYSCALL};

fuzz_target!(|data: &[u8]| {
    for big_endian in [false, true] {
        decode(data, big_endian).parts(&mut |name, part| {
            assert!(!name.is_empty());
            if let Part::Text(text) = part {
                // An abstract name may be empty.
                assert!(text.len() <= data.len() && (!text.is_empty() || name == "abstract"));
            }
        });
    }
    let digits: String = data.iter().map(|byte| format!("{byte:02X}")).collect();
    let body = format!("saddr={digits}");
    for arch in ["arch=c000003e syscall=42", "arch=80000016 syscall=102"] {
        check::bodies(&[(SYSCALL, arch.as_bytes()), (SOCKADDR, body.as_bytes())]);
    }
});
