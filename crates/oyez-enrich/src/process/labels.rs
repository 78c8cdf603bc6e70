//! Labels: words that a process is given for what it is, and that its children inherit.
//!
//! Rules in ([`LabelRules::compile`]), labels out. A rule looks at a process's program file, arguments or script when it runs a
//! program or is first seen, or at the key of an audit rule that one of its events has; it gives a label or takes one away. All
//! that match are applied, in the order in which they were given. Patterns are regular expressions of the crate `regex`,
//! which take linear time; they match anywhere in the text unless they say `^` or `$`. Refuses a pattern that is none, and
//! more rules than [`MAX_RULES`].

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use oyez_events::context::Process;
use regex::bytes::RegexSet;

/// Rules at most.
pub const MAX_RULES: usize = 1000;
/// Labels that one process can have; further ones are not given.
pub const MAX_LABELS: usize = 32;
/// Texts of keys whose rules are remembered; a host has as many as its audit rules have keys.
const MAX_KEYS: usize = 256;

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A key of the audit rules that matched an event of the process.
    Key,
    /// The program's file.
    Exe,
    /// The arguments with a space between each two, as far as they are kept.
    Argv,
    /// The script that the program interprets.
    Script,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRule {
    /// What it looks at.
    pub subject: Subject,
    /// The regular expression.
    pub pattern: String,
    /// The label.
    pub label: String,
    /// It is taken away, not given.
    pub is_taken: bool,
}

/// A rule that cannot be used.
#[derive(Debug)]
pub struct LabelError {
    /// Which one, counted from 0; `None` for all together.
    pub rule: Option<usize>,
    source: Option<Box<regex::Error>>,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.rule, &self.source) {
            (Some(rule), _) => write!(f, "cannot read the pattern of label rule {}", rule + 1),
            (None, Some(_)) => write!(f, "cannot build the patterns of the label rules"),
            (None, None) => write!(f, "cannot take more than {MAX_RULES} label rules"),
        }
    }
}

impl std::error::Error for LabelError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The patterns of one subject, with the rules they belong to.
#[derive(Debug, Default)]
struct Patterns {
    set: RegexSet,
    rules: Vec<usize>,
}

impl Patterns {
    fn matching(&self, text: &[u8], out: &mut Vec<usize>) {
        if !self.rules.is_empty() && !text.is_empty() {
            out.extend(self.set.matches(text).iter().filter_map(|at| self.rules.get(at)));
        }
    }
}

/// Rules, ready for use.
#[derive(Debug, Default)]
pub struct LabelRules {
    /// Label and whether it is taken away.
    effects: Vec<(Box<str>, bool)>,
    exe: Patterns,
    argv: Patterns,
    script: Patterns,
    key: Patterns,
    /// The rules of a `key=` field, by its text as it was written.
    by_key: HashMap<Box<[u8]>, Box<[usize]>, RandomState>,
    matched: Vec<usize>,
    text: Vec<u8>,
}

impl LabelRules {
    /// Makes rules ready.
    ///
    /// # Errors
    /// A pattern is no regular expression, or there are too many.
    pub fn compile(rules: &[LabelRule]) -> Result<Self, LabelError> {
        if rules.len() > MAX_RULES {
            return Err(LabelError { rule: None, source: None });
        }
        for (at, rule) in rules.iter().enumerate() {
            let wrong = |source| LabelError { rule: Some(at), source: Some(Box::new(source)) };
            regex::bytes::Regex::new(&rule.pattern).map_err(wrong)?;
        }
        let of = |subject| patterns(rules, subject);
        Ok(LabelRules {
            effects: rules.iter().map(|rule| (rule.label.as_str().into(), rule.is_taken)).collect(),
            exe: of(Subject::Exe)?,
            argv: of(Subject::Argv)?,
            script: of(Subject::Script)?,
            key: of(Subject::Key)?,
            ..LabelRules::default()
        })
    }

