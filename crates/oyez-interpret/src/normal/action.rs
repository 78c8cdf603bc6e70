//! Every action: its word, how a sentence says it, and what it means.
//!
//! The words are part of the output: one that is there never changes its meaning and never goes. Many are those that auparse
//! and go-libaudit use for the same thing; where theirs says less, or they have none, it is ours.

/// Makes [`Action`] and its list: variant, word, what was done, what was tried, how the object is joined, how a second one is, meaning.
macro_rules! actions {
    ($($variant:ident { $word:literal, $past:literal, $base:literal, $lead:literal, $joint:literal, $meaning:literal })*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = $meaning] $variant,)*
        }

        impl Action {
            /// Every action, in the order of the documentation.
            pub const ALL: &'static [Action] = &[$(Action::$variant),*];

            fn row(self) -> &'static Row {
                match self { $(Action::$variant => &Row {
                    word: $word, past: $past, base: $base, lead: $lead, joint: $joint, meaning: $meaning,
                }),* }
            }
        }
    };
}

/// What there is to say of one action.
struct Row {
    word: &'static str,
    past: &'static str,
    base: &'static str,
    lead: &'static str,
    joint: &'static str,
    meaning: &'static str,
}

impl Action {
    /// Its stable word: `opened-file`.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// As a sentence says that it was done: `opened`.
    pub(super) fn past(self) -> &'static str {
        self.row().past
    }

    /// As a sentence says that it was tried: `open`; empty for what happens whether or not it is refused.
    pub(super) fn base(self) -> &'static str {
        self.row().base
    }

    /// What joins the object to that: `on`; empty where it follows as it is.
    pub(super) fn lead(self) -> &'static str {
        self.row().lead
    }

    /// What joins a second object to the first: `to`; empty where it stands in brackets.
    pub(super) fn joint(self) -> &'static str {
        self.row().joint
    }
}

