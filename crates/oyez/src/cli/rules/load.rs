//! `oyez rules load`: brings the kernel's rules and settings to what files say, step by step, or says the steps.

use anyhow::bail;
use oyez_netlink::Kernel;
use oyez_rules::diff::Step;
use oyez_rules::text::PermSyscalls;

use super::args::{Files, LoadArgs};
use super::{Answer, count, diff, unavailable};
use crate::exit::Exit;
use crate::rules::apply::{Outcome, Refused, apply};
use crate::rules::changes::{Changes, changes};
use crate::rules::compile::{Compiled, OnError, Origin, Plan, compile, show_origin};
use crate::rules::files::{self, RulesFile, Trust};
use crate::rules::held::{self, Held};
use crate::rules::host::{self, HostNames};
use crate::rules::refusal::{refusal, request, setting};
use crate::rules::{problems, show};

/// Reads the files, then asks the kernel.
///
/// # Errors
/// Files that can't be read, are not root's alone or are wrong; a kernel that can't be reached, or is locked and differs.
pub(super) fn run<K: Kernel>(args: &LoadArgs, open: impl FnOnce() -> anyhow::Result<K>) -> anyhow::Result<Answer> {
    let trust = if args.dry_run { Trust::Anybody } else { Trust::Root };
    let (plan, notes) = plan_of(&args.files, trust)?;
    let mut answer = on_kernel(&plan, &mut open()?, args)?;
    answer.notes.splice(0..0, notes);
    Ok(answer)
}

/// What the files ask for, and what is doubtful about them.
///
/// # Errors
/// See [`run`].
pub(super) fn plan_of(named: &Files, trust: Trust) -> anyhow::Result<(Plan, Vec<String>)> {
    let files = files::read(&named.named, trust)?;
    let compiled = compiled(&files);
    let texts = compiled.problems.iter().map(problems::render);
    let all: Vec<_> = texts.map(|text| text.trim_end().to_owned()).collect();
    if compiled.errors() > 0 && compiled.plan.on_error == OnError::Stop {
        let errors = count(compiled.errors(), "error");
        bail!(Exit::Usage.because(format!("the rules have {errors}, nothing was changed\n{}", all.join("\n"))));
    }
    Ok((compiled.plan, all))
}

fn compiled(files: &[RulesFile]) -> Compiled {
    let names = HostNames::default();
    compile(files, &host::target(host::machine(), &names, PermSyscalls::Missing))
}

/// Applies a plan, or says what there would be to do.
///
/// # Errors
/// See [`run`].
pub(super) fn on_kernel(plan: &Plan, kernel: &mut impl Kernel, args: &LoadArgs) -> anyhow::Result<Answer> {
    let held = held::ask(kernel).map_err(unavailable)?;
    let status = kernel.status().map_err(unavailable)?;
    let changes = changes(plan, &held, &status, kernel.features().map_err(unavailable)?);
    let mut notes = doubts(&changes);
    if args.dry_run {
        return Ok(Answer { notes, ..Answer::done(steps(&changes)) });
    }
    if status.is_locked() && !changes.is_empty() {
        let what = "cannot load the rules: the kernel's rules and settings are locked until the next boot (-e 2)";
        bail!(Exit::Unavailable.because(format!("{what}; it differs in\n{}", diff::text(&changes, &held).trim_end())));
    }
    let outcome = apply(kernel, &changes, &held, args.atomic).map_err(unavailable)?;
    notes.extend(outcome.refused.iter().map(|refused| refusal(refused, &changes)));
    notes.extend(after_refusal(&outcome));
    let exit = exit(plan, &outcome);
    let now = held::ask(kernel).map_err(unavailable)?;
    Ok(Answer { notes, exit, ..Answer::done(summary(&changes, &outcome, &now)) })
}

