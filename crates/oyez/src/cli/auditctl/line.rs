//! One command line of auditctl: options are carried out as they come, the rule they make at the end.

use oyez_netlink::{Error, Kernel};
use oyez_rules::bytes;
use oyez_rules::model::Command;
use oyez_rules::text::{Code, Level, Parsed, PermSyscalls, Problem, parse_arguments};
use rustix::io::Errno;

use super::getopt::{self, Entry, Opt};
use super::words::{self, About};
use super::{VERSION, print};
use crate::rules::compile::OnError;
use crate::rules::host::{self, HostNames};

/// A kernel, what is to be printed, and what the lines of a file so far have set.
pub(super) struct Session<K> {
    /// The kernel.
    pub(super) kernel: K,
    /// Its users and groups.
    pub(super) names: HostNames,
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
    /// The number of the line, in a file.
    pub(super) line: Option<usize>,
    pub(super) on_error: OnError,
}

/// How it goes on after an option.
pub(super) enum Next {
    /// To the next one.
    On,
    /// To the next one, and the status is printed at the end.
    Set,
    /// Nothing more is looked at. `last` says whether words behind it are an error.
    Done { last: bool },
    /// As `Done`, and with an error that has been told.
    Failed,
}

impl<K: Kernel> Session<K> {
    pub(super) fn new(kernel: K) -> Self {
        let (out, err) = (Vec::new(), Vec::new());
        Self { kernel, names: HostNames::default(), out, err, line: None, on_error: OnError::Stop }
    }

    /// Puts a line to the errors.
    pub(super) fn error(&mut self, text: &str) {
        self.err.extend_from_slice(text.as_bytes());
        self.err.push(b'\n');
    }

    pub(super) fn fail(&mut self, text: &str) -> Next {
        self.error(text);
        Next::Failed
    }

    /// Whether the kernel takes rules from nobody here, as in a user namespace, or from nobody any more; says so. auditctl
    /// then ends well where it was to change rules, so that a start does not fail for it.
    pub(super) fn is_closed(&mut self) -> bool {
        match self.kernel.status() {
            Ok(status) if status.is_locked() => {
                self.error("The audit system is in immutable mode, no rule changes allowed");
                true
            }
            Err(error) if errno(&error) == Some(Errno::CONNREFUSED) => {
                self.error("The audit system is disabled");
                true
            }
            Err(error) => {
                self.refused("status request", &error);
                false
            }
            Ok(_) => false,
        }
    }

    /// Whether nothing can be changed until the next boot.
    pub(super) fn is_locked(&mut self) -> bool {
        self.kernel.status().is_ok_and(|status| status.is_locked())
    }

    /// Carries out one command line; whether all went well.
    pub(super) fn carry_out(&mut self, words: &[Vec<u8>]) -> bool {
        let (entries, strays) = getopt::read(words);
        let mut sets = false;
        for (at, entry) in entries.iter().enumerate() {
            if entry.is_of_rule() {
                continue;
            }
            if self.rule_error(&entries[..at]) {
                return self.forgives(&entries[..at]);
            }
            match self.option(entry, words) {
                Next::On => {}
                Next::Set => sets = true,
                Next::Failed => return self.forgives(&entries[..at]),
                Next::Done { last } => return !entry.bundled && (!last || self.is_last(entry, words)),
            }
        }
        let rule: Vec<_> = entries.iter().filter(|entry| entry.is_of_rule()).cloned().collect();
        if rule.is_empty() { self.end_of_settings(sets, strays) } else { self.rule(&rule, strays) }
    }

    /// Whether an option that ends it all is the last word; says so if not.
    fn is_last(&mut self, entry: &Entry, words: &[Vec<u8>]) -> bool {
        let used = entry.word
            + 1
            + usize::from(matches!(entry.opt, Opt::Long("signal")) && !words[entry.word].contains(&b'='));
        let last = words.len() <= used;
        if !last {
            self.error("parameter passed without an option given");
        }
        last
    }

    fn end_of_settings(&mut self, sets: bool, strays: usize) -> bool {
        if sets && strays > 0 {
            self.error("parameter passed without an option given");
        } else if sets {
            return self.status(false, false);
        }
        false
    }

    /// One option that is no part of a rule.
    fn option(&mut self, entry: &Entry, words: &[Vec<u8>]) -> Next {
        match entry.opt {
            Opt::Letter(b's') => self.status_option(words),
            Opt::Letter(b'l') => self.list_option(words),
            Opt::Letter(b'D') => self.delete_all_option(words),
            Opt::Letter(b'R') => self.fail("Error - nested rule files not supported"),
            Opt::Letter(b'c') => self.end_with(OnError::Continue),
            Opt::Letter(b'i') => self.end_with(OnError::Ignore),
            Opt::Letter(b'h') => {
                self.out.extend_from_slice(print::USAGE.as_bytes());
                Next::Failed
            }
            Opt::Letter(b'v') => {
                self.out.extend_from_slice(format!("auditctl version {VERSION}\n").as_bytes());
                Next::Done { last: true }
            }
            Opt::Letter(b'm') if words.len() > 2 => {
                self.fail("The -m option must be only the only option and takes 1 parameter")
            }
            Opt::Invalid => {
                let (word, place) = (String::from_utf8_lossy(&words[entry.word]).into_owned(), self.line);
                let place = place.map_or_else(String::new, |line| format!(" on line {line}"));
                self.fail(&format!("Option {word}{place} is invalid"))
            }
            _ => self.command(entry),
        }
    }

    fn end_with(&mut self, on_error: OnError) -> Next {
        self.on_error = on_error;
        Next::Done { last: true }
    }

