//! What a record's type alone says about its event: the classes that aureport counts.
//!
//! Ranges: include/uapi/linux/audit.h and libaudit.h (`AUDIT_FIRST_…`, `AUDIT_LAST_…`).

use oyez_tables::record_type as t;

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u32);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        impl Kinds {
            $($(#[$doc])* pub(crate) const $name: Kinds = Kinds(1 << $bit);)*
        }
    };
}

kinds! {
    AUDIT_CONFIG = 0;
    DAEMON_CONFIG = 1;
    SYSTEM_CONFIG = 2;
    NETFILTER = 3;
    FEATURE = 4;
    MAC_CONFIG = 5;
    /// The kernel's own messages about mandatory access control.
    KERNEL_MAC = 6;
    /// What programs tell of it: labels, roles, printing.
    USER_MAC = 7;
    PASSWORD = 8;
    /// `ADD_USER` … `DEL_GROUP`.
    ACCOUNT = 9;
    USER_CHANGE = 10;
    GROUP_CHANGE = 11;
    ROLE = 12;
    KERNEL_CRYPTO = 13;
    USER_CRYPTO = 14;
    LOGIN = 15;
    AUTH = 16;
    GROUP_AUTH = 17;
    AVC = 18;
    USER_AVC = 19;
    KERNEL_ANOMALY = 20;
    USER_ANOMALY = 21;
    SECCOMP = 22;
    RESPONSE = 23;
    INTEGRITY = 24;
    VIRT = 25;
    KEYSTROKES = 26;
}

/// What counts as a change of configuration; each once.
pub(crate) const CONFIG: Kinds = Kinds::AUDIT_CONFIG
    .and(Kinds::DAEMON_CONFIG)
    .and(Kinds::SYSTEM_CONFIG)
    .and(Kinds::NETFILTER)
    .and(Kinds::FEATURE)
    .and(Kinds::MAC_CONFIG)
    .and(Kinds::KERNEL_MAC);
/// What counts as a change of an account, a group or a role; each once.
pub(crate) const ACCOUNTS: Kinds =
    Kinds::PASSWORD.and(Kinds::ACCOUNT).and(Kinds::USER_CHANGE).and(Kinds::GROUP_CHANGE).and(Kinds::ROLE);
/// Mandatory access control.
pub(crate) const MAC: Kinds = Kinds::KERNEL_MAC.and(Kinds::USER_MAC);
/// Decisions of a security module.
pub(crate) const AVCS: Kinds = Kinds::AVC.and(Kinds::USER_AVC);
/// Cryptography.
pub(crate) const CRYPTO: Kinds = Kinds::KERNEL_CRYPTO.and(Kinds::USER_CRYPTO);
/// Anomalies, without what seccomp stopped: aureport has that in its table, and not in its overview.
pub(crate) const ANOMALIES: Kinds = Kinds::KERNEL_ANOMALY.and(Kinds::USER_ANOMALY);

impl Kinds {
    /// Those of either.
    pub(crate) const fn and(self, other: Self) -> Self {
        Kinds(self.0 | other.0)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether any of `others` is here.
    pub(crate) fn any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// How many of `others` are here.
    pub(crate) fn count(self, others: Self) -> u64 {
        u64::from((self.0 & others.0).count_ones())
    }

    /// Those of a record of this type.
    pub(crate) const fn of(number: u16) -> Self {
        match number {
            t::CONFIG_CHANGE => Self::AUDIT_CONFIG,
            t::DAEMON_CONFIG => Self::DAEMON_CONFIG,
            t::USYS_CONFIG => Self::SYSTEM_CONFIG,
            t::NETFILTER_CFG => Self::NETFILTER,
            t::FEATURE_CHANGE => Self::FEATURE,
            t::MAC_POLICY_LOAD..=t::MAC_CALIPSO_DEL => Self::KERNEL_MAC,
            t::USER_CHAUTHTOK => Self::PASSWORD,
            t::ADD_USER..=t::DEL_GROUP => Self::ACCOUNT,
            t::USER_MGMT => Self::USER_CHANGE,
            t::GRP_MGMT => Self::GROUP_CHANGE,
            t::USER_LOGIN => Self::LOGIN,
            t::USER_AUTH => Self::AUTH,
            t::GRP_AUTH => Self::GROUP_AUTH,
            t::AVC => Self::AVC,
            t::USER_AVC => Self::USER_AVC,
            t::SECCOMP => Self::SECCOMP,
            t::TTY | t::USER_TTY => Self::KEYSTROKES,
            t::USER_MAC_CONFIG_CHANGE => Self::MAC_CONFIG.and(Self::USER_MAC),
            t::ROLE_ASSIGN..=t::ROLE_REMOVE => Self::ROLE.and(Self::USER_MAC),
            1600..=1699 => Self::KERNEL_CRYPTO,
            1700..=1799 => Self::KERNEL_ANOMALY,
            1800..=1899 => Self::INTEGRITY,
            2100..=2199 => Self::USER_ANOMALY,
            2200..=2299 => Self::RESPONSE,
            2300..=2399 => Self::USER_MAC,
            2400..=2499 => Self::USER_CRYPTO,
            2500..=2599 => Self::VIRT,
            _ => Kinds(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_may_be_of_two_kinds_and_each_counts() {
        let role = Kinds::of(t::ROLE_ASSIGN);
        assert!(role.any(ACCOUNTS) && role.any(MAC) && !role.any(CONFIG));
        let both = Kinds::of(t::CONFIG_CHANGE).and(Kinds::of(t::MAC_STATUS));
        assert_eq!((both.count(CONFIG), both.count(MAC)), (2, 1));
        assert_eq!(Kinds::of(t::SYSCALL), Kinds::default());
    }
}
