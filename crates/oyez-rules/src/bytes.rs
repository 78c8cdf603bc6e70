//! Rules ↔ the kernel's bytes: `struct audit_rule_data` (include/uapi/linux/audit.h), in the byte order of this machine.
//!
//! [`encode`] gives the payload of `AUDIT_ADD_RULE` and `AUDIT_DEL_RULE` as auditctl sends it. [`decode`] takes what the
//! kernel answers to `AUDIT_LIST_RULES`, which may have padding behind it; it refuses what no rule of today's kernels is,
//! and never reads beyond its input.

use std::fmt;

use crate::model::{Action, Field, FieldTest, List, MAX_FIELDS, Op, Rule, Syscalls, Value};

/// Bytes before the text of a rule: `sizeof(struct audit_rule_data)`.
pub const HEADER_LEN: usize = 4 * (3 + 64 + 3 * MAX_FIELDS + 1);
/// The flag in `flags` that a rule is to be added at the head (`AUDIT_FILTER_PREPEND`).
const PREPEND: u32 = 0x10;
/// Where the parts start, in words.
const MASK: usize = 3;
const FIELDS: usize = MASK + 64;
const VALUES: usize = FIELDS + MAX_FIELDS;
const FLAGS: usize = VALUES + MAX_FIELDS;
const TEXT_LEN: usize = FLAGS + MAX_FIELDS;

/// Why bytes are no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Fewer bytes than a rule has, or than it says it has.
    Short {
        /// How many there are.
        len: usize,
        /// How many there should be.
        needed: usize,
    },
    /// A list that this crate does not know.
    UnknownList(u32),
    /// An action that this crate does not know.
    UnknownAction(u32),
    /// More than [`MAX_FIELDS`] tests.
    TooManyFields(u32),
    /// A field that this crate does not know; since its value may be text, nothing behind it can be told apart.
    UnknownField(u32),
    /// An operator that this crate does not know.
    UnknownOperator(u32),
    /// The text of a field lies outside of the rule's text, is empty, too long, or holds a NUL.
    BadText(Field),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { len, needed } => write!(f, "cannot decode rule: {len} bytes where {needed} are needed"),
            Self::UnknownList(number) => write!(f, "cannot decode rule: unknown list {number}"),
            Self::UnknownAction(number) => write!(f, "cannot decode rule: unknown action {number}"),
            Self::TooManyFields(count) => write!(f, "cannot decode rule: {count} fields"),
            Self::UnknownField(number) => write!(f, "cannot decode rule: unknown field {number}"),
            Self::UnknownOperator(bits) => write!(f, "cannot decode rule: unknown operator {bits:#x}"),
            Self::BadText(field) => write!(f, "cannot decode rule: bad text of field {}", field.name()),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The bytes of a rule, without netlink header.
pub fn encode(rule: &Rule) -> Vec<u8> {
    let mut words = [0_u32; HEADER_LEN / 4];
    let mut text = Vec::new();
    words[0] = rule.list.number() | if rule.prepend { PREPEND } else { 0 };
    words[1] = rule.action.number();
    words[MASK..FIELDS].copy_from_slice(rule.syscalls.mask());
    for (at, test) in rule.fields().iter().enumerate() {
        words[2] += 1;
        words[FIELDS + at] = test.field().number();
        words[FLAGS + at] = test.op().bits();
        words[VALUES + at] = match test.value() {
            Value::Number(number) => *number,
            Value::Text(value) => {
                text.extend_from_slice(value);
                len_word(value.len())
            }
        };
    }
    words[TEXT_LEN] = len_word(text.len());
    words.iter().flat_map(|word| word.to_ne_bytes()).chain(text).collect()
}

