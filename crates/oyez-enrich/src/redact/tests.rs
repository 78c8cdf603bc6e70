use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use oyez_events::decode::argv::Argv;
use oyez_events::decode::{Text, hex as hex_to, untrusted};
use oyez_events::fields::Form;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use proptest::prelude::*;

use super::*;

mod unseen;

/// Making one takes a while; the properties use one.
static DEFAULT: LazyLock<Mutex<Redactor>> =
    LazyLock::new(|| Mutex::new(Redactor::new(true, &[own("/(x+)", Target::Path)]).unwrap()));

/// The same patterns, for those who look whether they were heeded.
static KNOWN: LazyLock<unseen::Known> = LazyLock::new(|| {
    let builtin: Vec<_> = DEFAULTS.iter().map(BuiltIn::regex).collect();
    unseen::Known::new(builtin.iter().map(String::as_str).chain(["/(x+)"]), ["/(x+)"].into_iter())
});

fn event(lines: &[String]) -> Event {
    let mut copy = Event::default();
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
    let mut out = |event: &Event| copy.copy_from(event);
    for line in lines {
        let (name, body) = line.split_once(' ').unwrap();
        let line = format!("type={name} msg=audit(1.0:7): {body}");
        grouper.push(&LineParser::new().line(line.as_bytes()).unwrap(), 1, &mut out);
    }
    grouper.finish(&mut out);
    copy
}

fn bodies(event: &Event) -> Vec<String> {
    event.records().map(|record| String::from_utf8(record.body().to_vec()).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02X}");
        out
    })
}

/// As kernel/audit.c, `audit_log_untrustedstring`.
fn encoded(bytes: &[u8]) -> String {
    let is_plain = bytes.iter().all(|byte| (0x21..0x7f).contains(byte) && *byte != b'"');
    if is_plain { format!("\"{}\"", String::from_utf8_lossy(bytes)) } else { hex(bytes) }
}

/// The records of an execve with these arguments; those longer than `split` in pieces, and each in a record of its own.
fn execve(args: &[&[u8]], split: usize) -> Vec<String> {
    let mut lines = vec!["SYSCALL syscall=59 success=yes a0=1 exe=\"/usr/bin/x\"".to_owned()];
    lines.push(format!("EXECVE argc={}", args.len()));
    for (at, arg) in args.iter().enumerate() {
        if arg.len() <= split {
            let _ = write!(lines.last_mut().unwrap(), " a{at}={}", encoded(arg));
            continue;
        }
        let _ = write!(lines.last_mut().unwrap(), " a{at}_len={}", encoded(arg).len());
        for (piece, bytes) in arg.chunks(split).enumerate() {
            lines.push(format!("EXECVE a{at}[{piece}]={}", encoded(bytes)));
        }
        lines.push("EXECVE ".to_owned());
    }
    let mut title = args.join(&0);
    title.truncate(128);
    lines.push(format!("PROCTITLE proctitle={}", encoded(&title)));
    lines.retain(|line| line != "EXECVE ");
    lines
}

fn argv(event: &Event) -> Vec<Vec<u8>> {
    let (mut argv, mut fields) = (Argv::new(), Fields::new());
    for record in event.records().filter(|record| record.number() == EXECVE) {
        fields.split(&record);
        argv.add(record.body(), fields.own());
    }
    argv.join();
    argv.args().map(|arg| arg.unwrap_or_default().to_vec()).collect()
}

fn title(event: &Event) -> Vec<u8> {
    let record = event.records().find(|record| record.number() == PROCTITLE).unwrap();
    let mut fields = Fields::new();
    fields.split(&record);
    let field = fields.own()[0];
    match untrusted(field.value.of(record.body()), field.form, &mut Vec::new()) {
        Text::Absent => Vec::new(),
        Text::Bytes(bytes) => bytes.to_vec(),
    }
}

/// What becomes of a command line, whose arguments stand between `|`.
fn redacted(redactor: &mut Redactor, command: &str) -> String {
    let args: Vec<&[u8]> = command.split('|').map(str::as_bytes).collect();
    let event = event(&execve(&args, 7500));
    let out = redactor.event(&event);
    let argv: Vec<_> = argv(out).iter().map(|arg| String::from_utf8_lossy(arg).into_owned()).collect();
    argv.join("|")
}

