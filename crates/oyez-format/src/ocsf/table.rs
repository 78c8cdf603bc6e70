//! Which class and activity each action is.

use oyez_interpret::normal::Action;

use super::classes::{self, Class, OTHER};

/// Class, activity, and how bad it is by itself (`severity_id`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) class: &'static Class,
    pub(super) activity: u32,
    pub(super) severity: u32,
}

/// `severity_id` and its caption.
pub(super) const INFORMATIONAL: u32 = 1;
pub(super) const LOW: u32 = 2;
pub(super) const MEDIUM: u32 = 3;
pub(super) const HIGH: u32 = 4;

/// The caption of a `severity_id` of ours.
pub(super) fn severity(number: u32) -> &'static str {
    match number {
        LOW => "Low",
        MEDIUM => "Medium",
        HIGH => "High",
        _ => "Informational",
    }
}

fn new(class: &'static Class, activity: u32) -> Row {
    Row { class, activity, severity: INFORMATIONAL }
}

fn finding(severity: u32) -> Row {
    Row { class: &classes::FINDING, activity: 1, severity }
}

/// What `action` is; a system call without a row is the kernel's, all else is a base event.
pub(super) fn row(action: Action, is_call: bool) -> Row {
    let known = about_files(action)
        .or_else(|| about_processes(action))
        .or_else(|| about_networks(action))
        .or_else(|| about_people(action))
        .or_else(|| about_findings(action))
        .or_else(|| about_entities(action));
    known.unwrap_or(if is_call {
        Row { class: &classes::KERNEL, activity: 4, severity: INFORMATIONAL }
    } else {
        Row { class: &classes::BASE, activity: OTHER, severity: INFORMATIONAL }
    })
}

fn about_files(action: Action) -> Option<Row> {
    use Action as A;
    let activity = match action {
        A::OpenedFile => 14,
        A::Linked | A::Symlinked | A::CreatedDirectory | A::CreatedSpecialFile | A::CreatedSuspiciousFile => 1,
        A::ReadFromFile | A::ListedDirectory => 2,
        A::WroteToFile | A::TruncatedFile | A::AllocatedFileSpace | A::CopiedFileData => 3,
        A::Deleted => 4,
        A::Renamed => 5,
        A::ChangedTimestampOf | A::ChangedFileAttributesOf => 6,
        A::ChangedFilePermissionsOf | A::ChangedFileOwnershipOf => 7,
        A::CheckedMetadataOf | A::CheckedFilesystemMetadataOf => 8,
        A::Mounted => 12,
        A::Unmounted => 13,
        A::LockedFile | A::WatchedFile | A::ChangedDiskQuotaOf | A::AccessedPolicyControlledFile => OTHER,
        _ => return None,
    };
    Some(new(&classes::FILE, activity))
}

fn about_processes(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::Executed | A::CreatedProcess | A::RanCommand => new(&classes::PROCESS, 1),
        A::Exited | A::KilledProcess => new(&classes::PROCESS, 2),
        A::TracedProcess | A::OpenedProcess | A::CopiedDescriptorOf => new(&classes::PROCESS, 3),
        A::WroteMemoryOf => new(&classes::MEMORY, 8),
        A::ReadMemoryOf => new(&classes::MEMORY, 7),
        A::MappedMemory => new(&classes::MEMORY, 9),
        A::AllocatedMemory => new(&classes::MEMORY, 1),
        A::ChangedMemoryProtection => new(&classes::MEMORY, 2),
        A::ChangedIdentityOf => new(&classes::PROCESS, 5),
        A::ChangedCapabilitiesOf
        | A::AdjustedSchedulingPolicyOf
        | A::ChangedResourceLimitOf
        | A::ChangedProcessGroupOf
        | A::ChangedProcessSettingOf
        | A::CreatedNamespace
        | A::EnteredNamespace
        | A::ChangedSecurityLabelOf
        | A::ChangedWorkingDirectoryTo
        | A::ChangedRootDirectoryTo
        | A::Typed => new(&classes::PROCESS, OTHER),
        A::LoadedLibrary => new(&classes::MODULE, 1),
        A::LoadedKernelModule => new(&classes::EXTENSION, 1),
        A::UnloadedKernelModule => new(&classes::EXTENSION, 2),
        _ => return None,
    })
}

fn about_networks(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::ConnectedTo | A::AcceptedConnectionFrom => new(&classes::NETWORK, 1),
        A::ShutDownSocket => new(&classes::NETWORK, 2),
        A::SentTo | A::ReceivedFrom => new(&classes::NETWORK, 6),
        A::BoundSocket | A::ListenedOnSocket => new(&classes::NETWORK, 7),
        A::NegotiatedCryptoKey | A::StartedCryptoSession => new(&classes::NETWORK, OTHER),
        _ => return None,
    })
}

