//! What follows from tests of fields: whether one rule matches all that another matches, and whether a rule can match at
//! all.
//!
//! Only what is certain is said: `false` means "not shown". Numbers are compared without sign, as the kernel does
//! (`audit_comparator`, `audit_uid_comparator`). Tests of files hold if *any* file of the call meets them, so two of them
//! never contradict each other.

use super::seen::Seen;
use crate::model::{Field, FieldTest, Op};

/// Whether all that `narrow` matches is matched by `wide` too, calls and tests taken together.
pub(super) fn covers(wide: &Seen<'_>, narrow: &Seen<'_>) -> bool {
    wide.rule.list == narrow.rule.list && narrow.calls.is_subset(&wide.calls) && tests_cover(wide, narrow)
}

/// As [`covers`], but for the calls.
pub(super) fn tests_cover(wide: &Seen<'_>, narrow: &Seen<'_>) -> bool {
    wide.rule.fields().iter().all(|test| implied(test, narrow.rule.fields()))
}

/// Whether tests hold only where `test` holds.
pub(super) fn implied(test: &FieldTest, by: &[FieldTest]) -> bool {
    if test.field() == Field::Key || by.contains(test) {
        return true;
    }
    match test.field() {
        Field::Path | Field::Dir => by.iter().any(|known| place_implies(known, test)),
        Field::Perm => by.iter().any(|known| perm_implies(known, test)),
        field if field.is_text() => by.iter().any(|known| text_implies(known, test)),
        field if of_files(field) => by.iter().filter(|known| known.field() == field).any(|known| {
            Range::of(std::slice::from_ref(known), number(test).0).is_some_and(|range| range.implies(test))
        }),
        Field::FieldCompare => false,
        _ => Range::of(by, number(test).0).is_some_and(|range| range.implies(test)),
    }
}

/// Two tests that cannot both hold, if tests hold such.
pub(super) fn contradiction(tests: &[FieldTest]) -> Option<(&FieldTest, &FieldTest)> {
    tests.iter().enumerate().find_map(|(at, first)| {
        let rest = &tests[at + 1..];
        rest.iter().find(|second| contradict(first, second)).map(|second| (first, second))
    })
}

/// A test that no value passes, if there is one: of numbers without sign, none is below 0.
pub(super) fn impossible(tests: &[FieldTest]) -> Option<&FieldTest> {
    tests.iter().find(|test| {
        let (field, value) = number(test);
        let numbers = !field.is_text() && !matches!(field, Field::Perm | Field::FieldCompare);
        let alone = Range::of(std::slice::from_ref(test), field);
        let no_bit = operator(test) == Op::BitMask && value == 0;
        numbers && (no_bit || alone.is_some_and(|range| range.is_empty(std::slice::from_ref(test))))
    })
}

fn contradict(a: &FieldTest, b: &FieldTest) -> bool {
    let (field, other) = (number(a).0, number(b).0);
    match (field, other) {
        (Field::Exit, Field::Success) => fails_and_works(a, b),
        (Field::Success, Field::Exit) => fails_and_works(b, a),
        _ if field != other || of_files(field) || matches!(field, Field::Perm | Field::Key | Field::FieldCompare) => {
            false
        }
        _ if field.is_text() => {
            let same = a.value() == b.value();
            match (a.op(), b.op()) {
                (Op::Equal, Op::Equal) => !same,
                (Op::Equal, Op::NotEqual) | (Op::NotEqual, Op::Equal) => same,
                _ => false,
            }
        }
        _ => {
            let both = [a.clone(), b.clone()];
            Range::of(&both, field).is_some_and(|range| range.is_empty(&both))
        }
    }
}

/// Whether an exit value and a success exclude each other.
fn fails_and_works(exit: &FieldTest, success: &FieldTest) -> bool {
    let Some(value) = exit.as_number().filter(|_| exit.op() == Op::Equal) else { return false };
    let (_, wanted) = number(success);
    let works = (wanted != 0) == (success.op() == Op::Equal);
    success.op().is_equality() && works == is_errno(value)
}

/// Whether the value is what a call that failed gives back (`MAX_ERRNO`, include/linux/err.h).
const fn is_errno(value: u32) -> bool {
    value >= 0u32.wrapping_sub(4095)
}

/// Fields of which a call has as many as it has files.
const fn of_files(field: Field) -> bool {
    matches!(
        field,
        Field::DevMajor
            | Field::DevMinor
            | Field::Inode
            | Field::FileType
            | Field::ObjUid
            | Field::ObjGid
            | Field::Path
            | Field::Dir
            | Field::ObjUser
            | Field::ObjRole
            | Field::ObjType
            | Field::ObjLevLow
            | Field::ObjLevHigh
    )
}

