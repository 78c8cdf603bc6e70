//! Who made a call, where the record says so as the kernel writes it: all that [`super::event`] makes of those fields, written
//! from where they stand, without a list of them.
//!
//! Input is a [`Caller`], output the parts of the object that it says; a test holds them to what the fields come to.

use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Caller, Field, FieldKey, Form, Span, Value};
use oyez_tables::key::{Key, Kind};

use super::event::Who;
use super::main_record::UNSET;
use super::names::Names;
use super::number as numbers;
use super::object::{Written, close, hex_beside, is_absent, name_beside, number_member, text_member, write_value};
use super::out::Out;
use super::parts::string_list;
use super::straight::{number, plain};
use super::words::Words;

/// Whether all that a caller says is written as it is.
pub(super) fn is_wanted(names: &Names) -> bool {
    let others = [Key::Ppid, Key::Pid, Key::Comm, Key::Exe, Key::Tty];
    let is_wanted = |key: &Key| !names.omits(*key);
    names.are_plain(&others)
        && [Key::Ses, Key::Key, Key::Subj].iter().all(is_wanted)
        && Caller::IDS.iter().all(|key| names.of(*key).is_decimal)
}

/// What the parts are made from.
pub(super) struct Teller<'a> {
    pub(super) caller: &'a Caller,
    /// The record's, which has no tail.
    pub(super) text: &'a [u8],
    pub(super) names: &'a Names,
    pub(super) words: Words<'a>,
    pub(super) scratch: &'a mut Vec<u8>,
}

