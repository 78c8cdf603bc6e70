//! Where oyez and `ausearch` differ, and why. A difference that no longer occurs must go from the list.

/// Who finds the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Only oyez.
    Oyez,
    /// Only `ausearch`.
    Ausearch,
}

/// A record that only one of the two finds.
pub(crate) struct Difference {
    /// How the log's name ends.
    pub(crate) log: &'static str,
    /// What the record's line contains.
    pub(crate) line: &'static str,
    pub(crate) side: Side,
    /// How many of them there are.
    pub(crate) times: usize,
}

/// In the project's own logs.
pub(crate) const OWN: &[Difference] = &[
    // A record without a type is none for oyez; it comes out as `OYEZ_MALFORMED`.
    Difference {
        log: "own/malformed.log",
        line: "type= msg=audit(1795321200.250:9002)",
        side: Side::Ausearch,
        times: 1,
    },
];

/// In the shared corpus.
pub(crate) const SHARED: &[Difference] = &[
    // No milliseconds and no serial, so no event: malformed for oyez.
    Difference {
        log: "plaso/selinux.log",
        line: "type=WRONGDATE msg=audit(1337845201)",
        side: Side::Ausearch,
        times: 1,
    },
    // No type: malformed for oyez.
    Difference {
        log: "plaso/selinux.log",
        line: "type= msg=audit(1337845333.174:94984)",
        side: Side::Ausearch,
        times: 1,
    },
    // ausearch expects SELinux's `avc: denied {` or AppArmor's words in an order of its own; an AVC record that it can't take
    // apart makes it drop the whole event.
    Difference {
        log: "auparse/audit-ubuntu16.log",
        line: "type=AVC msg=audit(1524662933.080:61207)",
        side: Side::Oyez,
        times: 1,
    },
    Difference {
        log: "synthetic/perm.log",
        line: "type=AVC msg=audit(1524662933.080:61207): perm",
        side: Side::Oyez,
        times: 4,
    },
    Difference {
        log: "ubuntu-16.04-linux-4.13.0.yaml",
        line: "audit(1524662933.080:61207)",
        side: Side::Oyez,
        times: 3,
    },
    Difference {
        log: "ubuntu-16.04-linux-4.13.0.yaml",
        line: "audit(1524849206.224:162937)",
        side: Side::Oyez,
        times: 8,
    },
];

/// Values that differ: what both said, as the test tells it.
pub(crate) const VALUES: &[&str] = &[
    // A quote that belongs to nothing stands behind the value; oyez keeps all bytes up to the space, ausearch drops it.
    "ausearch: \"721df12151a7\" oyez: \"\\\"721df12151a7\\\"'\"",
    "ausearch: \"exec key=64bit\" oyez: \"65786563013634626974\\\"\"",
];
