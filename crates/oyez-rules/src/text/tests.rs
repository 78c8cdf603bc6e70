use oyez_tables::arch::Arch;
use oyez_tables::syscall;

use super::*;
use crate::model::{Action, DaemonSignal, Field, FieldTest, List, Op, Rule, Switch, Syscalls};

/// Two users and a group.
struct Few;

impl Names for Few {
    fn uid(&self, name: &str) -> Option<u32> {
        [("root", 0), ("www-data", 33)].into_iter().find(|(known, _)| *known == name).map(|(_, uid)| uid)
    }

    fn gid(&self, name: &str) -> Option<u32> {
        (name == "wheel").then_some(10)
    }

    fn user(&self, _: u32) -> Option<String> {
        None
    }

    fn group(&self, _: u32) -> Option<String> {
        None
    }
}

fn parse_as(line: &str, machine: Arch, perm_syscalls: PermSyscalls) -> Parsed {
    let is_dir = |path: &[u8]| path == b"/etc" || path == b"/";
    parse_line(line.as_bytes(), 7, &Target { machine, perm_syscalls, names: &Few, is_dir: &is_dir })
}

fn parse(line: &str) -> Parsed {
    parse_as(line, Arch::X86_64, PermSyscalls::Never)
}

/// The one rule a line adds.
fn rule_as(line: &str, machine: Arch, perm_syscalls: PermSyscalls) -> Rule {
    let mut parsed = parse_as(line, machine, perm_syscalls);
    match parsed.commands.pop() {
        Some(Command::AddRule { rule, .. }) => rule,
        other => panic!("{line}: {other:?} {:?}", parsed.problems),
    }
}

fn rule(line: &str) -> Rule {
    rule_as(line, Arch::X86_64, PermSyscalls::Never)
}

fn number(field: Field, op: Op, value: u32) -> FieldTest {
    FieldTest::number(field, op, value).unwrap()
}

fn text(field: Field, value: &str) -> FieldTest {
    FieldTest::text(field, Op::Equal, value).unwrap()
}

/// Code and column of each problem of a line.
fn problems(line: &str) -> Vec<(Code, usize)> {
    parse(line).problems.iter().map(|problem| (problem.code, problem.column)).collect()
}

fn hint(line: &str) -> String {
    parse(line).problems.into_iter().find_map(|problem| problem.hint).unwrap_or_default()
}

#[test]
fn a_rule_is_list_action_calls_and_tests() {
    let some =
        rule("-a always,exit -F arch=b64 -S open,openat -S 2 -F auid>=1000 -F auid!=unset -F exit=-EACCES -k a -k b");
    assert_eq!((some.list, some.action, some.prepend), (List::Exit, Action::Always, false));
    assert_eq!(some.syscalls, [2, 257].into_iter().collect());
    let tests = [
        number(Field::Arch, Op::Equal, 0xc000_003e),
        number(Field::Auid, Op::GreaterOrEqual, 1000),
        number(Field::Auid, Op::NotEqual, u32::MAX),
        number(Field::Exit, Op::Equal, 13_u32.wrapping_neg()),
        text(Field::Key, "a\x01b"),
    ];
    assert_eq!(some.fields(), tests);
}

#[test]
fn list_and_action_stand_in_either_order_and_at_either_end() {
    for (line, list, prepend) in [
        ("-a exit,always", List::Exit, false),
        ("-A always,task", List::Task, true),
        ("-a user,always", List::User, false),
        ("-a always,exclude", List::Exclude, false),
        ("-a always,filesystem", List::Filesystem, false),
        ("-aalways,io_uring", List::IoUring, false),
    ] {
        assert_eq!((rule(line).list, rule(line).prepend), (list, prepend), "{line}");
    }
    assert_eq!(rule("-a never,task").syscalls, Syscalls::NONE);
    assert!(rule("-a never,user").syscalls.is_all());
}

