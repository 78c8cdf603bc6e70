use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::test_events;

/// Sessions after these records, whose stamps are one second apart.
fn after(records: &[&str]) -> Logins {
    let mut logins = Logins::new();
    hear(&mut logins, 1000, records);
    logins
}

fn hear(logins: &mut Logins, start: usize, records: &[&str]) {
    for (second, record) in records.iter().enumerate() {
        let second = start + second;
        let line = record.replacen(": ", &format!(" msg=audit({second}.000:{second}): "), 1);
        test_events::each(&format!("type={line}"), |event| logins.event(event));
    }
}

fn of(logins: &Logins, ses: u32) -> Login {
    Login { snapshot: 0, ..Login::clone(logins.of(ses).expect("a session")) }
}

const UNSET_IDS: &str = "auid=4294967295 ses=4294967295";

/// Claims of sshd for alice.
fn sshd(op: &str, acct: &str, terminal: &str) -> String {
    format!("msg='op={op} {acct} exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.7 terminal={terminal} res=success'")
}

/// An ssh login as PAM and sshd tell it, up to its shell.
fn ssh_login() -> Vec<String> {
    let alice = "acct=\"alice\"";
    vec![
        format!("USER_AUTH: pid=1298 uid=0 {UNSET_IDS} {}", sshd("pubkey_auth", alice, "?")),
        format!("USER_ACCT: pid=1298 uid=0 {UNSET_IDS} {}", sshd("PAM:accounting", alice, "ssh")),
        format!("CRED_ACQ: pid=1298 uid=0 {UNSET_IDS} {}", sshd("PAM:setcred", alice, "ssh")),
        "LOGIN: pid=1298 uid=0 old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=3 res=1".into(),
        format!("USER_START: pid=1298 uid=0 auid=1000 ses=3 {}", sshd("PAM:session_open", alice, "ssh")),
        format!("CRED_ACQ: pid=1301 uid=0 auid=1000 ses=3 {}", sshd("PAM:setcred", alice, "ssh")),
        format!("USER_LOGIN: pid=1298 uid=0 auid=1000 ses=3 {}", sshd("login", "id=1000", "/dev/pts/0")),
        format!("USER_START: pid=1298 uid=0 auid=1000 ses=3 {}", sshd("login", "id=1000", "/dev/pts/0")),
    ]
}

fn alice() -> Login {
    Login {
        ses: 3,
        auid: 1000,
        started_ms: Some(1_003_000),
        by: Some("/usr/sbin/sshd".into()),
        pid: Some(1298),
        acct: Some("alice".into()),
        terminal: Some("/dev/pts/0".into()),
        addr: Some("192.0.2.7".into()),
        ..Login::default()
    }
}

