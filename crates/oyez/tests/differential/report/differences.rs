//! Where `oyez report` and `aureport` differ, and why. A difference that no longer occurs must go from the list.

use super::Report;

/// An event, or a line, that the two judge differently.
pub(super) struct Difference {
    /// How the log's name ends.
    pub(super) log: &'static str,
    /// What its lines contain.
    pub(super) line: &'static str,
    pub(super) why: &'static str,
}

const LOGIN: &str = "aureport takes the LOGIN for an event of its own and the SYSCALL with the same serial for another";
const LATE: &str =
    "aureport gives an event up after two seconds of log time, and counts what comes later as another event";
const APPARMOR: &str = "aureport drops an event with an AVC that is not SELinux's";
const NETFILTER: &str = "aureport drops an event whose NETFILTER_CFG has no pid, as kernels before 5.8 wrote it";
const UNKNOWN: &str = "aureport leaves types out that it has no name for";
const UNREAD: &str = "aureport knows the type and does not look what it holds";
const UNCLOSED: &str = "aureport drops an event with a msg='… that has no closing quote";
const MALFORMED: &str = "no type, or no whole stamp: oyez counts it as malformed";
const LAST: &str = "aureport drops a USER_AVC that ends with its terminal, as D-Bus writes it";
const GROUP: &str = "aureport counts it in its overview and not in its table";
const MAC_TABLE: &str = "aureport's table of MAC ends at MAC_MAP_DEL, its overview does not";
const ABSTRACT: &str = "oyez writes an abstract socket's name with @ in front, to tell it from a path";
const UNNAMED: &str = "aureport drops an event whose unix socket has no name";

const fn at(log: &'static str, line: &'static str, why: &'static str) -> Difference {
    Difference { log, line, why }
}

/// In the project's own logs.
pub(super) const OWN: &[Difference] = &[
    at("own/malformed.log", "type= msg=audit(1795321200.250:9002)", MALFORMED),
    at("own/gap-late.log", "(1795321200.101:9001)", "what comes behind its event's end is a part without a result"),
];

/// In the shared corpus.
pub(super) const SHARED: &[Difference] = &[
    at("aucoalesce/ubuntu-16.04-linux-4.13.0.yaml", "(1524662933.080:61207)", APPARMOR),
    at("aucoalesce/ubuntu-16.04-linux-4.13.0.yaml", "(1524849206.224:162937)", APPARMOR),
    at("aucoalesce/ubuntu-16.10-linux-4.8.0.yaml", "(1492648520.473:4678)", NETFILTER),
    at("aucoalesce/ubuntu-16.10-linux-4.8.0.yaml", "(1492625990.183:4083)", UNCLOSED),
    at("auparse/audit-rhel7.log", "(1481076984.827:17)", NETFILTER),
    at("auparse/audit-rhel7.log", "(1481077231.371:479)", LATE),
    at("auparse/audit-rhel7.log", "(1481078697.892:7799)", "aureport takes `?` for user and process 0"),
    at("auparse/audit-ubuntu16.log", "(1524662933.080:61207)", APPARMOR),
    at("auparse/audit-ubuntu17.log", "(1515619721.392:106081)", "hex with a stray quote behind it is no hex for oyez"),
    at("reassembler/out_of_order.log", "(1492037291.038:60)", LATE),
    at("plaso/audit_enriched.log", "(1783414613.166:447)", LOGIN),
    at("plaso/selinux.log", "type=WRONGDATE", MALFORMED),
    at("plaso/selinux.log", "type= msg=", MALFORMED),
    at("plaso/selinux.log", "type=SHORTDATE", UNKNOWN),
    at("plaso/selinux.log", "type=NOMSG", UNKNOWN),
    at("plaso/selinux.log", "type=UNDER_SCORE", UNKNOWN),
    at("synthetic/errno.log", "type=AUDIT_INTEGRITY_PCR", UNKNOWN),
    at("synthetic/perm.log", "(1524662933.080:61207)", APPARMOR),
    at("service_start/raw_3.txt", "(1514209840.270:435)", UNCLOSED),
    at("service_stop/raw_3.txt", "(1514209840.222:434)", UNCLOSED),
];

/// In the recorded logs.
pub(super) const RECORDED: &[Difference] = &[
    at("raw-seed.log.zst", "(1795406610.800:55)", LOGIN),
    at("raw-seed.log.zst", ":4334)", LATE),
    at("raw-seed.log.zst", ":4697)", LATE),
    at("enriched-seed.log.zst", ":34649)", LOGIN),
    at("enriched-seed.log.zst", ":41048)", LATE),
];

/// In the recorded log with random values.
pub(super) const VARIED: &[Difference] =
    &[at("varied", ":55)", LOGIN), at("varied", ":4334)", LATE), at("varied", ":4697)", LATE)];

/// In the logs that are made for this.
pub(super) const MADE: &[Difference] = &[
    at("types", "type=AVC ", APPARMOR),
    at("types", "type=DAEMON_RECONFIG", UNKNOWN),
    at("types", "type=DAEMON_ERR", UNREAD),
    at("types", "type=DM_", UNKNOWN),
    at("types", "type=FS_WATCH", UNKNOWN),
    at("types", "type=IPE_", UNKNOWN),
    at("types", "type=LANDLOCK_", UNKNOWN),
    at("types", "type=MAC_OBJ_CONTEXTS", UNKNOWN),
    at("types", "type=MAC_TASK_CONTEXTS", UNKNOWN),
    at("types", "type=REPLACE", UNKNOWN),
    at("types", "type=MAC_CALIPSO_", UNREAD),
    at("types", "type=URINGOP", UNREAD),
    at("types", "type=ANOM_CREAT", UNREAD),
    at("types", "type=INTEGRITY_EVM_XATTR", UNREAD),
    at("types", "type=INTEGRITY_POLICY_RULE", UNREAD),
    at("types", "type=MAC_IPSEC_", MAC_TABLE),
    at("types", "type=MAC_UNLBL_STC", MAC_TABLE),
    at("types", "type=GRP_AUTH", GROUP),
    at("values", "type=GRP_AUTH", GROUP),
    at("values", "type=USER_AUTH msg=audit(1700000000.000:10)", "it names no account: oyez takes the user"),
    at("values", "terminal=?'", LAST),
    at("values", "saddr=0100006162", ABSTRACT),
    at("values", "saddr=0100\n", UNNAMED),
    at(
        "values",
        "saddr=0200005001020304\n",
        "aureport drops an event whose internet address is shorter than the struct",
    ),
];

/// The system calls of number 0, on one architecture or another.
pub(super) const ZERO: [&str; 3] = ["read", "io_setup", "restart_syscall"];

/// What is so for every log: aureport takes system call 0 for none, and writes -1 for `unset`.
pub(super) fn even_out(theirs: &mut Report, ours: &mut Report) {
    let failed = ours["zero"][&b"failed"[..]];
    if let Some(total) = ours.get_mut("").and_then(|totals| totals.get_mut(&b"failed_syscalls"[..])) {
        *total -= failed;
    }
    if let Some(rows) = ours.get_mut("syscalls") {
        rows.retain(|name, _| !ZERO.iter().any(|zero| zero.as_bytes() == name));
    }
    for table in ["users", "logins", "auth"] {
        if let Some(rows) = theirs.get_mut(table)
            && let Some(count) = rows.remove(&b"-1"[..])
        {
            *rows.entry(b"unset".to_vec()).or_default() += count;
        }
    }
}
