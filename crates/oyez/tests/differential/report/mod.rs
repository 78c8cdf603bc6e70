//! `oyez report` against Debian's `aureport`: the same numbers and the same tables, on every log there is.
//!
//! Events that the two judge differently are listed with the reason why ([`differences`]). They are taken out of the log;
//! then every number is equal. With them in it, it is not, or they must go from the list.

mod aureport;
mod differences;
mod made;
mod ours;

use std::collections::BTreeMap;
use std::path::PathBuf;

use oyez_testkit::TempDir;

use crate::logs::{self, Log};
use differences::Difference;

/// How many tables, rows and totals were compared.
#[derive(Debug, Default)]
struct Compared {
    logs: usize,
    totals: usize,
    rows: usize,
    events: u64,
}

/// Rows of a table: key and count.
type Rows = BTreeMap<Vec<u8>, u64>;

/// Tables by their name, and the numbers of the overview under none.
type Report = BTreeMap<String, Rows>;

/// Which events to count, as both programs have it.
const FILTERS: [&[&str]; 3] = [&[], &["--failed"], &["--success"]];

/// Compares all logs with all filters; of large ones with a filter only the overview: aureport is slow.
fn compare(all: &[Log], differences: &[Difference]) -> Compared {
    let (mut compared, mut wrong) = (Compared::default(), Vec::new());
    for log in all {
        let listed: Vec<_> = differences.iter().filter(|other| log.name.ends_with(other.log)).collect();
        let whole = Written::of(log.undressed());
        let rest = Written::of(without(&log.undressed(), &listed));
        let mut is_stale = !listed.is_empty();
        let is_large = log.text.len() > 1 << 20;
        for filter in FILTERS {
            let every = aureport::TABLES.map(|it| it.0);
            let tables = if is_large && !filter.is_empty() { &[] } else { &every[..] };
            let (theirs, ours) = rest.both(filter, tables);
            wrong.extend(unequal(&theirs, &ours).map(|it| format!("{} {filter:?} {it}", log.name)));
            compared.totals += theirs.get("").map_or(0, Rows::len);
            compared.rows += theirs.values().map(Rows::len).sum::<usize>();
            if filter.is_empty() {
                compared.events += ours[""].get(&b"events"[..]).copied().unwrap_or_default();
            }
            if is_stale && (filter.is_empty() || !is_large) {
                let (theirs, ours) = whole.both(filter, if is_large { &[] } else { &every });
                is_stale = unequal(&theirs, &ours).next().is_none();
            }
        }
        wrong.extend(is_stale.then(|| format!("{}: what is listed makes no difference", log.name)));
        compared.logs += 1;
    }
    for difference in differences {
        assert!(all.iter().any(|log| log.name.ends_with(difference.log)), "no such log: {}", difference.log);
        assert!(difference.why.len() > 20, "no reason: {}", difference.line);
    }
    assert!(wrong.is_empty(), "{} differ: table, key, aureport's count, ours\n{}", wrong.len(), wrong.join("\n"));
    compared
}

/// A log as a file.
struct Written {
    folder: TempDir,
}

impl Written {
    fn of(text: Vec<u8>) -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        std::fs::write(folder.join("audit.log"), text).expect("the log is written");
        Written { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("audit.log")
    }

    fn both(&self, filter: &[&str], tables: &[&str]) -> (Report, Report) {
        let (mut theirs, mut ours) =
            (aureport::report(&self.file(), filter, tables), ours::report(&self.file(), filter, tables));
        differences::even_out(&mut theirs, &mut ours);
        (theirs, ours)
    }
}

/// The log without the lines that a difference names.
fn without(log: &[u8], listed: &[&Difference]) -> Vec<u8> {
    let is_listed = |line: &[u8]| listed.iter().any(|it| memchr::memmem::find(line, it.line.as_bytes()).is_some());
    let mut rest = Vec::new();
    for line in log.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_listed(line)) {
        rest.extend_from_slice(line);
    }
    rest
}

/// What one counts and the other does not, or not as often.
fn unequal(theirs: &Report, ours: &Report) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    for (table, rows) in theirs {
        for key in rows.keys().chain(ours[table].keys().filter(|key| !rows.contains_key(*key))) {
            let [theirs, ours] = [rows, &ours[table]].map(|rows| rows.get(key).copied().unwrap_or(0));
            if theirs != ours {
                found.push(format!("{table:?} {:?} {theirs} {ours}", String::from_utf8_lossy(key)));
            }
        }
    }
    found.into_iter()
}

fn is_here() -> bool {
    aureport::is_here()
}

#[test]
fn own_logs_are_counted_as_aureport_counts_them() {
    if !is_here() {
        return oyez_testkit::corpus::skipped("no aureport here (package auditd)");
    }
    let compared = compare(&logs::own(), differences::OWN);
    println!("{compared:?}");
    assert!(compared.logs >= 10 && compared.events >= 80 && compared.rows >= 500, "{compared:?}");
}

#[test]
fn every_type_of_record_is_counted_as_aureport_counts_it() {
    if !is_here() {
        return oyez_testkit::corpus::skipped("no aureport here (package auditd)");
    }
    let compared = compare(&[made::types(), made::values()], differences::MADE);
    println!("{compared:?}");
    assert!(compared.events >= 200 && compared.rows >= 500, "{compared:?}");
}

#[test]
fn public_logs_are_counted_as_aureport_counts_them() {
    let all = logs::shared();
    if !is_here() || all.is_empty() {
        return oyez_testkit::corpus::skipped("no aureport (package auditd) or no shared corpus");
    }
    let compared = compare(&all, differences::SHARED);
    println!("{compared:?}");
    assert!(compared.logs >= 60 && compared.events >= 130 && compared.rows >= 2_000, "{compared:?}");
}

#[test]
fn recorded_logs_are_counted_as_aureport_counts_them() {
    let all: Vec<_> = ["raw", "enriched"].into_iter().filter_map(logs::recorded).collect();
    if !is_here() || all.is_empty() {
        return oyez_testkit::corpus::skipped("no aureport (package auditd) or no shared corpus");
    }
    let compared = compare(&all, differences::RECORDED);
    println!("{compared:?}");
    assert!(compared.events >= 69_000 && compared.rows >= 6_000, "{compared:?}");
}

#[test]
fn a_varied_log_is_counted_as_aureport_counts_it() {
    let (true, Some(mut log)) = (is_here(), logs::varied()) else {
        return oyez_testkit::corpus::skipped("no aureport (package auditd), no shared corpus or no python3");
    };
    // What aureport takes grows with the square of how many keys there are.
    let end = memchr::memchr_iter(b'\n', &log.text).nth(39_999).expect("lines");
    log.text.truncate(end + 1);
    let compared = compare(&[log], differences::VARIED);
    println!("{compared:?}");
    assert!(compared.events >= 9_000 && compared.rows >= 3_000, "{compared:?}");
}
