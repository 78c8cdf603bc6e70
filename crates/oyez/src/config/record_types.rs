//! Lists of record types, as `ignore_types` takes them: names as auditd spells them, or numbers. Everything in a list that
//! oyez can't do without, or does not know, is refused, each with its reason.

use oyez_tables::record_type;

use super::given::{Given, Value};
use super::kind::{Refusal, quoted};
use super::suggest::nearest;

/// The least type that is a record: what is below are the kernel's answers to requests (linux/audit.h).
const FIRST: u16 = 1100;

/// Checks a list of types and stores it, in rising order, each type once; gives it back as TOML.
///
/// # Errors
/// The types that can't be had; none when it is not a list of strings and numbers at all.
pub(super) fn apply(given: &Given<'_>, place: &mut Vec<u16>) -> Result<String, Vec<Refusal>> {
    let Value::List(items) = &given.value else { return Err(Vec::new()) };
    let (mut types, mut refusals) = (Vec::new(), Vec::new());
    for item in items {
        match read(item) {
            Ok(number) => types.push(number),
            Err(Some(refusal)) => refusals.push(refusal),
            Err(None) => return Err(Vec::new()),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    types.sort_unstable();
    types.dedup();
    let shown: Vec<_> = types.iter().map(|number| show(*number)).collect();
    *place = types;
    Ok(format!("[{}]", shown.join(", ")))
}

/// The number of one item; without a refusal it is no record type in any spelling.
fn read(item: &Given<'_>) -> Result<u16, Option<Refusal>> {
    let refuse = |message: String, hint: Option<String>| Err(Some(Refusal { message, hint, span: item.span.clone() }));
    let number = match &item.value {
        Value::Integer(number) => u16::try_from(*number).ok(),
        Value::Text(name) => {
            let number = name.parse().ok().or_else(|| record_type::number(name.as_bytes()));
            if number.is_none() {
                let hint = nearest(name, record_type::all().map(|(_, known)| known));
                let hint = hint.map(|near| format!("did you mean \"{near}\"?"));
                return refuse(format!("unknown record type \"{}\"", name.escape_debug()), hint);
            }
            number
        }
        _ => return Err(None),
    };
    match number {
        None => refuse("a record type is a number up to 65535".to_owned(), None),
        Some(number) => match needed(number) {
            Some(why) => refuse(format!("record type {} can't be ignored", show(number)), Some(why.to_owned())),
            None => Ok(number),
        },
    }
}

/// Why oyez must see records of this type.
fn needed(number: u16) -> Option<&'static str> {
    match number {
        record_type::SYSCALL | record_type::URINGOP => {
            Some("without it an event says neither who did it nor what; a rule can leave out whole events")
        }
        record_type::EOE => Some("`receive.filter_eoe` is for that"),
        record_type::REPLACE => Some("it says that another daemon wants to take oyez's place"),
        _ if number < FIRST => Some("types below 1100 are the kernel's answers to oyez"),
        _ => None,
    }
}

fn show(number: u16) -> String {
    record_type::name(number).map_or_else(|| number.to_string(), quoted)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::check;

    fn types(list: &str) -> Result<Vec<u16>, String> {
        let text = format!("ignore_types = {list}\n");
        let loaded = check(Some((Path::new("x.toml"), &text)), &[]).map_err(|problems| problems.to_string())?;
        let shown = loaded.values.iter().find(|value| value.path == "ignore_types").unwrap();
        // What is shown can be read again.
        let again = format!("ignore_types = {}\n", shown.value.as_ref().unwrap());
        assert_eq!(check(Some((Path::new("x.toml"), &again)), &[]).unwrap().settings, loaded.settings);
        Ok(loaded.settings.ignore_types)
    }

    #[test]
    fn names_and_numbers_of_kernel_and_user_space_are_taken_once_each() {
        let list = r#"["PROCTITLE", 1327, "1307", "USER_ACCT", 1101, 65535, "BPF"]"#;
        assert_eq!(types(list), Ok(vec![1101, 1307, 1327, 1334, 65535]));
        assert_eq!(types("[]"), Ok(vec![]));
    }

    #[test]
    fn what_oyez_needs_is_refused_with_the_reason() {
        for (list, part) in [
            (r#"["SYSCALL"]"#, "neither who did it nor what"),
            ("[1336]", "neither who did it nor what"),
            (r#"["EOE"]"#, "receive.filter_eoe"),
            ("[1329]", "take oyez's place"),
            ("[1000, 1005]", "below 1100"),
            ("[0]", "below 1100"),
            ("[65536]", "up to 65535"),
            (r#"["PROCTITEL"]"#, "did you mean \"PROCTITLE\"?"),
            ("[true]", "expected a list of record types"),
            ("\"CWD\"", "expected a list of record types"),
        ] {
            let error = types(list).unwrap_err();
            assert!(error.contains(part), "{list}: {error}");
        }
        assert_eq!(types(r#"["SYSCALL", "NO_SUCH", 7]"#).unwrap_err().matches("error:").count(), 3, "all at once");
    }
}
