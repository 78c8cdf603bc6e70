//! What of an event can be asked for: the members of its JSON, by their names.
//!
//! A name, or the kernel's word for it, in; a [`Field`] out, or the name that was probably meant. `claimed.NAME` and
//! `details.NAME` are any of the kernel's and the programs' fields ([`oyez_tables::key::Key`]).

use std::sync::Arc;

use oyez_tables::key::{self, Key};

/// Something an event can say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A member that is described here: its place in [`all`].
    Member(u16),
    /// A member of `claimed`.
    Claimed(Key),
    /// A member of any of the `details`.
    Detail(Key),
    /// A member of `added`, by its name.
    Added(Arc<str>),
}

/// No name in `added` is longer, in bytes.
pub const MAX_ADDED_NAME: usize = 64;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// Texts, each of which counts.
    Texts,
    /// One whole number.
    Number,
    /// Whole numbers, each of which counts.
    Numbers,
    /// Yes or no.
    Flag,
    /// The text of one network address, or of a host's name.
    Address,
    /// Several of those.
    Addresses,
    /// Texts or numbers, as the record has it.
    Any,
}

/// What has to be done before a field can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nothing: it is in the records, as they came.
    Records,
    /// Secrets have to be taken out of the records first.
    Redacted,
    /// What is known of processes, logins and names has to be found.
    Known,
}

/// What is to be known of a field.
#[derive(Clone, Copy, Debug)]
pub struct Def {
    /// Its full name: names of members, with dots between; elements of lists are left out.
    pub name: &'static str,
    /// The kernel's or a shorter word for it; empty for none.
    pub alias: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it needs.
    pub source: Source,
    /// What it says, without a full stop.
    pub doc: &'static str,
}

const fn def(name: &'static str, kind: Kind, source: Source, alias: &'static str, doc: &'static str) -> Def {
    Def { name, alias, kind, source, doc }
}

/// No field has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name that comes nearest, where one is near.
    pub nearest: Option<String>,
}

impl Field {
    /// The field called `name`, by its full name or its alias.
    ///
    /// # Errors
    /// There is none.
    pub fn find(name: &str) -> Result<Field, Unknown> {
        if let Some(field) = all().find(|field| field.is_called(name)) {
            return Ok(field);
        }
        let of_records =
            |prefix, make: fn(Key) -> Field| Some(make(key::lookup(name.strip_prefix(prefix)?.as_bytes())?));
        of_records("claimed.", Field::Claimed)
            .or_else(|| of_records("details.", Field::Detail))
            .or_else(|| added(name))
            .ok_or_else(|| Unknown { nearest: nearest(name) })
    }

    /// Its full name.
    pub fn name(&self) -> String {
        match self {
            Field::Member(_) => self.def().name.to_owned(),
            Field::Claimed(key) => format!("claimed.{}", key.name()),
            Field::Detail(key) => format!("details.{}", key.name()),
            Field::Added(name) => format!("added.{name}"),
        }
    }

    /// What is to be known of it.
    pub fn def(&self) -> Def {
        match self {
            Field::Member(index) => DEFS.get(usize::from(*index)).copied().unwrap_or(CLAIMED),
            Field::Claimed(_) => CLAIMED,
            Field::Detail(_) => DETAIL,
            Field::Added(_) => ADDED,
        }
    }

    fn is_called(&self, name: &str) -> bool {
        let Def { name: full, alias, .. } = self.def();
        full == name || (!alias.is_empty() && alias == name)
    }
}

/// All fields but those of `claimed` and `details`.
pub fn all() -> impl Iterator<Item = Field> {
    (0..DEFS.len()).filter_map(|index| Some(Field::Member(u16::try_from(index).ok()?)))
}

/// The member of `added` that is so called: ASCII letters, digits and `_`, not beginning with a digit, [`MAX_ADDED_NAME`] at most.
fn added(name: &str) -> Option<Field> {
    let name = name.strip_prefix("added.")?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_right =
        name.len() <= MAX_ADDED_NAME && name.bytes().all(is_name) && !name.starts_with(|c: char| c.is_ascii_digit());
    (is_right && !name.is_empty()).then(|| Field::Added(name.into()))
}

fn nearest(name: &str) -> Option<String> {
    let names = DEFS.iter().flat_map(|def| [def.name, def.alias]).filter(|name| !name.is_empty());
    let near =
        names.map(|other| (strsim::damerau_levenshtein(name, other), other)).min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, other)| *distance <= 1 + other.len() / 4).map(|(_, other)| other.to_owned())
}

const CLAIMED: Def = def("claimed", Kind::Any, Source::Redacted, "", "what a program says");
const ADDED: Def = def("added", Kind::Any, Source::Known, "", "what an earlier filter added");
const DETAIL: Def = def("details", Kind::Any, Source::Redacted, "", "what another record says");

