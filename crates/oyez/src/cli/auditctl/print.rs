//! What auditctl prints: the status, the rules, the usage.

use std::fmt::Write as _;

use oyez_netlink::{Features, Status};
use oyez_rules::model::Rule;
use oyez_rules::print::{Printer, Style};
use oyez_rules::text::Names;

use crate::rules::held::{Held, has_key_with};
use crate::rules::host;

/// The status: a line for each number that the kernel tells.
pub(super) fn status(status: &Status, features: Option<Features>, interpret: bool) -> String {
    let mut out = String::new();
    let word = |number: u32, words: [&str; 3]| match usize::try_from(number).ok().and_then(|at| words.get(at).copied())
    {
        Some(word) if interpret => word.to_owned(),
        _ => number.to_string(),
    };
    let enabled = status.enabled.map(|number| word(number, ["disable", "enabled", "enabled+immutable"]));
    let failure = status.failure.map(|number| word(number, ["silent", "printk", "panic"]));
    let number = |value: Option<u32>| value.map(|number| number.to_string());
    for (name, value) in [
        ("enabled", enabled),
        ("failure", failure),
        ("pid", number(status.pid)),
        ("rate_limit", number(status.rate_limit)),
        ("backlog_limit", number(status.backlog_limit)),
        ("lost", number(status.lost)),
        ("backlog", number(status.backlog)),
        ("backlog_wait_time", number(status.backlog_wait_time)),
        ("backlog_wait_time_actual", number(status.backlog_wait_time_actual)),
    ] {
        // Writing to a `String` can't fail.
        let _ = value.map(|value| writeln!(out, "{name} {value}"));
    }
    if let Some(Features { loginuid_immutable, .. }) = features {
        let lock = if loginuid_immutable.locked { "locked" } else { "unlocked" };
        let _ = writeln!(out, "loginuid_immutable {} {lock}", u8::from(loginuid_immutable.on));
    }
    out
}

/// The rules as `-l` prints them, all or those with a key that holds a text; `No rules` where the kernel has none.
pub(super) fn rules(held: &Held, interpret: Option<&dyn Names>, key: Option<&[u8]>) -> Vec<u8> {
    if held.len() == 0 {
        return b"No rules\n".to_vec();
    }
    let printer = Printer { style: Style::Auditctl, machine: host::machine(), interpret };
    let chosen = |rule: &&Rule| key.is_none_or(|key| has_key_with(rule, key));
    let mut out = Vec::new();
    for rule in held.rules.iter().filter(chosen) {
        out.extend(printer.line(rule));
        out.push(b'\n');
    }
    out
}

/// The usage. Words of our own; only auditctl's first line is as it is there.
pub(super) const USAGE: &str = "\
usage: auditctl [options]
  rules:     -a LIST,ACTION  add a rule at the end of its list (task exit user exclude filesystem io_uring; always never)
             -A LIST,ACTION  add a rule at the head of its list
             -d LIST,ACTION  delete a rule
             -S CALL[,CALL]  the rule is about these system calls
             -F FIELD=VALUE  the rule asks for this; operators: = != < <= > >= & &=
             -C FIELD=FIELD  the rule compares two fields; operators: = !=
             -k KEY          the rule's records carry this key
             -w PATH, -W PATH, -p rwxa  watch a path, end that, and for what
             -D [-k KEY]     delete all rules, or those with a key that holds KEY
             -R FILE         read options from a file, a line each; -c and -i in it: go on after an error
  kernel:    -s [-i]         show the status, -i in words
             -l [-i | -k KEY]  show the rules
             -e 0|1|2        off, on, locked until reboot
             -f 0|1|2        after a loss: nothing, a line in the kernel's log, panic
             -b RECORDS, -r RECORDS/S, --backlog_wait_time JIFFIES  limits
             --loginuid-immutable, --reset-lost, --reset_backlog_wait_time_actual
             -t              forget watched folders that are gone
             -q MOUNT,SUBTREE  make a folder part of another's watches
  others:    -m TEXT         write a message to the log
             --signal TERM|HUP|USR1|USR2|CONT  signal the audit daemon
             -v, -h          version, this help
";