fn about_people(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::LoggedIn | A::StartedSession | A::CryptoOfficerLoggedIn => new(&classes::AUTHENTICATION, 1),
        A::LoggedOut | A::EndedSession | A::CryptoOfficerLoggedOut => new(&classes::AUTHENTICATION, 2),
        A::Authenticated
        | A::WasAuthorized
        | A::AcquiredCredentials
        | A::RefreshedCredentials
        | A::DisposedCredentials
        | A::CausedAccountError
        | A::ChangedLoginIdTo
        | A::AuthenticatedToGroup => new(&classes::AUTHENTICATION, OTHER),
        A::AddedUserAccount => new(&classes::ACCOUNT, 1),
        A::ChangedPassword => new(&classes::ACCOUNT, 3),
        A::DeletedUserAccount => new(&classes::ACCOUNT, 6),
        A::LockedAccount => new(&classes::ACCOUNT, 9),
        A::ModifiedUserAccount
        | A::UnlockedAccount
        | A::ChangedUserId
        | A::ChangedRoleTo
        | A::AssignedRole
        | A::RemovedRole
        | A::ModifiedRole => new(&classes::ACCOUNT, OTHER),
        A::AddedGroupAccount => new(&classes::GROUP, 6),
        A::DeletedGroupAccount => new(&classes::GROUP, 5),
        A::ModifiedGroupAccount | A::ChangedGroupPassword | A::ChangedGroup => new(&classes::GROUP, OTHER),
        _ => return None,
    })
}

fn about_findings(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::FailedLoginTooOften
        | A::LoggedInAtUnusualTime
        | A::LoggedInFromUnusualPlace
        | A::OpenedTooManySessions
        | A::ExecutedForbiddenProgram
        | A::ReportedAnomaly
        | A::RespondedToAnomaly
        | A::UsedSuspiciousLink
        | A::EnteredPromiscuousModeOnDevice
        | A::ViolatedIpePolicy
        | A::HadCryptoFailure => finding(MEDIUM),
        A::CrashedProgram
        | A::LeftPromiscuousModeOnDevice
        | A::ViolatedSelinuxPolicy
        | A::ViolatedApparmorPolicy
        | A::ViolatedSmackPolicy
        | A::ViolatedLandlockPolicy
        | A::CalledSeccompControlledSyscall => finding(LOW),
        _ => return None,
    })
}

fn about_entities(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::StartedAudit | A::ListenedToAuditEvents | A::InitializedAuditSubsystem | A::ResumedAuditLogging => {
            new(&classes::EVENT_LOG, 6)
        }
        A::ShutDownAudit | A::StoppedListeningToAuditEvents | A::AbortedAuditStartup => new(&classes::EVENT_LOG, 7),
        A::RotatedAuditLogs => new(&classes::EVENT_LOG, 5),
        A::HadAuditDaemonError | A::ReplacedAuditDaemon => new(&classes::EVENT_LOG, OTHER),
        A::StartedService => new(&classes::APPLICATION, 3),
        A::StoppedService => new(&classes::APPLICATION, 4),
        A::InstalledSoftware => new(&classes::APPLICATION, 1),
        A::AddedAuditRule | A::CreatedVmImage | A::AddedKernelKey | A::LoadedBpfProgram => new(&classes::ENTITY, 1),
        A::DeletedAuditRule | A::DeletedVmImage | A::UnloadedBpfProgram => new(&classes::ENTITY, 4),
        A::RequestedKernelKey => new(&classes::ENTITY, 2),
        A::ChangedAuditRule
        | A::ChangedAuditConfiguration
        | A::ChangedAuditFeature
        | A::ChangedAuditdConfiguration
        | A::ChangedConfiguration
        | A::ChangedApparmorPolicy
        | A::ChangedIpePolicy
        | A::ChangedIntegrityConfiguration
        | A::LoadedSelinuxPolicy
        | A::ChangedSelinuxEnforcementTo
        | A::ChangedSelinuxBoolean
        | A::ChangedMacConfiguration
        | A::LoadedFirewallRuleTo
        | A::ChangedCryptoConfiguration
        | A::ChangedSystemTime
        | A::ChangedSystemName
        | A::ChangedToRunlevel
        | A::ConfiguredDevice
        | A::AllocatedDevice
        | A::DeallocatedDevice
        | A::ChangedDeviceMapping
        | A::ManagedKernelKey
        | A::AssignedVmResource
        | A::AssignedVmId => new(&classes::ENTITY, 3),
        A::ControlledVm | A::StartedVm | A::StoppedVm | A::MigratedVmFrom | A::MigratedVmTo | A::CheckedVmIntegrity => {
            new(&classes::ENTITY, OTHER)
        }
        _ => return None,
    })
}
