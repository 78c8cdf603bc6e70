//! `oyez rules lint`: what is wrong with rules that can be loaded, and what each costs.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use oyez_netlink::{Control, Kernel};
use oyez_rules::file::{self, Source};
use oyez_rules::lint::codes::DEFS;
use oyez_rules::lint::cost::{Class, Cost};
use oyez_rules::lint::{self, Code, Facts, Finding, Found, Level, Place};
use oyez_rules::model::Rule;
use oyez_rules::text::PermSyscalls;
use oyez_tables::arch::Arch;
use serde_json::{Value as Json, json};

use super::args::LintArgs;
use super::{Answer, check, count};
use crate::exit::Exit;
use crate::rules::compile;
use crate::rules::files::{self, RulesFile, Trust};
use crate::rules::host::{self, HostNames};
use crate::rules::show;

/// One rule, where it stands, and what it costs.
type Priced<'a> = (Place<'a>, &'a Rule, Cost);

/// Answers with every finding and, with `--cost`, the cost of every rule. Errors and warnings end it with
/// [`Exit::Incomplete`], rules that cannot be read with [`Exit::Usage`]; those are `oyez rules check`'s to tell.
///
/// # Errors
/// Files that can't be read; an architecture that does not exist.
pub(super) fn run(args: &LintArgs) -> anyhow::Result<Answer> {
    let machine = args.arch.as_deref().map_or_else(|| Ok(host::machine()), check::arch)?;
    let files = files::read(&args.files.named, Trust::Anybody)?;
    let names = HostNames::default();
    let target = host::target(machine, &names, PermSyscalls::Missing);
    let sources: Vec<_> = files.iter().map(source).collect();
    let merged = file::merge(&sources, &target);
    let unread = compile::compile(&files, &target).errors();
    let paths: Vec<_> = files.iter().map(|file| file.path.display().to_string()).collect();
    let entries = lint::entries(&merged, &sources, &paths);
    let facts = facts(machine, args.arch.is_some());
    let (found, costs) = (lint::lint(&entries, &facts), lint::costs(&entries, &facts));
    let answer = if args.json { Answer::json(&json(&found, &costs)) } else { Answer::done(text(&found, &costs, args)) };
    let bad = found.iter().any(|finding| finding.level() >= Level::Warning);
    let exit = match (unread, bad) {
        (0, false) => Exit::Done,
        (0, true) => Exit::Incomplete,
        _ => Exit::Usage,
    };
    let note = format!("lines with {} were not judged: oyez rules check shows them", count(unread, "error"));
    Ok(Answer { notes: (unread > 0).then_some(note).into_iter().collect(), exit, ..answer })
}

fn source(file: &RulesFile) -> Source<'_> {
    Source { name: file.path.as_os_str().as_bytes(), text: &file.text }
}

/// What is known of this host; of another one, only its architecture.
fn facts(machine: Arch, elsewhere: bool) -> Facts<'static> {
    if elsewhere {
        return Facts { machine, path: &|_| Found::Unknown, features: None };
    }
    // Without root the kernel does not say.
    let features = Control::open().and_then(|mut kernel| kernel.status()).ok().and_then(|status| status.feature_bitmap);
    Facts { machine, path: &look, features }
}

/// What lies at a path of this host.
fn look(path: &[u8]) -> Found {
    let path = Path::new(OsStr::from_bytes(path));
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Found::Folder,
        Ok(_) if path.is_symlink() => Found::Link,
        Ok(_) => Found::File,
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Found::Unknown,
        Err(_) if path.parent().is_some_and(Path::is_dir) => Found::Nothing,
        Err(_) => Found::NoParent,
    }
}

/// How many notes of one code are shown in full.
const NOTES: usize = 3;

fn text(found: &[Finding<'_>], costs: &[Priced<'_>], args: &LintArgs) -> String {
    let mut shown: HashMap<Code, usize> = HashMap::new();
    let mut lines = Vec::new();
    for finding in found {
        let known = shown.entry(finding.code).or_default();
        *known += 1;
        if args.all || finding.level() > Level::Note || *known <= NOTES {
            lines.push(paragraph(finding));
        }
    }
    for (def, number) in DEFS.iter().filter_map(|def| Some((def, shown.get(&def.code)?))) {
        if !args.all && def.level == Level::Note && *number > NOTES {
            lines.push(format!("note[{}]: {} more of these; --all shows them", def.name, number - NOTES));
        }
    }
    if args.cost {
        lines.extend(costs.iter().map(|(place, _, cost)| format!("{place}: {}: {}", cost.class.name(), cost.reason)));
    }
    lines.push(summary(found, costs));
    lines.iter().map(|line| line.clone() + "\n").collect()
}

/// How many of each level, and of each class of cost.
fn summary(found: &[Finding<'_>], costs: &[Priced<'_>]) -> String {
    let of = |level| found.iter().filter(|finding| finding.level() == level).count();
    let sum = Level::ALL.into_iter().map(|(level, _)| (of(level), level.name())).filter(|(number, _)| *number > 0);
    let sum: Vec<_> = sum.map(|(number, name)| count(number, name)).collect();
    let sum = if sum.is_empty() { "nothing found".to_owned() } else { sum.join(", ") };
    format!("{}: {sum}{}", count(costs.len(), "rule"), classes(costs))
}

/// A finding, and below it the rule and what to do.
fn paragraph(finding: &Finding<'_>) -> String {
    let place = finding.place.map(|place| format!("{place}: ")).unwrap_or_default();
    let mut text = format!("{place}{}[{}]: {}", finding.level().name(), finding.code.name(), finding.message);
    if !finding.rule.is_empty() {
        text.push_str("\n  ");
        text.push_str(&finding.rule);
    }
    if let Some(hint) = &finding.hint {
        text.push_str("\n  hint: ");
        text.push_str(hint);
    }
    text
}

/// How many rules there are of each class of cost.
fn classes(costs: &[Priced<'_>]) -> String {
    let of = |class| costs.iter().filter(|(_, _, cost)| cost.class == class).count();
    let some: Vec<_> = Class::ALL.into_iter().map(|(class, _)| (of(class), class.name())).collect();
    let some: Vec<_> = some.iter().filter(|(n, _)| *n > 0).map(|(n, name)| format!("{n} {name}")).collect();
    if some.is_empty() { String::new() } else { format!("; cost: {}", some.join(", ")) }
}

fn json(found: &[Finding<'_>], costs: &[Priced<'_>]) -> Json {
    let printer = show::loadable(None);
    let rules = costs.iter().map(|(place, rule, cost)| {
        let text = String::from_utf8_lossy(&printer.line(rule)).into_owned();
        json!({ "file": place.file, "line": place.line, "rule": text, "cost": cost.class.name(), "reason": cost.reason })
    });
    json!({ "findings": found.iter().map(finding).collect::<Vec<_>>(), "rules": rules.collect::<Vec<_>>() })
}

fn finding(finding: &Finding<'_>) -> Json {
    let mut object =
        json!({ "level": finding.level().name(), "code": finding.code.name(), "message": finding.message });
    if let Some(place) = finding.place {
        object["file"] = json!(place.file);
        object["line"] = json!(place.line);
        object["rule"] = json!(finding.rule);
    }
    if let Some(hint) = &finding.hint {
        object["hint"] = json!(hint);
    }
    object
}
