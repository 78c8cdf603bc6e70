use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::notice::Value;
use oyez_events::parse::LineParser;
use proptest::prelude::*;

use super::*;

/// The lines for the events of a log.
fn shown(options: &TextOptions, log: &[u8]) -> Vec<u8> {
    let (mut parser, mut format, mut out) = (LineParser::default(), TextFormat::new(options.clone()), Vec::new());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(record) = parser.line(line) {
            grouper.push(&record, 0, &mut |event: &Event| format.event(event, &Context::default(), &mut out));
        }
    }
    grouper.finish(&mut |event: &Event| format.event(event, &Context::default(), &mut out));
    out
}

/// Records without `type=` and the stamp in short form, one to a line: `SYSCALL arch=…`; all of one event.
#[track_caller]
fn check(records: &str, wanted: &str) {
    let stamped = |line: &str| {
        let (name, body) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        format!("type={name} msg=audit(1795407611.360:42): {body}\n")
    };
    let log = records.trim().lines().map(stamped).collect::<Vec<_>>().concat();
    let out = String::from_utf8(shown(&TextOptions::default(), log.as_bytes())).unwrap();
    assert_eq!(out, format!("2026-11-23T04:20:11.360Z  {wanted}\n"));
}

fn concat(numbers: std::ops::Range<u32>, text: impl Fn(u32) -> String) -> String {
    numbers.map(text).collect::<Vec<_>>().concat()
}

const CAT: &str = r#"SYSCALL arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd0 a2=0 a3=0 items=1 ppid=700 pid=731 auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts1 ses=3 comm="cat" exe="/usr/bin/cat" key="secrets""#;

#[test]
fn a_command_is_its_arguments() {
    let syscall = "SYSCALL arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=8 items=2 ppid=700 pid=724 \
        auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm=\"perl\" \
        exe=\"/usr/bin/perl\" key=\"exec\"\u{1d}ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"root\" EUID=\"root\"";
    let rest = r#"
        EXECVE argc=3 a0="perl" a1="-e" a2=70726E7420227822203B
        CWD cwd="/root"
        PATH item=0 name="/usr/bin/perl" inode=77 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
        PATH item=1 name="/lib64/ld-linux-x86-64.so.2" inode=78 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
        PROCTITLE proctitle="perl""#;
    check(&format!("{syscall}{rest}"), "alice→root ses 3  perl -e 'prnt \"x\" ;'  /usr/bin/perl  ok  [exec]  pid 724");
}

#[test]
fn a_call_is_its_name_and_program() {
    check(
        &format!(
            "{CAT}\nCWD cwd=\"/etc\"\nPATH item=0 name=\"shadow\" inode=5 dev=fd:01 mode=0100640 nametype=NORMAL\nPROCTITLE proctitle=636174"
        ),
        "1000 ses 3  openat by /usr/bin/cat  /etc/shadow  EACCES  [secrets]  pid 731",
    );
    let path = "PATH item=0 name=\"shadow\" inode=5 nametype=NORMAL";
    check(
        &format!("{}\nCWD cwd=\"/home\"\n{path}", CAT.replace("a0=ffffff9c", "a0=5")),
        "1000 ses 3  openat by /usr/bin/cat  shadow  EACCES  [secrets]  pid 731",
    );
    check(
        &CAT.replace("syscall=257", "syscall=99999")
            .replace("comm=\"cat\"", "comm=\"worker 1\"")
            .replace("-13", "-9999"),
        "1000 ses 3  syscall 99999 by /usr/bin/cat ('worker 1')  failed (-9999)  [secrets]  pid 731",
    );
}

#[test]
fn a_failed_execve_shows_what_was_tried_and_no_title() {
    let failed = CAT.replace("syscall=257", "syscall=59").replace("exit=-13", "exit=-2");
    check(
        &format!(
            "{failed}\nCWD cwd=\"/tmp\"\nPATH item=0 name=\"./no such\" nametype=UNKNOWN\nPROCTITLE proctitle=\"bash-of-the-caller\""
        ),
        "1000 ses 3  execve by /usr/bin/cat  '/tmp/./no such'  ENOENT  [secrets]  pid 731",
    );
}

