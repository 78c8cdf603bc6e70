//! The starter rules in `rules/`: each file is free of errors, of warnings and of all that the linter finds, on the machines
//! they are for.

#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fs;
use std::path::PathBuf;

use oyez_rules::file::{self, Merged, Source};
use oyez_rules::lint::cost::Class;
use oyez_rules::lint::{self, Code, Facts, Found};
use oyez_rules::text::{NoNames, PermSyscalls, Target};
use oyez_tables::arch::Arch;
use oyez_testkit::corpus;

const MACHINES: [Arch; 2] = [Arch::X86_64, Arch::Aarch64];

fn target(machine: Arch) -> Target<'static> {
    Target { machine, perm_syscalls: PermSyscalls::Missing, names: &NoNames, is_dir: &|_| false }
}

/// A host that has all they speak of.
fn facts(machine: Arch) -> Facts<'static> {
    Facts { machine, path: &|_| Found::Unknown, features: Some(u32::MAX) }
}

fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let paths = corpus::files(&corpus::workspace().join("rules"), ".rules").unwrap();
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// Codes found, with their place, and the cost of the dearest rule.
fn judge(merged: &Merged, sources: &[Source<'_>], machine: Arch) -> (Vec<(Code, String)>, Option<Class>) {
    let names: Vec<_> = sources.iter().map(|source| String::from_utf8_lossy(source.name).into_owned()).collect();
    let entries = lint::entries(merged, sources, &names);
    let found = lint::lint(&entries, &facts(machine));
    let dearest = lint::costs(&entries, &facts(machine)).into_iter().map(|(_, _, cost)| cost.class).max();
    (found.into_iter().map(|finding| (finding.code, finding.to_string())).collect(), dearest)
}

#[test]
fn together_they_have_no_finding_and_no_dear_rule() {
    let files = files();
    let sources: Vec<_> =
        files.iter().map(|(path, text)| Source { name: path.to_str().unwrap().as_bytes(), text }).collect();
    assert!(sources.len() >= 13, "{sources:?}");
    for machine in MACHINES {
        let merged = file::merge(&sources, &target(machine));
        assert_eq!(merged.problems, [], "{machine:?}");
        let (found, dearest) = judge(&merged, &sources, machine);
        assert_eq!(found, [], "{machine:?}");
        assert!(dearest <= Some(Class::Medium), "{dearest:?}");
    }
}

#[test]
fn each_stands_alone() {
    // A file of its own does not clear what is there, nor does each close the way through rings.
    let of_the_whole = [Code::NoDeleteAll, Code::IoUringOpen];
    for (path, text) in files() {
        let sources = [Source { name: path.to_str().unwrap().as_bytes(), text: &text }];
        for machine in MACHINES {
            let merged = file::merge(&sources, &target(machine));
            assert_eq!(merged.problems, [], "{path:?} {machine:?}");
            let (mut found, _) = judge(&merged, &sources, machine);
            found.retain(|(code, _)| !of_the_whole.contains(code));
            assert_eq!(found, [], "{path:?} {machine:?}");
        }
    }
}

#[test]
fn every_key_is_explained_with_its_technique_in_its_file_and_listed_in_the_readme() {
    let readme = fs::read_to_string(corpus::workspace().join("rules/README.md")).unwrap();
    for (path, text) in files() {
        let text = String::from_utf8(text).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("({name})")), "{name}");
        for rule in text.lines().filter(|line| line.starts_with("-a ")) {
            let (_, key) = rule.rsplit_once(" -k ").unwrap();
            let (_, comment) = text.split_once(&format!("# key {key}: ")).unwrap_or_else(|| panic!("{name}: {key}"));
            let comment = comment.split("\n-a ").next().unwrap();
            assert!(comment.contains("ATT&CK T1") || comment.starts_with("the same, by"), "{name}: {key}");
            assert!(readme.contains(&format!("`{key}`")), "{name}: {key}");
        }
    }
}