    /// Whether there is no rule at all.
    pub(super) fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }

    /// Whether any rule looks at keys of events.
    pub(super) fn look_at_keys(&self) -> bool {
        !self.key.rules.is_empty()
    }

    /// The labels of a process that had `labels` and now is as `process` says.
    pub(super) fn of_program(&mut self, process: &Process) -> Arc<[Box<str>]> {
        if self.effects.is_empty() {
            return Arc::clone(&process.labels);
        }
        self.matched.clear();
        self.exe.matching(&process.exe, &mut self.matched);
        self.script.matching(process.script.as_deref().unwrap_or_default(), &mut self.matched);
        if !self.argv.rules.is_empty() {
            self.text.clear();
            self.text.extend(process.argv.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }));
            let text = self.text.strip_suffix(b" ").unwrap_or(&self.text);
            self.argv.matching(text, &mut self.matched);
        }
        self.matched.sort_unstable();
        apply(&self.effects, &self.matched, &process.labels).unwrap_or_else(|| Arc::clone(&process.labels))
    }

    /// The labels of a process one of whose events has this `key=` field, as it was written; `None` if they stay.
    pub(super) fn of_key(&mut self, written: &[u8], labels: &Arc<[Box<str>]>) -> Option<Arc<[Box<str>]>> {
        if !self.by_key.contains_key(written) {
            self.learn_key(written);
        }
        apply(&self.effects, self.by_key.get(written)?, labels)
    }

    /// Several keys of one rule are joined by byte 1, and then written in hex (kernel/auditfilter.c, `audit_log_key`).
    fn learn_key(&mut self, written: &[u8]) {
        if self.by_key.len() >= MAX_KEYS {
            self.by_key.clear();
        }
        self.text.clear();
        match written.strip_prefix(b"\"") {
            Some(quoted) => self.text.extend_from_slice(quoted.strip_suffix(b"\"").unwrap_or(quoted)),
            None if written == b"(null)" => {}
            None if oyez_events::decode::hex(written, &mut self.text) => {}
            None => self.text.extend_from_slice(written),
        }
        self.matched.clear();
        for key in self.text.split(|byte| *byte == 1) {
            self.key.matching(key, &mut self.matched);
        }
        self.matched.sort_unstable();
        self.matched.dedup();
        self.by_key.insert(written.into(), self.matched.as_slice().into());
    }
}

fn patterns(rules: &[LabelRule], subject: Subject) -> Result<Patterns, LabelError> {
    let of = |(_, rule): &(usize, &LabelRule)| rule.subject == subject;
    let chosen: Vec<(usize, &LabelRule)> = rules.iter().enumerate().filter(of).collect();
    let set = RegexSet::new(chosen.iter().map(|(_, rule)| &rule.pattern));
    let set = set.map_err(|source| LabelError { rule: None, source: Some(Box::new(source)) })?;
    Ok(Patterns { set, rules: chosen.into_iter().map(|(at, _)| at).collect() })
}

