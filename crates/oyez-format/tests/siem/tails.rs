//! A name in an ENRICHED tail is the same name in every format, however auditd wrote it.

use oyez_events::context::Context;
use oyez_format::Formatter;
use oyez_format::enriched::EnrichedFormat;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::laurel::{LaurelFormat, LaurelOptions};
use oyez_format::sentence::SentenceFormat;
use oyez_format::text::{TextFormat, TextOptions};
use serde_json::Value;

use crate::log;

/// A record of user 1000, and a file of theirs; `NAME` is what the tails say.
const LOG: &str = "type=SYSCALL msg=audit(1795407611.360:42): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd0 \
a2=0 a3=0 items=1 ppid=700 pid=731 auid=1000 uid=1000 gid=7 euid=1000 suid=1000 fsuid=1000 egid=7 sgid=7 fsgid=7 tty=pts1 \
ses=3 comm=\"cat\" exe=\"/usr/bin/cat\" key=(null)\u{1d}ARCH=x86_64 SYSCALL=openat AUID=NAME UID=NAME GID=NAME EUID=NAME \
SUID=NAME FSUID=NAME EGID=NAME SGID=NAME FSGID=NAME\n\
type=CWD msg=audit(1795407611.360:42): cwd=\"/\"\n\
type=PATH msg=audit(1795407611.360:42): item=0 name=\"/f\" inode=5 dev=fd:01 mode=0100640 ouid=1000 ogid=7 rdev=00:00 \
nametype=NORMAL\u{1d}OUID=NAME OGID=NAME\n";

/// What a tail says, and what that is: `None` where it is no name, and the number is told.
const NAMES: [(&str, Option<&str>); 7] = [
    ("\"alice\"", Some("alice")),
    ("616C69636520", Some("alice ")),
    ("616C69636520736D697468", Some("alice smith")),
    ("C3A9", Some("\u{e9}")),
    ("61FF", Some("a\u{fffd}")),
    ("\"C3A9\"", Some("C3A9")),
    ("\"unknown(1000)\"", None),
];

/// What `format` writes of the log in which tails say `name`.
fn written(mut format: Formatter, name: &str) -> String {
    let mut out = Vec::new();
    let log = LOG.replace("NAME", name);
    log::events(log.as_bytes(), |event| format.event(event, &Context::default(), &mut out));
    String::from_utf8(out).unwrap()
}

#[test]
fn names_in_a_tail_are_decoded_in_ecs_and_ocsf() {
    for (name, wanted) in NAMES {
        let ecs = log::read(written(log::ecs(), name).as_bytes());
        let ocsf = log::read(written(log::ocsf(), name).as_bytes());
        let found = [
            &ecs["user"]["audit"]["name"],
            &ecs["user"]["name"],
            &ecs["user"]["group"]["name"],
            &ecs["file"]["owner"],
            &ecs["file"]["group"],
            &ocsf["actor"]["user"]["name"],
            &ocsf["actor"]["process"]["user"]["name"],
            &ocsf["file"]["owner"]["name"],
        ];
        for (place, found) in found.into_iter().enumerate() {
            assert_eq!(found.as_str(), wanted, "{place}, {name}: {ecs} {ocsf}");
        }
    }
}

#[test]
fn names_in_a_tail_are_decoded_in_lines_for_people() {
    let shown = [
        ("alice ses 3", "alice, in session 3,"),
        ("'alice ' ses 3", "'alice ', in session 3,"),
        ("'alice smith' ses 3", "'alice smith', in session 3,"),
        ("\u{e9} ses 3", "\u{e9}, in session 3,"),
        ("$'a\\xff' ses 3", "$'a\\xff', in session 3,"),
        ("C3A9 ses 3", "C3A9, in session 3,"),
        ("1000 ses 3", "uid 1000, in session 3,"),
    ];
    for ((name, _), (text, sentence)) in NAMES.into_iter().zip(shown) {
        let line = written(Formatter::Text(Box::new(TextFormat::new(TextOptions::default()))), name);
        assert!(line.starts_with(&format!("2026-11-23T04:20:11.360Z  {text}  openat")), "{name}: {line}");
        let line = written(Formatter::Sentence(Box::new(SentenceFormat::new(Vec::new()))), name);
        assert!(line.starts_with(&format!("2026-11-23T04:20:11.360Z  {sentence}")), "{name}: {line}");
    }
}

#[test]
fn names_in_a_tail_are_decoded_in_json_and_as_laurel_spells_bytes() {
    let laurel_names = ["alice", "alice ", "alice smith", "\u{e9}", "a%ff", "C3A9", "unknown(1000)"];
    for ((name, wanted), laurel_name) in NAMES.into_iter().zip(laurel_names) {
        let json = written(Formatter::Json(Box::new(JsonFormat::new(JsonOptions::default()))), name);
        let json = log::read(json.as_bytes());
        // JSON keeps what auditd wrote of an id without a name.
        let wanted = Some(wanted.unwrap_or("unknown(1000)"));
        assert_eq!(json["user"]["uid_name"].as_str(), wanted, "{json}");
        assert_eq!(json["paths"][0]["ouid_name"].as_str(), wanted, "{json}");
        let laurel = written(Formatter::Laurel(Box::new(LaurelFormat::new(LaurelOptions::default()))), name);
        let laurel: Value = serde_json::from_str(&laurel).unwrap();
        assert_eq!(laurel["SYSCALL"]["UID"], laurel_name, "{laurel}");
    }
}

#[test]
fn an_enriched_log_keeps_the_bytes_of_its_names() {
    for (name, _) in NAMES {
        assert_eq!(written(Formatter::Enriched(Box::<EnrichedFormat>::default()), name), LOG.replace("NAME", name));
    }
}