#[test]
fn a_watch_is_its_rule() {
    let watch = rule("-w /etc/shadow -p wa -k x");
    assert_eq!(watch, rule("-a always,exit -F path=/etc/shadow -F perm=wa -k x"));
    assert_eq!(rule("-w /etc/// -p wa"), rule("-a always,exit -F dir=/etc -F perm=wa"));
    assert_eq!(rule("-w /etc"), rule("-a always,exit -F dir=/etc -F perm=rwxa"));
    assert_eq!(rule("-w /"), rule("-a always,exit -F dir=/ -F perm=15"));
    assert_eq!(rule("-w /x -F uid=0"), rule("-a always,exit -F path=/x -F perm=rwxa -F uid=0"));
    assert_eq!(rule("-a always,exit -F path=/x -p w"), rule("-a always,exit -F path=/x -F perm=w"));
    let written = |line| match parse(line).commands.pop() {
        Some(Command::AddRule { watch, .. } | Command::DeleteRule { watch, .. }) => watch,
        _ => panic!("{line}"),
    };
    assert!(written("-w /x") && written("-W /x") && !written("-d exit,always -S open -F path=/x"));
}

#[test]
fn values_are_read_as_their_field_has_them() {
    for (test, field, value) in [
        ("uid=www-data", Field::Uid, 33),
        ("loginuid=-1", Field::Auid, u32::MAX),
        ("gid=wheel", Field::Gid, 10),
        ("uid=4294967294", Field::Uid, u32::MAX - 1),
        ("arch=B32", Field::Arch, 0x4000_0003),
        ("arch=i686", Field::Arch, 0x4000_0003),
        ("arch=c000003e", Field::Arch, 0xc000_003e),
        ("arch=0xC00000B7", Field::Arch, 0xc000_00b7),
        ("exit=-13", Field::Exit, 13_u32.wrapping_neg()),
        ("exit=EPERM", Field::Exit, 1),
        ("exit=-EWOULDBLOCK", Field::Exit, 11_u32.wrapping_neg()),
        ("perm=XA", Field::Perm, 9),
        ("filetype=dir", Field::FileType, 16384),
        ("saddr_fam=inet6", Field::SaddrFam, 10),
        ("saddr_fam=2", Field::SaddrFam, 2),
        ("sessionid=unset", Field::SessionId, u32::MAX),
        ("a0=0x1f", Field::A0, 31),
        ("a3=-1", Field::A3, u32::MAX),
        ("inode=12", Field::Inode, 12),
        ("success=0", Field::Success, 0),
        ("field_compare=5", Field::FieldCompare, 5),
    ] {
        let some = rule(&format!("-a always,exit -F {test}"));
        assert_eq!(some.fields(), [number(field, Op::Equal, value)], "{test}");
    }
    let exclude = rule("-a never,exclude -F msgtype=EOE -F msgtype>=UNKNOWN[1420]");
    assert_eq!(exclude.fields()[0], number(Field::MsgType, Op::Equal, 1320));
    assert_eq!(exclude.fields()[1], number(Field::MsgType, Op::GreaterOrEqual, 1420));
    let fs = rule("-a never,filesystem -F fstype=tracefs -k x");
    assert_eq!(fs.fields()[0], number(Field::FsType, Op::Equal, 0x7472_6163));
    let compare = rule("-a always,exit -C auid!=obj_uid -C uid=euid");
    assert_eq!(compare.fields()[0], number(Field::FieldCompare, Op::NotEqual, 5));
    assert_eq!(rule("-a always,exit -F path=/a!=b").fields(), [text(Field::Path, "/a!=b")]);
}

#[test]
fn calls_are_those_of_the_arch() {
    let call = |arch, name: &str| syscall::number(arch, name.as_bytes()).unwrap();
    let of = |machine, value: &str| {
        let some = rule_as(&format!("-a always,exit -F arch={value} -S execve"), machine, PermSyscalls::Never);
        some.syscalls.numbers().collect::<Vec<_>>()
    };
    assert_eq!(of(Arch::X86_64, "b32"), [11]);
    assert_eq!(of(Arch::X86_64, "aarch64"), [call(Arch::Aarch64, "execve")]);
    assert_eq!(of(Arch::Aarch64, "b64"), [221]);
    assert_eq!(of(Arch::Aarch64, "b32"), [11]);
    assert_eq!(rule("-a always,io_uring -S openat,40").syscalls, [18, 40].into_iter().collect());
    assert!(rule("-a always,exit -S all").syscalls.is_all());
    assert_eq!(rule("-S execve -a always,exit").syscalls, [59].into_iter().collect());
}

