//! Lines, each through auditctl and through oyez.

use oyez_rules::bytes;
use oyez_rules::model::{Command, Field, FieldTest, List, Op, Rule};
use oyez_rules::print::{Printer, Style};
use oyez_rules::text::{Names, Target, parse_line};
use oyez_tables::arch::Arch;

use crate::auditctl::{Auditctl, Sent};

const ADD_RULE: u32 = 1011;
const DELETE_RULE: u32 = 1012;

/// How many lines there were, and what came of them.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) lines: usize,
    /// The same message from both.
    pub(crate) equal: usize,
    /// Refused by both.
    pub(crate) refused: usize,
    /// Different, with the reason in the list of those that may.
    pub(crate) allowed: usize,
}

/// Compares lines, given with their place. `allowed` says which lines may differ, and why; each of them must.
pub(crate) fn compare(
    auditctl: &Auditctl,
    target: &Target<'_>,
    lines: &[(String, Vec<u8>)],
    allowed: &[(&str, &str)],
) -> Compared {
    let texts: Vec<_> = lines.iter().map(|(_, line)| line.as_slice()).collect();
    let mut sent = auditctl.send(&texts);
    let mut compared = Compared { lines: lines.len(), ..Compared::default() };
    let (mut different, mut used) = (Vec::new(), Vec::new());
    for (number, (place, line)) in lines.iter().enumerate() {
        let theirs = sent.remove(&number).unwrap_or_default();
        let ours = ours(line, target);
        let reason = allowed.iter().position(|(known, _)| known.as_bytes() == line.trim_ascii());
        match reason {
            _ if theirs == ours && theirs.is_empty() => compared.refused += 1,
            _ if theirs == ours => compared.equal += 1,
            Some(reason) => {
                compared.allowed += 1;
                used.push(reason);
            }
            None => different.push(describe(place, line, &theirs, &ours, target)),
        }
    }
    assert!(different.is_empty(), "{} lines differ:\n{}", different.len(), different.join("\n"));
    let unused: Vec<_> = (0..allowed.len()).filter(|at| !used.contains(at)).map(|at| allowed[at]).collect();
    assert!(unused.is_empty(), "said to differ, and does not: {unused:?}");
    compared
}

/// The rules a line adds.
pub(crate) fn rules(line: &[u8], target: &Target<'_>) -> Vec<Rule> {
    let rule = |command| match command {
        Command::AddRule { rule, .. } => Some(rule),
        _ => None,
    };
    parse_line(line, 1, target).commands.into_iter().filter_map(rule).collect()
}

/// Compares what both write of rules, and says how many were equal.
///
/// Left out is what 3.0.9 does not know or gets wrong: the list `io_uring`, types of records newer than it, arm (written as `armeb`), `exe!=` (written
/// as `exe=`; 4.x has it right) and, with names, arguments of calls, which it interprets. Rules without an `arch` are
/// listed on their own: it names their calls by the `arch` of the rule before.
pub(crate) fn compare_lists(
    auditctl: &Auditctl,
    rules: &[Rule],
    arguments: &[&str],
    names: Option<&dyn Names>,
) -> usize {
    let beyond = |test: &FieldTest| match test.field() {
        Field::MsgType => test.as_number() >= Some(1420),
        Field::Exe => test.op() == Op::NotEqual,
        Field::Arch => test.as_number() == Some(Arch::Arm.audit()),
        field => names.is_some() && field.is_argument(),
    };
    let rules = rules.iter().filter(|rule| rule.list != List::IoUring && !rule.fields().iter().any(beyond));
    let rules = rules.map(|rule| rule.clone().with_prepend(false));
    let (with_arch, without): (Vec<_>, Vec<_>) = rules.partition(|rule| rule.find(Field::Arch).is_some());
    let printer = Printer { style: Style::Auditctl, machine: Arch::X86_64, interpret: names };
    [with_arch, without].iter().map(|rules| compare_list(auditctl, rules, arguments, &printer)).sum()
}

fn compare_list(auditctl: &Auditctl, rules: &[Rule], arguments: &[&str], printer: &Printer<'_>) -> usize {
    let theirs = auditctl.list(&rules.iter().map(bytes::encode).collect::<Vec<_>>(), arguments);
    assert_eq!(theirs.len(), rules.len(), "auditctl lists all rules");
    let show = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    let pairs = rules.iter().zip(&theirs).map(|(rule, theirs)| (show(&printer.line(rule)), show(theirs)));
    let different: Vec<_> = pairs
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| format!("{theirs}\n  oyez: {ours}"))
        .collect();
    assert!(different.is_empty(), "{} lines differ:\n{}", different.len(), different.join("\n"));
    rules.len()
}

