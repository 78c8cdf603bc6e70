//! An event → what is counted of it.
//!
//! Each fact is that of the last record that tells it, since of an `AVC` and the `SYSCALL` behind it the latter has the last
//! word. Files and keys are all that are named. Values are decoded into one buffer that is used again and again.

mod kinds;
mod result;
mod told;
mod value;

use oyez_events::fields::{Field, FieldKey, Fields};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type as t;

pub(crate) use kinds::{ACCOUNTS, ANOMALIES, AVCS, CONFIG, CRYPTO, Kinds, MAC};
pub(crate) use told::Told;
use value::{Span, Text};

/// What is counted of an event; made to be used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    text: Text,
    pub(crate) kinds: Kinds,
    /// Whether it succeeded, where that is told.
    pub(crate) success: Option<bool>,
    pub(crate) auid: Option<u32>,
    pub(crate) pid: Option<u32>,
    /// Architecture and number, as written.
    pub(crate) call: Option<(Option<u32>, u32)>,
    arch: Option<u32>,
    /// What the call returned.
    pub(crate) exit: Option<i64>,
    acct: Option<Span>,
    user: Option<Span>,
    terminal: Option<Span>,
    host: Option<Span>,
    exe: Option<Span>,
    comm: Option<Span>,
    cwd: Option<Span>,
    /// Whether the present record's name was put behind the working directory. A record has one name; a hostile one with many
    /// would make a long directory as many times as long.
    is_joined: bool,
    files: Vec<Span>,
    keys: Vec<Span>,
    objects: Vec<Span>,
}

impl Facts {
    /// Takes those facts of `event` that are `wanted`; what was held before is gone, in `fields` as well.
    pub(crate) fn read(&mut self, event: &Event, wanted: Told, fields: &mut Fields) {
        self.clear();
        for record in event.records() {
            self.kinds.add(Kinds::of(record.number()));
            let told = Told::of(record.number()).only(wanted);
            if !told.is_nothing() {
                self.record(&record, told, fields);
            }
        }
    }

    /// The account that a program spoke of.
    pub(crate) fn acct(&self) -> Option<&[u8]> {
        self.acct.map(|span| self.text.get(span))
    }

    /// What an ENRICHED log calls `auid`.
    pub(crate) fn user(&self) -> Option<&[u8]> {
        self.user.map(|span| self.text.get(span))
    }

    pub(crate) fn terminal(&self) -> Option<&[u8]> {
        self.terminal.map(|span| self.text.get(span))
    }

    pub(crate) fn host(&self) -> Option<&[u8]> {
        self.host.map(|span| self.text.get(span))
    }

    pub(crate) fn exe(&self) -> Option<&[u8]> {
        self.exe.map(|span| self.text.get(span))
    }

    pub(crate) fn comm(&self) -> Option<&[u8]> {
        self.comm.map(|span| self.text.get(span))
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &[u8]> {
        self.files.iter().map(|span| self.text.get(*span))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.keys.iter().map(|span| self.text.get(*span))
    }

    /// The contexts of what security modules decided about.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &[u8]> {
        self.objects.iter().map(|span| self.text.get(*span))
    }

    fn clear(&mut self) {
        let Facts { text, files, keys, objects, .. } = self;
        text.clear();
        files.clear();
        keys.clear();
        objects.clear();
        self.kinds = Kinds::default();
        (self.success, self.auid, self.pid, self.call, self.exit) = (None, None, None, None, None);
        (self.acct, self.user, self.terminal, self.host) = (None, None, None, None);
        (self.exe, self.comm, self.cwd, self.arch) = (None, None, None, None);
    }

    fn record(&mut self, record: &Record<'_>, told: Told, fields: &mut Fields) {
        fields.split(record);
        self.is_joined = false;
        if told.has(Told::SUCCEEDS) {
            self.success = Some(true);
        }
        let before = self.host.take();
        for field in fields.own() {
            self.subject(record.body(), field, told);
            self.field(record, field, told);
        }
        for field in fields.claimed() {
            self.field(record, field, told);
        }
        self.host = self.host.or(before);
        if told.has(Told::AUID)
            && let Some(name) = fields.tail().iter().find(|field| field.key == FieldKey::Known(Key::Auid))
        {
            self.user = Some(self.text.decoded(name.value.of(record.tail()), name.form));
        }
    }

