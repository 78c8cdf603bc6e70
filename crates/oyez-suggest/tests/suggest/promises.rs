//! What advice promises: the shares are true, what must stay is in none, memory is bounded.

use oyez_suggest::{Action, Advice, Options};
use proptest::prelude::*;

use super::advice;
use super::judge::{pasted, seen, sum, take_out};
use super::logs::{self, CONNECT, Call, EXECVE, Log, MOUNT, NOBODY, OPENAT, RENAME, SETUID};
use super::matchers::{chain, held_back};

/// What must stay in logs of these tests, said again in other words than the crate's.
fn must_stay(event: &serde_json::Value) -> bool {
    let kind = event["kind"].as_str().unwrap_or_default();
    let failed = event["result"] == "failed";
    let refused = matches!(event["syscall"]["errno"].as_str(), Some("EACCES" | "EPERM"));
    matches!(kind, "USER_LOGIN" | "ADD_USER" | "USER_START" | "CONFIG_CHANGE" | "ANOM_ABEND")
        || (matches!(event["syscall"]["name"].as_str(), Some("mount" | "setuid")) && failed)
        || (refused && event["user"]["euid"] == 0)
}

/// Applies the drops one after the other, and compares what goes with what was said.
fn keeps_its_word(log: &[u8], advice: &Advice) {
    let mut events = seen(log);
    assert_eq!(sum(events.iter().map(|event| event.volume)), advice.all);
    assert_eq!(sum(events.iter().filter(|event| must_stay(&event.json)).map(|event| event.volume)), advice.all_stays());
    for suggestion in advice.suggestions.iter().filter(|suggestion| suggestion.action == Action::Drop) {
        let (table, action) = pasted(suggestion);
        assert!(action == "drop" && !suggestion.at_least && suggestion.what.succeeded);
        assert!(!events.iter().any(|event| must_stay(&event.json) && event.holds(&table)), "{table:?}");
        if let Some(kernel) = &suggestion.kernel {
            let mut rule = table.clone();
            rule.remove("key");
            assert_eq!(take_out(&mut events.clone(), &rule), kernel.saves, "{kernel:?}");
            assert!(!events.iter().any(|event| must_stay(&event.json) && event.holds(&rule)), "{rule:?}");
        }
        assert_eq!(take_out(&mut events, &table), suggestion.saves, "{table:?}");
    }
    let left = sum(events.iter().map(|event| event.volume));
    let thinned = advice.suggestions.iter().filter(|suggestion| suggestion.action != Action::Drop);
    assert!(sum(thinned.map(|suggestion| suggestion.saves)).bytes <= left.bytes);
}

#[test]
fn the_shares_of_a_servers_log_are_true() {
    let log = logs::server();
    let advice = advice(log.as_bytes(), Options { min_share: 1, most: 100, ..Options::default() });
    assert!(advice.suggestions.len() >= 5);
    keeps_its_word(log.as_bytes(), &advice);
}

#[test]
fn suggestions_are_as_few_and_as_large_as_is_wanted() {
    let log = logs::server();
    let of = |most, min_share| advice(log.as_bytes(), Options { most, min_share, ..Options::default() });
    assert_eq!(of(2, 1).suggestions.len(), 2);
    let large = of(100, 1000);
    assert!(!large.suggestions.is_empty());
    assert!(large.suggestions.iter().all(|suggestion| suggestion.saves.share_of(large.all) >= 1000));
}

#[test]
fn events_outside_of_the_time_are_left_out() {
    let log = logs::server();
    let since = 1_795_406_400_000 + 1_800_001;
    let until = since + 100_000;
    let advice = advice(log.as_bytes(), Options { since_ms: Some(since), until_ms: Some(until), ..Options::default() });
    let (first, last) = advice.range.unwrap();
    assert!(since <= first.millis() && last.millis() <= until);
    assert_eq!(advice.all.events + advice.left_out, seen(log.as_bytes()).len() as u64);
}