/// Field and value, with one way to say each: `loginuid_set=0` is `auid=unset`, and any success is 1.
fn number(test: &FieldTest) -> (Field, u32) {
    let value = test.as_number().unwrap_or_default();
    match test.field() {
        Field::LoginuidSet => (Field::Auid, u32::MAX),
        Field::Success => (Field::Success, u32::from(value != 0)),
        field => (field, value),
    }
}

/// The operator that belongs to [`number`].
fn operator(test: &FieldTest) -> Op {
    let set = (test.as_number() == Some(1)) == (test.op() == Op::Equal);
    match test.field() {
        Field::LoginuidSet if set => Op::NotEqual,
        Field::LoginuidSet => Op::Equal,
        _ => test.op(),
    }
}

/// The values of a number that tests let through: all from `low` to `high` but for some.
struct Range {
    low: u64,
    high: u64,
    without: Vec<u32>,
}

impl Range {
    /// Of the tests of `field`; `None` if there are none.
    fn of(tests: &[FieldTest], field: Field) -> Option<Self> {
        let mut range = Self { low: 0, high: u64::from(u32::MAX), without: Vec::new() };
        let mut any = false;
        for test in tests.iter().filter(|test| number(test).0 == field) {
            any = true;
            range.narrow(operator(test), number(test).1);
        }
        if field == Field::Success {
            range.high = range.high.min(1);
        }
        range.without.sort_unstable();
        range.without.dedup();
        while range.low <= range.high && range.lacks(range.low) {
            range.low += 1;
        }
        while range.high > range.low && range.lacks(range.high) {
            range.high -= 1;
        }
        any.then_some(range)
    }

    fn lacks(&self, value: u64) -> bool {
        u32::try_from(value).is_ok_and(|value| self.without.binary_search(&value).is_ok())
    }

    fn narrow(&mut self, op: Op, value: u32) {
        let wide = u64::from(value);
        match op {
            Op::Equal => (self.low, self.high) = (self.low.max(wide), self.high.min(wide)),
            Op::NotEqual => self.without.push(value),
            Op::Greater => self.low = self.low.max(wide + 1),
            Op::GreaterOrEqual => self.low = self.low.max(wide),
            Op::Less => match wide.checked_sub(1) {
                Some(below) => self.high = self.high.min(below),
                None => self.low = u64::MAX,
            },
            Op::LessOrEqual => self.high = self.high.min(wide),
            Op::BitMask | Op::BitTest => {}
        }
    }

    /// The one value that is left, if there is just one.
    fn only(&self) -> Option<u32> {
        u32::try_from(self.low).ok().filter(|_| self.low == self.high)
    }

    fn is_empty(&self, tests: &[FieldTest]) -> bool {
        let refused = |value| tests.iter().any(|test| !operator(test).holds(value, number(test).1));
        self.low > self.high || self.only().is_some_and(refused)
    }

    /// Whether all of it passes `test`.
    fn implies(&self, test: &FieldTest) -> bool {
        let (op, (_, value)) = (operator(test), number(test));
        let wide = u64::from(value);
        match op {
            Op::NotEqual => wide < self.low || wide > self.high || self.lacks(wide),
            Op::Greater => self.low > wide,
            Op::GreaterOrEqual => self.low >= wide,
            Op::Less => self.high < wide,
            Op::LessOrEqual => self.high <= wide,
            Op::Equal | Op::BitMask | Op::BitTest => self.only().is_some_and(|only| op.holds(only, value)),
        }
    }
}

fn perm_implies(known: &FieldTest, test: &FieldTest) -> bool {
    let bits = |test: &FieldTest| test.as_number().filter(|_| test.field() == Field::Perm && test.op() == Op::Equal);
    bits(known).zip(bits(test)).is_some_and(|(known, bits)| known & !bits == 0)
}

/// `exe=/a` says `exe!=/b`; of labels that are in an order nothing is said.
fn text_implies(known: &FieldTest, test: &FieldTest) -> bool {
    let one = known.field() == test.field() && !of_files(test.field());
    one && known.op() == Op::Equal && test.op() == Op::NotEqual && known.value() != test.value()
}

/// Whether what lies at the place of `known` lies at that of `test`.
fn place_implies(known: &FieldTest, test: &FieldTest) -> bool {
    let path = |test: &FieldTest| test.as_text().map(|text| trimmed(text).to_vec());
    let known_path = path(known).filter(|_| matches!(known.field(), Field::Path | Field::Dir));
    let Some((known_path, wide)) = known_path.zip(path(test)) else { return false };
    match test.field() {
        Field::Dir => below(&known_path, &wide),
        _ => known.field() == Field::Path && known_path == wide,
    }
}