/// Arguments between `|`; what is expected to be replaced stands between `«` and `»`.
const COMMANDS: [&str; 68] = [
    "x|--password=«hunter2»",
    "x|--password=«token=abc»",
    "x|--password=«my secret words»|--port=1",
    "x|--PassWord=«a»",
    "x|--token|«abc»|--url|u",
    "x|--api-key|«abc»",
    "x|-token|«abc»",
    "x|--token|--verbose",
    "x|--token|«-abc»",
    "x|--token",
    "x|--db-password|«p w»|y",
    "env|PGPASSWORD=«a b»|psql",
    "env|AWS_SECRET_ACCESS_KEY=«abc/+»|aws",
    "env|DB_PASS=«x»|MYSQL_PWD=«y»|z",
    "sh|-c|PASSWORD=«x» rm -rf /",
    "sh|-c|cd /; TOKEN=«'a b'c»; rm -rf /",
    "bash|-lc|mysql --password «x» -e 'select 1'",
    "sh|-c|curl -H \"Authorization: Bearer «abc.def»\" http://h/",
    "curl|-d|user=y&password=«x»&a=b|-d|password=«x&user=y»|http://h/?token=«abc»&b=c",
    "curl|-d|{\"user\":\"u\",\"password\":\"«p»\",\"b\":1}",
    "curl|-H|X-Api-Key: «abc»|-H|X-Auth-Token:«abc»",
    "curl|-H|authorization: Basic «dTpw»|-k",
    "curl|-H|Authorization: «raw»",
    "curl|-b|x|-H|Cookie: «sid=1; b=2»",
    "curl|-u|bob:«pw»|http://h",
    "curl|-ubob:«pw»",
    "curl|-s|--user|bob:«p:w»",
    "curl|-u|bob",
    "smbclient|//h/s|-U|bob%«pw»",
    "git|clone|https://bob:«p@ss»@h/r.git",
    "redis-cli|-u|redis://:«pw»@h:1/0",
    "git|clone|https://h:80/a/b@c",
    "ssh|bob@h:22",
    "psql|host=h password=«x» user=y",
    "mount|-o|username=b,password=«c,vers=3»",
    "x|Server=s;Password=«p»;Database=d",
    "openssl|rsa|-passin|pass:«p w»|-in|k",
    "sh|-c|openssl rsa -passin pass:«pw» -in k",
    "/usr/bin/mysql|-u|root|-p«hunter2»|db",
    "mysql|-p|db",
    "mysqldump|-uroot|-p«x y»",
    "sh|-c|mysqldump -p«x» db > /tmp/x",
    "sudo|mariadb|-p«x»",
    "cp|-p|a|b",
    "mkdir|-pv|a",
    "docker|run|-p|80:80|x",
    "docker|login|-u|me|-p|«pw»|reg",
    "sshpass|-p|«pw»|ssh|h",
    "sshpass|-p«pw»|ssh|h",
    "ipmitool|-H|h|-U|u|-P|«pw»|power",
    "ldapsearch|-D|cn=x|-w|«pw»|-b|dc=y",
    "redis-cli|-h|h|-a|«pw»",
    "snmpget|-v2c|-c|«public»|h",
    "xfreerdp|/u:x|/p:«pw»|/v:h",
    "7z|a|-p«pw»|x.7z",
    "unzip|-P|«pw»|x.zip",
    "aws|«AKIAIOSFODNN7EXAMPLE»",
    "x|«ghp_0123456789abcdefghijABCDEFGHIJ012345»",
    "x|«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.abc-_x»",
    "x|Bearer «0123456789»",
    "x|--password=«sécrét»|ü",
    "kubectl|create|secret|generic|s|--from-literal=password=«p w»",
    "ls|-l|/etc/passwd",
    "cat|/run/secrets/token",
    "x|--password-file=/p|--token-ttl=5",
    "env|PWD=/root|OLDPWD=/|HOME=/root",
    "x|--bypass-cache|--compass",
    "docker|pull|reg/token:latest",
];

