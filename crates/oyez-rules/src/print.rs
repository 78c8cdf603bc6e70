//! Rules → text.
//!
//! [`Style::Auditctl`] is what `auditctl -l` writes, faults included: a path with a space cannot be read back, `arch` moves
//! to the front, `b64` stands for any 64-bit architecture. [`Style::Loadable`] reads back ([`crate::text`]) to a rule with
//! the same bytes, on any machine and whatever lies in its file system: watches are written as rules, so that nobody
//! needs to look whether their path is a folder.
//!
//! What no text can say: calls in a list that takes none, and a key that is not the last test.

use oyez_tables::arch::Arch;
use oyez_tables::{errno, record_type, syscall};

use crate::model::{Comparison, Field, FieldTest, KEY_SEPARATOR, List, Op, Rule, Value};
use crate::text::Names;
use crate::{aliases, perm, values};

/// For whom the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// For reading back.
    Loadable,
    /// As `auditctl -l` of 3.0.9 and 4.x writes it.
    Auditctl,
}

/// How to write rules.
#[derive(Clone, Copy)]
pub struct Printer<'a> {
    /// For whom.
    pub style: Style,
    /// The machine the rules are of: its architecture is `b64`, or `b32`.
    pub machine: Arch,
    /// With names, as with `-i`: the architecture's own name, `unset` and, in [`Style::Loadable`], users and groups.
    pub interpret: Option<&'a dyn Names>,
}

impl Printer<'_> {
    /// One line without its end. Text of the rule stands in it as it is, bytes that are no UTF-8 included; in
    /// [`Style::Loadable`] without control characters.
    pub fn line(&self, rule: &Rule) -> Vec<u8> {
        let mut line = Line { printer: *self, out: Vec::new() };
        if self.style == Style::Auditctl && rule.is_watch() {
            line.watch(rule);
        } else {
            line.rule(rule);
        }
        line.out
    }
}

/// A line that is being written.
struct Line<'a> {
    printer: Printer<'a>,
    out: Vec<u8>,
}

