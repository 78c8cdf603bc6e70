//! Logs with what no recorded one has: every type of record, and values of every form.

use std::fmt::Write as _;

use oyez_tables::record_type;

use crate::logs::Log;

/// An event for every type that has a name, as the kernel, the daemon or a program writes its records.
pub(super) fn types() -> Log {
    const TASK: &str = "arch=c000003e syscall=2 success=no exit=-2 a0=0 a1=0 pid=7 auid=1000 uid=0 gid=0 euid=0 \
        tty=pts9 ses=1 comm=\"cc\" exe=\"/ee\" subj=s key=\"kk\" path=\"/pp\" name=\"/nn\" res=0";
    const LISTENER: &str = "pid=7 uid=0 auid=1000 tty=pts9 ses=1 subj=s comm=\"cc\" exe=\"/ee\" op=connect res=0";
    const ANOMALY: &str = "auid=1000 uid=0 gid=0 ses=1 subj=s pid=7 comm=\"cc\" exe=\"/ee\" sig=31 arch=c000003e syscall=2 compat=0 res=0";
    const DAEMON: &str = "op=x auid=1000 pid=7 uid=0 ses=1 subj=s res=failed";
    const PROGRAM: &str = "pid=7 uid=0 auid=1000 ses=1 subj=s msg='op=x acct=\"aa\" exe=\"/ee\" hostname=hh addr=1.2.3.4 terminal=tt res=failed'";
    let bodies = record_type::all().filter_map(|(number, name)| {
        let body = match number {
            1200..1300 => DAEMON,
            record_type::LOGIN | record_type::TTY | record_type::NETFILTER_CFG | record_type::EVENT_LISTENER => {
                LISTENER
            }
            record_type::SECCOMP | record_type::ANOM_PROMISCUOUS | record_type::ANOM_ABEND => ANOMALY,
            number if record_type::is_user_space(number) => PROGRAM,
            _ => TASK,
        };
        // Those below are requests to the kernel, and never records.
        let is_record = number >= 1100 || matches!(number, record_type::USER | record_type::LOGIN);
        (is_record && number != record_type::EOE).then_some((name, body))
    });
    log("types", bodies)
}

/// Records whose values have other forms than usual.
pub(super) fn values() -> Log {
    const CALL: &str = "arch=c000003e syscall=257 success=yes exit=3 a0=0 a1=0 items=0 ppid=1 pid=9 auid=1000 uid=0 gid=0 \
        euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=1 ";
    let calls = [
        "comm=6120620A63 exe=2F746D702F6120E2808B key=6B3101FF02016B33",
        "comm=\"a\" exe=(null) key=(null)",
        "comm=\"..\" exe=\"/x, y\" key=\"=cmd()\"",
    ];
    let mut bodies: Vec<(&str, String)> = calls.iter().map(|call| ("SYSCALL", format!("{CALL}{call}"))).collect();
    let claims = [
        "op=login acct=726F6F7420782066 exe=\"/s\" hostname=? addr=10.0.0.1 terminal=ssh res=failed",
        "op=login acct=\"alice\" exe=\"/s\" hostname=h.example addr=10.0.0.1 terminal=/dev/pts/0 res=success",
        "op=none id=1000 exe=\"/s\" hostname=? addr=? terminal=? res=success",
        "op=login acct=\"(unknown user)\" exe=\"/s\" hostname=? addr=fe80::1 terminal=ssh res=failed",
    ];
    for kind in ["USER_LOGIN", "USER_AUTH", "USER_ACCT", "USER_MGMT", "GRP_AUTH"] {
        for (place, claim) in claims.iter().enumerate() {
            let auid = [4_294_967_295, 1000, 0, 4_294_967_295_u32][place];
            bodies.push((kind, format!("pid=1 uid=0 auid={auid} ses=1 msg='{claim}'")));
        }
    }
    bodies.push(("AVC", "avc:  denied  { read } for  pid=3 comm=\"c\" name=\"n\" dev=\"vda1\" ino=1 scontext=a:b:c:s0 tcontext=d:e:f:s0 tclass=file permissive=0".to_owned()));
    bodies.push(("AVC", "avc:  granted  { null } for  pid=3 comm=\"c\" path=\"/p\" dev=\"vda1\" ino=1 scontext=a:b:c:s0 tcontext=d:e:f:s0 tclass=file".to_owned()));
    bodies.push(("USER_AVC", "pid=1 uid=81 auid=4294967295 ses=1 subj=s msg='avc:  denied  { send_msg } for  scontext=a:b:c:s0 tcontext=d:e:g:s0 tclass=dbus  exe=\"/usr/bin/dbus-daemon\" sauid=81 hostname=? addr=? terminal=?'".to_owned()));
    bodies.push(("LOGIN", "pid=1 uid=0 old auid=4294967295 new auid=500 old ses=4294967295 new ses=1".to_owned()));
    bodies.push((
        "DAEMON_START",
        "op=start ver=3.0 format=raw kernel=6 auid=4294967295 pid=5 uid=0 ses=4294967295 res=success".to_owned(),
    ));
    bodies.push(("DAEMON_ABORT", "op=error auid=0 pid=5 uid=0 ses=1 res=failed".to_owned()));
    bodies.push(("DAEMON_ACCEPT", "op=connect addr=10.0.0.9:60 port=60 res=success".to_owned()));
    bodies.push(("SECCOMP", "auid=1000 uid=0 gid=0 ses=1 pid=4 comm=\"c\" exe=\"/e\" sig=31 arch=c000003e syscall=59 compat=0 ip=0x1 code=0x0".to_owned()));
    bodies.push(("ANOM_ABEND", "auid=1000 uid=0 gid=0 ses=1 pid=4 comm=\"c\" exe=\"/e\" sig=11 res=1".to_owned()));
    bodies.push(("TTY", "tty pid=4 uid=0 auid=1000 ses=1 major=4 minor=1 comm=\"bash\" data=6C730A".to_owned()));
    // The kernel's SOCKADDR comes with its SYSCALL; alone it shows the same.
    for saddr in [
        "0200005001020304",
        "02000050010203040000000000000000",
        "0A000016000000000000000000000000000000000000000100000000",
        "01002F72756E2F78000000",
        "0100006162",
        "0100",
        "100000000000000000000000",
    ] {
        bodies.push(("SOCKADDR", format!("saddr={saddr}")));
    }
    log("values", bodies)
}

fn log(name: &str, bodies: impl IntoIterator<Item = (&'static str, impl AsRef<str>)>) -> Log {
    let mut text = String::new();
    for (place, (kind, body)) in bodies.into_iter().enumerate() {
        let _ = writeln!(text, "type={kind} msg=audit(1700000000.000:{}): {}", place + 1, body.as_ref());
    }
    Log { name: name.to_owned(), text: text.into_bytes() }
}
