//! Where oyez and `ausearch` take a value to mean something else, and why oyez is right.

use oyez_tables::key::Key;

/// A field that the two say different things of.
pub(crate) struct Difference {
    /// The record types; none for all.
    kinds: &'static [&'static str],
    /// The keys; none for all.
    keys: &'static [Key],
    /// Whether a value, what ausearch prints and what oyez says (nothing, if the value says all) differ as is meant here.
    is: fn(&str, &str, Option<&str>) -> bool,
    /// Why oyez is right.
    pub(crate) why: &'static str,
}

impl Difference {
    pub(crate) fn is_it(&self, kind: &str, key: Key, value: &[u8], theirs: &[u8], ours: Option<&[u8]>) -> bool {
        let [value, theirs] = [value, theirs].map(String::from_utf8_lossy);
        let ours = ours.map(String::from_utf8_lossy);
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.keys.is_empty() || self.keys.contains(&key))
            && (self.is)(&value, &theirs, ours.as_deref())
    }
}

/// What both said, for messages.
pub(crate) fn shown(theirs: &[u8], ours: Option<&[u8]>) -> String {
    let ours = ours.map(String::from_utf8_lossy);
    format!("ausearch: {:?} oyez: {ours:?}", String::from_utf8_lossy(theirs))
}

/// Every difference that may be. The first that fits holds.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        kinds: &[],
        keys: &[],
        is: |_, theirs, _| {
            ["unknown", "UNKNOWN", "undefined protocol"].iter().any(|word| theirs.starts_with(word))
                || theirs.is_empty()
        },
        why: "ausearch does not know the value; oyez does, or says nothing",
    },
    Difference {
        kinds: &["CONFIG_CHANGE"],
        keys: &[Key::Res],
        is: |value, theirs, ours| theirs == "unset" && !matches!(value, "0" | "1") && ours.is_none(),
        why: "a result that is neither 0 nor 1 is nothing that is known",
    },
    Difference {
        kinds: &["EVENT_LISTENER"],
        keys: &[Key::NlMcgrp],
        is: |value, theirs, ours| value == "2" && theirs == "audit-none" && ours.is_none(),
        why: "the kernel has no such multicast group",
    },
    Difference {
        kinds: &[],
        keys: RAW,
        is: |value, theirs, ours| theirs.trim_matches('"') == value && ours.is_some(),
        why: "ausearch leaves the value as it is",
    },
    Difference {
        kinds: &["AVC"],
        keys: &[Key::Ioctlcmd],
        is: |_, theirs, ours| theirs == "0x5430" && ours == Some("TIOCGPTN"),
        why: "SELinux writes the low 16 bits of a request; ausearch looks for requests that have no others",
    },
    Difference {
        kinds: &[],
        keys: &[Key::Sig],
        is: |_, theirs, ours| theirs == "IGPWR" && ours == Some("SIGPWR"),
        why: "a letter is missing in ausearch's table",
    },
    Difference {
        kinds: &["BPRM_FCAPS", "CAPSET", "PATH"],
        keys: &[],
        is: |_, theirs, ours| ours.is_some_and(|ours| ours.starts_with("chown,") && ours.starts_with(theirs)),
        why: "ausearch was built when there were fewer capabilities, and drops the bits of later ones",
    },
    Difference {
        kinds: &["PATH", "IPC", "IPC_SET_PERM", "OPENAT2", "LANDLOCK_DOMAIN"],
        keys: &[Key::Mode],
        is: |_, theirs, ours| theirs.starts_with("000,") && ours.is_none_or(|ours| ours == "sticky,0777"),
        why: "there is no file type, or, in landlock's records, no file mode at all",
    },
    Difference {
        kinds: &["MMAP"],
        keys: &[Key::Flags],
        is: |value, _, ours| value == "0x3" && ours == Some("MAP_SHARED_VALIDATE"),
        why: "the type of a mapping is a number of four bits, not a set of them (linux/mman.h)",
    },
    Difference {
        kinds: &["OPENAT2"],
        keys: &[Key::Oflag],
        is: |value, _, ours| value.starts_with('0') && !value.starts_with("0x") && ours.is_some(),
        why: "openat2's flags are octal (kernel/auditsc.c, show_special); ausearch reads them as hex",
    },
    Difference {
        kinds: &["OPENAT2"],
        keys: &[Key::Resolve],
        is: |_, theirs, ours| {
            theirs == "0x0x0" || ours.is_some_and(|ours| ours.strip_prefix(theirs).is_some_and(|rest| rest == "|0x100"))
        },
        why: "no flags are none, and flags that no table knows are told as a number",
    },
    Difference {
        kinds: &["SECCOMP"],
        keys: &[Key::Code],
        is: |_, theirs, ours| ours.is_some_and(|ours| ours.starts_with(theirs)),
        why: "the data, such as the error that the call returned; and killing a process is not killing a thread",
    },
    Difference {
        kinds: &["NETFILTER_PKT"],
        keys: &[Key::Icmptype],
        is: |value, theirs, ours| value == "3" && theirs == "destination-unreachable" && ours == Some("time-exceeded"),
        why: "the protocol is ICMPv6, whose types are others (RFC 4443)",
    },
    Difference {
        kinds: &["SOCKADDR"],
        keys: &[Key::Saddr],
        is: |_, theirs, ours| is_more_of_an_address(theirs, ours.unwrap_or_default()),
        why: "what ausearch says of an address and more, an @ before names that are no path, stations as people write them",
    },
    Difference {
        kinds: &["TTY"],
        keys: &[Key::Data],
        is: |_, theirs, ours| {
            (theirs, ours) == ("<esc>,\"[1;5C\"", Some("<ctrl-right>"))
                || (theirs, ours) == ("\"\\303\\251\"", Some("\"é\""))
        },
        why: "keys with modifiers have names, and letters of any script are letters",
    },
    Difference {
        kinds: &["EXECVE", "SYSCALL"],
        keys: &[Key::A2, Key::Key],
        is: |value, _, ours| ours.is_none() && value.contains('"'),
        why: "a quote that belongs to nothing stands behind the value; ausearch drops it",
    },
];

