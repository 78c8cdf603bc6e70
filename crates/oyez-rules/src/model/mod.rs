//! What a rule is: a list, an action, system calls and tests of fields, as the kernel has them.
//!
//! Values only: nothing here reads text or bytes. What the types let through is not all that a kernel accepts; which field
//! may stand in which list is checked where text is read ([`crate::text`]) and by the kernel.
//!
//! Facts: include/uapi/linux/audit.h, kernel/auditfilter.c.

mod command;
mod compare;
mod field;
mod op;
mod syscalls;

pub use command::{Command, DaemonSignal, Switch};
pub use compare::Comparison;
pub use field::Field;
pub use op::Op;
pub use syscalls::Syscalls;

/// The most field tests that one rule can have (`AUDIT_MAX_FIELDS`).
pub const MAX_FIELDS: usize = 64;
/// The most bytes that all keys of a rule can have together, separators counted (`AUDIT_MAX_KEY_LEN`).
pub const MAX_KEY_LEN: usize = 256;
/// The most bytes of any other text in a rule (`PATH_MAX`, kernel/auditfilter.c `audit_unpack_string`).
pub const MAX_TEXT_LEN: usize = 4096;
/// The byte between two keys of one rule (`AUDIT_KEY_SEPARATOR`, libaudit).
pub const KEY_SEPARATOR: u8 = 1;

/// The list a rule stands in (`AUDIT_FILTER_*`). Rules of one list are tried in order, and the first that matches decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Messages from user space.
    User,
    /// The birth of a process.
    Task,
    /// The end of a system call: nearly every rule.
    Exit,
    /// Record types that are not to be written.
    Exclude,
    /// Whole file systems that are not to be looked at.
    Filesystem,
    /// The end of an operation of an `io_uring`.
    IoUring,
}

impl List {
    /// Every list, in the order in which the kernel lists rules.
    pub const ALL: [Self; 6] = [Self::User, Self::Task, Self::Exit, Self::Exclude, Self::Filesystem, Self::IoUring];

    /// The kernel's number.
    pub const fn number(self) -> u32 {
        match self {
            Self::User => 0,
            Self::Task => 1,
            Self::Exit => 4,
            Self::Exclude => 5,
            Self::Filesystem => 6,
            Self::IoUring => 7,
        }
    }

    /// The list with the kernel's number; `None` for the ones no kernel of today has (entry, watch).
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.number() == number)
    }

    /// Its name in rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Task => "task",
            Self::Exit => "exit",
            Self::Exclude => "exclude",
            Self::Filesystem => "filesystem",
            Self::IoUring => "io_uring",
        }
    }

    /// The list named so.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name().as_bytes() == name)
    }

    /// Whether its rules choose by system call (or, for [`List::IoUring`], by operation).
    pub const fn takes_syscalls(self) -> bool {
        matches!(self, Self::Exit | Self::IoUring)
    }
}

/// What a rule that matches does (`AUDIT_NEVER`, `AUDIT_ALWAYS`). The third of old, `possible`, is taken by no kernel since
/// 2.6.19 and is an error in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// No record.
    Never,
    /// Records.
    Always,
}

impl Action {
    /// The kernel's number.
    pub const fn number(self) -> u32 {
        match self {
            Self::Never => 0,
            Self::Always => 2,
        }
    }

    /// The action with the kernel's number.
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Never),
            2 => Some(Self::Always),
            _ => None,
        }
    }

    /// Its name in rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
        }
    }
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Of a field that is a number for the kernel; negative ones as two's complement.
    Number(u32),
    /// Of a field that is text for the kernel: never empty, never with a NUL.
    Text(Vec<u8>),
}

/// One test of a rule: field, operator, value. The value is text exactly where [`Field::is_text`] says so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldTest {
    field: Field,
    op: Op,
    value: Value,
}

impl FieldTest {
    /// A test of a numeric field; `None` if the field takes text.
    pub fn number(field: Field, op: Op, value: u32) -> Option<Self> {
        (!field.is_text()).then_some(Self { field, op, value: Value::Number(value) })
    }

