//! Any bytes in, good lines out: one JSON object and one line of text per event, with all in them that the records said.
//!
//! What must hold is in `check`; the fuzzers hold it against far more inputs, made with an eye on the code's branches.

#![expect(clippy::expect_used, reason = "a test ends where its setting fails")]

use proptest::prelude::*;

mod check;
mod corpus;
mod exact;
mod found;

/// Records of many kinds, without type and stamp.
const BODIES: &[(u16, &str)] = &[
    (
        1300,
        r#"arch=c000003e syscall=59 success=no exit=-13 a0=55d a1=55e a2=55f a3=8 items=2 ppid=700 pid=724 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm="ls" exe="/usr/bin/ls" subj=docker-default (enforce) key="exec""#,
    ),
    (
        1300,
        r#"arch=c000003e syscall=2 success=yes exit=3 a0=1 a1=2 a2=3 a3=4 items=1 ppid=700 pid=731 auid=1000 uid=1000 comm=6C2073 exe="/usr/bin/cat" key=6E65740166"#,
    ),
    (1309, r#"argc=4 a0="ls" a1=2D6C20C3A4FF a2_len=8 a2[0]="AAAA" a2[1]="BBBB" a3="-x""#),
    (
        1302,
        r#"item=0 name="/usr/bin/ls" inode=77 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 obj=u:r:t:s0 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"#,
    ),
    (1302, "item=1 name=2F746D702FE4 inode=77 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=CREATE"),
    (1306, "saddr=020001BB0A0000010000000000000000"),
    (1306, "saddr=01002F72756E2F736F636B00"),
    (1307, r#"cwd="/root""#),
    (1327, "proctitle=6C73002D6C002F746D70"),
    (1400, r#"avc:  denied  { read write } for  pid=9 comm="a" name="b" scontext=u:r:t:s0 tclass=file permissive=0"#),
    (
        1400,
        r#"apparmor="DENIED" operation="open" info="Failed name lookup - disconnected path" error=-13 profile="a b" pid=9"#,
    ),
    (1006, "login pid=7 uid=0 old auid=4294967295 new auid=1000 old ses=4294967295 new ses=3 res=1"),
    (
        1112,
        r#"pid=7 uid=0 auid=1000 ses=3 msg='op=login acct="eve" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed'"#,
    ),
    (
        1107,
        r#"pid=1 uid=81 msg='avc:  denied  { status } for auid=0 path="/x" exe="/bin/d" (sauid=81, hostname=?, addr=?)'"#,
    ),
    (1338, "module=integrity op=ctrl ppid=1 pid=2 dev=252:3 error_msg='no such thing' res=0"),
    (1320, ""),
];

/// What an attacker, or a torn disk, puts into a record.
const HOSTILE: &[&str] = &[
    "'",
    "\"",
    "=",
    " ",
    "msg='",
    "' uid=0 '",
    "\" uid=0 \"",
    "\u{1d}",
    "\u{1d}UID=\"root\"",
    "\u{1b}[2J",
    "\0",
    "\u{9b}",
    "\u{2028}",
    "\\",
    "{",
    "}",
    "res=1 res=0",
    "type=x",
    "more=1",
    "claimed=1",
    "name_hex=00",
    "auid_name=root",
    "Uid=0",
    "family=2",
    "argc=-0",
    "a0=1",
    "a1[0]=\"x\"",
    "a4294967295=x",
    "item=9",
    "exit=--1",
    "ppid=",
    " ppid=1 pid=2 comm=\"x\"",
    " mode=0100644",
    "?",
    "(null)",
    "ä",
    "auid=18446744073709551616",
    "arch=zz",
    "saddr=0",
    "old auid=",
    "avc:  denied  { ",
    "(x=1,",
];

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::sample::select(HOSTILE).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

/// A record's body with some of its bytes replaced.
fn mutated() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let change = || (any::<prop::sample::Index>(), 0..8usize, hostile());
    let changes = prop_oneof![2 => prop::collection::vec(change(), 0..2), 1 => prop::collection::vec(change(), 2..6)];
    (prop::sample::select(BODIES), changes).prop_map(|((number, body), changes)| {
        let mut body = body.as_bytes().to_vec();
        for (place, len, text) in changes {
            let start = place.index(body.len() + 1);
            let end = (start + len).min(body.len());
            body.splice(start..end, text);
        }
        (number, body)
    })
}

fn line((number, body): &(u16, Vec<u8>), serial: u8, tail: &[u8]) -> Vec<u8> {
    let stamp = format!("type={number} msg=audit(1626611363.{serial:03}:{serial}): ");
    [stamp.as_bytes(), body, tail, b"\n"].concat()
}

fn tail() -> impl Strategy<Value = Vec<u8>> {
    let keys = [
        "AUID=\"alice\"",
        "UID=\"\u{1b}\"",
        "SYSCALL=open",
        "ARCH=x86_64",
        "SADDR={ fam=inet }",
        "ID=",
        "OUID=\"a",
        "OUID=\"b\" OUID=\"c\"",
        "DEV=sda",
        "=",
        "words",
    ];
    let part =
        prop_oneof![4 => prop::sample::select(keys.to_vec()).prop_map(|text| text.as_bytes().to_vec()), 2 => hostile()];
    let parts = prop::collection::vec(part, 1..5).prop_map(|parts| [b"\x1d", parts.join(&b' ').as_slice()].concat());
    prop_oneof![1 => Just(Vec::new()), 2 => parts]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn raw_bytes_as_a_log(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        check::log(&bytes);
        check::log(&[b"type=PATH msg=audit(1.234:5): ".as_slice(), &bytes].concat());
    }

    #[test]
    fn raw_bytes_from_the_kernel(number in 1000..3000u16, payload in prop::collection::vec(any::<u8>(), 0..300)) {
        check::kernel(number, &payload);
        check::bodies(&[(number, &payload)]);
    }

    #[test]
    fn damaged_records_in_a_log(records in prop::collection::vec((mutated(), 0..4u8, tail()), 1..12)) {
        let log: Vec<_> = records.iter().map(|(record, serial, tail)| line(record, *serial, tail)).collect();
        check::log(&log.concat());
    }

    #[test]
    fn damaged_records_of_one_event(records in prop::collection::vec(mutated(), 1..8)) {
        let bodies: Vec<_> = records.iter().map(|(number, body)| (*number, body.as_slice())).collect();
        check::bodies(&bodies);
    }

    #[test]
    fn hostile_messages_never_speak_for_the_kernel(parts in prop::collection::vec(hostile(), 0..8)) {
        let message = parts.concat();
        let body = [b"pid=7 uid=1000 auid=1000 ses=3 msg='op=x ".as_slice(), &message, b"'"].concat();
        let text = check::bodies(&[(1112, &body)]);
        let event: serde_json::Value = serde_json::from_str(&text)?;
        prop_assert_eq!(&event["user"]["uid"], 1000, "{}", text);
        prop_assert_eq!(&event["user"]["auid"], 1000, "{}", text);
        prop_assert_eq!(&event["process"]["pid"], 7, "{}", text);
        prop_assert_eq!(&event["details"], &serde_json::Value::Null, "{}", text);
    }
}
