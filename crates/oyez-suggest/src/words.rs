//! What a suggestion says: which events, why so, and what it costs.

use crate::condition::{Condition, Id};
use crate::often::{LIMIT, WINDOW_MS};
use crate::rows::Rows;
use crate::{Action, What};

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

pub(crate) fn why(what: &What, action: Action) -> String {
    let spread = match (&what.program, is_execution(what)) {
        (None, _) => "many programs do it",
        (Some(_), true) => "what it is told to do differs",
        (Some(_), false) => "the program does many different things, or is one that others can change or instruct",
    };
    match action {
        Action::Drop => "one program, one kind of act: the condition says all that the events say".to_owned(),
        Action::Suppress => {
            let seconds = WINDOW_MS / 1000;
            format!("{spread}, so that dropping would blind; but the same is done again within {seconds} seconds")
        }
        Action::Limit => format!("{spread}, so that dropping would blind; but it comes in floods"),
    }
}

pub(crate) fn costs(what: &What, action: Action) -> String {
    match action {
        Action::Drop => {
            let program = what.program.as_ref().map_or("it", |(_, program)| program);
            let mut costs = format!("such acts are not seen, nor those of whoever gets {program} to do them");
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

pub(crate) fn kernel_costs(what: &What) -> String {
    let mut costs = match &what.kind {
        Some(_) => "no reader sees them, and nobody counts them".to_owned(),
        None => "no reader sees them, under any key, and nobody counts them".to_owned(),
    };
    if what.kind.is_some() && what.succeeded {
        costs.push_str("; failures go too, as the kernel does not read the message");
    }
    costs
}

pub(crate) fn narrowing_costs(exe: Option<&String>) -> String {
    match exe {
        Some(exe) => format!("nothing that {exe} does under this key is seen, by any reader"),
        None => {
            "what daemons and cron jobs do under this key is not seen, by any reader: an intruder who comes in by a \
                 network service among them"
                .to_owned()
        }
    }
}

fn is_execution(what: &What) -> bool {
    what.syscalls.iter().any(|call| crate::seen::is_execution(call.as_bytes()))
}
