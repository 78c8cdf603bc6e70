//! Sets of capabilities, as records write them: hex, bit N for capability N (include/uapi/linux/capability.h).

use std::io::Write as _;

use oyez_tables::flags::Set;

use super::COMMON;
use super::number::hex;

/// Their names, joined by commas, or `none`; bits of capabilities that no table knows come last, as one hex number.
pub(super) fn set(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(bits) = hex(value) else { return false };
    if bits == 0 {
        out.extend_from_slice(b"none");
        return true;
    }
    let mut rest = bits;
    let start = out.len();
    for (number, name) in Set::Capability.values(COMMON) {
        let bit = 1u64.checked_shl(u32::try_from(*number).unwrap_or(u32::MAX)).unwrap_or(0);
        if bits & bit != 0 {
            comma(start, out);
            out.extend_from_slice(name.as_bytes());
            rest &= !bit;
        }
    }
    if rest == bits {
        return false;
    }
    if rest != 0 {
        comma(start, out);
        let _ = write!(out, "{rest:#x}");
    }
    true
}

fn comma(start: usize, out: &mut Vec<u8>) {
    if out.len() > start {
        out.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: &str) -> String {
        let mut out = b"x".to_vec();
        if set(value.as_bytes(), &mut out) { String::from_utf8(out).unwrap() } else { "-".to_owned() }
    }

    #[test]
    fn sets_are_named() {
        assert_eq!(said("0"), "xnone");
        assert_eq!(said("0000000000002000"), "xnet_raw");
        assert_eq!(said("3"), "xchown,dac_override");
        assert!(said("000001ffffffffff").ends_with("perfmon,bpf,checkpoint_restore"));
        assert!(said("ffffffffffffffff").ends_with(",checkpoint_restore,0xfffffe0000000000"));
    }

    #[test]
    fn what_is_no_set_is_not_named() {
        for value in ["", "?", "x", "10000000000000000", "8000000000000000"] {
            assert_eq!(said(value), "-");
        }
    }
}
