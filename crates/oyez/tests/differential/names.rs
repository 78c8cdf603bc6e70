//! The same names for every number there is: record types, syscalls of each architecture, errors. A made-up log asks
//! `ausearch -i` for each of them.

use std::collections::BTreeMap;

use crate::logs::Log;
use crate::{ausearch, fields, json, ours};

/// As the kernel writes `arch=`, with what ausearch calls it. Those that this ausearch does not know are left out.
const ARCHES: [&str; 9] =
    ["c000003e", "40000003", "c00000b7", "40000028", "80000015", "c0000015", "80000016", "16", "14"];
/// Beyond the last syscall of every architecture.
const SYSCALLS: u32 = 470;
/// Beyond the last error that a program sees.
const ERRORS: u32 = 134;

/// By architecture and number, or number alone: ausearch's name, then oyez's; empty where there is none.
pub(crate) type Names = BTreeMap<(&'static str, u64), (String, String)>;

/// ausearch's name, and oyez's for the same number.
const RENAMED: [(&str, &str); 14] = [
    // The kernel's tables name the calls so; libaudit keeps names of the C library and of first drafts.
    ("pread", "pread64"),
    ("pwrite", "pwrite64"),
    ("timerfd", "timerfd_create"),
    ("perf_counter_open", "perf_event_open"),
    ("sys_kexec_load", "kexec_load"),
    ("sched_rr_get_interval64", "sched_rr_get_interval_time64"),
    ("fstatat64", "newfstatat"),
    ("llseek", "_llseek"),
    ("newselect", "_newselect"),
    ("sysctl", "_sysctl"),
    ("fadvise64_64", "arm_fadvise64_64"),
    ("sync_file_range", "sync_file_range2"),
    ("getdents", "getdents64"),
    ("newfstat", "fstat"),
];

/// Calls of ARM's old ABI, which kernels without `CONFIG_OABI_COMPAT` don't have and whose numbers mean nothing in the new one.
const OLD_ARM: [&str; 12] = [
    "time",
    "umount",
    "stime",
    "alarm",
    "utime",
    "getrlimit",
    "select",
    "readdir",
    "mmap",
    "socketcall",
    "syscall",
    "ipc",
];

/// ausearch has one table for 32 and 64 bits of these.
const POWER: [&str; 3] = ["14", "80000015", "c0000015"];

/// The pairs that no reason explains. ausearch may lack a name: its tables end with the kernel of its time.
pub(crate) fn unexplained(names: &Names) -> Vec<String> {
    let is_explained = |(arch, number): (&'static str, u64), theirs: &str, ours: &str| {
        let is_same = |ours: &str| ours == theirs || RENAMED.contains(&(theirs, ours));
        let elsewhere = |arch: &&'static str| names.get(&(*arch, number)).is_some_and(|(_, ours)| is_same(ours));
        theirs.is_empty()
            || is_same(ours)
            || (ours.is_empty() && arch == "40000028" && OLD_ARM.contains(&theirs))
            || (ours.is_empty() && POWER.contains(&arch) && POWER.iter().any(elsewhere))
    };
    let unexplained = names.iter().filter(|(place, (theirs, ours))| !is_explained(**place, theirs, ours));
    unexplained.map(|(place, (theirs, ours))| format!("{place:?}: ausearch {theirs:?}, oyez {ours:?}")).collect()
}

/// Names listed as different that are not.
pub(crate) fn stale(names: &Names) -> Vec<String> {
    let occurs = |pair: &&(&str, &str)| names.values().any(|(theirs, ours)| (theirs.as_str(), ours.as_str()) == **pair);
    let is_old = |name: &&&str| {
        names.iter().any(|((arch, _), (theirs, ours))| *arch == "40000028" && theirs == **name && ours.is_empty())
    };
    let renamed = RENAMED.iter().filter(|pair| !occurs(pair)).map(|(theirs, ours)| format!("{theirs} {ours}"));
    renamed.chain(OLD_ARM.iter().filter(|name| !is_old(name)).map(|name| (*name).to_owned())).collect()
}

/// One record of each type.
pub(crate) fn types() -> Names {
    // ausearch drops a SYSCALL and an AVC that lack what it looks for.
    let call = "arch=c000003e syscall=2 success=yes exit=3 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=1 auid=0 uid=0 gid=0 \
                euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=1 comm=\"x\" exe=\"/x\" key=(null)";
    let denial = "avc:  denied  { read } for  pid=1 comm=\"x\" scontext=a:b:c:d tcontext=a:b:c:d tclass=file";
    let body = |number| match number {
        1300 => call,
        1400 => denial,
        _ => "pid=1 uid=0",
    };
    let record = |number: u32| (format!("UNKNOWN[{number}]"), number, body(number).to_owned());
    // An EOE alone is no event.
    let records: Vec<_> = (1000..3000).filter(|number| *number != 1320).map(record).collect();
    let log = log_of(&records);
    let theirs = ausearch::interpreted_kinds(&log);
    let ours = ours::read(&log.text);
    let kind = |name: &str| if name.starts_with("UNKNOWN[") { String::new() } else { name.to_owned() };
    let mut names = Names::new();
    for (id, event) in &ours.events {
        names.entry(("", id.serial)).or_default().1 = kind(event.json["kind"].as_str().unwrap_or_default());
    }
    for (serial, name) in theirs {
        names.entry(("", serial)).or_default().0 = kind(&name);
    }
    names
}

/// One call of each syscall on each architecture.
pub(crate) fn syscalls() -> Names {
    let calls = ARCHES.iter().flat_map(|arch| (0..SYSCALLS).map(move |number| (*arch, number)));
    let records: Vec<_> = calls.zip(1..).map(|((arch, number), serial)| (arch, number, serial)).collect();
    let body = |(arch, number, serial): &(&str, u32, u32)| {
        let text = format!("arch={arch} syscall={number} success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=1");
        ("SYSCALL".to_owned(), *serial, text)
    };
    let log = log_of(&records.iter().map(body).collect::<Vec<_>>());
    let (theirs, ours) = (printed(&log, "syscall"), ours::read(&log.text));
    let label = |serial: u64| {
        let (arch, number, _) = records[usize::try_from(serial - 1).expect("a place")];
        (arch, u64::from(number))
    };
    let mut names = Names::new();
    for (id, event) in &ours.events {
        let name = json::at(&event.json, &["syscall", "name"]).unwrap_or_default();
        let their = theirs[&id.serial].clone();
        let their = if their.starts_with("unknown-syscall") { String::new() } else { their };
        names.insert(label(id.serial), (their, String::from_utf8_lossy(&name).into_owned()));
    }
    names
}

/// One failure for each error.
pub(crate) fn errors() -> Names {
    let body =
        |error: u32| format!("arch=c000003e syscall=2 success=no exit=-{error} a0=0 a1=0 a2=0 a3=0 items=0 pid=1");
    let records: Vec<_> = (1..ERRORS).map(|error| ("SYSCALL".to_owned(), error, body(error))).collect();
    let log = log_of(&records);
    let (theirs, ours) = (printed(&log, "exit"), ours::read(&log.text));
    let mut names = Names::new();
    for (id, event) in &ours.events {
        let name = json::at(&event.json, &["syscall", "errno"]).unwrap_or_default();
        let their = theirs[&id.serial].split('(').next().unwrap_or_default();
        let their = if their.starts_with('E') { their.to_owned() } else { String::new() };
        names.insert(("", id.serial), (their, String::from_utf8_lossy(&name).into_owned()));
    }
    names
}

/// One `SOCKADDR` for each way in which ausearch takes an address apart. AX.25 is not among them: ausearch prints its
/// callsign without undoing the shift by which it is kept.
pub(crate) fn addresses() -> Log {
    let path = "2F7661722F72756E2F61206200";
    let bytes = [
        format!("0100{path}"),
        format!("0100{}", "2F78".repeat(54)),
        // Abstract: the name begins with a NUL.
        format!("010000{}", "2F746D702F616273"),
        "020001BB0A0102030000000000000000".to_owned(),
        // fe80::1, ::ffff:1.2.3.4, 2001:db8:0:0:1:0:0:1, ::
        "0A00003500000007FE80000000000000000000000000000100000000".to_owned(),
        "0A0000350000000000000000000000000000FFFF0102030400000000".to_owned(),
        "0A00FFFF0000000020010DB800000000000100000000000100000000".to_owned(),
        format!("0A00{}", "00".repeat(26)),
        "10000000E110000001000000".to_owned(),
        "080000000100020003000000".to_owned(),
        "090031323334350000000000000000000000".to_owned(),
    ];
    let records: Vec<_> =
        bytes.iter().zip(1..).map(|(hex, serial)| ("SOCKADDR".to_owned(), serial, format!("saddr={hex}"))).collect();
    log_of(&records)
}

/// A log of records: type, serial, body.
fn log_of(records: &[(String, u32, String)]) -> Log {
    let line = |(kind, serial, body): &(String, u32, String)| {
        format!("type={kind} msg=audit(1700000000.000:{serial}): {body}\n")
    };
    Log { name: "made-up".to_owned(), text: records.iter().map(line).collect::<String>().into_bytes() }
}

/// What ausearch prints for `key` in each event.
fn printed(log: &Log, key: &str) -> BTreeMap<u64, String> {
    let value = |body: &[u8]| {
        let tokens = fields::split(body);
        let token = tokens.iter().find(|token| token.key() == key).expect("the key is printed");
        String::from_utf8_lossy(token.value).into_owned()
    };
    ausearch::interpreted(log).into_iter().map(|record| (record.id.serial, value(&record.body))).collect()
}
