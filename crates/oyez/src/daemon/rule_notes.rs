//! What oyez did to the kernel's list of rules, noted so that the list can be put back, after a crash too, and so that the
//! next configuration replaces the rules of the last.
//!
//! Lists of rules in, lists out; no kernel is asked here. What others did meanwhile is left: a rule that was found and is
//! gone without oyez having deleted it stays away, and one that came without oyez having added it stays.

use oyez_events::decode;
use oyez_rules::bytes;
use oyez_rules::diff::Step;
use oyez_rules::model::{Command, Rule};
use oyez_rules::text::{NoNames, PermSyscalls, Target, parse_line};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::rules::{host, show};

/// The notes; in the state file, so they are written before a change is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleNotes {
    /// The list before the first change; `None`: nothing was changed.
    found: Option<Vec<Noted>>,
    /// Not found, and added by this run, for a moment or for good.
    added: Vec<Noted>,
    /// Found, and deleted by this run, for a moment or for good.
    deleted: Vec<Noted>,
    /// Rules that oyez cannot read, found, and deleted by this run: bytes in hex.
    unread: Vec<String>,
    /// Left by an earlier run of this boot that was to keep them.
    kept: Vec<Noted>,
}

impl RuleNotes {
    /// Whether there is nothing to put back and nothing to replace.
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.deleted.is_empty() && self.unread.is_empty() && self.kept.is_empty()
    }

    /// Of the list that the kernel holds `now`: what it would be had this run changed nothing.
    pub(crate) fn as_found(&self, now: &[Rule]) -> Vec<Rule> {
        let Some(found) = &self.found else { return now.to_vec() };
        let stays = |rule: &&Noted| has(now, &rule.0) || is_noted(&self.deleted, &rule.0);
        let came = |rule: &&Rule| !is_noted(found, rule) && !is_noted(&self.added, rule);
        found.iter().filter(stays).map(|rule| rule.0.clone()).chain(now.iter().filter(came).cloned()).collect()
    }

    /// The same, without what an earlier run left: what a configuration's rules are to be added to.
    pub(crate) fn base(&self, now: &[Rule]) -> Vec<Rule> {
        let mut base = self.as_found(now);
        base.retain(|rule| !is_noted(&self.kept, rule));
        base
    }

    /// Rules that oyez cannot read and has deleted.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.unread.iter().filter_map(|hex| from_hex(hex))
    }

    /// Notes steps that are about to be made on the list that the kernel holds `now`, and rules that oyez cannot read and is
    /// about to delete.
    pub(crate) fn note(&mut self, now: &[Rule], steps: &[Step], unread: &[Vec<u8>]) {
        self.unread.extend(unread.iter().map(|rule| to_hex(rule)));
        if steps.is_empty() {
            return;
        }
        let found = self.found.get_or_insert_with(|| now.iter().cloned().map(Noted::new).collect());
        for step in steps {
            let (list, rule, was_found) = match step {
                Step::Add(rule) => (&mut self.added, rule, false),
                Step::Delete(rule) => (&mut self.deleted, rule, true),
            };
            if is_noted(found, rule) == was_found && !is_noted(list, rule) {
                list.push(Noted::new(rule.clone()));
            }
        }
    }

    /// The run has ended and its rules stay: of them and of those before, the ones that the kernel still holds `now`.
    pub(crate) fn keep(&mut self, now: &[Rule]) {
        let ours = self.kept.drain(..).chain(self.added.drain(..));
        let kept = ours.filter(|rule| has(now, &rule.0)).collect();
        *self = Self { kept, ..Self::default() };
    }
}

fn has(rules: &[Rule], rule: &Rule) -> bool {
    rules.iter().any(|known| known.same(rule))
}

fn is_noted(rules: &[Noted], rule: &Rule) -> bool {
    rules.iter().any(|known| known.0.same(rule))
}

/// A rule as it is written down: as text that reads back to the same bytes, else as those bytes in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Noted(Rule);

impl Noted {
    fn new(rule: Rule) -> Self {
        Self(rule.with_prepend(false))
    }
}

impl Serialize for Noted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = show::text(&self.0);
        match read(&text) {
            Some(rule) if rule == self.0 => serializer.serialize_str(&text),
            _ => serializer.serialize_str(&format!("0x{}", to_hex(&bytes::encode(&self.0)))),
        }
    }
}

