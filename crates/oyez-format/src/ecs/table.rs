//! What each action is in ECS: categories, types, whose ids are `user.*`, which way a packet goes.
//!
//! The words and which types a category may have: Elastic Common Schema 8.11, "Categorization fields". Where auditbeat's
//! normalisation (go-libaudit, aucoalesce) has an entry, this agrees with it, but for what the tests list.

use oyez_interpret::normal::Action;

/// Whose ids are `user.*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum People {
    /// Those of the process.
    Process,
    /// `user` is who logged in before, `user.effective` the account that it is about.
    Login,
    /// `user` is who logged in, `user.effective` the process's, `user.target` the account that is changed.
    Account,
    /// The same, and `group` is the group that is changed.
    Group,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) category: &'static [&'static str],
    pub(super) types: &'static [&'static str],
    pub(super) people: People,
    /// `event.kind` is `alert`.
    pub(super) is_alert: bool,
}

impl Row {
    const fn new(category: &'static [&'static str], types: &'static [&'static str]) -> Self {
        Row { category, types, people: People::Process, is_alert: false }
    }

    const fn of(self, people: People) -> Self {
        Row { people, ..self }
    }

    const fn alert(self) -> Self {
        Row { is_alert: true, ..self }
    }
}

/// Which way data go, where an action is about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The socket address is the destination.
    Egress,
    /// It is the source.
    Ingress,
}

/// Which way data go in `action`; `None` where it is about one's own end, or none.
pub(crate) fn direction(action: Action) -> Option<Direction> {
    match action {
        Action::ConnectedTo | Action::SentTo => Some(Direction::Egress),
        Action::AcceptedConnectionFrom | Action::ReceivedFrom => Some(Direction::Ingress),
        _ => None,
    }
}

/// What `action` is.
pub(super) fn row(action: Action) -> Row {
    about_files(action)
        .or_else(|| about_processes(action))
        .or_else(|| about_networks(action))
        .or_else(|| about_people(action))
        .or_else(|| about_policies(action))
        .or_else(|| about_systems(action))
        .unwrap_or(Row::new(&["process"], &["info"]))
}

fn about_files(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::OpenedFile
        | A::ReadFromFile
        | A::CheckedMetadataOf
        | A::CheckedFilesystemMetadataOf
        | A::ListedDirectory
        | A::LockedFile
        | A::WatchedFile
        | A::CopiedFileData
        | A::AccessedPolicyControlledFile => Row::new(&["file"], &["access"]),
        A::Linked | A::Symlinked | A::CreatedDirectory | A::CreatedSpecialFile | A::CreatedMemoryFile | A::Mounted => {
            Row::new(&["file"], &["creation"])
        }
        A::Deleted | A::Unmounted => Row::new(&["file"], &["deletion"]),
        A::Renamed
        | A::ChangedFilePermissionsOf
        | A::ChangedFileOwnershipOf
        | A::ChangedFileAttributesOf
        | A::ChangedTimestampOf
        | A::TruncatedFile
        | A::AllocatedFileSpace
        | A::WroteToFile
        | A::ChangedDiskQuotaOf
        | A::ConfiguredFilesystem
        | A::RelabeledFilesystem
        | A::OverrodeLabelOf
        | A::ChangedLevelOf => Row::new(&["file"], &["change"]),
        A::UsedSuspiciousLink => Row::new(&["file", "intrusion_detection"], &["access", "info"]).alert(),
        A::CreatedSuspiciousFile => Row::new(&["file", "intrusion_detection"], &["creation", "info"]).alert(),
        A::CheckedIntegrityOf => Row::new(&["file"], &["info"]),
        _ => return None,
    })
}

fn about_processes(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::Executed | A::CreatedProcess | A::RanCommand | A::StartedService => Row::new(&["process"], &["start"]),
        // Most signals are meant to end something.
        A::Exited | A::StoppedService | A::KilledProcess => Row::new(&["process"], &["end"]),
        A::CrashedProgram => Row::new(&["process", "intrusion_detection"], &["end", "info"]).alert(),
        A::ExecutedForbiddenProgram => Row::new(&["process", "intrusion_detection"], &["start", "info"]).alert(),
        A::TracedProcess
        | A::OpenedProcess
        | A::CopiedDescriptorOf
        | A::ReadMemoryOf
        | A::Typed
        | A::CheckedDacPermission
        | A::CheckedMacPermission => Row::new(&["process"], &["access"]),
        A::WroteMemoryOf
        | A::AdvisedMemoryOf
        | A::MappedMemory
        | A::ChangedMemoryProtection
        | A::ChangedIdentityOf
        | A::ChangedCapabilitiesOf
        | A::AdjustedSchedulingPolicyOf
        | A::ChangedResourceLimitOf
        | A::ChangedProcessGroupOf
        | A::ChangedProcessSettingOf
        | A::InstalledSeccompFilter
        | A::CreatedNamespace
        | A::EnteredNamespace
        | A::RestrictedItself
        | A::ChangedSecurityLabelOf
        | A::ChangedWorkingDirectoryTo
        | A::ChangedRootDirectoryTo => Row::new(&["process"], &["change"]),
        A::LoadedLibrary => Row::new(&["library"], &["start"]),
        A::LoadedKernelModule => Row::new(&["driver"], &["start"]),
        A::UnloadedKernelModule => Row::new(&["driver"], &["end"]),
        _ => return None,
    })
}