fn logged_in() -> Logins {
    let records = ssh_login();
    after(&records.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn an_ssh_login_is_known_whole() {
    assert_eq!(of(&logged_in(), 3), alice());
}

#[test]
fn what_was_said_before_the_session_counts_from_its_login_on() {
    let records = ssh_login();
    let logins = after(&records.iter().take(4).map(String::as_str).collect::<Vec<_>>());
    assert_eq!(of(&logins, 3), Login { terminal: Some("ssh".into()), ..alice() });
}

#[test]
fn claims_may_be_heard_before_the_login_they_follow() {
    let mut logins = Logins::new();
    let records = ssh_login();
    hear(&mut logins, 1004, &records.iter().skip(4).map(String::as_str).collect::<Vec<_>>());
    assert_eq!(of(&logins, 3).started_ms, Some(1_004_000));
    hear(&mut logins, 1003, &[&records[3]]);
    assert_eq!(of(&logins, 3), alice());
}

#[test]
fn the_session_ends_when_pam_closes_it_not_with_one_of_its_terminals() {
    let mut logins = logged_in();
    let end = |kind: &str, op: &str| {
        format!("{kind}: pid=1298 uid=0 auid=1000 ses=3 {}", sshd(op, "acct=\"alice\"", "/dev/pts/0"))
    };
    hear(&mut logins, 2000, &[&end("USER_END", "login"), &end("USER_LOGOUT", "login")]);
    assert_eq!(of(&logins, 3), alice());
    hear(&mut logins, 3000, &[&end("USER_END", "PAM:session_close"), &end("USER_LOGOUT", "login")]);
    assert_eq!(of(&logins, 3), Login { ended_ms: Some(3_000_000), ..alice() }, "and stays for late events");
}

#[test]
fn credentials_that_are_given_back_end_it_too() {
    let mut logins = logged_in();
    let disp = |pid: u32| {
        format!("CRED_DISP: pid={pid} uid=0 auid=1000 ses=3 {}", sshd("PAM:setcred", "acct=\"alice\"", "ssh"))
    };
    hear(&mut logins, 2000, &[&disp(1301)]);
    assert_eq!(of(&logins, 3), alice(), "those of a child are not the session's");
    hear(&mut logins, 3000, &[&disp(1298)]);
    assert_eq!(of(&logins, 3).ended_ms, Some(3_000_000));
}

#[test]
fn a_login_without_pam_ends_with_its_logout() {
    let login = "exe=\"/bin/login\" hostname=? addr=? terminal=tty1 res=success'";
    let logins = after(&[
        "LOGIN: pid=9 uid=0 old-auid=4294967295 auid=1000 old-ses=4294967295 ses=4 res=1",
        &format!("USER_LOGIN: pid=9 uid=0 auid=1000 ses=4 msg='op=login id=1000 {login}"),
        &format!("USER_LOGOUT: pid=9 uid=0 auid=1000 ses=4 msg='op=login id=1000 {login}"),
    ]);
    assert_eq!((of(&logins, 4).ended_ms, of(&logins, 4).terminal.as_deref()), (Some(1_002_000), Some("tty1")));
}

#[test]
fn su_and_sudo_inside_a_session_change_nothing() {
    let mut logins = logged_in();
    for exe in ["/usr/bin/su", "/usr/bin/sudo"] {
        let claims = format!("acct=\"root\" exe=\"{exe}\" hostname=? addr=? terminal=/dev/pts/0 res=success'");
        hear(
            &mut logins,
            2000,
            &[
                &format!("USER_AUTH: pid=1400 uid=1000 auid=1000 ses=3 msg='op=PAM:authentication {claims}"),
                &format!("USER_START: pid=1400 uid=0 auid=1000 ses=3 msg='op=PAM:session_open {claims}"),
                &format!("USER_END: pid=1400 uid=0 auid=1000 ses=3 msg='op=PAM:session_close {claims}"),
            ],
        );
        assert_eq!(of(&logins, 3), alice(), "{exe}");
    }
}

#[test]
fn a_container_that_shares_the_session_cannot_speak_for_it() {
    let mut logins = logged_in();
    for op in ["USER_LOGIN", "USER_START", "CRED_ACQ", "USER_END", "USER_LOGOUT"] {
        let forged =
            "acct=\"mallory\" exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.9 terminal=/dev/pts/9 res=success'";
        hear(&mut logins, 2000, &[&format!("{op}: pid=7777 uid=0 auid=1000 ses=3 msg='op=PAM:session_close {forged}")]);
    }
    // The opener's number came again, as another program.
    let reused = "acct=\"root\" exe=\"/usr/bin/sudo\" hostname=? addr=? terminal=/dev/pts/9 res=success'";
    hear(&mut logins, 2000, &[&format!("USER_END: pid=1298 uid=0 auid=1000 ses=3 msg='op=PAM:session_close {reused}")]);
    assert_eq!(of(&logins, 3), alice());
}

#[test]
fn cron_at_and_systemds_user_manager_are_jobs() {
    for (ses, exe) in
        [(5, "/usr/sbin/cron"), (6, "/usr/sbin/crond"), (7, "/usr/sbin/atd"), (8, "/usr/lib/systemd/systemd")]
    {
        let claims = format!("acct=\"root\" exe=\"{exe}\" hostname=? addr=? terminal=cron res=success'");
        let mut logins = after(&[
            &format!("LOGIN: pid=77 uid=0 old-auid=4294967295 auid=0 tty=(none) old-ses=4294967295 ses={ses} res=1"),
            &format!("USER_START: pid=77 uid=0 auid=0 ses={ses} msg='op=PAM:session_open {claims}"),
        ]);
        let login = of(&logins, ses);
        assert_eq!((login.kind, login.by.as_deref(), login.addr), (LoginKind::Job, Some(exe), None));
        // Only systemd has a child close it.
        hear(
            &mut logins,
            2000,
            &[&format!("USER_END: pid=78 uid=0 auid=0 ses={ses} msg='op=PAM:session_close {claims}")],
        );
        assert_eq!(of(&logins, ses).ended_ms.is_some(), ses == 8, "{exe}");
        hear(
            &mut logins,
            3000,
            &[&format!("USER_END: pid=77 uid=0 auid=0 ses={ses} msg='op=PAM:session_close {claims}")],
        );
        assert!(of(&logins, ses).ended_ms.is_some());
    }
}

#[test]
fn no_session_is_none_and_what_was_refused_is_none() {
    let logins = after(&[
        &format!("USER_START: pid=1 uid=0 {UNSET_IDS} {}", sshd("PAM:session_open", "acct=\"a\"", "ssh")),
        "LOGIN: pid=1 uid=0 old-auid=1000 auid=4294967295 old-ses=3 ses=4294967295 res=1",
        "LOGIN: pid=1 uid=0 old-auid=1000 auid=0 old-ses=3 ses=4 res=0",
        "USER_LOGIN: pid=1 uid=0 auid=1000 ses=5 msg='op=login acct=\"a\" exe=\"/usr/sbin/sshd\" hostname=? addr=? terminal=ssh res=failed'",
        "USER_START: pid=1 uid=0 auid=1000 ses=6 msg='op=PAM:session_open acct=\"root\" exe=\"/usr/bin/su\" hostname=? addr=? terminal=pts/0 res=success'",
    ]);
    for ses in [u32::MAX, 3, 4, 5, 6] {
        assert_eq!(logins.of(ses), None, "{ses}");
    }
}

#[test]
fn a_number_that_comes_again_is_another_session() {
    let mut logins = logged_in();
    let before = logins.of(3).unwrap().snapshot;
    hear(&mut logins, 5000, &["LOGIN: pid=1298 uid=0 old-auid=4294967295 auid=1000 old-ses=4294967295 ses=3 res=1"]);
    let again = Login { ses: 3, auid: 1000, pid: Some(1298), started_ms: Some(5_000_000), ..Login::default() };
    assert_eq!(of(&logins, 3), again);
    assert_ne!(logins.of(3).unwrap().snapshot, before);
    // The same without its LOGIN: another user stands behind the number.
    let bob = format!("USER_START: pid=9 uid=0 auid=1001 ses=3 {}", sshd("PAM:session_open", "acct=\"bob\"", "ssh"));
    hear(&mut logins, 6000, &[&bob]);
    assert_eq!((of(&logins, 3).auid, of(&logins, 3).acct.as_deref()), (1001, Some("bob")));
}

#[test]
fn claims_come_out_bounded_and_harmless() {
    let long = "x".repeat(10_000);
    let records = [
        "LOGIN: pid=1 uid=0 old-auid=4294967295 auid=0 old-ses=4294967295 ses=1 res=1".to_owned(),
        format!(
            "USER_START: pid=1 uid=0 auid=0 ses=1 msg='op=PAM:session_open acct=1B5B324AE9 exe=\"/sbin/x\" hostname={long} addr=? terminal=a\u{202e}b res=success'"
        ),
    ];
    let login = of(&after(&[&records[0], &records[1]]), 1);
    assert_eq!(login.acct.as_deref(), Some("\u{fffd}[2J\u{fffd}"));
    assert_eq!((login.addr.map(|addr| addr.len()), login.terminal.as_deref()), (Some(256), Some("a\u{fffd}b")));
}

#[test]
fn more_sessions_than_the_bound_push_out_those_that_ended() {
    let records = ssh_login();
    let mut logins = Logins { table: Table::new(64), ..Logins::new() };
    hear(&mut logins, 1000, &records.iter().map(String::as_str).collect::<Vec<_>>());
    for ses in 10..1000 {
        let cron = "acct=\"root\" exe=\"/usr/sbin/cron\" hostname=? addr=? terminal=cron res=success'";
        hear(
            &mut logins,
            ses,
            &[
                &format!("LOGIN: pid=77 uid=0 old-auid=4294967295 auid=0 old-ses=4294967295 ses={ses} res=1"),
                &format!("USER_START: pid=77 uid=0 auid=0 ses={ses} msg='op=PAM:session_open {cron}"),
                &format!("USER_END: pid=77 uid=0 auid=0 ses={ses} msg='op=PAM:session_close {cron}"),
            ],
        );
        assert!(logins.table.len() <= 64);
    }
    assert_eq!(of(&logins, 3), alice(), "open");
    assert!(logins.of(999).is_some() && logins.of(950).is_some() && logins.of(10).is_none());
}

#[test]
fn a_login_inside_the_event_of_its_system_call_counts() {
    let mut logins = Logins::new();
    let log = "type=LOGIN msg=audit(5.000:7): pid=4 uid=0 old-auid=4294967295 auid=1000 old-ses=4294967295 ses=2 res=1\n\
        type=SYSCALL msg=audit(5.000:7): arch=c000003e syscall=1 success=yes exit=4 pid=4 auid=1000 ses=2\n\
        type=PROCTITLE msg=audit(5.000:7): proctitle=\"sshd\"\n";
    test_events::each(log, |event| logins.event(event));
    assert_eq!(of(&logins, 2).started_ms, Some(5000));
}

/// Words from which lines about logins are made, good and bad.
fn line() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec![
        "LOGIN",
        "USER_AUTH",
        "CRED_ACQ",
        "USER_START",
        "USER_END",
        "USER_LOGIN",
        "USER_LOGOUT",
        "EXECVE",
    ]);
    let field = prop::sample::select(vec![
        "pid=1",
        "pid=2",
        "pid=x",
        "auid=0",
        "auid=1000",
        "auid=4294967295",
        "ses=1",
        "ses=2",
        "ses=4294967295",
        "ses=-1",
        "res=1",
        "res=0",
        "msg='op=PAM:session_open",
        "msg='op=login",
        "acct=\"a\"",
        "acct=4142",
        "acct=\"",
        "exe=\"/usr/sbin/sshd\"",
        "exe=\"/bin/su\"",
        "addr=?",
        "addr=::1",
        "terminal=/dev/pts/1",
        "terminal=",
        "res=success'",
        "res=failed'",
        "'",
        "new",
        "old",
    ]);
    (kind, prop::collection::vec(field, 0..14), 0u32..50).prop_map(|(kind, fields, second)| {
        format!("type={kind} msg=audit({second}.000:{second}): {}", fields.join(" "))
    })
}

