//! Rules that are written on the command line.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

use anyhow::bail;
use oyez_rules::model::{Command, Rule};
use oyez_rules::text::{PermSyscalls, parse_arguments, parse_line};

use crate::exit::Exit;
use crate::rules::compile::helped;
use crate::rules::host::{self, HostNames};
use crate::rules::problems;

/// The rules: each word one, if the first holds a space; else all words one. What is written with `-d` or `-W` is the rule
/// that `-a` or `-w` would add. Warnings come along as notes.
///
/// # Errors
/// [`Exit::Usage`] with everything that is wrong with them.
pub(super) fn rules(words: &[OsString]) -> anyhow::Result<(Vec<Rule>, Vec<String>)> {
    let names = HostNames::default();
    let target = host::target(host::machine(), &names, PermSyscalls::Missing);
    let bytes: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    let lines = bytes.first().is_some_and(|first| first.contains(&b' '));
    let parsed: Vec<_> = if lines {
        bytes.iter().map(|line| (line.to_vec(), parse_line(line, 0, &target))).collect()
    } else {
        vec![(bytes.join(&b' '), parse_arguments(&bytes, &target))]
    };
    let (mut rules, mut errors, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (text, parsed) in parsed {
        let told = if parsed.has_errors() { &mut errors } else { &mut notes };
        for problem in parsed.problems {
            told.push(problems::render_argument(&helped(problem), &text).trim_end().to_owned());
        }
        for command in parsed.commands {
            match command {
                Command::AddRule { rule, .. } | Command::DeleteRule { rule, .. } => rules.push(rule),
                _ => errors.push(format!("error: not a rule: {}", String::from_utf8_lossy(&text))),
            }
        }
    }
    if !errors.is_empty() {
        bail!(Exit::Usage.because(errors.join("\n")));
    }
    Ok((rules, notes))
}