fn about_networks(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::ConnectedTo | A::AcceptedConnectionFrom => Row::new(&["network"], &["connection", "start"]),
        A::BoundSocket | A::ListenedOnSocket => Row::new(&["network"], &["start"]),
        A::ShutDownSocket => Row::new(&["network"], &["connection", "end"]),
        A::SentTo
        | A::ReceivedFrom
        | A::CreatedSocket
        | A::ChangedSocketOption
        | A::HadIpsecEvent
        | A::NegotiatedIpsecAssociation
        | A::HandledPacket => Row::new(&["network"], &["info"]),
        A::LoadedFirewallRuleTo => Row::new(&["configuration", "process"], &["change", "info"]),
        A::EnteredPromiscuousModeOnDevice | A::LeftPromiscuousModeOnDevice => {
            Row::new(&["intrusion_detection", "process"], &["info", "change"]).alert()
        }
        _ => return None,
    })
}

fn about_people(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::LoggedIn | A::ChangedLoginIdTo | A::CryptoOfficerLoggedIn => {
            Row::new(&["authentication"], &["start"]).of(People::Login)
        }
        A::LoggedOut | A::CryptoOfficerLoggedOut => Row::new(&["authentication"], &["end"]).of(People::Login),
        A::Authenticated
        | A::WasAuthorized
        | A::AcquiredCredentials
        | A::RefreshedCredentials
        | A::DisposedCredentials
        | A::CausedAccountError
        | A::AuthenticatedToGroup => Row::new(&["authentication"], &["info"]).of(People::Login),
        A::StartedSession => Row::new(&["session"], &["start"]).of(People::Login),
        A::EndedSession => Row::new(&["session"], &["end"]).of(People::Login),
        A::AddedUserAccount => Row::new(&["iam"], &["user", "creation"]).of(People::Account),
        A::DeletedUserAccount => Row::new(&["iam"], &["user", "deletion"]).of(People::Account),
        A::ModifiedUserAccount
        | A::ChangedPassword
        | A::LockedAccount
        | A::UnlockedAccount
        | A::ChangedUserId
        | A::ChangedRoleTo
        | A::AssignedRole
        | A::RemovedRole
        | A::ModifiedRole => Row::new(&["iam"], &["user", "change"]).of(People::Account),
        A::AddedGroupAccount => Row::new(&["iam"], &["group", "creation"]).of(People::Group),
        A::DeletedGroupAccount => Row::new(&["iam"], &["group", "deletion"]).of(People::Group),
        A::ModifiedGroupAccount | A::ChangedGroupPassword | A::ChangedGroup => {
            Row::new(&["iam"], &["group", "change"]).of(People::Group)
        }
        A::FailedLoginTooOften | A::LoggedInAtUnusualTime | A::LoggedInFromUnusualPlace | A::OpenedTooManySessions => {
            Row::new(&["authentication", "intrusion_detection"], &["info"]).of(People::Login).alert()
        }
        _ => return None,
    })
}

fn about_policies(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::ViolatedSelinuxPolicy
        | A::ViolatedApparmorPolicy
        | A::ViolatedSmackPolicy
        | A::ViolatedIpePolicy
        | A::ViolatedLandlockPolicy => Row::new(&["intrusion_detection"], &["denied"]),
        A::UsedSelinuxPermission | A::UsedApparmorPermission | A::UsedIpePermission => {
            Row::new(&["intrusion_detection"], &["allowed"])
        }
        A::CausedMacPolicyError | A::CausedApparmorError | A::CalledSeccompControlledSyscall => {
            Row::new(&["intrusion_detection"], &["info"])
        }
        A::ReportedAnomaly | A::RespondedToAnomaly => Row::new(&["intrusion_detection"], &["info"]).alert(),
        A::ChangedApparmorPolicy
        | A::ChangedIpePolicy
        | A::ChangedIntegrityConfiguration
        | A::LoadedSelinuxPolicy
        | A::ChangedSelinuxEnforcementTo
        | A::ChangedSelinuxBoolean
        | A::ChangedMacConfiguration
        | A::PreparedLandlockRules
        | A::ChangedConfiguration
        | A::ChangedCryptoConfiguration => Row::new(&["configuration"], &["change"]),
        A::AddedAuditRule
        | A::DeletedAuditRule
        | A::ChangedAuditRule
        | A::ChangedAuditConfiguration
        | A::ChangedAuditFeature
        | A::ChangedAuditdConfiguration => Row::new(&["process", "configuration"], &["change"]),
        _ => return None,
    })
}

fn about_systems(action: Action) -> Option<Row> {
    use Action as A;
    Some(match action {
        A::ChangedSystemTime
        | A::ChangedSystemName
        | A::ChangedToRunlevel
        | A::EnabledSwapOn
        | A::DisabledSwapOn
        | A::ControlledVm
        | A::AssignedVmResource
        | A::AssignedVmId
        | A::CreatedVmImage
        | A::DeletedVmImage
        | A::ConfiguredDevice
        | A::AllocatedDevice
        | A::DeallocatedDevice
        | A::ChangedDeviceMapping
        | A::ControlledDevice => Row::new(&["host"], &["change"]),
        A::ChangedKernelSetting | A::ChangedProcessAccounting => Row::new(&["configuration", "host"], &["change"]),
        A::RebootedSystem | A::ShutDownSystem | A::StoppedVm | A::MigratedVmTo => Row::new(&["host"], &["end"]),
        A::BootedSystem | A::StartedVm | A::MigratedVmFrom => Row::new(&["host"], &["start"]),
        A::LoadedKernel | A::CheckedVmIntegrity => Row::new(&["host"], &["info"]),
        A::InstalledSoftware => Row::new(&["package"], &["installation"]),
        A::StartedAudit | A::InitializedAuditSubsystem | A::ListenedToAuditEvents => Row::new(&["process"], &["start"]),
        A::ShutDownAudit | A::AbortedAuditStartup | A::StoppedListeningToAuditEvents => {
            Row::new(&["process"], &["end"])
        }
        _ => return None,
    })
}
