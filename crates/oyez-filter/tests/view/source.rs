//! What a field needs is what can change it: neither secrets that are taken out nor what is known besides changes one that is
//! said to stand in the records.

use oyez_enrich::redact::{Pattern, Redactor, Target};
use oyez_events::Event;
use oyez_events::context::Context;
use oyez_filter::field::Source;
use oyez_filter::{Field, Read as _, Reader};
use oyez_format::json::JsonOptions;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::events::{full, read, samples};
use crate::oracle::{Asked, Owned, lines};

const SECRETS: &str = r#"
type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 pid=2 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm="mysql" exe="/home/alice/mysql" key="exec"
type=EXECVE msg=audit(1.000:1): argc=5 a0="mysql" a1="--password=hunter2" a2=2D2D746F6B656E a3=736563726574 a4="?"
type=CWD msg=audit(1.000:1): cwd="/home/alice"
type=PATH msg=audit(1.000:1): item=0 name="/home/alice/mysql" inode=1 dev=fd:01 mode=0100755 ouid=1000 ogid=0 rdev=00:00 nametype=NORMAL
type=PROCTITLE msg=audit(1.000:1): proctitle=6D7973716C002D2D70617373776F72643D68756E74657232
type=PROCTITLE msg=audit(1.000:1): proctitle="--password=hunter2" odd=1
type=USER_CMD msg=audit(1.000:2): pid=9 uid=1000 auid=1000 ses=3 msg='cwd="/root" cmd=6D7973716C202D2D70617373776F72643D68756E74657232 terminal=pts/1 res=success'
type=USER_CMD msg=audit(1.000:3): pid=9 uid=1000 auid=1000 ses=3 msg='cwd="/root" cmd="mysql --password=hun'ter2" exe="/usr/bin/sudo" terminal=pts/1 res=success'
type=TTY msg=audit(1.000:4): tty pid=5 uid=0 auid=1000 ses=3 major=136 minor=1 comm="bash" data=2D2D70617373776F72643D68756E746572320D
type=USER_TTY msg=audit(1.000:5): pid=5 uid=0 auid=1000 ses=3 data="--password=hunter2"
"#;

struct Judge {
    reader: Reader,
    redactor: Redactor,
    asked: Vec<Field>,
    changed: usize,
}

impl Judge {
    /// Of fields in the records; with an operator's patterns for paths only of those that are not looked at for paths.
    fn new(own: &[Pattern]) -> Self {
        let is_asked =
            |field: &Field| field.def().source == Source::Records && (own.is_empty() || !field.is_path_like());
        Judge {
            reader: Reader::new(JsonOptions::default()),
            redactor: Redactor::new(true, own).unwrap(),
            asked: Asked::all().into_iter().map(|asked| asked.field).filter(is_asked).collect(),
            changed: 0,
        }
    }

    fn judge(&mut self, event: &Event) {
        let Judge { reader, redactor, asked, changed } = self;
        let redacted = redactor.event(event);
        *changed += usize::from(redacted.is_redacted());
        let (empty, known) = (Context::default(), full());
        let before = values(reader, event, &empty, asked);
        for (event, context) in [(event, &known), (redacted, &empty), (redacted, &known)] {
            let after = values(reader, event, context, asked);
            for ((before, after), field) in before.iter().zip(&after).zip(&*asked) {
                assert_eq!(before, after, "{} of\n{}", field.name(), lines(event));
            }
        }
    }
}

fn values(reader: &mut Reader, event: &Event, context: &Context<'_>, fields: &[Field]) -> Vec<Vec<Owned>> {
    let mut view = reader.view(event, context);
    let mut values_of = |field| {
        let mut values = Vec::new();
        view.any(field, &mut |value| {
            values.push(value.into());
            false
        });
        values
    };
    fields.iter().map(&mut values_of).collect()
}

fn path_patterns() -> Vec<Pattern> {
    vec![Pattern { name: "people".to_owned(), regex: "(ali|o|e|a)".to_owned(), target: Target::Path }]
}

#[test]
fn what_stands_in_the_records_is_changed_by_nothing() {
    for own in [Vec::new(), path_patterns()] {
        let mut judge = Judge::new(&own);
        read(SECRETS.lines().map(str::as_bytes), &mut |event| judge.judge(event));
        assert!(judge.changed >= 5, "{}", judge.changed);
        for sample in samples() {
            read(sample.iter().map(Vec::as_slice), &mut |event| judge.judge(event));
        }
    }
}

#[test]
fn what_stands_in_records_of_any_bytes_is_changed_by_nothing() {
    let text: Vec<_> = SECRETS.lines().filter(|line| !line.is_empty()).map(str::as_bytes).collect();
    let judges = std::cell::RefCell::new([Judge::new(&[]), Judge::new(&path_patterns())]);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let piece = prop_oneof![
        Just(" "),
        Just("\""),
        Just("'"),
        Just("="),
        Just(" cmd=--password=x"),
        Just(" msg='"),
        Just("2D"),
        Just("")
    ];
    let change = (any::<Index>(), any::<Index>(), piece, 0..3_usize);
    let strategy = (proptest::collection::vec(change, 0..5), any::<Index>());
    let result = proptest::test_runner::TestRunner::new(config).run(&strategy, |(changes, which)| {
        let mut text: Vec<_> = text.iter().map(|line| line.to_vec()).collect();
        for (line, at, piece, cut) in changes {
            let line = line.index(text.len());
            let line = &mut text[line];
            let start = line.windows(2).position(|window| window == b"):").map_or(0, |at| at + 2).min(line.len());
            let at = start + at.index(line.len() - start + 1);
            line.splice(at..(at + cut).min(line.len()), piece.bytes());
        }
        let judge = &mut judges.borrow_mut()[which.index(2)];
        read(text.iter().map(Vec::as_slice), &mut |event| judge.judge(event));
        Ok(())
    });
    if let Err(failed) = result {
        panic!("{failed}");
    }
}

#[test]
fn what_is_said_to_be_known_or_secret_is_changed_by_that() {
    let (mut reader, mut redactor) = (Reader::new(JsonOptions::default()), Redactor::new(true, &[]).unwrap());
    let known = ["user.auid_name", "process.argv", "process.unit", "login.by", "actor.name", "tags", "added.team"];
    let secret = ["process.proctitle", "claimed.cmd", "details.data", "marks"];
    let fields = |names: &[&str]| names.iter().map(|name| Field::find(name).unwrap()).collect::<Vec<_>>();
    let (known, secret) = (fields(&known), fields(&secret));
    let mut changed = std::collections::HashSet::new();
    let mut note = |fields: &[Field], before: Vec<Vec<Owned>>, after: Vec<Vec<Owned>>| {
        for ((field, before), after) in fields.iter().zip(before).zip(after) {
            if before != after {
                changed.insert(field.name());
            }
        }
    };
    read(SECRETS.lines().map(str::as_bytes), &mut |event| {
        let empty = Context::default();
        let before = values(&mut reader, event, &empty, &known);
        note(&known, before, values(&mut reader, event, &full(), &known));
        let before = values(&mut reader, event, &empty, &secret);
        note(&secret, before, values(&mut reader, redactor.event(event), &empty, &secret));
    });
    assert_eq!(changed.len(), known.len() + secret.len(), "{changed:?}");
}
