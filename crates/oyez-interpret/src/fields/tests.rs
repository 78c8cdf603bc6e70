//! Tables of fields by family, and what holds for any bytes.

use oyez_tables::record_type::{self as types, number};
use proptest::prelude::*;

use super::*;

mod harmless;

/// What is said of the first field of `text`, the others being its siblings; `-` where nothing is.
fn said(kind: &str, text: &str) -> String {
    let record_type = number(kind.as_bytes()).expect("a record type");
    let pairs: Vec<(Key, &str)> = text
        .split(' ')
        .map(|pair| pair.split_once('=').expect("a pair"))
        .map(|(key, value)| (oyez_tables::key::lookup(key.as_bytes()).expect("a key"), value))
        .collect();
    let form = |value: &str| if value.starts_with('"') { Form::Quoted } else { Form::Bare };
    let sibling =
        |key| pairs.iter().find(|(other, _)| *other == key).map(|(_, value)| value.trim_matches('"').as_bytes());
    let (key, value) = pairs[0];
    let mut out = b"before ".to_vec();
    let is_said = in_record(record_type, key, value.trim_matches('"').as_bytes(), form(value), &sibling, &mut out);
    let text = String::from_utf8(out).expect("UTF-8").strip_prefix("before ").expect("what was there").to_owned();
    assert_eq!(is_said, !text.is_empty());
    if is_said { text } else { "-".to_owned() }
}

fn all(kind: &str, known: &[(&str, &str)]) {
    for (field, text) in known {
        assert_eq!(said(kind, field), *text, "{kind} {field}");
    }
}

#[test]
fn ids_and_results() {
    all(
        "SYSCALL",
        &[
            ("auid=4294967295", "unset"),
            ("auid=1000", "-"),
            ("ses=4294967295", "unset"),
            ("arch=c000003e", "x86_64"),
            ("arch=ffffffff", "-"),
            ("success=yes", "-"),
            ("exit=-13", "EACCES"),
            ("exit=3", "-"),
            ("a0=7", "-"),
            ("per=8", "PER_LINUX32"),
        ],
    );
    all("USER_LOGIN", &[("res=success", "-"), ("res=1", "yes"), ("res=0", "no"), ("id=-1", "unset")]);
    all("LOGIN", &[("old-ses=4294967295", "unset"), ("old-auid=4294967295", "unset"), ("res=2", "-")]);
}

#[test]
fn audit_configuration() {
    all(
        "CONFIG_CHANGE",
        &[
            ("list=4", "exit"),
            ("list=7", "io_uring"),
            ("list=9", "-"),
            ("perm=15", "read,write,exec,attr"),
            ("audit_enabled=2", "locked"),
            ("audit_failure=1", "printk"),
            ("old=0 audit_enabled=1", "disabled"),
            ("old=2 audit_failure=1", "panic"),
            ("old=64 audit_backlog_limit=8192", "-"),
        ],
    );
    all("FEATURE_CHANGE", &[("old=0", "no"), ("new=1", "yes"), ("old_lock=0", "no"), ("new_lock=1", "yes")]);
    all("EVENT_LISTENER", &[("nl-mcgrp=1", "audit-netlink-multicast")]);
}

#[test]
fn files_and_memory() {
    all(
        "PATH",
        &[
            ("mode=0104755", "file,suid,755"),
            ("dev=fd:01", "253:1"),
            ("rdev=00:00", "-"),
            ("cap_fp=2000", "net_raw"),
            ("cap_fe=1", "-"),
        ],
    );
    all("OPENAT2", &[("oflag=0102", "O_RDWR|O_CREAT"), ("mode=0644", "-"), ("resolve=0x8", "RESOLVE_BENEATH")]);
    all(
        "MQ_OPEN",
        &[
            ("oflag=0x42", "O_RDWR|O_CREAT"),
            ("mode=0600", "-"),
            ("mq_flags=0x800", "O_NONBLOCK"),
            ("mq_flags=0x0", "-"),
        ],
    );
    all("MMAP", &[("flags=0x22", "MAP_PRIVATE|MAP_ANONYMOUS"), ("fd=3", "-")]);
    all("IPC_SET_PERM", &[("mode=01777", "sticky,0777"), ("qbytes=0", "-")]);
}

#[test]
fn privileges_and_signals() {
    all("CAPSET", &[("cap_pp=3", "chown,dac_override"), ("cap_pa=0", "none")]);
    all("BPRM_FCAPS", &[("fp=0", "none"), ("old_pe=2000", "net_raw"), ("frootid=4294967295", "unset")]);
    all("CRYPTO_KEY_USER", &[("fp=SHA256:aa:bb", "-"), ("suid=74", "-")]);
    all("ANOM_ABEND", &[("sig=11", "SIGSEGV"), ("sig=64", "-")]);
    all("MQ_NOTIFY", &[("sigev_signo=10", "SIGUSR1")]);
    all("SECCOMP", &[("sig=31", "SIGSYS"), ("code=0x50001", "errno(EPERM)"), ("compat=1", "yes"), ("ip=0x7f", "-")]);
    all("URINGOP", &[("uring_op=18", "openat"), ("exit=-2", "ENOENT")]);
}