impl<'de> Deserialize<'de> for Noted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let decode = |hex| bytes::decode(&from_hex(hex)?).ok();
        let rule = text.strip_prefix("0x").map_or_else(|| read(&text), decode);
        rule.map(Self).ok_or_else(|| de::Error::custom(format!("not a rule: {text:?}")))
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"))
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    decode::hex(hex.as_bytes(), &mut bytes).then_some(bytes)
}

/// One that was written with numbers only and every path as it is: nothing of the host counts.
fn read(text: &str) -> Option<Rule> {
    let machine = host::machine();
    let target = Target { machine, perm_syscalls: PermSyscalls::Never, names: &NoNames, is_dir: &|_| false };
    let parsed = parse_line(text.as_bytes(), 1, &target);
    match <[Command; 1]>::try_from(parsed.commands) {
        Ok([Command::AddRule { rule, .. }]) => Some(rule),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_rules::model::{Field, FieldTest, Op};

    fn rules(words: &str) -> Vec<Rule> {
        words.split_whitespace().map(|word| read(&format!("-a always,exit -S all -F key={word}")).unwrap()).collect()
    }

    fn words(rules: &[Rule]) -> String {
        let keys = rules.iter().map(|rule| String::from_utf8(rule.keys().next().unwrap().to_vec()).unwrap());
        keys.collect::<Vec<_>>().join(" ")
    }

    fn step(word: &str) -> Step {
        let rule = |word| rules(word).remove(0);
        word.strip_prefix('-').map_or_else(|| Step::Add(rule(word)), |word| Step::Delete(rule(word)))
    }

    fn noted(now: &str, steps: &str) -> RuleNotes {
        let mut notes = RuleNotes::default();
        notes.note(&rules(now), &steps.split_whitespace().map(step).collect::<Vec<_>>(), &[]);
        notes
    }

    #[test]
    fn what_oyez_did_is_taken_back_and_what_others_did_is_left() {
        for (now, steps, then, put_back) in [
            ("a b", "", "a b", "a b"),
            ("a b", "c", "a b c", "a b"),
            ("a b", "-a c", "b c", "a b"),
            // A move.
            ("a b", "-a a", "b a", "a b"),
            // Others deleted b, and added x.
            ("a b", "c", "a x c", "a x"),
            // A crash between the steps.
            ("a b", "c d -a", "a b c", "a b"),
            // Others put back what oyez deleted, and deleted what it added.
            ("a", "-a c", "a", "a"),
        ] {
            let notes = noted(now, steps);
            assert_eq!(words(&notes.as_found(&rules(then))), put_back, "{now}: {steps}: {then}");
        }
    }

    #[test]
    fn what_an_earlier_run_left_is_replaced_by_the_next_configuration_and_found_by_the_next_run() {
        let mut notes = noted("a", "b c");
        notes.keep(&rules("a b x"));
        assert_eq!(words(&notes.base(&rules("a b x"))), "a x", "c is gone already");
        assert_eq!(words(&notes.as_found(&rules("a b x"))), "a b x");
        notes.note(&rules("a b x"), &[step("-b"), step("d")], &[]);
        assert_eq!(
            (words(&notes.base(&rules("a x d"))), words(&notes.as_found(&rules("a x d")))),
            ("a x".into(), "a b x".into())
        );
        notes.keep(&rules("a x d"));
        assert_eq!(words(&notes.base(&rules("a x d"))), "a x");
    }

    #[test]
    fn notes_read_back_as_they_were_written_whatever_a_rule_holds() {
        let mut odd = rules("k").remove(0);
        assert!(odd.push(FieldTest::text(Field::Path, Op::Equal, b"/\xff\n \"x'".to_vec()).unwrap()));
        let plain = rules("a").remove(0);
        let mut notes = RuleNotes::default();
        notes.note(&[odd.clone()], &[Step::Add(plain), Step::Delete(odd)], &[vec![1, 0xff]]);
        let text = serde_json::to_string(&notes).unwrap();
        assert!(text.contains("\"-a always,exit -S all -F key=a\""), "{text}");
        assert_eq!(serde_json::from_str::<RuleNotes>(&text).unwrap(), notes);
        assert_eq!(notes.unread().collect::<Vec<_>>(), [[1, 0xff]]);
        assert!(serde_json::from_str::<RuleNotes>(&text.replace("always", "sometimes")).is_err());
    }
}
