//! Field names of audit records: bytes → [`Key`], and what a key's value is in which record type.
//!
//! A key that is not in the table has no [`Key`]: its field keeps its own text. Numbered keys of EXECVE records (`a12`,
//! `a1[3]`, `a1_len`) are not listed; only `a0` to `a3`, the arguments of a SYSCALL record, are.
//!
//! A key has one JSON type in all record types: a number if its [`Kind`] is [`Kind::Decimal`], else a string; so a key
//! that is decimal in one record and text in another is never `Decimal`. Sources of each key and kind:
//! `xtask/tables/sources/keys.csv`.

#[rustfmt::skip]
mod generated;

use generated::{ALL, EXCEPTIONS, INDEX, KINDS, NAMES};
pub use generated::{Key, USER_MESSAGE, usual_order};

/// What the bytes of a value are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A decimal integer, signed or unsigned, that fits `i64` or `u64`; `?` stands for no value. A JSON number.
    Decimal,
    /// Bare hex digits, no prefix (`c000003e`, `7ffd0`); a JSON string.
    Hex,
    /// Bare octal digits, usually with a leading zero (`0100644`); a JSON string.
    Octal,
    /// Major and minor device number, two hex numbers and a colon (`fd:01`); a JSON string.
    Device,
    /// An untrusted string: in double quotes, or bare upper-case hex where it holds a quote, a byte below 0x21 or above
    /// 0x7e (`audit_log_untrustedstring`, kernel/audit.c); `(null)` and `?` stand for no value. A JSON string.
    Encoded,
    /// A string in double quotes that is never written as hex (`operation="open"`); a JSON string.
    Quoted,
    /// Text that is never encoded, hex-looking or not; a JSON string. Old kernels put some of it in double quotes
    /// (`op="add_rule"`); `error_msg` of `DM_CTRL` records stands in single ones.
    Plain,
    /// One of a small set of bare words (`yes`, `no`; `NORMAL`, `PARENT`); a JSON string.
    Enumerated,
}

impl Key {
    /// How many keys there are; each key as a number is below it.
    pub const COUNT: usize = NAMES.len();

    /// The key as records spell it (`old-auid`).
    #[inline]
    pub const fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// The key whose number (`key as usize`) is `index`.
    #[inline]
    pub const fn from_index(index: usize) -> Option<Self> {
        if index < ALL.len() { Some(ALL[index]) } else { None }
    }

    /// What this key's value is in records of `record_type`.
    #[inline]
    pub fn kind(self, record_type: u16) -> Kind {
        let (kind, exceptions) = KINDS[self as usize];
        if exceptions == 0 {
            return kind;
        }
        let exceptions = EXCEPTIONS[usize::from(exceptions) - 1];
        exceptions.iter().find(|(number, _)| *number == record_type).map_or(kind, |(_, kind)| *kind)
    }
}

/// The key spelt exactly `name`; case matters (`UID` is what auditd adds in ENRICHED logs, `uid` the kernel's own).
#[inline]
pub fn lookup(name: &[u8]) -> Option<Key> {
    INDEX.find(name).map(|at| ALL[at])
}

#[cfg(test)]
mod tests;
