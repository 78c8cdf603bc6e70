//! Record types → what they tell and of what.
//!
//! A type that is not listed only adds to others (`PATH`, `CWD`, `PROCTITLE`, …): it never decides what an event is.

use oyez_tables::key::Key;
use oyez_tables::record_type as rt;

use super::action::Action::{self as A};
use super::kind::Kind::{self as K};
use super::rule::{Extra, Rank, Rule, Target};

/// The first number of a record type.
const FIRST: u16 = 1000;
/// Marks a number without a rule.
const NONE: u8 = u8::MAX;

/// Number less [`FIRST`] → place in [`RULES`].
static PLACES: [u8; 2000] = places();

const fn places() -> [u8; 2000] {
    assert!(RULES.len() < NONE as usize, "a place no longer fits u8");
    let mut places = [NONE; 2000];
    let mut at = 0_u8;
    while (at as usize) < RULES.len() {
        places[(RULES[at as usize].number - FIRST) as usize] = at;
        at += 1;
    }
    places
}

/// What records of type `number` tell; `None` where they only add to others.
#[inline]
pub(super) fn of_number(number: u16) -> Option<&'static Rule> {
    let place = *PLACES.get(usize::from(number.checked_sub(FIRST)?))?;
    RULES.get(usize::from(place))
}

const NOTHING: &[Key] = &[];
/// Whose account.
const ACCOUNT: &[Key] = &[Key::Acct, Key::Id];
/// Where from.
const FROM: &[Key] = &[Key::Addr, Key::Hostname, Key::Terminal];
/// What an access was to.
const ACCESSED: &[Key] = &[
    Key::Path,
    Key::Name,
    Key::Capname,
    Key::Peer,
    Key::Dest,
    Key::Capability,
    Key::Interface,
    Key::Tclass,
    Key::Operation,
];
/// Which access it was.
const PERMISSIONS: &[Key] = &[Key::DeniedMask, Key::Seperms, Key::RequestedMask, Key::Requested, Key::Operation];
/// Settings of the audit system (kernel/audit.c, `audit_log_config_change`).
const SETTINGS: &[Key] = &[
    Key::AuditEnabled,
    Key::AuditFailure,
    Key::AuditPid,
    Key::AuditRateLimit,
    Key::AuditBacklogLimit,
    Key::AuditBacklogWaitTime,
    Key::BacklogWaitTimeActual,
    Key::Lost,
    Key::AuditLost,
    Key::OldEnabled,
    Key::Op,
];

/// What SELinux, AppArmor and Smack say in front (`avc_audit_pre_callback`, `audit_pre` of apparmor, `smack_log_callback`).
const AVC: &[(&str, A)] = &[
    ("avc:  denied", A::ViolatedSelinuxPolicy),
    ("avc:  granted", A::UsedSelinuxPermission),
    ("apparmor=\"DENIED\"", A::ViolatedApparmorPolicy),
    ("apparmor=\"ALLOWED\"", A::ViolatedApparmorPolicy),
    ("apparmor=\"KILLED\"", A::ViolatedApparmorPolicy),
    ("apparmor=\"AUDIT\"", A::UsedApparmorPermission),
    ("apparmor=\"HINT\"", A::UsedApparmorPermission),
    ("apparmor=\"STATUS\"", A::ChangedApparmorPolicy),
    ("apparmor=\"ERROR\"", A::CausedApparmorError),
    ("lsm=SMACK", A::ViolatedSmackPolicy),
    ("avc:  received", A::ChangedMacConfiguration),
    ("avc:  op=setenforce", A::ChangedMacConfiguration),
    ("avc:  op=load_policy", A::LoadedSelinuxPolicy),
];

