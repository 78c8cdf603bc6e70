//! What filters are to the daemon and to commands alike: how they are compiled, and how what they tell is written.

use std::time::Duration;

use oyez_events::notice::{Notice, Value};
use oyez_filter::chain::{Blocks, Clock, Settings as ChainSettings, Wrong};
use oyez_filter::spec::Spec;
use oyez_filter::{Filters, Said, Told};
use rustix::time::{ClockId, clock_gettime};

use crate::config::{Loaded, Place, Problem, Problems, Settings};
use crate::exit::Exit;
use crate::form;

/// One of how many events is measured while events come in, and how long filters take is only to be known roughly.
pub(crate) const SOME: u32 = 64;
/// Every event is.
pub(crate) const EACH: u32 = 1;

/// Compiles filters for events that come out as `settings` say; `boot` is the id of the boot they come from, where that is
/// known.
///
/// # Errors
/// All that is wrong with them.
pub(crate) fn compile(
    specs: &[Spec],
    settings: &Settings,
    boot: Option<&str>,
    (blocks, every): (Blocks, u32),
) -> Result<Filters, Vec<Wrong>> {
    let clock = Clock { now: monotonic, every };
    let (options, limits) = (form::fields(settings, boot), form::limits(&settings.group));
    Filters::compile(specs, &ChainSettings { options, limits, blocks, clock })
}

/// The error for filters that do not compile where a check before did not find that.
pub(crate) fn wrong(specs: &[Spec], wrongs: &[Wrong]) -> anyhow::Error {
    let line = |wrong: &Wrong| format!("cannot compile the filter {:?}: {}", name(specs, wrong), wrong.cause);
    Exit::Usage.because(wrongs.iter().map(line).collect::<Vec<_>>().join("\n")).into()
}

fn name<'s>(specs: &'s [Spec], wrong: &Wrong) -> &'s str {
    specs.get(wrong.filter).map(|spec| &*spec.name).unwrap_or_default()
}

/// Compiles the filters of a configuration that passed every check, for events as they come.
///
/// # Errors
/// One does not compile all the same: a script's `init` did something else this time.
pub(crate) fn of(loaded: &Loaded, boot: Option<&str>) -> Result<Filters, Problems> {
    let specs = loaded.filters.specs();
    compile(specs, &loaded.settings, boot, (Blocks::Together, SOME)).map_err(|wrongs| {
        let problem = |wrong: Wrong| {
            let file = loaded.file.clone().unwrap_or_default();
            let message = format!("cannot compile the filter {:?}: {}", name(specs, &wrong), wrong.cause);
            Problem { place: Place::File(file), key: None, message, hint: None }
        };
        Problems(wrongs.into_iter().map(problem).collect())
    })
}

fn monotonic() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos)
}

/// Hands what a filter told to `write`, as formats take it. A number that is not one of theirs is told as text.
pub(crate) fn show<T>(told: &Told, write: impl FnOnce(&Notice<'_>) -> T) -> T {
    let texts: Vec<_> = told.fields.iter().map(|(_, said)| text(said)).collect();
    let value = |said: &'_ Said| match said {
        Said::Flag(flag) => Some(Value::Flag(*flag)),
        Said::Number(number) => {
            let signed = || i64::try_from(*number).ok().map(Value::Signed);
            u64::try_from(*number).ok().map(Value::Number).or_else(signed)
        }
        Said::Text(_) => None,
    };
    let fields: Vec<_> = std::iter::zip(&told.fields, &texts)
        .map(|((name, said), text)| (&**name, value(said).unwrap_or(Value::Text(text))))
        .collect();
    write(&Notice { sec: told.sec, ms: told.ms, number: 0, kind: told.kind, fields: &fields })
}

fn text(said: &Said) -> Vec<u8> {
    match said {
        Said::Text(text) => text.to_vec(),
        Said::Number(number) => number.to_string().into_bytes(),
        Said::Flag(_) => Vec::new(),
    }
}

/// A notice's value as JSON; what is not UTF-8 has U+FFFD in its place.
pub(crate) fn json(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Number(number) => number.into(),
        Value::Signed(number) => number.into(),
        Value::Flag(flag) => flag.into(),
        Value::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
    }
}
