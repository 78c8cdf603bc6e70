//! The event of an execve → what program began, with its arguments, directory and script.
//!
//! The records of one event in ([`Exec::read`]), an [`Exec`] out, whose buffers are used again. `SYSCALL` says file and name,
//! `EXECVE` the arguments, `CWD` the directory, `PATH` what was opened on the way. Arguments beyond the limit are left out, and
//! that is told.

use oyez_events::Event;
use oyez_events::decode::argv::Argv;
use oyez_events::fields::{FieldKey, Fields};
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::record::{self, Actor, Reader};
use super::script;

/// Items of an execve that are looked at: scripts whose interpreters are scripts are at most 5 deep (fs/exec.c,
/// `exec_binprm`), the loader comes last.
const MAX_ITEMS: usize = 8;

/// What an execve's event tells.
#[derive(Debug, Default)]
pub(super) struct Exec {
    pub(super) exe: Vec<u8>,
    pub(super) comm: Vec<u8>,
    /// Each ended by a zero byte.
    pub(super) argv: Vec<u8>,
    pub(super) argv_cut: bool,
    pub(super) cwd: Vec<u8>,
    pub(super) script: Option<Vec<u8>>,
    /// The names of `PATH` items, by item.
    items: [Vec<u8>; MAX_ITEMS],
    joined: Argv,
    fields: Fields,
}

impl Exec {
    /// Reads the event whose `SYSCALL` is `actor`'s.
    pub(super) fn read(&mut self, event: &Event, actor: &Actor<'_>, reader: &Reader, max_argv: usize) {
        self.clear();
        actor.exe.inspect(|written| record::decode(written, &mut self.exe));
        reader.comm(actor, &mut self.comm);
        for record in event.records() {
            if !matches!(record.number(), record_type::EXECVE | record_type::CWD | record_type::PATH) {
                continue;
            }
            self.fields.split(&record);
            match record.number() {
                record_type::EXECVE => drop(self.joined.add(record.body(), self.fields.own())),
                record_type::CWD => named(&self.fields, record.body(), Key::Cwd, &mut self.cwd),
                _ => self.item(record.body()),
            }
        }
        self.joined.join();
        self.take_argv(max_argv);
        self.script = script::of_items(&self.argv, &self.items).map(|name| script::absolute(name, &self.cwd));
    }

    fn clear(&mut self) {
        [&mut self.exe, &mut self.comm, &mut self.argv, &mut self.cwd].into_iter().for_each(Vec::clear);
        self.items.iter_mut().for_each(Vec::clear);
        self.script = None;
        self.joined.clear();
    }

    fn item(&mut self, body: &[u8]) {
        let field = self.fields.own().iter().find(|field| field.key == FieldKey::Known(Key::Item));
        let item = field.and_then(|field| str::from_utf8(field.value.of(body)).ok()?.parse::<usize>().ok());
        if let Some(name) = item.and_then(|item| self.items.get_mut(item)) {
            named(&self.fields, body, Key::Name, name);
        }
    }

    fn take_argv(&mut self, max_argv: usize) {
        self.argv_cut = self.joined.is_cut();
        for arg in self.joined.args() {
            let arg = arg.unwrap_or_default();
            if self.argv.len() + arg.len() + 1 > max_argv {
                let room = max_argv.saturating_sub(self.argv.len() + 1);
                if room > 0 {
                    self.argv.extend_from_slice(arg.get(..room).unwrap_or(arg));
                    self.argv.push(0);
                }
                self.argv_cut = true;
                return;
            }
            self.argv.extend_from_slice(arg);
            self.argv.push(0);
        }
    }
}

/// The value of the first field with this key, decoded; nothing where there is none.
fn named(fields: &Fields, body: &[u8], key: Key, out: &mut Vec<u8>) {
    use oyez_events::decode::{Text, untrusted};
    let mut scratch = Vec::new();
    let Some(field) = fields.own().iter().find(|field| field.key == FieldKey::Known(key)) else { return };
    if let Text::Bytes(bytes) = untrusted(field.value.of(body), field.form, &mut scratch) {
        out.clear();
        out.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fakes::event;
    use super::*;

    fn read(records: &[(u16, &str)], max_argv: usize) -> Exec {
        let (event, reader) = (event(0, records), Reader::default());
        let mut exec = Exec::default();
        exec.read(&event, &reader.actor(&event).unwrap(), &reader, max_argv);
        exec
    }

    const SCRIPT: &[(u16, &str)] = &[
        (
            1300,
            "arch=c000003e syscall=59 success=yes exit=0 items=3 ppid=1 pid=2 comm=\"x.sh\" exe=\"/usr/bin/dash\" key=(null)",
        ),
        (1309, "argc=3 a0=\"/bin/sh\" a1=\"./x.sh\" a2=612062"),
        (1307, "cwd=\"/tmp\""),
        (1302, "item=0 name=\"./x.sh\" inode=1 nametype=NORMAL"),
        (1302, "item=1 name=\"/bin/sh\" inode=2 nametype=NORMAL"),
        (1302, "item=2 name=\"/lib64/ld-linux-x86-64.so.2\" inode=3 nametype=NORMAL"),
    ];

    #[test]
    fn a_script_is_found_behind_its_interpreter() {
        let exec = read(SCRIPT, 4096);
        assert_eq!((&*exec.exe, &*exec.comm, &*exec.cwd), (&b"/usr/bin/dash"[..], &b"x.sh"[..], &b"/tmp"[..]));
        assert_eq!((&*exec.argv, exec.argv_cut), (&b"/bin/sh\0./x.sh\0a b\0"[..], false));
        assert_eq!(exec.script.as_deref(), Some(&b"/tmp/x.sh"[..]));
    }

    #[test]
    fn arguments_are_cut_at_the_limit() {
        for (limit, argv) in [
            (19, "/bin/sh\0./x.sh\0a b\0"),
            (18, "/bin/sh\0./x.sh\0a \0"),
            (15, "/bin/sh\0./x.sh\0"),
            (3, "/b\0"),
            (0, ""),
        ] {
            let exec = read(SCRIPT, limit);
            assert_eq!((String::from_utf8_lossy(&exec.argv).as_ref(), exec.argv_cut), (argv, limit < 19), "{limit}");
        }
    }
}
