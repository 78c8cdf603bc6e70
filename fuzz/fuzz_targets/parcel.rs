//! An entry of a spool, taken for messages. It is refused and leaves nothing, or it is exactly the messages it decodes to.
#![no_main]

#[path = "../../crates/oyez-output/src/parcel/encode/any_bytes.rs"]
mod any_bytes;

use libfuzzer_sys::fuzz_target;
use oyez_output::parcel::encode::{decode, encode};
use oyez_output::parcel::{Label, Parcel};

fuzz_target!(|data: &[u8]| any_bytes::are_survived(data));
