use oyez_events::Event;
use oyez_events::fields::Fields;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;

use super::*;

/// Reads the facts of one event, of which `records` are types and bodies.
fn facts(records: &[(&str, &str)]) -> Facts {
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
    let (mut facts, mut fields, mut events) = (Facts::default(), Fields::new(), 0);
    let mut read = |event: &Event| {
        facts.read(event, EVERYTHING, &mut fields);
        events += 1;
    };
    for (kind, body) in records {
        let line = format!("type={kind} msg=audit(1.0:7): {body}");
        grouper.push(&LineParser::new().line(line.as_bytes()).unwrap(), 1, &mut read);
    }
    grouper.finish(&mut read);
    assert_eq!(events, 1);
    facts
}

const EVERYTHING: Told = Told::EVERYTHING;

fn texts<'f>(list: impl Iterator<Item = &'f [u8]>) -> Vec<String> {
    list.map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}

const CALL: &str = "arch=c000003e syscall=257 success=no exit=-2 pid=7 auid=1000 tty=pts0 comm=\"a\" exe=\"/bin/a\" ";

#[test]
fn a_call_says_who_and_by_what() {
    let facts = facts(&[("SYSCALL", &format!("{CALL} key=6B3101FF026B32"))]);
    assert_eq!((facts.success, facts.auid, facts.pid), (Some(false), Some(1000), Some(7)));
    assert_eq!((facts.call, facts.exit), (Some((Some(0xc000_003e), 257)), Some(-2)));
    let one = |text: Option<&[u8]>| text.map(|text| String::from_utf8_lossy(text).into_owned());
    assert_eq!(one(facts.comm()).as_deref(), Some("a"));
    assert_eq!(one(facts.exe()).as_deref(), Some("/bin/a"));
    assert_eq!(one(facts.terminal()).as_deref(), Some("pts0"));
    assert_eq!(texts(facts.keys()), ["k1", "\u{fffd}\u{2}k2"]);
}

#[test]
fn a_path_that_starts_where_the_process_is_is_made_whole() {
    let paths = [
        ("SYSCALL", CALL),
        ("CWD", "cwd=\"/home/x\""),
        ("PATH", "item=0 name=\"../y\""),
        ("PATH", "item=1 name=2E2F7A207A"),
        ("PATH", "item=2 name=\"z\""),
        ("PATH", "item=3 name=(null)"),
        ("PATH", "item=4 name=\".hidden\""),
    ];
    assert_eq!(texts(facts(&paths).files()), ["/home/x/../y", "/home/x/./z z", "z", "(null)", ".hidden"]);
}

#[test]
fn a_call_without_its_number_is_none_and_a_later_arch_is_that_of_the_call() {
    assert_eq!(facts(&[("SYSCALL", "arch=c000003e")]).call, None);
    assert_eq!(facts(&[("SYSCALL", "syscall=2 arch=40000003")]).call, Some((Some(0x4000_0003), 2)));
}

#[test]
fn many_names_in_one_record_do_not_make_a_long_directory_many_times_as_long() {
    let (cwd, names) = (format!("cwd=\"/{}\"", "A".repeat(300_000)), " name=./".repeat(10_000));
    let facts = facts(&[("CWD", &cwd), ("PATH", &format!("item=0{names}"))]);
    let sizes: Vec<_> = facts.files().map(<[u8]>::len).collect();
    assert_eq!((sizes.len(), sizes[0], sizes[1]), (10_000, crate::MAX_KEY + 3, 2));
    assert!(sizes.iter().sum::<usize>() < 30_000);
}

#[test]
fn a_peer_of_auditd_is_its_address_without_the_port() {
    for (addr, host) in [("10.0.0.1:60", "10.0.0.1"), ("2001:db8::1", "2001:db8::1"), ("::1", "::1")] {
        let facts = facts(&[("DAEMON_ACCEPT", &format!("op=accept addr={addr} port=60 res=success"))]);
        assert_eq!(facts.host().map(String::from_utf8_lossy).as_deref(), Some(host));
    }
}

