//! Execution domains, in hex: a personality in the low byte, flags above (include/uapi/linux/personality.h).

use oyez_tables::value::List;

use super::flags::names;
use super::number::hex;

/// `PER_LINUX32`, `PER_LINUX|ADDR_NO_RANDOMIZE`.
pub(super) fn personality(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(number) = hex(value) else { return false };
    let Some(domain) = List::Personality.name(number & 0xff) else { return false };
    out.extend_from_slice(domain.as_bytes());
    names(List::PersonalityFlag, number & !0xff, true, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_flags_are_named() {
        let known = [("0", "PER_LINUX"), ("8", "PER_LINUX32"), ("40000", "PER_LINUX|ADDR_NO_RANDOMIZE")];
        for (value, text) in known {
            let mut out = Vec::new();
            assert!(personality(value.as_bytes(), &mut out), "{value}");
            assert_eq!(out, text.as_bytes());
        }
        assert!(!personality(b"ffffffff", &mut Vec::new()));
    }
}
