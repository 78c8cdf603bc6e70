//! What must hold for any numbers. The tests and the fuzzer `arguments` share it; whoever declares this module has the types
//! in scope.

use super::{Arch, Call, arg, exit, exit_id, id};

/// The longest text: all flags of the largest set.
const LONGEST: usize = 1024;

/// Checks what is said of one call.
pub(super) fn call(arch: usize, number: u32, args: [Option<u64>; 4], result: i64) {
    let Some(arch) = Arch::all().nth(arch % Arch::all().count()) else { return };
    let call = Call::new(arch, number, args);
    for index in 0..6 {
        let mut out = b"x".to_vec();
        let said = arg(&call, index, &mut out);
        check(said, &out);
        assert!(!(said && id(&call, index).is_some()), "an id has no other name");
    }
    let mut out = b"x".to_vec();
    let said = exit(&call, result, &mut out);
    check(said, &out);
    assert!(!(said && exit_id(&call, result).is_some()), "an id has no other name");
}

fn check(said: bool, out: &[u8]) {
    assert_eq!((said, out[0]), (out.len() > 1, b'x'));
    assert!(out.len() <= LONGEST && out.iter().all(|byte| (0x20..0x7f).contains(byte)), "{out:?}");
}
