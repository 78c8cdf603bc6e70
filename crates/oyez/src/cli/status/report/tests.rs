use std::os::unix::fs::symlink;

use oyez_netlink::fake::{FakeKernel, Field, Request};
use oyez_netlink::{Control, Kernel as _};
use oyez_testkit::TempDir;

use super::super::text;
use super::*;

/// A `/proc` in which auditd and journald have audit sockets.
struct Proc(TempDir);

impl Proc {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        fs::create_dir_all(root.join("net")).unwrap();
        let proc = Self(root);
        proc.process(912, "auditd\n", "/usr/sbin/auditd", "socket:[20110]");
        proc.process(300, "systemd-journal\n", "/usr/lib/systemd/systemd-journald", "socket:[18211]");
        let table = "\
sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
000000000fe06475 9   0          00000000 0        0        0     2        0        6
0000000012345678 9   300        00000001 4608     0        0     2        17       18211
0000000012345679 9   912        00000000 0        0        0     2        0        20110
000000001234567a 9   77         00000001 0        0        0     2        0        20111
";
        fs::write(proc.0.join("net/netlink"), table).unwrap();
        proc
    }

    fn process(&self, pid: u32, comm: &str, exe: &str, socket: &str) {
        let directory = self.0.join(pid.to_string());
        fs::create_dir_all(directory.join("fd")).unwrap();
        fs::write(directory.join("comm"), comm).unwrap();
        symlink(exe, directory.join("exe")).unwrap();
        symlink(socket, directory.join("fd/3")).unwrap();
    }
}

fn busy_kernel() -> FakeKernel {
    let kernel = FakeKernel::new();
    for (field, value) in [
        (Field::Enabled, 2),
        (Field::Failure, 2),
        (Field::Pid, 912),
        (Field::RateLimit, 500),
        (Field::BacklogLimit, 8192),
        (Field::Lost, 7),
        (Field::Backlog, 3),
        (Field::BacklogWaitTimeActual, 41),
        (Field::FeatureBitmap, 0x27f),
    ] {
        kernel.set(field, value);
    }
    kernel.set_features(0b10, 0b11);
    kernel
}

fn report(kernel: FakeKernel, proc: &Path) -> Report {
    gather(&mut Control::over(kernel), proc).unwrap()
}

#[test]
fn a_busy_host_is_told_field_by_field() {
    let proc = Proc::new();
    let expected = "\
enabled                   2 (locked)
failure                   2 (panic)
pid                       912 auditd (/usr/sbin/auditd)
rules                     0
rate_limit                500 records/s
backlog_limit             8192 records
backlog                   3 records
backlog_wait_time         15000 jiffies
backlog_wait_time_actual  41 jiffies
lost                      7
feature_bitmap            0x27f (backlog_limit, backlog_wait_time, executable_path, exclude_extend, sessionid_filter, lost_reset, filter_fs, bit_9)
only_unset_loginuid       off, locked
loginuid_immutable        on, locked
multicast                 300 systemd-journal (/usr/lib/systemd/systemd-journald): 4608 bytes waiting, 17 records missed
multicast                 a process that cannot be found: 0 bytes waiting, 0 records missed
note: the settings are locked: nothing can be changed until reboot
note: there are no rules: add one, such as `auditctl -a always,exit -F arch=b64 -S execve -k exec`
note: the kernel panics when it loses a record
note: records were lost: raise backlog_limit, and see whether the daemon keeps up
note: tasks had to wait for the daemon: it slows the host down; a higher backlog_limit (of oyez: kernel.backlog_max) helps where it keeps up on the whole
note: journald reads every record too, which costs the host more than oyez does; to stop it: `systemctl mask --now systemd-journald-audit.socket`, then restart systemd-journald
";
    assert_eq!(text::render(&report(busy_kernel(), proc.0.path())), expected);
}

