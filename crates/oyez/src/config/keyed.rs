//! Keys of tables that there may be several of, `[[filter]]` and `[[output]]`: a value as it was given in, a setting and
//! what `oyez config show` says of it out, or what is wrong with it and where inside the value.

use toml::de::DeValue;

use super::given::Given;
use super::keys::KeyDef;
use super::kind::Refusal;
use super::load::{Effective, Origin};
use super::table;

/// A table with no key set.
pub(super) fn defaults<S: Default>(keys: &'static [KeyDef<S>]) -> S {
    let mut settings = S::default();
    for key in keys {
        // A test applies every default.
        let _ = key.default.map(|default| set_default(key, default, &mut settings));
    }
    settings
}

/// Another default for one key; what it is shown as.
pub(super) fn set_default<S>(key: &'static KeyDef<S>, default: &str, settings: &mut S) -> Option<String> {
    let value = DeValue::parse(default).ok()?;
    key.kind.apply(&Given::from_toml(&value), settings).ok()
}

/// The same table, as it is shown.
pub(super) fn blank<S>(keys: &'static [KeyDef<S>]) -> Vec<Effective> {
    keys.iter().map(|key| Effective::default_of(key.name.to_owned(), key)).collect()
}

/// Checks a value and stores it.
///
/// # Errors
/// Everything that is wrong, each under the name of the key with the way to what it is about: `match.any[1]`.
pub(super) fn take<S>(
    key: &'static KeyDef<S>,
    given: &Given<'_>,
    origin: Origin,
    (settings, values): (&mut S, &mut [Effective]),
) -> Result<(), Vec<(String, Refusal)>> {
    match key.kind.apply(given, settings) {
        Ok(shown) => {
            show(values, key.name, shown, origin);
            Ok(())
        }
        Err(refusals) => {
            let named = |refusal: Refusal| (format!("{}{}", key.name, table::way(given, &refusal.span)), refusal);
            Err(refusals.into_iter().map(named).collect())
        }
    }
}

/// Puts a value in the place of the one that was shown.
pub(super) fn show(values: &mut [Effective], name: &str, shown: String, origin: Origin) {
    if let Some(at) = values.iter_mut().find(|value| value.path == name) {
        (at.value, at.origin) = (Some(shown), origin);
    }
}
