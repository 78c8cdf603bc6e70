use super::*;

const ROOT: u64 = 0x1ff_ffff_ffff;

fn host() -> Facts {
    Facts {
        capabilities: Some(ROOT),
        initial_user_namespace: Some(true),
        initial_pid_namespace: Some(true),
        initial_net_namespace: Some(true),
        off_at_boot: Some(false),
        has_login_uid: Some(true),
        owner: None,
        locked: Some(false),
    }
}

#[test]
fn each_failure_is_told_by_its_cause() {
    use Attempt::{Control, JoinMulticast, Open, Register};
    let unknown = Facts::default;
    let no_control = || Facts { capabilities: Some(ROOT & !CAP_AUDIT_CONTROL), ..host() };
    let no_read = || Facts { capabilities: Some(ROOT & !CAP_AUDIT_READ), ..host() };
    let user_namespace = || Facts { initial_user_namespace: Some(false), ..host() };
    let pid_namespace = || Facts { initial_pid_namespace: Some(false), ..host() };
    let locked = || Facts { locked: Some(true), ..host() };
    let off = || Facts { off_at_boot: Some(true), ..host() };
    let off_and_without = || Facts { has_login_uid: Some(false), ..off() };
    let owned = || Facts { owner: Some((912, "auditd".into())), ..host() };
    let other = |attempt, errno| Obstacle::Other { attempt, errno };
    for (attempt, errno, facts, expected) in [
        (Open, libc::EPROTONOSUPPORT, host(), Obstacle::NoAudit),
        (Open, libc::EPROTONOSUPPORT, unknown(), Obstacle::NoAudit),
        (Open, libc::EPROTONOSUPPORT, off(), Obstacle::OffAtBoot),
        (Open, libc::EPROTONOSUPPORT, off_and_without(), Obstacle::NoAudit),
        (Open, libc::EINVAL, host(), Obstacle::NoAudit),
        (JoinMulticast, libc::EPROTONOSUPPORT, off(), Obstacle::OffAtBoot),
        (Control, libc::EPROTONOSUPPORT, host(), Obstacle::NoAudit),
        (Open, libc::EPERM, host(), Obstacle::SocketForbidden),
        (Open, libc::EAFNOSUPPORT, host(), Obstacle::SocketForbidden),
        (Open, libc::EMFILE, host(), other(Open, libc::EMFILE)),
        (Control, libc::EPERM, no_control(), Obstacle::NoControlCapability),
        (Control, libc::EPERM, unknown(), Obstacle::NoControlCapability),
        (Control, libc::EPERM, pid_namespace(), Obstacle::PidNamespace),
        (Control, libc::EPERM, locked(), Obstacle::Locked),
        (Control, libc::EPERM, host(), other(Control, libc::EPERM)),
        (Control, libc::ECONNREFUSED, user_namespace(), Obstacle::UserNamespace),
        (Register, libc::ECONNREFUSED, unknown(), Obstacle::UserNamespace),
        (Register, libc::EPERM, no_control(), Obstacle::NoControlCapability),
        (Register, libc::EPERM, pid_namespace(), Obstacle::PidNamespace),
        (Register, libc::EPERM, locked(), other(Register, libc::EPERM)),
        (Register, libc::EEXIST, owned(), Obstacle::Owned { pid: Some(912), name: "auditd".into() }),
        (Register, libc::EEXIST, host(), Obstacle::Owned { pid: None, name: String::new() }),
        (JoinMulticast, libc::EPERM, no_read(), Obstacle::NoReadCapability),
        (JoinMulticast, libc::EPERM, unknown(), Obstacle::NoReadCapability),
        (JoinMulticast, libc::EPERM, user_namespace(), Obstacle::UserNamespace),
        (JoinMulticast, libc::EPERM, host(), other(JoinMulticast, libc::EPERM)),
    ] {
        assert_eq!(explain(attempt, errno, &facts), expected, "{attempt:?}, errno {errno}, {facts:?}");
    }
}

#[test]
fn a_line_names_the_cause_and_the_way_out() {
    let owned = Obstacle::Owned { pid: Some(912), name: "auditd".into() };
    for (obstacle, parts) in [
        (Obstacle::NoAudit, ["CONFIG_AUDIT", "oyez parse"]),
        (Obstacle::OffAtBoot, ["audit=0", "boot without"]),
        (Obstacle::SocketForbidden, ["seccomp", "allow"]),
        (Obstacle::UserNamespace, ["user namespace", "host"]),
        (Obstacle::PidNamespace, ["pid namespace", "`oyez run --mode multicast`"]),
        (Obstacle::NetNamespace, ["network namespace", "host"]),
        (Obstacle::NoControlCapability, ["CAP_AUDIT_CONTROL", "`oyez run --mode multicast`"]),
        (Obstacle::NoReadCapability, ["CAP_AUDIT_READ", "oyez parse"]),
        (Obstacle::Locked, ["locked until reboot", "-e 2"]),
        (owned, ["pid 912, \"auditd\"", "`oyez run --mode multicast`"]),
        (Obstacle::Other { attempt: Attempt::Register, errno: libc::ENOMEM }, ["register", "emory"]),
    ] {
        let line = obstacle.to_string();
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
        assert!(!line.contains('\n') && line.len() < 160, "{line}");
    }
}

