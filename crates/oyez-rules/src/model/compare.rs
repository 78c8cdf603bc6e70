//! Comparisons of two fields (`-C`): `AUDIT_COMPARE_*` ↔ the two fields.

use super::Field;

/// Two fields that the kernel can compare with each other, users with users and groups with groups. Which of them stands
/// left says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Comparison {
    left: Field,
    right: Field,
}

/// By the kernel's number less 1, left and right as auditctl lists them.
const TABLE: [(Field, Field); 25] = [
    (Field::Uid, Field::ObjUid),
    (Field::Gid, Field::ObjGid),
    (Field::Euid, Field::ObjUid),
    (Field::Egid, Field::ObjGid),
    (Field::Auid, Field::ObjUid),
    (Field::Suid, Field::ObjUid),
    (Field::Sgid, Field::ObjGid),
    (Field::Fsuid, Field::ObjUid),
    (Field::Fsgid, Field::ObjGid),
    (Field::Uid, Field::Auid),
    (Field::Uid, Field::Euid),
    (Field::Uid, Field::Fsuid),
    (Field::Uid, Field::Suid),
    (Field::Auid, Field::Fsuid),
    (Field::Auid, Field::Suid),
    (Field::Auid, Field::Euid),
    (Field::Euid, Field::Suid),
    (Field::Euid, Field::Fsuid),
    (Field::Suid, Field::Fsuid),
    (Field::Gid, Field::Egid),
    (Field::Gid, Field::Fsgid),
    (Field::Gid, Field::Sgid),
    (Field::Egid, Field::Fsgid),
    (Field::Egid, Field::Sgid),
    (Field::Sgid, Field::Fsgid),
];

impl Comparison {
    /// The comparison of two fields; `None` if the kernel has none for them.
    pub fn of(left: Field, right: Field) -> Option<Self> {
        let known = TABLE.into_iter().any(|pair| pair == (left, right) || pair == (right, left));
        known.then_some(Self { left, right })
    }

    /// The comparison with the kernel's number.
    pub fn from_number(number: u32) -> Option<Self> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        TABLE.get(at).map(|(left, right)| Self { left: *left, right: *right })
    }

    /// The kernel's number, the value of [`Field::FieldCompare`].
    pub fn number(self) -> u32 {
        let is_it = |pair: &(Field, Field)| *pair == (self.left, self.right) || *pair == (self.right, self.left);
        (1..).zip(TABLE).find(|(_, pair)| is_it(pair)).map_or(0, |(number, _)| number)
    }

    /// The field on the left.
    pub const fn left(self) -> Field {
        self.left
    }

    /// The field on the right.
    pub const fn right(self) -> Field {
        self.right
    }
}
