//! The object of one event: its members in their fixed order.

use std::cell::RefCell;

use oyez_events::context::Context;
use oyez_events::fields::Form;
use oyez_events::{End, Event, Record};
use oyez_interpret::normal::{self, Deed, Told};
use oyez_tables::key::Key;

use super::caller::Teller;
use super::context as beyond;
use super::keys::{PROCESS, PROCESS_END, USER};
use super::labels::Labels;
use super::main_record::{MainRecord, UNSET};
use super::object::{name_beside, number_member, text_member};
use super::out::Out;
use super::parts::{self, section, string_list};
use super::view;
use super::words::Words;
use super::{JsonFormat, call, front, number, paths, process, sockets, string};
use crate::time::LEN;

pub(super) fn write(
    format: &mut JsonFormat,
    event: &Event,
    (context, labels): (&Context<'_>, Option<&RefCell<Labels>>),
    out: &mut Out,
) {
    let (words, deed) = (Words { names: context.names, labels }, format.deeds.find(event));
    format.leftovers.clear();
    format.tails.clear();
    format.detailed.clear();
    let start = out.len();
    format.types.find(event);
    format.processes.find(context, &mut format.other_clock);
    let front = front::read(format, event, &deed);
    let main = format.main.find(event, (&mut format.memo, format.types.has().login), front);
    head(format, event, out);
    if let Some(main) = main {
        let deciding = event.record(deed.record()).filter(|_| deed.record() != format.main.index);
        if let Some(record) = &deciding {
            format.fields.split(record);
        }
        let is_main = normal::who(event, &deed) == format.main.index;
        let by = By { main: &main, deciding: deciding.as_ref(), is_main, words, deed: &deed, context };
        format.openings.action(&deed, out);
        who(format, &by);
        at_a_glance(format, event, &by, out);
        result(format, &by, out);
        who_part(format, &by, Who::Identity, out);
        section(out, b",\"process\":", |out| {
            who_part(format, &by, Who::Process, out);
            process::write(format, event, out);
            who_part(format, &by, Who::ProcessEnd, out);
            format.processes.rest(out);
        });
        match format.main.front {
            Some(front) => front::write(format, &front, &main, words, out),
            None => section(out, b",\"syscall\":", |out| call::write(format, &main, words, out)),
        }
        paths::write(format, event, words, out);
        sockets::write(format, event, words, out);
        parts::claimed(format, &main, words, out);
        parts::details(format, event, words, out);
    }
    around(format, context, out);
    foot(format, event, out);
    if let Some(comma) = out.get_mut(start) {
        *comma = b'{';
    }
    out.extend_from_slice(b"}\n");
}

/// What is said at a glance, and of who did it, is made from this.
struct By<'a> {
    main: &'a Record<'a>,
    /// The record that decides, where that is another; its fields are in [`JsonFormat::fields`].
    deciding: Option<&'a Record<'a>>,
    /// Whether the main record says who did it; else the one that decides does.
    is_main: bool,
    words: Words<'a>,
    deed: &'a Deed,
    context: &'a Context<'a>,
}

impl By<'_> {
    /// The record that decides, split.
    fn deciding<'f>(&'f self, format: &'f JsonFormat) -> Told<'f, 'f> {
        self.deciding.map_or((self.main, &format.main.fields), |record| (record, &format.fields))
    }

    /// The record that says who, split.
    fn who<'f>(&'f self, format: &'f JsonFormat) -> Told<'f, 'f> {
        if self.is_main { (self.main, &format.main.fields) } else { self.deciding(format) }
    }
}

/// Actor, object and program. Where another record than the main one says who, nothing is kept.
fn at_a_glance(format: &mut JsonFormat, event: &Event, by: &By<'_>, out: &mut Out) {
    if by.is_main {
        who_part(format, by, Who::Actor, out);
    } else {
        actor(format, by, out);
    }
    view::object(event, by.deed, &format.openings, &mut format.object_scratch, out);
    let before = out.len();
    if by.is_main {
        who_part(format, by, Who::How, out);
    }
    if out.len() == before {
        how_else(format, by, out);
    }
}

/// Who did it.
fn actor(format: &mut JsonFormat, by: &By<'_>, out: &mut Out) {
    let mut names = std::mem::take(&mut format.user_names);
    view::actor((by.who(format), by.deciding(format)), by.deed, by.context, &mut names, out);
    format.user_names = names;
}

