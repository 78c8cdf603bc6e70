//! Whatever the bytes: no panic, and a sentence that is one harmless line of bounded length.

use oyez_events::Event;
use oyez_interpret::normal::{SENTENCE_LIMIT, Scratch, deed, object};
use oyez_tables::record_type;
use proptest::prelude::*;

use crate::log::{events, meanings, said};

/// A value that somebody may have chosen, or a log that was tampered with.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let chosen = [
        "(null)",
        "\"/etc/x\"",
        "\"",
        "2F0A1B5B324A",
        "ffffff9c",
        "4294967295",
        "-13",
        "c000003e",
        "59",
        "257",
        "101",
        "yes",
        "no",
        "\"a\x1b[2J\u{202e}b\"",
        "?",
        "",
        "0100644",
        "CREATE",
        "PARENT",
        "DELETE",
        "18446744073709551615",
        "'",
        "./././.",
        "02000050C0000207",
        "0100616263",
    ];
    let chosen = prop::sample::select(chosen.map(|text| text.as_bytes().to_vec()).to_vec());
    let long = (0..=255u8, 1..3000usize).prop_map(|(byte, len)| vec![byte; len]);
    prop_oneof![4 => chosen, 1 => prop::collection::vec(any::<u8>(), 0..40), 1 => long]
}

fn record() -> impl Strategy<Value = Vec<u8>> {
    let types: Vec<_> = record_type::all().map(|(_, name)| name).collect();
    let keys = [
        "arch",
        "syscall",
        "success",
        "exit",
        "a0",
        "a1",
        "a2",
        "a3",
        "item",
        "name",
        "nametype",
        "mode",
        "cwd",
        "saddr",
        "auid",
        "uid",
        "euid",
        "ses",
        "pid",
        "comm",
        "exe",
        "opid",
        "ocomm",
        "msg='op",
        "acct",
        "res",
        "vm",
        "uring_op",
        "oflag",
        "sig",
        "op",
        "path",
        "\x1dAUID",
        "dev",
        "table",
        "data",
        "cmd",
        "avc:  denied  { x } for  pid",
    ];
    let field = (prop::sample::select(keys.to_vec()), value());
    let fields = prop::collection::vec(field, 0..12);
    let frequent = prop::sample::select(vec!["SYSCALL", "PATH", "CWD", "SOCKADDR", "OBJ_PID", "URINGOP", "OPENAT2"]);
    (prop_oneof![prop::sample::select(types), frequent], fields).prop_map(|(name, fields)| {
        let mut line = format!("type={name} msg=audit(1.000:1): ").into_bytes();
        for (key, value) in fields {
            line.extend_from_slice(key.as_bytes());
            line.push(b'=');
            line.extend(value.iter().filter(|byte| **byte != b'\n'));
            line.push(b' ');
        }
        line.push(b'\n');
        line
    })
}

fn check(event: &Event) {
    let line = said(event);
    assert!(!line.is_empty() && line.len() <= SENTENCE_LIMIT, "{} bytes", line.len());
    let is_hidden = |character: char| !oyez_interpret::plain::is_shown(character);
    assert!(!line.contains(is_hidden), "{line:?}");
    let deed = deed(event);
    object(event, &deed, &mut Scratch::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_records_make_one_harmless_line(records in prop::collection::vec(record(), 1..7)) {
        let log = records.concat();
        events(&log, check);
        meanings(&log, |_, normal| assert!(!normal.action.word().is_empty()));
    }
}