#[test]
fn a_flood_of_programs_costs_bounded_memory_and_hides_nobody() {
    let mut log = Log::default();
    for number in 0..100_000 {
        log.later(1);
        log.call(Call { exe: &format!("/build/{number}/x"), number: EXECVE, exit: 0, key: "exec", ..Call::default() });
        if number % 10 == 0 {
            log.call(Call { exe: "/usr/sbin/nginx", path: "/srv/a/b", key: "www", ..Call::default() });
        }
    }
    let advice = advice(log.text.as_bytes(), Options::default());
    assert!(advice.coarse.events > 50_000, "{:?}", advice.coarse);
    let nginx = advice.suggestions.iter().find(|it| it.filter.contains("/usr/sbin/nginx")).unwrap();
    assert!(nginx.at_least && nginx.saves.events > 9_000 && nginx.saves.events <= 10_000, "{nginx:?}");
    assert_eq!(advice.left.first().map(|left| &*left.value), Some("exec"));
}

#[test]
fn what_must_stay_is_suggested_by_nothing_even_when_it_is_all_there_is() {
    let mut log = Log::default();
    for _ in 0..500 {
        log.later(100);
        log.message("USER_LOGIN", "/usr/sbin/sshd", "op=login acct=\"root\"", "failed");
        log.message("USER_START", "/usr/sbin/cron", "op=PAM:session_open acct=\"root\"", "success");
        log.message("ADD_USER", "/usr/sbin/useradd", "op=add-user", "success");
        log.call(Call { number: MOUNT, exe: "/usr/bin/runc-tool", exit: -1, ..Call::default() });
        log.call(Call { number: EXECVE, exe: "/usr/sbin/auditctl", exit: 0, ..Call::default() });
    }
    let advice = advice(log.text.as_bytes(), Options::default());
    assert!(advice.suggestions.is_empty(), "{}", advice.text());
    assert_eq!(advice.all_stays(), advice.all);
}

#[test]
fn of_a_privileged_call_only_successes_are_dropped() {
    let mut log = Log::default();
    for second in 0..500 {
        log.later(1000);
        log.call(Call { number: SETUID, exe: "/usr/bin/kubelet", exit: 0, key: "mount", ..Call::default() });
        if second % 100 == 0 {
            log.call(Call { number: SETUID, exe: "/usr/bin/kubelet", exit: -1, key: "mount", ..Call::default() });
        }
    }
    let advice = advice(log.text.as_bytes(), Options::default());
    let [kubelet] = &advice.suggestions[..] else { panic!("{}", advice.text()) };
    assert_eq!((kubelet.saves.events, kubelet.what.succeeded), (500, true));
    assert!(kubelet.kernel.as_ref().unwrap().rules[0].ends_with("-F success=1"));
    keeps_its_word(log.text.as_bytes(), &advice);
}

#[test]
fn a_shell_is_dropped_only_under_a_parent_that_tells_what_it_does() {
    let exec = Call { number: EXECVE, exe: "/bin/sh", exit: 0, key: "exec", ..Call::default() };
    let of = |parent: &str| {
        let mut log = Log::default();
        for pid in 1000..1200 {
            log.later(5000);
            log.call(Call { exe: parent, pid: 600, ..exec });
            log.call(Call { pid, ppid: 600, ..exec });
        }
        advice(log.text.as_bytes(), Options::default())
    };
    let shells = |advice: &Advice| advice.suggestions.iter().any(|it| it.filter.contains(" exe = \"/bin/sh\""));
    assert!(shells(&of("/usr/sbin/cron")) && !shells(&of("/bin/bash")) && !shells(&of("/tmp/cron")));
}

fn calls() -> impl Strategy<Value = Vec<(u8, u8, u8, u8, u8)>> {
    prop::collection::vec((0u8..6, 0u8..5, 0u8..4, 0u8..5, 0u8..4), 1..120)
}

