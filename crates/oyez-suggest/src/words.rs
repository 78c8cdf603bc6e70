//! What a suggestion says: which events, why so, and what it costs.

use crate::condition::{Condition, Id};
use crate::often::{LIMIT, WINDOW_MS};
use crate::rows::Rows;
use crate::{Action, What, files};

/// The values behind a condition's numbers; `None` where one cannot be written.
pub(crate) fn what(rows: &Rows, condition: &Condition, calls: &[Id]) -> Option<What> {
    let text = |id: Id| str::from_utf8(rows.bytes(id)).ok().map(str::to_owned);
    let optional = |id: Id| if id == Id::NONE { Some(None) } else { text(id).map(Some) };
    let with_field = |id: Id| if id == Id::NONE { Some(None) } else { Some(Some((rows.field(id)?, text(id)?))) };
    let mut syscalls = calls.iter().map(|call| text(*call)).collect::<Option<Vec<_>>>()?;
    syscalls.sort_unstable();
    Some(What {
        kind: optional(condition.kind)?,
        key: optional(condition.key)?,
        program: with_field(condition.who)?,
        syscalls,
        claim: with_field(condition.what)?,
        dir: optional(condition.dir)?,
        parent: optional(condition.parent)?,
        succeeded: condition.succeeded,
        spares: optional(condition.dir)?.as_deref().map(files::spared_below).unwrap_or_default(),
    })
}

/// Which events, in a few words: the program, what it does and where, the key.
pub(crate) fn events(what: &What) -> String {
    let mut words = Vec::new();
    if let Some((_, program)) = &what.program {
        words.push(program.clone());
    }
    words.extend(what.kind.clone());
    if !what.syscalls.is_empty() {
        words.push(what.syscalls.join(", "));
    }
    if let Some((_, claim)) = &what.claim {
        words.push(claim.clone());
    }
    if let Some(dir) = &what.dir {
        words.push(format!("below {dir}"));
    }
    if let Some(parent) = &what.parent {
        words.push(format!("started by {parent}"));
    }
    if let Some(key) = &what.key {
        words.push(format!("[{key}]"));
    }
    words.join(" ")
}

/// The most bytes of a filter's name, of which 4 are left for a number.
const MAX_NAME: usize = 64;

/// What a filter is called: its action and the first words of what it is about; with a number where that `is_taken`.
pub(crate) fn name(what: &What, action: Action, is_taken: &dyn Fn(&str) -> bool) -> String {
    let mut words = vec![action.word()];
    words.extend(what.program.as_ref().and_then(|(_, program)| program.rsplit('/').next()));
    words.extend(what.kind.as_deref());
    words.extend(what.syscalls.first().map(String::as_str));
    words.extend((what.syscalls.len() > 1).then_some("…"));
    words.extend(what.claim.as_ref().map(|(_, claim)| &**claim));
    words.extend(what.dir.as_ref().into_iter().flat_map(|dir| ["below", dir]));
    words.extend(
        what.parent.as_deref().and_then(|parent| parent.rsplit('/').next()).into_iter().flat_map(|it| ["by", it]),
    );
    words.extend(what.key.as_deref());
    let mut name = words.join(" ");
    name.truncate(name.floor_char_boundary(MAX_NAME - 4));
    let numbered = (2..1000).map(|number| format!("{name} {number}"));
    let free = [name.clone()].into_iter().chain(numbered).find(|name| !is_taken(name));
    free.unwrap_or(name)
}

pub(crate) fn why(why_not: &str, action: Action) -> String {
    match action {
        Action::Drop => "one program, one kind of act: the condition says all that the events say".to_owned(),
        Action::Suppress => {
            let seconds = WINDOW_MS / 1000;
            format!("{why_not}, so that dropping would blind; but the same is done again within {seconds} seconds")
        }
        Action::Limit => format!("{why_not}, so that dropping would blind; but it comes in floods"),
    }
}

pub(crate) fn costs(what: &What, action: Action) -> String {
    match action {
        Action::Drop => {
            let program = what.program.as_ref().map_or("it", |(_, program)| program);
            let mut costs = match (is_execution(what), &what.parent) {
                (true, Some(parent)) => {
                    format!("runs of {program} are not seen where {parent} starts it, for whomever it does")
                }
                (true, None) => format!("runs of {program} are not seen, whoever starts it"),
                (false, _) => format!("such acts are not seen, nor those of whoever gets {program} to do them"),
            };
            if what.succeeded {
                costs.push_str("; failures are");
            }
            costs
        }
        Action::Suppress => {
            "of repeats only the first is seen whole; a notice (OYEZ_REPEATS) tells how many there were".to_owned()
        }
        Action::Limit => {
            format!(
                "of a program's flood {LIMIT} a second are seen, whatever else it does among them; filter counts tell the rest"
            )
        }
    }
}

/// What a kernel's rule costs.
pub(crate) const KERNEL_COSTS: &str = "no reader sees them, under any key, and nobody counts them";

/// What a narrower rule costs.
pub(crate) const NARROWING_COSTS: &str = "what daemons and cron jobs do with success under this key is not seen, by any reader: an \
     intruder who comes in by a network service among them";

fn is_execution(what: &What) -> bool {
    what.syscalls.iter().any(|call| crate::seen::is_execution(call.as_bytes()))
}
