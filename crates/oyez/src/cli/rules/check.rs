//! `oyez rules check`: everything that is wrong with rules files, for this host or another one.

use oyez_rules::suggest::nearest;
use oyez_rules::text::PermSyscalls;
use oyez_tables::arch::Arch;
use serde_json::{Value as Json, json};

use super::args::CheckRulesArgs;
use super::{Answer, count};
use crate::exit::Exit;
use crate::rules::compile::{Act, Compiled, Placed, compile};
use crate::rules::files::{self, Trust};
use crate::rules::host::{self, HostNames};
use crate::rules::problems;

/// Answers with every problem of every file, or that there is none.
///
/// # Errors
/// Files that can't be read; an architecture that does not exist.
pub(super) fn run(args: &CheckRulesArgs) -> anyhow::Result<Answer> {
    let machine = args.arch.as_deref().map_or_else(|| Ok(host::machine()), arch)?;
    let files = files::read(&args.files.named, Trust::Anybody)?;
    let names = HostNames::default();
    let compiled = compile(&files, &host::target(machine, &names, PermSyscalls::Missing));
    let exit = if compiled.errors() == 0 { Exit::Done } else { Exit::Usage };
    let answer = if args.json { Answer::json(&json(&compiled)) } else { Answer::done(text(&compiled, files.len())) };
    Ok(Answer { exit, ..answer })
}

/// The architecture named so.
pub(super) fn arch(name: &str) -> anyhow::Result<Arch> {
    Arch::all().find(|arch| arch.name() == name).ok_or_else(|| {
        let hint = match nearest(name, Arch::all().map(Arch::name)) {
            Some(near) => format!("did you mean {near}?"),
            None => "such as x86_64, aarch64, riscv64".to_owned(),
        };
        Exit::Usage.because(format!("unknown architecture {name:?}; {hint}")).into()
    })
}

fn text(compiled: &Compiled, files: usize) -> String {
    let problems: String = compiled.problems.iter().map(problems::render).collect();
    let (errors, all) = (compiled.errors(), compiled.problems.len());
    let found = match (errors, all - errors) {
        (0, 0) => "ok".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    format!("{problems}{} in {}: {found}\n", count(rules(compiled), "rule"), count(files, "file"))
}

/// How many rules the files give.
fn rules(compiled: &Compiled) -> usize {
    compiled.plan.acts.iter().filter(|(act, _)| matches!(act, Act::Add(_))).count()
}

fn json(compiled: &Compiled) -> Json {
    let problems: Vec<_> = compiled.problems.iter().map(problem).collect();
    json!({ "rules": rules(compiled), "errors": compiled.errors(), "problems": problems })
}

fn problem(Placed { file, problem, text }: &Placed) -> Json {
    let mut object = json!({
        "file": file.display().to_string(),
        "line": problem.line,
        "column": problem.column,
        "level": problems::level(problem.level),
        "code": problems::code(problem.code),
        "message": problem.what,
        "text": String::from_utf8_lossy(text),
    });
    if let Some(hint) = &problem.hint {
        object["hint"] = json!(hint);
    }
    object
}
