//! All that the linter can find, defined once: code, level, reason, and rules that show it. docs/lint.md is made of this,
//! and the tests take the examples at their word.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It could be written better.
    Note,
    /// It works, but costs much, or does not see what it seems to see.
    Warning,
    /// It does nothing, is refused, or makes others do nothing.
    Error,
}

impl Level {
    /// Every level with what it means, from the worst.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Error, "it does nothing, the kernel refuses it, or it makes others do nothing"),
        (Self::Warning, "it works, but costs much, or does not see what it seems to see"),
        (Self::Note, "it could be written better"),
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is documented in the table below")]
pub enum Code {
    NeverMatches,
    Shadowed,
    Duplicate,
    TaskNever,
    MissingPath,
    ExeIsLink,
    LockedEarly,
    FeatureMissing,
    Unreachable,
    LateNever,
    NoArch,
    NoB32,
    B32Variants,
    IoUringOpen,
    ExcludeBlinds,
    HotCall,
    EveryCall,
    WatchFolder,
    AuidUnset,
    PathIsFolder,
    DirIsFile,
    LongKey,
    PanicOnLoss,
    SmallBacklog,
    RateLimit,
    WatchFile,
    NoAuid,
    Mergeable,
    SlowFirst,
    ManyRules,
    AbsentFile,
    NoKey,
    SwitchedOff,
    NoDeleteAll,
}

/// One thing that can be found.
#[derive(Clone, Copy, Debug)]
pub struct Def {
    /// What.
    pub code: Code,
    /// Its stable name, in output and documents.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is found.
    pub what: &'static str,
    /// Why it matters, with its source.
    pub why: &'static str,
    /// Rules that have it.
    pub bad: &'static str,
    /// The same without it.
    pub good: &'static str,
}

impl Code {
    /// Its definition.
    pub const fn def(self) -> &'static Def {
        &DEFS[self as usize]
    }

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        self.def().name
    }

    /// How bad it is.
    pub const fn level(self) -> Level {
        self.def().level
    }

    /// Whether the rule does nothing at all, so that nothing else about it matters.
    pub(super) const fn is_dead(self) -> bool {
        matches!(self, Self::NeverMatches | Self::Shadowed | Self::Duplicate | Self::MissingPath | Self::ExeIsLink)
    }
}

