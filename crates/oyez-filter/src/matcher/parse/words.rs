//! Fields whose values are words of a list: a word that is none of them is a mistake, not a condition.
//!
//! A field and a text in, what is wrong with it out. Some lists are closed: the words are oyez's own (`result`, `action`), or a
//! number without a name is told as it is (`errno`, `arch`, `family`). Others grow with the kernel: a log may name types of
//! records and system calls that oyez does not know (ENRICHED ones, by a newer auditd). There a text is refused where it is
//! nearly a word that is known; [`super::Form::Glob`] takes any.

use oyez_interpret::normal::{Action, Kind};
use oyez_tables::arch::Arch;
use oyez_tables::{errno, family, record_type, syscall};

use super::value::{Wrong, wrong};
use crate::field::Field;

/// A list of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Result,
    Action,
    Origin,
    Object,
    Mark,
    Errno,
    Arch,
    Family,
    RecordType,
    Call,
    Nametype,
}

/// Those of a field; `None` where its text may be anything.
pub(super) fn of(field: &Field) -> Option<Words> {
    let Field::Member(_) = field else { return None };
    Some(match field.def().name {
        "result" => Words::Result,
        "action" => Words::Action,
        "origin" => Words::Origin,
        "object.kind" => Words::Object,
        "marks" => Words::Mark,
        "syscall.errno" => Words::Errno,
        "syscall.arch" => Words::Arch,
        "sockets.family" => Words::Family,
        "kind" | "records" => Words::RecordType,
        "syscall.name" => Words::Call,
        "paths.nametype" => Words::Nametype,
        _ => return None,
    })
}

/// Words that mean one of a list's to somebody.
const OTHERS: &[(Words, &[&str], &str)] = &[
    (Words::Result, &["yes", "ok", "1", "true", "succeeded", "pass"], "success"),
    (Words::Result, &["no", "0", "false", "failure", "error", "denied"], "failed"),
    (Words::Action, &["exec", "execve", "run", "ran", "started"], "executed"),
    (Words::Action, &["login"], "logged-in"),
    (Words::Origin, &["userspace", "user-space", "program"], "user"),
    (Words::Origin, &["daemon"], "auditd"),
    (Words::Arch, &["b64", "amd64", "x64", "x86-64"], "x86_64"),
    (Words::Arch, &["b32", "i686", "i586", "x86"], "i386"),
    (Words::Arch, &["arm64"], "aarch64"),
    (Words::Family, &["ipv4", "ip", "ip4"], "inet"),
    (Words::Family, &["ipv6", "ip6"], "inet6"),
    (Words::Family, &["local"], "unix"),
    (Words::Errno, &["EWOULDBLOCK"], "EAGAIN"),
    (Words::Errno, &["EDEADLOCK"], "EDEADLK"),
    (Words::Errno, &["ENOTSUP"], "EOPNOTSUPP"),
];

/// Refuses a text that no event has.
pub(super) fn check(words: Words, text: &str, nocase: bool) -> Result<(), Wrong> {
    if words == Words::RecordType && text.to_ascii_uppercase().starts_with("OYEZ_") {
        return Err(Wrong::from("oyez's own events are never shown to filters".to_owned()));
    }
    if words.has(text) || (nocase && words.any(&mut |word| word.eq_ignore_ascii_case(text))) {
        return Ok(());
    }
    let meant = words.meant(text);
    if meant.is_none() && words.is_open() {
        return Ok(());
    }
    let hint = match meant {
        Some(word) if words.is_open() => {
            format!("\"{word}\"; or {{ glob = \"{}\" }}, if it is newer", text.escape_debug())
        }
        Some(word) => format!("\"{word}\""),
        None => words.some(),
    };
    Err(wrong(format!("no {} is \"{}\"", words.what(), text.escape_debug()), hint))
}

/// The word for a number that stands for one, where it is given instead.
pub(super) fn numbered(words: Words, number: i128) -> Option<&'static str> {
    match words {
        Words::RecordType => record_type::name(number.try_into().ok()?),
        Words::Errno => errno::name(number.unsigned_abs().try_into().ok()?),
        Words::Family => family::name(number.try_into().ok()?),
        Words::Arch => Arch::from_audit(number.try_into().ok()?).map(Arch::name),
        Words::Result if number == 1 => Some("success"),
        Words::Result if number == 0 => Some("failed"),
        _ => None,
    }
}

