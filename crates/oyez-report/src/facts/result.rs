//! `success=`, `res=` and `result=` → whether it succeeded.

/// Whether the value says success. The kernel writes `yes` and `no`, or 1 and 0; programs write `success` and `failed`
/// (libaudit's `audit_log_user_message` and kin), older ones `Success` and `Failed`.
pub(super) fn is_success(value: &[u8]) -> bool {
    let fails = |word: &[u8]| value.get(..word.len()).is_some_and(|front| front.eq_ignore_ascii_case(word));
    !matches!(value, b"0" | b"no") && !fails(b"fail")
}

#[cfg(test)]
mod tests {
    use super::is_success;

    #[test]
    fn every_writers_words_are_known() {
        for value in ["yes", "1", "success", "Success"] {
            assert!(is_success(value.as_bytes()), "{value}");
        }
        for value in ["no", "0", "failed", "Failed", "fail"] {
            assert!(!is_success(value.as_bytes()), "{value}");
        }
    }
}
