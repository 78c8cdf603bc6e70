//! Rules for people and programs: text that loads back, or JSON.

use oyez_rules::model::{Comparison, Field, FieldTest, Rule, Value};
use oyez_rules::print::{Printer, Style};
use oyez_rules::text::Names;
use serde_json::{Value as Json, json};

use super::held::Held;
use super::host;

/// Writes rules of this host so that they can be read back; with names where they are given.
pub(crate) fn loadable(names: Option<&dyn Names>) -> Printer<'_> {
    Printer { style: Style::Loadable, machine: host::machine(), interpret: names }
}

/// A rule in words, for messages.
pub(crate) fn text(rule: &Rule) -> String {
    String::from_utf8_lossy(&loadable(None).line(rule)).into_owned()
}

/// The rules that oyez cannot read, each as a line of comment.
pub(crate) fn comments(held: &Held) -> impl Iterator<Item = String> {
    held.unread.iter().map(|(_, error)| format!("# a rule that oyez cannot read: {error}"))
}

/// A rule as a program reads it: its parts, and its text.
pub(crate) fn object(rule: &Rule, printer: &Printer<'_>) -> Json {
    let mut object = json!({ "list": rule.list.name(), "action": rule.action.name() });
    if rule.list.takes_syscalls() {
        let all = rule.syscalls.is_all();
        let numbers = || json!(rule.syscalls.numbers().collect::<Vec<_>>());
        object["syscalls"] = if all { json!("all") } else { numbers() };
    }
    let keys: Vec<_> = rule.keys().map(lossy).collect();
    let fields: Vec<_> = rule.fields().iter().filter(|test| test.field() != Field::Key).map(field).collect();
    object["fields"] = json!(fields);
    object["keys"] = json!(keys);
    object["text"] = json!(lossy(&printer.line(rule)));
    object
}

fn field(test: &FieldTest) -> Json {
    let op = test.op().symbol();
    let comparison = |number: &u32| Comparison::from_number(*number).filter(|_| test.field() == Field::FieldCompare);
    match test.value() {
        Value::Text(text) => json!({ "field": test.field().name(), "op": op, "value": lossy(text) }),
        Value::Number(number) => match comparison(number) {
            Some(pair) => json!({ "field": pair.left().name(), "op": op, "other": pair.right().name() }),
            None => json!({ "field": test.field().name(), "op": op, "value": number }),
        },
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use oyez_rules::text::{self as read, NoNames, PermSyscalls, Target};
    use oyez_tables::arch::Arch;

    use super::*;

    #[test]
    fn a_rule_is_an_object_of_its_parts() {
        let target =
            Target { machine: Arch::X86_64, perm_syscalls: PermSyscalls::Never, names: &NoNames, is_dir: &|_| false };
        let line = b"-a always,exit -F arch=b64 -S openat,close -F auid!=unset -C uid!=euid -F path=/a -k one -k two";
        let parsed = read::parse_line(line, 1, &target);
        let [oyez_rules::model::Command::AddRule { rule, .. }] = &parsed.commands[..] else { panic!("{parsed:?}") };
        let printer = Printer { style: Style::Loadable, machine: Arch::X86_64, interpret: None };
        let expected = json!({
            "list": "exit",
            "action": "always",
            "syscalls": [3, 257],
            "fields": [
                { "field": "arch", "op": "=", "value": 0xc000_003e_u32 },
                { "field": "auid", "op": "!=", "value": u32::MAX },
                { "field": "uid", "op": "!=", "other": "euid" },
                { "field": "path", "op": "=", "value": "/a" },
            ],
            "keys": ["one", "two"],
            "text": "-a always,exit -F arch=b64 -S close,openat -F auid!=unset -C uid!=euid -F path=/a -F key=one -F key=two",
        });
        assert_eq!(object(rule, &printer), expected);
    }
}
