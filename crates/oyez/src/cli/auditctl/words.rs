//! What is wrong with a rule, in the words that scripts know from auditctl 3.0.9.
//!
//! A [`Problem`] with the option it is about in, a message out. `None` where auditctl sees nothing wrong itself and the
//! kernel refuses the rule.

use oyez_rules::model::{Field, List};
use oyez_rules::text::{Code, Problem};

use super::getopt::{Entry, Opt};

/// What a message needs to know of the line.
pub(super) struct About<'a> {
    /// The option that the problem is about.
    pub(super) entry: &'a Entry,
    /// The list of the rule, if it has one.
    pub(super) list: Option<List>,
    /// Whether a watch stands before it.
    pub(super) watch: bool,
    /// The byte of the value that the problem is about.
    pub(super) at: usize,
}

/// The message, without its line end.
pub(super) fn message(problem: &Problem, about: &About<'_>) -> Option<String> {
    let value = show(&about.entry.value);
    match about.entry.opt {
        Opt::Letter(letter @ (b'a' | b'A' | b'd')) => Some(head(letter, problem.code, &value, about)),
        Opt::Letter(letter @ (b'w' | b'W')) => Some(watch(letter, problem, about)),
        Opt::Letter(b'S') => Some(calls(problem.code, about)),
        Opt::Letter(b'F') => field(problem.code, about),
        Opt::Letter(b'C') => Some(comparison(problem, about)),
        Opt::Letter(b'p') => Some(permissions(problem, about)),
        Opt::Letter(b'k') => Some(match problem.code {
            Code::TooLong => "key option exceeds size limit".to_owned(),
            Code::MissingValue => "key option needs a value".to_owned(),
            _ => "key option needs a watch or syscall given prior to it".to_owned(),
        }),
        _ => None,
    }
}

/// The message of a warning; `None` for one that auditctl does not have.
pub(super) fn warning(problem: &Problem, line: Option<usize>) -> Option<String> {
    match (problem.code, problem.what.starts_with("wildcards")) {
        (Code::NoArch, _) => {
            let place = line.map_or_else(String::new, |line| format!(" in line {line}"));
            Some(format!("WARNING - 32/64 bit syscall mismatch{place}, you should specify an arch"))
        }
        (Code::BadPath, true) => Some("Warning - wildcard notation is not supported".to_owned()),
        (Code::BadPath, false) => Some("Warning - relative path notation is not supported".to_owned()),
        _ => None,
    }
}

fn head(letter: u8, code: Code, value: &str, about: &About<'_>) -> String {
    let verb = match letter {
        b'a' => "Append",
        b'A' => "Add",
        _ => "Delete",
    };
    match code {
        Code::OptionConflict if about.watch => format!("{verb} rule - bad keyword {value}"),
        Code::OptionConflict if letter == b'a' => "Multiple rule insert/delete operations are not allowed\n".to_owned(),
        Code::OptionConflict => "Multiple rule insert/delete operations are not allowed".to_owned(),
        Code::ObsoleteAction if value.starts_with("possible,") => format!("{verb} rule - bad keyword {value}"),
        Code::ObsoleteAction if letter != b'd' => "Append rule - possible is deprecated".to_owned(),
        Code::ObsoleteAction => "Delete rule - possible is deprecated".to_owned(),
        _ => format!("{verb} rule - bad keyword {value}"),
    }
}

fn watch(letter: u8, problem: &Problem, about: &About<'_>) -> String {
    match problem.code {
        Code::OptionConflict if letter == b'w' => "watch option can't be given with a syscall".to_owned(),
        Code::OptionConflict => "Rule is not empty\n".to_owned(),
        Code::TooLong if about.entry.value.len() < oyez_rules::model::MAX_TEXT_LEN => {
            "The base name of the path is too big".to_owned()
        }
        Code::TooLong => "The path passed for the watch is too big".to_owned(),
        _ => "The path must start with '/'".to_owned(),
    }
}

fn calls(code: Code, about: &About<'_>) -> String {
    match (code, about.list) {
        (Code::ListFirst, _) => "Error - no list specified".to_owned(),
        (Code::WrongList, Some(List::Exclude)) => "Error: syscall auditing cannot be put on exclude list".to_owned(),
        (Code::WrongList, Some(list)) => format!("Error: syscall auditing being added to {} list", list.name()),
        _ => {
            let name = about.entry.value[about.at.min(about.entry.value.len())..].split(|byte| *byte == b',');
            format!("Syscall name unknown: {}", name.take(1).map(show).collect::<String>())
        }
    }
}

