//! `EXECVE` records, one body to a line: the list stays small beside its input, and the object that holds it is good.
#![no_main]

#[path = "../../crates/oyez-format/tests/any_bytes/check/mod.rs"]
#[expect(dead_code, reason = "each target uses a part of it")]
mod check;

use libfuzzer_sys::fuzz_target;
use oyez_events::Record;
use oyez_events::decode::argv::Argv;
use oyez_events::fields::Fields;
use oyez_tables::record_type::EXECVE;

fuzz_target!(|data: &[u8]| {
    let bodies: Vec<_> = data.split(|byte| *byte == b'\n').map(|body| (EXECVE, body)).collect();
    let (mut argv, mut fields) = (Argv::new(), Fields::new());
    for (number, body) in &bodies {
        fields.split(&Record::new(*number, body));
        argv.add(body, fields.own());
    }
    argv.join();
    let bytes: usize = argv.args().map(|arg| arg.map_or(0, <[u8]>::len)).sum();
    assert!(bytes <= data.len() && argv.args().len() <= 2 * data.len() + 16);
    check::bodies(&bodies);
});
