use oyez_tables::record_type::{
    AVC, CONFIG_CHANGE, CWD, DM_CTRL, EXECVE, LOGIN, PATH, SOCKADDR, SOCKETCALL, SYSCALL, USER_ACCT, USER_AUTH,
    USER_AVC, USER_CMD, USER_LOGIN,
};
use proptest::prelude::*;

use super::*;

mod accounts;

/// A list of fields, one to a line of output: `name=value`, with the form where it is not bare; words stand alone in `<>`.
fn shown(text: &[u8], fields: &[Field]) -> String {
    let show = |field: &Field| {
        let value = String::from_utf8_lossy(field.value.of(text));
        let form = match field.form {
            Form::Bare => value.into_owned(),
            Form::Quoted => format!("\"{value}\""),
            Form::Braced => format!("{{{value}}}"),
            Form::Torn => format!("\"{value}…"),
        };
        match field.key {
            FieldKey::Words => format!("<{form}>"),
            FieldKey::Unknown => format!("{}?={form}", field.name.of(text).escape_ascii()),
            FieldKey::Known(key) => format!("{}={form}", key.name()),
            FieldKey::Arg(arg) => format!("a{arg}={form}"),
            FieldKey::ArgPiece(arg, piece) => format!("a{arg}[{piece}]={form}"),
            FieldKey::ArgLen(arg) => format!("a{arg}_len={form}"),
        }
    };
    fields.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn split(number: u16, body: &str, tail: &str) -> Fields {
    let record = Record::new(number, body.as_bytes()).with_tail(tail.as_bytes());
    let mut fields = Fields::new();
    fields.split(&record);
    accounts::for_every_byte(&record, &fields);
    fields
}

/// What the kernel says, and nothing else.
#[track_caller]
fn own(number: u16, body: &str, wanted: &str) {
    both(number, body, wanted, "");
}

#[track_caller]
fn both(number: u16, body: &str, own: &str, claimed: &str) {
    let fields = split(number, body, "");
    assert_eq!(shown(body.as_bytes(), fields.own()), own, "{body}");
    assert_eq!(shown(body.as_bytes(), fields.claimed()), claimed, "{body}");
}

/// What user space says within `msg='…'`.
#[track_caller]
fn claims(message: &str, wanted: &str) {
    both(USER_ACCT, &format!("pid=7 uid=0 msg='{message}'"), "pid=7 uid=0", wanted);
}

#[track_caller]
fn tail(text: &str, wanted: &str) {
    let fields = split(SYSCALL, "syscall=59", text);
    assert_eq!(shown(text.as_bytes(), fields.tail()), wanted, "{text}");
}

#[test]
fn a_usual_record_is_split_as_it_stands() {
    own(
        SYSCALL,
        r#"arch=c000003e syscall=59 success=no exit=-13 a0=55d a3=8 items=2 ppid=7 pid=8 tty=(none) comm="ls" exe=2F612062 key=(null)"#,
        r#"arch=c000003e syscall=59 success=no exit=-13 a0=55d a3=8 items=2 ppid=7 pid=8 tty=(none) comm="ls" exe=2F612062 key=(null)"#,
    );
    own(
        PATH,
        r#"item=0 name="/etc/a=b c" inode=4 dev=fd:01 mode=0100644 rdev=00:00 nametype=NORMAL cap_fp=0"#,
        r#"item=0 name="/etc/a=b c" inode=4 dev=fd:01 mode=0100644 rdev=00:00 nametype=NORMAL cap_fp=0"#,
    );
    own(CWD, "cwd=\"/\"", "cwd=\"/\"");
    own(SYSCALL, "", "");
    own(SYSCALL, "   ", "");
}

#[test]
fn the_usual_order_is_only_a_guess() {
    own(SYSCALL, "pid=8 arch=c000003e pid=9 exit=0 nothing=1 a0=2", "pid=8 arch=c000003e pid=9 exit=0 nothing?=1 a0=2");
    own(SYSCALL, "  arch=c000003e   syscall=59  ", "arch=c000003e syscall=59");
    own(SYSCALL, "archer=1 arch=2", "archer?=1 arch=2");
    own(SYSCALL, "arch", "<arch>");
    own(SYSCALL, "arch=", "arch=");
}

#[test]
fn an_selinux_decision_becomes_fields() {
    let rest = r#"pid=9 comm="a" scontext=u:r:t:s0 permissive=0"#;
    let decided = |text: &str, wanted: &str| own(AVC, &format!("avc:  {text}{rest}"), &format!("{wanted}{rest}"));
    decided("denied  { read write } for  ", "seresult=denied seperms={read write} ");
    decided("granted  { setenforce } for  ", "seresult=granted seperms={setenforce} ");
    decided("denied  { } for  ", "seresult=denied seperms={} ");
    decided("denied  null for  ", "seresult=denied <null for> ");
    own(AVC, "avc:  denied  { read wr", "seresult=denied seperms=\"read wr…");
    own(AVC, "avc:  denied  { ", "seresult=denied seperms=\"…");
    own(AVC, "avc:  denied", "seresult=denied");
    own(AVC, "avc:  denied  { read } forpid=1", "seresult=denied seperms={read} forpid?=1");
    own(AVC, "avc:", "<avc:>");
}

#[test]
fn what_is_no_decision_stays_words() {
    both(
        USER_AVC,
        "pid=1 msg='avc:  received policyload notice (seqno=2) exe=\"/usr/bin/dbus\" (sauid=81, hostname=?, addr=?)'",
        "pid=1",
        "<avc:  received policyload notice> seqno=2 exe=\"/usr/bin/dbus\" sauid=81 hostname=? addr=?",
    );
    both(
        USER_AVC,
        "pid=1 msg='avc:  denied  { status } for auid=0 path=\"/x\"'",
        "pid=1",
        "seresult=denied seperms={status} auid=0 path=\"/x\"",
    );
}

#[test]
fn claims_stand_apart_from_the_kernels_own_fields() {
    both(
        USER_CMD,
        "pid=7 uid=1000 auid=1000 ses=3 msg='cwd=\"/root\" cmd=6C73202D6C terminal=pts/1 res=success'",
        "pid=7 uid=1000 auid=1000 ses=3",
        "cwd=\"/root\" cmd=6C73202D6C terminal=pts/1 res=success",
    );
    claims("op=login res=failed res=success", "op=login res=failed res=success");
    claims("", "");
    claims("text=op=test", "text=op=test");
}

#[test]
fn hostile_quotes_do_not_end_the_claims() {
    claims("op=x' uid=0 auid=0 res=success", "op=x' uid=0 auid=0 res=success");
    claims("acct=\"a' msg='b\" uid=0", "acct=\"a' msg='b\" uid=0");
    claims("' uid=0 '", "<'> uid=0 <'>");
    claims("msg='uid=0", "msg='uid=0");
    claims("acct=\"torn uid=0", "acct=\"torn uid=0…");
}

#[test]
fn a_message_that_is_cut_says_so() {
    both(USER_AUTH, "pid=7 msg='op=x res=succ", "pid=7", "op=x res=succ <\"…>");
    both(USER_AUTH, "pid=7 msg='", "pid=7", "<\"…>");
    both(USER_AUTH, "pid=7 msg=", "pid=7 msg=", "");
    both(USER_AUTH, "pid=7 msg=x", "pid=7 msg=x", "");
}

#[test]
fn text_behind_the_last_quote_is_no_field_of_the_kernels() {
    both(USER_AUTH, "pid=7 msg='op=x' uid=0 auid=0", "pid=7", "op=x <\"uid=0 auid=0…>");
    both(USER_AUTH, "pid=7 msg='op=x'uid=0", "pid=7", "op=x <\"uid=0…>");
    both(USER_AUTH, "pid=7 msg='op=x'   ", "pid=7", "op=x");
}

#[test]
fn older_tools_punctuate() {
    both(
        USER_LOGIN,
        "user pid=7 uid=0 auid=1 msg='PAM: session open acct=\"bob\" : exe=\"/bin/su\" (hostname=?, addr=?, terminal=pts/0 res=success)'",
        "<user> pid=7 uid=0 auid=1",
        "<PAM: session open> acct=\"bob\" <:> exe=\"/bin/su\" hostname=? addr=? terminal=pts/0 res=success",
    );
    claims("(acct=\"bob\", res=failed)", "acct=\"bob\" res=failed");
    claims("op=f(x) a=(b)", "op=f(x) a?=(b)");
    claims("(=1 ( x", "(?=1 <( x>");
}

#[test]
fn an_operation_may_have_several_words() {
    claims("op=adding user to group acct=\"bob\" res=success", "op=adding user to group acct=\"bob\" res=success");
    claims("op=PAM:accounting grantors=pam_unix", "op=PAM:accounting grantors=pam_unix");
    claims("op=\"quoted\" more words id=1", "op=\"quoted\" <more words> id=1");
    own(CONFIG_CHANGE, "op=add rule list=4", "op=add <rule> list=4");
}

#[test]
fn logins_of_old_kernels_have_their_fields_of_today() {
    own(
        LOGIN,
        "login pid=7 uid=0 old auid=4294967295 new auid=1000 old ses=4294967295 new ses=3",
        "<login> pid=7 uid=0 old-auid=4294967295 auid=1000 old-ses=4294967295 ses=3",
    );
    own(
        LOGIN,
        "pid=7 uid=0 old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=3 res=1",
        "pid=7 uid=0 old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=3 res=1",
    );
    own(LOGIN, "old uid=1 not old auid=2", "<old> uid=1 <not old> auid=2");
    own(SYSCALL, "old auid=1", "<old> auid=1");
}

#[test]
fn odd_keys_and_values_stay_what_they_are() {
    own(SYSCALL, "key==x =x = a=b=c", "key==x <=x => a?=b=c");
    own(SYSCALL, "pid= uid= x", "pid= uid= <x>");
    own(SYSCALL, "res=1 res=2", "res=1 res=2");
    own(SYSCALL, "words  and more", "<words  and more>");
    own(PATH, "name=\"a\"b c=1", "name=\"a\"b c?=1");
    own(PATH, "name=\"\" inode=1", "name=\"\" inode=1");
    own(PATH, "name=\"cut", "name=\"cut…");
    own(PATH, "name=\"", "name=\"…");
    own(CWD, "Uid=1 uid=2", "Uid?=1 uid=2");
}

#[test]
fn a_value_with_spaces_loses_no_word() {
    own(
        AVC,
        "apparmor=\"DENIED\" operation=\"open\" info=\"Failed name lookup - disconnected path\" error=-13 profile=\"a b\" pid=9",
        "apparmor=\"DENIED\" operation=\"open\" info=\"Failed name lookup - disconnected path\" error=-13 profile=\"a b\" pid=9",
    );
    own(
        SYSCALL,
        "exe=\"/a\" subj=docker-default (enforce) key=\"k\"",
        "exe=\"/a\" subj=docker-default <(enforce)> key=\"k\"",
    );
}

#[test]
fn single_quotes_belong_to_device_mapper() {
    own(DM_CTRL, "dev=252:3 error_msg='no such thing' res=0", "dev=252:3 error_msg=\"no such thing\" res=0");
    own(DM_CTRL, "error_msg='can't do it' res=0", "error_msg=\"can't do it\" res=0");
    own(DM_CTRL, "error_msg='' res=0", "error_msg=\"\" res=0");
    own(DM_CTRL, "error_msg='cut off", "error_msg=\"cut off…");
    own(DM_CTRL, "error_msg='", "error_msg=\"…");
    own(PATH, "name='a b' inode=1", "name='a <b'> inode=1");
    claims("error_msg='a b'", "error_msg='a <b'>");
}

#[test]
fn arguments_are_numbered_without_end() {
    own(
        EXECVE,
        r#"argc=3 a0="ls" a1_len=9 a1[0]="ab cd" a1[12]=6120 a4294967295=x a01=y"#,
        r#"argc=3 a0="ls" a1_len=9 a1[0]="ab cd" a1[12]=6120 a4294967295=x a01?=y"#,
    );
    own(SOCKETCALL, "nargs=2 a0=3 a1=7ffd", "nargs=2 a0=3 a1=7ffd");
    let fields = split(SYSCALL, "a0=1 a4=2", "");
    assert_eq!(fields.own().first().map(|field| field.key), Some(FieldKey::Known(Key::A0)));
    assert_eq!(fields.own().last().map(|field| field.key), Some(FieldKey::Arg(4)));
}

#[test]
fn the_enriched_tail_explains_keys() {
    tail(
        "ARCH=x86_64 SYSCALL=openat AUID=\"alice\" WHAT=\"a b\"",
        "arch=x86_64 syscall=openat auid=\"alice\" WHAT?=\"a b\"",
    );
    tail("SADDR={ saddr_fam=inet laddr=1.2.3.4 lport=80 }", "saddr={ saddr_fam=inet laddr=1.2.3.4 lport=80 }");
    tail("SADDR={ saddr_fam=local path=/a} UID=\"root\" }", "saddr={ saddr_fam=local path=/a} UID=\"root\" }");
    tail("UID=root", "uid=root");
    tail("UID=", "uid=");
    tail("UID=\"ro ot", "uid=\"ro ot…");
    tail("SADDR={ saddr_fam=inet", "saddr=\" saddr_fam=inet…");
    tail("words UID=\"a\"b  =x", "<words> uid=\"a\" <b> ?=x");
    tail("", "");
    let record = Record::new(SOCKADDR, b"saddr=0200").with_tail(b"SADDR={ x }");
    let mut fields = Fields::new();
    fields.split(&record);
    fields.split(&Record::new(SOCKADDR, b"saddr=0200"));
    assert_eq!(fields.tail(), [], "the tail of the record before is gone");
}

/// Bytes that a record could be made of.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        prop::sample::select(vec![
            "msg='",
            "'",
            "\"",
            "=",
            " ",
            "  ",
            "avc:",
            "denied",
            "{",
            "}",
            "for",
            "old",
            "new",
            "auid=",
            "ses=",
            "op=",
            "(",
            ")",
            ",",
            "res=1",
            "pid=",
            "arch=",
            "comm=\"a b\"",
            "error_msg='",
            "a0=",
            "a1[2]=",
            "a1_len=",
            "SADDR={",
            "UID=\"root\"",
            "syscall=59",
            "x",
            "key=",
            "item=0 name=",
            "\u{1d}",
            "é",
        ])
        .prop_map(|token| token.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![1 => prop::collection::vec(any::<u8>(), 0..300), 4 => plausible()]
}

