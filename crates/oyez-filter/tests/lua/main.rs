//! Filters in Lua: what they are promised, and what they cannot do.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests, which may fail")]

mod answers;
mod any;
mod hostile;
mod patterns;
mod reading;
mod said;
mod sandbox;

use std::time::Duration;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::lua::{Answer, Fault, Script, Settings};
use oyez_filter::{Reader, Tree};
use oyez_format::json::JsonOptions;

/// An execution, with a list that has a gap, a 64-bit number and a name that is not UTF-8.
const EXEC: &str = r#"type=SYSCALL msg=audit(1795321200.101:9001): arch=c000003e syscall=59 success=yes exit=0 a0=55c094deb5c0 a1=55c094df2a10 a2=55c094de1010 a3=8 items=2 ppid=4200 pid=4211 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="perl" exe="/usr/bin/perl" subj=unconfined key="exec"
type=EXECVE msg=audit(1795321200.101:9001): argc=4 a0="perl" a1="-e" a3=7072696E7420226869220A
type=CWD msg=audit(1795321200.101:9001): cwd="/root"
type=PATH msg=audit(1795321200.101:9001): item=0 name="/usr/bin/perl" inode=18446744073709551615 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0
type=PATH msg=audit(1795321200.101:9001): item=1 name=2F746D702F636166E9 inode=77 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"#;

/// A login, as a program claims it.
const LOGIN: &str = r#"type=USER_LOGIN msg=audit(1795321201.500:9002): pid=900 uid=0 auid=1000 ses=3 msg='op=login id=1000 exe="/usr/sbin/sshd" hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res=success'"#;

/// Hands the events of a log to `use_it`.
fn events(log: &str, mut use_it: impl FnMut(&Event)) {
    let mut parser = LineParser::new();
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.lines() {
        grouper.push(&parser.line(line.as_bytes()).unwrap(), 0, &mut use_it);
    }
    grouper.finish(&mut use_it);
}

/// Longer than a busy machine takes for what ends by itself.
const TIME: Duration = Duration::from_secs(10);

fn settings() -> Settings {
    Settings { time_limit: TIME, ..Settings::default() }
}

fn script(source: &str) -> Script {
    Script::compile("x.lua", source.as_bytes(), &settings()).unwrap_or_else(|fault| panic!("{fault}\n{source}"))
}

fn compile_fault(source: &str) -> Fault {
    Script::compile("x.lua", source.as_bytes(), &settings()).unwrap_err()
}

/// What `script` answers for the one event of `log`.
fn ask_of(script: &mut Script, log: &str) -> Result<Answer, Fault> {
    let mut answer = None;
    let mut reader = Reader::new(JsonOptions::default());
    events(log, |event| answer = Some(script.call(&mut reader.view(event, &Context::default()), 5000)));
    answer.unwrap()
}

fn ask(script: &mut Script) -> Result<Answer, Fault> {
    ask_of(script, EXEC)
}

/// What a filter with this body answers for [`EXEC`].
fn answer(body: &str) -> Result<Answer, Fault> {
    ask(&mut script(&format!("function filter(event) {body} end")))
}

/// The member `v` of the table that a filter with this body returns for `log`; `None` for nil.
fn value_of(body: &str, log: &str) -> Option<Tree> {
    let mut script =
        script(&format!("local function f(event) {body} end function filter(event) return {{ v = f(event) }} end"));
    match ask_of(&mut script, log) {
        Ok(Answer::Rewrite(tree)) => tree.get(b"v").cloned(),
        other => panic!("{other:?}: {body}"),
    }
}

fn value(body: &str) -> Option<Tree> {
    value_of(body, EXEC)
}

fn text(text: &str) -> Tree {
    Tree::Text(text.as_bytes().to_vec())
}