    pub(super) fn parse(&self, arguments: &[Vec<u8>]) -> Parsed {
        parse_arguments(arguments, &host::target(host::machine(), &self.names, PermSyscalls::Never))
    }

    /// Whether the part of a rule that was given so far has an error; tells it.
    fn rule_error(&mut self, entries: &[Entry]) -> bool {
        let rule: Vec<_> = entries.iter().filter(|entry| entry.is_of_rule()).cloned().collect();
        if rule.is_empty() {
            return false;
        }
        let parsed = self.parse(&arguments(&rule));
        let before = self.err.len();
        let found = self.tell(&parsed, &rule).is_some();
        if !found {
            self.err.truncate(before);
        }
        found
    }

    /// Adds or deletes the rule that the options make.
    fn rule(&mut self, rule: &[Entry], strays: usize) -> bool {
        let parsed = self.parse(&arguments(rule));
        match self.tell(&parsed, rule) {
            Some(Told::Passed) => return true,
            Some(Told::Wrong(at)) => return self.forgives(&rule[..=at]),
            None => {}
        }
        if strays > 0 {
            self.error("parameter passed without an option given");
            return self.forgives(rule);
        }
        // A file is looked at once, before its first line.
        if self.line.is_none() && self.is_closed() {
            return true;
        }
        let delete = rule.iter().any(|entry| matches!(entry.opt, Opt::Letter(b'd' | b'W')));
        let what = if delete { "delete rule data request" } else { "add rule data request" };
        let asked = match parsed.commands.into_iter().next() {
            Some(Command::AddRule { rule, .. }) => self.kernel.add_rule(&bytes::encode(&rule)),
            Some(Command::DeleteRule { rule, .. }) => self.kernel.delete_rule(&bytes::encode(&rule)),
            _ => {
                self.error(&format!("Error sending {what} ({})", system_words(&Errno::INVAL.into())));
                return false;
            }
        };
        asked.map_err(|error| self.refused(what, &error)).is_ok()
    }

    /// Whether an error is no failure: the options up to it say that a rule is to change, and none can be.
    fn forgives(&mut self, so_far: &[Entry]) -> bool {
        let watch = so_far.iter().any(|entry| matches!(entry.opt, Opt::Letter(b'w' | b'W')));
        self.line.is_none() && (watch || list_of(so_far).is_some()) && self.is_closed()
    }

    /// Tells the warnings up to the first error, and that error if auditctl sees it itself.
    fn tell(&mut self, parsed: &Parsed, rule: &[Entry]) -> Option<Told> {
        for problem in &parsed.problems {
            let (entry, at) = entry_at(rule, problem.column)?;
            // The number of an architecture that no table knows.
            if problem.level == Level::Warning && problem.code != Code::UnknownArch {
                let same = |other: &&Problem| entry_at(rule, other.column).is_some_and(|(known, _)| known == entry);
                if !parsed.problems.iter().filter(same).any(|other| other.level == Level::Error) {
                    let warning = words::warning(problem, self.line);
                    if let Some(text) = warning {
                        self.error(&text);
                    }
                }
                continue;
            }
            let heads = || rule.iter().take_while(|known| !std::ptr::eq(*known, entry));
            let about = About {
                entry,
                list: list_of(rule),
                watch: heads().any(|entry| matches!(entry.opt, Opt::Letter(b'w' | b'W'))),
                at,
            };
            if let Some(text) = words::message(problem, &about) {
                self.error(&text);
                let passed = problem.code == Code::ObsoleteAction && !entry.value.starts_with(b"possible,");
                let at = rule.iter().position(|known| std::ptr::eq(known, entry))?;
                return Some(if passed { Told::Passed } else { Told::Wrong(at) });
            }
        }
        None
    }
}

/// What telling came to.
enum Told {
    /// The line is passed over.
    Passed,
    /// The option at this place is wrong.
    Wrong(usize),
}

/// The options as words of their own, for the library.
fn arguments(rule: &[Entry]) -> Vec<Vec<u8>> {
    let words = |entry: &Entry| match entry.opt {
        Opt::Letter(letter) => vec![vec![b'-', letter], entry.value.clone()],
        Opt::Long(_) | Opt::Invalid => Vec::new(),
    };
    rule.iter().flat_map(words).collect()
}

/// The option at a column of [`arguments`], and the byte of its value.
fn entry_at(rule: &[Entry], column: usize) -> Option<(&Entry, usize)> {
    let mut start = 1;
    for entry in rule {
        let value = start + 3;
        let end = value + entry.value.len() + 1;
        if column < end {
            return Some((entry, column.saturating_sub(value)));
        }
        start = end;
    }
    rule.last().map(|entry| (entry, 0))
}

fn list_of(rule: &[Entry]) -> Option<oyez_rules::model::List> {
    let head = rule.iter().find(|entry| matches!(entry.opt, Opt::Letter(b'a' | b'A' | b'd')))?;
    head.value.split(|byte| *byte == b',').find_map(oyez_rules::model::List::from_name)
}

pub(super) fn errno(error: &Error) -> Option<Errno> {
    error.errno().map(Errno::from_raw_os_error)
}

/// The system's words for an errno, as libaudit has them.
pub(super) fn strerror(error: &Error) -> String {
    match errno(error) {
        Some(Errno::EXIST) => "Rule exists".to_owned(),
        Some(errno) => system_words(&errno.into()),
        None => error.to_string(),
    }
}

/// The system's words without the number behind them.
pub(super) fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.rfind(" (os error ").map_or(text.clone(), |end| text[..end].to_owned())
}
