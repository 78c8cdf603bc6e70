//! Datagrams of the process connector: a message says what stands in the bytes, and only the kernel's are messages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oyez_netlink::connector::Message;

fuzz_target!(|data: &[u8]| {
    assert_eq!(Message::parse(data, 1), None);
    let Some(message) = Message::parse(data, 0) else { return };
    assert!(data.len() >= 60);
    let words = data[52..].chunks_exact(4).map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    assert!(words.into_iter().any(|word| word == message.pid));
    assert_eq!(data[44..52], message.at_ns.to_ne_bytes());
});
