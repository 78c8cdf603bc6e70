//! Rules in a running daemon.

use oyez_netlink::Control as KernelControl;
use oyez_netlink::fake::{FakeKernel, Field};
use oyez_rules::bytes;
use signal_hook::consts::{SIGHUP, SIGTERM};

use super::*;
use crate::daemon::fakes::{Handles, OWN_PID, Record, Rig, storm};

/// A configuration with a rule per word.
fn config(words: &str, rest: &str) -> String {
    let rules: Vec<_> = words.split_whitespace().map(|word| format!("{:?}", line(word))).collect();
    format!("on_exit = \"restore\"\nrules = [{}]\n{rest}\n", rules.join(", "))
}

fn line(word: &str) -> String {
    format!("-a always,exit -F arch=b64 -S openat -k {word}")
}

/// The keys of the rules that the kernel holds.
fn held(kernel: &FakeKernel) -> String {
    let key = |rule: &Vec<u8>| String::from_utf8(bytes::decode(rule).unwrap().keys().next().unwrap().to_vec()).unwrap();
    kernel.rules().iter().map(key).collect::<Vec<_>>().join(" ")
}

fn delete_first(kernel: &FakeKernel) {
    let rule = kernel.rules().remove(0);
    KernelControl::over(kernel.clone()).delete_rule(&rule).unwrap();
}

/// What the kernel records of a change of rules by process `pid`.
fn change(serial: u32, pid: u32) -> [Record; 3] {
    let stamp = format!("audit(1700000000.123:{serial}):");
    let change = format!("{stamp} auid=1000 ses=3 subj=unconfined op=remove_rule key=\"a\" list=4 res=1");
    let syscall = format!(
        "{stamp} arch=c000003e syscall=44 success=yes exit=1 items=0 ppid=1 pid={pid} auid=1000 uid=0 ses=3 \
         comm=\"auditctl\" exe=\"/usr/sbin/auditctl\" key=(null)"
    );
    let title = format!("{stamp} proctitle=\"auditctl\"");
    // The filter may have dropped its EOE.
    [(1305, change), (1300, syscall), (1327, title)].map(|(kind, text)| (kind, text.into_bytes()))
}

fn enforced(handles: &Handles) -> Vec<serde_json::Value> {
    handles.sink.of_kind("OYEZ_RULES").into_iter().filter(|told| told["oyez"]["op"] == "enforce").collect()
}

#[test]
fn rules_of_the_configuration_are_there_while_the_daemon_runs() {
    let (_, after) = Rig::on(FakeKernel::new(), &config("a b", "")).run(|handles| {
        assert_eq!(held(&handles.kernel), "a b");
        handles.source.give(storm(1, 10));
        handles.signal(SIGTERM);
    });
    assert_eq!(held(&after.kernel), "");
    let told = &after.sink.of_kind("OYEZ_RULES")[0]["oyez"];
    assert_eq!((&told["op"], &told["result"], &told["added"]), (&"load".into(), &"success".into(), &2.into()));
    assert!(after.tally.account().balances());
}

#[test]
fn rules_that_are_to_be_kept_stay() {
    let kept = config("a b", "").replace("restore", "keep");
    let (_, after) = Rig::on(FakeKernel::new(), &kept).run(|handles| handles.signal(SIGTERM));
    assert_eq!((held(&after.kernel), after.kernel.get(Field::Enabled)), ("a b".to_owned(), 1));
}

#[test]
fn starter_rules_go_at_the_end_whatever_is_kept_and_a_configuration_with_rules_is_not_taken() {
    let mut rig = Rig::on(FakeKernel::new(), "on_exit = \"keep\"\n");
    rig.starter = true;
    let (_, after) = rig.run(|handles| {
        assert!(held(&handles.kernel).starts_with("exec"));
        *handles.config.lock().unwrap() = config("a", "");
        handles.signal(SIGHUP);
        handles.until(|handles| handles.sink.of_kind("OYEZ_RELOAD").len() == 1);
        assert!(held(&handles.kernel).starts_with("exec"));
        handles.signal(SIGTERM);
    });
    assert_eq!(after.sink.of_kind("OYEZ_RELOAD")[0]["oyez"]["result"], "failed");
    assert_eq!((held(&after.kernel), after.kernel.get(Field::Enabled)), (String::new(), 1));
}

