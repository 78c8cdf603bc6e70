//! An event → its shape, and what tells it from others when repeats and floods are counted.

use std::hash::{BuildHasher as _, Hash, Hasher as _};

use foldhash::fast::FixedState;
use oyez_events::Event;
use oyez_filter::View;

use crate::fields::{Asked, Fields};
use crate::files::Guard;
use crate::lineage::Lineage;
use crate::shape::{Elements, Flags, Who, Writer};
use crate::stays::Stays;

/// The most folders an event is told apart by.
const MAX_DIRS: usize = 4;
/// How many names deep they are.
pub(crate) const DEPTH: usize = 3;

/// Reads events; keeps its buffers from one to the next.
#[derive(Debug)]
pub(crate) struct Seen {
    fields: Fields,
    guard: Guard,
    writer: Writer,
    lineage: Lineage,
    hashes: FixedState,
    call: Vec<u8>,
    text: Vec<u8>,
}

/// What was read of an event.
pub(crate) struct Told<'a> {
    pub(crate) shape: &'a [u8],
    /// The hash of all that `suppress` would tell it from others by, and more.
    pub(crate) deed: u64,
    /// The hash of all that `limit` would, and more.
    pub(crate) program: u64,
}

impl Seen {
    /// One that has read nothing.
    pub(crate) fn new() -> Self {
        Seen {
            fields: Fields::new(),
            guard: Guard::new(),
            writer: Writer::default(),
            lineage: Lineage::default(),
            // The same in each run: so is what falls out of the tables, and with it the advice.
            hashes: FixedState::default(),
            call: Vec::new(),
            text: Vec::new(),
        }
    }