#[test]
fn json_keeps_the_kernels_names_with_words_beside_the_numbers() {
    let proc = Proc::new();
    let expected = concat!(
        r#"{"enabled":{"number":2,"name":"locked"},"failure":{"number":2,"name":"panic"},"pid":912,"#,
        r#""daemon":{"pid":912,"comm":"auditd","exe":"/usr/sbin/auditd"},"rate_limit":500,"backlog_limit":8192,"#,
        r#""lost":7,"backlog":3,"backlog_wait_time":15000,"backlog_wait_time_actual":41,"#,
        r#""feature_bitmap":{"number":639,"names":["backlog_limit","backlog_wait_time","executable_path","#,
        r#""exclude_extend","sessionid_filter","lost_reset","filter_fs","bit_9"]},"#,
        r#""only_unset_loginuid":{"on":false,"locked":true},"loginuid_immutable":{"on":true,"locked":true},"rules":0,"#,
        r#""multicast":[{"process":{"pid":300,"comm":"systemd-journal","exe":"/usr/lib/systemd/systemd-journald"},"#,
        r#""port":300,"queued":4608,"drops":17},{"port":77,"queued":0,"drops":0}]}"#,
    );
    assert_eq!(serde_json::to_string(&report(busy_kernel(), proc.0.path())).unwrap(), expected);
}

#[test]
fn an_idle_host_that_tells_little_gets_few_lines() {
    let kernel = FakeKernel::new().with_status_bytes(36);
    Control::over(kernel.clone()).add_rule(&oyez_netlink::rule::never_for_pid(77)).unwrap();
    let expected = "\
enabled                   0 (off)
failure                   1 (printk)
pid                       0 (no daemon)
rules                     1
rate_limit                0 (no limit)
backlog_limit             64 records
backlog                   0 records
lost                      0
feature_bitmap            0x7f (backlog_limit, backlog_wait_time, executable_path, exclude_extend, sessionid_filter, lost_reset, filter_fs)
only_unset_loginuid       off
loginuid_immutable        off
multicast                 unknown (/proc/net/netlink cannot be read)
note: audit is off: the kernel says nothing
";
    assert_eq!(text::render(&report(kernel, Path::new("/nonexistent"))), expected);
}

#[test]
fn what_a_running_oyez_leaves_out_is_told() {
    let mut report = report(FakeKernel::new(), Path::new("/nonexistent"));
    for (filtered, line) in [(&["EOE", "2990"][..], "EOE 2990"), (&[], "nothing")] {
        let filtered = filtered.iter().map(|name| (*name).to_owned()).collect();
        report.oyez = Some(Oyez { pid: 77, filtered, cpu_limit: None });
        let wanted = format!("\noyez                      77, filters out {line}\n");
        assert!(text::render(&report).contains(&wanted), "{}", text::render(&report));
    }
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.ends_with(r#","oyez":{"pid":77,"filtered":[]}}"#), "{json}");
}

#[test]
fn a_limit_on_cpu_time_is_told_with_what_it_came_to() {
    let mut report = report(FakeKernel::new(), Path::new("/nonexistent"));
    for (in_force, now) in [(true, "in force"), (false, "not in force")] {
        let cpu_limit = Some(CpuLimit { cores: 0.25, in_force, shed: 7, waited_ms: 1500 });
        report.oyez = Some(Oyez { pid: 77, filtered: Vec::new(), cpu_limit });
        let wanted = format!("\ncpu_limit                 0.25 of a core, {now}; so far 7 events shed, 1.5s waited\n");
        assert!(text::render(&report).contains(&wanted), "{}", text::render(&report));
    }
    let json = serde_json::to_string(&report).unwrap();
    let wanted = r#""cpu_limit":{"cores":0.25,"in_force":false,"shed":7,"waited_ms":1500}}}"#;
    assert!(json.ends_with(wanted), "{json}");
}

#[test]
fn a_hostile_process_name_cannot_move_the_cursor() {
    let proc = Proc::new();
    proc.process(4000, "a\x1b[2J\nlost 0\n", "/tmp/\x1b]0;x\x07", "socket:[20111]");
    let text = text::render(&report(FakeKernel::new(), proc.0.path()));
    assert!(text.contains("4000 a\\u{1b}[2J\\nlost 0 (/tmp/\\u{1b}]0;x\\u{7}): 0 bytes"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn a_kernel_that_refuses_is_an_error() {
    let kernel = FakeKernel::new().refusing(Request::Status, 1);
    assert_eq!(gather(&mut Control::over(kernel), Path::new("/proc")).unwrap_err().errno(), Some(1));
}
