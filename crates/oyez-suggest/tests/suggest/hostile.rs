//! Values that others chose: a program's name must not end a line, open a comment or mean a pattern.

use oyez_suggest::Options;

use super::advice;
use super::judge::pasted;
use super::logs::{CONNECT, Call, Log, OPENAT};

const NAMES: [&str; 12] = [
    "/opt/a\"b",
    "/opt/a'b",
    "/opt/a\\b",
    "/opt/a\nb\naction = \"drop\"",
    "/opt/a\n-D\n-a never,task",
    "/opt/*",
    "/opt/[a-z]?{a,b}",
    "/opt/a b",
    "/opt/a#b",
    "/opt/\u{202e}gpj.exe",
    "/opt/caf\u{e9}",
    "/opt/-F uid=0",
];

/// A log in which one program makes nearly all of the volume.
fn log_of(exe: &str, key: &str) -> Log {
    let mut log = Log::default();
    for second in 0..60 {
        log.later(1000);
        log.call(Call { exe, key, path: "/srv/x/y", ..Call::default() });
        log.call(Call { exe, key, number: CONNECT, ..Call::default() });
        if second % 20 == 0 {
            log.call(Call { number: OPENAT, ..Call::default() });
        }
    }
    log
}

#[test]
fn what_is_suggested_of_hostile_names_is_one_filter_and_whole_rules_or_nothing() {
    for exe in NAMES {
        for key in ["k", "k\ny", "k\"", "k -a never,task", "*"] {
            let advice = advice(log_of(exe, key).text.as_bytes(), Options { min_share: 1, ..Options::default() });
            for suggestion in &advice.suggestions {
                let (table, _) = pasted(suggestion);
                for value in table.values().filter_map(|value| value.as_str()) {
                    assert!(
                        [exe, key, "/bin/true", "openat", "connect", "success"].contains(&value)
                            || value.ends_with("/**"),
                        "{value:?}"
                    );
                }
                let rules = suggestion.kernel.iter().flat_map(|kernel| &kernel.rules);
                for rule in rules {
                    assert_eq!(
                        rule.split(' ').filter(|word| word.starts_with('-')).count(),
                        rule.matches(" -").count() + 1
                    );
                    assert!(rule.starts_with("-a never,exit -F arch=b64 -S ") && !rule.contains('\n'), "{rule}");
                    let of = |exe: &str| rule.contains(&format!(" -F exe={exe}"));
                    assert!(of("/bin/true") || (of(exe) && exe == "/opt/-F"), "{rule}");
                }
            }
            let text = advice.text();
            assert!(
                !text.contains(['\u{202e}', '\x1b']) && !text.contains("\n-D") && !text.contains("never,task\n"),
                "{text}"
            );
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_in_no_filter_and_no_rule() {
    let log = log_of("/opt/XXX", "k").text.replace("\"/opt/XXX\"", "2F6F70742F636166E9");
    let advice = advice(log.as_bytes(), Options { min_share: 1000, ..Options::default() });
    assert!(!advice.suggestions.is_empty());
    for suggestion in &advice.suggestions {
        assert!(suggestion.what.program.is_none() && suggestion.kernel.is_none(), "{suggestion:?}");
    }
    assert!(!advice.text().contains("caf"));
}
