//! What a changed member comes to in the records.

use serde_json::json;

use crate::log::{bodies, edited};

const EXEC: &str = r#"
SYSCALL arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=8 items=2 ppid=700 pid=701 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm="curl" exe="/usr/bin/curl" key="exec"
EXECVE argc=3 a0="curl" a1="-H" a2=546F6B656E3A20736563726574
CWD cwd="/root"
PATH item=0 name="/usr/bin/curl" inode=1 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
PATH item=1 name="/lib64/ld-linux-x86-64.so.2" inode=78 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
PROCTITLE proctitle=6375726C002D4800546F6B656E3A20736563726574
"#;

#[test]
fn arguments_are_told_anew_in_one_record() {
    let bodies = bodies(EXEC, |event| {
        event["process"]["argv"][2] = json!("Token: ***");
        event["process"]["argv"].as_array_mut().unwrap().push(json!("x"));
    });
    assert_eq!(bodies.unwrap()[1], "EXECVE argc=4 a0=\"curl\" a1=\"-H\" a2=546F6B656E3A202A2A2A a3=\"x\"");
}