proptest! {
    #[test]
    fn any_records_make_sessions_within_the_bounds(lines in prop::collection::vec(line(), 0..60), bytes in ".{0,200}") {
        let mut logins = Logins { table: Table::new(1), ..Logins::new() };
        let log = format!("{}\ntype=USER_START msg=audit(1.000:1): {bytes}", lines.join("\n"));
        test_events::each(&log, |event| {
            logins.event(event);
            assert!(logins.table.len() <= 1);
        });
        for login in logins.table.all() {
            prop_assert!(login.ses != u32::MAX);
            prop_assert!([&login.acct, &login.by, &login.addr, &login.terminal].iter().all(|text| text.as_ref().is_none_or(|text| !text.is_empty() && text.len() <= 256)));
        }
    }
}

/// A host in words.
struct Fake {
    processes: Vec<InSession>,
    exes: BTreeMap<u32, &'static str>,
    files: Vec<&'static str>,
}

impl Sessions for Fake {
    fn processes(&self, out: &mut dyn FnMut(InSession)) {
        self.processes.iter().copied().for_each(out);
    }

    fn exe(&self, pid: u32) -> Option<Vec<u8>> {
        self.exes.get(&pid).map(|exe| exe.as_bytes().to_vec())
    }

    fn files(&self, out: &mut dyn FnMut(&[u8])) {
        self.files.iter().for_each(|file| out(file.as_bytes()));
    }
}