#[test]
fn a_socket_is_a_host_or_a_file_or_nothing() {
    let of = |saddr: &str| {
        let facts = facts(&[("SYSCALL", CALL), ("SOCKADDR", &format!("saddr={saddr}"))]);
        let host = facts.host().map(|host| String::from_utf8_lossy(host).into_owned());
        (host, texts(facts.files()))
    };
    let host = |name: &str| (Some(name.to_owned()), vec![]);
    let file = |name: &str| (None, vec![name.to_owned()]);
    assert_eq!(of("020000500A0000010000000000000000"), host("10.0.0.1"));
    assert_eq!(of("0A000016000000000000000000000000000000000000000100000000"), host("::1"));
    assert_eq!(of("01002F72756E2F78000000"), file("/run/x"));
    assert_eq!(of("0100006162"), file("@ab"));
    for nothing in ["0100", "100000000000000000000000", "0200", "xyz", ""] {
        assert_eq!(of(nothing), (None, vec![]), "{nothing}");
    }
}

#[test]
fn an_address_counts_where_there_is_no_host_name() {
    let of = |claims: &str| {
        let facts = facts(&[("USER_LOGIN", &format!("pid=1 uid=0 auid=1 ses=1 msg='op=login {claims} res=failed'"))]);
        assert_eq!(facts.success, Some(false));
        facts.host().map(|host| String::from_utf8_lossy(host).into_owned())
    };
    assert_eq!(of("hostname=h addr=10.0.0.1").as_deref(), Some("h"));
    assert_eq!(of("hostname=? addr=10.0.0.1").as_deref(), Some("10.0.0.1"));
    assert_eq!(of("hostname=? addr=?").as_deref(), Some("?"));
    assert_eq!(of("acct=\"a\""), None);
}

#[test]
fn what_a_program_claims_is_not_who_did_it() {
    let facts = facts(&[("USER_CMD", "pid=5 uid=0 auid=9 ses=1 msg='pid=77 auid=0 exe=\"/x\" res=success'")]);
    assert_eq!((facts.pid, facts.auid, facts.success), (Some(5), Some(9), Some(true)));
}

#[test]
fn the_syscall_has_the_last_word_on_an_avc() {
    let avc = "avc:  denied  { read } for  pid=7 comm=\"b\" name=\"n\" scontext=a:b:c tcontext=d:e:f tclass=file permissive=1";
    let both = facts(&[("AVC", avc), ("SYSCALL", &CALL.replace("success=no", "success=yes"))]);
    assert_eq!(both.success, Some(true));
    assert_eq!((texts(both.objects()), texts(both.files())), (vec!["d:e:f".to_owned()], vec!["n".to_owned()]));
    assert!(both.kinds.any(AVCS));
    assert_eq!(facts(&[("AVC", avc)]).success, Some(false));
    assert_eq!(facts(&[("AVC", "apparmor=\"DENIED\" operation=\"open\" pid=3 comm=\"c\"")]).success, Some(false));
    assert_eq!(facts(&[("AVC", "apparmor=\"ALLOWED\" operation=\"open\" pid=3 comm=\"c\"")]).success, Some(true));
}

#[test]
fn what_cannot_fail_succeeds_unless_it_says_otherwise() {
    let success = |kind, body| facts(&[(kind, body)]).success;
    assert_eq!(success("CONFIG_CHANGE", "auid=0 op=add_rule key=(null) list=4"), Some(true));
    assert_eq!(success("CONFIG_CHANGE", "auid=0 op=add_rule key=(null) list=4 res=0"), Some(false));
    assert_eq!(success("LOGIN", "pid=1 uid=0 old auid=4294967295 new auid=0 old ses=1 new ses=2"), Some(true));
    assert_eq!(success("ANOM_PROMISCUOUS", "dev=eth0 prom=256 old_prom=0 auid=0 uid=0 gid=0 ses=1"), None);
}

#[test]
fn what_is_not_wanted_is_not_read() {
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
    let mut facts = Facts::default();
    let line = format!("type=SYSCALL msg=audit(1.0:7): {CALL}");
    let mut read = |event: &Event| facts.read(event, Told::PID.and(Told::RESULT), &mut Fields::new());
    grouper.push(&LineParser::new().line(line.as_bytes()).unwrap(), 1, &mut read);
    grouper.finish(&mut read);
    assert_eq!((facts.pid, facts.success, facts.auid, facts.exe()), (Some(7), Some(false), None, None));
}
