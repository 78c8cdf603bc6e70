//! What a report looks like, byte for byte. `OYEZ_RENEW=1` writes the goldens again: read the difference.

use std::path::PathBuf;

use oyez_report::{Format, Options, Shown, Step, Topic};

/// A log with something for most tables, and with keys that must not harm a terminal, a JSON reader or a spreadsheet.
const LOG: &[u8] = include_bytes!("goldens/report.log");

fn options(name: &str) -> Options {
    match name {
        "overview" => Options::default(),
        "tables" => Options {
            topics: vec![Topic::Files, Topic::Executables, Topic::Users, Topic::Auth, Topic::Failures, Topic::Virt],
            ..Options::default()
        },
        "failed" => Options { topics: vec![Topic::Commands], outcome: Some(false), ..Options::default() },
        _ => Options { by: Some(Step::Minute), since_ms: Some(1_700_000_000_500), ..Options::default() },
    }
}

#[test]
fn reports_look_as_they_did() {
    let renew = std::env::var_os("OYEZ_RENEW").is_some();
    for name in ["overview", "tables", "failed", "time"] {
        let report = super::report(LOG, options(name));
        for (ending, format) in [("txt", Format::Text), ("json", Format::Json), ("csv", Format::Csv)] {
            let lost: &[(&str, u64)] = if name == "failed" { &[("multicast", 3), ("truncated", 0)] } else { &[] };
            let top = (name == "tables").then_some(3);
            let mut out = Vec::new();
            report.render(format, Shown { top, lost }, &mut out);
            let path = PathBuf::from(format!("{}/tests/report/goldens/{name}.{ending}", env!("CARGO_MANIFEST_DIR")));
            if renew {
                std::fs::write(&path, &out).unwrap();
            }
            let golden = std::fs::read(&path).unwrap_or_default();
            assert_eq!(String::from_utf8(out).unwrap(), String::from_utf8(golden).unwrap(), "{}", path.display());
        }
    }
}
