//! Error numbers → names (`EACCES`), as Linux has them everywhere but on mips, sparc, alpha and parisc, and the few
//! above 511 that the kernel keeps to itself (`ERESTARTSYS`).

#[rustfmt::skip]
mod generated;
#[rustfmt::skip]
mod words;

use generated::NAMES;
use words::WORDS;

/// The name of error `number`: positive, so the `exit=` of a failed call with its sign changed.
#[inline]
pub fn name(number: u32) -> Option<&'static str> {
    NAMES.get(usize::try_from(number).ok()?).copied().filter(|name| !name.is_empty())
}

/// What error `number` means, in the words of `strerror` (`Permission denied`); the kernel's own errors have none.
#[inline]
pub fn words(number: u32) -> Option<&'static str> {
    WORDS.get(usize::try_from(number).ok()?).copied().filter(|words| !words.is_empty())
}

/// The number of the error spelt exactly `name`; walks the table.
pub fn number(name: &[u8]) -> Option<u32> {
    (0..).zip(NAMES).find(|(_, known)| !known.is_empty() && known.as_bytes() == name).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_number() {
        let named: Vec<_> = (0..1024).filter_map(|number_| Some((number_, name(number_)?))).collect();
        assert!(named.len() > 140, "{}", named.len());
        for (number_, name) in named {
            assert_eq!(number(name.as_bytes()), Some(number_), "{name}");
        }
    }

    #[test]
    fn known_errors_have_their_names() {
        let known = [
            (1, "EPERM"),
            (2, "ENOENT"),
            (11, "EAGAIN"),
            (13, "EACCES"),
            (35, "EDEADLK"),
            (38, "ENOSYS"),
            (110, "ETIMEDOUT"),
        ];
        for (number, spelling) in known {
            assert_eq!(name(number), Some(spelling));
        }
        assert_eq!(name(133), Some("EHWPOISON"));
        assert_eq!(name(512), Some("ERESTARTSYS"));
    }

    #[test]
    fn errors_have_words_where_programs_may_see_them() {
        assert_eq!(words(13), Some("Permission denied"));
        assert_eq!(words(133), Some("Memory page has hardware error"));
        for number in 1..512 {
            assert_eq!(name(number).is_some(), words(number).is_some(), "{number}");
        }
        assert_eq!(words(512), None);
    }

    #[test]
    fn what_is_no_error_has_no_name() {
        for number in [0, 41, 58, 134, 511, 520, 532, u32::MAX] {
            assert_eq!(name(number), None, "{number}");
        }
        for name in ["", "eperm", "EWOULDBLOCK"] {
            assert_eq!(number(name.as_bytes()), None, "{name}");
        }
    }
}