const DEFS: &[Def] = &[
    def("time", Kind::Text, Source::Records, "", "when the event began, as RFC 3339 says it"),
    def("serial", Kind::Number, Source::Records, "", "the kernel's serial number"),
    def("boot", Kind::Text, Source::Records, "", "the boot whose kernel is heard"),
    def("node", Kind::Text, Source::Records, "", "the host's name"),
    def("part", Kind::Number, Source::Records, "", "the number of a late part"),
    def("kind", Kind::Text, Source::Records, "type", "the type of the first record"),
    def("origin", Kind::Text, Source::Records, "", "who wrote that record"),
    def("action", Kind::Text, Source::Records, "", "what was done"),
    def("actor.id", Kind::Number, Source::Records, "", "who did it"),
    def("actor.name", Kind::Text, Source::Known, "", "who did it, by name"),
    def("actor.as_id", Kind::Number, Source::Records, "", "as whom"),
    def("actor.as_name", Kind::Text, Source::Known, "", "as whom, by name"),
    def("object.kind", Kind::Text, Source::Records, "", "what it was done to"),
    def("object.primary", Kind::Text, Source::Redacted, "", "a path, a name, an address, a number"),
    def("object.secondary", Kind::Text, Source::Redacted, "", "the second of two things"),
    def("object.within", Kind::Flag, Source::Records, "", "whether only its directory is known"),
    def("how", Kind::Text, Source::Known, "", "the program that did it"),
    def("result", Kind::Text, Source::Records, "", "whether it worked"),
    def("keys", Kind::Texts, Source::Records, "key", "keys of the rules that matched"),
    def("session", Kind::Number, Source::Records, "ses", "the login session"),
    def("user.auid", Kind::Number, Source::Records, "auid", "who logged in"),
    def("user.auid_name", Kind::Text, Source::Known, "auid_name", "who logged in, by name"),
    def("user.uid", Kind::Number, Source::Records, "uid", "the user"),
    def("user.uid_name", Kind::Text, Source::Known, "uid_name", "the user, by name"),
    def("user.gid", Kind::Number, Source::Records, "gid", "the group"),
    def("user.gid_name", Kind::Text, Source::Known, "gid_name", "the group, by name"),
    def("user.euid", Kind::Number, Source::Records, "euid", "the effective user"),
    def("user.euid_name", Kind::Text, Source::Known, "euid_name", "the effective user, by name"),
    def("user.suid", Kind::Number, Source::Records, "suid", "the saved user"),
    def("user.suid_name", Kind::Text, Source::Known, "suid_name", "the saved user, by name"),
    def("user.fsuid", Kind::Number, Source::Records, "fsuid", "the user for files"),
    def("user.fsuid_name", Kind::Text, Source::Known, "fsuid_name", "the user for files, by name"),
    def("user.egid", Kind::Number, Source::Records, "egid", "the effective group"),
    def("user.egid_name", Kind::Text, Source::Known, "egid_name", "the effective group, by name"),
    def("user.sgid", Kind::Number, Source::Records, "sgid", "the saved group"),
    def("user.sgid_name", Kind::Text, Source::Known, "sgid_name", "the saved group, by name"),
    def("user.fsgid", Kind::Number, Source::Records, "fsgid", "the group for files"),
    def("user.fsgid_name", Kind::Text, Source::Known, "fsgid_name", "the group for files, by name"),
    def("process.pid", Kind::Number, Source::Records, "pid", "the process"),
    def("process.ppid", Kind::Number, Source::Records, "ppid", "its parent"),
    def("process.comm", Kind::Text, Source::Records, "comm", "its name"),
    def("process.exe", Kind::Text, Source::Records, "exe", "its program file"),
    def("process.cwd", Kind::Text, Source::Records, "cwd", "its working directory"),
    def("process.argv", Kind::Texts, Source::Known, "argv", "its arguments"),
    def("process.argc", Kind::Number, Source::Records, "argc", "how many the kernel counted"),
    def("process.argv_cut", Kind::Flag, Source::Known, "", "whether arguments are missing"),
    def("process.proctitle", Kind::Texts, Source::Redacted, "proctitle", "its title"),
    def("process.proctitle_cut", Kind::Flag, Source::Records, "", "whether the title was cut"),
    def("process.tty", Kind::Text, Source::Records, "tty", "its terminal"),
    def("process.subj", Kind::Text, Source::Records, "subj", "its security label"),
    def("process.started", Kind::Text, Source::Known, "", "when it started"),
    def("process.script", Kind::Text, Source::Known, "script", "the script it interprets"),
    def("process.sha256", Kind::Text, Source::Known, "sha256", "the hash of its program"),
    def("process.labels", Kind::Texts, Source::Known, "label", "its labels"),
    def("process.unit", Kind::Text, Source::Known, "unit", "its systemd unit"),
    def("process.parent.pid", Kind::Number, Source::Known, "", "the parent"),
    def("process.parent.comm", Kind::Text, Source::Known, "", "the parent's name"),
    def("process.parent.exe", Kind::Text, Source::Known, "", "the parent's program file"),
    def("process.parent.argv", Kind::Texts, Source::Known, "", "the parent's arguments"),
    def("process.parent.script", Kind::Text, Source::Known, "", "the script the parent interprets"),
    def("process.ancestors.pid", Kind::Numbers, Source::Known, "", "the parent's parent and so on"),
    def("process.ancestors.comm", Kind::Texts, Source::Known, "", "their names"),
    def("process.ancestors.exe", Kind::Texts, Source::Known, "ancestor", "their program files"),
    def("process.ancestors.argv", Kind::Texts, Source::Known, "", "their arguments"),
    def("process.ancestors.script", Kind::Texts, Source::Known, "", "the scripts they interpret"),
    def("syscall.arch", Kind::Text, Source::Records, "arch", "the architecture"),
    def("syscall.number", Kind::Number, Source::Records, "", "the system call's number"),
    def("syscall.name", Kind::Text, Source::Records, "syscall", "the system call"),
    def("syscall.args", Kind::Texts, Source::Records, "", "its first four arguments, in hex"),
    def("syscall.args_name", Kind::Texts, Source::Records, "", "what they mean"),
    def("syscall.exit", Kind::Number, Source::Records, "exit", "what it returned"),
    def("syscall.errno", Kind::Text, Source::Records, "errno", "the error it returned"),
    def("syscall.items", Kind::Number, Source::Records, "items", "how many paths were announced"),
    def("syscall.per", Kind::Text, Source::Records, "per", "the personality"),
    def("paths.item", Kind::Numbers, Source::Records, "", "the number of a path"),
    def("paths.name", Kind::Texts, Source::Records, "path", "the name of a file"),
    def("paths.inode", Kind::Numbers, Source::Records, "inode", "its inode"),
    def("paths.dev", Kind::Texts, Source::Records, "dev", "its device"),
    def("paths.mode", Kind::Texts, Source::Records, "mode", "its kind and permissions"),
    def("paths.ouid", Kind::Numbers, Source::Records, "ouid", "its owner"),
    def("paths.ouid_name", Kind::Texts, Source::Known, "", "its owner, by name"),
    def("paths.ogid", Kind::Numbers, Source::Records, "ogid", "its group"),
    def("paths.ogid_name", Kind::Texts, Source::Known, "", "its group, by name"),
    def("paths.rdev", Kind::Texts, Source::Records, "", "the device that it stands for"),
    def("paths.obj", Kind::Texts, Source::Records, "obj", "its security label"),
    def("paths.nametype", Kind::Texts, Source::Records, "nametype", "why the kernel tells of it"),
    def("sockets.family", Kind::Texts, Source::Records, "family", "the family of a socket address"),
    def("sockets.addr", Kind::Addresses, Source::Records, "addr", "its network address"),
    def("sockets.port", Kind::Numbers, Source::Records, "port", "its port"),
    def("sockets.path", Kind::Texts, Source::Records, "", "the path of a local one"),
    def("sockets.abstract", Kind::Texts, Source::Records, "", "the name of a local one without a path"),
    def("login.started", Kind::Text, Source::Known, "", "when the login began"),
    def("login.ended", Kind::Text, Source::Known, "", "when it ended"),
    def("login.kind", Kind::Text, Source::Known, "", "what kind of login"),
    def("login.acct", Kind::Text, Source::Known, "", "the account"),
    def("login.by", Kind::Text, Source::Known, "", "the program that let the user in"),
    def("login.terminal", Kind::Text, Source::Known, "", "the terminal"),
    def("login.addr", Kind::Address, Source::Known, "", "where from"),
    def("login.pid", Kind::Number, Source::Known, "", "the process of that program"),
    def("container.id", Kind::Text, Source::Known, "container", "the container"),
    def("container.runtime", Kind::Text, Source::Known, "", "what runs it"),
    def("container.pod_uid", Kind::Text, Source::Known, "pod_uid", "the pod"),
    def("host.machine", Kind::Text, Source::Known, "", "machine-id(5)"),
    def("host.instance", Kind::Text, Source::Known, "", "the cloud instance"),
    def("tags", Kind::Texts, Source::Known, "tag", "what earlier filters tagged it with"),
    def("records", Kind::Texts, Source::Records, "record", "the types of all records"),
    def("marks", Kind::Texts, Source::Redacted, "", "late, early, incomplete, redacted"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_name_is_used_twice() {
        let mut seen = HashSet::new();
        for name in DEFS.iter().flat_map(|def| [def.name, def.alias]).filter(|name| !name.is_empty()) {
            assert!(seen.insert(name), "{name}");
        }
    }

    #[test]
    fn fields_are_found_by_both_names() {
        assert_eq!(Field::find("process.exe"), Field::find("exe"));
        assert_eq!(Field::find("exe").unwrap().def().name, "process.exe");
        assert_eq!(Field::find("claimed.acct"), Ok(Field::Claimed(Key::Acct)));
        assert_eq!(Field::find("details.seperms").unwrap().name(), "details.seperms");
    }

    #[test]
    fn a_name_that_is_nearly_right_is_suggested() {
        for (name, near) in [("proces.exe", Some("process.exe")), ("kye", Some("key")), ("quite_something_else", None)]
        {
            assert_eq!(Field::find(name), Err(Unknown { nearest: near.map(str::to_owned) }), "{name}");
        }
    }
}
