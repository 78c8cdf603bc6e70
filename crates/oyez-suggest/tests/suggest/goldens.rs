//! What advice looks like, byte for byte. `OYEZ_RENEW=1` writes the goldens again: read the difference.

use std::path::Path;

use oyez_suggest::Options;

use super::{advice, logs};

fn is_golden(name: &str, text: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suggest/goldens").join(name);
    if std::env::var_os("OYEZ_RENEW").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read(&path).unwrap_or_default();
    assert_eq!(str::from_utf8(text).unwrap(), String::from_utf8(golden).unwrap(), "{}", path.display());
}

#[test]
fn advice_looks_as_it_did() {
    let advice = advice(logs::server().as_bytes(), Options::default());
    is_golden("server.txt", advice.text().as_bytes());
    is_golden("server.json", &advice.json().unwrap());
}

#[test]
fn rules_and_filters_look_as_they_did() {
    let advice = advice(logs::daemons().as_bytes(), Options::default());
    is_golden("daemons.toml", advice.filters().as_bytes());
    // Compared with auditctl's own reading of them by a test of oyez-rules.
    is_golden("daemons.rules", advice.rules().as_bytes());
}

#[test]
fn an_empty_log_has_nothing_to_suggest() {
    let advice = advice(b"", Options::default());
    assert!(advice.suggestions.is_empty() && advice.left.is_empty());
    assert!(advice.text().contains("nothing to suggest"));
}

#[test]
fn the_same_log_gives_the_same_advice() {
    let texts =
        [(); 2].map(|()| advice(logs::server().as_bytes(), Options { min_share: 1, ..Options::default() }).text());
    assert_eq!(texts[0], texts[1]);
}