#[test]
fn a_good_reload_takes_other_rules_and_a_bad_one_none() {
    let (_, after) = Rig::on(FakeKernel::new(), &config("a b", "")).run(|handles| {
        *handles.config.lock().unwrap() = config("b c", "");
        handles.signal(SIGHUP);
        handles.until(|handles| held(&handles.kernel) == "b c");
        *handles.config.lock().unwrap() =
            config("d", "rules_dir = \"/nonexistent/rules.d\"").replace("openat", "opnat");
        handles.signal(SIGHUP);
        handles.until(|handles| handles.sink.of_kind("OYEZ_RELOAD").len() == 2);
        assert_eq!(held(&handles.kernel), "b c");
        handles.signal(SIGTERM);
    });
    let error = after.sink.of_kind("OYEZ_RELOAD")[1]["oyez"]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("rules: ") && error.contains("rules_dir: cannot read"), "all at once: {error}");
    let told: Vec<_> = after.sink.of_kind("OYEZ_RULES").iter().map(|told| told["oyez"]["added"].clone()).collect();
    assert_eq!((told, held(&after.kernel)), (vec![2.into(), 1.into()], String::new()));
}

#[test]
fn a_rule_that_somebody_deletes_is_there_again_and_who_it_was_is_told() {
    let (_, after) = Rig::on(FakeKernel::new(), &config("a b", "enforce = true")).run(|handles| {
        delete_first(&handles.kernel);
        handles.source.give(change(7, 99));
        handles.until(|handles| held(&handles.kernel) == "a b" && enforced(handles).len() == 1);
        handles.signal(SIGTERM);
    });
    let told = &enforced(&after)[0]["oyez"];
    assert_eq!((&told["added"], &told["deleted"], &told["changes"]), (&1.into(), &0.into(), &1.into()));
    assert_eq!((&told["change"], &told["auid"], &told["ses"]), (&"remove_rule".into(), &1000.into(), &3.into()));
    assert_eq!((&told["pid"], &told["exe"]), (&99.into(), &"/usr/sbin/auditctl".into()));
    assert_eq!(after.sink.of_kind("CONFIG_CHANGE").len(), 1, "the event itself comes out as ever");
}

#[test]
fn oyezs_own_changes_and_changes_that_change_nothing_lead_to_nothing() {
    let (_, after) = Rig::on(FakeKernel::new(), &config("a", "enforce = true")).run(|handles| {
        delete_first(&handles.kernel);
        handles.source.give(change(7, OWN_PID));
        handles.until(|handles| handles.tally.received.get() == 3);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(held(&handles.kernel), "", "nobody looked");
        handles.source.give(change(8, 99));
        handles.until(|handles| held(&handles.kernel) == "a");
        handles.source.give(change(9, 99));
        std::thread::sleep(Duration::from_millis(1200));
        handles.signal(SIGTERM);
    });
    assert_eq!(enforced(&after).len(), 1);
}

fn is_fight(told: &serde_json::Value) -> bool {
    told["oyez"].get("in_a_row").is_some()
}

#[test]
fn a_fight_is_told_and_slowed_down() {
    let (_, after) = Rig::on(FakeKernel::new(), &config("a", "enforce = true")).run(|handles| {
        // On a busy machine changes may come too late to be of one fight.
        for serial in 7..17 {
            delete_first(&handles.kernel);
            handles.source.give(change(serial, 99));
            handles.until(|handles| held(&handles.kernel) == "a");
            handles.until(|handles| enforced(handles).len() + 6 == serial as usize);
            if enforced(&handles).iter().any(is_fight) {
                break;
            }
        }
        handles.signal(SIGTERM);
    });
    let told = enforced(&after);
    let fight = told.iter().position(is_fight).unwrap();
    assert!(fight >= 2, "{told:?}");
    assert_eq!((&told[fight]["oyez"]["in_a_row"], &told[fight]["oyez"]["pause_s"]), (&3.into(), &4.into()));
    let times: Vec<_> = told[fight - 2..=fight].iter().map(|told| told["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|before, after| before < after), "{times:?}");
}

#[test]
fn nothing_is_enforced_unless_asked_for() {
    let (_, after) = Rig::on(FakeKernel::new(), &config("a b", "")).run(|handles| {
        delete_first(&handles.kernel);
        handles.source.give(change(7, 99));
        handles.until(|handles| !handles.sink.of_kind("CONFIG_CHANGE").is_empty());
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(held(&handles.kernel), "b");
        handles.signal(SIGTERM);
    });
    assert_eq!(enforced(&after).len(), 0);
}