fn field(code: Code, about: &About<'_>) -> Option<String> {
    let value = &about.entry.value;
    let start = value.iter().position(|byte| b"=!<>&".contains(byte)).unwrap_or(value.len());
    let (name, rest) = value.split_at(start);
    let two = [&b"!="[..], b"<=", b">=", b"&="].iter().any(|op| rest.starts_with(op));
    let operand = &rest[rest.len().min(if two { 2 } else { 1 })..];
    let field = Field::from_name(name);
    let name = show(name);
    Some(match code {
        Code::ListFirst => "List must be given before field".to_owned(),
        Code::BadOperator if rest.is_empty() => format!("-F missing operation for {name}"),
        Code::BadOperator | Code::UnknownField if name.is_empty() => {
            "-F missing field name before operator for ".to_owned()
        }
        Code::BadOperator => return operator(field?),
        Code::UnknownField => format!("-F unknown field: {name}"),
        Code::MissingValue => format!("-F missing value after operation for {name}"),
        Code::UnknownUser if field?.is_group() => format!("Unknown group: {}", show(operand)),
        Code::UnknownUser => format!("Unknown user: {}", show(operand)),
        // Of users that are unset it leaves the word to the kernel; a group it takes for a name.
        Code::BadNumber if is_unset(operand) && field?.is_group() => format!("Unknown group: {}", show(operand)),
        Code::BadNumber if (is_unset(operand) || operand == b"4294967295") && is_owner(field?) => return None,
        Code::UnknownName | Code::BadNumber => bad_value(field?, operand),
        Code::BadPermission if operand.len() > 4 => "String value too long".to_owned(),
        Code::BadPermission => "Permission can only contain  'rwxa'".to_owned(),
        Code::WrongList => return wrong_list(field?, about.list),
        Code::UnknownArch => "arch elf mapping not found".to_owned(),
        Code::ArchLate => "arch must be before -S".to_owned(),
        Code::KeyFirst => "Key field needs a watch, syscall or exe path given prior to it".to_owned(),
        Code::TooLong if field == Some(Field::Key) => "key option exceeds size limit".to_owned(),
        Code::TooLong => "String value too long".to_owned(),
        Code::TooManyFields => format!("Too many fields in rule: {}", show(value)),
        _ => return None,
    })
}

/// What auditctl says of an operator; of those of most fields, nothing.
fn operator(field: Field) -> Option<String> {
    match field {
        Field::Perm => Some("perm only takes = operator".to_owned()),
        Field::Inode | Field::Arch | Field::FsType => Some(format!("{} only takes = or != operators", field.name())),
        _ => None,
    }
}

fn is_unset(operand: &[u8]) -> bool {
    matches!(operand, b"unset" | b"-1")
}

fn is_owner(field: Field) -> bool {
    field.is_user() || field.is_group()
}

fn bad_value(field: Field, operand: &[u8]) -> String {
    match field {
        Field::Exit => "-F unknown errno - exit".to_owned(),
        Field::MsgType => "-F unknown message type - msgtype".to_owned(),
        Field::FileType => "-F unknown file type -  filetype".to_owned(),
        Field::FsType => "file system type is unknown for field: fstype".to_owned(),
        Field::SaddrFam if operand.iter().all(u8::is_ascii_digit) => {
            "value is too large for field: saddr_fam".to_owned()
        }
        other => format!("-F value should be number for {}", other.name()),
    }
}

fn wrong_list(field: Field, list: Option<List>) -> Option<String> {
    Some(match (field, list?) {
        (Field::MsgType, _) => "msgtype field can only be used with exclude or user filter list".to_owned(),
        (Field::FsType, _) => "fstype field is not valid for the filter".to_owned(),
        (_, List::Exclude) => {
            "Only msgtype, *uid, *gid, pid, and subj* fields can be used with exclude filter".to_owned()
        }
        (_, List::Filesystem) => return None,
        (field, _) => format!("{} can only be used with exit filter list", field.name()),
    })
}

fn comparison(problem: &Problem, about: &About<'_>) -> String {
    let value = &about.entry.value;
    let start = value.iter().position(|byte| b"=!".contains(byte)).unwrap_or(value.len());
    let name = show(&value[..start]);
    let right = value[start..].iter().position(|byte| *byte == b'=').map_or(start, |at| start + at + 1);
    match problem.code {
        Code::WrongList if about.list == Some(List::Exit) => format!("-C incompatible comparison {name}"),
        Code::WrongList | Code::ListFirst => format!("{name} can only be used with exit filter list"),
        Code::BadOperator => format!("{} only takes = or != operators", show(value)),
        Code::MissingValue => format!("-C missing value after operation for  {name}"),
        Code::UnknownField if about.at >= right => {
            format!("-C unknown right hand value for comparison with: {name}")
        }
        Code::UnknownField => format!("-C unknown field: {name}"),
        _ => format!("-C incompatible comparison {name}"),
    }
}

fn permissions(problem: &Problem, about: &About<'_>) -> String {
    match problem.code {
        Code::BadPermission => {
            let bad = about.entry.value.iter().copied().find(|byte| !b"rwxa".contains(&byte.to_ascii_lowercase()));
            format!("Permission {} isn't supported", char::from(bad.unwrap_or(b' ')))
        }
        _ => "permission option needs a watch given prior to it".to_owned(),
    }
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