#[test]
fn the_calls_behind_a_perm_are_named_where_asked_for() {
    let (plain, named) =
        ("-a always,exit -F arch=b64 -F path=/x -F perm=x", "-a always,exit -F arch=b64 -S open -F perm=x");
    let calls = |line, how| rule_as(line, Arch::X86_64, how).syscalls;
    let set = |numbers: &[u32]| numbers.iter().copied().collect::<Syscalls>();
    assert!(calls(plain, PermSyscalls::Never).is_all());
    assert_eq!(calls(plain, PermSyscalls::Missing), set(&[59, 322]));
    assert_eq!(calls(plain, PermSyscalls::Always), set(&[59, 322]));
    assert_eq!(calls(named, PermSyscalls::Missing), set(&[2]));
    assert_eq!(calls(named, PermSyscalls::Always), set(&[2, 59, 322]));
    for line in ["-w /etc -p wa", "-a always,exit -F path=/x -F perm=wa", "-a always,exit -F arch=b64 -F path=/x"] {
        assert!(calls(line, PermSyscalls::Always).is_all(), "{line}");
    }
}

#[test]
fn settings_and_questions_have_their_commands() {
    let key = |key: &str| Some(key.as_bytes().to_vec());
    for (line, command) in [
        ("-D", Command::DeleteAll { key: None }),
        ("-D -k x", Command::DeleteAll { key: key("x") }),
        ("-e 2", Command::SetEnabled(Switch::Locked)),
        ("-f 1", Command::SetFailure(1)),
        ("-b 8192", Command::SetBacklogLimit(8192)),
        ("-r 0", Command::SetRateLimit(0)),
        ("--backlog_wait_time 60000", Command::SetBacklogWaitTime(60000)),
        ("--backlog_wait=7", Command::SetBacklogWaitTime(7)),
        ("--loginuid-immutable", Command::LoginuidImmutable),
        ("--reset-lost", Command::ResetLost),
        ("--reset_backlog_wait_time_actual", Command::ResetBacklogWaitTimeActual),
        ("-s", Command::Status { interpret: false }),
        ("-s -i", Command::Status { interpret: true }),
        ("-l", Command::List { interpret: false, key: None }),
        ("-li", Command::List { interpret: true, key: None }),
        ("-l -k x", Command::List { interpret: false, key: key("x") }),
        ("-t", Command::Trim),
        ("-q /a,/b", Command::MakeEquivalent { mount: b"/a".to_vec(), subtree: b"/b".to_vec() }),
        ("-m 'hello there'", Command::UserMessage(b"hello there".to_vec())),
        ("-c", Command::Continue),
        ("-i", Command::Ignore),
        ("--signal hup", Command::Signal(DaemonSignal::Hup)),
        ("--signal rotate", Command::Signal(DaemonSignal::Usr1)),
        ("-v", Command::Version),
        ("-h", Command::Help),
        ("--help", Command::Help),
    ] {
        assert_eq!(parse(line), Parsed { commands: vec![command], problems: vec![] }, "{line}");
    }
    assert_eq!(parse("-b 100 -f 2").commands, [Command::SetBacklogLimit(100), Command::SetFailure(2)]);
    for line in ["", "  ", "# -D", "\t# x", "\r\n"] {
        assert_eq!(parse(line), Parsed::default());
    }
}

#[test]
fn a_command_line_may_read_a_file_and_a_file_may_not() {
    let target =
        Target { machine: Arch::X86_64, perm_syscalls: PermSyscalls::Never, names: &Few, is_dir: &|_: &[u8]| false };
    let parsed = parse_arguments(&["-R", "/x y"], &target);
    assert_eq!(parsed.commands, [Command::ReadFile(b"/x y".to_vec())]);
    assert_eq!(problems("-R /x"), [(Code::OptionConflict, 1)]);
    let parsed = parse_arguments(&["-w", "/a \\b", "-k", "\"q\"", "-F", "uid=nobody"], &target);
    assert_eq!((parsed.problems[0].line, parsed.problems[0].column), (0, 24));
}

