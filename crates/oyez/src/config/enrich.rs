//! What is found out about events beyond their records: the settings of `[enrich]`, and its lists of labels and of patterns
//! for secrets, each a string per entry.
//!
//! A label rule is `LABEL SUBJECT PATTERN`: the label, `key`, `exe`, `argv` or `script`, and a regular expression that may hold
//! spaces; a `-` in front of the label takes it away. A pattern for secrets is a regular expression with a group around what
//! is secret. Whether patterns compile is tried here, so that a daemon that started never meets a bad one.

use oyez_enrich::process::labels::{LabelRule, LabelRules, MAX_RULES, Subject};
use oyez_enrich::redact::{Pattern, PatternError, Redactor, Target};

use super::given::{Given, Value};
use super::kind::{Refusal, quoted};

/// What is found out about events beyond their records.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the configuration")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrichSettings {
    /// Names of users and groups.
    pub names: bool,
    /// Ask the name service for those that are in no file.
    pub nss: bool,
    /// Login sessions.
    pub logins: bool,
    /// Processes, with their parents and the control groups they run in.
    pub processes: bool,
    /// Have the kernel tell of forks, execs and exits that no audit rule covers.
    pub connector: bool,
    /// Ancestors told of, the parent included.
    pub ancestors: u32,
    /// Processes kept in memory, ended ones included.
    pub max_processes: u32,
    /// Labels for processes.
    pub labels: Vec<LabelRule>,
    /// Hash the program files that are executed.
    pub hash: bool,
    /// No larger file is hashed, in bytes.
    pub hash_max_size: u64,
    /// What tells this host from others.
    pub host: bool,
    /// Replace what the built-in patterns take for secrets.
    pub redact: bool,
    /// Patterns for secrets in command lines.
    pub redact_commands: Vec<Pattern>,
    /// Patterns for secrets in file names and command lines.
    pub redact_paths: Vec<Pattern>,
}

impl EnrichSettings {
    /// Before the defaults of the keys are applied.
    pub(super) const BLANK: Self = Self {
        names: false,
        nss: false,
        logins: false,
        processes: false,
        connector: false,
        ancestors: 0,
        max_processes: 0,
        labels: Vec::new(),
        hash: false,
        hash_max_size: 0,
        host: false,
        redact: false,
        redact_commands: Vec::new(),
        redact_paths: Vec::new(),
    };

    /// What finds secrets; `None` if nothing is to be looked for.
    ///
    /// # Errors
    /// Patterns that can't be had, alone or all together.
    pub fn redactor(&self) -> Result<Option<Redactor>, PatternError> {
        let patterns = [&self.redact_commands[..], &self.redact_paths[..]].concat();
        let is_wanted = self.redact || !patterns.is_empty();
        is_wanted.then(|| Redactor::new(self.redact, &patterns)).transpose()
    }

    /// Whether all patterns for secrets can be had together; each was tried by itself.
    ///
    /// # Errors
    /// The key that is rather to be changed, and why.
    pub(super) fn check_patterns(&self) -> Result<(), (&'static str, String)> {
        let key = if self.redact_commands.is_empty() { "enrich.redact_paths" } else { "enrich.redact_commands" };
        self.redactor().map(drop).map_err(|error| (key, causes(&error)))
    }
}

/// Checks a list of label rules and stores it; gives it back as TOML.
///
/// # Errors
/// What is wrong with each of them; none when it is not a list of strings at all.
pub(super) fn labels(given: &Given<'_>, place: &mut Vec<LabelRule>) -> Result<String, Vec<Refusal>> {
    list(given, place, |text, _| {
        let rule = label_rule(text)?;
        LabelRules::compile(std::slice::from_ref(&rule)).map_err(|error| causes(&error))?;
        Ok(rule)
    })
    .and_then(|shown| match LabelRules::compile(place) {
        Ok(_) => Ok(shown),
        Err(error) => {
            place.clear();
            let hint = Some(format!("at most {MAX_RULES}, and of limited size together"));
            Err(vec![Refusal { message: causes(&error), hint, span: given.span.clone() }])
        }
    })
}

