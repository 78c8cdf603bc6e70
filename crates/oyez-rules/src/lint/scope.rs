//! Whose calls a rule is about: calls that everything makes all the time, and users that are none.

use super::calls::{self, Heat};
use super::logic::{implied, trimmed};
use super::seen::Seen;
use super::{Code, Finding};
use crate::model::{Action, Field, FieldTest, List, Op};

pub(super) fn look<'a>(rules: &[Seen<'a>], found: &mut Vec<Finding<'a>>) {
    for seen in rules.iter().filter(|seen| seen.rule.action == Action::Always && seen.rule.list.takes_syscalls()) {
        found.extend(hot(seen));
    }
    for seen in rules.iter().filter(|seen| seen.records_calls()) {
        found.extend(daemons(seen));
        found.extend(unset(seen));
    }
}

/// Whether some test leaves a small part of the calls: whose they are, on what, or that they failed.
pub(super) fn narrow(seen: &Seen<'_>) -> bool {
    seen.rule.fields().iter().any(narrows)
}

fn narrows(test: &FieldTest) -> bool {
    let equal = test.op() == Op::Equal;
    match test.field() {
        Field::Arch
        | Field::Perm
        | Field::Key
        | Field::MsgType
        | Field::FsType
        | Field::LoginuidSet
        | Field::FileType
        | Field::Pers => false,
        Field::Success => (test.as_number() == Some(0)) == equal,
        Field::Exit => equal && test.as_number().is_some_and(|value| value.cast_signed() < 0),
        Field::Auid => equal && test.as_number() != Some(u32::MAX),
        Field::Dir => test.as_text().is_some_and(|path| !trimmed(path).is_empty()),
        Field::FieldCompare => test.op() == Op::NotEqual,
        // Most that runs is root's, and most files are.
        field if field.is_user() || field.is_group() => equal && test.as_number() != Some(0),
        Field::SaddrFam => true,
        _ => equal || test.op().is_bitwise(),
    }
}

fn hot<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    if seen.foreign || narrow(seen) {
        return None;
    }
    let hint = "say whose or which: path, dir, exe, a user, an argument, or -F success=0";
    if seen.rule.syscalls.is_all() && seen.rule.find(Field::Perm).is_none() {
        let message = "it records everything that every process does";
        return Some(
            Finding::at(Code::HotCall, &seen.entry, message).hint("name the calls with -S, and whose they are"),
        );
    }
    let heat = if seen.rule.list == List::IoUring { calls::operation_heat } else { calls::heat };
    let hottest = seen.call_names().map(|name| (name, heat(name))).find(|(_, (heat, _))| *heat == Heat::Hot);
    let (name, (_, why)) = hottest?;
    Some(Finding::at(Code::HotCall, &seen.entry, format!("it records each \"{name}\": {why}")).hint(hint))
}

/// Changes of files by whomever: most are by daemons.
fn daemons<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    let of_users = |test: &FieldTest| test.field().is_user() || test.field() == Field::LoginuidSet;
    if narrow(seen) || seen.rule.syscalls.is_all() || seen.rule.fields().iter().any(of_users) {
        return None;
    }
    let name = seen.call_names().find(|name| calls::changes_files(name))?;
    let message = format!("it records each \"{name}\" of each daemon too");
    Some(Finding::at(Code::NoAuid, &seen.entry, message).hint("-F auid!=unset leaves what nobody logged in for"))
}

/// `auid>=1000`, which processes without a login user meet as well.
fn unset<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    let lower = |test: &&FieldTest| matches!(test.op(), Op::Greater | Op::GreaterOrEqual);
    let test = seen.tests(Field::Auid).find(lower)?;
    let set = FieldTest::number(Field::Auid, Op::NotEqual, u32::MAX)?;
    if implied(&set, seen.rule.fields()) {
        return None;
    }
    let value = test.as_number().unwrap_or_default();
    let message =
        format!("auid{}{value} holds for processes without a login too: theirs is 4294967295", test.op().symbol());
    Some(Finding::at(Code::AuidUnset, &seen.entry, message).hint("add -F auid!=unset"))
}