#[test]
fn people_are_named_or_numbered() {
    let who = |fields: &str| format!("{}\n", CAT.replace("auid=1000 uid=1000 gid=1000 euid=1000", fields));
    let rest = "openat by /usr/bin/cat  EACCES  [secrets]  pid 731";
    check(&who("auid=4294967295 uid=0 gid=0 euid=0").replace("ses=3", "ses=4294967295"), &format!("-→0  {rest}"));
    check(&who("auid=-1 uid=0 gid=0 euid=0"), &format!("-→0 ses 3  {rest}"));
    check(&who("auid=7 uid=7 gid=0 euid=0"), &format!("7(euid 0) ses 3  {rest}"));
    check(&who("auid=7 uid=8 gid=0 euid=0"), &format!("7→8(euid 0) ses 3  {rest}"));
    let named = |tail: &str| format!("{CAT}\u{1d}{tail}");
    check(&named("AUID=\"unknown(1000)\" UID=\"bob\" EUID=\"bob\""), &format!("1000→bob ses 3  {rest}"));
    check(&named("AUID=\"a b\" UID=\"a b\" EUID=\"a b\""), &format!("'a b' ses 3  {rest}"));
}

#[test]
fn paths_say_what_became_of_them() {
    let rename = CAT.replace("syscall=257", "syscall=82").replace("success=no exit=-13", "success=yes exit=0");
    let items = "CWD cwd=\"/\"
        PATH item=3 name=\"b\" inode=9 nametype=CREATE
        PATH item=0 name=\"/\" inode=2 nametype=PARENT
        PATH item=1 name=\"/\" inode=2 nametype=PARENT
        PATH item=2 name=\"a\" inode=9 nametype=DELETE";
    check(
        &format!("{rename}\n{items}"),
        "1000 ses 3  rename by /usr/bin/cat  delete /a, create /b  ok  [secrets]  pid 731",
    );
    let many = concat(0..7, |i| format!("\nPATH item={i} name=(null) inode={i} nametype=NORMAL"));
    check(
        &format!("{rename}{many}"),
        "1000 ses 3  rename by /usr/bin/cat  inode 0, inode 1, inode 2, inode 3, … +3 paths  ok  [secrets]  pid 731",
    );
}

#[test]
fn sockets_are_addresses() {
    let connect = CAT.replace("syscall=257", "syscall=42").replace("success=no exit=-13", "success=yes exit=0");
    for (saddr, wanted) in [
        ("020000500A0000010000000000000000", "10.0.0.1:80"),
        ("0A0001BB0000000020010DB800000000000000000000000100000000", "[2001:db8::1]:443"),
        ("01002F746D702F6120622F7300", "'/tmp/a b/s'"),
        ("0100006E616D65", "@name"),
        ("0100", "unix"),
        ("100000003930000001000000", "netlink pid=12345 groups=1"),
        ("7F00", "family 127"),
        ("02", "'no address'"),
        ("oops", "oops"),
    ] {
        let wanted = wanted.replace("'no address'", "no address");
        check(
            &format!("{connect}\nSOCKADDR saddr={saddr}"),
            &format!("1000 ses 3  connect by /usr/bin/cat  {wanted}  ok  [secrets]  pid 731"),
        );
    }
    let s390x = connect.replace("c000003e", "80000016").replace("syscall=42", "syscall=362");
    check(
        &format!("{s390x}\nSOCKADDR saddr=000200500A0000010000000000000000"),
        "1000 ses 3  connect by /usr/bin/cat  10.0.0.1:80  ok  [secrets]  pid 731",
    );
}

#[test]
fn claims_are_shown_as_claims() {
    check(
        r#"USER_LOGIN pid=811 uid=0 auid=4294967295 ses=4294967295 subj=? msg='op=login acct="eve" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed'"#,
        "-→0  USER_LOGIN claims op=login acct=eve exe=/usr/sbin/sshd addr=192.0.2.7 terminal=ssh res=failed  pid 811",
    );
    check(
        r"USER_CMD pid=9 uid=1000 auid=1000 ses=3 msg='cwd=2F686F6D652F61 cmd=6C73202D6C terminal=pts/1 res=success'",
        "1000 ses 3  USER_CMD claims cwd=/home/a cmd='ls -l' terminal=pts/1 res=success  pid 9",
    );
    check(
        "USER pid=9 uid=0 auid=0 ses=1 msg='uid=12 pid=1 res=1 key=\"x\" \x1b[2J\u{202e}'",
        r"0 ses 1  USER claims uid=12 pid=1 res=1 key=x $'\x1b[2J\u{202e}'  pid 9",
    );
}

