//! Lists of kernel field names, as `omit_fields` takes them. Every unknown name in a list is refused, each with the known
//! name it is nearest to.

use oyez_tables::key::{self, Key};

use super::given::{Given, Value};
use super::kind::{Refusal, quoted};
use super::suggest::nearest;

/// Checks a list of field names and stores it, each name once; gives it back as TOML.
///
/// # Errors
/// The unknown names; none when it is not a list of strings at all.
pub(super) fn apply(given: &Given<'_>, place: &mut Vec<Key>) -> Result<String, Vec<Refusal>> {
    let Value::List(items) = &given.value else { return Err(Vec::new()) };
    let (mut keys, mut refusals) = (Vec::new(), Vec::new());
    for item in items {
        let Value::Text(name) = &item.value else { return Err(Vec::new()) };
        match key::lookup(name.as_bytes()) {
            Some(key) if keys.contains(&key) => {}
            Some(key) => keys.push(key),
            None => refusals.push(unknown(name, item)),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let names: Vec<_> = keys.iter().map(|key| quoted(key.name())).collect();
    *place = keys;
    Ok(format!("[{}]", names.join(", ")))
}

fn unknown(name: &str, item: &Given<'_>) -> Refusal {
    Refusal {
        message: format!("unknown field \"{}\"", name.escape_debug()),
        hint: nearest(name, (0..Key::COUNT).filter_map(Key::from_index).map(Key::name))
            .map(|near| format!("did you mean \"{near}\"?")),
        span: item.span.clone(),
    }
}
