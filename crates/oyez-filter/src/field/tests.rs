use std::collections::HashSet;

use super::*;

#[test]
fn no_name_is_used_twice() {
    let mut seen = HashSet::new();
    for name in DEFS.iter().flat_map(|def| [def.name, def.alias]).filter(|name| !name.is_empty()) {
        assert!(seen.insert(name), "{name}");
    }
}

#[test]
fn fields_are_found_by_both_names() {
    assert_eq!(Field::find("process.exe"), Field::find("exe"));
    assert_eq!(Field::find("exe").unwrap().def().name, "process.exe");
    assert_eq!(Field::find("claimed.acct"), Ok(Field::Claimed(Key::Acct)));
    assert_eq!(Field::find("details.seperms").unwrap().name(), "details.seperms");
}

#[test]
fn every_word_of_auditctl_that_says_the_same_is_a_field() {
    let words = "arch auid loginuid egid euid exe exit fsgid fsuid gid inode key msgtype obj_gid obj_role obj_type obj_uid \
        obj_user path pers pid ppid saddr_fam sessionid sgid subj_role subj_type subj_user suid uid syscall";
    for word in words.split_whitespace() {
        assert!(Field::find(word).is_ok(), "{word}");
    }
}

#[test]
fn names_that_filters_gave_are_fields_of_any_name() {
    let field = Field::find("added.team").unwrap();
    assert_eq!((field.name().as_str(), field.def().source), ("added.team", Source::Known));
    for name in ["added.", "added.1x", "added.a.b", "added.a-b", &format!("added.{}", "x".repeat(MAX_ADDED_NAME + 1))] {
        assert!(Field::find(name).is_err(), "{name}");
    }
}

#[test]
fn a_name_that_is_nearly_right_is_suggested() {
    for (name, near) in [
        ("proces.exe", Some("process.exe")),
        ("kye", Some("key")),
        ("success", Some("result")),
        ("claimed.acc", Some("claimed.acct")),
        ("secondary", Some("object.secondary")),
        ("seperms", Some("details.seperms")),
        ("quite_something_else", None),
    ] {
        assert_eq!(Field::find(name), Err(Unknown { nearest: near.map(str::to_owned) }), "{name}");
    }
}

#[test]
fn every_suggestion_is_a_field() {
    for name in ["success", "name", "dir", "perm", "user", "a0", "cmdline", "terminal", "host", "parent", "ip"] {
        let Err(Unknown { nearest }) = Field::find(name) else { panic!("{name} is a field") };
        assert!(nearest.is_some_and(|near| Field::find(&near).is_ok()), "{name}");
    }
}
