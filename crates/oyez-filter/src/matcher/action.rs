//! What is done with an event that matches.

use std::sync::Arc;

use oyez_events::group::Millis;

use crate::field::{Field, Source, Unknown};

/// Fields behind `per`.
const MAX_PER: usize = 8;
/// Bytes of a tag.
const MAX_TAG: usize = 64;
/// Events that a limit can let through in its time.
const MAX_RATE: u32 = 1_000_000;
/// The longest window: 30 days.
const MAX_WINDOW: Millis = 30 * 24 * 3_600_000;

const EXPECTED: &str = "drop, keep, tag:WORD, sample:1/100, limit:10/s per FIELD,… or suppress:60s per FIELD,…";

/// What is done with an event that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is gone.
    Drop,
    /// It stays, and no later filter is asked.
    Keep,
    /// It is tagged, and goes on.
    Tag(Arc<str>),
    /// Of each `of` events `keep` go on, spread evenly, the first among them; the rest is dropped.
    Sample {
        /// How many go on.
        keep: u32,
        /// Of how many.
        of: u32,
    },
    /// Of those with equal values at most `count` go on at once, and `count` in each `unit` from then on (a token bucket that holds
    /// `count`); the rest is dropped.
    Limit {
        /// How many.
        count: u32,
        /// In how long.
        unit: Millis,
        /// The fields whose values are counted apart; empty for all together.
        per: Vec<Field>,
    },
    /// Of those with equal values one goes on; what comes in the time behind it is dropped, counted, and told at the end of that
    /// time.
    Suppress {
        /// The time.
        window: Millis,
        /// The fields whose values are compared.
        per: Vec<Field>,
    },
}

impl Action {
    /// Reads an action: `drop`, `keep`, `tag:x`, `sample:1/100`, `limit:10/s per exe`, `suppress:60s per exe,action`.
    ///
    /// # Errors
    /// It is none; the text says what is expected.
    pub fn parse(text: &str) -> Result<Action, String> {
        let text = text.trim();
        let (word, rest) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest.trim())));
        match (word, rest) {
            ("drop", None) => Ok(Action::Drop),
            ("keep", None) => Ok(Action::Keep),
            ("tag", Some(rest)) => tag(rest),
            ("sample", Some(rest)) => sample(rest),
            ("limit", Some(rest)) => limit(rest),
            ("suppress", Some(rest)) => suppress(rest),
            _ => Err(format!("unknown action \"{}\": expected {EXPECTED}", text.escape_debug())),
        }
    }

    /// What has to be done before it can be taken. What counts events is asked late whatever it counts by: an event that is not
    /// to be written after all, for want of room, must not be counted as the one that was.
    pub fn source(&self) -> Source {
        match self {
            Action::Sample { .. } | Action::Limit { .. } | Action::Suppress { .. } => Source::Known,
            _ => Source::Records,
        }
    }
}

fn tag(text: &str) -> Result<Action, String> {
    let is_word = !text.is_empty() && text.len() <= MAX_TAG;
    if is_word && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte)) {
        return Ok(Action::Tag(text.into()));
    }
    Err(format!("cannot tag with \"{}\": expected up to {MAX_TAG} letters, digits or _ - . : /", text.escape_debug()))
}

fn sample(text: &str) -> Result<Action, String> {
    let wrong = || format!("cannot read sample \"{}\": expected 1/100 or the like, below 1", text.escape_debug());
    let (keep, of) = text.split_once('/').ok_or_else(wrong)?;
    let (keep, of) = (number(keep).ok_or_else(wrong)?, number(of).ok_or_else(wrong)?);
    if 0 < keep && keep < of { Ok(Action::Sample { keep, of }) } else { Err(wrong()) }
}

fn limit(text: &str) -> Result<Action, String> {
    let (rate, per) = split_per(text)?;
    let wrong = || {
        let rate = rate.escape_debug();
        format!("cannot read limit \"{rate}\": expected 10/s, 10/m, 10/h or 10/d, at most {MAX_RATE}")
    };
    let (count, unit) = rate.split_once('/').ok_or_else(wrong)?;
    let count = number(count).filter(|count| (1..=MAX_RATE).contains(count)).ok_or_else(wrong)?;
    let unit = unit_ms(unit.trim()).filter(|unit| *unit > 1).ok_or_else(wrong)?;
    Ok(Action::Limit { count, unit, per: fields(per)? })
}

fn suppress(text: &str) -> Result<Action, String> {
    let (window, per) = split_per(text)?;
    let wrong = || {
        let window = window.escape_debug();
        format!("cannot read time \"{window}\": expected 500ms, 60s, 5m, 1h or 1d, at most 30d")
    };
    let digits = window.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = window.split_at_checked(digits).ok_or_else(wrong)?;
    let count: Millis = number(count).ok_or_else(wrong)?.into();
    let window = unit_ms(unit.trim()).and_then(|unit| count.checked_mul(unit)).ok_or_else(wrong)?;
    if !(1..=MAX_WINDOW).contains(&window) {
        return Err(wrong());
    }
    let per = fields(per)?;
    if per.is_empty() {
        return Err("suppress needs the fields by which events are equal: suppress:60s per exe,action".to_owned());
    }
    Ok(Action::Suppress { window, per })
}

fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn unit_ms(unit: &str) -> Option<Millis> {
    match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    }
}

/// What stands before `per`, and the fields behind it.
fn split_per(text: &str) -> Result<(&str, Option<&str>), String> {
    let mut words = text.splitn(3, char::is_whitespace);
    let first = words.next().unwrap_or_default();
    match (words.next(), words.next()) {
        (None, _) => Ok((first, None)),
        (Some("per"), Some(fields)) => Ok((first, Some(fields.trim()))),
        _ => Err(format!("cannot read \"{}\": expected {first} per FIELD,…", text.escape_debug())),
    }
}

fn fields(text: Option<&str>) -> Result<Vec<Field>, String> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let mut fields = Vec::new();
    for name in text.split(',').map(str::trim) {
        let field = Field::find(name).map_err(|Unknown { nearest }| {
            let hint = nearest.map(|near| format!("; try {near}")).unwrap_or_default();
            format!("unknown field \"{}\" behind per{hint}", name.escape_debug())
        })?;
        if fields.contains(&field) {
            return Err(format!("field \"{name}\" stands behind per twice"));
        }
        fields.push(field);
    }
    if fields.len() > MAX_PER {
        return Err(format!("more than {MAX_PER} fields behind per"));
    }
    Ok(fields)
}
