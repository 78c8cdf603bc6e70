use super::*;
use crate::record_type::{self as types, all as record_types};

fn keys() -> impl Iterator<Item = Key> {
    (0..Key::COUNT).map(|index| Key::from_index(index).unwrap())
}

fn kind(name: &str, record_type: u16) -> Kind {
    lookup(name.as_bytes()).unwrap_or_else(|| panic!("no key {name}")).kind(record_type)
}

#[test]
fn every_name_leads_back_to_its_key() {
    for (index, key) in keys().enumerate() {
        assert_eq!(key as usize, index);
        assert_eq!(lookup(key.name().as_bytes()), Some(key), "{}", key.name());
    }
    assert_eq!(Key::from_index(Key::COUNT), None);
}

#[test]
fn one_byte_more_less_or_other_is_no_key() {
    let known: Vec<&[u8]> = keys().map(|key| key.name().as_bytes()).collect();
    let refused = |near: &[u8]| assert!(known.contains(&near) || lookup(near).is_none(), "{}", near.escape_ascii());
    for name in &known {
        refused(&name[1..]);
        refused(&name[..name.len() - 1]);
        refused(&[name, &b"0"[..]].concat());
        refused(&[name, &b"\0"[..]].concat());
        for at in 0..name.len() {
            let mut near = name.to_vec();
            near[at] ^= 1;
            refused(&near);
            near[at] = b'\0';
            refused(&near);
        }
    }
    refused(b"");
    refused(&[b'a'; 300]);
}

#[test]
fn bytes_between_the_first_and_last_eight_count() {
    assert!(lookup(b"backlog_wait_time_actual").is_some());
    assert!(lookup(b"backlog_wait_tXme_actual").is_none());
    assert!(lookup(b"old_active_pol_vXrsion").is_none());
}

#[test]
fn case_tells_auditds_additions_from_the_kernels_fields() {
    assert_eq!(lookup(b"uid"), Some(Key::Uid));
    assert_eq!(lookup(b"UID"), Some(Key::EnrichedUid));
    assert_eq!(lookup(b"Uid"), None);
}

#[test]
fn json_type_of_a_key_is_the_same_in_every_record_type() {
    for key in keys() {
        let decimal = key.kind(0) == Kind::Decimal;
        for (number, name) in record_types() {
            assert_eq!(key.kind(number) == Kind::Decimal, decimal, "{} in {name}", key.name());
        }
    }
}

#[test]
fn syscall_fields_are_what_the_kernel_prints() {
    let expected = [
        ("arch", Kind::Hex),
        ("syscall", Kind::Decimal),
        ("per", Kind::Hex),
        ("success", Kind::Enumerated),
        ("exit", Kind::Decimal),
        ("a0", Kind::Hex),
        ("a3", Kind::Hex),
        ("items", Kind::Decimal),
        ("ppid", Kind::Decimal),
        ("auid", Kind::Decimal),
        ("fsgid", Kind::Decimal),
        ("tty", Kind::Plain),
        ("ses", Kind::Decimal),
        ("comm", Kind::Encoded),
        ("exe", Kind::Encoded),
        ("subj", Kind::Plain),
        ("key", Kind::Encoded),
    ];
    for (name, expected) in expected {
        assert_eq!(kind(name, types::SYSCALL), expected, "{name}");
    }
}

#[test]
fn path_fields_are_what_the_kernel_prints() {
    let expected = [
        ("item", Kind::Decimal),
        ("name", Kind::Encoded),
        ("inode", Kind::Decimal),
        ("dev", Kind::Device),
        ("mode", Kind::Octal),
        ("ouid", Kind::Decimal),
        ("rdev", Kind::Device),
        ("obj", Kind::Plain),
        ("nametype", Kind::Enumerated),
        ("cap_fp", Kind::Hex),
        ("cap_fe", Kind::Decimal),
        ("cap_fver", Kind::Hex),
        ("cap_frootid", Kind::Decimal),
    ];
    for (name, expected) in expected {
        assert_eq!(kind(name, types::PATH), expected, "{name}");
    }
}

