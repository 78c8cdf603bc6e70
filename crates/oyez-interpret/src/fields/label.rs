//! SELinux's security contexts, taken apart: `user:role:type` and, where the policy has levels, `:low[-high]`, each a
//! sensitivity with or without categories (security/selinux/ss/mls.c, `mls_context_to_sid`).
//!
//! Labels of other security modules (`unconfined`, `docker-default (enforce)`, `_`) are refused.

/// A security context. All parts are as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// The SELinux user: `system_u`.
    pub user: &'a [u8],
    /// The role: `object_r`.
    pub role: &'a [u8],
    /// The type, of a process its domain: `httpd_t`.
    pub type_: &'a [u8],
    /// The range of levels, all of it: `s0-s0:c0.c1023`; empty without one.
    pub range: &'a [u8],
    /// What stands before the range's first colon: `s0-s0`, `s0`; empty without a range.
    pub sensitivity: &'a [u8],
    /// What stands behind it: `c0.c1023`; empty without categories.
    pub categories: &'a [u8],
}

/// One level of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level<'a> {
    /// `s0`
    pub sensitivity: &'a [u8],
    /// `c0.c1023`, `c1,c3`; empty without categories.
    pub categories: &'a [u8],
}

/// Takes a security context apart; `None` for what is none.
pub fn label(text: &[u8]) -> Option<Label<'_>> {
    let (user, rest) = split(text, b':');
    let (role, rest) = split(rest?, b':');
    let (type_, range) = split(rest?, b':');
    let is_name = |name: &[u8]| !name.is_empty() && name.iter().all(|byte| is_of_a_name(*byte));
    if ![user, role, type_].into_iter().all(is_name) || !range.is_none_or(is_range) {
        return None;
    }
    let range = range.unwrap_or_default();
    let (sensitivity, categories) = split(range, b':');
    Some(Label { user, role, type_, range, sensitivity, categories: categories.unwrap_or_default() })
}

impl<'a> Label<'a> {
    /// The lowest level of the range; `None` without a range.
    pub fn low(&self) -> Option<Level<'a>> {
        let (low, _) = split(self.range, b'-');
        (!low.is_empty()).then(|| level(low))
    }

    /// The highest level of the range, which is the lowest where only one is written; `None` without a range.
    pub fn high(&self) -> Option<Level<'a>> {
        match split(self.range, b'-') {
            (_, Some(high)) => Some(level(high)),
            _ => self.low(),
        }
    }
}

/// One level, or a low and a high one.
fn is_range(range: &[u8]) -> bool {
    let is_level = |text: &[u8]| {
        let is_part = |byte: &u8| *byte != b'-' && (is_of_a_name(*byte) || b":,".contains(byte));
        !level(text).sensitivity.is_empty() && text.iter().all(is_part)
    };
    let (low, high) = split(range, b'-');
    is_level(low) && high.is_none_or(is_level)
}

fn level(text: &[u8]) -> Level<'_> {
    let (sensitivity, categories) = split(text, b':');
    Level { sensitivity, categories: categories.unwrap_or_default() }
}

/// What stands before `mark`, and what behind it if it is there.
fn split(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == mark) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// Identifiers of a policy (checkpolicy's language), and translated levels (`SystemLow-SystemHigh`, mcstransd(8)).
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_has_up_to_five_parts() {
        let label = label(b"unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023").unwrap();
        assert_eq!(label.user, b"unconfined_u");
        assert_eq!(label.role, b"unconfined_r");
        assert_eq!(label.type_, b"unconfined_t");
        assert_eq!(label.range, b"s0-s0:c0.c1023");
        assert_eq!((label.sensitivity, label.categories), (&b"s0-s0"[..], &b"c0.c1023"[..]));
        assert_eq!(label.low(), Some(Level { sensitivity: b"s0", categories: b"" }));
        assert_eq!(label.high(), Some(Level { sensitivity: b"s0", categories: b"c0.c1023" }));
    }

    #[test]
    fn categories_and_range_may_be_missing() {
        let svirt = label(b"system_u:system_r:svirt_t:s0:c57,c989").unwrap();
        assert_eq!((svirt.sensitivity, svirt.categories), (&b"s0"[..], &b"c57,c989"[..]));
        assert_eq!(svirt.low(), svirt.high());
        let old = label(b"user_u:object_r:file_t").unwrap();
        assert_eq!((old.range, old.low(), old.high()), (&b""[..], None, None));
    }

    #[test]
    fn labels_of_others_are_no_contexts() {
        for text in [
            "",
            "unconfined",
            "docker-default (enforce)",
            "_",
            ":ns:profile",
            "a:b",
            "a:b:",
            "a:b:c:",
            "a:b:c d",
            "a:b:c:s0 x",
            "a:b:c:-s0",
            "a:b:c:s0-",
            "a:b:c::c1",
            "a:b:c:s0-s1-s2",
        ] {
            assert_eq!(label(text.as_bytes()), None, "{text}");
        }
    }
}