/// The program, where the main record does not say it or not who did it: in a program's message it is what that claims.
fn how_else(format: &mut JsonFormat, by: &By<'_>, out: &mut Out) {
    let fields = if by.deciding.is_some() { &format.fields } else { &format.main.fields };
    let (record, scratch) = (by.deciding.unwrap_or(by.main), &mut format.scratch);
    let _ = view::how(record, fields.own(), scratch, out)
        || view::how_known(by.context, out)
        || view::how(record, fields.claimed(), scratch, out);
}

/// Where it happened: login, container, host; and what filters said of it.
fn around(format: &mut JsonFormat, context: &Context<'_>, out: &mut Out) {
    if let Some(login) = context.login {
        beyond::login(login, &mut format.other_clock, out);
    }
    if let Some(container) = context.process.and_then(|process| process.place.as_ref()?.container.as_ref()) {
        beyond::container(container, out);
    }
    if let Some(host) = context.host {
        beyond::host(host, out);
    }
    beyond::filters(context, out);
}

/// The parts of what is said of the process, in the order in which they are rendered.
#[derive(Clone, Copy)]
pub(super) enum Who {
    /// Who is responsible.
    Actor,
    /// By which program.
    How,
    /// Keys, session and user.
    Identity,
    /// What `process` begins with.
    Process,
    /// What it ends with.
    ProcessEnd,
}

/// Renders all parts where the memo is to keep them.
fn who(format: &mut JsonFormat, by: &By<'_>) {
    if !format.main.is_again() {
        return;
    }
    // Another record says who: nothing that is made of both holds for other calls of the process.
    if !by.is_main {
        return format.main.keep_nothing();
    }
    let mut rendered = std::mem::take(&mut format.rendered);
    rendered.clear();
    for part in [Who::Actor, Who::How, Who::Identity, Who::Process, Who::ProcessEnd] {
        render(format, by, part, &mut rendered.bytes);
        rendered.end_part();
    }
    format.main.remember(by.main, &rendered, &mut format.memo);
    format.rendered = rendered;
}

fn render(format: &mut JsonFormat, by: &By<'_>, part: Who, out: &mut Out) {
    let By { main, words, .. } = *by;
    let JsonFormat { main: MainRecord { caller: Some(caller), .. }, names, scratch, .. } = format else {
        return render_fields(format, by, part, out);
    };
    Teller { caller, text: main.text(), names, words, scratch }.write(part, out);
}

/// Renders a part of a record that was split.
fn render_fields(format: &mut JsonFormat, by: &By<'_>, part: Who, out: &mut Out) {
    let By { main, words, .. } = *by;
    match part {
        Who::Actor => actor(format, by, out),
        Who::How => {
            view::how(main, format.main.fields.own(), &mut format.scratch, out);
        }
        Who::Identity => {
            keys(format, main, out);
            session(format, main, out);
            section(out, b",\"user\":", |out| user(format, main, words, out));
        }
        Who::Process => place_all(format, &PROCESS, main, words, out),
        Who::ProcessEnd => place_all(format, &PROCESS_END, main, words, out),
    }
}

/// Writes one part: copied, where it was rendered for the memo, now or before.
fn who_part(format: &mut JsonFormat, by: &By<'_>, part: Who, out: &mut Out) {
    if let Some(place) = format.main.known() {
        format.memo.rendered(place).append_part(part as usize, out);
    } else if format.main.is_again() {
        format.rendered.append_part(part as usize, out);
    } else {
        render(format, by, part, out);
    }
}

/// The ids: as a row of numbers where the kernel wrote them so, and there is nothing to say beside them.
fn user(format: &mut JsonFormat, main: &Record<'_>, words: Words<'_>, out: &mut Out) {
    let is_plain = format.is_user_plain && main.tail().is_empty() && words.names.is_none();
    let Some(ids) = Some(&USER).filter(|_| is_plain).and_then(|keys| format.main.take_numbers(keys)) else {
        return place_all(format, &USER, main, words, out);
    };
    for (key, field) in USER.into_iter().zip(ids) {
        number_member(out, format.names.of(key), main.text(), field.value);
        if key == Key::Auid && field.value.of(main.text()) == UNSET {
            name_beside(out, key.name(), b"unset");
        }
    }
}

