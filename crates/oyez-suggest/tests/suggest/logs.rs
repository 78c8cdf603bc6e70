//! Logs that are made up: one act after the other, each some lines.

use std::fmt::Write as _;

/// A log that is being written.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) text: String,
    serial: u32,
    ms: u64,
}

/// A system call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// By number, of `x86_64`.
    pub(crate) number: u32,
    pub(crate) exe: &'a str,
    pub(crate) key: &'a str,
    pub(crate) path: &'a str,
    /// What it returned.
    pub(crate) exit: i32,
    pub(crate) pid: u32,
    pub(crate) ppid: u32,
    pub(crate) auid: u32,
}

pub(crate) const NOBODY: u32 = u32::MAX;
pub(crate) const OPENAT: u32 = 257;
pub(crate) const EXECVE: u32 = 59;
pub(crate) const CONNECT: u32 = 42;
pub(crate) const MOUNT: u32 = 165;
pub(crate) const SETUID: u32 = 105;
pub(crate) const RENAME: u32 = 82;

impl Default for Call<'_> {
    fn default() -> Self {
        Call { number: OPENAT, exe: "/bin/true", key: "", path: "", exit: 3, pid: 100, ppid: 1, auid: NOBODY }
    }
}

impl Log {
    /// Lets time pass.
    pub(crate) fn later(&mut self, ms: u64) {
        self.ms += ms;
    }

    /// A call, with `PATH` where there is one, and a title.
    pub(crate) fn call(&mut self, call: Call<'_>) {
        let Call { number, exe, key, path, exit, pid, ppid, auid } = call;
        let stamp = self.stamp();
        let success = if exit < 0 { "no" } else { "yes" };
        let key = if key.is_empty() { "(null)".to_owned() } else { text(key) };
        let comm = text(exe.rsplit('/').next().unwrap_or_default());
        let (exe, out) = (text(exe), &mut self.text);
        writeln!(
            out,
            "type=SYSCALL {stamp} arch=c000003e syscall={number} success={success} exit={exit} a0=ffffff9c a1=7ff0 a2=0 a3=0 \
             items=1 ppid={ppid} pid={pid} auid={auid} uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) \
             ses=4294967295 comm={comm} exe={exe} subj=unconfined key={key}"
        )
        .unwrap();
        if !path.is_empty() {
            writeln!(out, "type=CWD {stamp} cwd=\"/\"").unwrap();
            writeln!(
                out,
                "type=PATH {stamp} item=0 name={} inode=59 dev=00:02 mode=0100644 nametype=NORMAL",
                text(path)
            )
            .unwrap();
        }
        writeln!(out, "type=PROCTITLE {stamp} proctitle={comm}").unwrap();
    }

    /// What a program says.
    pub(crate) fn message(&mut self, kind: &str, exe: &str, words: &str, res: &str) {
        let stamp = self.stamp();
        writeln!(
            self.text,
            "type={kind} {stamp} pid=1 uid=0 auid=4294967295 ses=4294967295 subj=unconfined msg='{words} exe=\"{exe}\" \
             hostname=? addr=? terminal=? res={res}'"
        )
        .unwrap();
    }

    fn stamp(&mut self) -> String {
        self.serial += 1;
        let at = 1_795_406_400_000 + self.ms;
        format!("msg=audit({}.{:03}:{}):", at / 1000, at % 1000, self.serial)
    }
}

/// As the kernel writes text that others chose: in quotes, or in hex (kernel/audit.c, `audit_log_untrustedstring`).
fn text(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
        return format!("\"{text}\"");
    }
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02X}").unwrap();
        hex
    })
}

/// An hour of a small web server: who makes most of the noise is known beforehand.
pub(crate) fn server() -> String {
    let mut log = Log::default();
    for second in 0..3600_u32 {
        log.later(1000);
        let nginx = Call { exe: "/usr/sbin/nginx", key: "www", pid: 700, auid: NOBODY, ..Call::default() };
        log.call(Call { path: "/var/www/html/index.html", ..nginx });
        log.call(Call { path: "/proc/stat", key: "proc", exe: "/usr/bin/node_exporter", pid: 710, ..nginx });
        if second % 5 == 0 {
            log.call(Call { number: CONNECT, key: "net", ..nginx });
            log.call(Call { path: &format!("/var/www/private/{second}"), exit: -13, ..nginx });
        }
        if second % 10 == 0 {
            health_check(&mut log, second);
        }
        if second % 15 == 0 {
            let words = "unit=sysstat-collect comm=\"systemd\"";
            log.message("SERVICE_START", "/usr/lib/systemd/systemd", words, "success");
            log.message("SERVICE_STOP", "/usr/lib/systemd/systemd", words, "success");
            log.message("CRYPTO_KEY_USER", "/usr/sbin/sshd", "op=destroy kind=server", "success");
        }
        if second % 120 == 0 {
            people(&mut log, second);
        }
    }
    log.text
}

/// A shell begins curl, as docker and the like have it.
fn health_check(log: &mut Log, second: u32) {
    let shell = Call { number: EXECVE, exe: "/bin/sh", key: "exec", exit: 0, pid: 20_000 + second, ..Call::default() };
    log.call(Call { exe: "/usr/sbin/cron", pid: 600, key: "exec", number: OPENAT, path: "/etc/crontab", ..shell });
    log.call(Call { ppid: 600, ..shell });
    log.call(Call { exe: "/usr/bin/curl", pid: 40_000 + second, ppid: shell.pid, ..shell });
}

/// What must stay, and python, which does many things.
fn people(log: &mut Log, second: u32) {
    log.message("USER_LOGIN", "/usr/sbin/sshd", "op=login acct=\"alice\"", "failed");
    log.message("ADD_USER", "/usr/sbin/useradd", "op=add-user acct=\"bob\"", "success");
    let python = Call { exe: "/usr/bin/python3.11", key: "py", pid: 900, auid: 1000, ..Call::default() };
    log.call(Call { number: MOUNT, key: "mount", exit: -1, ..python });
    for number in [OPENAT, CONNECT, 2, 4, 21, 82, 87, 90] {
        log.call(Call { number, path: &format!("/srv/data/{}", second % 7), ..python });
        log.call(Call { number, path: &format!("/srv/data/{}", second % 7), ..python });
        log.call(Call { number, path: &format!("/srv/data/{}", second % 7), ..python });
    }
}

/// Daemons of which each does one thing that a rule of the kernel's can leave out.
pub(crate) fn daemons() -> String {
    let mut log = Log::default();
    let acts = [
        ("/usr/sbin/nginx", OPENAT, "/var/www/html/index.html"),
        ("/usr/sbin/ntpd", OPENAT, "/etc/ntp/keys"),
        ("/usr/sbin/haproxy", CONNECT, ""),
        ("/usr/bin/kubelet", SETUID, ""),
        ("/usr/sbin/master", 62, ""),
        ("/usr/bin/node-check", EXECVE, ""),
    ];
    for _ in 0..100 {
        for (exe, number, path) in acts {
            log.later(1000);
            log.call(Call { exe, number, path, key: "k", ..Call::default() });
        }
    }
    log.text
}