#[test]
fn other_records_show_their_fields() {
    check(
        r#"CONFIG_CHANGE auid=1000 ses=3 subj=unconfined op=add_rule key="exec" list=4 res=1"#,
        "1000 ses 3  CONFIG_CHANGE op=add_rule list=4  ok  [exec]",
    );
    check(
        r#"ANOM_ABEND auid=1000 uid=1000 gid=1000 ses=3 pid=77 comm="a b" exe="/tmp/a b" sig=11 res=1"#,
        "1000 ses 3  ANOM_ABEND gid=1000 comm='a b' exe='/tmp/a b' sig=11  ok  pid 77",
    );
    check(
        &format!(
            "AVC avc:  denied  {{ read open }} for  pid=731 comm=\"cat\" name=\"x\" scontext=a:b:c tclass=file\n{CAT}"
        ),
        "1000 ses 3  openat by /usr/bin/cat  AVC seresult=denied seperms='read open' name=x scontext=a:b:c tclass=file  EACCES  [secrets]  pid 731",
    );
    check("PROCTITLE proctitle=\"x\"", "PROCTITLE");
    check("PATH item=0 name=\"/tmp\" nametype=PARENT", "PATH  in /tmp");
    check("USER_TTY pid=2 data=6C73", "USER_TTY data=ls  pid 2");
    check("UNKNOWN[1999] a=b", "type 1999 a=b");
}

#[test]
fn long_things_are_cut_and_say_so() {
    let args = concat(0..6000, |i| format!(" a{i}=\"{i}\""));
    let log = format!("EXECVE argc=6000{args}");
    let out = shown(&TextOptions::default(), format!("type=EXECVE msg=audit(1.000:1): {}", &log[7..]).as_bytes());
    let line = String::from_utf8(out).unwrap();
    assert!(line.len() < 1300 && line.starts_with("1970-01-01T00:00:01.000Z  0 1 2 3"), "{line}");
    assert!(line.ends_with(" 283 … +5716 args\n"), "{line}");
    check(&format!("EXECVE argc=1 a0=\"{}\"", "x".repeat(300)), &format!("{}…+44 bytes", "x".repeat(256)));
    check("EXECVE argc=3 a0=\"x\" a2=\"z\"", "x … z … cut");
    check("EXECVE argc=0", "(no arguments)");
    let keys = concat(0x41..0x4b, |key| format!("{key:02X}01"));
    let many = CAT.replace("\"secrets\"", &keys);
    let wanted = "[A] [B] [C] [D] [E] [F] [G] [H] […]";
    check(&many, &format!("1000 ses 3  openat by /usr/bin/cat  EACCES  {wanted}  pid 731"));
}

#[test]
fn options_are_obeyed() {
    let options = TextOptions { color: true, node: b"web\x1b".to_vec() };
    let log = format!("type=SYSCALL msg=audit(1795407611.360:42): {}", CAT.strip_prefix("SYSCALL ").unwrap());
    let out = String::from_utf8(shown(&options, log.as_bytes())).unwrap();
    let wanted = "\x1b[2m2026-11-23T04:20:11.360Z\x1b[0m  \x1b[2m$'web\\x1b'\x1b[0m  1000 \x1b[2mses 3\x1b[0m  \x1b[1mopenat\x1b[0m \
        \x1b[2mby /usr/bin/cat\x1b[0m  \x1b[31mEACCES\x1b[0m  \x1b[36m[secrets]\x1b[0m  \x1b[2mpid 731\x1b[0m\n";
    assert_eq!(out, wanted);
    let out = String::from_utf8(shown(&options, format!("node=db-2 {log}").as_bytes())).unwrap();
    assert!(out.contains("db-2") && !out.contains("web"), "{out}");
}

#[test]
fn marks_tell_parts_early_ends_and_redaction() {
    let mut format = TextFormat::new(TextOptions::default());
    let (mut parser, mut out) = (LineParser::default(), Vec::new());
    let limits = Limits { max_event_records: 1, ..Limits::default() };
    let mut grouper = Grouper::new(Timing::Live { quiet_ms: 1, incomplete_ms: 5, title_ends: false }, limits);
    for body in ["SYSCALL msg=audit(1.0:1): pid=1", "AVC msg=audit(1.0:1): x=1"] {
        let line = format!("type={body}");
        grouper.push(&parser.line(line.as_bytes()).unwrap(), 0, &mut |event: &Event| {
            format.event(event, &Context::default(), &mut out);
        });
    }
    let line = b"type=SYSCALL msg=audit(1.0:2): pid=2";
    grouper
        .push(&parser.line(line).unwrap(), 0, &mut |event: &Event| format.event(event, &Context::default(), &mut out));
    let mut redacted = Event::default();
    grouper.tick(9, &mut |event: &Event| {
        format.event(event, &Context::default(), &mut out);
        redacted.copy_from(event);
    });
    redacted.mark_redacted();
    format.event(&redacted, &Context::default(), &mut out);
    let out = String::from_utf8(out).unwrap();
    for wanted in [
        "syscall by ?  (early)  pid 1\n",
        "AVC x=1  (part 1)\n",
        "syscall by ?  (incomplete)  pid 2\n",
        "syscall by ?  (incomplete)  (redacted)  pid 2\n",
    ] {
        assert!(out.contains(wanted), "{wanted:?} in {out}");
    }
}