actions! {
    Unclassified { "unclassified", "left records of no known deed", "", "", "", "No table knows the records: a part of an event, or types that are newer than the tables." }
    CalledSyscall { "called-syscall", "called", "call", "", "", "A system call that has no word of its own; the object is its name." }
    OpenedFile { "opened-file", "opened", "open", "", "", "A file was opened, or made by opening it." }
    Executed { "executed", "executed", "execute", "", "", "A program was started in the process: the object is what was asked for, a script rather than its interpreter." }
    LoadedLibrary { "loaded-library", "loaded the library", "load the library", "", "", "A shared library was loaded by the kernel (uselib)." }
    Renamed { "renamed", "renamed", "rename", "", "to", "A file got another name; the second object is the new one." }
    Deleted { "deleted", "deleted", "delete", "", "", "A name of a file, or a directory, was removed." }
    Linked { "linked", "linked", "link", "", "as", "A file got one more name; the second object is the new one." }
    Symlinked { "symlinked", "created the symbolic link", "create the symbolic link", "", "to", "A symbolic link was made; the second object is what it points to, as it stands in the link." }
    CreatedDirectory { "created-directory", "created the directory", "create the directory", "", "", "A directory was made." }
    CreatedSpecialFile { "created-special-file", "created the special file", "create the special file", "", "", "A device, pipe, socket or plain file was made by mknod." }
    ChangedFilePermissionsOf { "changed-file-permissions-of", "changed the permissions of", "change the permissions of", "", "", "The mode of a file." }
    ChangedFileOwnershipOf { "changed-file-ownership-of", "changed the ownership of", "change the ownership of", "", "", "User or group of a file." }
    ChangedFileAttributesOf { "changed-file-attributes-of", "changed the attributes of", "change the attributes of", "", "", "Extended or inode attributes: ACLs, capabilities, labels." }
    CheckedMetadataOf { "checked-metadata-of", "looked at the metadata of", "look at the metadata of", "", "", "Whether a file is there, what it is, who may do what with it, where a link points to." }
    CheckedFilesystemMetadataOf { "checked-filesystem-metadata-of", "looked at the file system of", "look at the file system of", "", "", "What a file system is, and how full." }
    ChangedTimestampOf { "changed-timestamp-of", "changed the times of", "change the times of", "", "", "When a file was read and written." }
    TruncatedFile { "truncated-file", "changed the size of", "change the size of", "", "", "A file was cut or made longer." }
    AllocatedFileSpace { "allocated-file-space", "allocated space in", "allocate space in", "", "", "Space in a file was taken or given back." }
    ReadFromFile { "read-from-file", "read from", "read from", "", "", "Bytes were read from a descriptor." }
    WroteToFile { "wrote-to-file", "wrote to", "write to", "", "", "Bytes were written to a descriptor." }
    CopiedFileData { "copied-file-data", "copied data", "copy data", "of", "", "Bytes went from one descriptor to another in the kernel." }
    ListedDirectory { "listed-directory", "listed a directory", "list a directory", ":", "", "Names in a directory were read." }
    LockedFile { "locked-file", "locked a file", "lock a file", ":", "", "An advisory lock on a file." }
    WatchedFile { "watched-file", "watched", "watch", "", "", "Changes of files are reported to the process (inotify, fanotify)." }
    ChangedWorkingDirectoryTo { "changed-working-directory-to", "changed its working directory to", "change its working directory to", "", "", "Relative names start elsewhere." }
    ChangedRootDirectoryTo { "changed-root-directory-to", "changed its root directory to", "change its root directory to", "", "and put the old one on", "Absolute names start elsewhere." }
    Mounted { "mounted", "mounted a file system on", "mount a file system on", "", "from", "A file system was put on a directory; the second object is where it comes from." }
    Unmounted { "unmounted", "unmounted", "unmount", "", "", "A file system was taken off." }
    ConfiguredFilesystem { "configured-filesystem", "configured a file system", "configure a file system", "on", "", "A mount was prepared or changed." }
    ChangedDiskQuotaOf { "changed-disk-quota-of", "changed disk quotas", "change disk quotas", "of", "", "Disk quotas were looked at or changed." }
    EnabledSwapOn { "enabled-swap-on", "enabled swap on", "enable swap on", "", "", "Memory is swapped to a file." }
    DisabledSwapOn { "disabled-swap-on", "disabled swap on", "disable swap on", "", "", "Memory is no longer swapped to a file." }
    ChangedProcessAccounting { "changed-process-accounting", "changed process accounting", "change process accounting", "to", "", "Accounting of processes was turned on or off." }
    CreatedMemoryFile { "created-memory-file", "created a file in memory", "create a file in memory", ":", "", "A file without a name, as programs use that run code from memory." }
    MappedMemory { "mapped-memory", "mapped memory", "map memory", "of", "", "Memory or a file was mapped." }
    AllocatedMemory { "allocated-memory", "allocated memory", "allocate memory", "", "", "A process grew." }
    ChangedMemoryProtection { "changed-memory-protection", "changed the protection of memory", "change the protection of memory", "", "", "Memory was made writable, executable or neither." }
    LockedMemory { "locked-memory", "locked memory", "lock memory", "", "", "Memory is kept from swap." }
    ReadMemoryOf { "read-memory-of", "read memory of", "read memory of", "", "", "Memory of another process was read." }
    WroteMemoryOf { "wrote-memory-of", "wrote to memory of", "write to memory of", "", "", "Memory of another process was written." }
    AdvisedMemoryOf { "advised-memory-of", "advised on memory of", "advise on memory of", "", "", "What becomes of another process's memory was influenced." }
    HandledPageFaults { "handled-page-faults", "took over page faults", "take over page faults", "", "", "A process handles its own page faults (userfaultfd)." }
    CreatedSocket { "created-socket", "created a socket", "create a socket", "", "", "A socket was made." }
    ConnectedTo { "connected-to", "connected to", "connect to", "", "", "A connection was made." }
    BoundSocket { "bound-socket", "bound a socket to", "bind a socket to", "", "", "A socket was given an address." }
    ListenedOnSocket { "listened-on-socket", "listened on a socket", "listen on a socket", "of", "", "A socket takes connections." }
    AcceptedConnectionFrom { "accepted-connection-from", "accepted a connection from", "accept a connection from", "", "", "A connection was taken." }
    SentTo { "sent-to", "sent to", "send to", "", "", "Data went out by a socket." }
    ReceivedFrom { "received-from", "received from", "receive from", "", "", "Data came in by a socket." }
    ChangedSocketOption { "changed-socket-option", "changed an option of a socket", "change an option of a socket", "of", "", "A socket, or with it the firewall, was set." }
    ShutDownSocket { "shut-down-socket", "shut down a socket", "shut down a socket", "", "", "One or both ways of a connection were closed." }
    CreatedPipe { "created-pipe", "created a pipe", "create a pipe", "", "", "Two joined descriptors." }
    CreatedProcess { "created-process", "forked", "fork", "to", "", "A process or thread was made." }
    Exited { "exited", "exited", "exit", "in", "", "A process or thread ended itself." }
    KilledProcess { "killed-process", "signalled", "signal", "", "", "A signal was sent, of whatever kind." }
    TracedProcess { "traced-process", "traced", "trace", "", "", "Another process was looked into or steered (ptrace)." }
    OpenedProcess { "opened-process", "opened", "open", "", "", "A descriptor of a process was made (pidfd)." }
    CopiedDescriptorOf { "copied-descriptor-of", "copied a descriptor of", "copy a descriptor of", "", "", "An open file of another process was taken over." }
    ComparedProcesses { "compared-processes", "compared processes", "compare processes", "with", "", "What two processes share was asked." }
    ChangedIdentityOf { "changed-identity-of", "changed the identity of", "change the identity of", "", "", "User or group ids of a process." }
    ChangedCapabilitiesOf { "changed-capabilities-of", "changed the capabilities of", "change the capabilities of", "", "", "What a process may do." }
    AdjustedSchedulingPolicyOf { "adjusted-scheduling-policy-of", "changed the scheduling of", "change the scheduling of", "", "", "Priority, policy, or processors of a process." }
    ChangedResourceLimitOf { "changed-resource-limit-of", "changed the resource limits of", "change the resource limits of", "", "", "What a process may use." }
    ChangedProcessGroupOf { "changed-process-group-of", "changed the process group or session of", "change the process group or session of", "", "", "Job control." }
    ChangedProcessSettingOf { "changed-process-setting-of", "changed settings of", "change settings of", "", "", "`prctl`, `personality` and the like." }
    InstalledSeccompFilter { "installed-seccomp-filter", "restricted its system calls", "restrict its system calls", "", "", "A process gave up system calls." }
    CreatedNamespace { "created-namespace", "moved into new namespaces", "move into new namespaces", "", "", "`unshare`: what containers are made of." }
    EnteredNamespace { "entered-namespace", "entered a namespace", "enter a namespace", "", "", "`setns`: how one gets into a container." }
    PreparedLandlockRules { "prepared-landlock-rules", "prepared landlock rules", "prepare landlock rules", "", "", "Rules by which a process will restrict itself." }
    RestrictedItself { "restricted-itself", "restricted itself by landlock", "restrict itself by landlock", "", "", "A process gave up access to files." }
    ViolatedLandlockPolicy { "violated-landlock-policy", "violated its landlock rules", "", "on", "", "A process that had restricted itself wanted more." }
    CreatedLandlockDomain { "created-landlock-domain", "came under landlock rules", "come under landlock rules", "", "", "Told with the first denial in such a domain." }
    FreedLandlockDomain { "freed-landlock-domain", "left no process under landlock rules", "free landlock rules", "", "", "The last process of a domain is gone." }
    ChangedSecurityLabelOf { "changed-security-label-of", "changed the security label of", "change the security label of", "", "", "A security module's attribute of a process." }
    LoadedKernelModule { "loaded-kernel-module", "loaded a kernel module", "load a kernel module", ":", "", "Code was added to the kernel." }
    UnloadedKernelModule { "unloaded-kernel-module", "unloaded a kernel module", "unload a kernel module", ":", "", "Code was taken out of the kernel." }
    LoadedKernel { "loaded-kernel", "loaded a kernel to start", "load a kernel to start", "", "", "By kexec: another kernel is made ready." }
    RebootedSystem { "rebooted-system", "rebooted or halted the system", "reboot or halt the system", "", "", "The reboot call, for whatever it was used." }
    UsedBpf { "used-bpf", "used bpf", "use bpf", "on number", "", "Maps and links of BPF." }
    LoadedBpfProgram { "loaded-bpf-program", "loaded a BPF program", "load a BPF program", "number", "", "Code for the kernel's BPF machine." }
    UnloadedBpfProgram { "unloaded-bpf-program", "unloaded a BPF program", "unload a BPF program", "number", "", "Its last user is gone." }
    AttachedBpfProgram { "attached-bpf-program", "attached a BPF program", "attach a BPF program", "", "", "A BPF program is called from now on." }
    MonitoredPerformance { "monitored-performance", "opened a performance monitor", "open a performance monitor", "", "", "`perf_event_open`; also how programs are attached to probes." }
    AddedKernelKey { "added-kernel-key", "added a key to the kernel", "add a key to the kernel", "", "", "`add_key`." }
    RequestedKernelKey { "requested-kernel-key", "requested a key of the kernel", "request a key of the kernel", "", "", "`request_key`." }
    ManagedKernelKey { "managed-kernel-key", "managed keys of the kernel", "manage keys of the kernel", "", "", "`keyctl`." }
    ReadKernelLog { "read-kernel-log", "used the kernel's log", "use the kernel's log", "", "", "Syslog(2): read, cleared, or its level set." }
    AccessedIoPorts { "accessed-io-ports", "got access to I/O ports", "get access to I/O ports", "", "", "`iopl`, `ioperm`." }
    ChangedSystemName { "changed-system-name", "changed the system's name", "change the system's name", "", "", "Host or domain name." }
    ChangedSystemTime { "changed-system-time", "changed the system's time", "change the system's time", "", "", "The clock was set or slewed, or its discipline asked for." }
    ChangedKernelSetting { "changed-kernel-setting", "changed a setting of the kernel", "change a setting of the kernel", "", "", "Sysctl(2)." }
    ControlledDevice { "controlled-device", "controlled a device", "control a device", ":", "", "`ioctl`." }
    HungUpTerminal { "hung-up-terminal", "hung up its terminal", "hang up its terminal", "", "", "`vhangup`." }
    CreatedIoUring { "created-io-uring", "created an io_uring", "create an io_uring", "", "", "From then on operations need no system call." }
    UsedIoUring { "used-io-uring", "used an io_uring", "use an io_uring", "for", "", "Operations were handed in, or a ring was configured." }
    OpenedMessageQueue { "opened-message-queue", "opened a message queue", "open a message queue", ":", "", "POSIX message queues." }
    DeletedMessageQueue { "deleted-message-queue", "deleted a message queue", "delete a message queue", ":", "", "POSIX message queues." }
    SentMessage { "sent-message", "sent a message", "send a message", ":", "", "By a message queue, or by a program to the audit log." }
    ReceivedMessage { "received-message", "received a message", "receive a message", "", "", "By a message queue." }
    OpenedIpcObject { "opened-ipc-object", "opened an IPC object", "open an IPC object", "", "", "System V semaphores, queues, shared memory." }
    ControlledIpcObject { "controlled-ipc-object", "controlled an IPC object", "control an IPC object", "", "", "System V: limits, rights, removal." }
    AttachedSharedMemory { "attached-shared-memory", "attached shared memory", "attach shared memory", "", "", "System V shared memory." }
    ChangedLoginIdTo { "changed-login-id-to", "set the login id to", "set the login id to", "", "", "A login begins: the object is who is responsible from now on." }
    Authenticated { "authenticated", "authenticated as", "authenticate as", "", "from", "Somebody proved, or failed to prove, to be this account." }
    WasAuthorized { "was-authorized", "passed the account checks as", "pass the account checks as", "", "from", "An account's rules (expiry, hours, places) were asked." }
    AcquiredCredentials { "acquired-credentials", "acquired credentials of", "acquire credentials of", "", "from", "PAM gave a session its credentials." }
    RefreshedCredentials { "refreshed-credentials", "refreshed credentials of", "refresh credentials of", "", "from", "PAM renewed them." }
    DisposedCredentials { "disposed-credentials", "gave up credentials of", "give up credentials of", "", "from", "PAM took them away." }
    StartedSession { "started-session", "started a session of", "start a session of", "", "from", "PAM opened a session." }
    EndedSession { "ended-session", "ended a session of", "end a session of", "", "from", "PAM closed a session." }
    LoggedIn { "logged-in", "logged in as", "log in as", "", "from", "A login, or one that failed." }
    LoggedOut { "logged-out", "logged out as", "log out as", "", "from", "The end of a login." }
    ChangedPassword { "changed-password", "changed the password of", "change the password of", "", "from", "The password, or other authentication data, of an account." }
    CausedAccountError { "caused-account-error", "caused an account error for", "", "", "from", "An account that there is not, or that cannot be used." }
    AddedUserAccount { "added-user-account", "added the user account", "add the user account", "", "", "Added the user account." }
    DeletedUserAccount { "deleted-user-account", "deleted the user account", "delete the user account", "", "", "Deleted the user account." }
    ModifiedUserAccount { "modified-user-account", "changed the user account", "change the user account", "", "", "Changed the user account." }
    AddedGroupAccount { "added-group-account", "added the group", "add the group", "", "", "Added the group." }
    DeletedGroupAccount { "deleted-group-account", "deleted the group", "delete the group", "", "", "Deleted the group." }
    ModifiedGroupAccount { "modified-group-account", "changed the group", "change the group", "", "", "Changed the group." }
    ChangedGroupPassword { "changed-group-password", "changed the password of the group", "change the password of the group", "", "", "Changed the password of the group." }
    LockedAccount { "locked-account", "locked the account", "lock the account", "", "", "Locked the account." }
    UnlockedAccount { "unlocked-account", "unlocked the account", "unlock the account", "", "", "Unlocked the account." }
    ChangedUserId { "changed-user-id", "changed its user id to", "change its user id to", "", "", "A program that changes users, as su does." }
    ChangedGroup { "changed-group", "changed its group to", "change its group to", "", "", "A program that changes groups, as newgrp does." }
    AuthenticatedToGroup { "authenticated-to-group", "authenticated to the group", "authenticate to the group", "", "", "Authenticated to the group." }
    RanCommand { "ran-command", "ran the command", "run the command", "", "in", "As sudo says; the second object is the directory." }
    Typed { "typed", "typed", "type", "", "", "Keystrokes at a terminal." }
    CheckedDacPermission { "checked-dac-permission", "checked a permission", "check a permission", "of", "", "A program asked its own rules." }
    CheckedMacPermission { "checked-mac-permission", "checked a label's permission", "check a label's permission", "on", "", "A program asked the security policy." }
    CausedMacPolicyError { "caused-mac-policy-error", "caused an error of the security policy", "cause an error of the security policy", "in", "", "A label or transition that there is not." }
    ViolatedSelinuxPolicy { "violated-selinux-policy", "violated the SELinux policy", "", "on", "", "An access that the policy does not allow; in permissive mode it went on all the same." }
    UsedSelinuxPermission { "used-selinux-permission", "used a permission that SELinux audits", "", "on", "", "An access that the policy allows and has audited." }
    ViolatedApparmorPolicy { "violated-apparmor-policy", "violated the AppArmor policy", "", "on", "", "An access that the profile does not allow; in complain mode it went on all the same." }
    UsedApparmorPermission { "used-apparmor-permission", "used a permission that AppArmor audits", "", "on", "", "An access that the profile allows and has audited." }
    ChangedApparmorPolicy { "changed-apparmor-policy", "changed the AppArmor policy", "change the AppArmor policy", "of", "", "Profiles were loaded, replaced, removed." }
    CausedApparmorError { "caused-apparmor-error", "caused an error of AppArmor", "", "on", "", "Caused an error of AppArmor." }
    ViolatedSmackPolicy { "violated-smack-policy", "violated the Smack policy", "", "on", "", "An access that the labels do not allow." }
    ViolatedIpePolicy { "violated-ipe-policy", "violated the IPE policy", "", "on", "", "Integrity Policy Enforcement: something that may not be run; without enforcement it was all the same." }
    UsedIpePermission { "used-ipe-permission", "used a permission that the IPE policy audits", "", "on", "", "Something that may be run, and whose running is audited." }
    ChangedIpePolicy { "changed-ipe-policy", "changed the IPE policy", "change the IPE policy", "to", "", "A policy was loaded or made the active one." }
    AccessedPolicyControlledFile { "accessed-policy-controlled-file", "had an access judged by a fanotify listener", "", "to", "", "A permission event of fanotify." }
    CalledSeccompControlledSyscall { "called-seccomp-controlled-syscall", "met seccomp", "", "in a call of", "", "A system call that a filter stops, traps or logs." }
    HandledPacket { "handled-packet", "handled a packet", "", "from", "to", "A packet met an AUDIT target of the firewall." }
    LoadedFirewallRuleTo { "loaded-firewall-rule-to", "changed the firewall's table", "change the firewall's table", "", "of family", "Netfilter tables, chains, rules, sets." }
    AddedAuditRule { "added-audit-rule", "added an audit rule", "add an audit rule", "for", "", "Added an audit rule." }
    DeletedAuditRule { "deleted-audit-rule", "deleted an audit rule", "delete an audit rule", "for", "", "Deleted an audit rule." }
    ChangedAuditRule { "changed-audit-rule", "changed an audit rule", "change an audit rule", "for", "", "Watched files moved or went, trees were trimmed." }
    ChangedAuditConfiguration { "changed-audit-configuration", "changed the audit setting", "change the audit setting", "", "to", "A setting of the kernel's audit system; the object is which, the second its new value." }
    ChangedAuditFeature { "changed-audit-feature", "changed the audit feature", "change the audit feature", "", "to", "Changed the audit feature." }
    ReplacedAuditDaemon { "replaced-audit-daemon", "asked to become the audit daemon", "", "", "", "Another process wants the records." }
    ListenedToAuditEvents { "listened-to-audit-events", "began to listen to audit events", "", "", "", "A listener of the multicast group came." }
    StoppedListeningToAuditEvents { "stopped-listening-to-audit-events", "no longer listens to audit events", "", "", "", "A listener of the multicast group left." }
    InitializedAuditSubsystem { "initialized-audit-subsystem", "initialised the audit system", "initialise the audit system", "", "", "At boot." }
    StartedAudit { "started-audit", "started the audit daemon", "start the audit daemon", "", "", "Started the audit daemon." }
    ShutDownAudit { "shut-down-audit", "shut down the audit daemon", "shut down the audit daemon", "", "", "Shut down the audit daemon." }
    AbortedAuditStartup { "aborted-audit-startup", "gave up starting the audit daemon", "", "", "", "Gave up starting the audit daemon." }
    ChangedAuditdConfiguration { "changed-auditd-configuration", "changed the audit daemon's configuration", "change the audit daemon's configuration", "", "", "Changed the audit daemon's configuration." }
    RotatedAuditLogs { "rotated-audit-logs", "rotated the audit logs", "rotate the audit logs", "", "", "Rotated the audit logs." }
    ResumedAuditLogging { "resumed-audit-logging", "resumed audit logging", "resume audit logging", "", "", "Resumed audit logging." }
    HadAuditDaemonError { "had-audit-daemon-error", "had an error of the audit daemon", "", "", "", "Had an error of the audit daemon." }
    RemoteAuditConnected { "remote-audit-connected", "took a connection of another audit daemon", "", "from", "", "Another host sends records." }
    RemoteAuditDisconnected { "remote-audit-disconnected", "lost a connection of another audit daemon", "", "from", "", "Another host no longer sends records." }
    ChangedConfiguration { "changed-configuration", "changed the system's configuration", "change the system's configuration", "by", "", "As a program says, of the hardware clock for one." }
    BootedSystem { "booted-system", "booted the system", "boot the system", "", "", "Booted the system." }
    ShutDownSystem { "shut-down-system", "shut down the system", "shut down the system", "", "", "Shut down the system." }
    ChangedToRunlevel { "changed-to-runlevel", "changed to runlevel", "change to runlevel", "", "from", "Changed to runlevel." }
    StartedService { "started-service", "started the service", "start the service", "", "", "Started the service." }
    StoppedService { "stopped-service", "stopped the service", "stop the service", "", "", "Stopped the service." }
    ConfiguredDevice { "configured-device", "configured the device", "configure the device", "", "", "Configured the device." }
    AllocatedDevice { "allocated-device", "allocated the device", "allocate the device", "", "", "Allocated the device." }
    DeallocatedDevice { "deallocated-device", "gave back the device", "give back the device", "", "", "Gave back the device." }
    ChangedDeviceMapping { "changed-device-mapping", "changed device mapping", "change device mapping", "of", "", "Device mapper targets, and what they report." }
    InstalledSoftware { "installed-software", "installed or removed the software", "install or remove the software", "", "", "Packages, as their manager says." }
    SentTest { "sent-test", "sent a test message", "send a test message", "", "", "Sent a test message." }
    SentTrustedMessage { "sent-trusted-message", "sent a trusted program's message", "send a trusted program's message", "", "", "Sent a trusted program's message." }
    FailedLoginTooOften { "failed-login-too-often", "failed to log in too often as", "", "", "from", "A program that watches for intrusions: as many failures as somebody who guesses." }
    LoggedInAtUnusualTime { "logged-in-at-unusual-time", "logged in at an unusual time as", "", "", "from", "A program that watches for intrusions: outside of an account's hours." }
    LoggedInFromUnusualPlace { "logged-in-from-unusual-place", "logged in from an unusual place as", "", "", "from", "A program that watches for intrusions: a place an account may not come from." }
    OpenedTooManySessions { "opened-too-many-sessions", "opened too many sessions as", "", "", "from", "A program that watches for intrusions: more sessions than an account may have." }
    ExecutedForbiddenProgram { "executed-forbidden-program", "executed a forbidden program", "", ":", "", "A program that watches for intrusions: a program was run that must not be." }
    ReportedAnomaly { "reported-anomaly", "reported an anomaly", "", "of", "from", "A program that watches for intrusions." }
    RespondedToAnomaly { "responded-to-anomaly", "responded to an anomaly", "", "of", "from", "A program that acts on intrusions." }
    EnteredPromiscuousModeOnDevice { "entered-promiscuous-mode-on-device", "turned on promiscuous mode", "", "of", "", "An interface takes all packets, as sniffers want." }
    LeftPromiscuousModeOnDevice { "left-promiscuous-mode-on-device", "turned off promiscuous mode", "", "of", "", "Turned off promiscuous mode." }
    CrashedProgram { "crashed-program", "crashed", "", "in", "", "A process died of a signal that dumps core." }
    UsedSuspiciousLink { "used-suspicious-link", "followed a suspicious link", "", ":", "", "A link that `protected_symlinks` or `protected_hardlinks` is about." }
    CreatedSuspiciousFile { "created-suspicious-file", "opened for creation a suspicious file", "", ":", "", "A file that `protected_fifos` or `protected_regular` is about." }
    CheckedIntegrityOf { "checked-integrity-of", "met an integrity check of", "", "", "", "IMA: a file's hash or signature is wrong or missing, or was measured." }
    ChangedIntegrityConfiguration { "changed-integrity-configuration", "changed integrity checking", "change integrity checking", "by", "", "IMA or EVM was set up." }
    LoadedSelinuxPolicy { "loaded-selinux-policy", "loaded an SELinux policy", "load an SELinux policy", ":", "", "Loaded an SELinux policy." }
    ChangedSelinuxEnforcementTo { "changed-selinux-enforcement-to", "set SELinux enforcement to", "set SELinux enforcement to", "", "from", "Set SELinux enforcement to." }
    ChangedSelinuxBoolean { "changed-selinux-boolean", "changed the SELinux boolean", "change the SELinux boolean", "", "to", "Changed the SELinux boolean." }
    ChangedMacConfiguration { "changed-mac-configuration", "changed the security policy's configuration", "change the security policy's configuration", "to", "", "Network labels and the like." }
    ChangedRoleTo { "changed-role-to", "changed the role to", "change the role to", "", "from", "Changed the role to." }
    AssignedRole { "assigned-role", "assigned a role to", "assign a role to", "", "", "Assigned a role to." }
    RemovedRole { "removed-role", "removed a role from", "remove a role from", "", "", "Removed a role from." }
    ModifiedRole { "modified-role", "changed the role", "change the role", "", "", "Changed the role." }
    OverrodeLabelOf { "overrode-label-of", "overrode the label of", "override the label of", "", "", "Overrode the label of." }
    ChangedLevelOf { "changed-level-of", "changed the level of", "change the level of", "", "", "Changed the level of." }
    ExportedData { "exported-data", "exported data", "export data", "of", "", "With or without labels." }
    RelabeledFilesystem { "relabeled-filesystem", "relabelled the file system", "relabel the file system", "", "", "Relabelled the file system." }
    TestedCrypto { "tested-crypto", "tested cryptography", "test cryptography", "by", "", "Tested cryptography." }
    ChangedCryptoConfiguration { "changed-crypto-configuration", "changed a cryptographic parameter", "change a cryptographic parameter", "by", "", "Changed a cryptographic parameter." }
    CryptoOfficerLoggedIn { "crypto-officer-logged-in", "logged in as crypto officer", "log in as crypto officer", "", "", "Logged in as crypto officer." }
    CryptoOfficerLoggedOut { "crypto-officer-logged-out", "logged out as crypto officer", "log out as crypto officer", "", "", "Logged out as crypto officer." }
    NegotiatedCryptoKey { "negotiated-crypto-key", "negotiated the key", "negotiate the key", "", "with", "A key exchange, or the end of a key." }
    HadCryptoFailure { "had-crypto-failure", "had a cryptographic failure", "", "in", "", "A decryption or check that failed, or a replay." }
    StartedCryptoSession { "started-crypto-session", "started an encrypted session with", "start an encrypted session with", "", "", "Started an encrypted session with." }
    NegotiatedIpsecAssociation { "negotiated-ipsec-association", "negotiated an IPsec association", "negotiate an IPsec association", "with", "", "By IKE, or of IP packets." }
    HadIpsecEvent { "had-ipsec-event", "had an IPsec event", "", "from", "to", "Policies and associations of the kernel, and packets they refused." }
    ControlledVm { "controlled-vm", "controlled the virtual machine", "control the virtual machine", "", "", "Started, stopped, paused." }
    StartedVm { "started-vm", "started the virtual machine", "start the virtual machine", "", "", "Started the virtual machine." }
    StoppedVm { "stopped-vm", "stopped the virtual machine", "stop the virtual machine", "", "", "Stopped the virtual machine." }
    AssignedVmResource { "assigned-vm-resource", "assigned a resource to the virtual machine", "assign a resource to the virtual machine", "", "", "Disks, networks, memory, devices." }
    AssignedVmId { "assigned-vm-id", "labelled the virtual machine", "label the virtual machine", "", "as", "Labelled the virtual machine." }
    CheckedVmIntegrity { "checked-vm-integrity", "checked the integrity of the virtual machine", "check the integrity of the virtual machine", "", "", "Checked the integrity of the virtual machine." }
    CreatedVmImage { "created-vm-image", "created the virtual machine", "create the virtual machine", "", "", "Created the virtual machine." }
    DeletedVmImage { "deleted-vm-image", "deleted the virtual machine", "delete the virtual machine", "", "", "Deleted the virtual machine." }
    MigratedVmFrom { "migrated-vm-from", "took over the virtual machine", "take over the virtual machine", "", "", "Took over the virtual machine." }
    MigratedVmTo { "migrated-vm-to", "moved away the virtual machine", "move away the virtual machine", "", "", "Moved away the virtual machine." }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_are_kebab_case_and_each_is_there_once() {
        let mut seen = HashSet::new();
        for action in Action::ALL {
            let word = action.word();
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{word}");
            assert!(!word.starts_with('-') && !word.ends_with('-') && !word.contains("--"), "{word}");
            assert!(seen.insert(word), "{word} twice");
            assert!(!action.past().is_empty() && action.meaning().ends_with('.'), "{word}");
        }
    }
}