#[test]
fn record_types_differ_where_the_kernel_does() {
    let expected = [
        ("dev", types::AVC, Kind::Encoded),
        ("dev", types::ANOM_PROMISCUOUS, Kind::Plain),
        ("dev", types::DM_EVENT, Kind::Plain),
        ("a1", types::EXECVE, Kind::Encoded),
        ("a1", types::SOCKETCALL, Kind::Hex),
        ("saddr", types::SOCKADDR, Kind::Hex),
        ("saddr", types::NETFILTER_PKT, Kind::Plain),
        ("fp", types::BPRM_FCAPS, Kind::Hex),
        ("fp", types::CRYPTO_KEY_USER, Kind::Plain),
        ("family", types::NETFILTER_CFG, Kind::Plain),
        ("family", types::AVC, Kind::Quoted),
        ("oflag", types::OPENAT2, Kind::Octal),
        ("oflag", types::MQ_OPEN, Kind::Plain),
        ("key", types::AVC, Kind::Plain),
        ("path", types::CONFIG_CHANGE, Kind::Encoded),
        ("path", types::USER_AVC, Kind::Plain),
        ("mode", types::LANDLOCK_DOMAIN, Kind::Enumerated),
        ("domain", types::LANDLOCK_ACCESS, Kind::Hex),
    ];
    for (name, record_type, expected) in expected {
        assert_eq!(kind(name, record_type), expected, "{name} in {record_type}");
    }
}

#[test]
fn keys_that_are_a_number_only_sometimes_are_text() {
    for name in
        ["old", "new", "val", "res", "flags", "family", "action", "dest", "src", "ioctlcmd", "mark", "code", "ip"]
    {
        assert_ne!(kind(name, 0), Kind::Decimal, "{name}");
    }
}

#[test]
fn untrusted_strings_are_encoded_and_apparmors_words_are_quoted() {
    for name in
        ["proctitle", "cwd", "cmd", "acct", "path", "data", "vm", "device", "ocomm", "profile", "capname", "peer"]
    {
        assert_eq!(kind(name, 0), Kind::Encoded, "{name}");
    }
    for name in ["apparmor", "operation", "requested_mask", "denied_mask", "info", "denied", "rule"] {
        assert_eq!(kind(name, types::AVC), Kind::Quoted, "{name}");
    }
    for name in ["subj", "obj", "scontext", "hostname", "addr", "terminal", "op", "grantors", "unit", "subj_selinux"] {
        assert_eq!(kind(name, types::USER_AUTH), Kind::Plain, "{name}");
    }
}

#[test]
fn usual_orders_begin_as_records_do() {
    assert_eq!(usual_order(types::SYSCALL)[..4], [Key::Arch, Key::Syscall, Key::Per, Key::Success]);
    assert_eq!(usual_order(types::SYSCALL).last(), Some(&Key::Key));
    assert_eq!(usual_order(types::PATH)[..3], [Key::Item, Key::Name, Key::Inode]);
    assert_eq!(usual_order(types::CWD), [Key::Cwd]);
    assert_eq!(usual_order(types::PROCTITLE), [Key::Proctitle]);
    for user in [types::USER, types::USER_LOGIN, types::ANOM_LOGIN_TIME] {
        assert_eq!(usual_order(user), [Key::Pid, Key::Uid, Key::Auid, Key::Ses, Key::Subj, Key::Msg], "{user}");
    }
    assert!(usual_order(types::EOE).is_empty());
    assert_eq!(USER_MESSAGE.first(), Some(&Key::Op));
}

#[test]
fn no_usual_order_names_a_key_twice() {
    for (number, name) in record_types() {
        let order = usual_order(number);
        for (at, key) in order.iter().enumerate() {
            assert!(!order[..at].contains(key), "{} in {name}", key.name());
        }
    }
}
