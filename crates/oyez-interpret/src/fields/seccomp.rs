//! What seccomp decided: an action and 16 bits of data (include/uapi/linux/seccomp.h).

use std::io::Write as _;

use oyez_tables::value::List;

use super::number::hex;

/// The bits of the data (`SECCOMP_RET_DATA`); all others are the action's.
const DATA: u64 = 0xffff;
/// The action whose data is the error that the call returned (`SECCOMP_RET_ERRNO`).
const ERRNO: u64 = 0x0005_0000;

/// `kill`, `log`, `errno(EPERM)`, `trace(7)`.
pub(super) fn action(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(code) = hex(value) else { return false };
    let Some(name) = List::SeccompAction.name(code & !DATA) else { return false };
    out.extend_from_slice(name.as_bytes());
    let data = u32::try_from(code & DATA).unwrap_or_default();
    match oyez_tables::errno::name(data).filter(|_| code & !DATA == ERRNO) {
        Some(error) => {
            let _ = write!(out, "({error})");
        }
        None if data != 0 => {
            let _ = write!(out, "({data})");
        }
        None => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_named_with_their_data() {
        let known = [
            ("0x0", "kill"),
            ("0x80000000", "kill-process"),
            ("0x30000", "trap"),
            ("0x50001", "errno(EPERM)"),
            ("0x7ff00007", "trace(7)"),
            ("0x7ffc0000", "log"),
            ("0x7fff0000", "allow"),
        ];
        for (value, text) in known {
            let mut out = Vec::new();
            assert!(action(value.as_bytes(), &mut out), "{value}");
            assert_eq!(out, text.as_bytes());
        }
        for value in ["0xdeadbeef", "", "?", "0x100000000"] {
            assert!(!action(value.as_bytes(), &mut Vec::new()), "{value}");
        }
    }
}