impl Line<'_> {
    fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    fn loadable(&self) -> bool {
        self.printer.style == Style::Loadable
    }

    fn watch(&mut self, rule: &Rule) {
        for test in rule.fields() {
            match (test.field(), test.value()) {
                (Field::Key, Value::Text(keys)) => self.keys(" -k ", keys),
                (_, Value::Text(path)) => {
                    self.put("-w ");
                    self.put(path);
                }
                (_, Value::Number(bits)) => self.put(format!(" -p {}", perm::letters(*bits))),
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let prepend = rule.prepend && self.loadable();
        self.put(if prepend { "-A " } else { "-a " });
        self.put(format!("{},{}", rule.action.name(), rule.list.name()));
        if self.loadable() { self.fields_in_order(rule) } else { self.fields_after_arch(rule) }
    }

    /// As auditctl: every `arch`, the calls, all else.
    fn fields_after_arch(&mut self, rule: &Rule) {
        let (arches, others): (Vec<_>, Vec<_>) = rule.fields().iter().partition(|test| test.field() == Field::Arch);
        for test in arches {
            self.field(test);
        }
        self.syscalls(rule);
        for test in others {
            self.field(test);
        }
    }

    /// Each test in its place, the calls behind the last `arch`.
    fn fields_in_order(&mut self, rule: &Rule) {
        let last_arch = rule.fields().iter().rposition(|test| test.field() == Field::Arch);
        let before = last_arch.map_or(0, |at| at + 1);
        for test in &rule.fields()[..before] {
            self.field(test);
        }
        self.syscalls(rule);
        for test in &rule.fields()[before..] {
            self.field(test);
        }
    }

    fn syscalls(&mut self, rule: &Rule) {
        if !rule.list.takes_syscalls() || (rule.syscalls.is_empty() && !self.loadable()) {
            return;
        }
        if rule.syscalls.is_empty() {
            // Without this it would read back as a rule about every call.
            return self.put(" -S ,");
        }
        if rule.syscalls.is_all() {
            return self.put(" -S all");
        }
        let arch = rule.fields().iter().rfind(|test| test.field() == Field::Arch).and_then(FieldTest::as_number);
        let arch = arch.map_or(Some(self.printer.machine), Arch::from_audit);
        let mut between = " -S ";
        for number in rule.syscalls.numbers() {
            let name = match rule.list {
                List::IoUring => values::uring_op_name(number),
                _ => arch.and_then(|arch| self.call(arch, number)),
            };
            self.put(between);
            self.put(name.map_or_else(|| number.to_string(), str::to_owned));
            between = ",";
        }
    }

    /// The name of a call, if it leads back to the number: an architecture may have two numbers for a name.
    fn call(&self, arch: Arch, number: u32) -> Option<&'static str> {
        let name = syscall::name(arch, number)?;
        match self.printer.style {
            Style::Loadable => Some(name).filter(|name| syscall::number(arch, name.as_bytes()) == Some(number)),
            Style::Auditctl => Some(aliases::name(arch, name)),
        }
    }

    fn field(&mut self, test: &FieldTest) {
        let (field, op) = (test.field(), test.op());
        let number = match test.value() {
            Value::Text(keys) if field == Field::Key && (op == Op::Equal || !self.loadable()) => {
                return self.keys(" -F key=", keys);
            }
            Value::Text(text) => {
                self.put(format!(" -F {}{}", field.name(), op.symbol()));
                return self.text(text);
            }
            Value::Number(number) => *number,
        };
        match Comparison::from_number(number).filter(|_| field == Field::FieldCompare) {
            Some(comparison) if op.is_equality() => {
                let (left, right) = (comparison.left().name(), comparison.right().name());
                self.put(format!(" -C {left}{}{right}", op.symbol()));
            }
            _ => {
                let name = if field == Field::LoginuidSet && !self.loadable() { "f24" } else { field.name() };
                self.put(format!(" -F {name}{}{}", op.symbol(), self.number(field, number)));
            }
        }
    }

    /// Each key as an option of its own; or, where that would lose one that is empty, all as one.
    fn keys(&mut self, option: &str, keys: &[u8]) {
        let whole = keys.split(|byte| *byte == KEY_SEPARATOR).any(<[u8]>::is_empty) && self.loadable();
        let parts: Vec<_> = if whole {
            vec![keys]
        } else {
            keys.split(|byte| *byte == KEY_SEPARATOR).filter(|key| !key.is_empty()).collect()
        };
        for key in parts {
            self.put(option);
            self.text(key);
        }
    }

    /// Text of a rule, with what it takes to be read back as it is.
    fn text(&mut self, text: &[u8]) {
        if !self.loadable() {
            return self.put(text);
        }
        let quoted = text.starts_with(b"$'") || matches!(text.first(), Some(b'"' | b'\''));
        if quoted || text.iter().any(u8::is_ascii_control) || text.windows(2).any(starts_value) {
            return self.escaped(text);
        }
        for byte in text {
            if matches!(byte, b' ' | b'\\') {
                self.out.push(b'\\');
            }
            self.out.push(*byte);
        }
    }

    /// `$'…'`.
    fn escaped(&mut self, text: &[u8]) {
        self.put("$'");
        for byte in text {
            match byte {
                b'\\' | b'\'' => self.put([b'\\', *byte]),
                byte if byte.is_ascii_control() => self.put(format!("\\x{byte:02x}")),
                byte => self.out.push(*byte),
            }
        }
        self.put("'");
    }

    fn number(&self, field: Field, number: u32) -> String {
        let signed = number.cast_signed();
        let interpret = self.printer.interpret;
        match field {
            Field::Arch => self.arch(number),
            Field::Perm => match perm::letters(number) {
                letters if letters.is_empty() || number > 15 => number.to_string(),
                letters => letters,
            },
            Field::MsgType => name_or(self.record_type(number), signed),
            Field::FsType => name_or(values::fs_type_name(number), signed),
            Field::Exit if signed < 0 => match errno::name(signed.unsigned_abs()) {
                Some(name) => format!("-{name}"),
                None => signed.to_string(),
            },
            Field::A0 | Field::A1 | Field::A2 | Field::A3 => format!("0x{number:X}"),
            Field::Inode => number.to_string(),
            Field::Auid | Field::SessionId if number == u32::MAX && interpret.is_some() => "unset".to_owned(),
            _ if !self.loadable() => signed.to_string(),
            Field::FileType => name_or(values::file_type_name(number), signed),
            _ if field.is_user() || field.is_group() => self.owner(field, number),
            _ => signed.to_string(),
        }
    }

    /// The name of a type of records. auditctl has none for most of the requests to the kernel (libaudit,
    /// `audit_msg_type_to_name`).
    fn record_type(&self, number: u32) -> Option<&'static str> {
        let nameless = matches!(number, 1000..=1004 | 1007..=1099) && !self.loadable();
        u16::try_from(number).ok().filter(|_| !nameless).and_then(record_type::name)
    }

    fn owner(&self, field: Field, number: u32) -> String {
        let names = self.printer.interpret;
        let name = names.and_then(|names| if field.is_user() { names.user(number) } else { names.group(number) });
        // A name that reads as something else would not read back.
        let reads_back = |name: &String| {
            let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            first && name != "unset" && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        };
        match name.filter(reads_back) {
            Some(name) => name,
            None if number == u32::MAX => "unset".to_owned(),
            None => number.to_string(),
        }
    }

    fn arch(&self, number: u32) -> String {
        let Some(arch) = Arch::from_audit(number) else { return format!("0x{number:X}") };
        let machine = self.printer.machine;
        match (self.printer.interpret.is_some(), self.printer.style) {
            (false, Style::Auditctl) if values::is_64_bit(arch) => "b64".to_owned(),
            (false, Style::Auditctl) => "b32".to_owned(),
            (false, Style::Loadable) if values::is_64_bit(arch) && arch == machine => "b64".to_owned(),
            (false, Style::Loadable) if !values::is_64_bit(arch) && Some(arch) == values::b32(machine) => {
                "b32".to_owned()
            }
            _ => arch.name().to_owned(),
        }
    }
}

