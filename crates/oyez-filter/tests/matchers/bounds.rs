//! Many rules, and more than can be taken.

use std::time::{Duration, Instant};

use oyez_filter::matcher::{Action, Judgement, Matchers, Rule, TooMany};

use super::support::{call, condition, judge};

fn rules(count: usize, text: impl Fn(usize) -> String, action: &str) -> Vec<Rule> {
    let action = Action::parse(action).unwrap();
    let rule = |at| Rule { name: "x".into(), condition: condition(&text(at)).unwrap(), action: action.clone() };
    (0..count).map(rule).collect()
}

#[test]
fn ten_thousand_rules_compile_soon_and_each_is_found() {
    let began = Instant::now();
    let literal = |at| format!("exe = '/usr/bin/x{at}'\nuid = 1000");
    let mut block = Matchers::new(rules(10_000, literal, "drop")).unwrap();
    let glob = |at| format!("exe = '/opt/app{at}/**'");
    let mut globs = Matchers::new(rules(10_000, glob, "drop")).unwrap();
    // A debug build on a busy machine; it takes a fraction of a second.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    for at in [0, 1, 77, 9_999] {
        assert_eq!(judge(&mut block, &call(1, &format!("/usr/bin/x{at}"), "k"), 0).0, Judgement::Drop);
        assert_eq!(judge(&mut globs, &call(1, &format!("/opt/app{at}/x"), "k"), 0).0, Judgement::Drop);
    }
    assert_eq!(judge(&mut block, &call(1, "/usr/bin/x10000", "k"), 0).0, Judgement::Pass);
    assert_eq!(judge(&mut globs, &call(1, "/opt/app10000/x", "k"), 0).0, Judgement::Pass);
}

#[test]
fn more_than_can_be_held_is_refused() {
    let exe = |at| format!("exe = '/{at}'");
    assert_eq!(Matchers::new(rules(10_001, exe, "drop")).unwrap_err(), TooMany::Rules);
    assert_eq!(Matchers::new(rules(101, exe, "limit:1/s")).unwrap_err(), TooMany::Remembering);
    let regex = |at| format!("exe = {{ regex = '{at}$' }}");
    assert_eq!(Matchers::new(rules(2_001, regex, "drop")).unwrap_err(), TooMany::Patterns);
}
