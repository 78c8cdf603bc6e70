//! Options → commands: puts a rule together option by option, in the order given, as auditctl does.

use oyez_tables::arch::Arch;

use super::lex::Token;
use super::options::{Given, Opt, read};
use super::problem::{Code, Problem};
use super::target::{PermSyscalls, Target};
use super::{Parsed, calls, field, head, setting};
use crate::model::{Command, Field, FieldTest, KEY_SEPARATOR, List, MAX_KEY_LEN, Op, Rule, Syscalls};
use crate::perm;

/// The commands of one line. `in_file` says whether it is a line of a file and not a command line.
pub(super) fn parse(tokens: &[Token], in_file: bool, target: &Target<'_>) -> Parsed {
    let (given, mut problems) = read(tokens);
    if setting::stands_alone(&given) {
        let commands = setting::alone(&given, in_file, &mut problems);
        return Parsed { commands, problems };
    }
    let mut builder = Builder::new(target, problems);
    for option in &given {
        builder.option(option);
    }
    builder.finish()
}

/// The rule of a line, as far as it was read.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) rule: Rule,
    pub(super) delete: bool,
    pub(super) watch: bool,
    /// Whether the list could be read; if not, nothing is said about what fits it.
    pub(super) list_known: bool,
}

/// What was read of a line so far.
pub(super) struct Builder<'t, 'h> {
    pub(super) target: &'t Target<'h>,
    pub(super) problems: Vec<Problem>,
    pub(super) draft: Option<Draft>,
    /// What `-S` named.
    pub(super) syscalls: Option<Syscalls>,
    /// The value of the last `arch`.
    pub(super) arch: Option<ArchGiven>,
    /// Whether something came that a key can go with: a call, a path, a program, a type of file system.
    pub(super) keyable: bool,
    commands: Vec<Command>,
    keys: Vec<u8>,
    key_column: usize,
}

/// An `arch` that was given; without the architecture if no table knows its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArchGiven(pub(super) Option<Arch>);

impl<'t, 'h> Builder<'t, 'h> {
    fn new(target: &'t Target<'h>, problems: Vec<Problem>) -> Self {
        Self {
            target,
            problems,
            draft: None,
            syscalls: None,
            arch: None,
            keyable: false,
            commands: Vec::new(),
            keys: Vec::new(),
            key_column: 0,
        }
    }

    fn option(&mut self, given: &Given) {
        let value = &given.value;
        match given.opt {
            Opt::Short(letter @ (b'a' | b'A' | b'd')) => head::rule(self, letter, given),
            Opt::Short(letter @ (b'w' | b'W')) => head::watch(self, letter, given),
            Opt::Short(b'S') => calls::read(self, value),
            Opt::Short(b'F') => self.test(given),
            Opt::Short(b'C') => field::comparison(self, value),
            Opt::Short(b'p') => field::permissions(self, value),
            Opt::Short(b'k') => self.key_option(given),
            opt if setting::rank(opt) == 0 => match setting::read(opt, value) {
                Ok(command) => self.commands.push(command),
                Err(problem) => self.problems.push(problem),
            },
            opt => {
                let what = format!("{} cannot stand in a rule", opt.name());
                self.problem(Problem::error(Code::OptionConflict, given.column, what));
            }
        }
    }

