//! A log in which every meaning of a field occurs, made here: no log that was recorded has them all.

use std::fmt::Write as _;

use crate::logs::Log;

/// What stands in front of the fields of most user-space records.
const CLAIM: &str = "pid=1 uid=0 auid=0 ses=1 msg='op=";

/// The log.
pub(crate) fn log() -> Log {
    let mut text = String::new();
    for (serial, (kind, body)) in bodies().iter().enumerate() {
        let _ = writeln!(text, "type={kind} msg=audit(1700000000.000:{}): {body}", serial + 1);
    }
    Log { name: "made".to_owned(), text: text.into_bytes() }
}

fn bodies() -> Vec<(&'static str, String)> {
    let mut bodies = Vec::new();
    audit(&mut bodies);
    files(&mut bodies);
    privileges(&mut bodies);
    access_control(&mut bodies);
    network(&mut bodies);
    addresses(&mut bodies);
    user_space(&mut bodies);
    keystrokes(&mut bodies);
    bodies
}

type Bodies = Vec<(&'static str, String)>;

fn add(bodies: &mut Bodies, kind: &'static str, body: &str) {
    bodies.push((kind, body.to_owned()));
}

/// One record for each of `values`, which stand for the `#` in `body`.
fn each<T: ToString>(bodies: &mut Bodies, kind: &'static str, body: &str, values: impl IntoIterator<Item = T>) {
    bodies.extend(values.into_iter().map(|value| (kind, body.replace('#', &value.to_string()))));
}

fn audit(bodies: &mut Bodies) {
    each(bodies, "CONFIG_CHANGE", "auid=0 ses=1 op=add_rule key=\"x\" list=# res=1", 0..9);
    each(bodies, "CONFIG_CHANGE", "auid=0 ses=1 op=add_rule perm=# perm_mask=# list=4 res=0", 0..17);
    each(bodies, "CONFIG_CHANGE", "op=set audit_enabled=# old=# auid=4294967295 ses=4294967295 res=1", 0..4);
    each(bodies, "CONFIG_CHANGE", "op=set audit_failure=# old=# auid=0 ses=1 res=#", 0..4);
    each(bodies, "CONFIG_CHANGE", "op=set audit_backlog_limit=8192 old=# auid=0 ses=1 res=1", [64]);
    each(bodies, "EVENT_LISTENER", "pid=1 uid=0 auid=0 tty=(none) ses=1 comm=\"a\" nl-mcgrp=# op=connect res=1", 0..3);
    add(bodies, "FEATURE_CHANGE", "pid=1 uid=0 auid=0 ses=1 feature=x old=0 new=1 old_lock=0 new_lock=1 res=1");
    add(bodies, "LOGIN", "pid=1 uid=0 old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 ses=1 res=1");
    add(
        bodies,
        "DAEMON_START",
        "op=start ver=3.0 format=raw kernel=5 auid=4294967295 pid=1 uid=0 ses=4294967295 res=success",
    );
    add(bodies, "OBJ_PID", "opid=1 oauid=4294967295 ouid=0 oses=4294967295 obj=a:b:c ocomm=\"x\"");
    each(bodies, "FANOTIFY", "resp=# fan_type=# fan_info=3F subj_trust=# obj_trust=#", 0..4);
    add(bodies, "TIME_INJOFFSET", "sec=-16 nsec=124887145");
    each(bodies, "TIME_ADJNTPVAL", "op=# old=64 new=8256", ["status", "freq"]);
    add(bodies, "BPF", "prog-id=12 op=LOAD");
    each(bodies, "URINGOP", "uring_op=# success=yes exit=0 items=0 ppid=1 pid=1 uid=0 gid=0", 0..66);
}

fn files(bodies: &mut Bodies) {
    let modes = ["0100644", "041777", "0104755", "0140777", "0120777", "020620", "060660", "010600", "0644", "0"];
    each(bodies, "PATH", "item=0 name=\"/x\" inode=1 dev=fd:01 mode=# ouid=0 ogid=0 rdev=00:00", modes);
    each(bodies, "PATH", "item=0 name=\"/x\" dev=08:11 rdev=# nametype=NORMAL cap_fver=2", ["88:03", "00:00"]);
    each(bodies, "OPENAT2", "oflag=# mode=0644 resolve=0x8", ["0", "0102", "02000000", "02400101"]);
    each(
        bodies,
        "OPENAT2",
        "oflag=0 mode=0 resolve=#",
        ["0x0", "0x1", "0x2", "0x4", "0x8", "0x10", "0x1f", "0x3f", "0x105"],
    );
    each(bodies, "MQ_OPEN", "oflag=# mode=0600 mq_flags=0x800 mq_maxmsg=10", ["0x0", "0x2", "0x42", "0x80041", "0xc2"]);
    each(bodies, "MQ_OPEN", "oflag=0x0 mode=#", ["0600", "04755"]);
    each(
        bodies,
        "MMAP",
        "fd=3 flags=#",
        ["0x1", "0x2", "0x22", "0x32", "0x40022", "0x802", "0x20022", "0x100012", "0x3"],
    );
    each(bodies, "IPC", "ouid=0 ogid=0 mode=# obj=a:b:c", ["0600", "0"]);
    each(bodies, "IPC_SET_PERM", "qbytes=0 ouid=0 ogid=0 mode=#", ["0644", "01777"]);
}

fn privileges(bodies: &mut Bodies) {
    let sets = ["0", "1", "2000", "00000000000001ff", "0000003fffffffff", "000001ffffffffff", "ffffffffffffffff"];
    for key in [
        "cap_fp", "cap_fi", "fp", "fi", "old_pp", "old_pi", "old_pe", "old_pa", "pp", "pi", "pe", "pa", "new_pp",
        "new_pa",
    ] {
        each(bodies, "BPRM_FCAPS", &format!("{key}=#"), sets);
    }
    each(bodies, "CAPSET", "pid=0 cap_pi=# cap_pp=# cap_pe=# cap_pa=#", sets);
    each(bodies, "PATH", "item=0 name=\"/x\" cap_fp=# cap_fi=0 cap_fe=1 cap_fver=2 cap_frootid=0", ["2000"]);
    each(bodies, "ANOM_ABEND", "auid=0 uid=0 gid=0 ses=1 pid=1 comm=\"x\" sig=# res=1", 0..66);
    each(bodies, "MQ_NOTIFY", "mqdes=1 sigev_signo=#", [10, 15]);
    let codes =
        ["0x0", "0x30000", "0x50000", "0x50001", "0x7fc00000", "0x7ff00000", "0x7ff00007", "0x7ffc0000", "0x7fff0000"];
    each(bodies, "SECCOMP", "auid=0 sig=31 arch=c000003e syscall=59 compat=0 ip=0x7f code=#", codes);
    each(
        bodies,
        "SECCOMP",
        "auid=0 sig=0 arch=40000003 syscall=59 compat=1 ip=0x7f code=#",
        ["0x80000000", "0xdeadbeef"],
    );
    each(
        bodies,
        "SYSCALL",
        "arch=c000003e syscall=59 per=# success=yes exit=0",
        ["0", "8", "10", "400000", "40000", "40008", "ffffffff"],
    );
}

fn access_control(bodies: &mut Bodies) {
    let avc = "avc:  denied  { x } for  pid=1 comm=\"x\" # scontext=u:r:t:s0 tcontext=u:r:t:s0 tclass=x permissive=0";
    each(bodies, "AVC", avc, (0..43).map(|number| format!("capability={number}")));
    each(
        bodies,
        "AVC",
        avc,
        ["ioctlcmd=0x5401", "ioctlcmd=5413", "ioctlcmd=0x5430", "ioctlcmd=0x5432", "ioctlcmd=0xabcd"],
    );
    each(bodies, "AVC", &avc.replace("permissive=0", "permissive=#"), ["1"]);
    add(bodies, "SELINUX_ERR", "netlink_send: protocol=9 nlmsg_type=1 sclass=x");
    add(bodies, "MAC_STATUS", "enforcing=1 old_enforcing=0 auid=0 ses=1 enabled=1 old-enabled=1 lsm=selinux res=1");
    add(bodies, "MAC_CONFIG_CHANGE", "bool=x val=1 old_val=0 auid=0 ses=1");
    each(
        bodies,
        "INTEGRITY_DATA",
        "pid=1 uid=0 op=appraise_data cause=x comm=\"x\" name=\"/x\" res=0 errno=#",
        [-13, 0],
    );
    add(bodies, "LANDLOCK_ACCESS", "domain=195ba459b blockers=fs.refer,ptrace opid=1 ocomm=\"x\"");
    add(bodies, "LANDLOCK_DOMAIN", "domain=195ba459b status=allocated mode=enforcing pid=1 uid=0 comm=\"x\"");
    add(bodies, "MAC_IPSEC_EVENT", "op=SAD-add auid=0 ses=1 sec_alg=1 sec_doi=1 sec_obj=a:b:c src=1.1.1.1 res=1");
    add(bodies, "MAC_UNLBL_ALLOW", "netlabel: auid=0 ses=1 subj=a:b:c unlbl_accept=1 old=0 res=1");
}

fn network(bodies: &mut Bodies) {
    each(bodies, "NETFILTER_CFG", "table=filter:1 family=# entries=4 op=nft_register_table", 0..16);
    each(bodies, "NETFILTER_PKT", "action=# hook=# len=60 inif=eth0 outif=? proto=6 sport=1 dport=2", 0..6);
    each(
        bodies,
        "NETFILTER_PKT",
        "action=0 hook=1 macproto=# saddr=10.0.0.1",
        ["0x0800", "0x0806", "0x86dd", "0x8035", "0x0001"],
    );
    each(bodies, "NETFILTER_PKT", "mark=0x0 saddr=10.0.0.1 daddr=::1 proto=#", 0..256);
    each(bodies, "NETFILTER_PKT", "proto=1 icmptype=#", 0..20);
    each(bodies, "NETFILTER_PKT", "proto=58 icmptype=#", [1, 3, 128, 135]);
    each(bodies, "ANOM_PROMISCUOUS", "dev=eth0 prom=# old_prom=0 auid=0 uid=0 gid=0 ses=1", [0, 256]);
}

fn addresses(bodies: &mut Bodies) {
    let filled = "0102030405060708090A0B0C0D0E0F101112131415161718";
    let families = (0..48).filter(|family| !matches!(family, 1 | 2 | 10));
    each(bodies, "SOCKADDR", "saddr=#", families.map(|family| format!("{family:02X}00{filled}")));
    let others = [
        "02000050010203040000000000000000",
        "02000050",
        "0100",
        "01002F72756E2F7800",
        "010000616273",
        "0A001F90000000000000000000000000000000000000000100000000",
        "0A0000160000000020010DB800000000000000000000000100000000",
        "0A0000160000000000000000000000000000FFFF0102030400000000",
        "0A00001600000000FE800000000000000000000000000001FFFFFF00",
        "1000000001000000FF000000",
        "100000000000000000000000",
    ];
    each(bodies, "SOCKADDR", "saddr=#", others);
}

fn user_space(bodies: &mut Bodies) {
    let end = "exe=\"/x\" hostname=h addr=127.0.0.1 terminal=ssh";
    each(bodies, "USER_LOGIN", &format!("{CLAIM}login id=0 {end} res=#'"), ["failed", "success"]);
    add(bodies, "ADD_GROUP", &format!("{CLAIM}adding-group id=0 {end} res=success'"));
    add(bodies, "USER_ACCT", &format!("{CLAIM}PAM:accounting acct=726F6F74 {end} res=success'"));
    add(
        bodies,
        "CRYPTO_KEY_USER",
        &format!("{CLAIM}destroy kind=server fp=SHA256:aa:bb direction=? spid=5 suid=0 {end} res=success'"),
    );
    add(
        bodies,
        "CRYPTO_SESSION",
        &format!(
            "{CLAIM}start direction=from-server cipher=aes256 ksize=256 mac=x pfs=y spid=1 suid=0 rport=44 {end} res=success'"
        ),
    );
    add(
        bodies,
        "SOFTWARE_UPDATE",
        &format!("{CLAIM}install sw=\"x\" sw_type=rpm key_enforce=0 gpg_res=1 {end} res=success'"),
    );
    add(
        bodies,
        "VIRT_RESOURCE",
        &format!("{CLAIM}start resrc=vcpu reason=start vm=\"x\" uuid=1 old-vcpu=0 new-vcpu=1 {end} res=success'"),
    );
}

fn keystrokes(bodies: &mut Bodies) {
    let tty = "tty pid=1 uid=0 auid=0 ses=1 major=136 minor=1 comm=\"bash\" data=#";
    let typed: [&[u8]; 9] = [
        b"ls\r",
        b"\x1b[A\x1b[B\x1b[C\x1b[D\x7f\x03\t",
        b"abc\"\\\x04",
        b"\0\x01\x08\x1c\x1d\x1e\x1f",
        b"\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~\x1b[H\x1b[F\x1bOH\x1bOF",
        b"\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[15~\x1b[17~\x1b[24~\x1b[34~\x1b[[A\x1b[[E\x1b[Z",
        b"\x1bx\x1b",
        b"\x1b[1;5C",
        b"\xc3\xa9",
    ];
    let hex = |bytes: &&[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        })
    };
    each(bodies, "TTY", tty, typed.iter().map(hex));
    each(bodies, "USER_TTY", "pid=1 uid=0 auid=0 ses=1 data=#", ["\"ls\"", "6C73202D6C"]);
}
