//! go-libaudit's goldens: who, what, to what, for each event of its corpus; the same, or a stated reason why not.

use std::collections::BTreeMap;
use std::path::Path;

use oyez_interpret::normal::Normal;
use oyez_testkit::corpus::{files, shared, skipped};
use serde_json::Value;

use crate::log::{meanings, text};

/// Their word, then ours, where they differ.
const WORDS: [(&str, &str); 9] = [
    // Rules are one thing, settings another.
    ("changed-audit-configuration", "added-audit-rule"),
    ("changed-audit-configuration", "deleted-audit-rule"),
    ("changed-audit-configuration", "changed-audit-rule"),
    ("make-device", "created-special-file"),
    // Which of the two it was.
    ("changed-promiscuous-mode-on-device", "left-promiscuous-mode-on-device"),
    ("listen-for-connections", "listened-on-socket"),
    // The profile allows it, and has it audited.
    ("violated-apparmor-policy", "used-apparmor-permission"),
    ("error", "caused-account-error"),
    // They have no word.
    ("", "called-syscall"),
];

/// Their test, what differs, and why.
const DIFFERENCES: [(&str, &str, &str); 17] = [
    ("ANOM_ABEND SIGSEGV seg fault", "object", "a process is its number, then its name"),
    ("ANOM_ABEND SIGSEGV seg fault", "how", "the program, as everywhere; the signal is in the sentence"),
    ("CONFIG_CHANGE add rule", "object", "the rule's key; the operation is the action"),
    ("CONFIG_CHANGE remove rule", "object", "the rule's key; the operation is the action"),
    ("CONFIG_CHANGE update rules", "object", "the rule's key; the operation is the action"),
    ("CONFIG_CHANGE backlog limit", "object", "the setting's name, then its value"),
    ("make-device", "object", "what was made, not the directory that it was made in"),
    ("AVC_AppArmor", "object", "what was accessed, not the operation"),
    ("AVC_AppArmor_unlink", "object", "what was accessed, not the operation"),
    ("NETFILTER_CFG", "object", "the table, then its family"),
    ("connect syscall", "how", "the program's file, for interpreters too: a thread's name is anybody's choice"),
    ("getsockname syscall", "how", "the program's file, for interpreters too: a thread's name is anybody's choice"),
    ("USER_CMD", "object", "the command, then its directory"),
    ("USER_ERR", "object", "there is no account, so there is only where from"),
    ("getpeername syscall", "object", "the call's name, where there is nothing better"),
    ("getsockname syscall", "object", "the call's name, where there is nothing better"),
    ("rename syscall", "object", "the old name, then the new one"),
];

#[test]
fn elastics_events_mean_the_same_or_differ_for_a_reason() {
    let Some(folder) = shared("corpus/go-libaudit/aucoalesce") else {
        return skipped("the shared corpus is not here");
    };
    let mut wrong = Vec::new();
    let mut count = 0;
    for golden in files(&folder, ".json.golden").expect("goldens") {
        let logs =
            logs(&std::fs::read_to_string(golden.to_string_lossy().replace(".json.golden", ".yaml")).expect("yaml"));
        for test in read(&golden).as_array().expect("a list") {
            let name = test["test_name"].as_str().expect("a name");
            assert!(logs.contains_key(name), "{name}: {:?}", logs.keys());
            let mut ours = 0;
            meanings(logs[name].as_bytes(), |_, normal| {
                ours += 1;
                compare(name, &test["event"], normal, &mut wrong);
            });
            assert_eq!(ours, 1, "{name}");
            count += 1;
        }
    }
    let is_known = |name: &str, what: &str| DIFFERENCES.iter().any(|known| (known.0, known.1) == (name, what));
    let unknown: Vec<_> = wrong.iter().filter(|(name, what, _)| !is_known(name, what)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let is_seen =
        |known: &(&str, &str, &str)| wrong.iter().any(|(name, what, _)| (known.0, known.1) == (name.as_str(), *what));
    assert!(DIFFERENCES.iter().all(is_seen), "{wrong:#?}");
    assert!(count >= 48, "{count}");
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

/// Their YAML: `  NAME: |` and lines that are indented deeper.
fn logs(yaml: &str) -> BTreeMap<String, String> {
    let mut logs = BTreeMap::<_, String>::new();
    let mut name = String::new();
    for line in yaml.lines() {
        if let Some(record) = line.strip_prefix("    ") {
            let log = logs.entry(name.clone()).or_default();
            log.push_str(record.trim());
            log.push('\n');
        } else {
            let quoted = line.trim().trim_end_matches(['|', '>', '-']).trim().trim_end_matches(':');
            quoted.trim_matches(['"', '\'']).clone_into(&mut name);
        }
    }
    logs
}

fn compare(name: &str, theirs: &Value, ours: &Normal<'_>, wrong: &mut Vec<(String, &'static str, String)>) {
    let said = |path: &str| theirs.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut differ = |what: &'static str, theirs: &str, ours: &str| {
        wrong.push((name.to_owned(), what, format!("{theirs:?}, ours {ours:?}")));
    };
    let (action, word) = (said("/summary/action"), ours.action.word());
    if action != word && !WORDS.iter().any(|pair| *pair == (&action, word)) {
        differ("action", &action, word);
    }
    let (primary, secondary) = (said("/summary/object/primary"), said("/summary/object/secondary"));
    let (our_primary, our_secondary) = (text(ours.object.primary), text(ours.object.secondary));
    // Theirs: terminal and address; the account stands for who acts. Ours: the account, and where from.
    let is_session = said("/summary/object/type") == "user-session" && our_primary == said("/summary/actor/secondary");
    let from = if secondary.is_empty() { &primary } else { &secondary };
    let is_same = (&primary, &secondary) == (&our_primary, &our_secondary) || (is_session && *from == our_secondary);
    if !is_same {
        differ("object", &format!("{primary} {secondary}"), &format!("{our_primary} {our_secondary}"));
    }
    let id = |person: Option<oyez_interpret::normal::Person<'_>>| {
        person.map_or_else(String::new, |person| person.id.to_string())
    };
    let (who, acting) = (said("/summary/actor/primary"), said("/summary/actor/secondary"));
    let (our_who, our_acting) = (id(ours.actor.primary), id(ours.actor.secondary));
    // Where nobody logged in, the user acts; for a program's word, their second is the account it speaks of.
    let is_unset = who == "unset" && (acting == our_who || acting.parse::<u32>().is_err());
    if who != our_who && !is_unset {
        differ("actor", &format!("{who} {acting}"), &format!("{our_who} {our_acting}"));
    }
    if said("/summary/how") != text(ours.how) {
        differ("how", &said("/summary/how"), &text(ours.how));
    }
    let result = ours.result.map_or("unknown", oyez_interpret::normal::Outcome::word);
    if said("/result") != result && (said("/result"), result) != ("fail".to_owned(), "failed") {
        differ("result", &said("/result"), result);
    }
}