/// All, in the order of [`Code`]: from the worst level.
pub const DEFS: [Def; 34] = [
    Def {
        code: Code::NeverMatches,
        name: "never-matches",
        level: Level::Error,
        what: "A rule that can match nothing.",
        why: "All tests of a rule must hold. Two values for one field, a success with an error's exit value, a number below 0 \
              where the kernel has no sign (`exit<0`), a `perm` that is about none of the calls, a field that the list never \
              looks at, or no test at all in a list that works by tests: the rule is dead, and what it was written for is not \
              seen. Tests of files are no contradiction, as a call can have several files.",
        bad: "-a always,exit -F arch=b64 -S openat -F success=1 -F exit=-EACCES -k denied",
        good: "-a always,exit -F arch=b64 -S openat -F exit=-EACCES -k denied",
    },
    Def {
        code: Code::Shadowed,
        name: "shadowed",
        level: Level::Error,
        what: "A rule that never records, because an earlier `never` takes all it matches.",
        why: "The first rule of a list that matches decides. Rules with `path` sit beside their file and not in the list, \
              but their rank is that of the place they were added at (`prio` in kernel/auditsc.c, audit_filter_rules), so \
              the order holds for them too. Only single rules are compared: what several together take is not noticed.",
        bad: "-a never,exit -F arch=b64 -S execve,openat -F uid=33\n-a always,exit -F arch=b64 -S execve -F uid=33 -k web",
        good: "-a always,exit -F arch=b64 -S execve -F uid=33 -k web\n-a never,exit -F arch=b64 -S execve,openat -F uid=33",
    },
    Def {
        code: Code::Duplicate,
        name: "duplicate",
        level: Level::Error,
        what: "The same rule twice.",
        why: "The kernel refuses the second (EEXIST), and auditctl stops reading the file there unless it is told to go on.",
        bad: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity\n-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
    Def {
        code: Code::TaskNever,
        name: "task-never",
        level: Level::Error,
        what: "A rule `never,task` without a test.",
        why: "Every process that is started from then on has no audit context, and no rule about calls is ever asked for it. \
              Debian ships such a rule as 10-no-audit.rules, for hosts that do not want any.",
        bad: "-a never,task\n-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
    Def {
        code: Code::MissingPath,
        name: "missing-path",
        level: Level::Error,
        what: "A `dir` that does not exist, or a `path` or `exe` whose folder does not.",
        why: "The kernel looks the folder up when the rule is added, and refuses the rule if it is not there (ENOENT). Where it \
              appears later, the rule must be loaded again.",
        bad: "-a always,exit -F arch=b64 -F dir=/missing/conf.d -F perm=wa -k conf\n-a always,exit -F arch=b32 -F dir=/missing/conf.d -F perm=wa -k conf",
        good: "-a always,exit -F arch=b64 -F dir=/etc/cron.d -F perm=wa -k conf\n-a always,exit -F arch=b32 -F dir=/etc/cron.d -F perm=wa -k conf",
    },
    Def {
        code: Code::ExeIsLink,
        name: "exe-is-link",
        level: Level::Error,
        what: "`exe` with a symbolic link.",
        why: "The kernel takes the file that lies at the path, and follows no link at its end (kernel/audit_fsnotify.c, \
              audit_alloc_mark). What runs is the file behind the link, so that the rule never matches. Links among the \
              folders before it are followed.",
        bad: "-a always,exit -F arch=b32 -S connect,socketcall -F exe=/bin/sh -k shell",
        good: "-a always,exit -F arch=b32 -S connect,socketcall -F exe=/usr/bin/dash -k shell",
    },
    Def {
        code: Code::LockedEarly,
        name: "locked-early",
        level: Level::Error,
        what: "`-e 2` with something behind it.",
        why: "From `-e 2` on the kernel refuses every change until the next boot (EPERM), so the rest is never loaded. Merged \
              files have their last `-e` moved to the end; a file given to `auditctl -R` has not.",
        bad: "-e 2 -b 8192\n-r 0\n-e 2\n--loginuid-immutable",
        good: "--loginuid-immutable\n-e 2",
    },
    Def {
        code: Code::FeatureMissing,
        name: "feature-missing",
        level: Level::Error,
        what: "A rule that needs what the kernel does not have.",
        why: "The kernel says what it can do (`feature_bitmap` of its status): the field `exe` (4.3), `exclude` by user, program \
              or label (4.7), the field `sessionid` (4.10), the list `filesystem` (4.12). Looked at only where the kernel \
              could be asked.",
        bad: "-a always,exit -F arch=b64 -S init_module -F sessionid=7 -k modules\n-a always,exit -F arch=b32 -S init_module -F sessionid=7 -k modules",
        good: "-a always,exit -F arch=b64 -S init_module -k modules\n-a always,exit -F arch=b32 -S init_module -k modules",
    },
    Def {
        code: Code::Unreachable,
        name: "unreachable",
        level: Level::Warning,
        what: "A rule that never decides, because an earlier one with the same action takes all it matches.",
        why: "Nothing is lost but the key: the events carry that of the earlier rule, and whoever looks for the later one's \
              finds nothing. Put the narrow rule first.",
        bad: "-a always,exit -F arch=b64 -S init_module -k load\n-a always,exit -F arch=b64 -S init_module -F uid=33 -k web",
        good: "-a always,exit -F arch=b64 -S init_module -F uid=33 -k web\n-a always,exit -F arch=b64 -S init_module -k load",
    },
    Def {
        code: Code::LateNever,
        name: "late-never",
        level: Level::Warning,
        what: "A `never` behind the rule whose events it should leave out.",
        why: "The first rule that matches decides, so the earlier `always` has recorded them already.",
        bad: "-a always,exit -F arch=b64 -S init_module -k load\n-a never,exit -F arch=b64 -S init_module -F exe=/usr/sbin/dkms",
        good: "-a never,exit -F arch=b64 -S init_module -F exe=/usr/sbin/dkms\n-a always,exit -F arch=b64 -S init_module -k load",
    },
    Def {
        code: Code::NoArch,
        name: "no-arch",
        level: Level::Warning,
        what: "Calls without an `arch` on a machine that runs 32-bit programs too.",
        why: "The kernel gets numbers. On x86_64 `execve` is 59, and 59 is `oldolduname` for a 32-bit program: its events come \
              in under this rule, and its `execve` (11) does not.",
        bad: "-a always,exit -S execve -k exec",
        good: "-a always,exit -F arch=b64 -S execve -k exec\n-a always,exit -F arch=b32 -S execve -k exec",
    },
    Def {
        code: Code::NoB32,
        name: "no-b32",
        level: Level::Warning,
        what: "A rule for 64-bit programs whose calls no rule records for 32-bit ones.",
        why: "A 64-bit kernel serves 32-bit programs too, on x86_64 even the `int 0x80` of a 64-bit one. Whoever wants not to be \
              heard takes those. The hint names calls that do not exist there, and those that do the same by another name. \
              One rule `-a always,exit -F arch=b32 -S all` covers all where 32-bit programs are not expected.",
        bad: "-a always,exit -F arch=b64 -S init_module,delete_module -k modules",
        good: "-a always,exit -F arch=b64 -S init_module,delete_module -k modules\n-a always,exit -F arch=b32 -S init_module,delete_module -k modules",
    },
    Def {
        code: Code::B32Variants,
        name: "b32-variants",
        level: Level::Warning,
        what: "A rule for 32-bit programs that leaves out by what else they do the same.",
        why: "32-bit ABIs have grown: wider ids (`chown32`, `setuid32`), sizes (`truncate64`) and times (`clock_settime64`), \
              which C libraries of today use instead; and on x86 all sockets once went through the one call `socketcall`.",
        bad: "-a always,exit -F arch=b32 -S chown -F auid>=1000 -F auid!=unset -k owner",
        good: "-a always,exit -F arch=b32 -S chown,chown32 -F auid>=1000 -F auid!=unset -k owner",
    },
    Def {
        code: Code::IoUringOpen,
        name: "io-uring-open",
        level: Level::Warning,
        what: "Calls are recorded that programs can do through an io_uring, and nothing hears those.",
        why: "What is asked of a ring is done without a call of its own, so no rule of the exit list is asked. Since 5.16 the \
              kernel has the list `io_uring` for it. A rule on `io_uring_setup` does as well: few programs have rings, and it \
              says which. Rules with `path` hear rings by themselves, those with `dir` do not.",
        bad: "-a always,exit -F arch=b64 -S connect -F exe=/usr/bin/dash -k shell",
        good: "-a always,exit -F arch=b64 -S connect -F exe=/usr/bin/dash -k shell\n-a always,io_uring -S connect -k ring",
    },
    Def {
        code: Code::ExcludeBlinds,
        name: "exclude-blinds",
        level: Level::Warning,
        what: "A record type is left out that events cannot do without.",
        why: "`exclude` takes a record out of every event. Without SYSCALL nobody knows who it was, without EOE every reader \
              waits before it takes an event for complete. Other types, as CRYPTO_KEY_USER, are left out for good reasons.",
        bad: "-a always,exclude -F msgtype=PROCTITLE",
        good: "-a always,exclude -F msgtype=CRYPTO_KEY_USER",
    },
    Def {
        code: Code::HotCall,
        name: "hot-call",
        level: Level::Warning,
        what: "A call that every program makes all the time, recorded for all of them.",
        why: "An event is several records, and each is a message to the daemon. Under such a rule a busy server spends most of \
              its time on audit: with rules on `accept`, `accept4`, `connect`, `recvfrom`, `sendto` and `openat`, nginx under \
              auditd served 40 % fewer requests. Users do not narrow it: `auid>=1000` is every \
              program of every user, and root's are most of a host's. A path, a program, one user, an argument's value or \
              a failure does; what differs from one value does not.",
        bad: "-a always,exit -F arch=b64 -S openat -F auid>=1000 -F auid!=unset -k open\n-a always,exit -F arch=b32 -S openat -F auid>=1000 -F auid!=unset -k open",
        good: "-a always,exit -F arch=b64 -S openat -F auid>=1000 -F auid!=unset -F exit=-EACCES -k open\n-a always,exit -F arch=b32 -S openat -F auid>=1000 -F auid!=unset -F exit=-EACCES -k open",
    },
    Def {
        code: Code::EveryCall,
        name: "every-call",
        level: Level::Warning,
        what: "A rule without calls in the list that each call walks.",
        why: "At the end of every call the kernel walks the exit list, and skips a rule whose calls do not include this one \
              with a look at one bit. A rule that names none is worked through each time, by every process. That goes for \
              `never` too. Rules with `path` are not meant: they sit beside their file.",
        bad: "-a always,exit -F dir=/etc/cron.d -F perm=wa -k cron",
        good: "-a always,exit -F arch=b64 -F dir=/etc/cron.d -F perm=wa -k cron\n-a always,exit -F arch=b32 -F dir=/etc/cron.d -F perm=wa -k cron",
    },
    Def {
        code: Code::WatchFolder,
        name: "watch-folder",
        level: Level::Warning,
        what: "`-w` on a folder.",
        why: "`-w` cannot name an architecture, so that it cannot name calls, and each call of each process is asked (see \
              every-call). auditctl(8) calls it deprecated since 4.0 for that reason. As two rules with `dir`, `perm` and an \
              `arch`, only the calls behind the `perm` are asked: oyez names them, as auditctl from 4.0 on does.",
        bad: "-w /etc/cron.d -p wa -k cron",
        good: "-a always,exit -F arch=b64 -F dir=/etc/cron.d -F perm=wa -k cron\n-a always,exit -F arch=b32 -F dir=/etc/cron.d -F perm=wa -k cron",
    },
    Def {
        code: Code::AuidUnset,
        name: "auid-unset-matches",
        level: Level::Warning,
        what: "`auid>=1000` without `auid!=unset`.",
        why: "Processes that nobody logged in for have the login user 4294967295, which is more than 1000. They are the \
              daemons, and make most calls of a host.",
        bad: "-a always,exit -F path=/etc/passwd -F perm=wa -F auid>=1000 -k identity",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -F auid>=1000 -F auid!=unset -k identity",
    },
    Def {
        code: Code::PathIsFolder,
        name: "path-is-folder",
        level: Level::Warning,
        what: "`path` with a folder.",
        why: "It hears what becomes of the folder itself and of the names in it (a file made, renamed or removed), but not what \
              is written to a file that is there, nor anything further down. Fine if that is meant; it is cheaper than `dir`.",
        bad: "-a always,exit -F path=/etc/cron.d -F perm=wa -k cron",
        good: "-a always,exit -F arch=b64 -F dir=/etc/cron.d -F perm=wa -k cron\n-a always,exit -F arch=b32 -F dir=/etc/cron.d -F perm=wa -k cron",
    },
    Def {
        code: Code::DirIsFile,
        name: "dir-is-file",
        level: Level::Warning,
        what: "`dir` with a file.",
        why: "A rule with `dir` stands in the list that calls walk; one with `path` sits beside its file and is asked only by \
              calls that come by. And a file that is replaced, as many editors do, is lost to `dir`, while `path` finds the new \
              one (seen on 6.18).",
        bad: "-a always,exit -F arch=b64 -F dir=/etc/passwd -F perm=wa -k identity\n-a always,exit -F arch=b32 -F dir=/etc/passwd -F perm=wa -k identity",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
    Def {
        code: Code::LongKey,
        name: "long-key",
        level: Level::Warning,
        what: "A key of more than 31 bytes.",
        why: "auditctl(8) promises 31. Kernel and auditctl take 256 bytes for all keys of a rule together, but not every reader \
              of events does. More than 256 are an error of the language, and no matter for the linter.",
        bad: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity-of-users-and-of-all-groups",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity -k groups",
    },
    Def {
        code: Code::PanicOnLoss,
        name: "panic-on-loss",
        level: Level::Warning,
        what: "`-f 2`.",
        why: "The kernel panics when a record is lost, the backlog is full, or the daemon is gone while records wait. Whoever can \
              make many events can then halt the machine. Some regimes ask for just that.",
        bad: "-f 2",
        good: "-f 1",
    },
    Def {
        code: Code::SmallBacklog,
        name: "small-backlog",
        level: Level::Warning,
        what: "`-b` below 4096.",
        why: "The kernel holds this many records for the daemon; beyond it processes are made to wait, and then records are lost. \
              A program that is started is about seven records, so that a build fills 1000 in a moment. It is a bound and not \
              a reservation: memory goes only while records wait.",
        bad: "-b 320",
        good: "-b 8192",
    },
    Def {
        code: Code::RateLimit,
        name: "rate-limit",
        level: Level::Warning,
        what: "`-r` above 0.",
        why: "Records beyond the rate are thrown away, whichever they are: noise hides what matters.",
        bad: "-r 100",
        good: "-r 0",
    },
    Def {
        code: Code::WatchFile,
        name: "watch-file",
        level: Level::Note,
        what: "`-w` on a file.",
        why: "auditctl(8) calls `-w` deprecated. On a file it costs the same as a rule with `path` and `perm`; the rule can have \
              further tests.",
        bad: "-w /etc/passwd -p wa -k identity",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
    Def {
        code: Code::NoAuid,
        name: "no-auid",
        level: Level::Note,
        what: "Changes of files, recorded for daemons too.",
        why: "Daemons rename and remove files all the time for themselves: logs, caches, locks. `-F auid!=unset` leaves only what \
              somebody logged in for. Commands (`execve`) are not meant: what a web server is made to run has no login user, \
              and is just what one wants to see.",
        bad: "-a always,exit -F arch=b64 -S unlinkat -k delete\n-a always,exit -F arch=b32 -S unlinkat -k delete",
        good: "-a always,exit -F arch=b64 -S unlinkat -F auid!=unset -k delete\n-a always,exit -F arch=b32 -S unlinkat -F auid!=unset -k delete",
    },
    Def {
        code: Code::Mergeable,
        name: "mergeable",
        level: Level::Note,
        what: "Rules that differ in their calls only.",
        why: "A rule can name any number of calls, and the list that each call walks gets shorter. Told at the first of them.",
        bad: "-a always,exit -F arch=b32 -S init_module -k modules\n-a always,exit -F arch=b32 -S delete_module -k modules",
        good: "-a always,exit -F arch=b32 -S init_module,delete_module -k modules",
    },
    Def {
        code: Code::SlowFirst,
        name: "slow-first",
        level: Level::Note,
        what: "A test that looks something up, before one that compares two numbers.",
        why: "Tests are done in their order, and the first that fails ends the rule (`arch` moves to the front by itself). `exe` \
              looks up the program's file, `subj_type` and its like ask the security module; a user, an argument, success \
              and exit value are at hand.",
        bad: "-a never,exit -F arch=b64 -S init_module -F exe=/usr/sbin/dkms -F auid=unset",
        good: "-a never,exit -F arch=b64 -S init_module -F auid=unset -F exe=/usr/sbin/dkms",
    },
    Def {
        code: Code::ManyRules,
        name: "many-rules",
        level: Level::Note,
        what: "More than 100 rules in the list that each call walks.",
        why: "Every call of every process walks the whole list, rule by rule, though it is about none of them. Measured on Linux 6.18 (AMD \
              EPYC, `getppid` in a loop): a rule whose calls are others costs each call 3 to 5 ns, one that names no calls and \
              is done with at its second number 35 ns, one that gets as far as `exe` 80 ns, one with `path` nothing. The call \
              alone takes 150 ns, and 310 with the first rule. \
              Rules with `path` do not count: they sit beside their file.",
        bad: "",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
    Def {
        code: Code::AbsentFile,
        name: "absent-file",
        level: Level::Note,
        what: "A `path` or `exe` that does not exist, in a folder that does.",
        why: "The rule is taken, and works from the moment the file appears. So it is right for files whose making is to be \
              heard (/etc/ld.so.preload), and useless for programs that are not installed.",
        bad: "-a always,exit -F path=/etc/absent -F perm=wa -k absent",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
    Def {
        code: Code::NoKey,
        name: "no-key",
        level: Level::Note,
        what: "A rule that records, without a key.",
        why: "Its events say `key=(null)`: neither a search nor a reader can tell which rule they come from.",
        bad: "-a always,exit -F path=/etc/passwd -F perm=wa",
        good: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
    Def {
        code: Code::SwitchedOff,
        name: "switched-off",
        level: Level::Note,
        what: "`-e 0`.",
        why: "The rules are loaded and have no effect until somebody switches audit on.",
        bad: "-e 0",
        good: "-e 1",
    },
    Def {
        code: Code::NoDeleteAll,
        name: "no-delete-all",
        level: Level::Note,
        what: "No `-D` in any of the files.",
        why: "Rules that were loaded before stay, and are tried before these: the host then does not do what the files say. Told \
              once for all files.",
        bad: "-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
        good: "-D\n-a always,exit -F path=/etc/passwd -F perm=wa -k identity",
    },
];