fn exit(plan: &Plan, outcome: &Outcome) -> Exit {
    let refused = !outcome.refused.is_empty();
    match plan.on_error {
        OnError::Ignore if outcome.put_back.is_none() => Exit::Done,
        OnError::Continue if outcome.put_back.is_none() && (refused || plan.lines_left_out > 0) => Exit::Incomplete,
        _ if refused => Exit::Unavailable,
        _ => Exit::Done,
    }
}

/// What is doubtful about rules beside those that the kernel holds.
pub(super) fn doubts(changes: &Changes) -> Vec<String> {
    let place = |origin: &Origin| show_origin(&origin.file, origin.line);
    let repeated = changes.repeated.iter().map(|(again, first)| {
        let (again, first) = (place(again), place(first));
        format!("{again}: warning: the same rule is at {first} already, and counts once")
    });
    let misplaced = changes.misplaced.iter().map(|(rule, other)| {
        let (rule, other) = (place(rule), place(other));
        format!(
            "{rule}: warning: it stands behind {other} in the kernel, where it was before: with -D in a file all rules \
             have the order of the files"
        )
    });
    repeated.chain(misplaced).collect()
}

fn summary(changes: &Changes, outcome: &Outcome, now: &Held) -> String {
    let holds = count(now.len(), "rule");
    if changes.is_empty() {
        return format!("nothing to change: the kernel holds {holds}, as the files say\n");
    }
    if let Some(left) = &outcome.put_back {
        let what = if left.is_empty() { "everything was" } else { "not everything could be" };
        return format!("{what} put back: the kernel holds {holds}\n");
    }
    let moved = match (outcome.added, outcome.deleted) {
        (0, 0) if !changes.steps.is_empty() && outcome.refused.is_empty() => ", changed their order",
        _ => "",
    };
    let (added, deleted) = (count(outcome.added, "rule"), outcome.deleted);
    let refused = outcome.refused.iter().filter(|refused| matches!(refused, Refused::Set(..))).count();
    let set = changes.settings.len() + usize::from(changes.enabled.is_some()) - refused;
    let set = if set == 0 { String::new() } else { format!(", changed {}", count(set, "setting")) };
    format!("added {added}, deleted {deleted}{moved}{set}: the kernel holds {holds}\n")
}

/// Every step on a line of its own, as `--dry-run` prints it.
fn steps(changes: &Changes) -> String {
    if changes.is_empty() && changes.requests.is_empty() {
        return "nothing to change\n".to_owned();
    }
    let mut lines: Vec<_> = changes.settings.iter().map(setting).collect();
    lines.extend(changes.steps.iter().map(|step| one_step(step, changes)));
    lines.extend(changes.unread.iter().map(|_| "delete a rule that oyez cannot read".to_owned()));
    lines.extend(changes.requests.iter().map(request));
    lines.extend(changes.loginuid_immutable.then(|| "set loginuid_immutable on, locked".to_owned()));
    lines.extend(changes.enabled.iter().map(setting));
    lines.join("\n") + "\n"
}

fn one_step(step: &Step, changes: &Changes) -> String {
    let (verb, rule) = match step {
        Step::Add(rule) => ("add", rule),
        Step::Delete(rule) => ("delete", rule),
    };
    format!(
        "{verb} {}{}",
        show::text(rule),
        if stands_in(rule, changes) { "  # stands in for one that moves" } else { "" }
    )
}

/// Whether a rule is one that `oyez_rules::diff` adds for a moment.
fn stands_in(rule: &oyez_rules::model::Rule, changes: &Changes) -> bool {
    let is = |step: &Step, adds: bool| match step {
        Step::Add(known) => adds && known.same(rule),
        Step::Delete(known) => !adds && known.same(rule),
    };
    let wanted = changes.wanted.iter().any(|(known, _)| known.same(rule));
    !wanted && changes.steps.iter().any(|step| is(step, true)) && changes.steps.iter().any(|step| is(step, false))
}

fn after_refusal(outcome: &Outcome) -> Vec<String> {
    let left = outcome.put_back.iter().flatten();
    left.map(|refused| format!("cannot put back: {}", refusal(refused, &Changes::default()))).collect()
}
