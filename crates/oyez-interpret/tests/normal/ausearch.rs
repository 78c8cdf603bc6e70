//! auparse's opinion (`ausearch --format csv`): action, kind of object, object and result of every event of public and recorded
//! logs, and of `deeds.log`; the same, or a stated reason why not.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use oyez_interpret::normal::{Normal, Outcome};
use oyez_testkit::TempDir;
use oyez_testkit::corpus::{files, read, shared, skipped};

use crate::log::{meanings, text};

/// The version whose words are listed here.
const VERSION: &str = "ausearch version 3.0.9";

/// What they say of what they have no word for.
const NO_WORD: [&str; 3] = ["did-unknown", "triggered-unknown-audit-rule", "unknown"];
/// Kinds of objects that say nothing.
const NO_KIND: [&str; 2] = ["unknown", "admin-defined-rule"];

/// Their word, then ours.
const WORDS: &[(&str, &str)] = &[
    // Whether a policy allowed it or not, and which policy it was, is what one wants to know.
    ("accessed-mac-policy-controlled-object", "used-selinux-permission"),
    ("accessed-mac-policy-controlled-object", "violated-selinux-policy"),
    ("mac-permission", "checked-mac-permission"),
    ("access-result", "checked-dac-permission"),
    // Theirs is what stands behind `op=`, which no list bounds.
    ("add_rule", "added-audit-rule"),
    ("set", "changed-audit-configuration"),
    ("append-rule", "configured-device"),
    ("change-system-time", "changed-configuration"),
    ("changed-audit-configuration", "changed-audit-rule"),
    // One word says what happened, the object to what; theirs have a piece of the sentence in them.
    ("added-group-account-to", "added-group-account"),
    ("deleted-group-account-from", "deleted-group-account"),
    ("assigned-user-role-to", "assigned-role"),
    ("removed-use-role-from", "removed-role"),
    ("opened-too-many-sessions-to", "opened-too-many-sessions"),
    ("failed-log-in-too-many-times-to", "failed-login-too-often"),
    ("attempted-log-in-during-unusual-hour-to", "logged-in-at-unusual-time"),
    ("attempted-log-in-from-unusual-place-to", "logged-in-from-unusual-place"),
    ("attempted-execution-of-forbidden-program", "executed-forbidden-program"),
    ("modified-level-of", "changed-level-of"),
    ("shutdown-audit", "shut-down-audit"),
    ("shutdown-system", "shut-down-system"),
    ("aborted-auditd-startup", "aborted-audit-startup"),
    ("audit-error", "had-audit-daemon-error"),
    // One word for a thing that has several with them; the kind of object tells them apart.
    ("added-mac-network-domain-mapping-to", "changed-mac-configuration"),
    ("is-allowing-unlabeled-network-traffic", "changed-mac-configuration"),
    ("killed-pid", "killed-process"),
    ("killed-list-of-pids", "killed-process"),
    ("made-block-device", "created-special-file"),
    ("made-character-device", "created-special-file"),
    ("make-device", "created-special-file"),
    // Several words for what has one with them.
    ("allocated-memory-in", "allocated-memory"),
    ("allocated-memory-in", "mapped-memory"),
    ("checked-integrity-of", "checked-vm-integrity"),
    ("connected-to", "listened-to-audit-events"),
    ("disconnected-from", "stopped-listening-to-audit-events"),
    ("issued-vm-control", "controlled-vm"),
    ("issued-vm-control", "started-vm"),
    ("issued-vm-control", "stopped-vm"),
    ("loaded-kernel-module", "unloaded-kernel-module"),
    ("mounted", "configured-filesystem"),
    ("opened-file", "allocated-file-space"),
    ("opened-file", "checked-metadata-of"),
    ("opened-file", "created-memory-file"),
    ("opened-file", "truncated-file"),
    ("unloaded-bpf-program", "used-bpf"),
    // Which of the two it was.
    ("changed-socket-promiscuous-mode", "left-promiscuous-mode-on-device"),
];

