//! How the kernel is asked: rules that every call of every process pays for.

use super::seen::Seen;
use super::{Code, Finding};
use crate::model::{Field, FieldTest, List, Op};

/// More rules than this in the list that each call walks are told of. What one costs is written at [`Code::ManyRules`].
pub(super) const MANY: usize = 100;

pub(super) fn look<'a>(rules: &[Seen<'a>], found: &mut Vec<Finding<'a>>) {
    for seen in rules.iter().filter(|seen| seen.rule.list == List::Exit) {
        found.extend(watch(seen).or_else(|| every_call(seen)));
        found.extend(slow_first(seen));
    }
    let walked = rules.iter().filter(|seen| seen.rule.list == List::Exit && !seen.beside_file()).count();
    if walked > MANY {
        let message = format!("{walked} rules stand in the list that each call of each process walks");
        found.push(
            Finding::of_all(Code::ManyRules, message).hint("merge them, and watch files with path= where that does"),
        );
    }
}

fn watch<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    if !seen.watch {
        return None;
    }
    let text = |field| {
        let path = seen.rule.find(field).and_then(FieldTest::as_text)?;
        Some(String::from_utf8_lossy(path).replace('\\', r"\\").replace(' ', r"\ "))
    };
    let bits = seen.rule.find(Field::Perm).and_then(FieldTest::as_number).unwrap_or_default();
    let perm = crate::perm::letters(bits);
    let (code, message, hint) = match (text(Field::Dir), text(Field::Path)) {
        (Some(dir), _) => (
            Code::WatchFolder,
            "each call of each process is asked, whether it is about files or not",
            format!("-a always,exit -F arch=b64 -F dir={dir} -F perm={perm}, and the same with arch=b32"),
        ),
        (None, path) => (
            Code::WatchFile,
            "-w is the old way to write it",
            format!("-a always,exit -F path={} -F perm={perm}", path.unwrap_or_default()),
        ),
    };
    Some(Finding::at(code, &seen.entry, message).hint(super::shown(hint.as_bytes())))
}

fn every_call<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    if seen.foreign || seen.beside_file() || !seen.rule.syscalls.is_all() {
        return None;
    }
    let hint = match seen.rule.find(Field::Perm) {
        Some(_) => "with -F arch=b64, and a twin with b32, only the calls behind its perm are asked",
        None => "name its calls with -S",
    };
    let message = "each call of each process asks for it, as it names none";
    Some(Finding::at(Code::EveryCall, &seen.entry, message).hint(hint))
}

/// A test that looks things up before one that compares two numbers.
fn slow_first<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    if seen.beside_file() {
        return None;
    }
    let tests = seen.rule.fields();
    let slow = tests.iter().position(is_slow)?;
    let quick = tests[slow..].iter().find(|test| is_quick(test))?;
    let (slow, quick) = (tests[slow].field().name(), quick.field().name());
    let message = format!("its test of {slow} is done before that of {quick}, which is quicker");
    Some(Finding::at(Code::SlowFirst, &seen.entry, message).hint(format!("write {quick} before {slow}")))
}

/// Whether the kernel looks something up to do it: the program's file, or a label.
pub(super) fn is_slow(test: &FieldTest) -> bool {
    matches!(test.field(), Field::Exe) || is_label(test.field())
}

const fn is_label(field: Field) -> bool {
    matches!(
        field,
        Field::SubjUser
            | Field::SubjRole
            | Field::SubjType
            | Field::SubjSen
            | Field::SubjClr
            | Field::ObjUser
            | Field::ObjRole
            | Field::ObjType
            | Field::ObjLevLow
            | Field::ObjLevHigh
    )
}

/// Whether it compares a number that the kernel has at hand, and is likely to leave calls out.
pub(super) fn is_quick(test: &FieldTest) -> bool {
    let own = matches!(test.field(), Field::Pid | Field::Success | Field::Exit | Field::SessionId | Field::LoginuidSet);
    let user = matches!(test.field(), Field::Uid | Field::Euid | Field::Auid | Field::Gid | Field::Egid);
    own || (user && test.op() != Op::BitMask) || test.field().is_argument()
}