#[test]
fn a_hostile_name_can_not_move_the_cursor() {
    let line = Obstacle::Owned { pid: Some(1), name: "a\x1b[2J\"\n".into() }.to_string();
    assert!(line.contains(r#"a\u{1b}[2J\"\n"#), "{line}");
}

#[test]
fn multicast_is_deaf_outside_the_initial_network_namespace() {
    assert_eq!(deaf_to_multicast(&host()), None);
    assert_eq!(deaf_to_multicast(&Facts::default()), None);
    let elsewhere = Facts { initial_net_namespace: Some(false), ..host() };
    assert_eq!(deaf_to_multicast(&elsewhere), Some(Obstacle::NetNamespace));
}

#[test]
fn one_audit_0_on_the_command_line_switches_it_off() {
    for (line, off) in [
        ("", false),
        ("quiet audit=0", true),
        ("audit=off ro\n", true),
        ("audit=0 audit=1", true),
        ("audit=1 audit=0", true),
        ("audit_backlog_limit=0 myaudit=0", false),
    ] {
        assert_eq!(off_at_boot(line), off, "{line}");
    }
}

#[test]
fn user_namespaces_are_told_by_inode_first_and_by_map_else() {
    let whole = Some("         0          0 4294967295\n");
    for (link, map, inside) in [
        (Some("user:[4026531837]"), None, Some(false)),
        (Some("user:[4026532211]"), whole, Some(true)),
        (None, whole, Some(false)),
        (None, Some("0 100000 65536\n"), Some(true)),
        (None, Some(""), Some(true)),
        (Some("oops"), whole, Some(false)),
        (None, None, None),
    ] {
        assert_eq!(in_user_namespace(link, map), inside, "{link:?} {map:?}");
    }
}

#[test]
fn network_namespaces_are_told_by_inode_by_process_1_or_not_at_all() {
    let (old, new) = (Some("6.1.0-18-amd64\n"), Some("6.18.44\n"));
    let (fixed, other) = (Some("net:[4026531833]"), Some("net:[4026531840]"));
    for (own, first, release, inside) in [
        (fixed, None, None, Some(false)),
        (other, other, old, Some(false)),
        (other, Some("net:[4026532300]"), old, Some(true)),
        (other, None, old, None),
        (other, None, new, Some(true)),
        (other, None, Some("7.0-rc1"), Some(true)),
        (other, None, Some("oops"), None),
        (other, None, None, None),
        (None, fixed, new, None),
    ] {
        assert_eq!(in_network_namespace(own, first, release), inside, "{own:?} {first:?} {release:?}");
    }
}

#[test]
fn capabilities_are_read_from_their_line() {
    let text = "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t0000002040000000\nCapBnd:\t0\n";
    assert_eq!(effective_capabilities(text), Some(CAP_AUDIT_CONTROL | CAP_AUDIT_READ));
    for text in ["", "CapEff:\tzz\n", "CapEff:"] {
        assert_eq!(effective_capabilities(text), None, "{text:?}");
    }
}

#[test]
fn facts_come_from_a_proc_root() {
    let root = std::env::temp_dir().join(format!("oyez-netlink-facts-{}", std::process::id()));
    for directory in ["self/ns", "1/ns", "912"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    fs::write(root.join("self/status"), "CapEff:\t0000000040000000\n").unwrap();
    fs::write(root.join("self/uid_map"), "0 100000 65536\n").unwrap();
    fs::write(root.join("cmdline"), "ro audit=0\n").unwrap();
    fs::write(root.join("912/comm"), "auditd\n").unwrap();
    fs::create_dir_all(root.join("sys/kernel")).unwrap();
    fs::write(root.join("sys/kernel/osrelease"), "6.18.44\n").unwrap();
    // In a pid namespace process 1 shares our network, and that proves nothing.
    for (link, target) in [("self/ns/pid", "pid:[4026532300]"), ("self/ns/net", "net:[7]"), ("1/ns/net", "net:[7]")] {
        std::os::unix::fs::symlink(target, root.join(link)).unwrap();
    }
    let status = Status { enabled: Some(2), pid: Some(912), ..Status::default() };
    let facts = Facts::read(&root).with_status(&status, &root);
    fs::remove_dir_all(&root).unwrap();
    let expected = Facts {
        capabilities: Some(CAP_AUDIT_CONTROL),
        initial_user_namespace: Some(false),
        initial_pid_namespace: Some(false),
        initial_net_namespace: Some(false),
        off_at_boot: Some(true),
        has_login_uid: Some(false),
        owner: Some((912, "auditd".into())),
        locked: Some(true),
    };
    assert_eq!(facts, expected);
}

#[test]
fn a_proc_root_that_is_not_there_leaves_the_facts_open() {
    let facts = Facts::read(Path::new("/nonexistent"));
    assert_eq!(facts, Facts { has_login_uid: Some(false), ..Facts::default() });
}
