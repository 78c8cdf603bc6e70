//! The kernel's answers about its state, decoded: `audit_status` and `audit_features` (linux/audit.h).
//!
//! Answer bytes in, structures out. Kernels answer with as much as they know: a shorter answer leaves the fields it
//! has not got at `None`. Refuses only an `audit_features` that is cut.

use crate::protocol::word;

/// Bits of `audit_status.mask`: the field that an `AUDIT_SET` changes.
pub(crate) mod mask {
    pub(crate) const ENABLED: u32 = 0x01;
    pub(crate) const FAILURE: u32 = 0x02;
    pub(crate) const PID: u32 = 0x04;
    pub(crate) const RATE_LIMIT: u32 = 0x08;
    pub(crate) const BACKLOG_LIMIT: u32 = 0x10;
    pub(crate) const BACKLOG_WAIT_TIME: u32 = 0x20;
    pub(crate) const LOST: u32 = 0x40;
    pub(crate) const BACKLOG_WAIT_TIME_ACTUAL: u32 = 0x80;
}

/// Words of `struct audit_status` as of Linux 5.9.
const STATUS_WORDS: usize = 11;

/// The state of the kernel's audit system. A field that the running kernel does not tell is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Which fields of a request are meant; in an answer always 0.
    pub mask: Option<u32>,
    /// 0 off, 1 on, 2 on and locked until reboot.
    pub enabled: Option<u32>,
    /// What the kernel does when it loses a record: 0 nothing, 1 a line in its log, 2 panic.
    pub failure: Option<u32>,
    /// The registered audit daemon's process id, 0 if there is none.
    pub pid: Option<u32>,
    /// Records per second above which the kernel drops them; 0 no limit.
    pub rate_limit: Option<u32>,
    /// Records that may wait in the kernel's queue; 0 no limit.
    pub backlog_limit: Option<u32>,
    /// Records or events the kernel lost since boot or the last reset; a lower bound.
    pub lost: Option<u32>,
    /// Records that wait in the kernel's queue now.
    pub backlog: Option<u32>,
    /// Bitmap of the abilities of this kernel (once the version of the interface).
    pub feature_bitmap: Option<u32>,
    /// How long a task may be made to wait while the queue is full, in jiffies.
    pub backlog_wait_time: Option<u32>,
    /// How long tasks have been made to wait in all, in jiffies; Linux 5.9 and later.
    pub backlog_wait_time_actual: Option<u32>,
}

impl Status {
    /// Reads the payload of an `AUDIT_GET` answer of any length; bytes after the last known field are ignored.
    pub fn decode(payload: &[u8]) -> Self {
        let field = |index| word(payload, index);
        Self {
            mask: field(0),
            enabled: field(1),
            failure: field(2),
            pid: field(3),
            rate_limit: field(4),
            backlog_limit: field(5),
            lost: field(6),
            backlog: field(7),
            feature_bitmap: field(8),
            backlog_wait_time: field(9),
            backlog_wait_time_actual: field(10),
        }
    }

    /// Whether the settings are locked until reboot (`enabled` is 2).
    pub fn is_locked(&self) -> bool {
        self.enabled == Some(2)
    }
}

/// The payload of an `AUDIT_SET` of one field. Always the whole structure: for `backlog_wait_time` kernels refuse a
/// shorter one, and older kernels read only what they know (kernel/audit.c, `AUDIT_SET`).
pub(crate) fn encode_set(field: u32, value: u32) -> Vec<u8> {
    let place = match field {
        mask::ENABLED => 1,
        mask::FAILURE => 2,
        mask::PID => 3,
        mask::RATE_LIMIT => 4,
        mask::BACKLOG_LIMIT => 5,
        mask::LOST => 6,
        mask::BACKLOG_WAIT_TIME => 9,
        _ => 10,
    };
    let mut words = [0u32; STATUS_WORDS];
    words[0] = field;
    words[place] = value;
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// One feature: whether it is on, and whether that is locked until reboot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feature {
    /// The feature is on.
    pub on: bool,
    /// It can't be changed until reboot.
    pub locked: bool,
}

