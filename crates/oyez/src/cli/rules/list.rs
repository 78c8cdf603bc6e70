//! `oyez rules list`: the kernel's rules, as text that loads back or as JSON.

use oyez_netlink::Kernel;
use oyez_rules::text::Names;
use serde_json::json;

use super::args::ListArgs;
use super::{Answer, unavailable};
use crate::rules::held::{self, has_key};
use crate::rules::host::HostNames;
use crate::rules::show;

/// Answers with the rules in the kernel's order. A rule that oyez cannot read is a line of comment.
///
/// # Errors
/// A kernel that can't be reached.
pub(super) fn run(args: &ListArgs, kernel: &mut impl Kernel) -> anyhow::Result<Answer> {
    let held = held::ask(kernel).map_err(unavailable)?;
    let names = HostNames::default();
    let printer = show::loadable(args.interpret.then_some(&names as &dyn Names));
    let chosen = |rule: &&_| args.key.as_ref().is_none_or(|key| has_key(rule, key.as_bytes()));
    let rules = held.rules.iter().filter(chosen);
    if args.json {
        let unread: Vec<_> = held.unread.iter().map(|(_, error)| error.to_string()).collect();
        let rules: Vec<_> = rules.map(|rule| show::object(rule, &printer)).collect();
        return Ok(Answer::json(&json!({ "rules": rules, "unread": unread })));
    }
    let mut text: Vec<u8> = rules.flat_map(|rule| [printer.line(rule), b"\n".to_vec()]).flatten().collect();
    if args.key.is_none() {
        text.extend(show::comments(&held).flat_map(|line| (line + "\n").into_bytes()));
    }
    Ok(Answer::data(text))
}