    /// The list of the rule, if it is known.
    pub(super) fn list(&self) -> Option<List> {
        self.draft.as_ref().filter(|draft| draft.list_known).map(|draft| draft.rule.list)
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds a test to the rule.
    pub(super) fn push(&mut self, test: FieldTest, column: usize) {
        if self.draft.as_mut().is_some_and(|draft| !draft.rule.push(test)) {
            let what = "more than 64 fields in one rule";
            self.problem(Problem::error(Code::TooManyFields, column, what));
        }
    }

    /// Whether a list was given; says so if not.
    pub(super) fn has_list(&mut self, what: &str, column: usize) -> bool {
        let has = self.draft.is_some();
        if !has {
            let problem = Problem::error(Code::ListFirst, column, format!("{what} before its list"));
            self.problem(problem.hint("start the rule with -a LIST,ACTION"));
        }
        has
    }

    fn test(&mut self, given: &Given) {
        if !self.has_list("a field", given.column) {
            return;
        }
        match given.value.text.strip_prefix(b"key=") {
            Some(_) => self.key(&given.value.from(4)),
            None => field::test(self, &given.value),
        }
    }

    fn key_option(&mut self, given: &Given) {
        if self.draft.is_none() || !self.keyable {
            self.problem(key_first(given.column));
            // The key is good otherwise; it would only be told of again.
            self.keyable = true;
        }
        self.key(&given.value);
    }

    fn key(&mut self, value: &Token) {
        let separator = usize::from(!self.keys.is_empty());
        if value.text.is_empty() {
            self.problem(Problem::error(Code::MissingValue, value.column, "an empty key"));
        } else if self.keys.len() + separator + value.text.len() > MAX_KEY_LEN {
            let what = format!("the keys of a rule are longer than {MAX_KEY_LEN} bytes");
            self.problem(Problem::error(Code::TooLong, value.column, what));
        } else if value.text.contains(&0) {
            self.problem(Problem::error(Code::BadByte, value.column, "a key cannot hold a NUL"));
        } else {
            if value.text.contains(&KEY_SEPARATOR) {
                let what = "the key holds the byte that separates keys, 0x01";
                self.problem(Problem::warning(Code::BadByte, value.column, what));
            }
            self.keys.extend(vec![KEY_SEPARATOR; separator]);
            self.keys.extend_from_slice(&value.text);
            self.key_column = if separator == 0 { value.column } else { self.key_column };
        }
    }

    fn finish(mut self) -> Parsed {
        if let Some(mut draft) = self.draft.take() {
            self.set_syscalls(&mut draft);
            self.draft = Some(draft);
            self.push_keys();
        } else if self.syscalls.is_some() {
            let problem = Problem::error(Code::ListFirst, 1, "calls without a list");
            self.problem(problem.hint("start the rule with -a LIST,ACTION"));
        }
        if let Some(Draft { rule, delete, watch, .. }) = self.draft {
            let command = if delete { Command::DeleteRule { rule, watch } } else { Command::AddRule { rule, watch } };
            self.commands.push(command);
        }
        Parsed { commands: self.commands, problems: self.problems }
    }

    fn push_keys(&mut self) {
        if self.keys.is_empty() {
            return;
        }
        if !self.keyable {
            self.problem(key_first(self.key_column));
        }
        if let Some(test) = FieldTest::text(Field::Key, Op::Equal, self.keys.clone()) {
            self.push(test, self.key_column);
        }
    }

    /// Gives the rule the calls that `-S` named and, if asked for, those behind its `perm`.
    fn set_syscalls(&self, draft: &mut Draft) {
        if let Some(syscalls) = self.syscalls.filter(|_| !draft.watch) {
            draft.rule.syscalls = syscalls;
        }
        let (Some(ArchGiven(Some(arch))), Some(test)) = (self.arch, draft.rule.find(Field::Perm)) else { return };
        let wanted = test.op() == Op::Equal && draft.rule.list == List::Exit && !draft.watch;
        let Some(behind) = test.as_number().filter(|_| wanted).and_then(|bits| perm::syscalls(bits, arch)) else {
            return;
        };
        match (self.target.perm_syscalls, self.syscalls) {
            (PermSyscalls::Never, _) | (PermSyscalls::Missing, Some(_)) => {}
            (PermSyscalls::Missing | PermSyscalls::Always, None) => draft.rule.syscalls = behind,
            (PermSyscalls::Always, Some(named)) => draft.rule.syscalls = named.union(&behind),
        }
    }
}

fn key_first(column: usize) -> Problem {
    let what = "a key needs a call, a path, a program or a type of file system before it";
    Problem::error(Code::KeyFirst, column, what).hint("\"-S all\" stands for every call")
}
