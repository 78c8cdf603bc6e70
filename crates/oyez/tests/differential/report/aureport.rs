//! Debian's `aureport` (package auditd): runs it and reads its numbers.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Report, Rows};

/// Tables, the option for each, and whether its keys are numbers that have to be interpreted.
pub(super) const TABLES: [(&str, &str, bool); 21] = [
    ("events", "-e", true),
    ("syscalls", "-s", true),
    ("executables", "-x", false),
    ("commands", "--comm", false),
    ("files", "-f", false),
    ("users", "-u", false),
    ("terminals", "-tm", false),
    ("hosts", "-h", false),
    ("pids", "-p", false),
    ("keys", "-k", false),
    ("logins", "-l", false),
    ("auth", "-au", false),
    ("accounts", "-m", true),
    ("config", "-c", true),
    ("avc", "-a", false),
    ("mac", "-ma", true),
    ("integrity", "--integrity", true),
    ("anomalies", "-n", true),
    ("responses", "-r", true),
    ("crypto", "-cr", true),
    ("virt", "--virt", true),
];

/// Its words for the numbers of the overview, and the name of ours.
const TOTALS: [(&str, &str); 23] = [
    ("changes in configuration", "config_changes"),
    ("changes to accounts, groups, or roles", "account_changes"),
    ("logins", "logins"),
    ("failed logins", "failed_logins"),
    ("authentications", "authentications"),
    ("failed authentications", "failed_authentications"),
    ("users", "users"),
    ("terminals", "terminals"),
    ("host names", "hosts"),
    ("executables", "executables"),
    ("commands", "commands"),
    ("files", "files"),
    ("AVC's", "avcs"),
    ("MAC events", "mac_events"),
    ("failed syscalls", "failed_syscalls"),
    ("anomaly events", "anomalies"),
    ("responses to anomaly events", "responses"),
    ("crypto events", "crypto"),
    ("integrity events", "integrity"),
    ("virt events", "virt"),
    ("keys", "keys"),
    ("process IDs", "pids"),
    ("events", "events"),
];

/// Whether it can be started here.
pub(super) fn is_here() -> bool {
    let status = Command::new("aureport").arg("--version").stdout(Stdio::null()).status();
    !matches!(status, Err(error) if error.kind() == ErrorKind::NotFound)
}

/// The overview and `tables` of the log in `file`.
pub(super) fn report(file: &Path, filter: &[&str], tables: &[&str]) -> Report {
    let mut report = Report::from([(String::new(), overview(&run(file, filter)))]);
    for (name, option, interpret) in TABLES.iter().filter(|(name, ..)| tables.contains(name)) {
        let words = [option, "--summary"].into_iter().chain(interpret.then_some("-i"));
        let words: Vec<_> = words.chain(filter.iter().copied()).collect();
        report.insert((*name).to_owned(), rows(&run(file, &words)));
    }
    report
}

fn overview(text: &[u8]) -> Rows {
    let line = |line: &[u8]| {
        let (words, number) = str::from_utf8(line).ok()?.strip_prefix("Number of ")?.rsplit_once(": ")?;
        let name = TOTALS.iter().find(|(theirs, _)| *theirs == words).unwrap_or_else(|| panic!("new: {words}")).1;
        Some((name.as_bytes().to_vec(), number.parse().ok()?))
    };
    let rows: Rows = text.split(|byte| *byte == b'\n').filter_map(line).collect();
    assert_eq!(rows.len(), TOTALS.len());
    rows
}

/// `COUNT  KEY`.
fn rows(text: &[u8]) -> Rows {
    let mut rows = Rows::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Some(at) = memchr::memmem::find(line, b"  ") else { continue };
        let Some(count) = str::from_utf8(&line[..at]).ok().and_then(|count| count.parse::<u64>().ok()) else {
            continue;
        };
        *rows.entry(line[at + 2..].to_vec()).or_default() += count;
    }
    rows
}

fn run(file: &Path, words: &[&str]) -> Vec<u8> {
    let mut command = Command::new("aureport");
    command.args(words).arg("-if").arg(file).env("TZ", "UTC").env("LC_ALL", "C").stdin(Stdio::null());
    command.output().expect("aureport runs").stdout
}