/// Keys whose values ausearch leaves as numbers and oyez names.
const RAW: &[Key] = &[
    // Devices, in hex, decimal as everybody else writes them.
    Key::Dev,
    Key::Rdev,
    // The audit system's settings, and the kernel's.
    Key::AuditEnabled,
    Key::AuditFailure,
    Key::Old,
    Key::New,
    Key::OldLock,
    Key::NewLock,
    // A session that is unset, which it names under `ses` alone.
    Key::OldSes,
    Key::Oses,
    // ausearch 3.0.9 is older than these.
    Key::FanInfo,
    Key::FanType,
    Key::SubjTrust,
    Key::ObjTrust,
    Key::UringOp,
    Key::Errno,
    // Yes or no.
    Key::Permissive,
    Key::Enforcing,
    Key::OldEnforcing,
    Key::Enabled,
    Key::OldEnabled,
    Key::Compat,
    Key::Val,
    Key::OldVal,
    Key::UnlblAccept,
    Key::KeyEnforce,
    Key::GpgRes,
    // Protocols and labels of the network, flags.
    Key::Protocol,
    Key::SecAlg,
    Key::SecDoi,
    Key::MqFlags,
];

fn is_more_of_an_address(theirs: &str, ours: &str) -> bool {
    let [theirs, ours] = [theirs, ours].map(|text| text.strip_suffix(" }").unwrap_or(text));
    let family = |text: &str| text.split(' ').nth(1).map(str::to_owned);
    let is_less = [" (unsupported)", " sockaddr len too short"].iter().any(|end| theirs.ends_with(end));
    ours.starts_with(theirs)
        || ours == theirs.replace("path=", "path=@")
        || (family(ours) == family(theirs) && (is_less || theirs.contains("saddr_fam=ax25 call=")))
}