fn place_all(format: &mut JsonFormat, keys: &[Key], main: &Record<'_>, words: Words<'_>, out: &mut Out) {
    for key in keys {
        format.main.place(out, (&format.names, words), main, *key, &mut format.scratch);
    }
}

/// What every object begins with: 15 bytes, and some of no meaning.
const OPENING: &[u8; LEN] = b",\"v\":1,\"time\":\".........";

fn head(format: &mut JsonFormat, event: &Event, out: &mut Out) {
    let id = event.id();
    out.member((OPENING, 15), (format.clock.text(id.sec, id.ms), LEN), None);
    out.extend_from_slice(b"\",\"serial\":");
    number::decimal(out, u64::from(id.serial));
    if !format.boot.is_empty() {
        out.extend_from_slice(b",\"boot\":");
        string::quoted(out, &format.boot);
    }
    if let Some(ids) = &mut format.ids {
        out.extend_from_slice(b",\"id\":\"");
        ids.stamp(id, event.part(), out);
        out.push(b'"');
    }
    let node = if event.node().is_empty() { &format.node } else { event.node() };
    if !node.is_empty() {
        out.extend_from_slice(b",\"node\":");
        text_member(out, b"node", node);
    }
    if event.part() > 0 {
        out.extend_from_slice(b",\"part\":");
        number::decimal(out, u64::from(event.part()));
    }
    out.extend(format.types.kind());
}

/// The result of the deed. A main record that says the same has said it so; one that says another thing says it in `details`.
fn result(format: &mut JsonFormat, by: &By<'_>, out: &mut Out) {
    if let Some(front) = &format.main.front {
        let success = front.read.is_success;
        return out.extend_from_slice(if success { b",\"result\":\"success\"" } else { b",\"result\":\"failed\"" });
    }
    let outcome = normal::outcome(by.deciding(format), by.who(format));
    let Some(result) = outcome.map(|outcome| outcome.word().as_bytes()) else { return };
    let body = by.main.body();
    let said = |key| Some((key, word(format.main.bare(key, body)?)?));
    if let Some((key, word)) = [Key::Success, Key::Res].into_iter().find_map(said)
        && word == result
    {
        format.main.take(key);
    }
    out.extend_from_slice(b",\"result\":");
    string::quoted(out, result);
}

fn word(value: &[u8]) -> Option<&'static [u8]> {
    match value {
        b"yes" | b"success" | b"1" => Some(b"success"),
        b"no" | b"failed" | b"0" => Some(b"failed"),
        _ => None,
    }
}

/// The keys of the rules that matched; several are joined by byte 1 (linux/audit.h, `AUDIT_KEY_SEPARATOR`).
fn keys(format: &mut JsonFormat, main: &Record<'_>, out: &mut Out) {
    let Some(field) = format.main.get(Key::Key).copied().filter(|field| field.form != Form::Torn) else { return };
    if format.names.omits(Key::Key) {
        return;
    }
    let value = oyez_events::decode::untrusted(field.value.of(main.body()), field.form, &mut format.scratch);
    if let oyez_events::decode::Text::Bytes(bytes) = value {
        string_list(out, "keys", bytes.split(|byte| *byte == 1).map(Some));
    }
    format.main.take(Key::Key);
}

fn session(format: &mut JsonFormat, main: &Record<'_>, out: &mut Out) {
    let Some(field) = format.main.get(Key::Ses).filter(|field| field.form == Form::Bare) else { return };
    let value = field.value.of(main.body());
    if (field.is_number || number::is_number(value)) && !format.names.omits(Key::Ses) {
        out.extend_from_slice(b",\"session\":");
        out.extend_from_slice(value);
        format.main.take(Key::Ses);
    }
}

fn foot(format: &JsonFormat, event: &Event, out: &mut Out) {
    out.extend(format.types.records());
    marks(event, out);
}

fn marks(event: &Event, out: &mut Out) {
    let is_late = event.part() > 0;
    let marks = [
        (is_late, "late"),
        (event.end().is_early(), "early"),
        (!is_late && event.end() == End::Incomplete, "incomplete"),
        (event.is_redacted(), "redacted"),
    ];
    let mut open = &b",\"marks\":[\""[..];
    for (_, mark) in marks.iter().filter(|(has, _)| *has) {
        out.extend_from_slice(open);
        out.extend_from_slice(mark.as_bytes());
        open = b"\",\"";
    }
    if open == b"\",\"" {
        out.extend_from_slice(b"\"]");
    }
}
