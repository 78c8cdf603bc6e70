//! The documentation lists what the tables say, no more and no less. `OYEZ_RENEW=1` writes the lists again.

use std::fmt::Write;

use oyez_interpret::normal::{Action, Kind};
use oyez_testkit::corpus::workspace;

/// The heads of the two lists.
const HEADS: [&str; 2] = ["| `action` | what it means |\n|---|---|\n", "| `kind` | what it is |\n|---|---|\n"];

#[test]
fn the_documentation_lists_every_action_and_every_kind_of_object() {
    let path = workspace().join("docs/events.md");
    let docs = std::fs::read_to_string(&path).expect("docs/events.md");
    let (mut actions, mut kinds) = (String::new(), String::new());
    for action in Action::ALL {
        writeln!(actions, "| `{}` | {} |", action.word(), action.meaning()).unwrap();
    }
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::None) {
        writeln!(kinds, "| `{}` | {} |", kind.word(), kind.meaning()).unwrap();
    }
    let mut wanted = docs.clone();
    for (head, table) in HEADS.into_iter().zip([actions, kinds]) {
        let (before, rest) = wanted.split_once(head).expect(head);
        let after = rest.split_once("\n##").expect("a section behind it").1;
        wanted = format!("{before}{head}{table}\n##{after}");
    }
    if std::env::var_os("OYEZ_RENEW").is_some() {
        return std::fs::write(&path, wanted).expect("write docs/events.md");
    }
    assert!(wanted == docs, "the lists in docs/events.md are old: OYEZ_RENEW=1 writes them again");
}
