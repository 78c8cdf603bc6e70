//! Any records make events of both schemas, and those say all that the records say.

use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::RawRecord;
use oyez_events::{Event, EventId};
use proptest::prelude::*;

use crate::log::{self, object};
use crate::lost::lost;
use crate::{ecs, ocsf};

const TYPES: [u16; 16] =
    [1300, 1302, 1306, 1307, 1309, 1327, 1400, 1006, 1100, 1112, 1116, 1123, 1305, 1701, 1334, 1999];

/// What a record may be made of.
const TOKENS: &[&str] = &[
    "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=7 pid=8 auid=1000 uid=0 gid=0 euid=0",
    "arch=c000003e syscall=42 success=no exit=-13",
    "arch=c000003e syscall=82",
    "arch=c000003e syscall=62 a0=9 a1=9",
    "success=no",
    "exit=-4294967295",
    "pid=8",
    "pid=4294967295",
    "pid=99999999999999999999",
    "ppid=1",
    "auid=4294967295",
    "ses=3",
    "uid=1000",
    "comm=6C2073",
    "comm=\"x",
    "exe=\"/usr/bin/ls\"",
    "exe=2FFF",
    "subj=u:r:t:s0-s0:c0.c1",
    "subj=docker-default (enforce)",
    "key=6E65740166",
    "item=0 name=\"/etc/x\" inode=7 dev=fd:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
    "item=1 name=2F746D702FE4 nametype=CREATE",
    "item=9 item=9 mode=99999999999999 inode=-1",
    "saddr=020001BB0A0000010000000000000000",
    "saddr=01002F72756E2F736F636B00",
    "saddr=0100002F72756EFF",
    "saddr=10000000",
    "cwd=\"/root\"",
    "argc=3 a0=\"ls\" a1=FF a2=\"x y\"",
    "proctitle=6C73002D6C",
    "avc:  denied  { read } for  pid=9 scontext=u:r:t:s0 tclass=file",
    "msg='op=login acct=\"eve\" exe=\"/usr/sbin/sshd\" hostname=h addr=192.0.2.7 terminal=ssh res=failed'",
    "msg='op=x id=1000 grp=\"g\" addr=::1 rport=99999 res=success res=failed'",
    "msg='",
    "old auid=4294967295 new auid=5",
    "unit=x",
    "made_up=1",
    "a.b=1",
    "socket=1",
    "Uid=3",
    "words",
    "=",
    "\u{1b}",
    "ä",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        8 => prop::sample::select(TOKENS).prop_map(|token| token.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(token, 0..8).prop_map(|tokens| tokens.join(&b' '))
}

fn tail() -> impl Strategy<Value = &'static [u8]> {
    prop::sample::select(vec![&b""[..], b"", b"UID=\"root\" AUID=\"\xff\" SYSCALL=execve", b"AUID=\"unset\" OUID=\"a"])
}

fn event_of(records: &[(u16, Vec<u8>, &[u8])]) -> Event {
    let timing = Timing::Live { quiet_ms: 100, incomplete_ms: 1000, title_ends: false };
    let mut grouper = Grouper::new(timing, Limits::default());
    let id = EventId { sec: 1_626_611_363, ms: 720, serial: 348_501 };
    let mut made = Event::default();
    let mut out = |event: &Event| made.copy_from(event);
    for (record_type, body, tail) in records {
        grouper.push(&RawRecord { record_type: *record_type, name: b"", node: b"", id, body, tail }, 0, &mut out);
    }
    grouper.finish(&mut out);
    made
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn any_records_make_events_of_both_schemas(records in prop::collection::vec((prop::sample::select(&TYPES[..]), body(), tail()), 1..6)) {
        let event = event_of(&records);
        let (mut elastic, mut open) = (log::ecs(), log::ocsf());
        for _ in 0..2 {
            let told = object(&mut elastic, &event, &Context::default());
            prop_assert_eq!(ecs::problems(&told), [""; 0]);
            prop_assert_eq!(lost(&event, &told), [""; 0]);
            let told = object(&mut open, &event, &Context::default());
            prop_assert_eq!(ocsf::problems(&told), [""; 0]);
            prop_assert_eq!(lost(&event, &told), [""; 0]);
        }
    }

    #[test]
    fn programs_never_speak_for_the_kernel(parts in prop::collection::vec(prop::sample::select(TOKENS), 0..8)) {
        let body = format!("pid=7 uid=1000 auid=1000 ses=3 msg='op=x {}'", parts.join(" ")).into_bytes();
        let event = event_of(&[(1112, body, b"")]);
        let told = object(&mut log::ecs(), &event, &Context::default());
        prop_assert_eq!((&told["process"]["pid"], &told["user"]["audit"]["id"]), (&7.into(), &"1000".into()));
        prop_assert_eq!((&told["process"]["user"]["id"], &told["auditd"]["session"]), (&"1000".into(), &"3".into()));
        let told = object(&mut log::ocsf(), &event, &Context::default());
        prop_assert_eq!(&told["actor"]["process"]["pid"], 7);
        prop_assert_eq!(&told["actor"]["user"]["uid"], "1000");
    }
}