#[test]
fn each_fault_has_its_code_and_place() {
    use Code::*;
    for (line, expected) in [
        (
            "-a always,exit -S opne -F uid=x -F foo=1",
            &[(UnknownSyscall, 19), (UnknownUser, 31), (UnknownField, 36)][..],
        ),
        ("-x", &[(UnknownOption, 1)]),
        ("--foo", &[(UnknownOption, 1)]),
        ("-k", &[(MissingValue, 1)]),
        ("-w /x -p wa # note", &[(StrayWord, 13), (StrayWord, 15)]),
        ("-w /x -a always,exit", &[(OptionConflict, 7)]),
        ("-a always,exit -l", &[(OptionConflict, 16)]),
        ("-a always", &[(UnknownList, 4)]),
        ("-a always,exot", &[(UnknownList, 11)]),
        ("-a always,entry", &[(UnknownList, 11)]),
        ("-a exit,possible", &[(ObsoleteAction, 4)]),
        ("-F uid=0", &[(ListFirst, 1)]),
        ("-S open", &[(NoArch, 4), (ListFirst, 1)]),
        ("-p wa", &[(ListFirst, 4)]),
        ("-a always,exit -F uid", &[(BadOperator, 19)]),
        ("-a always,exit -F =0", &[(UnknownField, 19)]),
        ("-a always,exit -F uid=", &[(MissingValue, 23)]),
        ("-a always,exit -F path>/x", &[(BadOperator, 19)]),
        ("-a always,exit -F uid&1", &[(BadOperator, 19)]),
        ("-a always,exit -F msgtype=EOE", &[(WrongList, 19)]),
        ("-a always,task -F exit=0", &[(WrongList, 19)]),
        ("-a always,task -S 2", &[(WrongList, 19)]),
        ("-S 2 -a always,user", &[(WrongList, 9)]),
        ("-a never,filesystem -F uid=0", &[(WrongList, 24)]),
        ("-a never,exclude -F euid=0", &[(NeverMatches, 21)]),
        ("-a always,exit -F path=/a -F dir=/b", &[(Duplicate, 30)]),
        ("-a always,exit -F exe=/a -F exe=/b", &[(Duplicate, 29)]),
        ("-a always,exit -F arch=x86", &[(UnknownArch, 24)]),
        ("-a always,exit -S 2 -F arch=b64", &[(ArchLate, 29)]),
        ("-a always,exit -S 2048", &[(UnknownSyscall, 19)]),
        ("-a always,exit -S open", &[(NoArch, 19)]),
        ("-a always,exit -S ,,", &[(NeverMatches, 19)]),
        ("-a always,exit -F gid=nobody", &[(UnknownUser, 23)]),
        ("-a always,exit -F exit=-EFOO", &[(UnknownName, 24)]),
        ("-a never,exclude -F msgtype=SYSCALLS", &[(UnknownName, 29)]),
        ("-a always,exit -F filetype=folder", &[(UnknownName, 28)]),
        ("-a always,exit -F saddr_fam=46", &[(BadNumber, 29)]),
        ("-a always,exit -F pid=12x", &[(BadNumber, 23)]),
        ("-a always,exit -F pid=4294967296", &[(BadNumber, 23)]),
        ("-a always,exit -F uid=unset -F gid=-1", &[(BadNumber, 23), (BadNumber, 36)]),
        ("-a always,exit -S 2 -F obj_uid!=4294967295 -F fsgid=unset", &[(BadNumber, 33), (BadNumber, 53)]),
        ("-a always,exit -F auid=unset -F sessionid=-1", &[]),
        ("-a always,exit -F perm=wz", &[(BadPermission, 24)]),
        ("-w /x -p rwxar", &[(BadPermission, 10)]),
        ("-w x", &[(BadPath, 4)]),
        ("-w /x/*", &[(BadPath, 4)]),
        ("-a always,exit -F path=/x/", &[(BadPath, 24)]),
        ("-a always,exit -F uid=0 -k x", &[(KeyFirst, 25)]),
        ("-a always,exit -F uid=0 -F key=x", &[(KeyFirst, 32)]),
        ("-w /x -k \"x\"", &[(LiteralQuotes, 10)]),
        ("-a always,exit -C uid=gid", &[(WrongList, 19)]),
        ("-a always,exit -C uid>euid", &[(BadOperator, 19)]),
        ("-a always,user -C uid=euid", &[(WrongList, 19)]),
        ("-e 3", &[(BadNumber, 4)]),
        ("-b -1", &[(BadNumber, 4)]),
        ("--signal KILL", &[(UnknownName, 10)]),
        ("-q /a", &[(BadPath, 4)]),
        ("-D -e 1", &[(OptionConflict, 4)]),
    ] {
        let mut found = problems(line);
        found.sort_by_key(|(code, _)| *code);
        let mut expected = expected.to_vec();
        expected.sort_by_key(|(code, _)| *code);
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn keys_that_are_too_long_together_are_refused() {
    let fits = format!("-w /x -k {} -k {}", "a".repeat(200), "b".repeat(55));
    assert_eq!(problems(&fits), []);
    assert_eq!(rule(&fits).find(Field::Key).and_then(FieldTest::as_text).map(<[u8]>::len), Some(256));
    assert_eq!(problems(&format!("{fits}c")), [(Code::TooLong, 214)]);
}

#[test]
fn hints_say_what_was_meant() {
    for (line, expected) in [
        ("-a always,exit -F arch=b64 -S opne", "did you mean \"open\"?"),
        ("-a always,exit -F arch=b64 -S socketcall", "i386 has it"),
        ("-a always,exit -F filetpye=dir", "did you mean \"filetype\"?"),
        ("-a alway,exit", "did you mean \"always\"?"),
        ("-a always,exits", "did you mean \"exit\"?"),
        ("-a never,exclude -F msgtype=SYSCALLS", "did you mean \"SYSCALL\"?"),
        ("-a always,exit -F exit=-EACCESS", "did you mean \"EACCES\"?"),
        ("-a always,exit -F arch=x86_46", "did you mean \"x86_64\"?"),
        ("-a always,exit -F success=yes", "1 for success, 0 for failure"),
        ("--loginuid_imutable", "did you mean \"loginuid-immutable\"?"),
        ("-a always,io_uring -S openta", "did you mean \"openat\"?"),
    ] {
        assert_eq!(hint(line), expected, "{line}");
    }
}

#[test]
fn an_error_takes_the_commands_and_a_warning_leaves_them() {
    let wrong = parse("-b 100 -f 3");
    assert!(wrong.commands.is_empty() && wrong.has_errors());
    let doubtful = parse("-a always,exit -F pid=12x");
    assert!(!doubtful.has_errors() && doubtful.problems.len() == 1);
    assert_eq!(rule("-a always,exit -F pid=12x").fields(), [number(Field::Pid, Op::Equal, 12)]);
}

#[test]
fn a_file_tells_all_its_problems_with_their_lines() {
    let target =
        Target { machine: Arch::X86_64, perm_syscalls: PermSyscalls::Never, names: &Few, is_dir: &|_: &[u8]| false };
    let file = parse_file(b"-D\r\n# x\n-w x\n\n-a always,exit -S opne\n-e 1", &target);
    assert_eq!(file.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 6]);
    let shown: Vec<_> = file.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "3:4: error: the path \"x\" does not start with /",
            "5:19: error: unknown call \"opne\" on x86_64 (did you mean \"open\"?)"
        ]
    );
}

#[test]
fn messages_hold_no_control_characters() {
    let problem = parse("-a always,exit -F \x1b[31m=1").problems.remove(0);
    assert!(!problem.what.contains('\x1b'), "{}", problem.what);
}
