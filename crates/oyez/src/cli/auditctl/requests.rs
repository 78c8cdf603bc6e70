//! Options of auditctl that are no part of a rule: questions and requests to the kernel, each carried out at once.

use oyez_netlink::{Error, Features, Kernel, Status};
use oyez_rules::bytes;
use oyez_rules::model::{Command, DaemonSignal, Rule};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use super::getopt::{Entry, Opt};
use super::line::{Next, Session, errno, strerror, system_words};
use super::print;
use crate::rules::held::{self, Held, has_key_with};

impl<K: Kernel> Session<K> {
    pub(super) fn status_option(&mut self, words: &[Vec<u8>]) -> Next {
        let bundled = words[0].len() > 2;
        match &words[1..] {
            [] => {}
            [second] if second == b"-i" => {}
            [_] => return self.fail("Only -i option is allowed"),
            _ => return self.fail("Too many options for status command"),
        }
        let interpret = words.len() == 2;
        if self.status(interpret, true) && !bundled { Next::Done { last: false } } else { Next::Failed }
    }

    pub(super) fn list_option(&mut self, words: &[Vec<u8>]) -> Next {
        let (interpret, key) = match &words[1..] {
            [] => (false, None),
            [second] if second == b"-i" => (true, None),
            [second, key] if second == b"-k" => (false, Some(key.clone())),
            [_] | [_, _] => return self.fail("Only -k or -i options are allowed"),
            _ => return self.fail("Wrong number of options for list request"),
        };
        let Some(held) = self.held() else { return Next::Failed };
        let names = interpret.then_some(&self.names as &dyn oyez_rules::text::Names);
        let text = print::rules(&held, names, key.as_deref());
        self.out.extend(text);
        Next::Done { last: false }
    }

    pub(super) fn delete_all_option(&mut self, words: &[Vec<u8>]) -> Next {
        let key = match &words[1..] {
            [] => None,
            [second, key] if second == b"-k" => Some(key.clone()),
            [_, _] => return self.fail("Only the -k option is allowed"),
            _ => return self.fail("Wrong number of options for Delete all request"),
        };
        let Some(held) = self.held() else { return Next::Failed };
        let chosen = |rule: &&Rule| key.as_ref().is_none_or(|key| has_key_with(rule, key));
        let read = held.rules.iter().filter(chosen).map(bytes::encode);
        let unread = held.unread.iter().filter(|_| key.is_none()).map(|(bytes, _)| bytes.clone());
        for rule in read.chain(unread) {
            if let Err(error) = self.kernel.delete_rule(&rule) {
                return self.fail(&format!("Error deleting rule ({})", strerror(&error)));
            }
        }
        let Some(held) = self.held() else { return Next::Failed };
        self.out.extend(print::rules(&held, None, key.as_deref()));
        Next::Done { last: false }
    }

    pub(super) fn held(&mut self) -> Option<Held> {
        let held = held::ask(&mut self.kernel);
        held.map_err(|error| self.refused("rule list data request", &error)).ok()
    }

    pub(super) fn refused(&mut self, what: &str, error: &Error) {
        match errno(error) {
            Some(Errno::CONNREFUSED) => self.error("The audit system is disabled"),
            _ => self.error(&format!("Error sending {what} ({})", strerror(error))),
        }
    }

    /// Prints the status. Nothing, and well, in a user namespace.
    pub(super) fn status(&mut self, interpret: bool, whole: bool) -> bool {
        let asked: Result<(Status, Option<Features>), _> = self.kernel.status().and_then(|status| {
            let features = if whole { Some(self.kernel.features()?) } else { None };
            Ok((status, features))
        });
        match asked {
            Ok((status, features)) => {
                self.out.extend(print::status(&status, features, interpret).into_bytes());
                true
            }
            Err(error) if errno(&error) == Some(Errno::CONNREFUSED) => true,
            Err(error) => {
                self.error(&format!("Error sending status request ({})", strerror(&error)));
                false
            }
        }
    }

    /// An option that is a request to the kernel, read as the library does.
    pub(super) fn command(&mut self, entry: &Entry) -> Next {
        let option = match entry.opt {
            Opt::Letter(letter) => vec![b'-', letter],
            Opt::Long(name) => format!("--{name}").into_bytes(),
            Opt::Invalid => Vec::new(),
        };
        let mut arguments = vec![option];
        if !matches!(
            entry.opt,
            Opt::Letter(b't') | Opt::Long("loginuid-immutable" | "reset-lost" | "reset_backlog_wait_time_actual")
        ) {
            arguments.push(entry.value.clone());
        }
        match self.parse(&arguments).commands.pop() {
            Some(command) => self.request(command),
            None => self.fail(&bad_value(entry)),
        }
    }