/// Whether the second byte of the pair starts a value and reads as quotes there.
fn starts_value(pair: &[u8]) -> bool {
    matches!(pair, [b'=' | b'<' | b'>' | b'&', b'"' | b'\'' | b'$'])
}

fn name_or(name: Option<&str>, number: i32) -> String {
    name.map_or_else(|| number.to_string(), str::to_owned)
}

/// What `-d` takes to delete the rule: its line in [`Style::Loadable`] with the other option.
pub fn deletion(printer: &Printer<'_>, rule: &Rule) -> Vec<u8> {
    let mut line = Printer { style: Style::Loadable, ..*printer }.line(rule);
    if let Some(letter) = line.get_mut(1) {
        *letter = b'd';
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;
    use crate::text::NoNames;

    fn rule(list: List, tests: &[(Field, Op, u32)]) -> Rule {
        let mut rule = Rule::new(list, Action::Always);
        for (field, op, value) in tests {
            assert!(rule.push(FieldTest::number(*field, *op, *value).unwrap()));
        }
        rule
    }

    fn print(style: Style, rule: &Rule, names: Option<&dyn Names>) -> String {
        String::from_utf8(Printer { style, machine: Arch::X86_64, interpret: names }.line(rule)).unwrap()
    }

    fn text(field: Field, value: &str) -> FieldTest {
        FieldTest::text(field, Op::Equal, value).unwrap()
    }

    #[test]
    fn a_watch_is_one_for_auditctl_and_a_rule_for_reading_back() {
        let mut watch = Rule::new(List::Exit, Action::Always);
        assert!(watch.push(text(Field::Dir, "/a b")));
        assert!(watch.push(FieldTest::number(Field::Perm, Op::Equal, 10).unwrap()));
        assert!(watch.push(text(Field::Key, "x\x01y")));
        assert_eq!(print(Style::Auditctl, &watch, None), "-w /a b -p wa -k x -k y");
        let expected = r"-a always,exit -S all -F dir=/a\ b -F perm=wa -F key=x -F key=y";
        assert_eq!(print(Style::Loadable, &watch, None), expected);
        let printer = Printer { style: Style::Auditctl, machine: Arch::X86_64, interpret: None };
        assert_eq!(deletion(&printer, &watch), expected.replacen("-a", "-d", 1).as_bytes());
    }

    #[test]
    fn values_are_written_as_their_field_has_them() {
        let some = rule(
            List::Exit,
            &[
                (Field::Uid, Op::NotEqual, u32::MAX),
                (Field::Arch, Op::Equal, Arch::I386.audit()),
                (Field::Exit, Op::Equal, 13_u32.wrapping_neg()),
                (Field::A1, Op::BitMask, 255),
                (Field::FieldCompare, Op::NotEqual, 5),
                (Field::FileType, Op::Equal, 0o010_0000),
                (Field::Auid, Op::GreaterOrEqual, 1000),
                (Field::Auid, Op::NotEqual, u32::MAX),
                (Field::Gid, Op::Equal, 0),
            ],
        );
        assert_eq!(
            print(Style::Auditctl, &some, None),
            "-a always,exit -F arch=b32 -S all -F uid!=-1 -F exit=-EACCES -F a1&0xFF -C auid!=obj_uid -F filetype=32768 \
             -F auid>=1000 -F auid!=-1 -F gid=0"
        );
        assert_eq!(
            print(Style::Loadable, &some, Some(&NoNames)),
            "-a always,exit -F uid!=unset -F arch=i386 -S all -F exit=-EACCES -F a1&0xFF -C auid!=obj_uid \
             -F filetype=file -F auid>=1000 -F auid!=unset -F gid=root"
        );
    }

    #[test]
    fn types_of_requests_have_numbers_in_the_lists_of_auditctl() {
        for (number, loadable, auditctl) in [
            (1000, "GET", "1000"),
            (1005, "USER", "USER"),
            (1006, "LOGIN", "LOGIN"),
            (1011, "ADD_RULE", "1011"),
            (1100, "USER_AUTH", "USER_AUTH"),
        ] {
            let some = rule(List::Exclude, &[(Field::MsgType, Op::Equal, number)]);
            for (style, name) in [(Style::Loadable, loadable), (Style::Auditctl, auditctl)] {
                assert_eq!(print(style, &some, None), format!("-a always,exclude -F msgtype={name}"));
            }
        }
    }

    #[test]
    fn calls_have_the_names_of_the_last_arch_and_operations_theirs() {
        let mut some = rule(List::Exit, &[(Field::Arch, Op::Equal, Arch::I386.audit())]);
        some.syscalls = [11, 59, 2000].into_iter().collect();
        assert_eq!(print(Style::Loadable, &some, None), "-a always,exit -F arch=b32 -S execve,oldolduname,2000");
        let mut ops = rule(List::IoUring, &[]);
        ops.syscalls = [18, 63].into_iter().collect();
        assert_eq!(print(Style::Auditctl, &ops, None), "-a always,io_uring -S openat,63");
        assert_eq!(print(Style::Auditctl, &rule(List::Task, &[]), None), "-a always,task");
    }

    #[test]
    fn text_that_a_line_cannot_hold_is_escaped() {
        for (value, expected) in [
            ("a b", r"a\ b"),
            (r"a\b", r"a\\b"),
            ("a\nb\x7f'", r"$'a\x0ab\x7f\''"),
            ("\"a", "$'\"a'"),
            ("a='b", r"$'a=\'b'"),
            ("$'", r"$'$\''"),
            ("\x01a", r"$'\x01a'"),
        ] {
            let mut some = rule(List::Exit, &[]);
            assert!(some.push(text(Field::Key, value)));
            assert_eq!(print(Style::Loadable, &some, None), format!("-a always,exit -S all -F key={expected}"));
        }
    }
}