impl Teller<'_> {
    /// Appends one part.
    pub(super) fn write(&mut self, part: Who, out: &mut Out) {
        match part {
            Who::Actor => self.actor(out),
            Who::How => self.how(out),
            Who::Identity => self.identity(out),
            Who::Process => self.process(out),
            Who::ProcessEnd => self.process_end(out),
        }
    }

    /// Who is responsible, and as whom: [`oyez_interpret::normal::people`] of a call.
    fn actor(&self, out: &mut Out) {
        let [auid, uid, _, euid, ..] = self.caller.ids.map(|id| Some(id).filter(|id| is_somebody(id.of(self.text))));
        let acting = euid.or(uid);
        let Some(primary) = auid.or(uid).or(euid) else { return };
        out.row::<64>(|row| number(row, b",\"actor\":{\"id\":", self.text, primary));
        self.named(b",\"name\":", b"name", primary, out);
        if let Some(acting) = acting.filter(|acting| acting.of(self.text) != primary.of(self.text)) {
            out.row::<64>(|row| number(row, b",\"as_id\":", self.text, acting));
            self.named(b",\"as_name\":", b"as_name", acting, out);
        }
        out.push(b'}');
    }

    fn named(&self, opening: &[u8], name: &[u8], id: Span, out: &mut Out) {
        if let Some(names) = self.words.names
            && let Some(text) = numbers::id(id.of(self.text)).and_then(|id| names.user(id))
        {
            out.extend_from_slice(opening);
            text_member(out, name, text.as_bytes());
        }
    }

    /// The program by its file, or else its name.
    fn how(&mut self, out: &mut Out) {
        let Caller { exe, comm, .. } = self.caller;
        let said = |value: &&Value| !is_absent(value.span.of(self.text));
        let Some(value) = [exe, comm].into_iter().find(said) else { return };
        if value.is_plain && value.form == Form::Quoted {
            return plain(out, b",\"how\":\"", self.text, value.span);
        }
        if let Text::Bytes(bytes) = untrusted(value.span.of(self.text), value.form, self.scratch) {
            out.extend_from_slice(b",\"how\":");
            text_member(out, b"how", bytes);
        }
    }

    /// Keys, session and user.
    fn identity(&mut self, out: &mut Out) {
        self.keys(self.caller.key, out);
        if self.words.names.is_some() { self.user_with_names(out) } else { self.user(out) }
    }

    /// Session and user, as one row of numbers.
    fn user(&self, out: &mut Out) {
        let Caller { ses, ids: [auid, uid, gid, euid, suid, fsuid, egid, sgid, fsgid], .. } = *self.caller;
        let text = self.text;
        // Ten numbers of at most 15 digits, and less than 128 bytes around them.
        out.row::<320>(|row| {
            number(row, b",\"session\":", text, ses);
            number(row, b",\"user\":{\"auid\":", text, auid);
            if auid.of(text) == UNSET {
                row.chunk(b",\"auid_name\":\"unset\"", 20);
            }
            number(row, b",\"uid\":", text, uid);
            number(row, b",\"gid\":", text, gid);
            number(row, b",\"euid\":", text, euid);
            number(row, b",\"suid\":", text, suid);
            number(row, b",\"fsuid\":", text, fsuid);
            number(row, b",\"egid\":", text, egid);
            number(row, b",\"sgid\":", text, sgid);
            number(row, b",\"fsgid\":", text, fsgid);
            row.chunk(b"}", 1);
        });
    }

    /// What [`Teller::user`] does, with the names of users and groups.
    fn user_with_names(&self, out: &mut Out) {
        let text = self.text;
        out.extend_from_slice(b",\"session\":");
        out.extend_from_slice(self.caller.ses.of(text));
        out.extend_from_slice(b",\"user\":");
        let start = out.len();
        for (key, id) in Caller::IDS.into_iter().zip(self.caller.ids) {
            let member = self.names.of(key);
            number_member(out, member, text, id);
            if key == Key::Auid && id.of(text) == UNSET {
                name_beside(out, key.name(), b"unset");
            } else {
                self.words.id_beside(out, (member.beside, key), id.of(text));
            }
        }
        close(out, start);
    }

    /// The keys of the rules that matched; several are joined by byte 1 (linux/audit.h, `AUDIT_KEY_SEPARATOR`).
    fn keys(&mut self, key: Value, out: &mut Out) {
        if key.is_plain && key.form == Form::Quoted && !key.span.is_empty() {
            plain(out, b",\"keys\":[\"", self.text, key.span);
            return out.push(b']');
        }
        if let Text::Bytes(bytes) = untrusted(key.span.of(self.text), key.form, self.scratch) {
            string_list(out, "keys", bytes.split(|byte| *byte == 1).map(Some));
        }
    }

    fn process(&mut self, out: &mut Out) {
        let Caller { pid, ppid, comm, exe, .. } = *self.caller;
        out.row::<64>(|row| {
            number(row, b",\"pid\":", self.text, pid);
            number(row, b",\"ppid\":", self.text, ppid);
        });
        self.value(b",\"comm\":\"", Key::Comm, comm, out);
        self.value(b",\"exe\":\"", Key::Exe, exe, out);
    }

    fn process_end(&mut self, out: &mut Out) {
        let Caller { tty, subj, .. } = *self.caller;
        self.value(b",\"tty\":\"", Key::Tty, tty, out);
        if let Some(subj) = subj
            && self.value(b",\"subj\":\"", Key::Subj, subj, out)
        {
            self.words.label(out, Key::Subj, subj.span.of(self.text));
        }
    }

    /// Appends a text. Returns whether there is one.
    fn value<const N: usize>(&mut self, opening: &[u8; N], key: Key, value: Value, out: &mut Out) -> bool {
        let Value { span, form, is_plain } = value;
        let is_text = form == Form::Quoted || !matches!(key, Key::Comm | Key::Exe);
        if is_plain && is_text && !span.is_empty() && (form == Form::Quoted || !is_absent(span.of(self.text))) {
            plain(out, opening, self.text, span);
            return true;
        }
        let field = Field { key: FieldKey::Known(key), name: Span::default(), value: span, form, is_number: false };
        let member = self.names.of(key);
        let kind = if matches!(key, Key::Comm | Key::Exe) { Kind::Encoded } else { Kind::Plain };
        let written = write_value(out, member, self.text, &field, kind, self.scratch);
        if written == Ok(Written::Lossy) {
            hex_beside(out, key.name().as_bytes(), span.of(self.text), form, self.scratch);
        }
        written != Ok(Written::Absent)
    }
}

/// Whether an id is one of 32 bits that is somebody's: without a leading zero, digits compare as numbers do.
#[inline]
fn is_somebody(id: &[u8]) -> bool {
    id.len() < UNSET.len() || (id.len() == UNSET.len() && id < UNSET)
}

#[cfg(test)]
mod tests;
