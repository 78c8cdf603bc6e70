//! What a rule starts with: `-a`, `-A`, `-d` with list and action, `-w` and `-W` with a path.

use super::lex::Token;
use super::options::Given;
use super::problem::{Code, Problem, show};
use super::rule::{Builder, Draft};
use crate::model::{Action, Field, FieldTest, List, MAX_TEXT_LEN, Op, Rule};

/// The longest name of a file (`NAME_MAX`).
const NAME_MAX: usize = 255;
/// All of `rwxa`: what a watch without `-p` is about.
const ALL_PERMISSIONS: u32 = 15;

/// `-a`, `-A`, `-d`.
pub(super) fn rule(builder: &mut Builder<'_, '_>, letter: u8, given: &Given) {
    if !is_first(builder, given.column) {
        return;
    }
    let pair = list_and_action(&given.value);
    let list_known = pair.is_ok();
    let (list, action) = pair.unwrap_or_else(|problem| {
        builder.problem(problem);
        (List::Exit, Action::Always)
    });
    let mut rule = Rule::new(list, action);
    rule.prepend = letter == b'A';
    if builder.syscalls.is_some() && !list.takes_syscalls() {
        builder.problem(super::calls::not_in(list, given.value.column));
    }
    builder.draft = Some(Draft { rule, delete: letter == b'd', watch: false, list_known });
}

/// Whether no other rule was started in this line; says so if one was.
fn is_first(builder: &mut Builder<'_, '_>, column: usize) -> bool {
    let first = builder.draft.is_none();
    if !first {
        let what = "more than one rule in a line";
        builder.problem(
            Problem::error(Code::OptionConflict, column, what).hint("-a, -A, -d, -w and -W exclude each other"),
        );
    }
    first
}

/// `list,action` or `action,list`.
fn list_and_action(value: &Token) -> Result<(List, Action), Problem> {
    let words: Vec<_> = value.text.split(|byte| *byte == b',').collect();
    let [first, second] = words[..] else {
        let what = format!("\"{}\" is not a list and an action with a comma between", show(&value.text));
        return Err(Problem::error(Code::UnknownList, value.column, what).hint("such as exit,always"));
    };
    if first == b"possible" || second == b"possible" {
        let problem = Problem::error(Code::ObsoleteAction, value.column, "the action possible is obsolete");
        return Err(problem.hint("write always"));
    }
    let second_column = value.column_of(first.len() + 1);
    match (action(first), action(second)) {
        (Some(action), _) => Ok((list(second, second_column)?, action)),
        (None, Some(action)) => Ok((list(first, value.column)?, action)),
        (None, None) => Err(neither(first, second, value.column, second_column)),
    }
}

/// What to say of two words of which none is an action.
fn neither(first: &[u8], second: &[u8], first_column: usize, second_column: usize) -> Problem {
    let (word, column) = if List::from_name(first).is_some() { (second, second_column) } else { (first, first_column) };
    let names = List::ALL.into_iter().map(List::name).chain(ACTIONS.map(Action::name));
    Problem::error(Code::UnknownList, column, format!("\"{}\" is no list and no action", show(word))).meant(word, names)
}

const ACTIONS: [Action; 2] = [Action::Never, Action::Always];

fn action(name: &[u8]) -> Option<Action> {
    ACTIONS.into_iter().find(|action| action.name().as_bytes() == name)
}

fn list(name: &[u8], column: usize) -> Result<List, Problem> {
    List::from_name(name).ok_or_else(|| {
        let problem = Problem::error(Code::UnknownList, column, format!("unknown list \"{}\"", show(name)));
        if name == b"entry" {
            return problem.hint("the list entry is gone: write exit");
        }
        problem.meant(name, List::ALL.into_iter().map(List::name))
    })
}

/// `-w`, `-W`.
pub(super) fn watch(builder: &mut Builder<'_, '_>, letter: u8, given: &Given) {
    if !is_first(builder, given.column) {
        return;
    }
    let path = without_slashes(&given.value.text);
    let mut rule = Rule::new(List::Exit, Action::Always);
    check_path(builder, &path, &given.value);
    let field = if (builder.target.is_dir)(&path) { Field::Dir } else { Field::Path };
    let perm = FieldTest::number(Field::Perm, Op::Equal, ALL_PERMISSIONS);
    FieldTest::text(field, Op::Equal, path).into_iter().chain(perm).for_each(|test| {
        rule.push(test);
    });
    builder.keyable = true;
    builder.draft = Some(Draft { rule, delete: letter == b'W', watch: true, list_known: true });
}

/// A path without the slashes at its end, as auditctl cuts them off paths of more than two bytes.
fn without_slashes(path: &[u8]) -> Vec<u8> {
    let cut = path.iter().rposition(|byte| *byte != b'/').map_or(1, |last| last + 1);
    if path.len() > 2 { path[..cut].to_vec() } else { path.to_vec() }
}

/// Says what is wrong with the path of a watch.
fn check_path(builder: &mut Builder<'_, '_>, path: &[u8], value: &Token) {
    let name_len = path.rsplit(|byte| *byte == b'/').next().map_or(0, <[u8]>::len);
    if path.len() >= MAX_TEXT_LEN || name_len > NAME_MAX {
        builder.problem(Problem::error(Code::TooLong, value.column, "the path, or the name at its end, is too long"));
    }
    absolute(builder, path, value);
}

/// Says so if a path is not absolute, or not one that is taken as it stands.
pub(super) fn absolute(builder: &mut Builder<'_, '_>, path: &[u8], value: &Token) {
    if path.first() != Some(&b'/') {
        let what = format!("the path \"{}\" does not start with /", show(path));
        builder.problem(Problem::error(Code::BadPath, value.column, what));
    }
    if path.contains(&0) {
        builder.problem(Problem::error(Code::BadByte, value.column, "a path cannot hold a NUL"));
    }
    if path.windows(2).any(|pair| pair == b"..") {
        let what = "\"..\" in a path is not followed";
        builder.problem(Problem::warning(Code::BadPath, value.column, what));
    }
    if path.iter().any(|byte| matches!(byte, b'*' | b'?')) {
        let what = "wildcards in a path are not expanded";
        builder.problem(Problem::warning(Code::BadPath, value.column, what));
    }
}
