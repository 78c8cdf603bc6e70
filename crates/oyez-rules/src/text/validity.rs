//! Which field may stand in which list, with which operator, and how often: libaudit's rules and the kernel's.
//!
//! Sources: auditctl(8); libaudit 3.0.9 (seen from outside); kernel/auditfilter.c (`audit_field_valid`, `audit_to_watch`,
//! `audit_to_inode`), `kernel/audit_tree.c` (`audit_make_tree`), kernel/audit.c and auditsc.c for what a list matches.

use crate::model::{Field, List, Op, Rule};

use super::problem::{Code, Problem};

/// Whether `list` can ever match `field`. A rule with a test that its list never matches is dead.
pub fn applies(list: List, field: Field) -> bool {
    match list {
        List::Exit | List::IoUring => !matches!(field, Field::MsgType | Field::FsType),
        List::Filesystem => matches!(field, Field::FsType | Field::Key),
        List::Exclude | List::User => {
            matches!(
                field,
                Field::Pid
                    | Field::Uid
                    | Field::Gid
                    | Field::Auid
                    | Field::LoginuidSet
                    | Field::MsgType
                    | Field::SubjUser
            ) || matches!(
                field,
                Field::SubjRole | Field::SubjType | Field::SubjSen | Field::SubjClr | Field::Exe | Field::Key
            )
        }
        List::Task => !(exit_only(field) || matches!(field, Field::MsgType | Field::FsType | Field::Arch)),
    }
}

/// Whether what the field tests is known at the end of a call only.
const fn exit_only(field: Field) -> bool {
    matches!(
        field,
        Field::Exit
            | Field::Success
            | Field::DevMajor
            | Field::DevMinor
            | Field::Inode
            | Field::Path
            | Field::Dir
            | Field::FileType
            | Field::Perm
            | Field::ObjUser
            | Field::ObjRole
            | Field::ObjType
            | Field::ObjLevLow
            | Field::ObjLevHigh
            | Field::ObjUid
            | Field::ObjGid
            | Field::FieldCompare
            | Field::SaddrFam
            | Field::A0
            | Field::A1
            | Field::A2
            | Field::A3
    )
}

/// What is wrong with `field` in `list`, if anything.
pub(super) fn in_list(list: List, field: Field, column: usize) -> Option<Problem> {
    if applies(list, field) && !(list == List::IoUring && field == Field::Perm) {
        return None;
    }
    let (name, in_list) = (field.name(), list.name());
    let refused = match (field, list) {
        // libaudit looks at neither, and the kernel takes both.
        (Field::ObjUid | Field::ObjGid | Field::SaddrFam | Field::A0 | Field::A1 | Field::A2 | Field::A3, _)
        | (Field::Perm | Field::SessionId | Field::Arch | Field::Pers, List::Exclude) => list == List::Filesystem,
        (Field::MsgType | Field::FsType | Field::FieldCompare | Field::Ppid, _) => true,
        _ => exit_only(field) || list == List::Filesystem || (list == List::IoUring && field == Field::Perm),
    };
    if !refused {
        let what = format!("the {in_list} list never matches {name}");
        return Some(Problem::warning(Code::NeverMatches, column, what).hint("the whole rule will match nothing"));
    }
    let takes: Vec<_> = List::ALL.into_iter().filter(|list| applies(*list, field)).map(List::name).collect();
    let what = format!("{name} cannot be used with the {in_list} list");
    Some(Problem::error(Code::WrongList, column, what).hint(format!("it goes with: {}", takes.join(", "))))
}

/// Whether the kernel takes the operator for the field.
pub(super) fn takes(field: Field, op: Op) -> bool {
    match field {
        Field::Path | Field::Dir => op == Op::Equal,
        Field::Pers | Field::DevMinor | Field::A0 | Field::A1 | Field::A2 | Field::A3 => true,
        Field::SubjSen | Field::SubjClr | Field::ObjLevLow | Field::ObjLevHigh => !op.is_bitwise(),
        Field::Inode | Field::LoginuidSet | Field::Arch | Field::FsType | Field::Perm | Field::FileType => {
            op.is_equality()
        }
        Field::FieldCompare => op.is_equality(),
        _ if field.is_text() => op.is_equality(),
        _ => !op.is_bitwise(),
    }
}

/// What is wrong with the operator, if anything.
pub(super) fn operator(field: Field, op: Op, column: usize) -> Option<Problem> {
    if takes(field, op) {
        return None;
    }
    let what = format!("{} does not take the operator {}", field.name(), op.symbol());
    let symbols: Vec<_> = Op::ALL.into_iter().filter(|op| takes(field, *op)).map(Op::symbol).collect();
    Some(Problem::error(Code::BadOperator, column, what).hint(format!("it takes: {}", symbols.join(" "))))
}

/// What is wrong with one more test of `field` in `rule`, if anything: the kernel has room for one file or folder and one
/// program in a rule.
pub(super) fn once_more(rule: &Rule, field: Field, column: usize) -> Option<Problem> {
    let rivals: &[Field] = match field {
        Field::Path | Field::Dir | Field::Inode => &[Field::Path, Field::Dir, Field::Inode],
        Field::Exe => &[Field::Exe],
        _ => return None,
    };
    let rival = rule.fields().iter().map(crate::model::FieldTest::field).find(|known| rivals.contains(known))?;
    let what = format!("{} cannot stand beside {} in one rule", field.name(), rival.name());
    Some(Problem::error(Code::Duplicate, column, what).hint("write two rules"))
}
