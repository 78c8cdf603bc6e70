use std::path::Path;

use super::*;
use crate::config::outputs::keys::{KEYS, OutputKeys};
use crate::config::outputs::registry::TYPES;
use crate::config::{Loaded, Problems, check, docs};

const FILE: &str = "/etc/oyez/oyez.toml";

fn check_text(text: &str) -> Result<Loaded, Problems> {
    check(Some((Path::new(FILE), text)), &[])
}

fn problems(text: &str) -> Vec<String> {
    check_text(text).unwrap_err().0.iter().map(|problem| problem.to_string().replace(FILE, "")).collect()
}

fn names(loaded: &Loaded) -> Vec<(&str, &'static str)> {
    loaded.outputs.specs().iter().map(|spec| (&*spec.name, spec.of.name)).collect()
}

#[test]
fn every_default_is_a_value_its_key_takes() {
    let mut keys = OutputKeys::default();
    for key in KEYS {
        let Some(default) = key.default else { continue };
        assert_eq!(keyed::set_default(key, default, &mut keys).as_deref(), Some(default), "{}", key.name);
    }
    for of in TYPES {
        for (name, default) in of.defaults {
            let key = KEYS.iter().find(|key| key.name == *name).unwrap();
            assert_eq!(keyed::set_default(key, default, &mut keys).as_deref(), Some(*default), "{} {name}", of.name);
        }
    }
}

#[test]
fn no_output_is_one_to_standard_output_and_unnamed_ones_are_numbered_by_type() {
    assert_eq!(names(&check_text("").unwrap()), [("stdout", "stdout")]);
    let text = "[[output]]\ntype = \"file\"\npath = \"/var/log/a\"\n[[output]]\ntype = \"file\"\npath = \"/var/log/b\"\n\
        [[output]]\nname = \"siem\"\ntype = \"tcp\"\naddress = \"tls://siem:6514\"\n[[output]]\ntype = \"stdout\"\nenabled = false\n";
    assert_eq!(names(&check_text(text).unwrap()), [("file", "file"), ("file-2", "file"), ("siem", "tcp")]);
}

#[test]
fn what_is_wrong_is_told_where_it_stands_and_all_at_once() {
    let text = "[[output]]\ntype = \"file\"\n[[output]]\ntype = \"tcp\"\naddress = \"siem:514\"\nurl = \"http://siem\"\n\
        [[output]]\ntype = \"carrier-pigeon\"\n[[output]]\ntype = \"stdout\"\non_full = \"spool\"\nqueue = 7\n";
    let told = problems(text);
    let at = |line: usize| told.iter().filter(|problem| problem.starts_with(&format!(":{line}:"))).count();
    assert!(told.len() >= 5, "{told:#?}");
    for line in [1, 6, 8, 11, 12] {
        assert!(at(line) >= 1, "nothing is told of line {line}: {told:#?}");
    }
}

#[test]
fn two_outputs_never_share_a_spool_a_file_or_standard_output() {
    for text in [
        "[[output]]\ntype = \"stdout\"\n[[output]]\nname = \"two\"\ntype = \"stdout\"\n",
        "[[output]]\ntype = \"file\"\npath = \"/var/log/a\"\n[[output]]\ntype = \"file\"\npath = \"/var/log/a\"\n",
        "[[output]]\ntype = \"stdout\"\nspool.path = \"/var/spool/a\"\n\
            [[output]]\ntype = \"file\"\npath = \"/var/log/a\"\nspool.path = \"/var/spool/a\"\n",
    ] {
        assert_eq!(problems(text).len(), 1, "{text}: {:#?}", problems(text));
    }
}

#[test]
fn the_old_section_says_where_its_keys_are_now() {
    let told = problems("[output]\npath = \"/var/log/a\"\n");
    assert!(told.len() == 1 && told[0].contains("[[output]]") && told[0].contains("buffer"), "{told:#?}");
}

#[test]
fn every_type_says_what_it_guarantees_and_what_it_was_tested_against_and_is_in_the_documentation() {
    let page = docs::markdown();
    for of in TYPES.iter().filter(|of| of.table.is_some()) {
        assert!(!of.doc.is_empty() && !of.guarantees.is_empty(), "{}", of.name);
        assert!(of.tested.starts_with("real") || of.tested.starts_with("stub"), "{}: {}", of.name, of.tested);
        assert!(page.contains(&format!("\"{}\"", of.name)) || page.contains(&format!("`{}`", of.name)), "{}", of.name);
    }
}
