//! Paths in rules against what lies there.

use super::seen::Seen;
use super::{Code, Facts, Finding, Found};
use crate::model::{Field, FieldTest};

pub(super) fn look<'a>(rules: &[Seen<'a>], facts: &Facts<'_>, found: &mut Vec<Finding<'a>>) {
    for seen in rules {
        let tests = seen.rule.fields().iter();
        found.extend(tests.filter_map(|test| at(seen, test, facts)));
    }
}

fn at<'a>(seen: &Seen<'a>, test: &FieldTest, facts: &Facts<'_>) -> Option<Finding<'a>> {
    let field = test.field();
    let path = test.as_text().filter(|_| matches!(field, Field::Path | Field::Dir | Field::Exe))?;
    let shown = super::shown(path);
    let finding = |code, message: String, hint: &str| Some(Finding::at(code, &seen.entry, message).hint(hint));
    match ((facts.path)(path), field) {
        (Found::NoParent, _) | (Found::Nothing, Field::Dir) => {
            let what = if field == Field::Dir { "there is no folder" } else { "there is no folder for" };
            finding(
                Code::MissingPath,
                format!("{what} {shown}: the kernel refuses the rule"),
                "make it, or take the rule out",
            )
        }
        (Found::Nothing, _) => finding(
            Code::AbsentFile,
            format!("there is no {shown}: the rule waits for it"),
            "take it out if it never comes",
        ),
        (Found::Folder, Field::Path) => {
            let message = format!("{shown} is a folder: what is done to the contents of its files is not seen");
            finding(Code::PathIsFolder, message, "dir= is about all that is below it")
        }
        (Found::Link, Field::Exe) => {
            let message = format!("{shown} is a link: the kernel waits for a program that is the link itself");
            finding(Code::ExeIsLink, message, "name the file that it leads to (readlink -f)")
        }
        (Found::File | Found::Link, Field::Dir) => {
            let message = format!("{shown} is a file: each call it names asks for it");
            finding(Code::DirIsFile, message, "path= is kept beside the file, and asked for there only")
        }
        _ => None,
    }
}
