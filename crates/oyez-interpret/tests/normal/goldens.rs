//! `deeds.log`: at least one event for every action. `deeds.txt`: what each says. `OYEZ_RENEW=1` writes the latter again: read
//! the difference before you commit it.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

use oyez_interpret::normal::{Action, Kind};

use crate::log::{meanings, said, text};

#[test]
fn every_deed_is_told_as_written_and_every_word_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/normal");
    let log = std::fs::read(folder.join("deeds.log")).expect("deeds.log");
    let (mut told, mut actions, mut kinds) = (String::new(), HashSet::new(), HashSet::new());
    meanings(&log, |event, normal| {
        let object = &normal.object;
        let (action, kind) = (normal.action.word(), object.kind.word());
        actions.insert(normal.action);
        kinds.insert(object.kind);
        let (primary, secondary) = (text(object.primary), text(object.secondary));
        let result = normal.result.map_or("", oyez_interpret::normal::Outcome::word);
        let serial = event.id().serial;
        writeln!(told, "{serial} {action} | {kind} | {primary} | {secondary} | {result}\n    {}", said(event)).unwrap();
    });
    let golden = folder.join("deeds.txt");
    if std::env::var_os("OYEZ_RENEW").is_some() {
        std::fs::write(&golden, &told).expect("write deeds.txt");
    }
    let wanted = std::fs::read_to_string(&golden).expect("deeds.txt");
    for (told, wanted) in told.lines().zip(wanted.lines()) {
        assert_eq!(told, wanted);
    }
    assert_eq!(told.lines().count(), wanted.lines().count());
    let untold: Vec<_> =
        Action::ALL.iter().filter(|action| !actions.contains(action)).map(|action| action.word()).collect();
    assert!(untold.is_empty(), "no event for {untold:?}");
    let unseen: Vec<_> = Kind::ALL.iter().filter(|kind| !kinds.contains(kind)).map(|kind| kind.word()).collect();
    assert!(unseen.is_empty(), "no event for {unseen:?}");
}