    /// A test of a text field; `None` if the field takes a number, or the text is empty, too long for the field
    /// ([`MAX_TEXT_LEN`], for keys [`MAX_KEY_LEN`]), or holds a NUL.
    pub fn text(field: Field, op: Op, value: impl Into<Vec<u8>>) -> Option<Self> {
        let value = value.into();
        let most = if field == Field::Key { MAX_KEY_LEN } else { MAX_TEXT_LEN };
        let fits = field.is_text() && !value.is_empty() && value.len() <= most && !value.contains(&0);
        fits.then_some(Self { field, op, value: Value::Text(value) })
    }

    /// The field.
    pub const fn field(&self) -> Field {
        self.field
    }

    /// The operator.
    pub const fn op(&self) -> Op {
        self.op
    }

    /// The value.
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// The value, if it is a number.
    pub const fn as_number(&self) -> Option<u32> {
        match self.value {
            Value::Number(number) => Some(number),
            Value::Text(_) => None,
        }
    }

    /// The value, if it is text.
    pub fn as_text(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Number(_) => None,
            Value::Text(text) => Some(text),
        }
    }
}

/// One rule. Two rules are equal for the kernel if they are equal but for `prepend`: see [`Rule::same`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Where it stands.
    pub list: List,
    /// What it does.
    pub action: Action,
    /// Whether it is to be added at the head of its list (`-A`, `AUDIT_FILTER_PREPEND`) and not at its end. The kernel
    /// forgets this once the rule is added.
    pub prepend: bool,
    /// The calls it is about. [`Syscalls::all`] in lists that do not choose by call, [`Syscalls::NONE`] in `task`.
    pub syscalls: Syscalls,
    fields: Vec<FieldTest>,
}

impl Rule {
    /// A rule without tests, for all calls (for none in `task`, as auditctl sends it).
    pub const fn new(list: List, action: Action) -> Self {
        let syscalls = if matches!(list, List::Task) { Syscalls::NONE } else { Syscalls::all() };
        Self { list, action, prepend: false, syscalls, fields: Vec::new() }
    }

    /// The rule, to be added at the head of its list or at its end.
    #[must_use]
    pub fn with_prepend(mut self, prepend: bool) -> Self {
        self.prepend = prepend;
        self
    }

    /// The tests, in order; all must hold.
    pub fn fields(&self) -> &[FieldTest] {
        &self.fields
    }

    /// Adds a test behind the others. `false` if there are [`MAX_FIELDS`] already: the rule is unchanged then.
    pub fn push(&mut self, test: FieldTest) -> bool {
        let room = self.fields.len() < MAX_FIELDS;
        if room {
            self.fields.push(test);
        }
        room
    }

    /// The first test of `field`.
    pub fn find(&self, field: Field) -> Option<&FieldTest> {
        self.fields.iter().find(|test| test.field == field)
    }

    /// Puts `test` in the place of the first test of its field, or behind the others. `false` as with [`Rule::push`].
    pub fn replace(&mut self, test: FieldTest) -> bool {
        match self.fields.iter_mut().find(|known| known.field == test.field) {
            Some(known) => *known = test,
            None => return self.push(test),
        }
        true
    }

    /// Its keys, one by one.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        let texts = self.fields.iter().filter(|test| test.field == Field::Key).filter_map(FieldTest::as_text);
        texts.flat_map(|text| text.split(|byte| *byte == KEY_SEPARATOR)).filter(|key| !key.is_empty())
    }

    /// Whether the kernel holds the two for one and the same rule, so that it refuses the second and deletes either by the
    /// other (kernel/auditfilter.c, `audit_compare_rule`). Where in its list it was added counts for nothing.
    pub fn same(&self, other: &Self) -> bool {
        self.list == other.list
            && self.action == other.action
            && self.syscalls == other.syscalls
            && self.fields == other.fields
    }

    /// Whether auditctl would have a watch (`-w`) of it: all calls, a `perm`, and nothing beside it but path or folder and
    /// keys.
    pub fn is_watch(&self) -> bool {
        let watches = |field| matches!(field, Field::Perm | Field::Path | Field::Dir | Field::Key);
        let syscalls = !self.list.takes_syscalls() || self.syscalls.is_all();
        syscalls && self.find(Field::Perm).is_some() && self.fields.iter().all(|test| watches(test.field))
    }
}

#[cfg(test)]
mod tests;
