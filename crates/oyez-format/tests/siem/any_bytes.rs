//! Any records make events of both schemas, and those say all that the records say.

use oyez_events::context::Context;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields};
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::RawRecord;
use oyez_events::{Event, EventId};
use oyez_tables::key::Key;
use oyez_testkit::json;
use proptest::prelude::*;
use serde_json::Value;

use crate::log::{self, object};
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

/// What either format says in other words, or leaves out because it is nothing.
fn is_said_otherwise(field: &Field, value: &[u8]) -> bool {
    let known = |key| {
        matches!(
            key,
            Key::Arch | Key::Syscall | Key::Exit | Key::Success | Key::Res | Key::Result | Key::Saddr | Key::Argc
        )
    };
    let is_nothing = matches!(value, b"" | b"?" | b"(null)" | b"(none)" | b"4294967295");
    is_nothing || matches!(field.key, FieldKey::Known(key) if known(key)) || matches!(field.key, FieldKey::ArgLen(_))
}

/// Every value of every record stands somewhere: as it was written, or decoded.
fn lost(event: &Event, told: &Value) -> Vec<String> {
    let values = json::values(&told.to_string()).unwrap();
    let has = |text: &str| values.iter().any(|value| value.contains(text));
    let (mut fields, mut scratch, mut lost) = (Fields::new(), Vec::new(), Vec::new());
    for record in event.records() {
        fields.split(&record);
        for field in fields.own().iter().chain(fields.claimed()) {
            let value = field.value.of(record.body());
            let mut is_there = is_said_otherwise(field, value) || has(&String::from_utf8_lossy(value));
            // A security context is told in its parts.
            is_there |= matches!(field.key, FieldKey::Known(Key::Subj | Key::Obj))
                && value.split(|byte| *byte == b':').all(|part| has(&String::from_utf8_lossy(part)));
            if let Text::Bytes(bytes) = untrusted(value, field.form, &mut scratch) {
                let pieces = bytes.split(|byte| matches!(byte, 0 | 1));
                is_there |= pieces.clone().all(|piece| has(&String::from_utf8_lossy(piece)));
            }
            if !is_there {
                lost.push(format!("{:?} of {:?}", value.escape_ascii().to_string(), record.number()));
            }
        }
    }
    if !lost.is_empty() {
        lost.push(format!("in {told}"));
    }
    lost
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
}