    pub(super) fn request(&mut self, command: Command) -> Next {
        let kernel = &mut self.kernel;
        let (what, asked, next) = match command {
            Command::SetEnabled(switch) => ("enable request", kernel.set_enabled(switch.number()), Next::Set),
            Command::SetFailure(value) => ("failure mode request", kernel.set_failure(value), Next::Set),
            Command::SetBacklogLimit(value) => ("backlog limit request", kernel.set_backlog_limit(value), Next::Set),
            Command::SetRateLimit(value) => ("rate limit request", kernel.set_rate_limit(value), Next::Set),
            Command::SetBacklogWaitTime(value) => {
                ("backlog limit request", kernel.set_backlog_wait_time(value), Next::Set)
            }
            Command::LoginuidImmutable => {
                ("loginuid immutable request", kernel.set_loginuid_immutable(), Next::Done { last: false })
            }
            Command::Trim => ("trim subtrees command", kernel.trim(), Next::Done { last: false }),
            Command::MakeEquivalent { mount, subtree } => {
                ("make_equivalent command", kernel.make_equivalent(&mount, &subtree), Next::Done { last: false })
            }
            Command::UserMessage(text) => {
                ("user message request", kernel.user_message(&message(&text)), Next::Done { last: false })
            }
            Command::ResetLost => return self.count("lost reset request", "lost", Kernel::reset_lost),
            Command::ResetBacklogWaitTimeActual => {
                let (what, name) = ("backlog wait time actual reset request", "backlog_wait_time_actual");
                return self.count(what, name, Kernel::reset_backlog_wait_time_actual);
            }
            Command::Signal(signal) => return self.signal(signal),
            _ => return Next::On,
        };
        match asked {
            Ok(()) => next,
            Err(error) => {
                self.refused(what, &error);
                Next::Failed
            }
        }
    }

    /// Resets a count, and says what it was.
    pub(super) fn count(&mut self, what: &str, name: &str, reset: fn(&mut K) -> oyez_netlink::Result<u32>) -> Next {
        match reset(&mut self.kernel) {
            Ok(count) => {
                self.error(&format!("{name}: {count}"));
                Next::Done { last: false }
            }
            Err(error) => {
                self.refused(what, &error);
                Next::Failed
            }
        }
    }

    /// Signals the process that is registered as the audit daemon.
    pub(super) fn signal(&mut self, signal: DaemonSignal) -> Next {
        let status = match self.kernel.status() {
            Ok(status) => status,
            Err(error) => {
                self.refused("signal_info request", &error);
                return Next::Failed;
            }
        };
        let pid = status.pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let Some(pid) = pid else {
            self.error("Auditd is not running");
            return Next::Done { last: true };
        };
        let signal = match signal {
            DaemonSignal::Term => Signal::TERM,
            DaemonSignal::Hup => Signal::HUP,
            DaemonSignal::Usr1 => Signal::USR1,
            DaemonSignal::Usr2 => Signal::USR2,
            DaemonSignal::Cont => Signal::CONT,
        };
        match kill_process(pid, signal) {
            Ok(()) => Next::Done { last: true },
            Err(errno) => self.fail(&format!("Failed sending signal to auditd ({})", system_words(&errno.into()))),
        }
    }
}

/// What is wrong with the value of an option that is no part of a rule.
fn bad_value(entry: &Entry) -> String {
    let value = String::from_utf8_lossy(&entry.value);
    match entry.opt {
        Opt::Letter(b'e') => format!("Enable must be 0, 1, or 2 was {value}"),
        Opt::Letter(b'f') => format!("Failure must be 0, 1, or 2 was {value}"),
        Opt::Letter(b'b') => format!("Backlog must be a numeric value was {value}"),
        Opt::Letter(b'r') => format!("Rate must be a numeric value was {value}"),
        Opt::Letter(b'm') => "Illegal character in audit event".to_owned(),
        Opt::Letter(b'q') => "Error parsing equivalent parts".to_owned(),
        Opt::Long("signal") => format!("{value} is an unsupported signal"),
        _ => format!("Backlog_wait_time must be a numeric value was {value}"),
    }
}

/// What `-m` sends: the text, and who says it.
fn message(text: &[u8]) -> Vec<u8> {
    let exe = std::env::current_exe().map_or_else(|_| "?".to_owned(), |exe| format!("\"{}\"", exe.display()));
    let tail = format!(" exe={exe} hostname=? addr=? terminal=? res=success");
    [b"text=", text, tail.as_bytes()].concat()
}
