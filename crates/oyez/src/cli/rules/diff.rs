//! `oyez rules diff`: what load would change.

use oyez_netlink::Kernel;
use serde_json::{Value as Json, json};

use super::args::DiffArgs;
use super::load::{doubts, plan_of};
use super::{Answer, unavailable};
use crate::exit::Exit;
use crate::rules::changes::{Changes, changes};
use crate::rules::files::Trust;
use crate::rules::held::{self, Held};
use crate::rules::refusal::request;
use crate::rules::show;

/// Answers with what differs; ends with [`Exit::Incomplete`] if something does.
///
/// # Errors
/// Files that can't be read or are wrong; a kernel that can't be reached.
pub(super) fn run<K: Kernel>(args: &DiffArgs, open: impl FnOnce() -> anyhow::Result<K>) -> anyhow::Result<Answer> {
    let (plan, mut notes) = plan_of(&args.files, Trust::Anybody)?;
    let mut kernel = open()?;
    let held = held::ask(&mut kernel).map_err(unavailable)?;
    let status = kernel.status().map_err(unavailable)?;
    let changes = changes(&plan, &held, &status, kernel.features().map_err(unavailable)?);
    notes.extend(doubts(&changes));
    let answer = if args.json { Answer::json(&json(&changes, &held)) } else { Answer::done(text(&changes, &held)) };
    Ok(Answer { notes, exit: if changes.is_empty() { Exit::Done } else { Exit::Incomplete }, ..answer })
}

/// A line for each rule that is added (`+`) or deleted (`-`), for each setting, and for a changed order.
pub(super) fn text(changes: &Changes, held: &Held) -> String {
    let (added, deleted) = changes.net(held);
    let mut lines: Vec<_> = deleted.iter().map(|rule| format!("- {}", show::text(rule))).collect();
    lines.extend(changes.unread.iter().map(|_| "- a rule that oyez cannot read".to_owned()));
    lines.extend(added.iter().map(|rule| format!("+ {}", show::text(rule))));
    if moves(changes, held) {
        lines.push("~ rules change their order".to_owned());
    }
    for change in changes.settings.iter().chain(&changes.enabled) {
        lines.push(format!("~ {} {} -> {}", change.setting.name(), change.found, change.set));
    }
    lines.extend(changes.loginuid_immutable.then(|| "~ loginuid_immutable on, locked".to_owned()));
    lines.iter().map(|line| line.clone() + "\n").collect()
}

/// Whether rules that are held and wanted are in another order.
fn moves(changes: &Changes, held: &Held) -> bool {
    let wanted = |rule: &&oyez_rules::model::Rule| changes.wanted.iter().any(|(known, _)| known.same(rule));
    let mut stay: Vec<_> = held.rules.iter().filter(wanted).collect();
    let is_held = |rule: &&oyez_rules::model::Rule| held.rules.iter().any(|known| known.same(rule));
    let mut come: Vec<_> = changes.wanted.iter().map(|(rule, _)| rule).filter(is_held).collect();
    stay.sort_by_key(|rule| rule.list.number());
    come.sort_by_key(|rule| rule.list.number());
    !stay.iter().zip(&come).all(|(one, other)| one.same(other))
}

fn json(changes: &Changes, held: &Held) -> Json {
    let (added, deleted) = changes.net(held);
    let printer = show::loadable(None);
    let settings = changes.settings.iter().chain(&changes.enabled);
    json!({
        "same": changes.is_empty(),
        "added": added.into_iter().map(|rule| show::object(rule, &printer)).collect::<Vec<_>>(),
        "deleted": deleted.iter().map(|rule| show::object(rule, &printer)).collect::<Vec<_>>(),
        "unread_deleted": changes.unread.len(),
        "moved": moves(changes, held),
        "settings": settings
            .map(|change| json!({ "setting": change.setting.name(), "from": change.found, "to": change.set }))
            .collect::<Vec<_>>(),
        "loginuid_immutable": changes.loginuid_immutable,
        "requests": changes.requests.iter().map(request).collect::<Vec<_>>(),
    })
}