/// The same for patterns of secrets.
///
/// # Errors
/// As [`labels`].
pub(super) fn patterns(given: &Given<'_>, target: Target, place: &mut Vec<Pattern>) -> Result<String, Vec<Refusal>> {
    list(given, place, |text, number| {
        let pattern = Pattern { name: format!("number {}", number + 1), regex: text.to_owned(), target };
        Redactor::new(false, std::slice::from_ref(&pattern)).map_err(|error| causes(&error))?;
        Ok(pattern)
    })
}

/// Reads each string of a list.
fn list<T>(
    given: &Given<'_>,
    place: &mut Vec<T>,
    read: impl Fn(&str, usize) -> Result<T, String>,
) -> Result<String, Vec<Refusal>> {
    let Value::List(items) = &given.value else { return Err(Vec::new()) };
    let (mut found, mut shown, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    for (number, item) in items.iter().enumerate() {
        let Value::Text(text) = &item.value else { return Err(Vec::new()) };
        match read(text, number) {
            Ok(one) => found.push(one),
            Err(message) => refusals.push(Refusal { message, hint: None, span: item.span.clone() }),
        }
        shown.push(quoted(text));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    *place = found;
    Ok(format!("[{}]", shown.join(", ")))
}

fn label_rule(text: &str) -> Result<LabelRule, String> {
    let form = || "a label rule is \"LABEL SUBJECT PATTERN\", such as \"web exe ^/usr/sbin/nginx$\"".to_owned();
    let (label, rest) = text.trim().split_once(char::is_whitespace).ok_or_else(form)?;
    let (subject, pattern) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(form)?;
    let subject = match subject {
        "key" => Subject::Key,
        "exe" => Subject::Exe,
        "argv" => Subject::Argv,
        "script" => Subject::Script,
        other => {
            return Err(format!("a label rule looks at key, exe, argv or script, not at \"{}\"", other.escape_debug()));
        }
    };
    let (label, is_taken) = label.strip_prefix('-').map_or((label, false), |label| (label, true));
    let is_plain = |c: char| c.is_alphanumeric() || "_-.:/".contains(c);
    if label.is_empty() || label.chars().count() > 64 || !label.chars().all(is_plain) {
        return Err("a label is up to 64 letters, digits, or _ - . : /".to_owned());
    }
    Ok(LabelRule { subject, pattern: pattern.trim().to_owned(), label: label.to_owned(), is_taken })
}

/// An error and its causes, on one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_rule_has_a_label_a_subject_and_a_pattern_with_spaces() {
        let rule = |subject, pattern: &str, label: &str, is_taken| {
            Ok(LabelRule { subject, pattern: pattern.into(), label: label.into(), is_taken })
        };
        assert_eq!(label_rule("web exe ^/usr/sbin/nginx$"), rule(Subject::Exe, "^/usr/sbin/nginx$", "web", false));
        assert_eq!(label_rule(" -web  argv  sh -c  x "), rule(Subject::Argv, "sh -c  x", "web", true));
        assert_eq!(label_rule("a key k"), rule(Subject::Key, "k", "a", false));
        assert_eq!(label_rule("a script s"), rule(Subject::Script, "s", "a", false));
    }

    #[test]
    fn what_is_no_label_rule_says_why() {
        for (text, why) in [
            ("", "LABEL SUBJECT PATTERN"),
            ("web", "LABEL SUBJECT PATTERN"),
            ("web exe", "LABEL SUBJECT PATTERN"),
            ("web pid 1", "not at \"pid\""),
            ("- exe x", "up to 64"),
            ("a\"b exe x", "up to 64"),
        ] {
            let error = label_rule(text).unwrap_err();
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }
}