/// The audit features of the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// Only an unset login uid may be set (`AUDIT_FEATURE_ONLY_UNSET_LOGINUID`, bit 0).
    pub only_unset_loginuid: Feature,
    /// The login uid can't be changed once set, whatever the capabilities (`AUDIT_FEATURE_LOGINUID_IMMUTABLE`, bit 1).
    pub loginuid_immutable: Feature,
}

impl Features {
    const ONLY_UNSET_LOGINUID: u32 = 1;
    const LOGINUID_IMMUTABLE: u32 = 2;

    /// The payload of an `AUDIT_SET_FEATURE` that switches `loginuid_immutable` on and locks it: version, which feature is
    /// meant, its value, its lock.
    pub(crate) fn encode_loginuid_immutable() -> Vec<u8> {
        let bit = Self::LOGINUID_IMMUTABLE;
        [1, bit, bit, bit].iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    /// Reads the payload of an `AUDIT_GET_FEATURE` answer (version, mask, features, lock); `None` if it is cut.
    pub fn decode(payload: &[u8]) -> Option<Self> {
        let (features, lock) = (word(payload, 2)?, word(payload, 3)?);
        let feature = |bit: u32| Feature { on: features & bit != 0, locked: lock & bit != 0 };
        Some(Self {
            only_unset_loginuid: feature(Self::ONLY_UNSET_LOGINUID),
            loginuid_immutable: feature(Self::LOGINUID_IMMUTABLE),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: u32) -> Vec<u8> {
        (100..100 + count).flat_map(u32::to_ne_bytes).collect()
    }

    #[test]
    fn a_short_status_leaves_what_it_lacks_none() {
        // (bytes, last field that is told, first that is not)
        for (length, wait_time, actual) in [(44, Some(109), Some(110)), (40, Some(109), None), (36, None, None)] {
            let status = Status::decode(&words(11)[..length]);
            assert_eq!(status.enabled, Some(101), "{length} bytes");
            assert_eq!(status.feature_bitmap, Some(108), "{length} bytes");
            assert_eq!(
                (status.backlog_wait_time, status.backlog_wait_time_actual),
                (wait_time, actual),
                "{length} bytes"
            );
        }
        assert_eq!(Status::decode(&words(8)).feature_bitmap, None);
        assert_eq!(Status::decode(&words(8)).backlog, Some(107));
        assert_eq!(Status::decode(&[]), Status::default());
    }

    #[test]
    fn a_status_cut_inside_a_field_loses_that_field_only() {
        let status = Status::decode(&words(11)[..43]);
        assert_eq!((status.backlog_wait_time, status.backlog_wait_time_actual), (Some(109), None));
    }

    #[test]
    fn a_longer_status_of_a_later_kernel_reads_the_same() {
        assert_eq!(Status::decode(&words(20)), Status::decode(&words(11)));
    }

    #[test]
    fn each_set_names_one_field_and_fills_its_place() {
        for (field, read) in [
            (mask::ENABLED, (|s| s.enabled) as fn(Status) -> Option<u32>),
            (mask::FAILURE, |s| s.failure),
            (mask::PID, |s| s.pid),
            (mask::RATE_LIMIT, |s| s.rate_limit),
            (mask::BACKLOG_LIMIT, |s| s.backlog_limit),
            (mask::BACKLOG_WAIT_TIME, |s| s.backlog_wait_time),
        ] {
            let bytes = encode_set(field, 77);
            assert_eq!(bytes.len(), 44);
            assert_eq!(Status::decode(&bytes).mask, Some(field));
            assert_eq!(read(Status::decode(&bytes)), Some(77), "field {field:#x}");
            assert_eq!(bytes.chunks(4).skip(1).filter(|word| word.iter().any(|&byte| byte != 0)).count(), 1);
        }
    }

    #[test]
    fn features_tell_on_and_locked_apart() {
        let bytes = |words: [u32; 4]| words.iter().flat_map(|w| w.to_ne_bytes()).collect::<Vec<_>>();
        let features = Features::decode(&bytes([1, 0xffff_ffff, 2, 1]));
        let expected = Features {
            only_unset_loginuid: Feature { on: false, locked: true },
            loginuid_immutable: Feature { on: true, locked: false },
        };
        assert_eq!(features, Some(expected));
        assert_eq!(Features::decode(&bytes([1, 3, 3, 3])[..15]), None);
    }
}
