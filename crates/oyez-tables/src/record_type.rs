//! Record types: number ↔ name as auditd spells it (`type=SYSCALL`, 1300), and a constant for each.
//!
//! Ranges: include/uapi/linux/audit.h. The numbers 1420 and 1421 are Linux 6.12's; Ubuntu's kernels have long used them
//! for something else.

#[rustfmt::skip]
mod generated;

pub use generated::*;

/// Numbers of record types start here.
const FIRST: u16 = 1000;
/// Marks a number without a name.
const NONE: u8 = u8::MAX;

/// Number less `FIRST` → place in `NAMES`.
static PLACES: [u8; 2000] = places();

const fn places() -> [u8; 2000] {
    assert!(NUMBERS.len() < NONE as usize, "a place no longer fits u8");
    let mut places = [NONE; 2000];
    let mut at = 0_u8;
    while (at as usize) < NUMBERS.len() {
        places[(NUMBERS[at as usize] - FIRST) as usize] = at;
        at += 1;
    }
    places
}

/// The name of record type `number`, without `AUDIT_`.
#[inline]
pub fn name(number: u16) -> Option<&'static str> {
    let place = *PLACES.get(usize::from(number.checked_sub(FIRST)?))?;
    NAMES.get(usize::from(place)).copied()
}

/// The number of the record type spelt exactly `name`, without `AUDIT_`.
#[inline]
pub fn number(name: &[u8]) -> Option<u16> {
    INDEX.find(name).map(|at| NUMBERS[at])
}

/// Every record type, number and name, in rising order.
pub fn all() -> impl Iterator<Item = (u16, &'static str)> {
    NUMBERS.into_iter().zip(NAMES)
}

/// Whether records of this type are written by a user-space program, so that what they say is a claim, not the kernel's
/// word: `AUDIT_USER` and the two ranges of user messages (kernel/audit.c, `audit_receive_msg`).
#[inline]
pub const fn is_user_space(number: u16) -> bool {
    matches!(number, 1005 | 1100..=1199 | 2100..=2999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_number() {
        assert!(all().count() > 180);
        for (number_, name_) in all() {
            assert_eq!(name(number_), Some(name_));
            assert_eq!(number(name_.as_bytes()), Some(number_));
        }
    }

    #[test]
    fn numbers_without_a_type_have_no_name() {
        for number in [0, 999, 1308, 1310, 1999, 2999, 3000, u16::MAX] {
            assert_eq!(name(number), None, "{number}");
        }
    }

    #[test]
    fn names_must_match_exactly() {
        for near in
            ["", "SYSCAL", "SYSCALLS", "syscall", "AUDIT_SYSCALL", "RESP_ACCT_UNLOCK_TIMEX", "RESP_ACCT_XNLOCK_TIMED"]
        {
            assert_eq!(number(near.as_bytes()), None, "{near}");
        }
    }

    #[test]
    fn spellings_are_auditds() {
        let known = [
            (SYSCALL, 1300, "SYSCALL"),
            (USER_LOGIN, 1112, "USER_LOGIN"),
            (CONFIG_CHANGE, 1305, "CONFIG_CHANGE"),
            (APPARMOR_DENIED, 1503, "APPARMOR_DENIED"),
            (APPARMOR, 1500, "APPARMOR"),
            (USER, 1005, "USER"),
            (LOGIN, 1006, "LOGIN"),
            (DM_EVENT, 1339, "DM_EVENT"),
            (LANDLOCK_ACCESS, 1423, "LANDLOCK_ACCESS"),
            (MAC_TASK_CONTEXTS, 1425, "MAC_TASK_CONTEXTS"),
            (ANOM_SESSION, 2121, "ANOM_SESSION"),
            (VIRT_MIGRATE_OUT, 2507, "VIRT_MIGRATE_OUT"),
        ];
        for (constant, number, spelling) in known {
            assert_eq!(constant, number);
            assert_eq!(name(number), Some(spelling));
        }
    }

    #[test]
    fn user_space_ranges_end_where_the_kernel_says() {
        for number in [1005, 1100, 1199, 2100, 2999] {
            assert!(is_user_space(number), "{number}");
        }
        for number in [1004, 1006, 1099, 1200, 1300, 2000, 2099, 3000] {
            assert!(!is_user_space(number), "{number}");
        }
    }
}