#[test]
fn what_is_secret_is_replaced_and_nothing_else() {
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let mut wrong = Vec::new();
    for command in COMMANDS {
        let (mut expected, mut is_secret) = (String::new(), false);
        for char in command.chars() {
            match char {
                '«' => is_secret = true,
                '»' => is_secret = false,
                _ if is_secret => expected.push_str(&"*".repeat(char.len_utf8())),
                _ => expected.push(char),
            }
        }
        // The second time the memo answers.
        for _ in 0..2 {
            let found = redacted(&mut redactor, &command.replace(['«', '»'], ""));
            if found != expected {
                wrong.push(format!("{command}\n  {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_default_pattern_finds_something_here_and_stands_in_the_documents() {
    let document = include_str!("../../../../docs/events.md");
    for default in DEFAULTS {
        let regex = Pattern { name: default.name.to_owned(), regex: default.regex(), target: Target::Command };
        let mut redactor = Redactor::new(false, &[regex]).unwrap();
        let mut finds = |command: &str| {
            let plain = command.replace(['«', '»'], "");
            redacted(&mut redactor, &plain) != plain
        };
        assert!(COMMANDS.iter().any(|command| finds(command)), "{}", default.name);
        let row = format!("| `{}` | {} |", default.name, default.finds.replace('|', "\\|"));
        assert!(document.contains(&row), "{row}");
    }
}

#[test]
fn hex_and_pieces_are_rewritten_as_they_are_written() {
    let lines = [
        "EXECVE argc=3 a0=\"x\" a1=2D2D70617373776F72643D6120FF a2_len=20 a2[0]=\"--token=AB\"".to_owned(),
        "EXECVE a2[1]=\"CDEF\" a2[2]=20E9".to_owned(),
    ];
    let event = event(&lines);
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let out = redactor.event(&event);
    assert_eq!(
        bodies(out),
        ["argc=3 a0=\"x\" a1=2D2D70617373776F72643D2A2A2A a2_len=20 a2[0]=\"--token=**\"", "a2[1]=\"****\" a2[2]=2A2A"]
    );
    assert!(out.is_redacted() && !event.is_redacted());
}

#[test]
fn pieces_in_any_order_are_one_argument() {
    let lines = [
        "EXECVE a1[1]=\"word=SECRET1\"".to_owned(),
        "EXECVE a1[2]=\"SECRET2\" a2=\"y\"".to_owned(),
        "EXECVE argc=3 a0=\"x\" a1[0]=\"--pass\"".to_owned(),
    ];
    let event = event(&lines);
    let mut redactor = Redactor::new(true, &[]).unwrap();
    assert_eq!(
        bodies(redactor.event(&event)),
        ["a1[1]=\"word=*******\"", "a1[2]=\"*******\" a2=\"y\"", "argc=3 a0=\"x\" a1[0]=\"--pass\""]
    );
}

#[test]
fn what_is_cut_off_in_the_title_is_secret_there_too() {
    let filler = "f".repeat(107);
    let command = ["x", &filler, "AKIAIOSFODNN7EXAMPLE"].map(str::as_bytes);
    let event = event(&execve(&command, 7500));
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let title = title(redactor.event(&event));
    assert_eq!((title.len(), &title[105..]), (128, &b"ffff\0******************"[..]));
}

#[test]
fn a_password_in_an_address_that_is_cut_is_secret_as_far_as_it_goes() {
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let mut title_of = |len: usize, end: &str| {
        let text = format!("{}{end}", "f".repeat(len - end.len()));
        let event = event(&[format!("PROCTITLE proctitle={}", hex(text.as_bytes()))]);
        String::from_utf8(title(redactor.event(&event))).unwrap()[len - end.len()..].to_owned()
    };
    assert_eq!(title_of(128, "x://u:SECR"), "x://u:****");
    assert_eq!(title_of(127, "x://u:SECR"), "x://u:SECR", "not cut: there is no more to come");
    assert_eq!(title_of(128, "--token=x://u:S"), "--token=*******");
    assert_eq!(title_of(128, "x://u:S@h x://u:S"), "x://u:*@h x://u:*");
    let mut argv = b"git\0clone\0https://u:SECR".to_vec();
    assert!(!redactor.arguments(&mut argv.clone(), false) && redactor.arguments(&mut argv, true));
    assert!(argv.ends_with(b"https://u:****"));
}

#[test]
fn a_title_without_arguments_is_looked_at_as_well() {
    let lines = [format!("PROCTITLE proctitle={}", hex(b"x\0--token\0abc\0y"))];
    let event = event(&lines);
    let mut redactor = Redactor::new(true, &[]).unwrap();
    assert_eq!(title(redactor.event(&event)), b"x\0--token\0***\0y");
}

#[test]
fn what_sudo_and_terminals_tell_is_looked_at() {
    let lines = [format!(
        "USER_CMD pid=1 msg='cwd=\"/\" cmd={} exe=\"/usr/bin/sudo\" terminal=? res=success'",
        hex(b"mysql --password=a b")
    )];
    let sudo = event(&lines);
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let expected = format!(
        "pid=1 msg='cwd=\"/\" cmd={} exe=\"/usr/bin/sudo\" terminal=? res=success'",
        hex(b"mysql --password=* b")
    );
    assert_eq!(bodies(redactor.event(&sudo)), [expected]);
    let tty = event(&[format!("TTY pid=1 data={}", hex(b"export TOKEN=abc\r\nls\r"))]);
    assert_eq!(bodies(redactor.event(&tty)), [format!("pid=1 data={}", hex(b"export TOKEN=***\r\nls\r"))]);
    assert_eq!(redactor.redacted(), 2);
}

fn own(regex: &str, target: Target) -> Pattern {
    Pattern { name: "own".to_owned(), regex: regex.to_owned(), target }
}

#[test]
fn patterns_for_paths_see_paths_and_command_lines() {
    let lines = [
        "SYSCALL syscall=257 comm=\"cat\" exe=\"/home/alice/bin/cat\"".to_owned(),
        "CWD cwd=\"/home/alice\"".to_owned(),
        format!("PATH item=0 name={} nametype=NORMAL", hex(b"/home/al ice/x")),
        "EXECVE argc=2 a0=\"cat\" a1=\"/home/alice/x\"".to_owned(),
        format!("PROCTITLE proctitle={}", hex(b"cat\0/home/alice/x")),
    ];
    let event = event(&lines);
    let mut redactor = Redactor::new(false, &[own("/home/([^/\\x00]+)", Target::Path)]).unwrap();
    assert_eq!(
        bodies(redactor.event(&event)),
        [
            "syscall=257 comm=\"cat\" exe=\"/home/*****/bin/cat\"".to_owned(),
            "cwd=\"/home/*****\"".to_owned(),
            format!("item=0 name={} nametype=NORMAL", hex(b"/home/******/x")),
            "argc=2 a0=\"cat\" a1=\"/home/*****/x\"".to_owned(),
            format!("proctitle={}", hex(b"cat\0/home/*****/x")),
        ]
    );
    let mut commands = Redactor::new(false, &[own("(alice)", Target::Command)]).unwrap();
    assert_eq!(bodies(commands.event(&event))[1], "cwd=\"/home/alice\"");
}

#[test]
fn only_groups_are_replaced_and_a_pattern_without_any_is_refused() {
    let mut redactor = Redactor::new(false, &[own("a(b)?c(d+)", Target::Command)]).unwrap();
    assert_eq!(redacted(&mut redactor, "acdd|abcd"), "ac**|a*c*");
    let error = Redactor::new(true, &[own("secret", Target::Command)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot use the pattern \"own\": it has no group, put what is secret between ( and )"
    );
    let error = Redactor::new(true, &[own("(", Target::Path)]).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the pattern \"own\"");
    assert!(std::error::Error::source(&error).is_some());
    assert!(Redactor::new(true, &[own("(\\w{1000}){1000}", Target::Path)]).is_err());
}

#[test]
fn fields_that_lack_a_quote_stay_what_they_were() {
    let body = r#"op=x cwd="/a b/c" cmd="--password=a"b"c exe="/x" res=ok"#;
    let event = event(&[format!("USER_CMD pid=1 msg='{body}'")]);
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let out = bodies(redactor.event(&event));
    assert_eq!(out, [format!("pid=1 msg='{}'", body.replace("a\"b\"c", "*\"*\"*"))]);
}

#[test]
fn behind_a_thousand_matches_nothing_is_shown() {
    let many = "password=x ".repeat(1100);
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let out = redacted(&mut redactor, &format!("x|{many}|shown"));
    assert!(!out.contains('x') || !out[1..].contains('x'), "a secret is left");
    let own = own("p(x)", Target::Command);
    let mut redactor = Redactor::new(false, &[own]).unwrap();
    let out = redacted(&mut redactor, &format!("{}end", "px".repeat(1001)));
    assert_eq!(out, format!("{}{}", "p*".repeat(1000), "*****"));
}

#[test]
fn arguments_from_elsewhere_are_redacted_in_place() {
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let mut argv = b"x\0--token\0abc\0".to_vec();
    assert!(redactor.arguments(&mut argv, false));
    assert_eq!(argv, b"x\0--token\0***\0");
    assert!(!redactor.arguments(&mut argv[..2], false));
}

#[test]
fn six_thousand_arguments_with_secrets_take_no_more_than_their_time() {
    let args: Vec<String> = (0..6000).map(|at| format!("--password={at}")).collect();
    let args: Vec<&[u8]> = args.iter().map(String::as_bytes).collect();
    let event = event(&execve(&args, 7500));
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let out = argv(redactor.event(&event));
    assert_eq!(out.len(), 6000);
    assert_eq!(out[0], b"--password=*");
    assert!(out[100..].iter().all(|arg| arg.iter().all(|byte| *byte == b'*')));
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1u8..=255, 1..max)
}

fn hostile() -> impl Strategy<Value = String> {
    let words = [
        "a0=",
        "a1[0]=",
        "a1[1]=",
        "a99999999=",
        "\"",
        "4142",
        "cmd=",
        "msg='",
        "'",
        "proctitle=",
        " ",
        "--token",
        "password=",
        "=",
        "00",
        "data=",
    ];
    let word = prop_oneof![prop::sample::select(words.to_vec()).prop_map(str::to_owned), "[ -~é]{0,4}"];
    let body = prop::collection::vec(word, 0..20).prop_map(|words| words.concat());
    let name = prop::sample::select(vec!["EXECVE", "PROCTITLE", "USER_CMD", "TTY", "PATH", "SYSCALL", "CWD"]);
    (name, body).prop_map(|(name, body)| format!("{name} {body}"))
}

proptest! {
    #[test]
    fn a_secret_survives_in_no_record(secret in bytes(60), split in 1usize..20, front in bytes(40), next in any::<bool>()) {
        let flag = [&b"--password="[..], &secret].concat();
        let args: Vec<&[u8]> = if next && !secret.starts_with(b"-") { vec![b"x", &front, b"--token", &secret] } else { vec![b"x", &front, &flag] };
        let event = event(&execve(&args, split));
        let mut redactor = DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
        let out = redactor.event(&event);
        let stars = vec![b'*'; secret.len()];
        let (argv, title) = (argv(out), title(out));
        prop_assert!(argv.last().unwrap().ends_with(&stars));
        prop_assert_eq!(&argv[0], b"x");
        let mut joined = argv.join(&0);
        joined.truncate(128);
        prop_assert_eq!(title, joined);
    }

    #[test]
    fn no_secret_is_left_and_nothing_else_is_lost(lines in prop::collection::vec(hostile(), 1..6)) {
        let event = event(&lines);
        let mut redactor = DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
        KNOWN.event(&mut redactor, &event);
        KNOWN.text(&mut redactor, lines.join("\0").as_bytes());
    }

    #[test]
    fn the_ranges_of_a_text_are_in_order_and_apart(text in prop::collection::vec(any::<u8>(), 0..200), word in "[a-c]{0,40}") {
        let patterns = [own("(a+)(b)?", Target::Command), own("(b|c)c", Target::Command), own("(\\xff|[0-9]*)", Target::Command)];
        let (commands, _) = Patterns::both(false, &patterns).unwrap();
        let mut out = Vec::new();
        let text = [text, word.into_bytes()].concat();
        commands.find(&text, &mut out);
        prop_assert!(out.iter().all(|range| range.start < range.end && range.end <= text.len()));
        prop_assert!(out.windows(2).all(|two| two[0].end < two[1].start));
    }
}

#[test]
fn an_event_without_secrets_is_the_same_event() {
    let mut redactor = Redactor::new(true, &[]).unwrap();
    let harmless = event(&execve(&[b"ls", b"-l", b"/etc/passwd"], 7500));
    assert!(std::ptr::eq(redactor.event(&harmless), &raw const harmless));
    assert_eq!(redactor.redacted(), 0);
    let mut without_patterns = Redactor::new(false, &[]).unwrap();
    let secret = event(&execve(&[b"x", b"--password=y"], 7500));
    assert!(std::ptr::eq(without_patterns.event(&secret), &raw const secret));
}