/// No text of a rule is longer than 64 times `PATH_MAX`.
fn len_word(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// The rule that the kernel's bytes say. What comes behind the text is padding. Never asks to be prepended: the kernel
/// forgets that.
///
/// # Errors
/// The bytes are no rule, or one with parts that this crate does not know.
pub fn decode(bytes: &[u8]) -> Result<Rule, DecodeError> {
    let (header, text) = split(bytes)?;
    let word = |at: usize| word(header, at);
    let list = word(0) & !PREPEND;
    let list = List::from_number(list).ok_or(DecodeError::UnknownList(list))?;
    let action = Action::from_number(word(1)).ok_or(DecodeError::UnknownAction(word(1)))?;
    let mut rule = Rule::new(list, action);
    rule.syscalls = Syscalls::from_mask(std::array::from_fn(|at| word(MASK + at)));
    let count = usize::try_from(word(2)).unwrap_or(usize::MAX);
    if count > MAX_FIELDS {
        return Err(DecodeError::TooManyFields(word(2)));
    }
    let mut rest = text;
    for at in 0..count {
        let field = word(FIELDS + at);
        let field = Field::from_number(field).ok_or(DecodeError::UnknownField(field))?;
        let op = word(FLAGS + at);
        let op = Op::from_bits(op).ok_or(DecodeError::UnknownOperator(op))?;
        let test = if field.is_text() {
            let value = take(&mut rest, word(VALUES + at)).ok_or(DecodeError::BadText(field))?;
            FieldTest::text(field, op, value)
        } else {
            FieldTest::number(field, op, word(VALUES + at))
        };
        rule.push(test.ok_or(DecodeError::BadText(field))?);
    }
    Ok(rule)
}

/// Header and text.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let short = |needed| DecodeError::Short { len: bytes.len(), needed };
    let (header, rest) = bytes.split_at_checked(HEADER_LEN).ok_or(short(HEADER_LEN))?;
    let len = usize::try_from(word(header, TEXT_LEN)).unwrap_or(usize::MAX);
    let text = rest.get(..len).ok_or(short(HEADER_LEN.saturating_add(len)))?;
    Ok((header, text))
}

/// Word `at` of the header; all places asked for are within it.
fn word(header: &[u8], at: usize) -> u32 {
    header.get(4 * at..).and_then(|rest| rest.first_chunk()).copied().map_or(0, u32::from_ne_bytes)
}

/// Takes `len` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], len: u32) -> Option<&'a [u8]> {
    let (front, behind) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = behind;
    Some(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        let mut rule = Rule::new(List::Exit, Action::Always);
        rule.syscalls = [2, 257].into_iter().collect();
        for test in [
            FieldTest::text(Field::Path, Op::Equal, "/etc/shadow"),
            FieldTest::number(Field::Perm, Op::Equal, 10),
            FieldTest::text(Field::Key, Op::Equal, "a\x01b"),
        ] {
            assert!(rule.push(test.unwrap()));
        }
        rule
    }

    #[test]
    fn bytes_have_their_places() {
        let bytes = encode(&rule());
        assert_eq!(HEADER_LEN, 1040);
        assert_eq!(bytes.len(), 1040 + 14);
        let word = |at| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!((word(0), word(4), word(8)), (4, 2, 3));
        assert_eq!((word(12), word(12 + 32)), (1 << 2, 1 << 1));
        assert_eq!((word(268), word(272), word(276), word(280)), (105, 106, 210, 0));
        assert_eq!((word(524), word(528), word(532)), (11, 10, 3));
        assert_eq!((word(780), word(788), word(792)), (0x4000_0000, 0x4000_0000, 0));
        assert_eq!(word(1036), 14);
        assert_eq!(&bytes[1040..], b"/etc/shadowa\x01b");
    }

    #[test]
    fn bytes_lead_back_to_their_rule_with_padding_and_without() {
        let mut bytes = encode(&rule());
        assert_eq!(decode(&bytes), Ok(rule()));
        bytes.extend([0, 0]);
        assert_eq!(decode(&bytes), Ok(rule()));
    }

    #[test]
    fn a_prepended_rule_says_so_and_is_held_without() {
        let mut first = rule();
        first.prepend = true;
        let bytes = encode(&first);
        assert_eq!(bytes[..4], 0x14_u32.to_ne_bytes());
        assert_eq!(decode(&bytes), Ok(rule()));
    }

    #[test]
    fn what_is_no_rule_is_refused_with_its_reason() {
        let good = encode(&rule());
        let with = |at: usize, value: u32| {
            let mut bytes = good.clone();
            bytes[at..at + 4].copy_from_slice(&value.to_ne_bytes());
            decode(&bytes)
        };
        assert_eq!(decode(&[]), Err(DecodeError::Short { len: 0, needed: 1040 }));
        assert_eq!(decode(&good[..1041]), Err(DecodeError::Short { len: 1041, needed: 1054 }));
        assert_eq!(with(0, 2), Err(DecodeError::UnknownList(2)));
        assert_eq!(with(4, 1), Err(DecodeError::UnknownAction(1)));
        assert_eq!(with(8, 65), Err(DecodeError::TooManyFields(65)));
        assert_eq!(with(268, 27), Err(DecodeError::UnknownField(27)));
        assert_eq!(with(780, 0), Err(DecodeError::UnknownOperator(0)));
        assert_eq!(with(524, 15), Err(DecodeError::BadText(Field::Path)));
        assert_eq!(with(524, 0), Err(DecodeError::BadText(Field::Path)));
        assert!(matches!(with(1036, u32::MAX), Err(DecodeError::Short { .. })));
    }
}