fn host() -> Fake {
    let process = |pid, ses, auid| InSession { pid, ses, auid };
    Fake {
        processes: vec![
            process(50, 3, 1000),
            process(51, 3, 1000),
            process(60, 4, 0),
            process(61, 4, 0),
            process(70, 9, 1001),
        ],
        exes: [(50, "/usr/sbin/sshd"), (51, "/bin/bash"), (60, "/usr/sbin/cron"), (61, "/bin/sh"), (70, "/bin/bash")]
            .into(),
        files: vec![
            "# This is private data. Do not parse.\nUID=1000\nUSER=alice\nACTIVE=1\nTYPE=tty\nCLASS=user\nREMOTE=1\nTTY=pts/0\nREMOTE_HOST=192.0.2.7\nSERVICE=sshd\nLEADER=50\nAUDIT=3\nREALTIME=1481077043057123\n",
            "UID=1\nUSER=gone\nLEADER=99\nAUDIT=77\n",
            "garbage\n=\nAUDIT=x\nTTY\n\u{0}",
        ],
    }
}

#[test]
fn sessions_that_were_there_first_come_from_processes_and_logind() {
    let mut logins = Logins::new();
    logins.found(&host());
    assert_eq!(of(&logins, 3), Login { started_ms: Some(1_481_077_043_057), pid: Some(50), ..alice() });
    let job = Login { ses: 4, by: Some("/usr/sbin/cron".into()), kind: LoginKind::Job, ..Login::default() };
    assert_eq!(of(&logins, 4), job);
    assert_eq!(of(&logins, 9), Login { ses: 9, auid: 1001, ..Login::default() });
    assert_eq!(logins.of(77), None, "no process is left in it");
}

