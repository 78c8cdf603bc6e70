//! `-F`, `-C` and `-p`: tests of fields, each value read as its field has it.

use oyez_tables::arch::Arch;
use oyez_tables::{family, record_type};

use super::head::absolute;
use super::lex::Token;
use super::number::{self, NoNumber};
use super::problem::{Code, Problem, show};
use super::rule::{ArchGiven, Builder};
use super::validity;
use crate::model::{Comparison, Field, FieldTest, MAX_TEXT_LEN, Op};
use crate::{perm, values};

/// One address family above the highest (`AF_MAX`, include/linux/socket.h): the kernel refuses it and all above.
const FAMILIES: u32 = 46;
/// What stands for no user, no group and no session.
const UNSET: u32 = u32::MAX;

/// `-F`.
pub(super) fn test(builder: &mut Builder<'_, '_>, token: &Token) {
    let Some((field, op, value)) = parts(builder, token) else { return };
    let column = token.column;
    let wrong = builder.list().and_then(|list| validity::in_list(list, field, column));
    let wrong = wrong.into_iter().chain(validity::operator(field, op, column));
    let rule = builder.draft.as_ref().map(|draft| &draft.rule);
    let wrong: Vec<_> = wrong.chain(rule.and_then(|rule| validity::once_more(rule, field, column))).collect();
    builder.problems.extend(wrong);
    builder.keyable |= matches!(field, Field::Path | Field::Dir | Field::Perm | Field::Exe | Field::FsType);
    let test = if field.is_text() {
        text(builder, field, op, &value)
    } else {
        match number(builder, field, &value) {
            Ok(number) => FieldTest::number(field, op, number),
            Err(problem) => {
                builder.problem(problem);
                None
            }
        }
    };
    if let Some(test) = test {
        builder.push(test, column);
    }
}

/// Field, operator and value of a test; says what is missing.
fn parts(builder: &mut Builder<'_, '_>, token: &Token) -> Option<(Field, Op, Token)> {
    let (name, op, value) = match split(token) {
        Ok(parts) => parts,
        Err(problem) => {
            builder.problem(problem);
            return None;
        }
    };
    let field = Field::from_name(name);
    if field.is_none() {
        let what = format!("unknown field \"{}\"", show(name));
        builder
            .problem(Problem::error(Code::UnknownField, token.column, what).meant(name, Field::all().map(Field::name)));
    }
    Some((field?, op, value))
}

/// The name, operator and value of `NAME OP VALUE`, none of them empty.
fn split(token: &Token) -> Result<(&[u8], Op, Token), Problem> {
    let shown = || show(&token.text);
    let at = token.text.iter().position(|byte| matches!(byte, b'=' | b'!' | b'<' | b'>' | b'&'));
    let found = at.and_then(|at| {
        let op = Op::ALL.into_iter().find(|op| token.text[at..].starts_with(op.symbol().as_bytes()))?;
        Some((at, op))
    });
    let Some((at, op)) = found else {
        let problem = Problem::error(Code::BadOperator, token.column, format!("no operator in \"{}\"", shown()));
        return Err(problem.hint("such as uid=0"));
    };
    let value = token.from(at + op.symbol().len());
    if at == 0 {
        let what = format!("no field before the operator in \"{}\"", shown());
        return Err(Problem::error(Code::UnknownField, token.column, what));
    }
    if value.text.is_empty() {
        let what = format!("no value behind the operator in \"{}\"", shown());
        return Err(Problem::error(Code::MissingValue, value.column, what));
    }
    Ok((&token.text[..at], op, value))
}

fn text(builder: &mut Builder<'_, '_>, field: Field, op: Op, value: &Token) -> Option<FieldTest> {
    if matches!(field, Field::Path | Field::Dir | Field::Exe) {
        absolute(builder, &value.text, value);
        if field != Field::Dir && value.text.ends_with(b"/") {
            let what = format!("{} cannot end with /", field.name());
            builder.problem(Problem::error(Code::BadPath, value.column, what));
        }
    }
    let test = FieldTest::text(field, op, value.text.as_slice());
    if test.is_none() {
        let what = format!("the value of {} is longer than {MAX_TEXT_LEN} bytes, or holds a NUL", field.name());
        builder.problem(Problem::error(Code::TooLong, value.column, what));
    }
    test
}

/// The value of a numeric field.
fn number(builder: &mut Builder<'_, '_>, field: Field, value: &Token) -> Result<u32, Problem> {
    let name = value.text.as_slice();
    match field {
        Field::Arch => arch(builder, value),
        Field::Perm => permission_bits(value),
        Field::Exit => errno(builder, value),
        Field::MsgType => match record_type_number(name) {
            Some(number) => Ok(number),
            None => plain(builder, field, value, || record_type::all().map(|(_, name)| name).collect()),
        },
        Field::FileType => match values::file_type(name) {
            Some(number) => Ok(number),
            None => plain(builder, field, value, || values::file_type_names().collect()),
        },
        Field::FsType => match values::fs_type(name) {
            Some(number) => Ok(number),
            None => plain(builder, field, value, || values::fs_type_names().collect()),
        },
        Field::SaddrFam => address_family(builder, value),
        _ if field.is_user() || field.is_group() => owner(builder, field, value),
        Field::SessionId if name == b"unset" => Ok(UNSET),
        _ => plain(builder, field, value, Vec::new),
    }
}

