//! The numbers of the overview: events of a kind, and how many different keys a table has.

use crate::Topic;

/// A number of the overview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// Changes of the configuration of audit, netfilter and mandatory access control.
    ConfigChanges,
    /// Changes of accounts, groups and roles.
    AccountChanges,
    /// Logins that succeeded.
    Logins,
    /// Logins that failed.
    FailedLogins,
    /// Authentications that succeeded.
    Authentications,
    /// Authentications that failed, and failed changes of users.
    FailedAuthentications,
    /// Events with a decision of SELinux or AppArmor, or of a program for one of them.
    Avcs,
    /// Events of mandatory access control: policies, labels, roles.
    MacEvents,
    /// System calls that failed.
    FailedSyscalls,
    /// Anomalies: promiscuous interfaces, crashes, suspicious links, and what programs report as such.
    Anomalies,
    /// Responses to anomalies.
    Responses,
    /// Cryptographic events.
    Crypto,
    /// Events of IMA and EVM.
    Integrity,
    /// Events of virtual machines.
    Virt,
}

/// Name in JSON and CSV, words in text.
type Line = (Total, &'static str, &'static str);

const TABLE: [Line; 14] = [
    (Total::ConfigChanges, "config_changes", "configuration changes"),
    (Total::AccountChanges, "account_changes", "account, group and role changes"),
    (Total::Logins, "logins", "logins"),
    (Total::FailedLogins, "failed_logins", "failed logins"),
    (Total::Authentications, "authentications", "authentications"),
    (Total::FailedAuthentications, "failed_authentications", "failed authentications"),
    (Total::Avcs, "avcs", "AVCs"),
    (Total::MacEvents, "mac_events", "MAC events"),
    (Total::FailedSyscalls, "failed_syscalls", "failed syscalls"),
    (Total::Anomalies, "anomalies", "anomalies"),
    (Total::Responses, "responses", "responses to anomalies"),
    (Total::Crypto, "crypto", "crypto events"),
    (Total::Integrity, "integrity", "integrity events"),
    (Total::Virt, "virt", "virtualization events"),
];

/// The tables whose number of keys stands in the overview.
pub(crate) const DISTINCT: [Topic; 8] = [
    Topic::Users,
    Topic::Terminals,
    Topic::Hosts,
    Topic::Executables,
    Topic::Commands,
    Topic::Files,
    Topic::Keys,
    Topic::Pids,
];

impl Total {
    /// How many there are.
    pub(crate) const COUNT: usize = TABLE.len();

    /// All of them, in the order in which they are shown.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(|line| line.0)
    }

    /// Its name in JSON and CSV.
    pub fn name(self) -> &'static str {
        self.line().1
    }

    /// Its words in text.
    pub fn words(self) -> &'static str {
        self.line().2
    }

    fn line(self) -> &'static Line {
        // The table is in the order of the variants: a test looks.
        TABLE.get(self as usize).unwrap_or(&TABLE[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_total_has_its_own_line() {
        for (place, total) in Total::all().enumerate() {
            assert_eq!((total as usize, total.line().0), (place, total));
        }
    }
}
