//! The bytes of the one rule that oyez makes for itself: "never, exit, pid=N" (`struct audit_rule_data`,
//! linux/audit.h). The rule language is not known here.

/// Bytes of `struct audit_rule_data` without its strings.
pub const RULE_BYTES: usize = 1040;

/// Rules on syscalls, tried as one ends (`AUDIT_FILTER_EXIT`).
const FILTER_EXIT: u32 = 0x04;
/// Put the rule in front of those there are (`AUDIT_FILTER_PREPEND`).
const FILTER_PREPEND: u32 = 0x10;
/// What matches makes no record (`AUDIT_NEVER`).
const NEVER: u32 = 0;
/// The thread group's id (`AUDIT_PID`).
const FIELD_PID: u32 = 0;
/// The operator "=" (`AUDIT_EQUAL`).
const EQUAL: u32 = 0x4000_0000;

/// Words of the syscall mask, a bit per syscall. The kernel takes the topmost 16 bits for classes of syscalls and clears
/// them (kernel/auditfilter.c, `audit_to_entry_common`).
const MASK_WORDS: usize = 64;
/// Fields a rule can have (`AUDIT_MAX_FIELDS`).
const MAX_FIELDS: usize = 64;

/// The rule that keeps process `pid` out of the log, all its threads but not its children: as
/// `auditctl -A never,exit -F pid=N`. It goes before all others, because the first match decides.
///
/// A registered daemon needs none, since the kernel exempts it; a multicast reader that writes what it reads does.
pub fn never_for_pid(pid: u32) -> Vec<u8> {
    let mut words = vec![FILTER_EXIT | FILTER_PREPEND, NEVER, 1];
    words.extend([u32::MAX; MASK_WORDS]);
    for first in [FIELD_PID, pid, EQUAL] {
        words.push(first);
        words.extend([0; MAX_FIELDS - 1]);
    }
    words.push(0);
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// The rule as the kernel lists it, that is without the flag "prepend".
pub(crate) fn without_prepend(rule: &[u8]) -> Vec<u8> {
    let mut rule = rule.to_vec();
    if let Some(flags) = rule.first_chunk_mut::<4>() {
        *flags = (u32::from_ne_bytes(*flags) & !FILTER_PREPEND).to_ne_bytes();
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::word;

    #[test]
    fn the_rule_is_byte_for_byte_what_auditctl_sends() {
        // Recorded from auditctl 3.0.9 on x86_64: auditctl -A never,exit -F pid=4711
        let recorded = include_bytes!("../tests/data/auditctl-never-exit-pid-4711.bin");
        if cfg!(target_endian = "little") {
            assert_eq!(never_for_pid(4711), recorded);
        }
        assert_eq!(never_for_pid(1).len(), RULE_BYTES);
    }

    #[test]
    fn two_processes_have_two_rules_that_differ_in_one_value() {
        let (one, other) = (never_for_pid(1), never_for_pid(0xffff_fffe));
        let differ = (0..RULE_BYTES / 4).filter(|&index| word(&one, index) != word(&other, index)).collect::<Vec<_>>();
        assert_eq!(differ, [131], "values[0]");
    }

    #[test]
    fn a_rule_to_delete_has_no_prepend_flag() {
        assert_eq!(word(&without_prepend(&never_for_pid(1)), 0), Some(0x04));
        assert_eq!(without_prepend(&[0x14, 0, 0]), [0x14, 0, 0]);
    }
}
