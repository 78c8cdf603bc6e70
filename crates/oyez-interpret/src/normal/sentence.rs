//! One English line per event, for people:
//! `alice, as root, in session 3, tried to create /etc/cron.d/x for writing with /bin/sh: refused (EACCES)`.
//!
//! Whatever others chose is a [`plain::word`](crate::plain::word): no byte of it can end the line, move the cursor, or be taken
//! for the words around it. Long texts are cut and say so, so a line has at most [`SENTENCE_LIMIT`] bytes.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_tables::record_type;

use super::path::Weight;
use super::rule::{Extra, Target};
use super::{Action, Actor, Deed, Kind, Normal, Object, Outcome, Person, Scratch, peek, read};
use crate::plain::{put, word};

/// Longest name of a user shown, in bytes.
const NAME_LIMIT: usize = 64;
/// Longest other text shown, in bytes.
const TEXT_LIMIT: usize = 256;
/// No sentence has more bytes: of each text at most so many are shown, and each is escaped in at most four.
pub const SENTENCE_LIMIT: usize = 4096;

/// `EPERM` and `EACCES`: somebody said no.
const REFUSALS: [u32; 2] = [1, 13];
/// `O_ACCMODE`, `O_WRONLY`, `O_RDWR`, `O_CREAT` (asm-generic/fcntl.h; the same on every architecture with a table).
const ACCESS_MODE: u64 = 3;
const WRITE_ONLY: u64 = 1;
const READ_WRITE: u64 = 2;
const CREATE: u64 = 0o100;

/// Appends what happened in `event`, as one sentence without a full stop or an end of line. Returns what it is made of
/// ([`normalise`](super::normalise)).
pub fn sentence<'a>(
    event: &'a Event,
    context: &'a Context<'a>,
    scratch: &'a mut Scratch,
    out: &mut Vec<u8>,
) -> Normal<'a> {
    let (normal, deed, weight) = read(event, context, scratch);
    let telling = Telling { event, normal: &normal, deed: &deed, weight, context };
    telling.actor(out);
    telling.verb(out);
    telling.object(out);
    telling.extra(out);
    telling.program(out);
    telling.result(out);
    normal
}

struct Telling<'t, 'e> {
    event: &'t Event,
    normal: &'t Normal<'e>,
    deed: &'t Deed,
    weight: Option<Weight>,
    context: &'t Context<'e>,
}

impl Telling<'_, '_> {
    fn body(&self) -> &[u8] {
        self.event.record(self.deed.record).map_or(b"", |record| record.body())
    }

    fn argument(&self, index: u8) -> Option<u64> {
        peek::argument(self.body(), index)
    }

    fn actor(&self, out: &mut Vec<u8>) {
        let Actor { primary, secondary, session } = self.normal.actor;
        match primary {
            Some(primary) => person(out, primary),
            None => out.extend_from_slice(self.nobody()),
        }
        if let Some(secondary) = secondary {
            out.extend_from_slice(b", as ");
            person(out, secondary);
        }
        if let Some(session) = session {
            put(out, format_args!(", in session {session}"));
        }
        if secondary.is_some() || session.is_some() {
            out.push(b',');
        }
        out.push(b' ');
    }