    /// Who did it: never what a program claims.
    fn subject(&mut self, body: &[u8], field: &Field, told: Told) {
        let FieldKey::Known(key) = field.key else { return };
        let value = field.value.of(body);
        match key {
            Key::Pid if told.has(Told::PID) => self.pid = value::id(value).or(self.pid),
            Key::Auid if told.has(Told::AUID) => self.auid = value::id(value).or(self.auid),
            Key::Arch if told.has(Told::CALL) => {
                self.arch = value::arch(value);
                self.call = self.call.map(|(_, number)| (self.arch, number));
            }
            Key::Syscall if told.has(Told::CALL) => self.call = value::id(value).map(|number| (self.arch, number)),
            Key::Exit if told.has(Told::CALL) => self.exit = value::signed(value),
            _ => {}
        }
    }

    fn field(&mut self, record: &Record<'_>, field: &Field, told: Told) {
        let FieldKey::Known(key) = field.key else { return };
        let value = field.value.of(record.body());
        match key {
            Key::Success | Key::Res | Key::Result if told.has(Told::RESULT) => {
                self.success = Some(result::is_success(value));
            }
            Key::Seresult if told.has(Told::DECISION) => self.success = Some(value != b"denied"),
            Key::Apparmor if told.has(Told::DECISION) => self.success = Some(value != b"DENIED"),
            Key::Tcontext if told.has(Told::DECISION) => self.objects.push(self.text.plain(value)),
            Key::Comm if told.has(Told::COMM) => {
                // That of an AVC is of the same process as the syscall's, which may be decoded already.
                if self.comm.is_none() || !told.has(Told::DECISION) {
                    self.comm = Some(self.text.decoded(value, field.form));
                }
            }
            Key::Exe if told.has(Told::EXE) => self.exe = Some(self.text.decoded(value, field.form)),
            Key::Acct if told.has(Told::ACCOUNT) => self.acct = Some(self.text.decoded(value, field.form)),
            Key::Tty | Key::Terminal if told.has(Told::TERMINAL) => self.terminal = Some(self.text.plain(value)),
            Key::Key if told.has(Told::KEY) => self.text.keys(value, field.form, &mut self.keys),
            Key::Cwd if told.has(Told::CWD) => self.cwd = Some(self.text.decoded(value, field.form)),
            _ => self.place(record, field, key, told),
        }
    }

    /// What it was done to, and from where.
    fn place(&mut self, record: &Record<'_>, field: &Field, key: Key, told: Told) {
        let value = field.value.of(record.body());
        match key {
            Key::Hostname if told.has(Told::HOST) => self.host = Some(self.text.plain(value)),
            Key::Addr if told.has(Told::HOST) && self.host().is_none_or(|name| name == b"?") => {
                self.host = Some(self.text.plain(value::without_port(record.number(), value)));
            }
            Key::Name if told.has(Told::NAME) => self.file(value, field),
            Key::Path | Key::NewDisk if told.has(Told::PATH) => self.file(value, field),
            Key::Saddr if record.number() == t::NETFILTER_PKT && told.has(Told::ADDRESS) => {
                self.host = Some(self.text.plain(value));
            }
            Key::Saddr if told.has(Told::ADDRESS) => {
                let big_endian = self.arch.is_some_and(value::is_big_endian);
                match self.text.address(value, big_endian) {
                    Some(value::Place::Host(host)) => self.host = Some(host),
                    Some(value::Place::File(path)) => self.files.push(path),
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn file(&mut self, value: &[u8], field: &Field) {
        let path = self.text.decoded(value, field.form);
        let whole = self.text.absolute(path, self.cwd.filter(|_| !self.is_joined));
        self.is_joined |= whole != path;
        self.files.push(whole);
    }
}

#[cfg(test)]
mod tests;