/// Their kind of object, then ours: ours is the thing itself, theirs often its surroundings.
const KINDS: &[(&str, &str)] = &[
    ("account", "group-account"),
    ("account", "role"),
    ("account", "user-account"),
    ("audit-config", "audit-rule"),
    ("block-device", "filesystem"),
    ("directory", "filesystem"),
    ("file", "character-device"),
    ("file", "directory"),
    ("file", "kernel-module"),
    ("file", "policy"),
    ("file", "symlink"),
    ("file-system", "filesystem"),
    ("keystrokes", "device"),
    ("mac-config", "crypto-session"),
    ("mac-config", "device"),
    ("mac-config", "file"),
    ("mac-config", "filesystem"),
    ("mac-config", "policy"),
    ("mac-config", "role"),
    ("printer", "device"),
    ("process", "bpf-program"),
    ("process", "command"),
    ("process", "file"),
    ("process", "syscall"),
    ("service", "audit-daemon"),
    ("service", "system"),
    ("socket", "audit-daemon"),
    ("socket", "network-device"),
    ("system", "audit-config"),
    ("system", "clock"),
    ("user-session", "crypto-key"),
    ("user-session", "crypto-session"),
    ("user-session", "group-account"),
    ("user-session", "role"),
    ("user-session", "user-account"),
];

/// Our action, and why our object is another.
const OBJECTS: &[(&str, &str)] = &[
    ("assigned-vm-resource", "the machine first, then the resource"),
    ("bound-socket", "an abstract name is marked by @, and its bytes are bytes"),
    ("called-seccomp-controlled-syscall", "the record's own arch is believed, where they take this host's"),
    ("changed-audit-configuration", "the setting first, then its value"),
    ("changed-mac-configuration", "the bracket is part of the domain's name"),
    ("controlled-vm", "the machine, not what was done to it"),
    ("created-directory", "a name that the kernel left out is not (null)"),
    ("ended-session", "the account first, then where from"),
    ("executed", "a name that the kernel left out is not (null)"),
    ("logged-in", "the account first, then where from"),
    ("mounted", "the directory first, then the device"),
    ("opened-file", "a name relative to a descriptor is not relative to the working directory"),
    ("started-session", "the account first, then where from"),
    ("started-vm", "the machine, not what was done to it"),
    ("stopped-vm", "the machine, not what was done to it"),
    ("typed", "the bytes themselves, not how they are written"),
];
/// Their result, then ours, then why.
const RESULTS: &[(&str, &str, &str)] = &[
    ("failed", "success", "what a permissive policy denied went on all the same"),
    ("success", "failed", "a refused change of the rules has failed, though the call that asked for it worked"),
];

/// One event in their words.
struct Row {
    action: String,
    result: String,
    primary: String,
    kind: String,
}

#[test]
fn auparse_says_the_same_or_differs_for_a_reason() {
    let Some(corpus) = shared("corpus") else { return skipped("the shared corpus is not here") };
    let version = Command::new("ausearch").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    if String::from_utf8_lossy(&version).trim() != VERSION {
        return skipped("ausearch 3.0.9 is not installed");
    }
    let mut differences = Differences::default();
    for log in logs(&corpus) {
        differences.collect(&log);
    }
    differences.check();
}

fn logs(corpus: &Path) -> Vec<PathBuf> {
    let mut logs = files(&corpus.join("go-libaudit/auparse"), ".log").expect("logs");
    logs.push(corpus.join("recorded/raw-seed.log.zst"));
    logs.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/normal/deeds.log"));
    logs
}

/// What differs, each with an example.
#[derive(Default)]
struct Differences {
    words: BTreeMap<(String, String), String>,
    kinds: BTreeMap<(String, String), String>,
    objects: BTreeMap<String, String>,
    results: BTreeMap<(String, String), String>,
    count: usize,
}

impl Differences {
    fn collect(&mut self, log: &Path) {
        let bytes = read(log).expect("a log");
        let theirs = theirs(&bytes);
        let mut seen = BTreeSet::new();
        meanings(&bytes, |event, normal| {
            let serial = event.id().serial.to_string();
            let first = event.record(0).map_or(&b""[..], |record| record.name());
            let name = String::from_utf8_lossy(first).into_owned();
            if let Some(row) = theirs.get(&(serial.clone(), name)).filter(|_| seen.insert(serial.clone())) {
                self.compare(&format!("{}: {serial}", log.display()), row, normal);
            }
        });
    }

