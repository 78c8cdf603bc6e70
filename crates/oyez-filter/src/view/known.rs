//! What is known of an event beyond its records: the process and its ancestors, login, container, host, and what filters said.

use oyez_events::context::{Added, Context, LoginKind, Process};

use super::value::{Value, Visit};
use crate::field::place::{Inside, Machine, Program, Stay};

/// What is known of the process.
pub(super) fn process(context: &Context<'_>, of: Program, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    context.process.is_some_and(|process| program(process, of, text, visit))
}

/// What is known of the process that started it.
pub(super) fn parent(context: &Context<'_>, of: Program, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    let parent = context.process.and_then(|_| context.ancestors.first());
    parent.is_some_and(|parent| program(parent, of, text, visit))
}

/// What is known of that one's parent, and so on.
pub(super) fn ancestors(context: &Context<'_>, of: Program, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    let others = context.process.and_then(|_| context.ancestors.get(1..)).unwrap_or_default();
    others.iter().any(|ancestor| program(ancestor, of, text, visit))
}

fn program(process: &Process, of: Program, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    match of {
        Program::Pid => visit(Value::Number(process.key.pid.into())),
        Program::Comm => some(Some(&*process.comm).filter(|comm| !comm.is_empty()), visit),
        Program::Exe => some(Some(&*process.exe).filter(|exe| !exe.is_empty()), visit),
        Program::Argv => argv(process, visit),
        Program::ArgvCut => process.argv_cut && !process.argv.is_empty() && visit(Value::Flag(true)),
        Program::Script => some(process.script.as_deref(), visit),
        Program::Started => process.started_ms.is_some_and(|ms| time(ms, text, visit)),
        Program::Sha256 => process.sha256.is_some_and(|hash| hex(&hash, text, visit)),
        Program::Labels => process.labels.iter().any(|label| visit(Value::Text(label.as_bytes()))),
        Program::Unit => some_text(process.place.as_ref().and_then(|place| place.unit.as_deref()), visit),
    }
}

fn argv(process: &Process, visit: &mut Visit<'_>) -> bool {
    let args = process.argv.strip_suffix(b"\0").unwrap_or(&process.argv);
    !process.argv.is_empty() && args.split(|byte| *byte == 0).any(|arg| visit(Value::Text(arg)))
}

/// What is known of the login.
pub(super) fn login(context: &Context<'_>, of: Stay, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    let Some(login) = context.login else { return false };
    match of {
        Stay::Started => login.started_ms.is_some_and(|ms| time(ms, text, visit)),
        Stay::Ended => login.ended_ms.is_some_and(|ms| time(ms, text, visit)),
        Stay::Kind => login.kind == LoginKind::Job && visit(Value::Text(b"job")),
        Stay::Acct => some_text(login.acct.as_deref(), visit),
        Stay::By => some_text(login.by.as_deref(), visit),
        Stay::Terminal => some_text(login.terminal.as_deref(), visit),
        Stay::Addr => some_text(login.addr.as_deref(), visit),
        Stay::Pid => login.pid.is_some_and(|pid| visit(Value::Number(pid.into()))),
    }
}

/// What is known of the container.
pub(super) fn container(context: &Context<'_>, of: Inside, visit: &mut Visit<'_>) -> bool {
    let container = context.process.and_then(|process| process.place.as_ref()?.container.as_ref());
    let Some(container) = container else { return false };
    match of {
        Inside::Id => visit(Value::Text(container.id.as_bytes())),
        Inside::Runtime => some_text(container.runtime.as_deref(), visit),
        Inside::PodUid => some_text(container.pod_uid.as_deref(), visit),
    }
}

/// What is known of the host.
pub(super) fn host(context: &Context<'_>, of: Machine, visit: &mut Visit<'_>) -> bool {
    let Some(host) = context.host else { return false };
    match of {
        Machine::Machine => some_text(host.machine.as_deref(), visit),
        Machine::Instance => some_text(host.instance.as_deref(), visit),
    }
}

/// What filters tagged the event with.
pub(super) fn tags(context: &Context<'_>, visit: &mut Visit<'_>) -> bool {
    context.tags.iter().any(|tag| visit(Value::Text(tag.as_bytes())))
}

/// What filters added under this name.
pub(super) fn added(context: &Context<'_>, name: &str, visit: &mut Visit<'_>) -> bool {
    let Some(addition) = context.added.iter().find(|addition| &*addition.name == name) else { return false };
    match &addition.value {
        Added::Text(text) => visit(Value::Text(text)),
        Added::Number(number) => visit(Value::Number((*number).into())),
        Added::Flag(flag) => visit(Value::Flag(*flag)),
        Added::Texts(texts) => texts.iter().any(|text| visit(Value::Text(text))),
    }
}

fn some(text: Option<&[u8]>, visit: &mut Visit<'_>) -> bool {
    text.is_some_and(|text| visit(Value::Text(text)))
}

fn some_text(text: Option<&str>, visit: &mut Visit<'_>) -> bool {
    some(text.map(str::as_bytes), visit)
}

fn time(ms: u64, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    text.clear();
    oyez_format::rfc3339(text, ms / 1000, u16::try_from(ms % 1000).unwrap_or_default());
    visit(Value::Text(text))
}

fn hex(bytes: &[u8], text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    text.clear();
    let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
    visit(Value::Text(text))
}
