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
mod tests {
    use oyez_events::context::Context;
    use proptest::prelude::*;

    use super::super::main_record::MainRecord;
    use super::super::{JsonFormat, JsonOptions};
    use crate::test_events::{Alice, read};

    const CALL: &str = "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffd5 a2=80000 a3=0 items=1 ppid=734 \
        pid=735 auid=4294967295 uid=0 gid=0 euid=1000 suid=0 fsuid=33 egid=0 sgid=5 fsgid=0 tty=pts0 ses=4294967295 \
        comm=\"cat\" exe=\"/usr/bin/a-program-of-a-long-name\" subj=system_u:system_r:init_t:s0 key=\"etc\"";
    const FILE: &str = "item=0 name=\"/etc/a\" inode=401923 dev=fd:01 mode=0100755 ouid=1000 ogid=0 rdev=00:00 \
        obj=system_u:object_r:etc_t:s0 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0";
    const TITLE: &str = "proctitle=636174002D6E002F6574632F61";

    /// What an event of these records comes to, each of the first three times; without names and with them.
    fn written(bodies: &[Vec<u8>; 3], omit: &[&str], is_straight: bool) -> Vec<u8> {
        let types = ["SYSCALL", "PATH", "PROCTITLE"];
        let line = |(name, body): (&str, &Vec<u8>)| {
            [format!("type={name} msg=audit(1.000:7): ").as_bytes(), body.as_slice()].concat()
        };
        let lines: Vec<_> = types.into_iter().zip(bodies).map(line).collect();
        let omit = omit.iter().map(|key| (*key).to_owned()).collect();
        let mut format = JsonFormat::new(JsonOptions { omit, ..JsonOptions::default() });
        if !is_straight {
            format.main = MainRecord::new(false);
            (format.files.is_front_wanted, format.files.is_kind_wanted) = (false, false);
        }
        let mut out = Vec::new();
        read(&lines, &mut |event| {
            for names in [None, Some(&Alice as _)] {
                let context = Context { names, ..Context::default() };
                for _ in 0..3 {
                    format.event(event, &context, &mut out);
                }
            }
        });
        out
    }

    fn check(bodies: &[Vec<u8>; 3], omit: &[&str]) {
        let [straight, split] = [true, false].map(|is_straight| written(bodies, omit, is_straight));
        let lines = |out: Vec<u8>| String::from_utf8(out).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(straight), lines(split));
    }

    fn usual() -> [Vec<u8>; 3] {
        [CALL, FILE, TITLE].map(|body| body.as_bytes().to_vec())
    }

    #[test]
    fn what_is_read_straight_comes_out_as_what_is_split() {
        for (from, to) in [
            ("", ""),
            ("auid=4294967295", "auid=1000"),
            ("auid=4294967295", "auid=4294967296"),
            ("auid=4294967295 uid=0", "auid=4294967295 uid=4294967295"),
            ("auid=4294967295 uid=0 gid=0 euid=1000", "auid=4294967295 uid=4294967295 gid=0 euid=4294967295"),
            ("euid=1000", "euid=0"),
            ("euid=1000", "euid=123456789012345"),
            ("pts0", "(none)"),
            ("pts0", "a\\b"),
            ("\"cat\"", "6120"),
            ("\"cat\"", "(null)"),
            ("\"cat\"", "\"\""),
            ("\"cat\"", "\"?\""),
            ("\"cat\"", "\"ca\u{e9}\""),
            ("\"/usr/bin/a-program-of-a-long-name\"", "(null)"),
            ("\"/usr/bin/a-program-of-a-long-name\"", "(none)"),
            ("\"/usr/bin/a-program-of-a-long-name\"", "2F6120"),
            ("/usr/bin/a-program-of-a-long-name", &"/a-directory".repeat(20)),
            (" subj=system_u:system_r:init_t:s0", ""),
            ("system_u:system_r:init_t:s0", "?"),
            ("system_u:system_r:init_t:s0", "unconfined"),
            ("\"etc\"", "(null)"),
            ("\"etc\"", "6B31016B32"),
            ("\"etc\"", "\"\""),
            ("\"/etc/a\"", "\"/etc/\u{e9}\\\""),
            ("\"/etc/a\"", "\"\""),
            ("\"/etc/a\"", "(null)"),
            ("\"/etc/a\"", "2F6120FF"),
            ("\"/etc/a\"", "\"/etc mode=1\""),
            ("\"/etc/a\"", "\"?\""),
            ("0100755", "041777"),
            ("ouid=1000", "ouid=4294967295"),
            ("system_u:object_r:etc_t:s0", "?"),
            ("system_u:object_r:etc_t:s0", "\\x"),
            ("cap_fp=0", "cap_fp=2000"),
            ("NORMAL", "(none)"),
            ("636174002D6E002F6574632F61", "\"cat\""),
            ("636174002D6E002F6574632F61", "00"),
            ("636174002D6E002F6574632F61", "(null)"),
        ] {
            let bodies = [CALL, FILE, TITLE].map(|body| body.replacen(from, to, 1).into_bytes());
            check(&bodies, &[]);
        }
        for key in ["ppid", "auid", "euid", "ses", "comm", "exe", "tty", "subj", "key", "mode", "ouid", "obj", "cap_fe"]
        {
            check(&usual(), &[key]);
        }
    }

    #[test]
    fn long_titles_come_out_whole() {
        for len in [126, 127, 128, 129, 300] {
            let mut bodies = usual();
            bodies[2] = format!("proctitle={}", "6100".repeat(len / 2) + &"62".repeat(len % 2)).into_bytes();
            let text = String::from_utf8(written(&bodies, &[], true)).unwrap();
            let parts = vec!["\"a\""; len / 2].join(",") + if len % 2 == 1 { ",\"b\"" } else { ",\"\"" };
            let cut = if len >= 128 { ",\"proctitle_cut\":true" } else { "" };
            assert!(text.contains(&format!("\"proctitle\":[{parts}]{cut},\"tty\"")), "{len}: {text}");
        }
    }

    proptest! {
        // Each makes two formats, which costs far more than what they write.
        #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]
        #[test]
        fn what_is_read_straight_comes_out_as_what_is_split_whatever_it_is(
            changes in proptest::collection::vec((0..3usize, any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'='), b'0'..=b'9', Just(b'"'), Just(b'\\')], 0..3usize), 1..4),
        ) {
            let mut bodies = usual();
            for (which, place, byte, how) in changes {
                let text = &mut bodies[which];
                let place = place.index(text.len());
                match how {
                    _ if matches!(byte, b'\n' | 0x1d) => {}
                    0 => text[place] = byte,
                    1 => text.insert(place, byte),
                    _ => drop(text.remove(place)),
                }
            }
            check(&bodies, &[]);
        }
    }
}