/// The fields of a syscall in their usual order, with a value of any length here and there.
fn realistic() -> impl Strategy<Value = Vec<u8>> {
    let names = key::usual_order(SYSCALL).iter().map(|key| key.name());
    let values = prop::collection::vec("[0-9]{0,18}|\"[a-z \"]{0,20}\"|[a-z()]{0,18}|\\PC{0,3}", names.len());
    let names: Vec<_> = names.collect();
    let row = values.prop_map(move |values| {
        let fields = names.iter().zip(values).map(|(name, value)| format!("{name}={value} "));
        fields.collect::<String>().into_bytes()
    });
    prop_oneof![2 => row, 1 => any_text()]
}

fn any_type() -> impl Strategy<Value = u16> {
    prop_oneof![
        prop::sample::select(vec![SYSCALL, PATH, AVC, LOGIN, EXECVE, DM_CTRL, USER_AUTH, USER_AVC, SOCKETCALL]),
        1000..3000u16
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_byte_of_any_record_is_in_a_field(number in any_type(), body in any_text(), tail in any_text()) {
        let record = Record::new(number, &body).with_tail(&tail);
        let mut fields = Fields::new();
        fields.split(&record);
        accounts::for_every_byte(&record, &fields);
    }

    #[test]
    fn a_number_is_what_it_is_said_to_be(number in any_type(), body in any_text()) {
        let mut fields = Fields::new();
        fields.split(&Record::new(number, &body));
        for field in fields.own().iter().chain(fields.claimed()).filter(|field| field.is_number) {
            prop_assert!(str::from_utf8(field.value.of(&body)).is_ok_and(|text| text.parse::<i64>().is_ok()), "{field:?}");
        }
    }

    #[test]
    fn what_lies_behind_a_record_changes_nothing(number in any_type(), text in realistic(), len in any::<prop::sample::Index>()) {
        let len = len.index(text.len() + 1);
        let (mut alone, mut among) = (Fields::new(), Fields::new());
        alone.split(&Record::new(number, &text[..len]));
        among.split(&Record::new(number, &text).front(len));
        let plain = |fields: &[Field]| fields.iter().map(|field| Field { is_number: false, ..*field }).collect::<Vec<_>>();
        prop_assert_eq!(plain(alone.own()), plain(among.own()));
        prop_assert_eq!(plain(alone.claimed()), plain(among.claimed()));
    }

    #[test]
    fn a_single_field_is_the_one_that_splitting_finds(value in any_text(), is_title in any::<bool>()) {
        let (number, key) = if is_title { (record_type::PROCTITLE, Key::Proctitle) } else { (CWD, Key::Cwd) };
        for form in ["\"\"", "\"", ""] {
            let (open, close) = form.split_at(form.len().min(1));
            let body = [key.name().as_bytes(), b"=", open.as_bytes(), &value, close.as_bytes()].concat();
            let record = Record::new(number, &body);
            let mut fields = Fields::new();
            fields.split(&record);
            if let Some(field) = only(&record, key) {
                prop_assert_eq!(fields.own(), [Field { is_number: fields.own()[0].is_number, ..field }]);
                prop_assert!(fields.claimed().is_empty());
            }
        }
    }

    #[test]
    fn splitting_takes_steps_in_proportion_to_the_length(number in any_type(), unit in any_text(), times in 1..60usize) {
        let body = unit.repeat(times);
        let record = Record::new(number, &body).with_tail(&body);
        let mut fields = Fields::new();
        scan::steps::take();
        fields.split(&record);
        let steps = scan::steps::take();
        prop_assert!(steps <= 8 * body.len() + 64, "{steps} steps for {} bytes", body.len());
    }
}
