//! Device numbers: major and minor in hex, as `PATH` records write them → in decimal, as lsblk(8), `/proc/devices` and
//! `/proc/self/mountinfo` have them.

use std::io::Write as _;

use super::number::hex;

/// `253:1` of `fd:01`; nothing for `00:00`, which is no device.
pub(super) fn device(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(colon) = value.iter().position(|byte| *byte == b':') else { return false };
    let (major, minor) = value.split_at(colon);
    let (Some(major), Some(minor)) = (hex(major), minor.get(1..).and_then(hex)) else { return false };
    if (major, minor) == (0, 0) {
        return false;
    }
    let _ = write!(out, "{major}:{minor}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_decimal() {
        let known = [("fd:01", "253:1"), ("08:11", "8:17"), ("00:1c", "0:28"), ("103:00", "259:0")];
        for (value, text) in known {
            let mut out = Vec::new();
            assert!(device(value.as_bytes(), &mut out), "{value}");
            assert_eq!(out, text.as_bytes());
        }
        for value in ["00:00", "fd", "fd:", ":01", "", "x:1"] {
            assert!(!device(value.as_bytes(), &mut Vec::new()), "{value}");
        }
    }
}