/// A path without the slashes at its end.
pub(super) fn trimmed(path: &[u8]) -> &[u8] {
    let len = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    &path[..len]
}

/// Whether `path` is `folder` or below it; both trimmed.
fn below(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(field: Field, op: Op, value: u32) -> FieldTest {
        FieldTest::number(field, op, value).unwrap()
    }

    fn text(field: Field, op: Op, value: &str) -> FieldTest {
        FieldTest::text(field, op, value).unwrap()
    }

    #[test]
    fn tests_follow_from_others() {
        let auid = |op, value| test(Field::Auid, op, value);
        for (general, by, expected) in [
            (auid(Op::GreaterOrEqual, 500), vec![auid(Op::GreaterOrEqual, 1000)], true),
            (auid(Op::GreaterOrEqual, 1000), vec![auid(Op::GreaterOrEqual, 500)], false),
            (auid(Op::NotEqual, u32::MAX), vec![auid(Op::GreaterOrEqual, 1000)], false),
            (auid(Op::NotEqual, u32::MAX), vec![test(Field::LoginuidSet, Op::Equal, 1)], true),
            (auid(Op::NotEqual, u32::MAX), vec![auid(Op::Equal, 1000)], true),
            (auid(Op::Less, u32::MAX), vec![auid(Op::NotEqual, u32::MAX)], true),
            (test(Field::A0, Op::BitMask, 1), vec![test(Field::A0, Op::Equal, 5)], true),
            (test(Field::A0, Op::BitMask, 2), vec![test(Field::A0, Op::Equal, 5)], false),
            (text(Field::Dir, Op::Equal, "/etc/"), vec![text(Field::Path, Op::Equal, "/etc/passwd")], true),
            (text(Field::Dir, Op::Equal, "/etc"), vec![text(Field::Path, Op::Equal, "/etcetera")], false),
            (text(Field::Path, Op::Equal, "/etc"), vec![text(Field::Dir, Op::Equal, "/etc")], false),
            (text(Field::Exe, Op::NotEqual, "/a"), vec![text(Field::Exe, Op::Equal, "/b")], true),
            (test(Field::Perm, Op::Equal, 10), vec![test(Field::Perm, Op::Equal, 2)], true),
            (test(Field::Perm, Op::Equal, 2), vec![test(Field::Perm, Op::Equal, 10)], false),
            (test(Field::ObjUid, Op::NotEqual, 0), vec![test(Field::ObjUid, Op::Equal, 5)], true),
            (test(Field::Success, Op::Equal, 1), vec![test(Field::Success, Op::NotEqual, 0)], true),
            (text(Field::Key, Op::Equal, "k"), vec![], true),
        ] {
            assert_eq!(implied(&general, &by), expected, "{general:?} by {by:?}");
        }
    }

    #[test]
    fn tests_exclude_others() {
        let uid = |op, value| test(Field::Uid, op, value);
        let eacces = 13u32.wrapping_neg();
        for (a, b, expected) in [
            (uid(Op::Equal, 0), uid(Op::Equal, 1), true),
            (uid(Op::Equal, 0), uid(Op::NotEqual, 0), true),
            (uid(Op::Less, 5), uid(Op::GreaterOrEqual, 5), true),
            (uid(Op::Less, 0), uid(Op::NotEqual, 7), true),
            (uid(Op::Greater, 5), uid(Op::NotEqual, 6), false),
            (test(Field::Exit, Op::Equal, eacces), test(Field::Success, Op::Equal, 1), true),
            (test(Field::Exit, Op::Equal, eacces), test(Field::Success, Op::Equal, 0), false),
            (test(Field::Success, Op::NotEqual, 1), test(Field::Exit, Op::Equal, 3), true),
            (test(Field::ObjUid, Op::Equal, 0), test(Field::ObjUid, Op::Equal, 1), false),
            (text(Field::Exe, Op::Equal, "/a"), text(Field::Exe, Op::Equal, "/b"), true),
            (test(Field::Auid, Op::Equal, u32::MAX), test(Field::LoginuidSet, Op::Equal, 1), true),
            (test(Field::A1, Op::Equal, 4), test(Field::A1, Op::BitMask, 3), true),
        ] {
            assert_eq!(contradiction(&[a.clone(), b.clone()]).is_some(), expected, "{a:?} {b:?}");
        }
    }
}
