//! Which fields laurel writes as numbers, and in which base.
//!
//! It goes by the audit project's field dictionary (audit-documentation, specs/fields/field-dictionary.csv), where a later
//! line of the same name counts: `numeric decimal`, `numeric hexadecimal` and `numeric octal` are numbers, `numeric` alone is
//! text; besides, ids are decimal whatever they are called. oyez's own [`Kind`](oyez_tables::key::Kind)s are stricter and would
//! change the type of members that a store has mapped already.

use oyez_tables::key::Key;

/// How a value is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Base {
    /// As text.
    #[default]
    None,
    /// As a signed decimal number: a JSON number.
    Decimal,
    /// As a hex number: `"0x…"`.
    Hex,
    /// As an octal number: `"0o…"`.
    Octal,
}

const DECIMAL: &[&str] = &[
    "argc",
    "audit_backlog_limit",
    "audit_backlog_wait_time",
    "audit_enabled",
    "audit_failure",
    "capability",
    "cap_fe",
    "changed",
    "compat",
    "dport",
    "enforcing",
    "entries",
    "errno",
    "exit",
    "family",
    "fd",
    "fe",
    "ino",
    "inode",
    "ipid",
    "item",
    "items",
    "len",
    "list",
    "lport",
    "major",
    "minor",
    "nargs",
    "new-enabled",
    "new_lock",
    "new-log_passwd",
    "nlnk-pid",
    "old-enabled",
    "old_enforcing",
    "old_lock",
    "old-log_passwd",
    "old_prom",
    "old-ses",
    "old_val",
    "opid",
    "oses",
    "permissive",
    "pid",
    "ppid",
    "prog-id",
    "prom",
    "proto",
    "res",
    "rport",
    "seqno",
    "ses",
    "sig",
    "sigev_signo",
    "spid",
    "sport",
    "syscall",
    "uring_op",
    "val",
    "vm-pid",
];

const HEX: &[&str] = &[
    "arch", "cap_fi", "cap_fp", "cap_fver", "cap_pa", "cap_pe", "cap_pi", "cap_pp", "code", "flags", "fi", "fp",
    "fver", "ioctlcmd", "old_pa", "old_pe", "old_pi", "old_pp", "pa", "pe", "per", "pi", "pp", "qbytes",
];

/// The base of every key of the tables.
#[derive(Debug)]
pub(super) struct Bases(Vec<Base>);

impl Bases {
    pub(super) fn new() -> Self {
        Bases((0..Key::COUNT).filter_map(Key::from_index).map(|key| of(key.name())).collect())
    }

    /// That of a key.
    pub(super) fn of_key(&self, key: Key) -> Base {
        self.0.get(key as usize).copied().unwrap_or_default()
    }
}

/// That of a field with any name.
pub(super) fn of(name: &str) -> Base {
    match name {
        "mode" => Base::Octal,
        _ if is_id(name.as_bytes()) || DECIMAL.contains(&name) => Base::Decimal,
        _ if HEX.contains(&name) => Base::Hex,
        _ => Base::None,
    }
}

/// Whether laurel takes it for the id of a user or group.
pub(super) fn is_id(name: &[u8]) -> bool {
    name.ends_with(b"uid") || name.ends_with(b"gid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_tables::key::lookup;
    use oyez_testkit::corpus;

    #[test]
    fn every_name_is_a_key() {
        for name in DECIMAL.iter().chain(HEX) {
            assert!(lookup(name.as_bytes()).is_some(), "{name}");
        }
    }

    #[test]
    fn bases_are_those_of_the_field_dictionary() {
        let Some(path) = corpus::shared("spec/field-dictionary.csv") else {
            return corpus::skipped("no shared corpus");
        };
        let text = std::fs::read_to_string(path).unwrap();
        let mut wanted = std::collections::BTreeMap::new();
        for line in text.lines().skip(3) {
            let mut columns = line.split(',');
            let (name, format) = (columns.next().unwrap(), columns.next().unwrap());
            match format {
                "numeric decimal" => drop(wanted.insert(name, Base::Decimal)),
                "numeric hexadecimal" => drop(wanted.insert(name, Base::Hex)),
                "numeric octal" => drop(wanted.insert(name, Base::Octal)),
                "numeric" | "encoded" => drop(wanted.insert(name, Base::None)),
                _ => {}
            }
        }
        // laurel 0.8's copy of the dictionary is newer: it calls `new` numeric, and has these two besides.
        wanted.insert("new", Base::None);
        wanted.extend([("prog-id", Base::Decimal), ("uring_op", Base::Decimal)]);
        for (name, base) in &wanted {
            assert_eq!(of(name), *base, "{name}");
        }
        for name in DECIMAL.iter().chain(HEX) {
            assert!(wanted.contains_key(name), "{name}");
        }
        assert!(wanted.len() > 100);
    }
}