#[test]
fn access_control() {
    all(
        "AVC",
        &[
            ("capability=21", "sys_admin"),
            ("capability=63", "-"),
            ("permissive=0", "no"),
            ("ioctlcmd=0x5401", "TCGETS"),
            ("ioctlcmd=0x5430", "TIOCGPTN"),
            ("ioctlcmd=0x5432", "-"),
            ("requested_mask=\"rw\"", "read,write"),
            ("denied_mask=\"send\"", "-"),
            ("error=-13", "EACCES"),
            ("protocol=6 family=\"inet\"", "tcp"),
            ("protocol=9 family=\"netlink\"", "audit"),
            ("protocol=6 family=\"unix\"", "-"),
            ("saddr=10.0.0.1", "-"),
            ("scontext=u:r:t:s0", "-"),
        ],
    );
    all("SELINUX_ERR", &[("protocol=0", "route")]);
    all("MAC_STATUS", &[("enforcing=1", "yes"), ("old_enforcing=0", "no"), ("enabled=1", "yes"), ("lsm=selinux", "-")]);
    all("MAC_CONFIG_CHANGE", &[("val=1", "yes"), ("old_val=0", "no")]);
    all("INTEGRITY_DATA", &[("errno=-13", "EACCES"), ("errno=0", "-"), ("res=0", "no")]);
    all("LANDLOCK_DOMAIN", &[("mode=enforcing", "-"), ("status=allocated", "-")]);
    all("MAC_IPSEC_EVENT", &[("sec_alg=1", "selinux"), ("sec_doi=1", "lsm")]);
}

#[test]
fn fanotify() {
    all(
        "FANOTIFY",
        &[
            ("resp=1", "allow"),
            ("resp=2", "deny"),
            ("resp=7", "-"),
            ("fan_type=0", "none"),
            ("fan_type=1", "rule_info"),
            ("fan_info=3137 fan_type=1", "12599"),
            ("fan_info=0 fan_type=0", "-"),
            ("subj_trust=2", "unknown"),
            ("obj_trust=1", "yes"),
        ],
    );
}

#[test]
fn the_network() {
    all("NETFILTER_CFG", &[("family=2", "ipv4"), ("family=4", "-"), ("op=nft_register_table", "-")]);
    all(
        "NETFILTER_PKT",
        &[
            ("hook=1", "INPUT"),
            ("action=1", "DROP"),
            ("macproto=0x0800", "IP"),
            ("macproto=0x86dd", "IPV6"),
            ("proto=6", "tcp"),
            ("icmptype=3 proto=1", "destination-unreachable"),
            ("icmptype=3 proto=58", "time-exceeded"),
            ("icmptype=1 proto=1", "-"),
            ("icmptype=3", "-"),
            ("icmptype=128", "echo-request"),
            ("icmptype=8", "echo"),
            ("saddr=10.0.0.1", "-"),
        ],
    );
    all("SOCKADDR", &[("saddr=0100", "{ saddr_fam=local }")]);
    all("ANOM_PROMISCUOUS", &[("prom=256", "yes"), ("old_prom=0", "no")]);
}

#[test]
fn the_rest() {
    all("TTY", &[("data=6C730D", "\"ls\",<ret>"), ("major=136", "-")]);
    all("USER_TTY", &[("data=\"ls\"", "\"ls\"")]);
    all(
        "TIME_ADJNTPVAL",
        &[
            ("new=64 op=status", "STA_UNSYNC"),
            ("old=8256 op=status", "STA_UNSYNC|STA_NANO"),
            ("old=0 op=status", "-"),
            ("new=64 op=freq", "-"),
        ],
    );
    all("SOFTWARE_UPDATE", &[("key_enforce=0", "no"), ("gpg_res=1", "yes")]);
    all("ADD_GROUP", &[("id=1000", "-")]);
}

#[test]
fn kinds_tell_who_must_be_asked() {
    assert_eq!(kind(types::PATH, Key::Ouid), Some(Meaning::User));
    assert_eq!(kind(types::PATH, Key::Ogid), Some(Meaning::Group));
    assert_eq!(kind(types::DEL_GROUP, Key::Id), Some(Meaning::Group));
    assert_eq!(kind(types::SYSCALL, Key::Syscall), Some(Meaning::Syscall));
    assert_eq!(kind(types::SYSCALL, Key::A2), Some(Meaning::Argument));
    assert_eq!(kind(types::AVC, Key::Tcontext), Some(Meaning::Label));
    assert_eq!(kind(types::CWD, Key::Cwd), None);
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..80),
        "[0-9]{1,21}".prop_map(String::into_bytes),
        "-?(0x)?[0-9a-f]{1,18}".prop_map(String::into_bytes),
        "[0-9A-F]{0,80}".prop_map(String::into_bytes),
        "[a-z_:.,-]{0,40}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_bytes_make_one_harmless_text(
        key in 0..Key::COUNT,
        record_type in prop_oneof![Just(1300u16), 1000..3000u16],
        form in any::<u8>(),
        value in values(),
        other in values(),
    ) {
        harmless::field(record_type, key, form, &value, &other);
        harmless::address(&value);
    }
}

proptest! {
    // Each case is all keys.
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_meaning_takes_any_bytes(value in values(), form in any::<u8>()) {
        for key in 0..Key::COUNT {
            for record_type in [types::SYSCALL, types::PATH, types::SOCKADDR, types::TTY, types::AVC, types::SECCOMP] {
                harmless::field(record_type, key, form, &value, b"1");
            }
        }
    }
}