    fn compare(&mut self, place: &str, theirs: &Row, ours: &Normal<'_>) {
        self.count += 1;
        let (action, kind) = (ours.action.word(), ours.object.kind.word());
        if theirs.action != action && !NO_WORD.contains(&theirs.action.as_str()) {
            self.words.entry((theirs.action.clone(), action.to_owned())).or_insert_with(|| place.to_owned());
        }
        if theirs.kind != kind && !NO_KIND.contains(&theirs.kind.as_str()) {
            self.kinds.entry((theirs.kind.clone(), kind.to_owned())).or_insert_with(|| place.to_owned());
        }
        if !is_same_object(&theirs.primary, ours) {
            let told = || format!("{place}: {:?}, ours {:?}", theirs.primary, text(ours.object.primary));
            self.objects.entry(action.to_owned()).or_insert_with(told);
        }
        let result = ours.result.map_or("", Outcome::word);
        if theirs.result != result && !theirs.result.is_empty() {
            self.results.entry((theirs.result.clone(), result.to_owned())).or_insert_with(|| place.to_owned());
        }
    }

    fn check(&self) {
        let pair = |pair: &(String, String), known: &[(&str, &str)]| known.contains(&(&pair.0, &pair.1));
        let words: Vec<_> = self.words.iter().filter(|(key, _)| !pair(key, WORDS)).collect();
        let kinds: Vec<_> = self.kinds.iter().filter(|(key, _)| !pair(key, KINDS)).collect();
        let is_known = |action: &str| OBJECTS.iter().any(|(known, _)| *known == action);
        let objects: Vec<_> = self.objects.iter().filter(|(action, _)| !is_known(action)).collect();
        let is_told =
            |key: &(String, String)| RESULTS.iter().any(|(theirs, ours, _)| (*theirs, *ours) == (&key.0, &key.1));
        let results: Vec<_> = self.results.iter().filter(|(key, _)| !is_told(key)).collect();
        let found = format!("{words:#?}\n{kinds:#?}\n{objects:#?}\n{results:#?}");
        assert!(words.is_empty() && kinds.is_empty() && objects.is_empty() && results.is_empty(), "{found}");
        assert!(self.count > 30_000, "{}", self.count);
        let is_met = |known: &(&str, &str), met: &BTreeMap<(String, String), String>| {
            met.contains_key(&(known.0.to_owned(), known.1.to_owned()))
        };
        assert!(WORDS.iter().all(|known| is_met(known, &self.words)), "a word is listed that never differs");
        assert!(KINDS.iter().all(|known| is_met(known, &self.kinds)), "a kind is listed that never differs");
        assert!(OBJECTS.iter().all(|(action, _)| self.objects.contains_key(*action)), "an object never differs");
    }
}

/// Whether theirs is ours; where they say nothing, we may.
fn is_same_object(theirs: &str, ours: &Normal<'_>) -> bool {
    let (primary, secondary) = (text(ours.object.primary), text(ours.object.secondary));
    // They print names of this host for numbers of another.
    let is_number = !primary.is_empty() && primary.bytes().all(|byte| byte.is_ascii_digit());
    if theirs.is_empty() || theirs == primary || is_number {
        return true;
    }
    // `{ saddr_fam=inet laddr=127.0.0.1 lport=80 }`; families without an address have only a name.
    let parts: HashMap<_, _> = theirs.split(' ').filter_map(|part| part.split_once('=')).collect();
    let part = |key| parts.get(key).copied().unwrap_or_default();
    match part("saddr_fam") {
        "inet" | "inet6" => part("laddr") == primary && part("lport") == secondary,
        "local" => part("path") == primary,
        family => family == primary,
    }
}

/// By serial number and type of the first record.
fn theirs(log: &[u8]) -> HashMap<(String, String), Row> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.join("log");
    std::fs::write(&path, log).expect("a copy");
    let output = Command::new("ausearch").args(["--format", "csv", "-if"]).arg(&path).output().expect("ausearch");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut rows = HashMap::new();
    for line in text.lines().skip(1) {
        // A comma within a value is rare, and not quoted: such lines have more columns and are left out.
        let columns: Vec<_> = line.split(',').collect();
        let [_, event, _, _, serial, _, _, _, _, _, action, result, primary, _, kind, _] = columns[..] else {
            continue;
        };
        let own = |text: &str| text.to_owned();
        let row = Row { action: own(action), result: own(result), primary: own(primary), kind: own(kind) };
        rows.insert((own(serial), own(event)), row);
    }
    rows
}
