//! Which fields of a record are facts about its event, by the record's type.
//!
//! Many types have a `pid` or a `path` that is somebody else's. What is looked at is what aureport looks at, and types that
//! its release 3.0.9 does not know.

use oyez_tables::record_type as t;

/// A set of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told(u16);

impl Told {
    pub(crate) const NOTHING: Told = Told(0);
    #[cfg(test)]
    pub(crate) const EVERYTHING: Told = Told(u16::MAX);
    pub(crate) const CALL: Told = Told(1);
    pub(crate) const PID: Told = Told(1 << 1);
    pub(crate) const AUID: Told = Told(1 << 2);
    pub(crate) const TERMINAL: Told = Told(1 << 3);
    pub(crate) const COMM: Told = Told(1 << 4);
    pub(crate) const EXE: Told = Told(1 << 5);
    pub(crate) const KEY: Told = Told(1 << 6);
    /// `success`, or else `res`.
    pub(crate) const RESULT: Told = Told(1 << 7);
    pub(crate) const NAME: Told = Told(1 << 8);
    pub(crate) const PATH: Told = Told(1 << 9);
    pub(crate) const CWD: Told = Told(1 << 10);
    /// `acct`.
    pub(crate) const ACCOUNT: Told = Told(1 << 11);
    /// `hostname`, or else `addr`.
    pub(crate) const HOST: Told = Told(1 << 12);
    /// `saddr`.
    pub(crate) const ADDRESS: Told = Told(1 << 13);
    /// What a security module decided, and about what.
    pub(crate) const DECISION: Told = Told(1 << 14);
    /// Without a result it was a success: the kernel says nothing of what cannot fail.
    pub(crate) const SUCCEEDS: Told = Told(1 << 15);

    pub(crate) const fn and(self, other: Told) -> Told {
        Told(self.0 | other.0)
    }

    pub(crate) const fn has(self, fact: Told) -> bool {
        self.0 & fact.0 != 0
    }

    pub(crate) const fn is_nothing(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn only(self, wanted: Told) -> Told {
        Told(self.0 & wanted.0)
    }

    /// What a record of this type tells.
    pub(crate) const fn of(number: u16) -> Told {
        match number {
            t::SYSCALL => TASK.and(Told::CALL).and(Told::KEY),
            t::URINGOP => Told::PID.and(Told::KEY).and(Told::RESULT),
            t::FEATURE_CHANGE | t::ANOM_LINK | t::ANOM_CREAT | t::NETFILTER_CFG | t::EVENT_LISTENER => TASK,
            t::PATH => Told::NAME,
            t::AVC_PATH => Told::PATH,
            t::CWD => Told::CWD,
            t::SOCKADDR | t::NETFILTER_PKT => Told::ADDRESS,
            t::LOGIN => Told::PID.and(Told::AUID).and(Told::RESULT).and(Told::SUCCEEDS),
            t::DAEMON_ACCEPT | t::DAEMON_CLOSE => Told::HOST.and(Told::RESULT),
            1200..=1299 => Told::PID.and(Told::AUID).and(Told::RESULT),
            t::CONFIG_CHANGE => Told::AUID.and(Told::KEY).and(Told::PATH).and(Told::RESULT).and(Told::SUCCEEDS),
            t::AVC => Told::DECISION.and(Told::PID).and(Told::COMM).and(Told::NAME).and(Told::PATH),
            t::USER_AVC => USER.and(Told::DECISION),
            t::VIRT_RESOURCE => USER.and(Told::PATH),
            t::SECCOMP => PROGRAM.and(Told::CALL).and(Told::RESULT),
            t::ANOM_PROMISCUOUS => Told::AUID,
            1701..=1799 => PROGRAM.and(Told::RESULT),
            t::MAC_POLICY_LOAD..=t::MAC_CALIPSO_DEL => Told::AUID.and(Told::KEY).and(Told::RESULT),
            1800..=1899 => Told::PID.and(Told::AUID).and(Told::COMM).and(Told::NAME).and(Told::RESULT),
            t::TTY => Told::PID.and(Told::AUID).and(Told::COMM),
            number if t::is_user_space(number) => USER,
            _ => Told::NOTHING,
        }
    }
}

const PROGRAM: Told = Told::PID.and(Told::AUID).and(Told::COMM).and(Told::EXE);
const TASK: Told = PROGRAM.and(Told::TERMINAL).and(Told::RESULT);
const USER: Told = TASK.and(Told::ACCOUNT).and(Told::HOST);
