//! Error numbers → their names.

use super::number::decimal;

/// `EACCES` of `-13`; nothing for what is no failure.
pub(super) fn exit(value: &[u8], out: &mut Vec<u8>) -> bool {
    decimal(value).is_some_and(|number| number < 0 && errno(value, out))
}

/// `EACCES` of `-13` and of `13`: integrity records write the first and IPE's may write either (`security/integrity/integrity_audit.c`,
/// security/ipe/audit.c).
pub(super) fn errno(value: &[u8], out: &mut Vec<u8>) -> bool {
    let number = decimal(value).and_then(|number| u32::try_from(number.unsigned_abs()).ok());
    super::put(number.and_then(oyez_tables::errno::name), out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_named() {
        let mut out = Vec::new();
        assert!(exit(b"-13", &mut out) && errno(b"2", &mut out) && errno(b"-1", &mut out));
        assert_eq!(out, b"EACCESENOENTEPERM");
        for value in [&b"0"[..], b"3", b"-999", b"-9223372036854775808", b""] {
            assert!(!exit(value, &mut Vec::new()), "{value:?}");
        }
        assert!(!errno(b"0", &mut Vec::new()));
    }
}