/// Whether it is the kernel's name for a type that has none here: `UNKNOWN[1999]`, which looks like a glob.
pub(super) fn is_unnamed_type(text: &str) -> bool {
    let digits = text.strip_prefix("UNKNOWN[").and_then(|rest| rest.strip_suffix(']'));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Words {
    fn what(self) -> &'static str {
        match self {
            Words::Result => "result",
            Words::Action => "action",
            Words::Origin => "origin",
            Words::Object => "kind of object",
            Words::Mark => "mark",
            Words::Errno => "error",
            Words::Arch => "architecture",
            Words::Family => "family of addresses",
            Words::RecordType => "type of records",
            Words::Call => "system call",
            Words::Nametype => "nametype",
        }
    }

    /// Whether there may be words that are not known here.
    fn is_open(self) -> bool {
        matches!(self, Words::RecordType | Words::Call | Words::Nametype)
    }

    /// Whether all its words are known: then a pattern that none of them matches never matches.
    pub(super) fn is_closed(self) -> bool {
        matches!(self, Words::Result | Words::Action | Words::Origin | Words::Object | Words::Mark)
    }

    fn has(self, text: &str) -> bool {
        let is_number = |least: usize, radix| text.len() >= least && text.chars().all(|digit| digit.is_digit(radix));
        match self {
            Words::Errno => errno::number(text.as_bytes()).is_some(),
            // What has no name is told by its number.
            Words::Arch => {
                let number = u32::from_str_radix(text, 16).ok().filter(|_| is_number(2, 16));
                self.any(&mut |word| word == text)
                    || number.is_some_and(|number| Arch::from_audit(number).is_none() && self.other(text).is_none())
            }
            Words::Family => {
                let number = text.parse().ok().filter(|_| is_number(1, 10));
                family::number(text.as_bytes()).is_some()
                    || number.is_some_and(|number: u16| family::name(number).is_none())
            }
            Words::RecordType => record_type::number(text.as_bytes()).is_some() || is_unnamed_type(text),
            Words::Call => {
                Arch::all().any(|arch| syscall::number(arch, text.as_bytes()).is_some())
                    || self.any(&mut |word| word == text)
            }
            _ => self.any(&mut |word| word == text),
        }
    }

    /// Whether `is_it` takes one of the words.
    pub(super) fn any(self, is_it: &mut dyn FnMut(&'static str) -> bool) -> bool {
        match self {
            Words::Result => ["success", "failed"].into_iter().any(is_it),
            Words::Action => Action::ALL.iter().any(|action| is_it(action.word())),
            Words::Origin => ["kernel", "user", "auditd"].into_iter().any(is_it),
            Words::Object => Kind::ALL.iter().any(|kind| is_it(kind.word())),
            Words::Mark => ["late", "early", "incomplete", "redacted"].into_iter().any(is_it),
            Words::Errno => (0..1024).filter_map(errno::name).any(is_it),
            Words::Arch => Arch::all().map(Arch::name).any(is_it),
            Words::Family => (0..256).filter_map(family::name).any(is_it),
            Words::RecordType => record_type::all().map(|(_, name)| name).any(is_it),
            Words::Call => calls().any(is_it),
            // kernel/auditsc.c, audit_log_name()
            Words::Nametype => ["NORMAL", "PARENT", "CREATE", "DELETE", "UNKNOWN"].into_iter().any(is_it),
        }
    }

    /// The word that was probably meant by `text`, which is none.
    fn meant(self, text: &str) -> Option<&'static str> {
        let small = text.to_ascii_lowercase();
        let bare = small.strip_prefix("af_").or_else(|| small.strip_prefix("pf_")).unwrap_or(&small);
        if let Some(word) = text.parse().ok().and_then(|number| numbered(self, number)) {
            return Some(word);
        }
        if let Some(word) = self.other(bare) {
            return Some(word);
        }
        if self == Words::Arch
            && let Some(arch) = u32::from_str_radix(bare.trim_start_matches("0x"), 16).ok().and_then(Arch::from_audit)
        {
            return Some(arch.name());
        }
        self.closest(bare).or_else(|| if self.is_open() { None } else { self.beginning(bare) })
    }

    /// The word that this means to somebody.
    fn other(self, text: &str) -> Option<&'static str> {
        let is_it = |others: &[&str]| others.iter().any(|other| other.eq_ignore_ascii_case(text));
        OTHERS.iter().find(|(words, others, _)| *words == self && is_it(others)).map(|(.., word)| *word)
    }

    fn closest(self, text: &str) -> Option<&'static str> {
        // No word is as long.
        if text.len() > 40 {
            return None;
        }
        let mut best = (usize::MAX, None);
        self.any(&mut |word| {
            let distance = strsim::damerau_levenshtein(&word.to_ascii_lowercase(), text);
            if distance <= word.len() / 4 + usize::from(word.len() > 2) && distance < best.0 {
                best = (distance, Some(word));
            }
            distance == 0
        });
        best.1
    }

    fn beginning(self, text: &str) -> Option<&'static str> {
        let mut found = None;
        let is_long = text.len() >= 3;
        is_long.then(|| {
            self.any(&mut |word| {
                let begins = word.to_ascii_lowercase().starts_with(text);
                if begins {
                    found = Some(word);
                }
                begins
            })
        });
        found
    }

    /// The words, as many as there is room for.
    pub(super) fn some(self) -> String {
        let mut words = Vec::new();
        self.any(&mut |word| {
            words.push(format!("\"{word}\""));
            words.len() == 8
        });
        let dots = if words.len() == 8 { ", …" } else { "" };
        format!("{}{dots}", words.join(", "))
    }
}

/// The names of all system calls of all architectures, many of them more than once; those of x32 and of arm alone, too.
fn calls() -> impl Iterator<Item = &'static str> {
    let numbers = || (0..1024).chain(0xf_0000..0xf_0010);
    let of_arch = move |arch| numbers().filter_map(move |number| syscall::name(arch, number));
    let of_x32 = (0..1024).filter_map(|number| syscall::name(Arch::X86_64, number | syscall::X32_BIT));
    Arch::all().flat_map(of_arch).chain(of_x32)
}