#[test]
fn notices_are_sentences_or_pairs() {
    let line = |kind, fields: &[(&'static str, Value<'_>)]| {
        let mut out = Vec::new();
        TextFormat::new(TextOptions::default()).notice(&Notice { sec: 0, ms: 7, number: 0, kind, fields }, &mut out);
        String::from_utf8(out).unwrap().strip_prefix("1970-01-01T00:00:00.007Z  ").unwrap().to_owned()
    };
    let loss = [
        ("where", Value::Text(b"kernel")),
        ("count", Value::Number(17)),
        ("unit", Value::Text(b"records")),
        ("bound", Value::Text(b"lower")),
        ("total", Value::Number(20)),
    ];
    assert_eq!(line("OYEZ_LOSS", &loss), "oyez: loss: kernel at least 17 records (total 20)\n");
    assert_eq!(line("OYEZ_LOSS", &[("count", Value::Number(1))]), "oyez: loss: count=1\n");
    let start = [("mode", Value::Text(b"a\nb")), ("ok", Value::Flag(true))];
    assert_eq!(line("OYEZ_CONFIG_TAKEN", &start), "oyez: config taken: mode=$'a\\nb' ok=yes\n");
}

/// Fails on anything that could move a cursor: all of it is shown, but for our own colours and the end.
fn is_harmless(line: &[u8]) -> Result<(), TestCaseError> {
    let text = String::from_utf8(line.to_vec()).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let body = text.strip_suffix('\n').ok_or_else(|| TestCaseError::fail("no newline"))?;
    let plain = ["0", "1", "2", "31", "33", "36"]
        .iter()
        .fold(body.to_owned(), |body, code| body.replace(&format!("\x1b[{code}m"), ""));
    prop_assert!(plain.chars().all(plain::is_shown), "{plain:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_make_one_harmless_line(
        parts in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            ".{0,20}".prop_map(String::into_bytes),
            prop::sample::select(vec![
                "name=", "cwd=", "key=", "a0=", "a1[2]=", "saddr=", "msg='", "'", "\"", " ", "exe=\"", "comm=", "auid=",
                "success=no", " exit=-13", "1B5B324A", "\u{1d}UID=\"", "res=", "argc=9 ", "{ ", "avc:  denied ", "item=0 ",
            ]).prop_map(|text| text.as_bytes().to_vec()),
        ], 0..20),
        kind in prop::sample::select(vec![1300u16, 1302, 1306, 1307, 1309, 1327, 1400, 1100, 1112, 1305, 1006, 1999]),
        color: bool,
    ) {
        let mut log = b"node=n\x1b[2J type=1300 msg=audit(1.000:1): arch=c000003e syscall=59 exit=0\n".to_vec();
        log.extend_from_slice(format!("node=n\x1b[2J type={kind} msg=audit(1.000:1): ").as_bytes());
        log.extend(parts.concat().into_iter().filter(|byte| *byte != b'\n'));
        let options = TextOptions { color, ..TextOptions::default() };
        let out = shown(&options, &log);
        prop_assert!(!out.is_empty());
        for line in out.split_inclusive(|byte| *byte == b'\n') {
            is_harmless(line)?;
        }
    }

    #[test]
    fn any_word_is_one_word(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60), ".{0,30}".prop_map(String::into_bytes)
    ], limit in 0..40usize) {
        let mut out = Vec::new();
        word(&mut out, &bytes, limit);
        out.push(b'\n');
        is_harmless(&out)?;
    }
}

#[test]
fn the_result_is_that_of_the_deed() {
    let call = CAT.replace("success=no exit=-13", "success=yes exit=60").replace("syscall=257", "syscall=44");
    check(
        &format!("CONFIG_CHANGE auid=1000 ses=3 op=add_rule list=4 res=0\n{call}"),
        "1000 ses 3  sendto by /usr/bin/cat  CONFIG_CHANGE op=add_rule list=4  failed  [secrets]  pid 731",
    );
    check(
        "USER_AVC pid=1 uid=81 auid=4294967295 ses=4294967295 msg='avc:  denied  { status } for path=\"/x\"'",
        "-→81  USER_AVC claims seresult=denied seperms=status path=/x  failed  pid 1",
    );
}
