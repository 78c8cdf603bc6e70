//! Examples of matchers.

use super::*;

const OPENAT: u32 = 257;
const EXECVE: u32 = 59;
const ACCEPT4: u32 = 288;

#[test]
fn a_package_managers_files_go_and_what_it_runs_fails_at_or_does_to_accounts_stays() {
    let dpkg = |number| Sample::call(number, 0, "/usr/bin/dpkg");
    let script = |number| Sample::call(number, 0, "/usr/bin/sed").below("/bin/sh").below("/usr/bin/dpkg");
    sorts(
        "drop-package-manager.toml",
        &[
            dpkg(EXECVE),
            dpkg(OPENAT).on("/etc/passwd-"),
            dpkg(OPENAT).on("/etc/sudoers.d/x"),
            Sample::call(OPENAT, -13, "/usr/bin/dpkg").on("/usr/bin/x"),
            script(EXECVE),
            script(OPENAT).on("/etc/shadow"),
            Sample::call(OPENAT, 3, "/usr/bin/sed").below("/bin/sh").below("/usr/sbin/sshd"),
            Sample::call(OPENAT, 3, "/opt/usr/bin/dpkg"),
            Sample::message("SOFTWARE_UPDATE", "sw=\"x\" exe=\"/usr/bin/dpkg\""),
            Sample::message("ADD_USER", "op=add-user exe=\"/usr/bin/dpkg\""),
        ],
        &[
            dpkg(OPENAT).on("/usr/share/doc/x"),
            Sample::call(OPENAT, 3, "/usr/bin/apt-get").on("/var/lib/apt/lists/x"),
            Sample::call(OPENAT, 3, "/usr/bin/dpkg-deb"),
            Sample::call(OPENAT, 3, "/bin/sh").below("/usr/bin/dpkg"),
            script(OPENAT).on("/etc/hosts"),
        ],
    );
}

#[test]
fn a_runtimes_checks_go_and_the_same_programs_of_others_stay() {
    let curl = |exit| Sample::call(EXECVE, exit, "/usr/bin/curl");
    sorts(
        "drop-health-checks.toml",
        &[
            curl(0),
            curl(0).below("/bin/bash"),
            curl(-2).below("/usr/bin/runc"),
            curl(0).below("/bin/sh").below("/usr/bin/runc"),
            Sample::call(EXECVE, 0, "/bin/sh").below("/usr/bin/runc"),
            Sample::call(OPENAT, 3, "/usr/bin/curl").below("/usr/bin/runc"),
        ],
        &[curl(0).below("/usr/bin/runc"), curl(0).below("/usr/bin/kubelet")],
    );
}

#[test]
fn of_a_balancers_connections_the_first_comes_out_and_others_all_do() {
    let mut filters = chain("drop-health-checks.toml", Tree::Object(Vec::new()));
    let from = |last: u8| {
        Sample::call(ACCEPT4, 7, "/usr/sbin/nginx")
            .and(&format!("SOCKADDR saddr=0200BE4E0A0000{last:02X}0000000000000000"))
    };
    let mut stays = |last| left(&mut filters, &from(last)).is_some();
    assert_eq!([2, 2, 3, 2, 200, 200].map(&mut stays), [true, false, true, false, true, true]);
}

#[test]
fn of_a_key_failures_stay() {
    let of =
        |exit, key: &str| Sample::call(OPENAT, exit, "/bin/cat").but("key", &format!("\"{key}\"")).on("/etc/shadow");
    sorts("keep-only-failures.toml", &[of(-13, "access"), of(3, "other"), of(3, "access2")], &[of(3, "access")]);
}

#[test]
fn what_people_do_as_root_is_tagged_and_nothing_is_left_out() {
    let mut filters = chain("tag-admin-work.toml", Tree::Object(Vec::new()));
    let of = |auid: &str, euid: &str| Sample::call(EXECVE, 0, "/bin/cat").but("auid", auid).but("euid", euid);
    let mut tags = |sample: &Sample| left(&mut filters, sample).unwrap()["tags"].clone();
    assert_eq!(tags(&of("1000", "0")), serde_json::json!(["admin"]));
    assert_eq!(tags(&Sample::call(OPENAT, -13, "/bin/cat").but("auid", "1001")), serde_json::json!(["admin"]));
    for (auid, euid) in [("1000", "1000"), ("4294967295", "0"), ("0", "0"), ("65534", "0")] {
        assert_eq!(tags(&of(auid, euid)), Value::Null, "{auid} {euid}");
    }
}
