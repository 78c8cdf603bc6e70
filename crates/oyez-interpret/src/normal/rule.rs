//! What the tables of this module say: which action, on what kind of thing, and where the event says on which.

use oyez_tables::key::Key;

use super::action::Action;
use super::kind::Kind;

/// Where the object of an action is found in the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Nowhere: the kind says all.
    Nothing,
    /// In these keys of the deciding record: the first that has a value, for each of the two.
    Keys(&'static [Key], &'static [Key]),
    /// As [`Target::Keys`], else as [`Target::Path`].
    KeysOrPath(&'static [Key], &'static [Key]),
    /// The first of these keys that is there: its name, and its value.
    Setting(&'static [Key]),
    /// The `PATH` record that was acted on.
    Path,
    /// The first `PATH` record: what was asked to be run.
    Program,
    /// Two `PATH` records: what was there, what came to be.
    Two,
    /// Two `PATH` records: the link that came to be, what was given for it to point to.
    Link,
    /// The first and the last `PATH` record.
    Ends,
    /// The last and the first `PATH` record.
    LastFirst,
    /// The `SOCKADDR` record.
    Address,
    /// The process of the `OBJ_PID` record, else the one that this argument names.
    Other(u8),
    /// The process of the `OBJ_PID` record.
    Noted,
    /// The process that acted.
    Own,
    /// The process that the call returned.
    Child,
    /// The `KERN_MODULE` record's name, else the `PATH` record.
    Module,
    /// The system call that the deciding record names.
    Blocked,
    /// The first argument of an `EXECVE` record.
    Argument,
    /// The name of the system call itself.
    Call,
}

/// What a sentence says besides the object; the number is the argument that it is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    Nothing,
    /// `for writing`: flags of open(2).
    OpenFlags(u8),
    /// The same from an `OPENAT2` record.
    OpenHow,
    /// creat(2): as open(2) with `O_CREAT|O_WRONLY|O_TRUNC`.
    Create,
    /// `to 0755`.
    Mode(u8),
    /// `to uid 0 gid 0`: this argument and the next.
    Owner(u8),
    /// `to id 0`.
    Id(u8),
    /// `with signal 9`.
    Signal(u8),
    /// `by signal 11`: the record's `sig`.
    Died,
}

/// Where a relative name starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the working directory.
    Cwd,
    /// At the descriptor of this argument, which is only known where it is `AT_FDCWD`.
    Arg(u8),
    /// Nowhere: the name is text.
    Never,
}

/// One system call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) action: Action,
    pub(super) kind: Kind,
    pub(super) target: Target,
    pub(super) extra: Extra,
    /// Where the names of the first and second object start.
    pub(super) starts: [Start; 2],
}

impl Call {
    pub(super) const fn new(name: &'static str, action: Action, kind: Kind, target: Target) -> Self {
        Call { name, action, kind, target, extra: Extra::Nothing, starts: [Start::Cwd; 2] }
    }

    pub(super) const fn and(self, extra: Extra) -> Self {
        Call { extra, ..self }
    }

    pub(super) const fn at(self, start: Start) -> Self {
        Call { starts: [start, Start::Cwd], ..self }
    }

    pub(super) const fn between(self, first: Start, second: Start) -> Self {
        Call { starts: [first, second], ..self }
    }
}

/// Which record of an event decides: the highest rank, of those the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It decides where none does that says more.
    Last,
    /// It adds to a call; it decides where it stands alone.
    Below,
    /// `SYSCALL`.
    Call,
    /// `URINGOP`: it says more than the call that handed it in.
    Uring,
    /// It says more than any call that it came of.
    Above,
}

/// One record type.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) number: u16,
    pub(super) rank: Rank,
    pub(super) action: Action,
    pub(super) kind: Kind,
    pub(super) target: Target,
    pub(super) extra: Extra,
    /// Another action where one of these words stands in the record; the first that does.
    pub(super) variants: &'static [(&'static str, Action)],
    /// How the body must begin for the rule to hold; empty for any.
    pub(super) begins: &'static str,
}

impl Rule {
    pub(super) const fn new(number: u16, rank: Rank, action: Action, kind: Kind) -> Self {
        let (target, extra) = (Target::Nothing, Extra::Nothing);
        Rule { number, rank, action, kind, target, extra, variants: &[], begins: "" }
    }

    pub(super) const fn of(self, primary: &'static [Key], secondary: &'static [Key]) -> Self {
        Rule { target: Target::Keys(primary, secondary), ..self }
    }

    pub(super) const fn on(self, target: Target) -> Self {
        Rule { target, ..self }
    }

    pub(super) const fn and(self, extra: Extra) -> Self {
        Rule { extra, ..self }
    }

    pub(super) const fn when(self, variants: &'static [(&'static str, Action)]) -> Self {
        Rule { variants, ..self }
    }

    pub(super) const fn begins(self, begins: &'static str) -> Self {
        Rule { begins, ..self }
    }

    /// Whether every record of the type tells of [`Rule::action`].
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.variants.is_empty() && self.begins.is_empty()
    }

    /// The action that the record with this body tells of; `None` where the rule is not about it.
    pub(super) fn action(&self, body: &[u8]) -> Option<Action> {
        if self.is_plain() {
            return Some(self.action);
        }
        if !body.starts_with(self.begins.as_bytes()) {
            return None;
        }
        let variant = self.variants.iter().find(|(word, _)| has_word(body, word.as_bytes()));
        Some(variant.map_or(self.action, |(_, action)| *action))
    }
}

/// Whether `word` stands in `body` at the start of a field. A name that somebody chose never stands there: the kernel puts it
/// in quotes, or in hex where it holds a blank.
fn has_word(body: &[u8], word: &[u8]) -> bool {
    let is_start = |at: &usize| at.checked_sub(1).and_then(|at| body.get(at)).is_none_or(|b| matches!(b, b' ' | b'\''));
    memchr::memmem::find_iter(body, word).any(|at| is_start(&at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_only_where_a_field_starts() {
        let table = [
            ("op=add_rule key=x", true),
            ("auid=0 op=add_rule", true),
            ("msg='op=add_rule'", true),
            ("key=\"op=add_rule\"", false),
            ("xop=add_rule op=add_rule", true),
            ("xop=add_rule", false),
            ("", false),
        ];
        for (body, wanted) in table {
            assert_eq!(has_word(body.as_bytes(), b"op=add_rule"), wanted, "{body}");
        }
    }
}