    /// Who it was where no record names a user.
    fn nobody(&self) -> &'static [u8] {
        match self.deed.rule.map(|rule| rule.number) {
            // It is what was started and stopped; by whom is not told.
            Some(record_type::DAEMON_START | record_type::DAEMON_END | record_type::DAEMON_ABORT) => b"somebody",
            Some(1200..=1299) => b"the audit daemon",
            // Another process asked; the kernel does not say whose.
            Some(record_type::REPLACE | record_type::EXECVE | record_type::BPRM_FCAPS) => b"somebody",
            _ if self.normal.how.is_some() => b"somebody",
            Some(number) if record_type::is_user_space(number) => b"somebody",
            _ => b"the kernel",
        }
    }

    fn verb(&self, out: &mut Vec<u8>) {
        let action = self.normal.action;
        let is_tried = matches!(self.normal.result, Some(Outcome::Failed(_))) && !action.base().is_empty();
        if is_tried {
            out.extend_from_slice(if self.is_begun() { b"began to " } else { b"tried to " });
        }
        if let Some(signal) = self.signal() {
            return put(out, format_args!("{} signal {signal} to", if is_tried { "send" } else { "sent" }));
        }
        let verb = match (self.is_creation(), is_tried) {
            (true, true) => "create",
            (true, false) => "created",
            (false, true) => action.base(),
            (false, false) => action.past(),
        };
        out.extend_from_slice(verb.as_bytes());
    }

    /// Whether the call only began what goes on by itself (connect(2), of a socket that does not block).
    fn is_begun(&self) -> bool {
        let error = self.normal.result.and_then(Outcome::errno);
        self.normal.action == Action::ConnectedTo && error == Some("EINPROGRESS")
    }

    /// The number of the signal that was sent.
    fn signal(&self) -> Option<u32> {
        match self.deed.call?.extra {
            Extra::Signal(index) => self.argument(index).map(low),
            _ => None,
        }
    }

    /// Whether opening a file made it, or was to.
    fn is_creation(&self) -> bool {
        let is_new = matches!(self.weight, Some(Weight::Create));
        let is_missing = matches!(self.weight, Some(Weight::Parent | Weight::Unknown));
        let is_asked = || self.flags().is_some_and(|flags| flags & CREATE != 0);
        self.normal.action == Action::OpenedFile && (is_new || (is_missing && is_asked()))
    }

    /// The flags of open(2), as far as records tell them.
    fn flags(&self) -> Option<u64> {
        match self.deed.call?.extra {
            Extra::OpenFlags(index) => self.argument(index),
            Extra::Create => Some(CREATE | WRITE_ONLY),
            Extra::OpenHow => {
                let index = self.event.numbers().position(|number| number == record_type::OPENAT2)?;
                let oflag = peek::anywhere(self.event.record(index)?.body(), b" oflag=")?.bytes;
                u64::from_str_radix(str::from_utf8(oflag).ok()?, 8).ok()
            }
            _ => None,
        }
    }

    fn object(&self, out: &mut Vec<u8>) {
        let object = &self.normal.object;
        let target = self.deed.call.map(|call| call.target).or(self.deed.rule.map(|rule| rule.target));
        let (action, lead) = (self.normal.action, self.normal.action.lead());
        let is_open = lead.is_empty() && is_open_ended(action.past());
        if target == Some(Target::Own) && action != Action::CrashedProgram {
            return out.extend_from_slice(if is_open { b" itself" } else { b"" });
        }
        match object.primary {
            None if is_open || self.is_creation() => out.extend_from_slice(b" something"),
            None => {}
            Some(primary) => {
                let space = if matches!(lead, "" | ":") { "" } else { " " };
                put(out, format_args!("{space}{lead} "));
                self.named(out, object, primary);
            }
        }
    }

    fn named(&self, out: &mut Vec<u8>, object: &Object<'_>, primary: &[u8]) {
        if object.is_within {
            let is_open = self.is_creation() || is_open_ended(self.normal.action.past());
            out.extend_from_slice(if is_open { b"something in " } else { b"in " });
        }
        let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
        match (object.kind, object.secondary) {
            (Kind::Process, secondary) => process(out, primary, secondary),
            (Kind::Socket | Kind::CryptoSession, Some(port)) if is_number(port) => endpoint(out, primary, port),
            (kind, secondary) => {
                match kind {
                    Kind::UserSession | Kind::UserAccount if is_number(primary) => self.account(out, primary),
                    _ if self.normal.action == Action::ChangedSelinuxEnforcementTo => {
                        word(out, enforcement(primary), TEXT_LIMIT);
                    }
                    _ => word(out, primary, TEXT_LIMIT),
                }
                if let Some(secondary) = secondary {
                    self.joined(out, secondary);
                }
            }
        }
    }

    /// An account that is only known by its number.
    fn account(&self, out: &mut Vec<u8>, number: &[u8]) {
        let Some(id) = peek::id(number) else { return word(out, number, NAME_LIMIT) };
        let known = self.normal.actor.primary.filter(|primary| primary.id == id).and_then(|primary| primary.name);
        let name = known.or_else(|| self.context.names?.user(id).map(str::as_bytes));
        person(out, Person { id, name });
    }

    fn joined(&self, out: &mut Vec<u8>, secondary: &[u8]) {
        let joint = self.normal.action.joint();
        let secondary = match self.normal.action {
            Action::ChangedSelinuxEnforcementTo => enforcement(secondary),
            Action::LoadedFirewallRuleTo => family(secondary),
            _ => secondary,
        };
        if joint.is_empty() {
            out.extend_from_slice(b" (");
            word(out, secondary, TEXT_LIMIT);
            out.push(b')');
        } else {
            put(out, format_args!(" {joint} "));
            word(out, secondary, TEXT_LIMIT);
        }
    }

    fn extra(&self, out: &mut Vec<u8>) {
        let extra = match (self.deed.call, self.deed.rule) {
            (Some(call), _) => call.extra,
            (None, Some(rule)) => rule.extra,
            (None, None) => Extra::Nothing,
        };
        match extra {
            Extra::Nothing | Extra::Signal(_) => {}
            Extra::OpenFlags(_) | Extra::OpenHow | Extra::Create => out.extend_from_slice(match self.flags() {
                Some(flags) if flags & ACCESS_MODE == WRITE_ONLY => b" for writing",
                Some(flags) if flags & ACCESS_MODE == READ_WRITE => b" for reading and writing",
                _ => b"",
            }),
            Extra::Mode(index) => self.put_argument(out, index, |out, mode| {
                put(out, format_args!(" to {:04o}", mode & 0o7777));
            }),
            Extra::Owner(index) => {
                self.put_id(out, index, " to uid ");
                self.put_id(out, index + 1, " to gid ");
            }
            Extra::Id(index) => self.put_id(out, index, " to id "),
            Extra::Died => {
                if let Some(signal) = peek::anywhere(self.body(), b" sig=").and_then(|sig| peek::id(sig.bytes)) {
                    put(out, format_args!(" by signal {signal}"));
                }
            }
        }
    }

    fn put_argument(&self, out: &mut Vec<u8>, index: u8, write: impl FnOnce(&mut Vec<u8>, u64)) {
        if let Some(value) = self.argument(index) {
            write(out, value);
        }
    }

    /// An id from an argument; -1 leaves it as it is.
    fn put_id(&self, out: &mut Vec<u8>, index: u8, before: &str) {
        if let Some(id) = self.argument(index).map(low).filter(|id| *id != u32::MAX) {
            put(out, format_args!("{before}{id}"));
        }
    }

    fn program(&self, out: &mut Vec<u8>) {
        let how = self.normal.how.filter(|how| self.normal.object.primary != Some(*how));
        match (how, self.normal.is_claim) {
            (Some(how), is_claim) => {
                out.extend_from_slice(if is_claim { b" (claimed by " } else { b" with " });
                word(out, how, TEXT_LIMIT);
                out.extend_from_slice(if is_claim { b")" } else { b"" });
            }
            (None, true) => out.extend_from_slice(b" (claimed)"),
            (None, false) => {}
        }
    }

    fn result(&self, out: &mut Vec<u8>) {
        // A word that tells of failure needs no more.
        let (action, is_judged) = (self.normal.action, self.normal.action.base().is_empty());
        let is_policy = action.word().starts_with("violated-") || action.word().contains("-suspicious-");
        match self.normal.result {
            Some(Outcome::Failed(None)) if is_judged && !is_policy => {}
            Some(Outcome::Failed(_)) if self.is_begun() => {}
            Some(Outcome::Failed(error)) => {
                let is_refusal = error.map_or(is_policy, |error| REFUSALS.contains(&error));
                out.extend_from_slice(if is_refusal { b": refused" } else { b": failed" });
                match (self.normal.result.and_then(Outcome::errno), error) {
                    (Some(name), _) => put(out, format_args!(" ({name})")),
                    (None, Some(error)) => put(out, format_args!(" (error {error})")),
                    (None, None) => {}
                }
            }
            Some(Outcome::Success) if action.word().starts_with("violated-") => {
                out.extend_from_slice(b": allowed all the same");
            }
            _ => {}
        }
    }
}