fn ours(line: &[u8], target: &Target<'_>) -> Vec<Sent> {
    let message = |command| match command {
        Command::AddRule { rule, .. } => Some((ADD_RULE, bytes::encode(&rule))),
        Command::DeleteRule { rule, .. } => Some((DELETE_RULE, bytes::encode(&rule))),
        _ => None,
    };
    parse_line(line, 1, target).commands.into_iter().filter_map(message).collect()
}

fn describe(place: &str, line: &[u8], theirs: &[Sent], ours: &[Sent], target: &Target<'_>) -> String {
    let show = |sent: &[Sent]| match sent {
        [] => "refused".to_owned(),
        sent => format!("{:?}", sent.iter().map(|(kind, bytes)| (kind, bytes::decode(bytes))).collect::<Vec<_>>()),
    };
    let problems: Vec<_> = parse_line(line, 1, target).problems.iter().map(ToString::to_string).collect();
    let line = String::from_utf8_lossy(line);
    format!("{place}: {line}\n  auditctl: {}\n  oyez: {}\n  {problems:?}", show(theirs), show(ours))
}

/// Lines for what the files at hand do not hold.
pub(crate) const OF_EVERY_KIND: &[&str] = &[
    "-a always,exit -S all",
    "-a exit,always -S open,openat -S 3",
    "-A always,exit -S execve",
    "-d always,exit -S execve",
    "-W /etc/shadow -p wa -k x",
    "-w /etc/ -p wa",
    "-w /etc/// -p rwxa -k x -k y",
    "-w /",
    "-w //",
    "-w /nothing/here -p XA",
    "-w /tmp/a\\ b\\\\c -k a\\ b",
    "-w /x -p w -p r",
    "-w /x -F uid=0 -k x",
    "-w /x -S open",
    "-w x",
    "-w /x -p wz",
    "-w /x -p rwxar",
    "-w /x/*",
    "-w /x/../y",
    "-k x -w /x",
    "-w /x -k",
    "-w /x stray",
    "-w /x -w /y",
    "-a always,exit -w /x",
    "-p wa -w /x",
    "-a always,exit -F path=/x -p wa",
    "-a always,exit -p wa",
    "-a always,exit -F perm=r -p wa",
    "-a always,exit -F path=/etc/shadow -F perm=wa -F key=a -k b",
    "-a always,exit -F dir=/etc/ -F perm=x",
    "-a always,exit -F arch=b64 -S open -F exit=-EACCES -F exit=EPERM -F exit!=-13 -F exit<0 -F exit>=7",
    "-a always,exit -F arch=b32 -S open,socketcall,truncate64",
    "-a always,exit -F arch=x86_64 -S open",
    "-a always,exit -F arch=i386 -S open",
    "-a always,exit -F arch=i686 -S open",
    "-a always,exit -F arch=B64 -S open",
    "-a always,exit -F arch=0xC000003E -S open",
    "-a always,exit -F arch=c000003e -S open",
    "-a always,exit -F arch!=b64 -S open",
    "-a always,exit -F arch=ppc64 -S open",
    "-a always,exit -F arch=s390x -S open",
    "-a always,exit -F arch=aarch64 -S openat",
    "-a always,exit -F arch=arm -S open",
    "-a always,exit -F arch=sparc -S open",
    "-a always,exit -F arch=b65 -S open",
    "-a always,exit -F arch=1 -S open",
    "-a always,exit -F arch>b64 -S open",
    "-a always,exit -S open -F arch=b64",
    "-a always,exit -F arch=b64 -S opne",
    "-a always,exit -F arch=b64 -S socketcall",
    "-a always,exit -S 2047",
    "-a always,exit -S 2048",
    "-a always,exit -S 0x10",
    "-a always,exit -S open,,close,",
    "-a always,exit -S ,",
    "-S open -a always,exit",
    "-S open",
    "-F uid=0 -a always,exit",
    "-a always,exit -S open -F uid=root -F euid!=0 -F suid>1 -F fsuid<5 -F auid>=1000 -F loginuid<=2000",
    "-a always,exit -S open -F auid=-1 -F auid!=unset -F auid!=4294967295",
    "-a always,exit -S open -F uid=nobody-here",
    "-a always,exit -S open -F gid=root -F egid!=0 -F sgid=5 -F fsgid=0x10 -F obj_gid=010",
    "-a always,exit -S open -F gid=nobody-here",
    "-a always,exit -S open -F pid=1 -F ppid!=1 -F pers=8 -F sessionid=3 -F sessionid!=unset -F sessionid=-1",
    "-a always,exit -S open -F subj_user=system_u -F subj_role=system_r -F subj_type!=init_t -F subj_sen=s0 -F subj_clr=s0",
    "-a always,exit -S open -F obj_user=a -F obj_role=b -F obj_type!=c -F obj_lev_low=s0 -F obj_lev_high=s1",
    "-a always,exit -S open -F obj_uid=0 -F obj_uid!=root",
    "-a always,exit -S open -F devmajor=8 -F devminor=1 -F inode=12345 -F success=1",
    "-a always,exit -S open -F success=yes",
    "-a always,exit -S open -F inode>5",
    "-a always,exit -S open -F a0=1 -F a1&2 -F a2&=0xff -F a3=-1",
    "-a always,exit -S open -F a0=name",
    "-a always,exit -S open -F exe=/bin/ls -k x",
    "-a always,exit -F exe!=/bin/ls -k x",
    "-a always,exit -S open -F exe>/bin/ls",
    "-a always,exit -S connect -F saddr_fam=2 -F saddr_fam!=10",
    "-a always,exit -S connect -F saddr_fam=46",
    "-a always,exit -S open -F filetype=socket",
    "-a always,exit -S open -F filetype=link -F filetype=file -F filetype=block -F filetype=dir -F filetype=character",
    "-a always,exit -S open -F filetype=fifo",
    "-a always,exit -S open -F filetype=pipe",
    "-a always,exit -S open -F perm=wz",
    "-a always,exit -S open -F perm=rwxar",
    "-a always,exit -S open -F foo=1",
    "-a always,exit -S open -F uid",
    "-a always,exit -S open -F uid=",
    "-a always,exit -S open -F =0",
    "-a always,exit -S open -F field_compare=5",
    "-a always,exit -S open -F msgtype=EOE",
    "-a always,exit -S open -F fstype=tracefs",
    "-a always,exit -F uid=0 -k x",
    "-a always,exit -F uid=0 -F key=x",
    "-a always,exit -S open -k a -k b -k c",
    "-a always,exit -S open -C uid!=euid -C auid=obj_uid -C gid!=egid -C obj_gid=fsgid",
    "-a always,exit -S open -C uid=gid",
    "-a always,exit -S open -C uid>euid",
    "-a always,exit -S open -C uid",
    "-a always,exit -S open -C uid=foo",
    "-a always,user -C uid=euid",
    "-a never,task",
    "-a task,never -F uid=5 -F pid>100",
    "-a never,task -S open",
    "-a never,task -F exit=0",
    "-a never,user -F uid=5 -F msgtype=USER_LOGIN",
    "-a never,user -S open",
    "-a always,exclude -F msgtype=CWD",
    "-a never,exclude -F msgtype=1307 -F uid=5 -F subj_type=x -F exe=/bin/ls",
    "-a never,exclude -F msgtype=NOSUCH",
    "-a never,exclude -F msgtype>=UNKNOWN[1420]",
    "-a never,exclude -F euid=0",
    "-a never,exclude -S open",
    "-a never,exclude -F msgtype=CWD -k x",
    "-a never,filesystem -F fstype=tracefs",
    "-a never,filesystem -F fstype=debugfs -F fstype!=0x1234 -k x",
    "-a never,filesystem -F fstype=ext5",
    "-a never,filesystem -F fstype=tracefs -S open",
    "-a always,io_uring -S openat,connect",
    "-a always,io_uring -S all -k x",
    "-a always,io_uring -F uid=0",
    "-a always,entry -S open",
    "-a always,watch -S open",
    "-a possible,exit -S open",
    "-a exit,possible -S open",
    "-a exit -S open",
    "-a always,exit,x -S open",
    "-a always,always -S open",
    "-a exit,exit -S open",
    "-a always,exit -a always,exit -S open",
    "-a always,exit -d always,exit -S open",
    "-aalways,exit -Sopen -Fuid=0 -kx",
    "-a always,exit -S open -Z",
    "-a always,exit -S open --nosuch",
    "-a always,exit -S open -k \"quoted\"",
    "-a always,exit -S open -F pid=12x",
    "-a always,exit -S open -F uid==0",
    "   -a always,exit -S open",
    "-a always,exit -S open -i",
    "-a always,exit -S open -F path=/a -F dir=/b",
    "-a always,exit -S open -F path=/a/",
    "-a always,exit -S open -F path=a",
    "-a always,exit -S open -F path!=/a",
    "-a always,exit -S open -F path=/a!=b",
    "-a always,exit -S open -F uid&1",
];