/// A number; where there is none, `names` are what could have been meant.
fn plain(
    builder: &mut Builder<'_, '_>,
    field: Field,
    value: &Token,
    names: impl FnOnce() -> Vec<&'static str>,
) -> Result<u32, Problem> {
    match number::parse(&value.text) {
        Ok(number) => {
            if !number.whole {
                let what =
                    format!("{} takes the number {} out of \"{}\"", field.name(), number.value, show(&value.text));
                builder.problem(Problem::warning(Code::BadNumber, value.column, what));
            }
            Ok(number.value)
        }
        Err(NoNumber::TooLarge) => {
            let what = format!("the number \"{}\" is too large", show(&value.text));
            Err(Problem::error(Code::BadNumber, value.column, what))
        }
        Err(NoNumber::NotANumber) => Err(no_number(field, value, names())),
    }
}

fn no_number(field: Field, value: &Token, names: Vec<&'static str>) -> Problem {
    let shown = show(&value.text);
    if names.is_empty() {
        let problem =
            Problem::error(Code::BadNumber, value.column, format!("{} takes a number, not \"{shown}\"", field.name()));
        return if field == Field::Success { problem.hint("1 for success, 0 for failure") } else { problem };
    }
    Problem::error(Code::UnknownName, value.column, format!("unknown {} \"{shown}\"", field.name()))
        .meant(&value.text, names)
}

/// A record type by name, or as auditd writes one it has no name for: `UNKNOWN[1337]`.
fn record_type_number(name: &[u8]) -> Option<u32> {
    let unknown = name.strip_prefix(b"UNKNOWN[").and_then(|rest| rest.strip_suffix(b"]"));
    let unknown = unknown.and_then(|digits| number::parse(digits).ok()).map(|number| number.value);
    record_type::number(name).map(u32::from).or(unknown)
}

fn arch(builder: &mut Builder<'_, '_>, value: &Token) -> Result<u32, Problem> {
    if builder.syscalls.is_some() {
        let problem = Problem::error(Code::ArchLate, value.column, "arch must stand before -S");
        builder.problem(problem.hint("the calls are looked up in the table of the arch"));
    }
    let (number, arch) = arch_value(builder, value)?;
    builder.arch = Some(ArchGiven(arch));
    Ok(number)
}

fn arch_value(builder: &mut Builder<'_, '_>, value: &Token) -> Result<(u32, Option<Arch>), Problem> {
    let machine = builder.target.machine;
    let error = |what: String| Problem::error(Code::UnknownArch, value.column, what);
    let family = match value.text.to_ascii_lowercase().as_slice() {
        b"b64" => Some(Some(machine).filter(|machine| values::is_64_bit(*machine))),
        b"b32" => Some(values::b32(machine)),
        _ => None,
    };
    if let Some(family) = family {
        let arch = family.ok_or_else(|| error(format!("{} has no {}", machine.name(), show(&value.text))))?;
        return Ok((arch.audit(), Some(arch)));
    }
    if let Some(arch) = values::arch(&value.text) {
        return Ok((arch.audit(), Some(arch)));
    }
    let hex = std::str::from_utf8(&value.text).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let number = match number::parse(&value.text) {
        Ok(number) if number.whole => Some(number.value),
        Ok(_) | Err(NoNumber::TooLarge) => None,
        Err(NoNumber::NotANumber) => hex,
    };
    let Some(number) = number else {
        let problem = error(format!("unknown architecture \"{}\"", show(&value.text)));
        return Err(problem.meant(&value.text, values::arch_names()));
    };
    let arch = Arch::from_audit(number);
    if arch.is_none() {
        let what = format!("no architecture has the number {number:#x}");
        builder.problem(Problem::warning(Code::UnknownArch, value.column, what));
    }
    Ok((number, arch))
}

fn errno(builder: &mut Builder<'_, '_>, value: &Token) -> Result<u32, Problem> {
    let name = value.text.strip_prefix(b"-").unwrap_or(&value.text);
    let negative = name.len() < value.text.len();
    match values::errno(name) {
        Some(number) if negative => Ok(number.wrapping_neg()),
        Some(number) => {
            let (what, shown) =
                (format!("exit={} is the number {number}: errors are negative", show(name)), show(name));
            builder.problem(Problem::warning(Code::BadNumber, value.column, what).hint(format!("write exit=-{shown}")));
            Ok(number)
        }
        None => plain(builder, Field::Exit, value, || values::errno_names().collect()),
    }
}

