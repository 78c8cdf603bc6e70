//! oyez against the real auditctl (Debian's 3.0.9): the same bytes for the same lines, the same text for the same bytes.
//!
//! auditctl runs in a user namespace with a shim before its library, so that it sends nothing to any kernel. Without
//! auditctl, `cc` or `unshare`, and without the files, a test prints `skipped:` and why.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a test says what is wrong by panicking")]

mod allowed;
mod auditctl;
mod golden;
mod host;
mod lines;
mod names;

use std::fs;
use std::path::{Path, PathBuf};

use auditctl::Auditctl;
use host::Host;
use oyez_testkit::corpus::{self, skipped};

/// The rules files that Debian's auditd ships.
const EXAMPLES: &str = "/usr/share/doc/auditd/examples/rules";

/// Lines of rules in files, with their place.
fn rules_of(paths: &[PathBuf]) -> Vec<(String, Vec<u8>)> {
    let mut lines = Vec::new();
    for path in paths {
        let text = fs::read(path).expect("a rules file");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let start = line.trim_ascii_start();
            // augenrules takes the carriage return off; auditctl alone would not.
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if [&b"-a"[..], b"-A", b"-d", b"-w", b"-W"].iter().any(|option| start.starts_with(option)) {
                lines.push((format!("{name}:{number}"), line.to_vec()));
            }
        }
    }
    lines
}

/// Compares files; `least` says how many lines there are at least.
fn files_agree(paths: &[PathBuf], least: usize, allowed: &[(&str, &str)]) {
    match Auditctl::find() {
        Err(why) => skipped(&why),
        Ok(_) if paths.is_empty() => skipped("no such files here"),
        Ok(auditctl) => {
            let lines = rules_of(paths);
            let compared = lines::compare(&auditctl, &Host::read().target(), &lines, allowed);
            println!("{compared:?}");
            assert!(compared.lines >= least && compared.equal * 10 >= compared.lines * 8, "{compared:?}");
        }
    }
}

fn files(folder: Option<PathBuf>, ending: &str) -> Vec<PathBuf> {
    folder.map_or_else(Vec::new, |folder| corpus::files(&folder, ending).expect("a folder of rules"))
}

#[test]
fn rules_that_debian_ships_have_the_bytes_of_auditctl() {
    let folder = Some(Path::new(EXAMPLES)).filter(|folder| folder.is_dir()).map(Path::to_owned);
    files_agree(&files(folder, ".rules"), 200, allowed::DEBIAN);
}

#[test]
fn the_big_public_rule_set_has_the_bytes_of_auditctl() {
    files_agree(&files(corpus::shared("corpus/rules"), ".rules"), 350, allowed::NEO23X0);
}

#[test]
fn the_rules_of_go_libaudit_have_the_bytes_of_auditctl() {
    files_agree(&files(corpus::shared("corpus/go-libaudit/rule"), ".rules"), 80, allowed::GO_LIBAUDIT);
}

#[test]
fn the_starter_rules_have_the_bytes_of_auditctl() {
    files_agree(&files(Some(corpus::workspace().join("rules")), ".rules"), 100, &[]);
}

#[test]
fn rules_that_oyez_suggests_have_the_bytes_of_auditctl() {
    let folder = corpus::workspace().join("crates/oyez-suggest/tests/suggest/goldens");
    files_agree(&files(Some(folder), ".rules"), 5, &[]);
}

#[test]
fn lines_of_every_kind_have_the_bytes_of_auditctl() {
    match Auditctl::find() {
        Err(why) => skipped(&why),
        Ok(auditctl) => {
            let numbered = (1..).zip(lines::OF_EVERY_KIND);
            let lines: Vec<_> =
                numbered.map(|(number, line): (u32, _)| (number.to_string(), line.as_bytes().to_vec())).collect();
            let compared = lines::compare(&auditctl, &Host::read().target(), &lines, allowed::OF_EVERY_KIND);
            println!("{compared:?}");
            assert!(compared.equal >= 65 && compared.refused >= 60, "{compared:?}");
        }
    }
}

#[test]
fn names_of_calls_lead_to_the_numbers_of_auditctl() {
    let mut calls = 0;
    for arch in names::ARCHES {
        match names::dump(arch) {
            None => return skipped("no ausyscall here (package auditd)"),
            Some(dump) => calls += names::compare(arch, &dump),
        }
    }
    println!("{calls} names of calls");
    assert!(calls >= 3300, "{calls}");
}

#[test]
fn rules_are_listed_as_auditctl_lists_them() {
    let auditctl = match Auditctl::find() {
        Err(why) => return skipped(&why),
        Ok(auditctl) => auditctl,
    };
    let mut paths = files(Some(Path::new(EXAMPLES)).filter(|folder| folder.is_dir()).map(Path::to_owned), ".rules");
    paths.extend(files(corpus::shared("corpus"), ".rules"));
    let host = Host::read();
    let lines = rules_of(&paths).into_iter().map(|(_, line)| line);
    let lines = lines.chain(lines::OF_EVERY_KIND.iter().map(|line| line.as_bytes().to_vec()));
    let rules: Vec<_> = lines.flat_map(|line| lines::rules(&line, &host.target())).collect();
    for (arguments, names) in [(&[][..], None), (&["-i"][..], Some(&host as &dyn oyez_rules::text::Names))] {
        let equal = lines::compare_lists(&auditctl, &rules, arguments, names);
        println!("{equal} of {} rules listed with {arguments:?} are equal", rules.len());
        assert!(equal >= 200, "{equal}");
    }
}

#[test]
fn traced_bytes_of_another_machine_are_met() {
    match corpus::shared("corpus/go-libaudit/rule") {
        None => skipped("no shared corpus"),
        Some(folder) => {
            let compared = golden::compare(&corpus::files(&folder, ".yml").expect("a folder of rules"));
            println!("{compared:?}");
            assert!(compared.rules >= 120 && compared.equal == compared.rules, "{compared:?}");
        }
    }
}