/// What SELinux does with a denial (`enforcing=`, security/selinux/selinuxfs.c).
fn enforcement(value: &[u8]) -> &[u8] {
    match value {
        b"0" => b"permissive",
        b"1" => b"enforcing",
        other => other,
    }
}

/// The name of a netfilter family (linux/netfilter.h, `NFPROTO_*`).
fn family(number: &[u8]) -> &[u8] {
    match number {
        b"1" => b"inet",
        b"2" => b"ipv4",
        b"3" => b"arp",
        b"5" => b"netdev",
        b"7" => b"bridge",
        b"10" => b"ipv6",
        other => other,
    }
}

/// The lower half of a register: what an `int` is.
fn low(value: u64) -> u32 {
    (value & 0xffff_ffff) as u32
}

fn person(out: &mut Vec<u8>, person: Person<'_>) {
    match person.name {
        Some(name) => word(out, name, NAME_LIMIT),
        None => put(out, format_args!("uid {}", person.id)),
    }
}

/// Whether a phrase asks for an object: it ends with a preposition, or is a verb alone.
fn is_open_ended(phrase: &str) -> bool {
    match phrase.rsplit_once(' ') {
        Some((_, last)) => matches!(last, "of" | "in" | "to" | "from" | "on" | "as" | "with" | "for"),
        None => phrase != "exited",
    }
}

/// Address and port.
fn endpoint(out: &mut Vec<u8>, address: &[u8], port: &[u8]) {
    let is_ip6 = address.contains(&b':') && !address.starts_with(b"/");
    out.extend_from_slice(if is_ip6 { b"[" } else { b"" });
    word(out, address, TEXT_LIMIT);
    out.extend_from_slice(if is_ip6 { b"]:" } else { b":" });
    word(out, port, NAME_LIMIT);
}

/// A process, or where a signal went to many (kill(2)): `-1` is all that may be signalled, `-N` a group, `0` the own group.
fn process(out: &mut Vec<u8>, pid: &[u8], name: Option<&[u8]>) {
    match pid {
        b"-1" => out.extend_from_slice(b"every process"),
        b"0" => out.extend_from_slice(b"its own process group"),
        [b'-', group @ ..] => {
            out.extend_from_slice(b"process group ");
            word(out, group, NAME_LIMIT);
        }
        pid => {
            out.extend_from_slice(b"process ");
            word(out, pid, NAME_LIMIT);
        }
    }
    if let Some(name) = name {
        out.extend_from_slice(b" (");
        word(out, name, NAME_LIMIT);
        out.push(b')');
    }
}