/// What is done to rules (`audit_log_rule_change` of kernel/auditfilter.c and its like for watches and trees); older kernels
/// quote it.
const RULE_CHANGES: &[(&str, A)] = &[
    ("op=add_rule", A::AddedAuditRule),
    ("op=\"add_rule\"", A::AddedAuditRule),
    ("op=add rule", A::AddedAuditRule),
    ("op=\"add rule\"", A::AddedAuditRule),
    ("op=remove_rule", A::DeletedAuditRule),
    ("op=\"remove_rule\"", A::DeletedAuditRule),
    ("op=remove rule", A::DeletedAuditRule),
    ("op=\"remove rule\"", A::DeletedAuditRule),
    ("op=autoremove_rule", A::DeletedAuditRule),
    ("op=updated_rules", A::ChangedAuditRule),
    ("op=\"updated_rules\"", A::ChangedAuditRule),
    ("op=\"updated rules\"", A::ChangedAuditRule),
    ("op=trim", A::ChangedAuditRule),
    ("op=make_equiv", A::ChangedAuditRule),
];

/// Every type that decides.
#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    // The kernel's calls
    Rule::new(rt::SYSCALL, Rank::Call, A::CalledSyscall, K::Syscall).on(Target::Call),
    Rule::new(rt::URINGOP, Rank::Uring, A::UsedIoUring, K::Process).on(Target::Own),
    Rule::new(rt::EXECVE, Rank::Below, A::Executed, K::File).on(Target::Argument),
    // Only an execve that gains capabilities leaves it.
    Rule::new(rt::BPRM_FCAPS, Rank::Last, A::Executed, K::File),
    Rule::new(rt::KERN_MODULE, Rank::Below, A::LoadedKernelModule, K::KernelModule).of(&[Key::Name], NOTHING),
    Rule::new(rt::FANOTIFY, Rank::Below, A::AccessedPolicyControlledFile, K::File).on(Target::Path),
    // Logins and accounts, as programs tell
    Rule::new(rt::USER_AUTH, Rank::Above, A::Authenticated, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::USER_ACCT, Rank::Above, A::WasAuthorized, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::CRED_ACQ, Rank::Above, A::AcquiredCredentials, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::CRED_DISP, Rank::Above, A::DisposedCredentials, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::CRED_REFR, Rank::Above, A::RefreshedCredentials, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::USER_START, Rank::Above, A::StartedSession, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::USER_END, Rank::Above, A::EndedSession, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::USER_ERR, Rank::Above, A::CausedAccountError, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::USER_LOGIN, Rank::Above, A::LoggedIn, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::USER_LOGOUT, Rank::Above, A::LoggedOut, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::LOGIN, Rank::Above, A::ChangedLoginIdTo, K::UserSession).of(&[Key::Auid], NOTHING),
    Rule::new(rt::USER_CHAUTHTOK, Rank::Above, A::ChangedPassword, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ADD_USER, Rank::Above, A::AddedUserAccount, K::UserAccount).of(ACCOUNT, &[Key::Grp]),
    Rule::new(rt::DEL_USER, Rank::Above, A::DeletedUserAccount, K::UserAccount).of(ACCOUNT, &[Key::Grp]),
    Rule::new(rt::USER_MGMT, Rank::Above, A::ModifiedUserAccount, K::UserAccount).of(ACCOUNT, &[Key::Grp]),
    Rule::new(rt::ACCT_LOCK, Rank::Above, A::LockedAccount, K::UserAccount).of(ACCOUNT, &[Key::Grp]),
    Rule::new(rt::ACCT_UNLOCK, Rank::Above, A::UnlockedAccount, K::UserAccount).of(ACCOUNT, &[Key::Grp]),
    Rule::new(rt::CHUSER_ID, Rank::Above, A::ChangedUserId, K::UserAccount).of(ACCOUNT, &[Key::Grp]),
    Rule::new(rt::ADD_GROUP, Rank::Above, A::AddedGroupAccount, K::GroupAccount).of(&[Key::Grp, Key::Acct, Key::Id, Key::NewGid], NOTHING),
    Rule::new(rt::DEL_GROUP, Rank::Above, A::DeletedGroupAccount, K::GroupAccount).of(&[Key::Grp, Key::Acct, Key::Id, Key::NewGid], NOTHING),
    Rule::new(rt::GRP_MGMT, Rank::Above, A::ModifiedGroupAccount, K::GroupAccount).of(&[Key::Grp, Key::Acct, Key::Id, Key::NewGid], NOTHING),
    Rule::new(rt::GRP_CHAUTHTOK, Rank::Above, A::ChangedGroupPassword, K::GroupAccount).of(&[Key::Grp, Key::Acct, Key::Id, Key::NewGid], NOTHING),
    Rule::new(rt::CHGRP_ID, Rank::Above, A::ChangedGroup, K::GroupAccount).of(&[Key::Grp, Key::Acct, Key::Id, Key::NewGid], NOTHING),
    Rule::new(rt::GRP_AUTH, Rank::Above, A::AuthenticatedToGroup, K::GroupAccount).of(&[Key::Grp, Key::Acct, Key::Id, Key::NewGid], NOTHING),
    // Commands and keys
    Rule::new(rt::USER_CMD, Rank::Above, A::RanCommand, K::Command).of(&[Key::Cmd], &[Key::Cwd]),
    Rule::new(rt::TTY, Rank::Above, A::Typed, K::Keystrokes).of(&[Key::Data], NOTHING),
    Rule::new(rt::USER_TTY, Rank::Above, A::Typed, K::Keystrokes).of(&[Key::Data], NOTHING),
    // The host and its services
    Rule::new(rt::SYSTEM_BOOT, Rank::Above, A::BootedSystem, K::System),
    Rule::new(rt::SYSTEM_SHUTDOWN, Rank::Above, A::ShutDownSystem, K::System),
    Rule::new(rt::SYSTEM_RUNLEVEL, Rank::Above, A::ChangedToRunlevel, K::System).of(&[Key::NewLevel], &[Key::OldLevel]),
    Rule::new(rt::SERVICE_START, Rank::Above, A::StartedService, K::Service).of(&[Key::Unit], NOTHING),
    Rule::new(rt::SERVICE_STOP, Rank::Above, A::StoppedService, K::Service).of(&[Key::Unit], NOTHING),
    Rule::new(rt::USYS_CONFIG, Rank::Above, A::ChangedConfiguration, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::USER_DEVICE, Rank::Above, A::ConfiguredDevice, K::Device).of(&[Key::Device], &[Key::Op]),
    Rule::new(rt::DEV_ALLOC, Rank::Above, A::AllocatedDevice, K::Device).of(&[Key::Device, Key::Dev], NOTHING),
    Rule::new(rt::DEV_DEALLOC, Rank::Above, A::DeallocatedDevice, K::Device).of(&[Key::Device, Key::Dev], NOTHING),
    Rule::new(rt::SOFTWARE_UPDATE, Rank::Above, A::InstalledSoftware, K::Software).of(&[Key::Sw], &[Key::SwType]),
    Rule::new(rt::TIME_INJOFFSET, Rank::Above, A::ChangedSystemTime, K::Clock),
    Rule::new(rt::TIME_ADJNTPVAL, Rank::Above, A::ChangedSystemTime, K::Clock),
    Rule::new(rt::DM_CTRL, Rank::Above, A::ChangedDeviceMapping, K::Device).of(&[Key::Dev], &[Key::Module]),
    Rule::new(rt::DM_EVENT, Rank::Above, A::ChangedDeviceMapping, K::Device).of(&[Key::Dev], &[Key::Module]),
    Rule::new(rt::BPF, Rank::Above, A::UsedBpf, K::BpfProgram).of(&[Key::ProgId], NOTHING).when(&[("op=LOAD", A::LoadedBpfProgram), ("op=UNLOAD", A::UnloadedBpfProgram)]),
    // Audit itself
    Rule::new(rt::CONFIG_CHANGE, Rank::Above, A::ChangedAuditConfiguration, K::AuditConfig).on(Target::Setting(SETTINGS)).when(RULE_CHANGES),
    Rule::new(rt::FEATURE_CHANGE, Rank::Above, A::ChangedAuditFeature, K::AuditConfig).of(&[Key::Feature], &[Key::New]),
    Rule::new(rt::REPLACE, Rank::Above, A::ReplacedAuditDaemon, K::AuditDaemon),
    Rule::new(rt::EVENT_LISTENER, Rank::Above, A::ListenedToAuditEvents, K::AuditDaemon).when(&[("op=disconnect", A::StoppedListeningToAuditEvents)]),
    Rule::new(rt::KERNEL, Rank::Above, A::InitializedAuditSubsystem, K::System),
    Rule::new(rt::DAEMON_START, Rank::Above, A::StartedAudit, K::AuditDaemon),
    Rule::new(rt::DAEMON_END, Rank::Above, A::ShutDownAudit, K::AuditDaemon),
    Rule::new(rt::DAEMON_ABORT, Rank::Above, A::AbortedAuditStartup, K::AuditDaemon),
    Rule::new(rt::DAEMON_CONFIG, Rank::Above, A::ChangedAuditdConfiguration, K::AuditDaemon),
    Rule::new(rt::DAEMON_RECONFIG, Rank::Above, A::ChangedAuditdConfiguration, K::AuditDaemon),
    Rule::new(rt::DAEMON_ROTATE, Rank::Above, A::RotatedAuditLogs, K::AuditDaemon),
    Rule::new(rt::DAEMON_RESUME, Rank::Above, A::ResumedAuditLogging, K::AuditDaemon),
    Rule::new(rt::DAEMON_ERR, Rank::Above, A::HadAuditDaemonError, K::AuditDaemon),
    Rule::new(rt::DAEMON_ACCEPT, Rank::Above, A::RemoteAuditConnected, K::AuditDaemon).of(&[Key::Addr], &[Key::Port]),
    Rule::new(rt::DAEMON_CLOSE, Rank::Above, A::RemoteAuditDisconnected, K::AuditDaemon).of(&[Key::Addr], &[Key::Port]),
    Rule::new(rt::USER, Rank::Above, A::SentMessage, K::None),
    Rule::new(rt::TEST, Rank::Above, A::SentTest, K::None),
    Rule::new(rt::TRUSTED_APP, Rank::Above, A::SentTrustedMessage, K::None),
    // The firewall
    Rule::new(rt::NETFILTER_CFG, Rank::Above, A::LoadedFirewallRuleTo, K::Firewall).of(&[Key::Table], &[Key::Family]),
    Rule::new(rt::NETFILTER_PKT, Rank::Above, A::HandledPacket, K::NetworkPacket).of(&[Key::Saddr], &[Key::Daddr]),
    // Security policies
    Rule::new(rt::SECCOMP, Rank::Above, A::CalledSeccompControlledSyscall, K::Syscall).on(Target::Blocked),
    Rule::new(rt::AVC, Rank::Above, A::UsedSelinuxPermission, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)).when(AVC),
    Rule::new(rt::USER_AVC, Rank::Above, A::UsedSelinuxPermission, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)).when(AVC),
    Rule::new(rt::SELINUX_ERR, Rank::Above, A::CausedMacPolicyError, K::Policy).of(&[Key::Op, Key::InvalidContext], NOTHING),
    Rule::new(rt::USER_SELINUX_ERR, Rank::Above, A::CausedMacPolicyError, K::Policy).of(&[Key::Op], NOTHING),
    Rule::new(rt::MAC_CHECK, Rank::Above, A::CheckedMacPermission, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::DAC_CHECK, Rank::Above, A::CheckedDacPermission, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR_AUDIT, Rank::Above, A::UsedApparmorPermission, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR_ALLOWED, Rank::Above, A::ViolatedApparmorPolicy, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR_DENIED, Rank::Above, A::ViolatedApparmorPolicy, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR_KILL, Rank::Above, A::ViolatedApparmorPolicy, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR_HINT, Rank::Above, A::UsedApparmorPermission, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR_STATUS, Rank::Above, A::ChangedApparmorPolicy, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR_ERROR, Rank::Above, A::CausedApparmorError, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)),
    Rule::new(rt::APPARMOR, Rank::Above, A::UsedApparmorPermission, K::Policy).on(Target::KeysOrPath(ACCESSED, PERMISSIONS)).when(AVC),
    Rule::new(rt::MAC_POLICY_LOAD, Rank::Above, A::LoadedSelinuxPolicy, K::Policy),
    Rule::new(rt::USER_MAC_POLICY_LOAD, Rank::Above, A::LoadedSelinuxPolicy, K::Policy),
    Rule::new(rt::MAC_STATUS, Rank::Above, A::ChangedSelinuxEnforcementTo, K::Policy).of(&[Key::Enforcing], &[Key::OldEnforcing]),
    Rule::new(rt::USER_MAC_STATUS, Rank::Above, A::ChangedSelinuxEnforcementTo, K::Policy).of(&[Key::Enforcing], &[Key::OldEnforcing]),
    Rule::new(rt::MAC_CONFIG_CHANGE, Rank::Above, A::ChangedSelinuxBoolean, K::Policy).of(&[Key::Bool], &[Key::Val]),
    Rule::new(rt::USER_MAC_CONFIG_CHANGE, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::Op], NOTHING),
    Rule::new(rt::MAC_UNLBL_ALLOW, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_CIPSOV4_ADD, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_CIPSOV4_DEL, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_MAP_ADD, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_MAP_DEL, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_UNLBL_STCADD, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_UNLBL_STCDEL, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_CALIPSO_ADD, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_CALIPSO_DEL, Rank::Above, A::ChangedMacConfiguration, K::Policy).of(&[Key::NlblDomain, Key::CipsoDoi, Key::CalipsoDoi, Key::Netif, Key::UnlblAccept], NOTHING),
    Rule::new(rt::MAC_IPSEC_ADDSA, Rank::Above, A::HadIpsecEvent, K::CryptoSession).of(&[Key::Src], &[Key::Dst]),
    Rule::new(rt::MAC_IPSEC_DELSA, Rank::Above, A::HadIpsecEvent, K::CryptoSession).of(&[Key::Src], &[Key::Dst]),
    Rule::new(rt::MAC_IPSEC_ADDSPD, Rank::Above, A::HadIpsecEvent, K::CryptoSession).of(&[Key::Src], &[Key::Dst]),
    Rule::new(rt::MAC_IPSEC_DELSPD, Rank::Above, A::HadIpsecEvent, K::CryptoSession).of(&[Key::Src], &[Key::Dst]),
    Rule::new(rt::MAC_IPSEC_EVENT, Rank::Above, A::HadIpsecEvent, K::CryptoSession).of(&[Key::Src], &[Key::Dst]),
    // Ubuntu's kernels have long used 1420 and 1421 for labels, so the body must be one of IPE's.
    Rule::new(rt::IPE_ACCESS, Rank::Above, A::ViolatedIpePolicy, K::File).on(Target::KeysOrPath(&[Key::Path], &[Key::IpeOp])).begins("ipe_op=").when(&[("action=ALLOW\"", A::UsedIpePermission)]),
    Rule::new(rt::IPE_CONFIG_CHANGE, Rank::Above, A::ChangedIpePolicy, K::Policy).of(&[Key::NewActivePolName], &[Key::OldActivePolName]).begins("old_active_pol_name="),
    Rule::new(rt::IPE_POLICY_LOAD, Rank::Above, A::ChangedIpePolicy, K::Policy).of(&[Key::PolicyName], &[Key::PolicyVersion]).begins("policy_name="),
    Rule::new(rt::LANDLOCK_ACCESS, Rank::Above, A::ViolatedLandlockPolicy, K::Policy).on(Target::KeysOrPath(&[Key::Path, Key::Dest, Key::Opid], &[Key::Blockers])),
    Rule::new(rt::LANDLOCK_DOMAIN, Rank::Below, A::CreatedLandlockDomain, K::Process).on(Target::Own).when(&[("status=deallocated", A::FreedLandlockDomain)]),
    // Integrity
    Rule::new(rt::INTEGRITY_DATA, Rank::Above, A::CheckedIntegrityOf, K::File).of(&[Key::Name, Key::File], &[Key::Cause]),
    Rule::new(rt::INTEGRITY_METADATA, Rank::Above, A::CheckedIntegrityOf, K::File).of(&[Key::Name, Key::File], &[Key::Cause]),
    Rule::new(rt::INTEGRITY_HASH, Rank::Above, A::CheckedIntegrityOf, K::File).of(&[Key::Name, Key::File], &[Key::Cause]),
    Rule::new(rt::INTEGRITY_RULE, Rank::Above, A::CheckedIntegrityOf, K::File).of(&[Key::Name, Key::File], &[Key::Cause]),
    Rule::new(rt::INTEGRITY_EVM_XATTR, Rank::Above, A::CheckedIntegrityOf, K::File).of(&[Key::Name, Key::File], &[Key::Cause]),
    Rule::new(rt::INTEGRITY_STATUS, Rank::Above, A::ChangedIntegrityConfiguration, K::Policy).of(&[Key::Op], &[Key::Cause]),
    Rule::new(rt::INTEGRITY_PCR, Rank::Above, A::ChangedIntegrityConfiguration, K::Policy).of(&[Key::Op], &[Key::Cause]),
    Rule::new(rt::INTEGRITY_POLICY_RULE, Rank::Above, A::ChangedIntegrityConfiguration, K::Policy).of(&[Key::Op], &[Key::Cause]),
    // Anomalies
    Rule::new(rt::ANOM_PROMISCUOUS, Rank::Above, A::EnteredPromiscuousModeOnDevice, K::NetworkDevice).of(&[Key::Dev], NOTHING).when(&[("prom=0", A::LeftPromiscuousModeOnDevice)]),
    Rule::new(rt::ANOM_ABEND, Rank::Above, A::CrashedProgram, K::Process).on(Target::Own).and(Extra::Died),
    Rule::new(rt::ANOM_LINK, Rank::Above, A::UsedSuspiciousLink, K::File).on(Target::Path),
    Rule::new(rt::ANOM_CREAT, Rank::Above, A::CreatedSuspiciousFile, K::File).on(Target::Path),
    Rule::new(rt::ANOM_LOGIN_FAILURES, Rank::Above, A::FailedLoginTooOften, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_LOGIN_TIME, Rank::Above, A::LoggedInAtUnusualTime, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_LOGIN_SESSIONS, Rank::Above, A::OpenedTooManySessions, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_LOGIN_LOCATION, Rank::Above, A::LoggedInFromUnusualPlace, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_EXEC, Rank::Above, A::ExecutedForbiddenProgram, K::File).of(&[Key::Path, Key::Exe, Key::Cmd], NOTHING),
    Rule::new(rt::ANOM_LOGIN_ACCT, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_LOGIN_SERVICE, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_LOGIN_ROOT, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_ORIGIN_FAILURES, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_SESSION, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_ADD_ACCT, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_DEL_ACCT, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_MOD_ACCT, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_ROOT_TRANS, Rank::Above, A::ReportedAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::ANOM_MAX_DAC, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::ANOM_MAX_MAC, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::ANOM_AMTU_FAIL, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::ANOM_RBAC_FAIL, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::ANOM_RBAC_INTEGRITY_FAIL, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::ANOM_CRYPTO_FAIL, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::ANOM_ACCESS_FS, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::ANOM_MK_EXEC, Rank::Above, A::ReportedAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::RESP_ACCT_REMOTE, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_ACCT_LOCK_TIMED, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_ACCT_UNLOCK_TIMED, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_ACCT_LOCK, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_TERM_ACCESS, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_TERM_LOCK, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_ORIGIN_BLOCK, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_ORIGIN_BLOCK_TIMED, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_ORIGIN_UNBLOCK_TIMED, Rank::Above, A::RespondedToAnomaly, K::UserAccount).of(ACCOUNT, FROM),
    Rule::new(rt::RESP_ANOMALY, Rank::Above, A::RespondedToAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::RESP_ALERT, Rank::Above, A::RespondedToAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::RESP_KILL_PROC, Rank::Above, A::RespondedToAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::RESP_SEBOOL, Rank::Above, A::RespondedToAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::RESP_EXEC, Rank::Above, A::RespondedToAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::RESP_SINGLE, Rank::Above, A::RespondedToAnomaly, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::RESP_HALT, Rank::Above, A::RespondedToAnomaly, K::System).of(&[Key::Op], NOTHING),
    // Roles and labels
    Rule::new(rt::USER_ROLE_CHANGE, Rank::Above, A::ChangedRoleTo, K::Role).of(&[Key::SelectedContext, Key::NewContext, Key::Seuser], &[Key::DefaultContext, Key::OldContext]),
    Rule::new(rt::ROLE_ASSIGN, Rank::Above, A::AssignedRole, K::Role).of(&[Key::Acct, Key::Id], &[Key::NewRole, Key::NewSeuser]),
    Rule::new(rt::ROLE_REMOVE, Rank::Above, A::RemovedRole, K::Role).of(&[Key::Acct, Key::Id], &[Key::OldRole, Key::OldSeuser]),
    Rule::new(rt::ROLE_MODIFY, Rank::Above, A::ModifiedRole, K::Role).of(&[Key::Acct, Key::Id], &[Key::NewRole]),
    Rule::new(rt::LABEL_OVERRIDE, Rank::Above, A::OverrodeLabelOf, K::File).of(&[Key::Job, Key::Name], &[Key::Printer]),
    Rule::new(rt::LABEL_LEVEL_CHANGE, Rank::Above, A::ChangedLevelOf, K::Device).of(&[Key::Printer, Key::Name], &[Key::NewLevel]),
    Rule::new(rt::USER_LABELED_EXPORT, Rank::Above, A::ExportedData, K::File).of(&[Key::Job, Key::Name], &[Key::Printer]),
    Rule::new(rt::USER_UNLABELED_EXPORT, Rank::Above, A::ExportedData, K::File).of(&[Key::Job, Key::Name], &[Key::Printer]),
    Rule::new(rt::FS_RELABEL, Rank::Above, A::RelabeledFilesystem, K::Filesystem).of(&[Key::Dir, Key::Path, Key::Name], NOTHING),
    // Cryptography
    Rule::new(rt::CRYPTO_TEST_USER, Rank::Above, A::TestedCrypto, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::CRYPTO_PARAM_CHANGE_USER, Rank::Above, A::ChangedCryptoConfiguration, K::System).of(&[Key::Op], NOTHING),
    Rule::new(rt::CRYPTO_LOGIN, Rank::Above, A::CryptoOfficerLoggedIn, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::CRYPTO_LOGOUT, Rank::Above, A::CryptoOfficerLoggedOut, K::UserSession).of(ACCOUNT, FROM),
    Rule::new(rt::CRYPTO_KEY_USER, Rank::Above, A::NegotiatedCryptoKey, K::CryptoKey).of(&[Key::Fp, Key::Kind], &[Key::Raddr, Key::Addr]),
    Rule::new(rt::CRYPTO_FAILURE_USER, Rank::Above, A::HadCryptoFailure, K::CryptoKey).of(&[Key::Fp, Key::Op], &[Key::Raddr, Key::Addr]),
    Rule::new(rt::CRYPTO_REPLAY_USER, Rank::Above, A::HadCryptoFailure, K::CryptoKey).of(&[Key::Fp, Key::Op], &[Key::Raddr, Key::Addr]),
    Rule::new(rt::CRYPTO_SESSION, Rank::Above, A::StartedCryptoSession, K::CryptoSession).of(&[Key::Raddr, Key::Addr], &[Key::Rport]),
    Rule::new(rt::CRYPTO_IKE_SA, Rank::Above, A::NegotiatedIpsecAssociation, K::CryptoSession).of(&[Key::Raddr, Key::Addr], &[Key::ConnName]),
    Rule::new(rt::CRYPTO_IPSEC_SA, Rank::Above, A::NegotiatedIpsecAssociation, K::CryptoSession).of(&[Key::Raddr, Key::Addr], &[Key::ConnName]),
    // Virtual machines and containers
    Rule::new(rt::VIRT_CONTROL, Rank::Above, A::ControlledVm, K::VirtualMachine).of(&[Key::Vm], &[Key::Reason]).when(&[("op=start", A::StartedVm), ("op=stop", A::StoppedVm)]),
    Rule::new(rt::VIRT_RESOURCE, Rank::Above, A::AssignedVmResource, K::VirtualMachine).of(&[Key::Vm], &[Key::Resrc]),
    Rule::new(rt::VIRT_MACHINE_ID, Rank::Above, A::AssignedVmId, K::VirtualMachine).of(&[Key::Vm], &[Key::VmCtx]),
    Rule::new(rt::VIRT_INTEGRITY_CHECK, Rank::Above, A::CheckedVmIntegrity, K::VirtualMachine).of(&[Key::Vm], NOTHING),
    Rule::new(rt::VIRT_CREATE, Rank::Above, A::CreatedVmImage, K::VirtualMachine).of(&[Key::Vm], NOTHING),
    Rule::new(rt::VIRT_DESTROY, Rank::Above, A::DeletedVmImage, K::VirtualMachine).of(&[Key::Vm], NOTHING),
    Rule::new(rt::VIRT_MIGRATE_IN, Rank::Above, A::MigratedVmFrom, K::VirtualMachine).of(&[Key::Vm], NOTHING),
    Rule::new(rt::VIRT_MIGRATE_OUT, Rank::Above, A::MigratedVmTo, K::VirtualMachine).of(&[Key::Vm], NOTHING),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Types that add to others, or are requests and replies that are never logged (kernel/audit.c, `audit_receive_msg`).
    const SILENT: [&str; 40] = [
        "GET",
        "SET",
        "LIST",
        "ADD",
        "DEL",
        "WATCH_INS",
        "WATCH_REM",
        "WATCH_LIST",
        "SIGNAL_INFO",
        "ADD_RULE",
        "DEL_RULE",
        "LIST_RULES",
        "TRIM",
        "MAKE_EQUIV",
        "TTY_GET",
        "TTY_SET",
        "SET_FEATURE",
        "GET_FEATURE",
        "FS_WATCH",
        "PATH",
        "IPC",
        "SOCKETCALL",
        "SOCKADDR",
        "CWD",
        "IPC_SET_PERM",
        "MQ_OPEN",
        "MQ_SENDRECV",
        "MQ_NOTIFY",
        "MQ_GETSETATTR",
        "KERNEL_OTHER",
        "FD_PAIR",
        "OBJ_PID",
        "EOE",
        "CAPSET",
        "MMAP",
        "PROCTITLE",
        "OPENAT2",
        "AVC_PATH",
        "MAC_TASK_CONTEXTS",
        "MAC_OBJ_CONTEXTS",
    ];

    #[test]
    fn every_record_type_decides_or_is_known_not_to() {
        for (number, name) in rt::all() {
            assert_eq!(of_number(number).is_none(), SILENT.contains(&name), "{name}");
        }
    }

    #[test]
    fn each_type_is_there_once() {
        let numbers: HashSet<_> = RULES.iter().map(|rule| rule.number).collect();
        assert_eq!(numbers.len(), RULES.len());
        assert!(of_number(0).is_none() && of_number(999).is_none() && of_number(u16::MAX).is_none());
    }
}