#[test]
fn a_session_that_was_there_first_ends_as_others_do() {
    let mut logins = Logins::new();
    logins.found(&host());
    let end = |pid| {
        format!("USER_END: pid={pid} uid=0 auid=1000 ses=3 {}", sshd("PAM:session_close", "acct=\"alice\"", "ssh"))
    };
    hear(&mut logins, 2_000_000_000, &[&end(51)]);
    assert_eq!(of(&logins, 3).ended_ms, None);
    hear(&mut logins, 2_000_000_000, &[&end(50)]);
    assert_eq!(of(&logins, 3).ended_ms, Some(2_000_000_000_000));
}

#[test]
fn what_was_heard_is_not_overwritten_by_what_is_found() {
    let mut logins = logged_in();
    logins.found(&Fake { files: vec!["AUDIT=3\nUSER=other\nLEADER=1\n"], ..host() });
    assert_eq!(of(&logins, 3), alice());
    let mut logins = Logins::new();
    let process = |ses| InSession { pid: 1, ses, auid: 0 };
    logins.found(&Fake { processes: (0..100_000).map(process).collect(), exes: BTreeMap::new(), files: Vec::new() });
    assert_eq!(logins.table.len(), CAPACITY);
}

#[test]
fn a_host_is_read_from_its_directories() {
    let dir = oyez_testkit::TempDir::new().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("proc/50/sessionid", "3");
    write("proc/50/loginuid", "1000\n");
    std::os::unix::fs::symlink("/usr/sbin/sshd (deleted)", dir.join("proc/50/exe")).unwrap();
    write("proc/1/sessionid", "4294967295");
    write("proc/1/loginuid", "4294967295");
    write("proc/2/sessionid", "5");
    write("proc/self/sessionid", "6");
    write("sessions/3", "AUDIT=3\nLEADER=50\nUSER=alice\n");
    std::os::unix::fs::symlink("/dev/zero", dir.join("sessions/3.ref")).unwrap();
    let mut logins = Logins::new();
    logins.found(&HostSessions::at(&dir.join("proc"), &dir.join("sessions")));
    assert_eq!((of(&logins, 3).acct.as_deref(), of(&logins, 3).by.as_deref()), (Some("alice"), Some("/usr/sbin/sshd")));
    assert_eq!(logins.table.len(), 1);
    Logins::new().found(&HostSessions::default());
}

/// One process in session 3, and any bytes in logind's files.
struct AnyBytes(Vec<u8>);

impl Sessions for AnyBytes {
    fn processes(&self, out: &mut dyn FnMut(InSession)) {
        out(InSession { pid: 50, ses: 3, auid: 1000 });
    }

    fn exe(&self, _: u32) -> Option<Vec<u8>> {
        Some(self.0.clone())
    }

    fn files(&self, out: &mut dyn FnMut(&[u8])) {
        out(&self.0);
        out(&[b"AUDIT=3\nLEADER=50\nTTY=", &self.0[..], b"\nREMOTE_HOST=", &self.0].concat());
    }
}

proptest! {
    #[test]
    fn any_bytes_of_logind_and_proc_are_bounded(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut logins = Logins::new();
        logins.found(&AnyBytes(bytes));
        let login = of(&logins, 3);
        prop_assert_eq!(login.pid, Some(50));
        prop_assert!([&login.by, &login.addr, &login.terminal].iter().all(|text| text.as_ref().is_none_or(|text| text.len() <= 256)));
    }
}