fn address_family(builder: &mut Builder<'_, '_>, value: &Token) -> Result<u32, Problem> {
    let named = family::number(&value.text).map(u32::from);
    let names = || (0..64).filter_map(family::name).collect();
    let number = named.map_or_else(|| plain(builder, Field::SaddrFam, value, names), Ok)?;
    if number >= FAMILIES {
        let what = format!("no address family has the number {number}");
        return Err(
            Problem::error(Code::BadNumber, value.column, what).hint(format!("{} is the highest", FAMILIES - 1))
        );
    }
    Ok(number)
}

/// A user or group, by number or name. There can be none where a login user is asked for, and nowhere else: the kernel
/// takes -1 for no id (kernel/auditfilter.c, `audit_data_to_entry`: `uid_valid`, `gid_valid`).
fn owner(builder: &mut Builder<'_, '_>, field: Field, value: &Token) -> Result<u32, Problem> {
    let number = if value.text == b"unset" { UNSET } else { named_owner(builder, field, value)? };
    if number == UNSET && field != Field::Auid {
        let what = format!("{} is never unset: every process and file has one", field.name());
        return Err(Problem::error(Code::BadNumber, value.column, what).hint("only auid and sessionid can be"));
    }
    Ok(number)
}

fn named_owner(builder: &mut Builder<'_, '_>, field: Field, value: &Token) -> Result<u32, Problem> {
    if number::parse(&value.text) != Err(NoNumber::NotANumber) {
        return plain(builder, field, value, Vec::new);
    }
    let name = std::str::from_utf8(&value.text).ok();
    let names = builder.target.names;
    let (kind, found) = if field.is_user() {
        ("user", name.and_then(|name| names.uid(name)))
    } else {
        ("group", name.and_then(|name| names.gid(name)))
    };
    found.ok_or_else(|| {
        let what = format!("unknown {kind} \"{}\"", show(&value.text));
        Problem::error(Code::UnknownUser, value.column, what)
    })
}

fn permission_bits(value: &Token) -> Result<u32, Problem> {
    if let Ok(number) = number::parse(&value.text)
        && number.whole
        && number.value <= 15
    {
        return Ok(number.value);
    }
    match perm::bits(&value.text) {
        Ok(bits) if value.text.len() <= 4 => Ok(bits),
        Ok(_) => Err(Problem::error(Code::BadPermission, value.column, "more than four permissions")),
        Err(letter) => {
            let what = format!("\"{}\" is no permission", show(&[letter]));
            Err(Problem::error(Code::BadPermission, value.column, what).hint("any of r, w, x and a"))
        }
    }
}

/// `-p`.
pub(super) fn permissions(builder: &mut Builder<'_, '_>, value: &Token) {
    if !builder.has_list("permissions", value.column) {
        return;
    }
    builder.keyable = true;
    let bits = match permission_bits(value) {
        Ok(bits) => bits,
        Err(problem) => return builder.problem(problem),
    };
    let wrong = builder.list().and_then(|list| validity::in_list(list, Field::Perm, value.column));
    builder.problems.extend(wrong);
    let Some(test) = FieldTest::number(Field::Perm, Op::Equal, bits) else { return };
    let Some(draft) = builder.draft.as_mut() else { return };
    if draft.rule.fields().is_empty() && !draft.watch {
        let problem = Problem::error(Code::OptionConflict, value.column, "-p needs a watch or a field before it");
        return builder.problem(problem.hint("write -F perm= in a rule"));
    }
    if !draft.rule.replace(test) {
        builder.problem(Problem::error(Code::TooManyFields, value.column, "more than 64 fields in one rule"));
    }
}

/// `-C`.
pub(super) fn comparison(builder: &mut Builder<'_, '_>, token: &Token) {
    if !builder.has_list("a comparison", token.column) {
        return;
    }
    let Some((left, op, value)) = parts(builder, token) else { return };
    let Some(right) = Field::from_name(&value.text) else {
        let what = format!("unknown field \"{}\"", show(&value.text));
        let problem = Problem::error(Code::UnknownField, value.column, what);
        return builder.problem(problem.meant(&value.text, Field::all().map(Field::name)));
    };
    let Some(comparison) = Comparison::of(left, right) else {
        let what = format!("{} and {} cannot be compared", left.name(), right.name());
        let problem = Problem::error(Code::WrongList, token.column, what);
        return builder.problem(problem.hint("users with users, groups with groups, each with another"));
    };
    let wrong = builder.list().and_then(|list| validity::in_list(list, Field::FieldCompare, token.column));
    let wrong: Vec<_> = wrong.into_iter().chain(validity::operator(Field::FieldCompare, op, token.column)).collect();
    builder.problems.extend(wrong);
    if let Some(test) = FieldTest::number(Field::FieldCompare, op, comparison.number()) {
        builder.push(test, token.column);
    }
}
