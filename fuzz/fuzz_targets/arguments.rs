//! An architecture, a call, which arguments there are, the arguments and the result: what is said of them is short and
//! printable.
#![no_main]

#[path = "../../crates/oyez-interpret/src/args/tests/harmless.rs"]
mod harmless;

use libfuzzer_sys::fuzz_target;
use oyez_interpret::args::{Call, arg, exit, exit_id, id};
use oyez_tables::arch::Arch;

fuzz_target!(|data: &[u8]| {
    let [arch, present, numbers @ ..] = data else { return };
    let (words, _) = numbers.as_chunks::<8>();
    let word = |at: usize| words.get(at).map_or(0, |word| u64::from_le_bytes(*word));
    let args = [0, 1, 2, 3].map(|at| (present & 1 << at == 0).then(|| word(at + 2)));
    harmless::call(usize::from(*arch), word(0) as u32, args, word(1).cast_signed());
});
