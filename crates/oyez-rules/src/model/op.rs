//! Operators of a field test.

/// How a field is compared with its value (`AUDIT_EQUAL` and others of `AUDIT_OPERATORS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `&`: some of the value's bits are set.
    BitMask,
    /// `&=`: all of the value's bits are set.
    BitTest,
}

impl Op {
    /// Every operator; those of two characters first, as text must be searched for them.
    pub const ALL: [Self; 8] = [
        Self::NotEqual,
        Self::GreaterOrEqual,
        Self::LessOrEqual,
        Self::BitTest,
        Self::Equal,
        Self::Greater,
        Self::Less,
        Self::BitMask,
    ];

    /// The kernel's bits, as they stand in `fieldflags`.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Equal => 0x4000_0000,
            Self::NotEqual => 0x3000_0000,
            Self::Greater => 0x2000_0000,
            Self::GreaterOrEqual => 0x6000_0000,
            Self::Less => 0x1000_0000,
            Self::LessOrEqual => 0x5000_0000,
            Self::BitMask => 0x0800_0000,
            Self::BitTest => 0x4800_0000,
        }
    }

    /// The operator that `fieldflags` holds; bits that are none of `AUDIT_OPERATORS` do not count.
    pub fn from_bits(bits: u32) -> Option<Self> {
        const OPERATORS: u32 = 0x7800_0000;
        Self::ALL.into_iter().find(|op| op.bits() == bits & OPERATORS)
    }

    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::BitMask => "&",
            Self::BitTest => "&=",
        }
    }

    /// Whether the comparison is true (kernel/auditfilter.c, `audit_comparator`).
    pub const fn holds(self, left: u32, right: u32) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::BitMask => left & right != 0,
            Self::BitTest => left & right == right,
        }
    }

    /// Whether it is `=` or `!=`, the only ones that most fields take.
    pub const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Whether it is `&` or `&=`.
    pub const fn is_bitwise(self) -> bool {
        matches!(self, Self::BitMask | Self::BitTest)
    }
}