/// `None` if nothing changes.
fn apply(effects: &[(Box<str>, bool)], rules: &[usize], labels: &Arc<[Box<str>]>) -> Option<Arc<[Box<str>]>> {
    let effects = || rules.iter().filter_map(|rule| effects.get(*rule));
    let has = |labels: &[Box<str>], label: &str| labels.iter().any(|held| **held == *label);
    // What one rule gives and a later one takes is no change, and would be found anew at each event.
    let last = |label: &str| effects().rev().find(|(other, _)| **other == *label).is_some_and(|(_, taken)| *taken);
    let is_full = labels.len() >= MAX_LABELS;
    let is_so = |label: &str| if last(label) { !has(labels, label) } else { is_full || has(labels, label) };
    if effects().all(|(label, _)| is_so(label)) {
        return None;
    }
    let mut changed = labels.to_vec();
    for (label, is_taken) in effects() {
        if *is_taken {
            changed.retain(|held| held != label);
        } else if !has(&changed, label) && changed.len() < MAX_LABELS {
            changed.push(label.clone());
        }
    }
    (changed[..] != labels[..]).then(|| changed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(subject: Subject, pattern: &str, label: &str) -> LabelRule {
        let (label, is_taken) = label.strip_prefix('-').map_or((label, false), |label| (label, true));
        LabelRule { subject, pattern: pattern.into(), label: label.into(), is_taken }
    }

    fn labels(of: &[&str]) -> Arc<[Box<str>]> {
        of.iter().map(|label| Box::from(*label)).collect()
    }

    #[test]
    fn rules_give_and_take_in_their_order() {
        let mut rules = LabelRules::compile(&[
            rule(Subject::Exe, "^/usr/sbin/", "system"),
            rule(Subject::Argv, r"-D\b", "daemon"),
            rule(Subject::Script, r"\.sh$", "shell"),
            rule(Subject::Exe, "/sshd$", "-system"),
            rule(Subject::Exe, "/sshd$", "ssh"),
        ])
        .unwrap();
        for (exe, argv, script, had, has) in [
            ("/usr/sbin/cron", "cron\0-f\0", None, &[][..], &["system"][..]),
            ("/usr/sbin/sshd", "sshd\0-D\0", None, &["x"], &["x", "daemon", "ssh"]),
            ("/usr/sbin/sshd", "sshd\0", None, &["system", "ssh"], &["ssh"]),
            ("/usr/bin/dash", "/bin/sh\0/tmp/x.sh\0", Some("/tmp/x.sh"), &["ssh"], &["ssh", "shell"]),
            ("/usr/bin/ls", "ls\0-D\0x\0", None, &["daemon"], &["daemon"]),
        ] {
            let process = Process {
                exe: exe.as_bytes().into(),
                argv: argv.as_bytes().into(),
                script: script.map(|script: &str| script.as_bytes().into()),
                labels: labels(had),
                ..Process::default()
            };
            assert_eq!(rules.of_program(&process), labels(has), "{exe} {had:?}");
        }
    }

    #[test]
    fn keys_match_quoted_in_hex_and_joined() {
        let mut rules =
            LabelRules::compile(&[rule(Subject::Key, "^web", "web"), rule(Subject::Key, "^login$", "login")]).unwrap();
        for (written, has) in [
            ("\"web-root\"", Some(&["web"][..])),
            ("\"login\"", Some(&["login"])),
            ("7765620161", Some(&["web"])),
            ("61016C6F67696E", Some(&["login"])),
            ("(null)", None),
            ("\"other\"", None),
        ] {
            for _ in 0..2 {
                assert_eq!(rules.of_key(written.as_bytes(), &labels(&[])), has.map(labels), "{written}");
                assert_eq!(rules.of_key(written.as_bytes(), &labels(has.unwrap_or_default())), None, "{written}");
            }
        }
    }

    #[test]
    fn no_process_has_more_labels_than_the_bound_and_no_more_keys_are_remembered() {
        let many: Vec<LabelRule> =
            (0..2 * MAX_LABELS).map(|at| rule(Subject::Key, "", &format!("label {at}"))).collect();
        let mut rules = LabelRules::compile(&many).unwrap();
        let all = rules.of_key(b"\"x\"", &labels(&[])).unwrap();
        assert_eq!(all.len(), MAX_LABELS);
        assert_eq!(rules.of_key(b"\"x\"", &all), None, "there is no room: nothing changes");
        for key in 0..2 * MAX_KEYS {
            rules.of_key(format!("\"{key}\"").as_bytes(), &all);
            assert!(rules.by_key.len() <= MAX_KEYS);
        }
    }

    #[test]
    fn what_is_given_and_taken_at_once_changes_nothing() {
        let mut rules = LabelRules::compile(&[rule(Subject::Key, "k", "a"), rule(Subject::Key, "k", "-a")]).unwrap();
        assert_eq!(rules.of_key(b"\"k\"", &labels(&[])), None);
        assert_eq!(rules.of_key(b"\"k\"", &labels(&["a"])), Some(labels(&[])));
    }

    #[test]
    fn a_pattern_that_is_none_is_named() {
        let error = LabelRules::compile(&[rule(Subject::Exe, "x", "x"), rule(Subject::Exe, "(", "y")]).unwrap_err();
        assert_eq!((error.rule, error.to_string().as_str()), (Some(1), "cannot read the pattern of label rule 2"));
        assert!(std::error::Error::source(&error).is_some());
        let many = vec![rule(Subject::Exe, "x", "x"); MAX_RULES + 1];
        assert!(LabelRules::compile(&many).unwrap_err().rule.is_none());
    }
}
