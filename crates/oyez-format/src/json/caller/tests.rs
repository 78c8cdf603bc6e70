//! What is read straight, of callers, files and titles, against what is split.

use oyez_events::context::Context;
use proptest::prelude::*;

use super::super::main_record::MainRecord;
use super::super::{JsonFormat, JsonOptions};
use crate::test_events::{Alice, read};

const CALL: &str = "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd5 a2=80000 a3=0 items=1 ppid=734 \
    pid=735 auid=4294967295 uid=0 gid=0 euid=1000 suid=0 fsuid=33 egid=0 sgid=5 fsgid=0 tty=pts0 ses=4294967295 \
    comm=\"cat\" exe=\"/usr/bin/a-program-of-a-long-name\" subj=system_u:system_r:init_t:s0 key=\"etc\"";
const FILE: &str = "item=0 name=\"/etc/a\" inode=401923 dev=fd:01 mode=0100755 ouid=1000 ogid=0 rdev=00:00 \
    obj=system_u:object_r:etc_t:s0 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0";
const TITLE: &str = "proctitle=636174002D6E002F6574632F61";

/// What an event of these records comes to, each of the first three times; without names and with them.
fn written(bodies: &[Vec<u8>; 3], omit: &[&str], is_straight: bool) -> Vec<u8> {
    let types = ["SYSCALL", "PATH", "PROCTITLE"];
    let line = |(name, body): (&str, &Vec<u8>)| {
        [format!("type={name} msg=audit(1.000:7): ").as_bytes(), body.as_slice()].concat()
    };
    let lines: Vec<_> = types.into_iter().zip(bodies).map(line).collect();
    let omit = omit.iter().map(|key| (*key).to_owned()).collect();
    let mut format = JsonFormat::new(JsonOptions { omit, ..JsonOptions::default() });
    if !is_straight {
        format.main = MainRecord::new(false);
        (format.files.is_front_wanted, format.files.is_kind_wanted) = (false, false);
    }
    let mut out = Vec::new();
    read(&lines, &mut |event| {
        for names in [None, Some(&Alice as _)] {
            let context = Context { names, ..Context::default() };
            for _ in 0..3 {
                format.event(event, &context, &mut out);
            }
        }
    });
    out
}

fn check(bodies: &[Vec<u8>; 3], omit: &[&str]) {
    let [straight, split] = [true, false].map(|is_straight| written(bodies, omit, is_straight));
    let lines = |out: Vec<u8>| String::from_utf8(out).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(straight), lines(split));
}

fn usual() -> [Vec<u8>; 3] {
    [CALL, FILE, TITLE].map(|body| body.as_bytes().to_vec())
}

#[test]
fn what_is_read_straight_comes_out_as_what_is_split() {
    for (from, to) in [
        ("", ""),
        ("auid=4294967295", "auid=1000"),
        ("auid=4294967295", "auid=4294967296"),
        ("auid=4294967295 uid=0", "auid=4294967295 uid=4294967295"),
        ("auid=4294967295 uid=0 gid=0 euid=1000", "auid=4294967295 uid=4294967295 gid=0 euid=4294967295"),
        ("euid=1000", "euid=0"),
        ("euid=1000", "euid=123456789012345"),
        ("pts0", "(none)"),
        ("pts0", "a\\b"),
        ("\"cat\"", "6120"),
        ("\"cat\"", "(null)"),
        ("\"cat\"", "\"\""),
        ("\"cat\"", "\"?\""),
        ("\"cat\"", "\"ca\u{e9}\""),
        ("\"/usr/bin/a-program-of-a-long-name\"", "(null)"),
        ("\"/usr/bin/a-program-of-a-long-name\"", "(none)"),
        ("\"/usr/bin/a-program-of-a-long-name\"", "2F6120"),
        ("/usr/bin/a-program-of-a-long-name", &"/a-directory".repeat(20)),
        (" subj=system_u:system_r:init_t:s0", ""),
        ("system_u:system_r:init_t:s0", "?"),
        ("system_u:system_r:init_t:s0", "unconfined"),
        ("\"etc\"", "(null)"),
        ("\"etc\"", "6B31016B32"),
        ("\"etc\"", "\"\""),
        ("\"/etc/a\"", "\"/etc/\u{e9}\\\""),
        ("\"/etc/a\"", "\"\""),
        ("\"/etc/a\"", "(null)"),
        ("\"/etc/a\"", "2F6120FF"),
        ("\"/etc/a\"", "\"/etc mode=1\""),
        ("\"/etc/a\"", "\"?\""),
        ("0100755", "041777"),
        ("ouid=1000", "ouid=4294967295"),
        ("system_u:object_r:etc_t:s0", "?"),
        ("system_u:object_r:etc_t:s0", "\\x"),
        ("cap_fp=0", "cap_fp=2000"),
        ("NORMAL", "(none)"),
        ("636174002D6E002F6574632F61", "\"cat\""),
        ("636174002D6E002F6574632F61", "00"),
        ("636174002D6E002F6574632F61", "(null)"),
    ] {
        let bodies = [CALL, FILE, TITLE].map(|body| body.replacen(from, to, 1).into_bytes());
        check(&bodies, &[]);
    }
    for key in ["ppid", "auid", "euid", "ses", "comm", "exe", "tty", "subj", "key", "mode", "ouid", "obj", "cap_fe"] {
        check(&usual(), &[key]);
    }
}

#[test]
fn long_titles_come_out_whole() {
    for len in [126, 127, 128, 129, 300] {
        let mut bodies = usual();
        bodies[2] = format!("proctitle={}", "6100".repeat(len / 2) + &"62".repeat(len % 2)).into_bytes();
        let text = String::from_utf8(written(&bodies, &[], true)).unwrap();
        let parts = vec!["\"a\""; len / 2].join(",") + if len % 2 == 1 { ",\"b\"" } else { ",\"\"" };
        let cut = if len >= 128 { ",\"proctitle_cut\":true" } else { "" };
        assert!(text.contains(&format!("\"proctitle\":[{parts}]{cut},\"tty\"")), "{len}: {text}");
    }
}

proptest! {
    // Each makes two formats, which costs far more than what they write.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]
    #[test]
    fn what_is_read_straight_comes_out_as_what_is_split_whatever_it_is(
        changes in proptest::collection::vec((0..3usize, any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'='), b'0'..=b'9', Just(b'"'), Just(b'\\')], 0..3usize), 1..4),
    ) {
        let mut bodies = usual();
        for (which, place, byte, how) in changes {
            let text = &mut bodies[which];
            let place = place.index(text.len());
            match how {
                _ if matches!(byte, b'\n' | 0x1d) => {}
                0 => text[place] = byte,
                1 => text.insert(place, byte),
                _ => drop(text.remove(place)),
            }
        }
        check(&bodies, &[]);
    }
}
