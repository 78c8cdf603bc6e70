//! oyez against Debian's `ausearch`: the same events, the same records, the same values, on every log there is.
//!
//! Without `ausearch` (package auditd) or without the shared corpus a test prints `skipped:` and why.

#![expect(clippy::panic, clippy::expect_used, clippy::print_stdout, reason = "a test says what is wrong by panicking")]
#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "the names are the corpus's own")]

mod allowed;
mod ausearch;
mod faithful;
mod fields;
mod formats;
mod golden;
mod interpreted;
mod json;
mod line;
mod logs;
mod made;
mod meanings;
mod meant;
mod names;
mod ours;
mod records;
mod report;
mod values;

use std::process::Command;

use oyez_testkit::TempDir;
use oyez_testkit::corpus::{self, skipped};

#[test]
fn own_logs_have_the_records_that_ausearch_finds() {
    if !ausearch::is_here() {
        return skipped("no ausearch here (package auditd)");
    }
    let compared = records::compare(&logs::own(), allowed::OWN);
    println!("{compared:?}");
    assert!(compared.logs >= 10 && compared.ends > 0, "{compared:?}");
}

#[test]
fn public_logs_have_the_records_that_ausearch_finds() {
    let logs = logs::shared();
    if !ausearch::is_here() || logs.is_empty() {
        return skipped("no ausearch (package auditd) or no shared corpus");
    }
    let compared = records::compare(&logs, allowed::SHARED);
    println!("{compared:?}");
    assert!(compared.logs >= 60 && compared.events >= 150, "{compared:?}");
}

#[test]
fn recorded_logs_have_the_records_that_ausearch_finds() {
    let logs: Vec<_> = ["raw", "enriched"].into_iter().filter_map(logs::recorded).collect();
    if !ausearch::is_here() || logs.is_empty() {
        return skipped("no ausearch (package auditd) or no shared corpus");
    }
    let compared = records::compare(&logs, &[]);
    println!("{compared:?}");
    assert!(compared.logs == 2 && compared.events >= 69_000 && compared.records >= 263_000, "{compared:?}");
}

#[test]
fn a_varied_log_has_the_records_that_ausearch_finds() {
    let (true, Some(log)) = (ausearch::is_here(), logs::varied()) else {
        return skipped("no ausearch (package auditd), no shared corpus or no python3");
    };
    let compared = records::compare(&[log], &[]);
    println!("{compared:?}");
    assert!(compared.events >= 34_500 && compared.records >= 131_000, "{compared:?}");
}

/// Compares all values of `logs`; what `allowed` lists must differ, nothing else may.
fn values_agree(logs: &[logs::Log], allowed: &[&str]) -> interpreted::Compared {
    let mut compared = interpreted::Compared::default();
    for log in logs {
        interpreted::compare(log, &mut compared);
    }
    println!("{} events: {:?}, left raw: {:?}", compared.events, compared.values, compared.raw);
    compared.assert_equal(allowed);
    compared
}

/// The values of a log of 34,500 events; `least` says how many of a key there are at least.
fn big_log_agrees(log: Option<logs::Log>) {
    let (true, Some(log)) = (ausearch::is_here(), log) else {
        return skipped("no ausearch (package auditd), no shared corpus or no python3");
    };
    let compared = values_agree(&[log], &[]);
    let least = [("syscall", 34_400), ("exit", 34_400), ("uid", 34_500), ("name", 29_100), ("cwd", 24_800)];
    for (key, least) in least.into_iter().chain([("saddr", 6_390), ("argc", 2_261), ("mode", 16_400), ("key", 34_400)])
    {
        assert!(compared.count(key) >= least, "only {} values of {key} compared", compared.count(key));
    }
    assert!(compared.events >= 34_500, "only {} events", compared.events);
}

#[test]
fn recorded_raw_values_are_what_ausearch_prints() {
    big_log_agrees(logs::recorded("raw"));
}

#[test]
fn recorded_enriched_values_are_what_ausearch_prints() {
    big_log_agrees(logs::recorded("enriched"));
}

#[test]
fn varied_values_are_what_ausearch_prints() {
    big_log_agrees(logs::varied());
}

#[test]
fn own_values_are_what_ausearch_prints() {
    if !ausearch::is_here() {
        return skipped("no ausearch (package auditd)");
    }
    let compared = values_agree(&logs::own(), &[]);
    assert!(compared.events >= 80 && compared.count("saddr") >= 10, "{compared:?}");
}

#[test]
fn public_values_are_what_ausearch_prints() {
    let logs = logs::shared();
    if !ausearch::is_here() || logs.is_empty() {
        return skipped("no ausearch (package auditd) or no shared corpus");
    }
    let compared = values_agree(&logs, allowed::VALUES);
    assert!(compared.events >= 180 && compared.count("acct") >= 40, "{compared:?}");
}

#[test]
fn values_mean_what_ausearch_says_or_the_list_says_why_not() {
    if !ausearch::is_here() {
        return skipped("no ausearch (package auditd)");
    }
    let mut compared = meanings::Compared::default();
    for log in logs::own().iter().chain(&[made::log()]).chain(&logs::shared()) {
        meanings::compare(log, &mut compared);
    }
    println!("{} fields: {:?}, listed: {:?}", compared.fields, compared.equal, compared.listed);
    compared.assert_equal();
    for (place, difference) in meant::DIFFERENCES.iter().enumerate() {
        assert!(compared.listed.contains_key(&place), "does not occur: {}", difference.why);
    }
    assert!(compared.fields >= 5_000 && compared.equal.len() >= 60, "{} {}", compared.fields, compared.equal.len());
}