/// A log of acts that share little: whatever is suggested of it has exceptions nearby.
fn log_of(acts: &[(u8, u8, u8, u8, u8)]) -> String {
    let mut log = Log::default();
    let of = |values: &[&'static str], place: u8| values[usize::from(place) % values.len()];
    for (index, (exe, call, key, path, how)) in acts.iter().enumerate() {
        log.later(u64::from(*how) * 700);
        if *exe == 5 {
            let kind = of(&["USER_LOGIN", "SERVICE_START", "CRYPTO_KEY_USER", "USER_START"], *call);
            let words = of(&["unit=a", "unit=b", "op=start", ""], *key);
            log.message(
                kind,
                of(&["/usr/bin/systemd", "/usr/sbin/sshd"], *path),
                words,
                of(&["success", "failed"], *how),
            );
            continue;
        }
        let call = Call {
            exe: of(&["/usr/sbin/a", "/usr/sbin/b", "/bin/sh", "/tmp/x", "/usr/bin/c d"], *exe),
            number: [OPENAT, CONNECT, EXECVE, MOUNT, 87][usize::from(*call)],
            key: of(&["k", "l", "", "odd\"key"], *key),
            path: of(&["/etc/hosts", "/var/www/a/b/c", "/var/www/a/d", "relative", ""], *path),
            exit: [0, 3, -2, -13][usize::from(*how)],
            pid: 100 + u32::try_from(index).unwrap() % 7,
            ppid: 100 + u32::from(*key),
            auid: if *path == 0 { NOBODY } else { 1000 },
        };
        log.call(call);
    }
    log.text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_said_to_go_is_what_goes(acts in calls()) {
        let log = log_of(&acts);
        let advice = advice(log.as_bytes(), Options { min_share: 1, min_events: 1, most: 20, ..Options::default() });
        keeps_its_word(log.as_bytes(), &advice);
    }
}

#[test]
fn failures_and_secrets_stay_under_what_is_said_of_a_log_without_any() {
    let mut log = Log::default();
    let read = Call { exe: "/usr/sbin/ntpd", path: "/etc/ntp/keys", ..Call::default() };
    for _ in 0..300 {
        log.later(5000);
        log.call(read);
        log.call(Call { exe: "/usr/sbin/crond", path: "/etc/crontab", ..read });
        log.call(Call { exe: "/bin/cat", path: "/etc/hosts", ..read });
        log.call(Call { exe: "/bin/busybox", path: "/srv/data/x", ..read });
        log.call(Call { exe: "/usr/sbin/mover", number: RENAME, path: "/srv/data/x", ..read });
        log.message("SERVICE_START", "/usr/lib/systemd/systemd", "unit=a", "success");
    }
    let advice = advice(log.text.as_bytes(), Options { min_share: 1, ..Options::default() });
    let drops: Vec<_> = advice.suggestions.iter().filter(|it| it.action == Action::Drop).collect();
    let mut later = Log::default();
    for exe in ["/usr/sbin/ntpd", "/usr/sbin/crond", "/bin/cat", "/bin/busybox", "/usr/sbin/mover"] {
        for path in ["/etc/shadow", "/etc/ntp/../shadow", "/etc/ntp//keys", "/srv/data/../../etc/shadow", "shadow"] {
            later.call(Call { exe, path, ..read });
        }
        later.call(Call { exe, path: "/etc/ntp/keys", exit: -2, ..read });
        later.call(Call { exe, path: "/srv/data/x", exit: -13, ..read });
    }
    later.call(Call { exe: "/usr/sbin/mover", number: RENAME, path: "/srv/data/x", ..read });
    later.message("SERVICE_START", "/usr/lib/systemd/systemd", "unit=a", "failed");
    let mut chains: Vec<_> = drops.iter().map(|suggestion| chain(suggestion)).collect();
    assert!(held_back(later.text.as_bytes(), &mut chains).iter().all(|(held, _)| held.events == 0));
    let of = |exe: &str| drops.iter().find(|it| it.filter.contains(exe));
    assert!(of("mover").is_none() && of("/bin/cat").is_none() && of("crond").unwrap().kernel.is_none());
    assert!(of("ntpd").unwrap().kernel.as_ref().unwrap().rules[0].ends_with("-F dir=/etc/ntp -F success=1"));
    assert!(of("busybox").is_some() && of("SERVICE_START").is_some());
}
