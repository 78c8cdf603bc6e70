//! What a rule costs the host: a class, and why.
//!
//! Relative, by rule of thumb: how often the kernel asks for the rule, and how often it can be expected to record. The
//! second weighs more by far: an event is several records, each written by the kernel, woken for and read by a daemon.

use super::calls::{self, Heat};
use super::scope;
use super::seen::Seen;
use super::weight::{is_quick, is_slow};
use crate::model::{Action, Field, FieldTest, List};

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing that can be felt: asked where little happens.
    Free,
    /// Asked at few calls, or at many and soon done with; few records.
    Low,
    /// Asked at every call, or a record for each program started.
    Medium,
    /// Asked at every call with a look-up, or records at many.
    High,
    /// Records without end: it slows the host down.
    Extreme,
}

impl Class {
    /// Every class with what it means, from the cheapest.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Free, "asked where little happens"),
        (Self::Low, "asked at few calls, or soon done with; few records"),
        (Self::Medium, "asked at every call, or a record for each program, connection or changed file"),
        (Self::High, "asked at every call and slow to answer, or asked at the most frequent ones"),
        (Self::Extreme, "records at calls that every program makes all the time"),
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Extreme => "extreme",
        }
    }
}

/// What one rule costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// How much.
    pub class: Class,
    /// Why, in lower case and without a stop.
    pub reason: String,
}

/// The cost of one rule.
pub(super) fn estimate(seen: &Seen<'_>) -> Cost {
    let (class, reason) = match seen.rule.list {
        List::User => (Class::Free, "asked for messages of programs only".to_owned()),
        List::Task => (Class::Free, "asked when a process is born".to_owned()),
        List::Exclude => (Class::Low, "asked for each record".to_owned()),
        List::Filesystem => {
            (Class::Low, "asked for each file that is made or looked up in a watched file system".to_owned())
        }
        List::IoUring => named(seen, calls::operation_heat),
        List::Exit if seen.beside_file() => (Class::Low, "kept beside its file: asked at calls on it only".to_owned()),
        List::Exit if seen.foreign => (Class::Low, "about 32-bit programs only".to_owned()),
        List::Exit if seen.rule.syscalls.is_all() => unnamed(seen),
        List::Exit => named(seen, calls::heat),
    };
    Cost { class, reason }
}

/// A rule that every call asks for.
fn unnamed(seen: &Seen<'_>) -> (Class, String) {
    let first = seen.rule.fields().iter().find(|test| !matches!(test.field(), Field::Arch | Field::Key));
    let records = seen.rule.action == Action::Always && !scope::narrow(seen);
    match first {
        _ if records && seen.rule.find(Field::Perm).is_none() => (Class::Extreme, "a record for every call".to_owned()),
        Some(test) if records => {
            (Class::Extreme, format!("asked at every call, and {} leaves much", test.field().name()))
        }
        Some(test) if is_slow(test) => {
            (Class::High, format!("asked at every call, and its first test looks up {}", test.field().name()))
        }
        Some(test) => (Class::Medium, format!("asked at every call, done with at {} for most", test.field().name())),
        None => (Class::Free, "ends the search at once".to_owned()),
    }
}

/// A rule that only some calls ask for.
fn named(seen: &Seen<'_>, heat: impl Fn(&str) -> (Heat, &'static str)) -> (Class, String) {
    let hottest = seen.call_names().map(|name| (heat(name), name)).max_by_key(|((heat, _), _)| *heat);
    let Some(((heat, why), name)) = hottest else { return (Class::Low, "asked at calls without a name".to_owned()) };
    let records = seen.rule.action == Action::Always && !scope::narrow(seen);
    let attributed = seen.rule.fields().iter().any(|test| test.field().is_user() || is_login(test));
    let dear = seen.rule.fields().iter().find(|test| is_slow(test) || is_quick(test)).is_some_and(is_slow);
    let class = match heat {
        Heat::Hot if records => Class::Extreme,
        Heat::Hot if dear => Class::High,
        Heat::Hot => Class::Medium,
        Heat::Warm if records && !attributed => Class::Medium,
        _ => Class::Low,
    };
    let how = if records { "recorded" } else { "asked" };
    (class, format!("{how} at \"{name}\": {why}"))
}

fn is_login(test: &FieldTest) -> bool {
    test.field() == Field::LoginuidSet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::tests::{FACTS, TARGET};
    use crate::lint::{costs, entries};

    #[test]
    fn classes_follow_from_list_calls_and_scope() {
        for (line, class) in [
            ("-a never,user -F uid=0", Class::Free),
            ("-a always,exclude -F msgtype=CWD", Class::Low),
            ("-a always,exit -F path=/etc/passwd -F perm=wa", Class::Low),
            ("-a always,exit -F arch=b64 -S init_module", Class::Low),
            ("-a always,exit -F arch=b64 -S execve", Class::Medium),
            ("-a always,exit -F arch=b64 -S unlink -F auid!=unset", Class::Low),
            ("-a always,exit -F arch=b64 -S openat -F exit=-EACCES", Class::Medium),
            ("-a always,exit -F arch=b64 -S openat -F exe=/bin/sh", Class::High),
            ("-a always,exit -F arch=b64 -S openat -F auid!=unset", Class::Extreme),
            ("-a always,exit -F arch=b64 -F dir=/etc/cron.d -F perm=wa", Class::Medium),
            ("-w /etc/cron.d -p wa", Class::Medium),
            ("-a never,exit -F exe=/bin/sh", Class::High),
            ("-a always,exit -F arch=b32 -S all", Class::Low),
            ("-a always,exit -S all", Class::Extreme),
            ("-a always,io_uring -S openat", Class::Extreme),
            ("-a always,io_uring -S renameat", Class::Low),
        ] {
            let source = [crate::file::Source { name: b"a.rules", text: line.as_bytes() }];
            let merged = crate::file::merge(&source, &TARGET);
            let names = ["a.rules".to_owned()];
            let entries = entries(&merged, &source, &names);
            let costs = costs(&entries, &FACTS);
            assert_eq!(costs.len(), 1, "{line}");
            assert_eq!(costs[0].2.class, class, "{line}: {:?}", costs[0].2);
        }
    }
}
