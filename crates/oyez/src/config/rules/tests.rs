use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use oyez_testkit::{TempDir, corpus};

use super::*;
use crate::config::check;
use crate::rules::compile::{Act, show_origin};

fn checked(text: &str) -> Result<Loaded, String> {
    check(Some((Path::new("x.toml"), text)), &[]).map_err(|problems| problems.to_string())
}

/// What a plan asks for: keys of rules to add, with their places, and `-D`.
fn acts(plan: &Plan) -> Vec<String> {
    let show = |(act, origin): &(Act, crate::rules::compile::Origin)| match act {
        Act::Add(rule) => {
            let key = String::from_utf8(rule.keys().next().unwrap().to_vec()).unwrap();
            format!("{key} {}", show_origin(Path::new(origin.file.file_name().unwrap()), origin.line))
        }
        other => format!("{other:?}"),
    };
    plan.acts.iter().map(show).collect()
}

/// A folder of rules files that are root's, or not: then nothing is to be tested here.
fn folder(files: &[(&str, &str)]) -> Option<TempDir> {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(dir.join(name), text).unwrap();
    }
    if files::read(&[dir.path().to_owned()], Trust::Root).is_err() {
        corpus::skipped("rules_dir: it takes root's files alone");
        return None;
    }
    Some(dir)
}

#[test]
fn lines_are_checked_and_shown_as_they_were_given() {
    let text = "rules = [\n  \"-a always,exit -F arch=b64 -S execve -k exec\",\n  '-w /etc/passwd -p wa -k \"a b\"',\n]\nenforce = true\n";
    let loaded = checked(text).unwrap();
    assert_eq!(acts(&loaded.rules.plan), ["exec x.toml:1", "a b x.toml:1"]);
    assert!(loaded.settings.enforce);
    let shown = loaded.values.iter().find(|value| value.path == "rules").unwrap().value.clone().unwrap();
    assert_eq!(checked(&format!("rules = {shown}")).unwrap().settings.rules, loaded.settings.rules);
    assert_eq!(checked("").unwrap().rules, ConfiguredRules::default());
}

#[test]
fn every_wrong_line_is_told_with_its_column_and_what_to_do() {
    let text = "nod = 1\nrules = [\n  \"-a always,exit -F arch=b64 -S opennat -k x\",\n  '''-a always,exit -F uidd=0''',\n  \"-a\\talways,exit -F uidd=0\",\n]\n";
    let error = checked(text).unwrap_err();
    for part in [
        "x.toml:1:1: error: unknown key nod",
        "x.toml:3:34: error: rules: ",
        "did you mean",
        "x.toml:4:24: error: rules: ",
        // The column is not known where the text is escaped.
        "x.toml:5:3: error: rules: ",
        "has 4 errors",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn what_is_no_list_of_lines_is_refused() {
    for (value, part) in [
        ("\"-D\"", "expected a list of rules"),
        ("[1]", "expected a list of rules"),
        ("[\"-D\\n-D\"]", "a rule is one line"),
    ] {
        let error = checked(&format!("rules = {value}")).unwrap_err();
        assert!(error.contains(part), "{value}: {error}");
    }
}

#[test]
fn files_come_before_lines_and_what_clears_before_all() {
    let files =
        [("10-a.rules", "# first\n-w /a -p wa -k a\n-b 100\n"), ("9-b.rules", "-w /b -p wa -k b\n"), ("c", "bad")];
    let Some(dir) = folder(&files) else { return };
    let text = format!("rules = ['-w /l -p wa -k l', '-D', '-b 200']\nrules_dir = '{}'", dir.path().display());
    let plan = checked(&text).unwrap().rules.plan;
    assert_eq!(acts(&plan), ["Clear(None)", "b 9-b.rules:1", "a 10-a.rules:2", "l x.toml:1"]);
    assert_eq!(plan.settings.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [200]);
}

#[test]
fn errors_of_files_are_told_with_those_of_the_configuration() {
    let files = [("1.rules", "-w /a -p wa\n-a always,exit -S opennat\n-a always,exit -F uidd=0\n")];
    let Some(dir) = folder(&files) else { return };
    let path = dir.join("1.rules").display().to_string();
    let error = checked(&format!("mode = 'x'\nrules_dir = '{}'", dir.path().display())).unwrap_err();
    for part in
        ["x.toml:1:8: error: mode".to_owned(), format!("{path}:2:"), format!("{path}:3:"), "did you mean".to_owned()]
    {
        assert!(error.contains(&part), "{part}: {error}");
    }
    assert!(error.find("x.toml").unwrap() < error.find("1.rules:2").unwrap(), "{error}");

    fs::write(dir.join("1.rules"), "-i\n-a always,exit -F uidd=0\n-w /a -p wa -k a\n").unwrap();
    let loaded = checked(&format!("rules_dir = '{}'", dir.path().display())).unwrap();
    assert_eq!(acts(&loaded.rules.plan), ["a 1.rules:3"], "-i leaves the line out");
    assert!(loaded.rules.warnings[0].contains("1.rules:2:"), "{:?}", loaded.rules.warnings);
}

#[test]
fn files_that_are_missing_or_that_everybody_may_write_are_told_at_their_key() {
    let error = checked("\nrules_dir = '/nonexistent/rules.d'").unwrap_err();
    assert!(error.contains("x.toml:2:1: error: rules_dir: cannot read"), "{error}");
    let Some(dir) = folder(&[("a.rules", "")]) else { return };
    fs::set_permissions(dir.join("a.rules"), fs::Permissions::from_mode(0o666)).unwrap();
    let error = checked(&format!("rules_dir = '{}'", dir.path().display())).unwrap_err();
    assert!(error.contains("x.toml:1:1: error: rules_dir: cannot trust rules file"), "{error}");
}

#[test]
fn starter_rules_are_for_a_configuration_without_rules() {
    let loaded = with_starter(checked("").unwrap()).unwrap();
    assert!(loaded.rules.starter && !loaded.rules.plan.acts.is_empty());
    let error = with_starter(checked("rules = ['-w /l -p wa']").unwrap()).unwrap_err().to_string();
    assert!(error.contains("--starter-rules: error: the configuration has rules of its own"), "{error}");
}

#[test]
fn changes_of_rules_can_not_be_enforced_unseen() {
    let error = checked("enforce = true\nignore_types = ['CONFIG_CHANGE']").unwrap_err();
    assert!(error.contains("x.toml:1:1: error: enforce: cannot see changes of rules"), "{error}");
}