#[test]
fn recorded_values_mean_what_ausearch_says() {
    let logs: Vec<_> = ["raw", "enriched"].into_iter().filter_map(logs::recorded).chain(logs::varied()).collect();
    if !ausearch::is_here() || logs.is_empty() {
        return skipped("no ausearch (package auditd) or no shared corpus");
    }
    let mut compared = meanings::Compared::default();
    for log in &logs {
        meanings::compare(log, &mut compared);
    }
    println!("{} fields: {:?}, listed: {:?}", compared.fields, compared.equal, compared.listed);
    compared.assert_equal();
    assert!(compared.fields >= 1_000_000, "{}", compared.fields);
}

#[test]
fn what_ausearch_writes_raw_is_read_as_the_log_was() {
    if !ausearch::is_here() {
        return skipped("no ausearch (package auditd)");
    }
    for log in logs::own().iter().chain(&logs::shared()).filter(|log| log.name.contains("enriched")) {
        let again = ours::read(&ausearch::raw(log).join(&b'\n')).events;
        let first = ours::read(&log.text).events;
        assert!(!first.is_empty() && first.keys().eq(again.keys()), "{}", log.name);
        for (first, again) in first.values().zip(again.values()) {
            assert_eq!(first.json, again.json, "{}", log.name);
        }
    }
}

#[test]
fn nothing_vanishes() {
    let mut found = faithful::Found::default();
    let recorded = ["raw", "enriched"].into_iter().filter_map(logs::recorded);
    for log in logs::own().into_iter().chain(logs::shared()).chain(recorded).chain(logs::varied()) {
        faithful::look(&log, &mut found);
    }
    println!("{} values of {} records", found.values, found.records);
    let shown = |(key, all): (&String, &Vec<String>)| format!("{key} ({}): {}", all.len(), all[0]);
    let missing: Vec<_> = found.missing.iter().map(shown).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(found.records >= 290 && found.values >= 3_000, "{} of {}", found.values, found.records);
}

#[test]
fn goldens_of_go_libaudit_say_the_same() {
    let Some(root) = corpus::shared("corpus/go-libaudit") else { return skipped("no shared corpus") };
    let mut compared = golden::Compared::default();
    for path in corpus::files(&root.join("auparse"), ".golden").expect("goldens") {
        golden::records(&path, &mut compared);
    }
    for log in logs::shared().iter().filter(|log| log.name.ends_with(".yaml")) {
        let golden =
            root.join("aucoalesce").join(log.name.rsplit('/').next().unwrap_or_default()).with_extension("json.golden");
        golden::events(&golden, &log.text, &mut compared);
    }
    println!("{} values of {} records and events", compared.values, compared.records);
    let shown = |(key, all): (&String, &Vec<String>)| {
        format!("{key} ({}): {}", all.len(), all[..all.len().min(3)].join("\n    "))
    };
    let unequal: Vec<_> = compared.unequal.iter().map(shown).collect();
    assert!(unequal.is_empty(), "{}", unequal.join("\n"));
}

#[test]
fn the_binary_writes_what_the_library_does() {
    let recorded = ["raw", "enriched"].into_iter().filter_map(logs::recorded);
    for log in logs::own().into_iter().chain(recorded) {
        let folder = TempDir::new().expect("a temporary directory");
        let file = folder.join("audit.log");
        std::fs::write(&file, &log.text).expect("the log is written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
        let output = command.args(["parse", "--format", "json"]).arg(&file).output().expect("oyez runs");
        assert!(output.status.success(), "{}: {output:?}", log.name);
        let is_event = |line: &&[u8]| memchr::memmem::find(line, b"\"kind\":\"OYEZ_MALFORMED\"").is_none();
        let binary: Vec<_> = output.stdout.split(|byte| *byte == b'\n').filter(is_event).collect();
        let library = ours::read(&log.text).text;
        let library: Vec<_> = library.split(|byte| *byte == b'\n').collect();
        for (binary, library) in binary.iter().zip(&library) {
            assert_eq!(String::from_utf8_lossy(binary), String::from_utf8_lossy(library), "{}", log.name);
        }
        assert_eq!(binary.len(), library.len(), "{}", log.name);
    }
}

#[test]
fn names_are_those_of_ausearch() {
    if !ausearch::is_here() {
        return skipped("no ausearch (package auditd)");
    }
    let (types, syscalls, errors) = (names::types(), names::syscalls(), names::errors());
    for (names, known) in [(&types, 190), (&syscalls, 3_400), (&errors, 130)] {
        let unexplained = names::unexplained(names);
        assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
        let both = names.values().filter(|(theirs, ours)| !theirs.is_empty() && theirs == ours).count();
        println!("{both} of {} equal", names.len());
        assert!(both >= known, "only {both} names are equal");
    }
    let stale = names::stale(&syscalls);
    assert!(stale.is_empty(), "listed as different: {stale:?}");
}

#[test]
fn addresses_are_those_of_ausearch() {
    if !ausearch::is_here() {
        return skipped("no ausearch (package auditd)");
    }
    let compared = values_agree(&[names::addresses()], &[]);
    assert_eq!((compared.events, compared.count("saddr")), (11, 11));
}