    pub(crate) fn read(&mut self, view: &mut View<'_>, event: &Event) -> Told<'_> {
        self.fields.text(view, Asked::Call, &mut self.call);
        self.fields.text(view, Asked::Result, &mut self.text);
        let succeeded = self.text == b"success";
        let stays = self.stays(view, event, succeeded);
        self.writer.begin();
        self.call(view);
        self.program(view);
        let program = self.hashes.hash_one(self.writer.so_far());
        self.what(view);
        let mut deed = self.hashes.build_hasher();
        (succeeded, self.writer.so_far()).hash(&mut deed);
        self.dirs(view);
        self.people(view, event);
        self.writer.part().hash(&mut deed);
        self.fields.text(view, Asked::Object, &mut self.text);
        self.text.hash(&mut deed);
        let is_guarded = !self.call.is_empty() && self.guard.holds(view);
        let flags = Flags { stays, succeeded, is_guarded };
        Told { shape: self.writer.end(flags), deed: deed.finish(), program }
    }

    fn stays(&mut self, view: &mut View<'_>, event: &Event, succeeded: bool) -> Option<Stays> {
        let Seen { fields, call, text, .. } = self;
        if let Some(stays) = Stays::by_types(event) {
            return Some(stays);
        }
        if fields.text(view, Asked::Kind, text) && text.starts_with(b"OYEZ_") {
            return Some(Stays::Own);
        }
        if call.is_empty() {
            return None;
        }
        if is_execution(call)
            && fields.text(view, Asked::Exe, text)
            && let Some(stays) = Stays::by_program(text)
        {
            return Some(stays);
        }
        fields.text(view, Asked::Errno, text);
        let euid = fields.number(view, Asked::Euid);
        Stays::by_call(call, succeeded, text, euid).or_else(|| {
            let flags = open_flags(fields, view, call, text);
            let mut found = None;
            fields.texts(view, Asked::Path, &mut |path| {
                found = Stays::by_file(call, flags, path);
                found.is_some()
            });
            found
        })
    }

    /// Kind, keys, call, architecture.
    fn call(&mut self, view: &mut View<'_>) {
        let Seen { fields, writer, call, text, .. } = self;
        fields.text(view, Asked::Kind, text);
        writer.text(text);
        writer.open();
        fields.texts(view, Asked::Keys, &mut |key| {
            if !Elements(writer.part()).any(|other| other == key) {
                writer.element(key);
            }
            false
        });
        writer.close();
        writer.text(call);
        fields.text(view, Asked::Arch, text);
        writer.text(text);
    }

    /// By the first that is told: file before name, the kernel's word before the program's own.
    fn program(&mut self, view: &mut View<'_>) {
        let Seen { fields, writer, text, .. } = self;
        let asked = [Asked::Exe, Asked::ClaimedExe, Asked::Comm, Asked::ClaimedComm];
        let found = Who::ALL.into_iter().zip(asked).find(|(_, asked)| fields.text(view, *asked, text));
        text.splice(0..0, found.map(|(who, _)| who as u8));
        writer.text(text);
    }

    fn what(&mut self, view: &mut View<'_>) {
        let Seen { fields, writer, text, .. } = self;
        // In the order of CLAIMS.
        let found = [Asked::Unit, Asked::Op].into_iter().position(|asked| fields.text(view, asked, text));
        text.splice(0..0, found.and_then(|place| u8::try_from(place).ok()));
        writer.text(text);
    }

    /// The folders of all paths but those of an execution, which are the program's and its loader's.
    fn dirs(&mut self, view: &mut View<'_>) {
        let Seen { fields, writer, call, .. } = self;
        writer.open();
        let mut count = 0;
        if !is_execution(call) {
            fields.texts(view, Asked::Path, &mut |path| {
                if let Some(dir) = folder(path)
                    && !Elements(writer.part()).any(|other| other == dir)
                {
                    writer.element(dir);
                    count += 1;
                }
                count > MAX_DIRS
            });
        }
        if count > MAX_DIRS { writer.forget() } else { writer.close() }
    }

    /// The parent, who logged in; the last part is who logged in.
    fn people(&mut self, view: &mut View<'_>, event: &Event) {
        let Seen { fields, writer, lineage, hashes, text, .. } = self;
        let node = hashes.hash_one(event.node());
        let pid = |asked, view: &mut View<'_>| fields.number(view, asked).and_then(|pid| u32::try_from(pid).ok());
        if fields.text(view, Asked::ParentExe, text) {
            writer.text(text);
        } else {
            let parent = pid(Asked::Ppid, view).and_then(|ppid| lineage.program(node, ppid));
            writer.text(parent.unwrap_or_default());
        }
        if let Some(pid) = pid(Asked::Pid, view)
            && fields.text(view, Asked::Exe, text)
        {
            lineage.runs(node, pid, text);
        }
        text.clear();
        if let Some(auid) = fields.number(view, Asked::Auid) {
            oyez_interpret::plain::put(text, format_args!("{auid}"));
        }
        writer.text(text);
    }
}

/// Whether the call begins another program.
pub(crate) fn is_execution(call: &[u8]) -> bool {
    matches!(call, b"execve" | b"execveat")
}

/// The `flags` of an `open` or `openat`, as the event has them: in hex.
fn open_flags(fields: &Fields, view: &mut View<'_>, call: &[u8], text: &mut Vec<u8>) -> Option<u64> {
    let place = match call {
        b"open" => 1,
        b"openat" => 2,
        _ => return None,
    };
    text.clear();
    let mut at = 0;
    fields.texts(view, Asked::Args, &mut |arg| {
        if at == place {
            text.extend_from_slice(arg);
        }
        at += 1;
        at > place
    });
    u64::from_str_radix(str::from_utf8(text).ok()?.strip_prefix("0x")?, 16).ok()
}

/// The folder a path is in, [`DEPTH`] names deep at most. `None` for a path that begins elsewhere, or takes detours: below which
/// folders that is cannot be seen from its text.
fn folder(path: &[u8]) -> Option<&[u8]> {
    let behind = path.strip_prefix(b"/")?;
    let end = behind.iter().rposition(|byte| *byte == b'/')?;
    let names = behind.get(..end)?;
    if names.split(|byte| *byte == b'/').any(|name| matches!(name, b"" | b"." | b"..")) {
        return None;
    }
    let slashes = names.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let end = slashes.map(|(at, _)| at).nth(DEPTH - 1).unwrap_or(end);
    path.get(..=end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_three_names_deep() {
        for (path, dir) in [
            ("/var/www/html/a/b", Some("/var/www/html")),
            ("/var/www/html/a", Some("/var/www/html")),
            ("/etc/hosts", Some("/etc")),
            ("/etc/", Some("/etc")),
            ("/etc", None),
            ("/", None),
            ("etc/hosts", None),
            ("/etc/../root/x", None),
            ("/etc//x", None),
            ("//x", None),
            ("", None),
        ] {
            assert_eq!(folder(path.as_bytes()), dir.map(str::as_bytes), "{path}");
        }
    }
}
