//! All formats have one result and one program for one event.

use std::path::Path;

use oyez_events::context::Context;
use oyez_format::Formatter;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_interpret::normal::{Outcome, Scratch, normalise};
use oyez_testkit::corpus::{files, read, shared, skipped, workspace};

use crate::log;

/// As much of one log is looked at.
const BYTES_PER_LOG: usize = 200_000;

fn check(path: &Path) -> usize {
    let log = read(path).unwrap();
    // YAML holds records, indented.
    let log = String::from_utf8_lossy(log.get(..BYTES_PER_LOG).unwrap_or(&log)).replace("\n    ", "\n");
    let (mut json, mut ecs) = (Formatter::Json(Box::new(JsonFormat::new(JsonOptions::default()))), log::ecs());
    let (mut scratch, mut told, context) = (Scratch::new(), 0, Context::default());
    log::events(log.as_bytes(), |event| {
        let normal = normalise(event, &context, &mut scratch);
        let wanted = normal.result.map(Outcome::word);
        let how = normal.how.map(String::from_utf8_lossy);
        let (json, ecs) = (log::object(&mut json, event, &context), log::object(&mut ecs, event, &context));
        let place = format!("{}: {json}", path.display());
        assert_eq!(json["result"].as_str(), wanted, "{place}");
        assert_eq!(json["how"].as_str(), how.as_deref(), "{place}");
        let outcome = if wanted == Some("failed") { "failure" } else { wanted.unwrap_or("unknown") };
        assert_eq!(ecs["event"]["outcome"], outcome, "{place}");
        told += usize::from(wanted.is_some());
    });
    told
}

#[test]
fn json_ecs_and_sentences_agree_on_our_own_logs() {
    let deeds = check(&workspace().join("crates/oyez-interpret/tests/normal/deeds.log"));
    assert!(deeds > 150, "{deeds}");
    for path in files(&workspace().join("corpus"), ".log").unwrap() {
        check(&path);
    }
}

#[test]
fn json_ecs_and_sentences_agree_on_logs_of_others() {
    let Some(others) = shared("corpus") else { return skipped("no logs of others here ($OYEZ_SHARED)") };
    let paths = [".log", ".zst", ".yaml"].into_iter().flat_map(|ending| files(&others, ending).unwrap());
    let told: usize = paths.map(|path| check(&path)).sum();
    assert!(told > 500, "{told}");
}
